"""What must hold on any terrain: rest, symmetry, walls that hold, balances that close."""

from __future__ import annotations

import numpy as np
from case import Case, Figure, Result, sides, solve

from twin.flood.barriers import Barriers, Dam, face_chain
from twin.flood.boundaries import InflowEdge, inflow_faces, open_faces
from twin.flood.curve import Curve
from twin.flood.domain import Domain
from twin.flood.faces import BROAD_CRESTED, Faces

BOTH = (("local inertial", False), ("full", True))


def rough(rows: int, columns: int, seed: int = 1, height: float = 3.0):
    return np.random.default_rng(seed).random((rows, columns)) * height


def lake_at_rest() -> Result:
    figures = []
    for name, full in BOTH:
        for lift in (0.0, 500.0):
            domain = Domain(rough(60, 90) + lift, 0.03, 10.0)
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
    return Result(tuple(figures))


def symmetry() -> Result:
    figures = []
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
    return Result(tuple(figures))


def dams_do_not_leak() -> Result:
    figures = []
    for name, full in BOTH:
        domain = Domain(np.zeros((60, 80)), 0.03, 10.0)
        chain = face_chain(np.array([150.0, 330.0, 280.0]), np.array([0.0, 300.0, 600.0]), 60, 80, 10.0)
        barriers = Barriers([Dam(chain, np.full(len(chain), 3.0))])
        domain.set_faces(*barriers.faces(domain))
        domain.depth[:, :12] = 2.0
        budget = solve(domain, 1800, full=full)
        figures.append(Figure(f"{name}: depth behind a slanting dam after 30 min", float(domain.depth[:, 36:].max()), 0.0, "m"))
        figures.append(Figure(f"{name}: share of the water lost", budget.error, 1e-6))
    return Result(tuple(figures))


def weir() -> Result:
    figures = []
    for name, full in BOTH:
        for discharge in (0.2, 1.0):
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
            figures.append(
                Figure(
                    f"{name}, {discharge} m²/s: formula at the computed head against the discharge",
                    abs(over / discharge - 1),
                    0.02,
                )
            )
    return Result(tuple(figures))


def mass() -> Result:
    figures = []
    for name, full in BOTH:
        domain = Domain(rough(80, 100, 9) + 0.02 * np.arange(100), 0.04, 5.0)
        east = sides(domain, "east")
        domain.set_faces(*open_faces(east, domain))
        domain.depth[:, :20] = 1.0
        budget = solve(domain, 1800, full=full, rain=1e-5)
        figures.append(Figure(f"{name}: storm, open edge, wet and dry: share of the water lost", budget.error, 1e-6))
    return Result(tuple(figures))


CASES = (
    Case("Lake at rest over rough terrain", "steady state", lake_at_rest),
    Case("Symmetry and rotation", "invariance of the equations", symmetry),
    Case("Thin dams do not leak", "no cell is lost to a dam", dams_do_not_leak),
    Case("Weir", "q = 1.705 H^1.5, free flow over a broad crest", weir),
    Case("Water is neither made nor lost", "continuity", mass),
)
