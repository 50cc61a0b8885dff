"""Tests of the UK Environment Agency (Néelz & Pender 2013, SC120002) whose geometry is given by formula in the report.

Test 4 (flood wave over a flat plain) is complete in the report. Test 2 is rebuilt from its description (a 4 × 4 field of
depressions half a metre deep on a slope of 1:1500 and 1:3000): its terrain file is not public here, so it is called "2-like".
The report gives curves, not tables: nothing is claimed against them; the two solvers are held against each other, and times
of arrival and velocities are reported.
"""

from __future__ import annotations

import numpy as np
from case import Case, Figure, Result, rmse, sides, solve

from twin.flood.boundaries import InflowEdge, inflow_faces
from twin.flood.curve import Curve
from twin.flood.domain import Domain


def _wave(domain: Domain, rows: slice, discharge: Curve, end: float, *, full: bool):
    west = sides(domain, "west")
    chosen = west.chosen((west.rows >= rows.start) & (west.rows < rows.stop))
    domain.set_faces(*inflow_faces(chosen))
    return solve(domain, end, full=full, controls=[InflowEdge(chosen, discharge)], threads=2)


def flat_plain() -> Result:
    """Test 4: 20 m³/s at most over 20 m of the western edge of 1000 m × 2000 m, n = 0.05, cells of 5 m; here 2 h of 5 h."""
    discharge = Curve((0.0, 3600.0, 14400.0, 18000.0), (0.0, 20.0, 20.0, 0.0))
    made = {}
    figures = []
    for name, full in (("local inertial", False), ("full", True)):
        domain = Domain(np.zeros((400, 200)), 0.05, 5.0)
        budget = _wave(domain, slice(198, 202), discharge, 7200.0, full=full)
        made[name] = domain
        figures.append(Figure(f"{name}: share of the water lost", budget.error, 1e-6))
        for label, (column, row) in {"1 (50 m out)": (10, 200), "5 (150 m out)": (30, 200)}.items():
            depth = float(domain.depth[row, column])
            figures.append(Figure(f"{name}, point {label}: depth at 2 h", depth, unit="m"))
            figures.append(
                Figure(
                    f"{name}, point {label}: velocity, greatest D×V / depth",
                    float(domain.inner(domain.force)[row, column]) / depth,
                    unit="m/s",
                )
            )
            figures.append(
                Figure(f"{name}, point {label}: arrival", float(domain.inner(domain.arrival_)[row, column]) / 60, unit="min")
            )
    one, other = (made[name].depth for name in ("local inertial", "full"))
    wet = (one > 0.05) | (other > 0.05)
    figures.append(Figure("the two solvers: RMSE of depth where wet", rmse(one[wet], other[wet]), 0.02, "m"))
    figures.append(
        Figure(
            "the two solvers: agreement of the wet area (CSI)",
            float(((one > 0.05) & (other > 0.05)).sum() / wet.sum()),
            0.95,
            least=True,
        )
    )
    x = (np.arange(200) + 0.5) * 5
    return Result(tuple(figures), {name: (x, domain.depth[200].astype(float)) for name, domain in made.items()})


def depressions() -> Result:
    """2-like: water fills hollows one after the other."""
    y, x = np.mgrid[:100, :100] * 20.0 + 10.0
    z = 10.0 - y / 1500 - x / 3000 + 0.25 * np.cos(x * 2 * np.pi / 500) * np.cos(y * 2 * np.pi / 500)
    discharge = Curve((0.0, 300.0, 4500.0, 5100.0), (0.0, 20.0, 20.0, 0.0))
    made, figures = {}, []
    for name, full in (("local inertial", False), ("full", True)):
        domain = Domain(z, 0.03, 20.0)
        budget = _wave(domain, slice(0, 5), discharge, 4 * 3600.0, full=full)
        made[name] = domain
        figures.append(Figure(f"{name}: share of the water lost", budget.error, 1e-6))
    one, other = (made[name].depth for name in ("local inertial", "full"))
    wet = (one > 0.05) | (other > 0.05)
    figures.append(Figure("the two solvers: RMSE of depth where wet, at rest", rmse(one[wet], other[wet]), 0.05, "m"))
    figures.append(
        Figure(
            "the two solvers: agreement of the wet area (CSI)",
            float(((one > 0.05) & (other > 0.05)).sum() / wet.sum()),
            0.9,
            least=True,
        )
    )
    return Result(tuple(figures))


CASES = (
    Case("EA test 4: flood wave over a flat plain", "Néelz & Pender 2013, SC120002", flat_plain, slow=True),
    Case("EA test 2-like: hollows fill one after the other", "after Néelz & Pender 2013, SC120002", depressions),
)
