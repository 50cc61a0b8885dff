"""What a verification case is: a computation, figures with limits, and curves to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twin.flood.boundaries import edge_of
from twin.flood.budget import Budget
from twin.flood.domain import Domain
from twin.flood.full_solver import ShallowWaterSolver
from twin.flood.solver import Forcing, LocalInertialSolver, Scheme


@dataclass(frozen=True)
class Figure:
    """One number: what it is, its value, and the greatest (or, where ``least``, the smallest) that passes."""

    what: str
    value: float
    limit: float | None = None
    unit: str = ""
    least: bool = False

    @property
    def passes(self) -> bool:
        if self.limit is None:
            return bool(np.isfinite(self.value))
        return bool(self.value >= self.limit if self.least else self.value <= self.limit)


@dataclass(frozen=True)
class Result:
    """What a case gave."""

    figures: tuple[Figure, ...]
    curves: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    axes: tuple[str, str] = ("distance, m", "depth, m")


@dataclass(frozen=True)
class Case:
    """One case with its source."""

    name: str
    source: str
    work: Callable[[], Result]
    slow: bool = False


def solve(
    domain: Domain,
    end: float,
    *,
    full: bool = False,
    start: float = 0.0,
    rain: float = 0.0,
    controls=(),
    threads: int = 1,
    **scheme,
) -> Budget:
    """Move the water of a domain with either solver."""
    budget = Budget()
    budget.add("stored_at_start", domain.volume())
    kind = ShallowWaterSolver if full else LocalInertialSolver
    solver = kind(domain, Scheme(**({"alpha": 0.4 if full else 0.5} | scheme)), threads=threads)
    solver.run(Forcing(lambda a, b: rain * (b - a), lambda t: rain * t, controls), start, end, budget)
    solver.close(budget)
    return budget


def sides(domain: Domain, *names: str):
    """The faces of an edge that look to these sides."""
    edge = edge_of(np.zeros_like(domain.blocked), ~domain.blocked)
    return edge.chosen(edge.on(names))


def strip(elevation, roughness: float, cell: float, width: int = 3) -> Domain:
    """A channel running east, a few cells wide, between walls."""
    return Domain(np.tile(np.asarray(elevation, float), (width, 1)), roughness, cell)


def rmse(one, other) -> float:
    """Root mean square of a difference."""
    return float(np.sqrt(np.mean((np.asarray(one, float) - np.asarray(other, float)) ** 2)))


def relative_l1(one, other) -> float:
    """Sum of differences over the sum of the second."""
    return float(np.abs(np.asarray(one, float) - other).sum() / np.abs(other).sum())


def order_of(sizes, errors) -> float:
    """Order of convergence by a line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])
