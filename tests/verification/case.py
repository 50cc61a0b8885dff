"""What a verification case is: a computation, figures with limits, and curves to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.flood.boundaries import edge_of
from twin.flood.budget import Budget
from twin.flood.domain import Domain
from twin.flood.full_solver import ShallowWaterSolver
from twin.flood.solver import Forcing, LocalInertialSolver, Scheme

BOTH = (("local inertial", False), ("full", True))
"""The two solvers, and whether it is the full one."""


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
class Plot:
    """Lines to draw, each x and y; NaN leaves a gap. ``caption``: what is seen, in plain words."""

    curves: dict[str, tuple[Any, Any]]
    caption: str
    axes: tuple[str, str] = ("distance, m", "depth, m")


@dataclass(frozen=True)
class Result:
    """What a case gave; ``note`` stands above its figures."""

    figures: tuple[Figure, ...]
    plots: tuple[Plot, ...]
    note: str = ""


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
    fallen: Callable[[float, float], float] | None = None,
    controls=(),
    threads: int = 1,
    every: float | None = None,
    watch: Callable[[float], None] = lambda time: None,
    **scheme,
) -> Budget:
    """Move the water of a domain with either solver.

    ``rain``: m/s; or ``fallen``: rain between two moments, m. ``watch`` is called ``every`` so many seconds.
    """
    budget = Budget()
    budget.add("stored_at_start", domain.volume())
    kind = ShallowWaterSolver if full else LocalInertialSolver
    solver = kind(domain, Scheme(**({"alpha": 0.4 if full else 0.5} | scheme)), threads=threads)
    rained = fallen or (lambda a, b: rain * (b - a))
    forcing = Forcing(rained, lambda t: rained(0.0, t), controls)
    now = start
    while now < end:
        after = end if every is None else min(now + every, end)
        solver.run(forcing, now, after, budget)
        watch(after)
        now = after
    solver.close(budget)
    return budget


def speed(domain: Domain, *, full: bool, dry: float = 1e-2):
    """Speed in the cells, m/s; NaN where it is less than a centimetre deep."""
    x, y = domain.flux_x.astype(float), domain.flux_y.astype(float)
    u, v = (x[:, :-1], y[:-1]) if full else ((x[:, :-1] + x[:, 1:]) / 2, (y[:-1] + y[1:]) / 2)
    depth = domain.depth.astype(float)
    return np.where(depth > dry, np.hypot(u, v) / np.maximum(depth, dry), np.nan)


class Gauges:
    """Keeps depth and speed at some cells over time: what a run is watched by."""

    def __init__(self, domain: Domain, cells, *, full: bool) -> None:
        self.domain, self.cells, self.full = domain, tuple(zip(*cells, strict=True)), full
        self.times: list[float] = []
        self._depths: list[Any] = []
        self._speeds: list[Any] = []

    def __call__(self, time: float) -> None:
        self.times.append(time)
        self._depths.append(self.domain.depth[self.cells].astype(float))
        self._speeds.append(np.nan_to_num(speed(self.domain, full=self.full)[self.cells]))

    @property
    def depth(self):
        """Depth, m, [times, gauges]."""
        return np.array(self._depths)

    @property
    def speed(self):
        """Speed, m/s, [times, gauges]; 0 where it is dry."""
        return np.array(self._speeds)


def agreement(one, other, wet: float = 0.05) -> tuple[float, float]:
    """RMSE where either is wet, m, and share of the wet area that both have (CSI)."""
    either = (one > wet) | (other > wet)
    both = (one > wet) & (other > wet)
    return rmse(one[either], other[either]), float(both.sum() / max(either.sum(), 1))


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
