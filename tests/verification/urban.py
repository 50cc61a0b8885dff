"""After test 8a of the UK Environment Agency (Néelz & Pender 2013, SC120002): a cloudburst and a burst main among houses.

Rain, inflow, roughness, cells and duration are those of the test (as in itzi's copy of it); its terrain, a part of Glasgow, is
not at hand. The town here is made by formula: blocks of houses between streets on a slope with a dip. Hence "8a-like".
"""

from __future__ import annotations

import numpy as np
from case import BOTH, Case, Figure, Gauges, Plot, Result, agreement, solve

from twin.flood.curve import Bars, Curve
from twin.flood.domain import Domain
from twin.flood.sources import Inflow, StillSources, disc_cells

CELL, ROWS, COLUMNS = 2.0, 120, 200
STORM = Bars((60.0, 240.0), (400e-3 / 3600,))
SEEPS = (0, 0.0625, 0.25, 0.625, 1.3125, 2.4375, 3.5625, 4.625, 5.0, 5.0, 4.625, 3.5625, 2.4375, 1.3125, 0.625, 0.25, 0.0625, 0)
BURST = Curve(
    (1200, 1375, 1495, 1615, 1735, 1855, 1975, 2095, 2220, 2340, 2455, 2575, 2695, 2815, 2935, 3055, 3175, 3300), SEEPS
)
POINTS = {"A, in the dip": (61, 121), "B, a crossing uphill": (21, 81), "C, the lower street": (101, 181)}


def town():
    """Ground and roughness: streets 8 m wide every 40 m, 10 cm under the yards; houses stand out of the water."""
    row, column = np.mgrid[:ROWS, :COLUMNS]
    x, y = (column + 0.5) * CELL, (row + 0.5) * CELL
    street = (row % 20 < 4) | (column % 20 < 4)
    ground = 30 - 0.008 * x - 0.004 * y - 1.2 * np.exp(-((x - 244) ** 2 + (y - 124) ** 2) / 60**2)
    ground += np.where(street, 0.0, 0.1)
    r, c = row % 20, column % 20
    house = (r >= 7) & (r < 17) & (c >= 7) & (c < 17)
    return np.where(house, np.nan, ground), np.where(street, 0.02, 0.05)


def cloudburst() -> Result:
    """400 mm/h for three minutes, then up to 5 m³/s at one place; 83 min."""
    ground, roughness = town()
    figures, made, watched = [], {}, {}
    for name, full in BOTH:
        domain = Domain(ground, roughness, CELL)
        places = domain.set_sources(disc_cells(43.0, 43.0, 3.0, ROWS, COLUMNS, CELL))
        gauges = watched[name] = Gauges(domain, list(POINTS.values()), full=full)
        budget = solve(
            domain,
            4980.0,
            full=full,
            fallen=STORM.integral,
            controls=[StillSources(), Inflow(places, BURST)],
            threads=2,
            every=30.0,
            watch=gauges,
        )
        made[name] = domain.inner(domain.peak).astype(float)
        came = 0.02 * np.isfinite(ground).sum() * CELL**2 + BURST.integral(0, 4980)
        figures += [
            Figure(f"{name}: share of the water lost", budget.error, 1e-6),
            Figure(
                f"{name}: water in the town at the end against what fell and burst out", abs(domain.volume() / came - 1), 1e-5
            ),
        ]
        for k, place in enumerate(POINTS):
            figures += [
                Figure(f"{name}, point {place}: greatest depth", float(gauges.depth[:, k].max()), unit="m"),
                Figure(f"{name}, point {place}: greatest speed", float(gauges.speed[:, k].max()), unit="m/s"),
            ]
    error, same = agreement(made["local inertial"], made["full"])
    last = [gauges.depth[-1, 0] for gauges in watched.values()]
    figures += [
        Figure("the two solvers: RMSE of greatest depth where wet", error, 0.05, "m"),
        Figure("the two solvers: agreement of the area wet by more than 5 cm (CSI)", same, 0.8, least=True),
        Figure("the two solvers: difference of depth in the dip at the end", float(abs(last[0] - last[1])), 0.02, "m"),
    ]
    minutes = {name: np.array(gauges.times) / 60 for name, gauges in watched.items()}
    return Result(
        tuple(figures),
        (
            Plot(
                {
                    f"{name}, point {p[0]}": (minutes[name], g.depth[:, k])
                    for k, p in enumerate(POINTS)
                    if k != 1
                    for name, g in watched.items()
                },
                "Depth in the dip and in the lower street: a first rise from the rain, a second from the burst main.",
                ("time, min", "depth, m"),
            ),
            Plot(
                {f"{name}, point B": (minutes[name], g.speed[:, 1]) for name, g in watched.items()},
                "Speed at a crossing uphill, where water runs fast and shallow.",
                ("time, min", "speed, m/s"),
            ),
        ),
        "Only like test 8a: its terrain is not at hand, so nothing is compared with the report. The two solvers are held "
        "against each other on shallow, fast flow between houses.",
    )


CASES = (
    Case("EA test 8a-like: cloudburst and burst main in a town", "after Néelz & Pender 2013, SC120002", cloudburst, slow=True),
)
