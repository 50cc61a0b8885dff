"""Chooses the solver, and gets the kernels ready before anybody waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from twin.flood.budget import Budget
from twin.flood.domain import Domain
from twin.flood.full_solver import ShallowWaterSolver
from twin.flood.infiltration import CONSTANT, Soil
from twin.flood.solver import Forcing, LocalInertialSolver, Scheme, Solver


def solver_of(given: Mapping[str, Any], domain: Domain, *, threads: int) -> Solver:
    """The solver that plain parameters name."""
    kind = ShallowWaterSolver if given["solver"] == "full" else LocalInertialSolver
    return kind(domain, Scheme(alpha=given["alpha"], theta=given["theta"]), threads=threads)


def warm_up() -> None:
    """Compile all kernels, or load them from the cache, for whatever a scenario may ask: workers call it as they start."""
    for kind in (LocalInertialSolver, ShallowWaterSolver):
        domain = Domain(np.zeros((180, 180)), 0.03, 10.0)  # large enough for two threads
        domain.soils = (Soil(), Soil(CONSTANT, 1e-6))
        domain.depth[:] = 0.1
        forcing = Forcing(lambda start, end: 1e-5 * (end - start))
        kind(domain, threads=2).run(forcing, 0.0, 10.0, Budget())
