"""What must hold on any terrain: rest, symmetry, walls that hold, balances that close."""

from __future__ import annotations

import numpy as np
from case import BOTH, Case, Figure, Plot, Result, sides, solve, speed

from twin.flood.barriers import Barriers, Dam, face_chain
from twin.flood.boundaries import InflowEdge, inflow_faces, open_faces
from twin.flood.budget import FloodError
from twin.flood.curve import Curve
from twin.flood.domain import FLOW_FIELDS, Domain
from twin.flood.faces import BROAD_CRESTED, Faces


def rough(rows: int, columns: int, seed: int = 1, height: float = 3.0):
    return np.random.default_rng(seed).random((rows, columns)) * height


def lake_at_rest() -> Result:
    figures, levels = [], {}
    ground, x = rough(60, 90), (np.arange(90) + 0.5) * 10
    for name, full in BOTH:
        for lift in (0.0, 500.0):
            domain = Domain(ground + lift, 0.03, 10.0)
            domain.set_level(lift + 2.0)
            before = domain.depth.copy()
            solve(domain, 1800, full=full)
            figures.append(
                Figure(
                    f"{name}, ground at {lift:.0f} m: change of depth in 30 min",
                    float(np.abs(domain.depth - before).max()),
                    1e-5,
                    "m",
                )
            )
            if not lift:
                levels[f"level, {name}"] = (x, np.where(domain.depth[30] > 0, domain.depth[30] + ground[30], np.nan))
    plot = Plot(
        {"ground": (x, ground[30]), **levels},
        "A cut through the lake after half an hour: the level is as flat as at the start, hills stay dry.",
        ("distance, m", "elevation, m"),
    )
    return Result(tuple(figures), (plot,))


def symmetry() -> Result:
    figures, cuts = [], {}
    z = rough(48, 48, 4, 1.0)
    start = np.where(rough(48, 48, 5) > 2.0, 2.0, 0.0)
    turns = {"mirrored": lambda a: a[:, ::-1], "turned by 90°": np.rot90, "transposed": lambda a: a.T}
    for name, full in BOTH:
        made = {}
        for turn, act in {"as is": lambda a: a, **turns}.items():
            domain = Domain(np.ascontiguousarray(act(z)), 0.03, 10.0)
            domain.depth[:] = act(start)
            solve(domain, 120, full=full)
            made[turn] = domain.depth.copy()
        for turn, act in turns.items():
            figures.append(
                Figure(f"{name}, {turn}: difference of depth", float(np.abs(made[turn] - act(made["as is"])).max()), 1e-4, "m")
            )
        x = (np.arange(48) + 0.5) * 10
        cuts |= {f"{name}, as is": (x, made["as is"][24]), f"{name}, turned back": (x, np.rot90(made["turned by 90°"], -1)[24])}
    caption = (
        "A cut through heaps of water two minutes after their release, computed as it is and turned by 90°: the lines coincide."
    )
    return Result(tuple(figures), (Plot(cuts, caption),))


def dams_do_not_leak() -> Result:
    figures, cuts = [], {}
    for name, full in BOTH:
        domain = Domain(np.zeros((60, 80)), 0.03, 10.0)
        chain = face_chain(np.array([150.0, 330.0, 280.0]), np.array([0.0, 300.0, 600.0]), 60, 80, 10.0)
        barriers = Barriers([Dam(chain, np.full(len(chain), 3.0))])
        domain.set_faces(*barriers.faces(domain))
        domain.depth[:, :12] = 2.0
        budget = solve(domain, 1800, full=full)
        figures.append(Figure(f"{name}: depth behind a slanting dam after 30 min", float(domain.depth[:, 36:].max()), 0.0, "m"))
        figures.append(Figure(f"{name}: share of the water lost", budget.error, 1e-6))
        cuts[name] = ((np.arange(80) + 0.5) * 10, domain.depth[30].astype(float))
    caption = "Depth along the middle row after half an hour: all water stays before the dam, which stands at about 330 m here."
    return Result(tuple(figures), (Plot(cuts, caption),))


