"""Rain over time from hyetographs and design storms."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geodata.grid import Grid
from twin.flood.budget import Budget
from twin.flood.curve import Bars
from twin.flood.domain import Domain
from twin.scenario.engine import Rain
from twin.scenario.storm import DesignStorm

_MM = 1e-3


def share_of_storm(grid: Grid, *, at: Sequence[float], radius: float) -> NDArray[np.float64]:
    """Share of the rain of a storm cell that falls on each cell of a grid, [rows, columns].

    Parameters
    ----------
    at
        Longitude and latitude of its middle.
    radius
        Distance at which the share is one half, m; it falls off as a Gaussian.

    Examples
    --------
    >>> grid = Grid(0.0, 300.0, 100.0, 3, 3, "EPSG:6677")
    >>> middle = grid.to_wgs84.transform(150.0, 150.0)
    >>> share_of_storm(grid, at=middle, radius=100.0).round(2).tolist()
    [[0.25, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 0.25]]
    """
    x, y = grid.to_wgs84.transform(at[0], at[1], direction="INVERSE")
    square = (grid.x[None, :] - x) ** 2 + (grid.y[:, None] - y) ** 2
    return np.asarray(0.5 ** (square / radius**2))


def hyetograph(rain: Rain) -> Bars:
    """The rain as rates between times, m/s.

    Examples
    --------
    >>> from twin.scenario.curve import CurvePoint
    >>> hour = Rain(rates=(CurvePoint(at=0, value=50), CurvePoint(at=3600, value=0)))
    >>> round(hyetograph(hour).integral(0, 7200), 6)
    0.05
    """
    if rain.storm is not None:
        return alternating_blocks(rain.storm)
    times = [float(point.at) for point in rain.rates]
    rates = [point.value * _MM / 3600 for point in rain.rates]
    if rates[-1] > 0:
        times.append(1e12)
    else:
        rates.pop()
    return Bars(tuple(times), tuple(rates)) if rates else Bars((0.0, 1.0), (0.0,))


def alternating_blocks(storm: DesignStorm) -> Bars:
    """A design storm: blocks in order of their depth, the greatest in the middle, the others before and after it in turn.

    Within any of the curve's durations around the middle falls what the curve says (Chow, Maidment & Mays 1988, 14.4).

    Examples
    --------
    >>> from twin.scenario.storm import StormDepth
    >>> storm = DesignStorm(depths=(StormDepth(duration=600, depth=20), StormDepth(duration=1800, depth=30)), interval=600)
    >>> [round(rate * 600 * 1000, 1) for rate in alternating_blocks(storm).rates]
    [5.8, 20.0, 4.2]
    """
    count = max(1, round(storm.length / storm.interval))
    # Blocks as long as asked for, or nearly: they fill the storm exactly, so that all of its rain falls.
    times = np.linspace(0.0, float(storm.length), count + 1)
    blocks = np.sort(np.diff(storm.depths_within(times)))[::-1]
    order: deque[float] = deque()
    for number, block in enumerate(blocks.tolist()):
        (order.append if number % 2 == 0 else order.appendleft)(block)
    return Bars(tuple(times.tolist()), tuple(block * _MM / (storm.length / count) for block in order))


@dataclass(frozen=True)
class Frame:
    """One rain raster of a field: its rate holds from ``start`` to ``end``, s since the scenario's start.

    Parameters
    ----------
    rate
        m/s, float32 [rows, columns], as it reaches cells that water can enter.
    """

    start: float
    end: float
    rate: NDArray[np.float32]

    def share(self, start: float, end: float) -> float:
        """Part of a span in which it rains."""
        return max(min(self.end, end) - max(self.start, start), 0.0) / (end - start) if end > start else 0.0


@dataclass
class RainField:
    """Rain in space and time. A `Control`: it sets the rate of each cell as its weight, and the span is what falls.

    Examples
    --------
    >>> still, shower = np.zeros((1, 1), np.float32), np.full((1, 1), 1e-5, np.float32)
    >>> field = RainField([Frame(0, 600, still), Frame(600, 1200, shower)])
    >>> field.fallen(0, 60), field.fallen(590, 610)
    (0.0, 20)
    """

    frames: Sequence[Frame]
    _shares: tuple[float, ...] = field(init=False, default=(), repr=False)

    def __post_init__(self) -> None:
        self.frames = [frame for frame in self.frames if frame.rate.any()]

    def fallen(self, start: float, end: float) -> float:
        """Seconds that the weights are to be multiplied with: the span, or nothing while it rains nowhere."""
        return end - start if any(frame.share(start, end) > 0 for frame in self.frames) else 0.0

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:  # noqa: ARG002
        """Set the mean rate of the round; exact across the change from one raster to the next."""
        shares = tuple(frame.share(start, end) for frame in self.frames)
        if shares == self._shares or not any(shares):
            return
        self._shares = shares
        parts = [np.float32(share) * frame.rate for share, frame in zip(shares, self.frames, strict=True) if share > 0]
        domain.inner(domain.weight)[:] = parts[0] if len(parts) == 1 else np.sum(parts, axis=0)
