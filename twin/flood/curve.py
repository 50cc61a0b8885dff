"""Curves over time, integrated exactly, so that volumes do not hang on step lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Curve:
    """Values at times: straight lines between, constant before the first and after the last.

    Examples
    --------
    >>> flow = Curve((0.0, 100.0), (0.0, 10.0))
    >>> flow.at(50), flow.integral(0, 100), flow.mean(100, 200)
    (5.0, 500.0, 10.0)
    """

    times: tuple[float, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, points: Sequence[Sequence[float]]) -> Curve:
        """From (time, value) pairs."""
        return cls(tuple(float(p[0]) for p in points), tuple(float(p[1]) for p in points))

    def greatest(self, start: float, end: float) -> float:
        """Greatest value from ``start`` to ``end``.

        Examples
        --------
        >>> Curve((0.0, 10.0, 20.0), (0.0, 5.0, 0.0)).greatest(0, 60)
        5.0
        """
        inside = [value for time, value in zip(self.times, self.values, strict=True) if start < time < end]
        return max(self.at(start), self.at(end), *inside)

    @cached_property
    def _sums(self) -> NDArray[np.float64]:
        times, values = np.asarray(self.times), np.asarray(self.values)
        return np.concatenate([[0.0], np.cumsum(np.diff(times) * (values[1:] + values[:-1]) / 2)])

    def at(self, time: float) -> float:
        """Value at a time."""
        return float(np.interp(time, self.times, self.values))

    def _up_to(self, time: float) -> float:
        first, last = self.times[0], self.times[-1]
        if time <= first:
            return (time - first) * self.values[0]
        if time >= last:
            return float(self._sums[-1]) + (time - last) * self.values[-1]
        k = int(np.searchsorted(self.times, time, side="right")) - 1
        return float(self._sums[k]) + (time - self.times[k]) * (self.values[k] + self.at(time)) / 2

    def integral(self, start: float, end: float) -> float:
        """Integral between two times."""
        return self._up_to(end) - self._up_to(start)

    def mean(self, start: float, end: float) -> float:
        """Mean between two times."""
        return self.integral(start, end) / (end - start) if end > start else self.at(start)


@dataclass(frozen=True)
class Bars:
    """A hyetograph: constant rates between times, nothing before the first and after the last.

    Examples
    --------
    >>> Bars((0.0, 600.0, 1200.0), (1e-5, 2e-5)).integral(300, 900) == 0.003 + 0.006
    True
    """

    times: tuple[float, ...]
    rates: tuple[float, ...]

    def integral(self, start: float, end: float) -> float:
        """Integral between two times."""
        edges = np.asarray(self.times)
        spans = np.minimum(edges[1:], end) - np.maximum(edges[:-1], start)
        return float(np.maximum(spans, 0.0) @ np.asarray(self.rates))