def weir() -> Result:
    figures, curves = [], {}
    heads = np.linspace(0, 0.8, 41)
    for name, full in BOTH:
        curves[name] = ([], [])
        for discharge in (0.2, 0.5, 1.0):
            domain = Domain(np.zeros((4, 60)), 0.02, 10.0)
            chain = face_chain(np.array([300.0, 300.0]), np.array([0.0, 40.0]), 4, 60, 10.0)
            barriers = Barriers([Dam(chain, np.full(len(chain), 1.5))])
            west, east = sides(domain, "west"), sides(domain, "east")
            laws = [barriers.faces(domain), inflow_faces(west), open_faces(east, domain, slope=0.01)]
            domain.set_faces(Faces.joined(law[0] for law in laws), Faces.joined(law[1] for law in laws))
            domain.depth[:, :30] = 1.5
            solve(domain, 7200, full=full, controls=[InflowEdge(west, Curve((0.0,), (discharge * 40.0,)))])
            head = float(domain.depth[:, 29].mean()) - 1.5
            over = BROAD_CRESTED * max(head, 0.0) ** 1.5
            curves[name][0].append(head)
            curves[name][1].append(discharge)
            figures.append(
                Figure(
                    f"{name}, {discharge} m²/s: formula at the computed head against the discharge",
                    abs(over / discharge - 1),
                    0.02,
                )
            )
    curves = {"formula": (heads, BROAD_CRESTED * heads**1.5), **curves}
    caption = "Discharge over the crest against the height of the water above it: two discharges let in, and the formula."
    return Result(tuple(figures), (Plot(curves, caption, ("head, m", "discharge, m²/s")),))


def mass() -> Result:
    figures, curves = [], {}
    for name, full in BOTH:
        ground = rough(80, 100, 9) + 0.02 * np.arange(100)
        domain = Domain(ground, 0.04, 5.0)
        east = sides(domain, "east")
        domain.set_faces(*open_faces(east, domain))
        domain.depth[:, :20] = 1.0
        times, stored = [0.0], [domain.volume()]

        def watch(time, domain=domain, times=times, stored=stored):
            times.append(time)
            stored.append(domain.volume())

        budget = solve(domain, 1800, full=full, rain=1e-5, every=60.0, watch=watch)
        figures.append(Figure(f"{name}: storm, open edge, wet and dry: share of the water lost", budget.error, 1e-6))
        curves[f"{name}, in the domain"] = (np.array(times) / 60, np.array(stored))
        for way, slope in (
            ("east", np.tile(0.02 * np.arange(200), (120, 1))),
            ("south", np.tile(0.02 * np.arange(120)[:, None], (1, 200))),
        ):
            domain = Domain(slope, 0.03, 2.0)
            domain.depth[:] = 9.5e-4
            domain.depth[40:60, 40:60] = 0.3
            budget = solve(domain, 600, full=full)
            figures.append(
                Figure(f"{name}: wet patch on a slope to the {way}, a film around: share of the water lost", budget.error, 1e-6)
            )
    caption = "Water in the domain: it drains over the open edge while rain comes in. The balance closes at every moment."
    return Result(tuple(figures), (Plot(curves, caption, ("time, min", "volume, m³")),))


def _storm_slope() -> Domain:
    domain = Domain(rough(80, 100, 11, 1.0) + 0.02 * np.arange(100), 0.04, 5.0)
    domain.set_faces(*open_faces(sides(domain, "west"), domain))
    domain.depth[20:40, 60:80] = 1.0
    return domain


def _difference(one: Domain, other: Domain) -> float:
    return float(max(np.abs(getattr(one, field) - getattr(other, field)).max() for field in FLOW_FIELDS))


