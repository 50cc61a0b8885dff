"""Steady flow in channels made for a given depth (MacDonald et al. 1997; SWASHES, Delestre et al. 2013)."""

from __future__ import annotations

import numpy as np
from case import BOTH, Case, Figure, Plot, Result, order_of, relative_l1, rmse, sides, solve, strip

from twin.flood.boundaries import InflowEdge, StageEdge, inflow_faces, open_faces, stage_faces
from twin.flood.curve import Curve
from twin.flood.faces import Faces

G, LENGTH = 9.81, 1000.0


def bed(depth, discharge, rain: float, n: float, cells: int):
    """Ground for a depth profile, with discharge q(x) = q0 + rain × x; returns x, z, h, q at cell middles."""
    x = np.linspace(0, LENGTH, 20 * cells + 1)
    h, q = depth(x), discharge + rain * x
    dh = np.gradient(h, x, edge_order=2)
    slope = (q**2 / (G * h**3) - 1) * dh - n**2 * q**2 / h ** (10 / 3) - 2 * q * rain / (G * h**2)
    z = np.concatenate([[0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(x))])
    middle = (np.arange(cells) + 0.5) * LENGTH / cells
    return (
        middle,
        np.interp(middle, x, z - z.min()),
        np.interp(middle, x, h),
        discharge + rain * middle,
        (z - z.min())[-1] + h[-1],
    )


def _steady(depth, discharge, rain, n, *, full, supercritical_end, cells=200, end=6000.0):
    x, z, h, q, level = bed(depth, discharge, rain, n, cells)
    cell = LENGTH / cells
    domain = strip(z, n, cell)
    west, east = sides(domain, "west"), sides(domain, "east")
    laws = [inflow_faces(west), open_faces(east, domain) if supercritical_end else stage_faces(east)]
    domain.set_faces(Faces.joined(law[0] for law in laws), Faces.joined(law[1] for law in laws))
    controls = [InflowEdge(west, Curve((0.0,), (discharge * 3 * cell,)))]
    if not supercritical_end:
        last = float(h[-1] + z[-1])
        controls.append(StageEdge(east, Curve((0.0,), (last if last else level,))))
    domain.depth[:] = h
    solve(domain, end, full=full, rain=rain, controls=controls)
    flow = domain.flux_x[1, :-1].astype(float)
    return x, z, h, q, domain.depth[1].astype(float), flow


def _errors(made, flow, h, q) -> tuple[float, float, float]:
    """RMSE of depth; relative L1 of discharge and of velocity; away from the ends."""
    n = len(h) // 40
    inner = slice(n, -n)
    return (
        rmse(made[inner], h[inner]),
        relative_l1(flow[inner], q[inner]),
        relative_l1((flow / made)[inner], (q / h)[inner]),
    )


def subcritical() -> Result:
    figures, plots = [], []
    for name, q0, rain in (("", 2.0, 0.0), (" with rain", 1.0, 0.001)):

        def depth(x):
            return (4 / G) ** (1 / 3) * (1 + 0.5 * np.exp(-16 * (x / LENGTH - 0.5) ** 2))

        curves = {}
        for solver, full in BOTH:
            x, _, h, q, made, flow = _steady(depth, q0, rain, 0.033, full=full, supercritical_end=False)
            deep, through, fast = _errors(made, flow, h, q)
            figures += [
                Figure(f"{solver}{name}: RMSE of depth", deep, 0.01 if full else 0.05, "m"),
                Figure(f"{solver}{name}: relative L1 of discharge", through, 0.01),
                Figure(f"{solver}{name}: relative L1 of velocity", fast, 0.02 if full else 0.05),
            ]
            curves[solver] = (x, made)
        caption = f"Steady flow{name}: depth along the channel, whose ground was made so that the exact depth is known."
        plots.append(Plot({"exact": (x, h), **curves}, caption))
    return Result(tuple(figures), tuple(plots))


def transcritical() -> Result:
    def depth(x):
        return (4 / G) ** (1 / 3) * (1 - 1 / 3 * np.tanh(3 * (x / LENGTH - 0.5)))

    counts, errors = (50, 100, 200), []
    for cells in counts:
        x, _, h, q, made, flow = _steady(depth, 2.0, 0.0, 0.0218, full=True, supercritical_end=True, cells=cells)
        errors.append(_errors(made, flow, h, q))
    sizes = [LENGTH / count for count in counts]
    figures = [
        Figure("full, 5 m: RMSE of depth", errors[-1][0], 0.01, "m"),
        Figure("full, 5 m: relative L1 of discharge", errors[-1][1], 0.01),
        Figure("full, 5 m: relative L1 of velocity", errors[-1][2], 0.02),
    ]
    for k, what in enumerate(("depth", "discharge", "velocity")):
        order = order_of(sizes, [error[k] for error in errors])
        figures.append(Figure(f"full: order of convergence of {what}", order, 0.9, least=True))
    return Result(
        tuple(figures),
        (
            Plot({"exact": (x, h), "full": (x, made)}, "Depth along the channel: critical in the middle, faster beyond."),
            Plot(
                {"exact": (x, q / h), "full": (x, flow / made)},
                "Velocity along the same channel.",
                ("distance, m", "velocity, m/s"),
            ),
        ),
    )


CASES = (
    Case("Subcritical channel, with and without rain", "MacDonald et al. 1997; SWASHES 3.2.1", subcritical),
    Case("Channel from sub- to supercritical", "MacDonald et al. 1997; SWASHES 3.2.1", transcritical),
)
