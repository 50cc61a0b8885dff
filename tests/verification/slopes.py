"""What breaches and steep streets ask of both solvers: thin water at Manning's speed, and no jet faster than critical."""

from __future__ import annotations

import numpy as np
from case import BOTH, Case, Figure, Plot, Result, relative_l1, sides, solve

from twin.flood.barriers import Barriers, Breach, Dam, face_chain
from twin.flood.boundaries import InflowEdge, StageEdge, inflow_faces, open_faces, stage_faces
from twin.flood.curve import Curve
from twin.flood.domain import Domain
from twin.flood.faces import Faces

N, CELL, LENGTH = 0.03, 10.0, 200.0


def _running(slope: float, discharge: float, *, cell: float, full: bool, rains: bool) -> tuple[Domain, float]:
    """Steady flow down a plane, let in at the top or rained; ``discharge`` at the foot, m²/s."""
    x = np.arange(0.5 * cell, LENGTH, cell)
    domain = Domain(np.tile(slope * (LENGTH - x), (3, 1)), N, cell)
    west, east = sides(domain, "west"), sides(domain, "east")
    laws = [inflow_faces(west), open_faces(east, domain, slope=slope)]
    domain.set_faces(Faces.joined(law[0] for law in laws), Faces.joined(law[1] for law in laws))
    if rains:
        budget = solve(domain, 3600, full=full, rain=discharge / LENGTH)
    else:
        budget = solve(domain, 3600, full=full, controls=[InflowEdge(west, Curve((0.0,), (discharge * 3 * cell,)))])
    return domain, budget.error


def thin_water() -> Result:
    """Depth and speed on slopes of 2, 5 and 20 %, let in and rained, in the middle third."""
    figures, plots = [], []
    for rains, cell, tolerance in ((False, CELL, 0.01), (True, CELL / 2, 0.1)):
        x = np.arange(0.5 * cell, LENGTH, cell)
        middle = slice(len(x) // 3, 2 * len(x) // 3)
        curves = {}
        for slope in (0.02, 0.05, 0.2):
            for discharge in (0.002, 0.02):
                q = discharge * x / LENGTH if rains else np.full(len(x), discharge)
                depth = (q * N / np.sqrt(slope)) ** 0.6
                froude = float((q / depth)[len(x) // 2] / np.sqrt(9.81 * depth[len(x) // 2]))
                if discharge == 0.02:
                    curves[f"Manning, {slope:.0%}"] = (x, q / depth)
                for name, full in BOTH:
                    domain, lost = _running(slope, discharge, cell=cell, full=full, rains=rains)
                    flux = domain.flux_x[1].astype(float)
                    flow = flux[:-1] if full else 0.5 * (flux[:-1] + flux[1:])
                    made = domain.depth[1].astype(float)
                    speed = flow / np.maximum(made, 1e-6)
                    what = f"{name}, {slope:.0%}, {discharge * 1000:g} l/s per m {'rained' if rains else 'let in'}"
                    limit = tolerance if full or froude < 1 else None
                    for quantity, one, other in (("depth", made, depth), ("speed", speed, q / depth)):
                        error = relative_l1(one[middle], other[middle])
                        figures.append(
                            Figure(f"{what} (Fr {froude:.1f}): relative L1 of {quantity} to Manning's", error, limit)
                        )
                    figures.append(Figure(f"{what}: share of the water lost", lost, 1e-6))
                    if discharge == 0.02:
                        curves[f"{name}, {slope:.0%}"] = (x, speed)
        how = "of rain, which gathers downhill" if rains else "let in at the top"
        plots.append(Plot(curves, f"Speed of 20 l/s per metre {how}, on three slopes.", ("distance, m", "speed, m/s")))
    return Result(tuple(figures), tuple(plots), THIN_NOTE)


THIN_NOTE = (
    "Millimetres to centimetres of water on cells of 10 m (rain: 5 m), each of which falls by 0.1 to 2 m. Where the Froude "
    "number is above 1 the local inertial solver stands beside without a limit. Rain is compared with the kinematic solution."
)


def _breached(width: float, *, full: bool, finer: int = 1) -> tuple[list[float], list[float], float]:
    cell = CELL / finer
    rows, columns = round(400 / cell), round(600 / cell)
    x = (np.arange(columns) + 0.5) * cell
    domain = Domain(np.tile(np.where(x > 200, -1.0, 0.0), (rows, 1)), N, cell)
    chain = face_chain(np.array([200.0, 200.0]), np.array([0.0, 400.0]), rows, columns, cell)
    levee = Barriers([Dam(chain, np.full(rows, 5.0))], [Breach(200.0, 200.0, width, 0.0, 0.0, 1.0)])
    west = sides(domain, "west")
    laws = [levee.faces(domain), stage_faces(west)]
    domain.set_faces(Faces.joined(law[0] for law in laws), Faces.joined(law[1] for law in laws))
    domain.depth[:, x < 200] = 2.0
    times, beyond = [0.0], [0.0]

    def watch(time: float) -> None:
        times.append(time / 60)
        beyond.append(float(domain.depth[:, x > 200].sum(dtype=float)) * cell * cell)

    budget = solve(domain, 600, full=full, every=60, watch=watch, controls=[levee, StageEdge(west, Curve((0.0,), (2.0,)))])
    return times, beyond, budget.error


def breach_in_a_levee() -> Result:
    """Water that runs through a breach of 5, 20 and 60 m in a levee that stands on the faces of cells of 10 m."""
    figures, curves = [], {}
    for width in (5.0, 20.0, 60.0):
        made = {}
        for name, full in BOTH:
            times, beyond, lost = _breached(width, full=full)
            made[name] = beyond
            curves[f"{name}, {width:.0f} m"] = (np.array(times), np.array(beyond))
            figures.append(Figure(f"{name}, {width:.0f} m: share of the water lost", lost, 1e-6))
        figures.append(
            Figure(
                f"{width:.0f} m: water beyond the levee after 10 min, local inertial against full",
                abs(made["local inertial"][-1] / made["full"][-1] - 1),
                0.15,
            )
        )
        if width < CELL:
            most = 1.705 * 2.0**1.5 * width * 600
            figures += [
                Figure(
                    f"{name}, {width:.0f} m: against the weir formula at the level outside", abs(made[name][-1] / most - 1), 0.1
                )
                for name, _ in BOTH
            ]
        else:
            _, fine, _ = _breached(width, full=True, finer=2)
            figures += [
                Figure(
                    f"{name}, {width:.0f} m: against the full solver on cells of 5 m", abs(made[name][-1] / fine[-1] - 1), 0.2
                )
                for name, _ in BOTH
            ]
    caption = (
        "Water beyond the levee: 2 m stand before it, the ground beyond lies 1 m lower. A breach is a weir down to the ground."
    )
    return Result(tuple(figures), (Plot(curves, caption, ("time, min", "volume, m³")),))


CASES = (
    Case("Thin water on steep slopes", "uniform flow, Manning; kinematic wave for rain", thin_water),
    Case("Breach in a levee", "q = 1.705 H^1.5; full solver, cells of 5 m", breach_in_a_levee),
)