def interval() -> Result:
    """Storm and outflow for half an hour: told once, every 5 min, every 777 s."""
    figures, curves = [], {}
    for name, full in BOTH:
        made = {}
        for every in (1800.0, 300.0, 60.0, 777.0):
            domain = made[every] = _storm_slope()
            solve(domain, 1800, full=full, rain=1e-5, every=every)
        for every in (300.0, 60.0):
            text = f"{name}, told every {every:.0f} s against once: greatest difference of depth and discharge"
            figures.append(Figure(text, _difference(made[every], made[1800.0]), 0.0))
        odd = float(np.abs(made[777.0].depth - made[1800.0].depth).max())
        figures.append(Figure(f"{name}, told every 777 s against once: greatest difference of depth", odd, 0.01, "m"))
        x = (np.arange(100) + 0.5) * 5
        curves |= {f"{name}, every {k:.0f} s": (x, made[k].depth[30].astype(float)) for k in (1800.0, 777.0)}
    caption = "A cut through the water after half an hour, told once and every 777 s: the lines coincide."
    note = "Steps are cut at whole minutes: intervals of whole minutes change no bit, others move where a step ends."
    return Result(tuple(figures), (Plot(curves, caption),), note)


def restart() -> Result:
    """Half an hour in one go, and stopped after a third and taken up by a fresh domain from depth, residual and discharge."""
    figures, curves = [], {}
    for name, full in BOTH:
        whole, first, second = (_storm_slope() for _ in range(3))
        solve(whole, 1800, full=full, rain=1e-5)
        solve(first, 600, full=full, rain=1e-5)
        for field in FLOW_FIELDS:
            getattr(second, field)[:] = getattr(first, field)
        solve(second, 1800, full=full, start=600, rain=1e-5)
        text = f"{name}, taken up after 10 min against uninterrupted: greatest difference of depth and discharge"
        figures.append(Figure(text, _difference(whole, second), 0.0))
        x = (np.arange(100) + 0.5) * 5
        shown = {f"{name}, whole": whole, f"{name}, taken up": second}
        curves |= {label: (x, np.nan_to_num(speed(domain, full=full))[30]) for label, domain in shown.items()}
    caption = "Speed along a cut after half an hour, in one go and taken up after ten minutes: the lines coincide."
    return Result(tuple(figures), (Plot(curves, caption, ("distance, m", "speed, m/s")),))


def let_in_on_dry_ground() -> Result:
    """0.65 m²/s over an edge into a dry, sloping channel of 1 m cells, told once: it must not pile up at the edge."""
    uniform = (0.65 * 0.03 / 0.005**0.5) ** 0.6
    x = np.arange(200) + 0.5
    figures, curves = [], {"uniform flow": (x, np.full(200, uniform))}
    for name, full in BOTH:
        domain = Domain(np.tile(0.005 * (200 - x), (3, 1)), 0.03, 1.0)
        west, east = sides(domain, "west"), sides(domain, "east")
        laws = [inflow_faces(west), open_faces(east, domain)]
        domain.set_faces(Faces.joined(law[0] for law in laws), Faces.joined(law[1] for law in laws))
        try:
            budget = solve(domain, 600, full=full, controls=[InflowEdge(west, Curve((0.0,), (0.65 * 3,)))])
        except FloodError:
            figures.append(Figure(f"{name}: became unstable", float("nan"), 0.0))
            continue
        peak = domain.inner(domain.peak)[1].astype(float)
        figures += [
            Figure(f"{name}: greatest depth anywhere over that of uniform flow", float(peak.max()) / uniform, 1.2),
            Figure(
                f"{name}: depth in the middle after 10 min over that of uniform flow",
                float(domain.depth[1, 100]) / uniform,
                1.02,
            ),
            Figure(f"{name}: share of the water lost", budget.error, 1e-6),
        ]
        curves[f"{name}, greatest"] = (x, peak)
    caption = "Greatest depth along the channel in ten minutes: the first water does not pile up where it comes in."
    return Result(tuple(figures), (Plot(curves, caption),))


CASES = (
    Case("Lake at rest over rough terrain", "steady state", lake_at_rest),
    Case("Symmetry and rotation", "invariance of the equations", symmetry),
    Case("Thin dams do not leak", "no cell is lost to a dam", dams_do_not_leak),
    Case("Weir", "q = 1.705 H^1.5, free flow over a broad crest", weir),
    Case("Water is neither made nor lost", "continuity", mass),
    Case("Water let in over an edge onto dry ground", "uniform flow, Manning", let_in_on_dry_ground),
    Case("Output intervals change nothing", "the same run, told more or less often", interval),
    Case("A run taken up from a checkpoint", "the same run, uninterrupted", restart),
)
