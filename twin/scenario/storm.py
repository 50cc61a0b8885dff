"""Design storms: depths by duration of one return period, as a scenario keeps them."""

from __future__ import annotations

from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from geodata.faults import FaultError
from twin.scenario.base import Part, Seconds


class StormDepth(Part):
    """One point of a depth–duration–frequency curve."""

    duration: Seconds = Field(gt=0, description="Duration.")
    depth: float = Field(ge=0, le=5000, description="Depth that falls within it, mm.")


class DesignStorm(Part):
    """A storm made from a depth–duration curve by alternating blocks: for every duration it holds the depth of the curve.

    Between its points the curve is a straight line in logarithms of both, before the first one a steady rate. The depths stand
    in the scenario itself: it asks the same where the statistics of a city are other ones, or none.
    """

    depths: tuple[StormDepth, ...] = Field(
        min_length=1, max_length=1000, description="Depths by duration, of one return period; the last one is the whole storm."
    )
    interval: Seconds = Field(default=300, gt=0, description="Length of a block.")
    factor: float = Field(
        default=1.0, gt=0, le=10, description="All depths times this: more for a warmer climate, uncertain in an ensemble."
    )
    return_period: float | None = Field(
        default=None, ge=1, le=1e6, description="Once in how many years such a storm comes, on average; none = nobody says."
    )
    source: str = Field(default="", max_length=1000, description="Whose statistics say so.")
    name: str = Field(default="", max_length=200, description="Of what: a gauge, a region, a climate.")
    valid: str = Field(default="", max_length=100, description="Year, month or day from which they hold.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        spans, depths = [d.duration for d in self.depths], [d.depth for d in self.depths]
        if any(b <= a for a, b in pairwise(spans)) or any(b < a for a, b in pairwise(depths)):
            raise FaultError("the depths of a design storm must rise with their durations; give them in order")
        return self

    @property
    def length(self) -> int:
        """How long it lasts, s."""
        return self.depths[-1].duration

    @property
    def total(self) -> float:
        """What falls in all, mm."""
        return self.factor * self.depths[-1].depth

    @property
    def comes_once_in(self) -> float | None:
        """Once in how many years it is reached or exceeded; None where nobody says, or where it was made another one."""
        return self.return_period if self.factor == 1.0 else None

    def depths_within(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Depth that falls within each duration up to that of the storm, mm.

        Examples
        --------
        >>> storm = DesignStorm(depths=(StormDepth(duration="1 h", depth=50), StormDepth(duration="4 h", depth=100)))
        >>> storm.depths_within(np.array([1800.0, 3600.0, 7200.0])).round(2).tolist()
        [25.0, 50.0, 70.71]
        """
        spans, depths = np.array([(point.duration, point.depth) for point in self.depths], np.float64).T
        return np.asarray(self.factor * depths_between(spans, depths, seconds))


def depths_between(
    spans: NDArray[np.float64], depths: NDArray[np.float64], seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Depths of durations on a depth–duration curve, mm.

    Between two points the curve is a straight line in the logarithms of depth and duration: mean rates fall with the duration
    d as 1 / (d + θ)^η (Koutsoyiannis, Kozonis & Manetas 1998, doi 10.1016/S0022-1694(98)00097-3), θ being some minutes. Before
    the first point it rains at a steady rate; after the last one nothing more falls.

    Parameters
    ----------
    spans, depths
        Durations of the points, s, and their depths, mm, both rising, [points].
    seconds
        The durations that are asked for, any shape.

    Examples
    --------
    >>> depths_between(np.array([600.0, 2400.0]), np.array([20.0, 40.0]), np.array([300.0, 1200.0, 9999.0])).round(2).tolist()
    [10.0, 28.28, 40.0]
    """
    within = np.clip(seconds, 0.0, spans[-1])
    # Nothing has no logarithm: from a depth of 0 on, and before the first point, depth itself rises in a straight line.
    straight = np.asarray(np.interp(within, np.array([0.0, *spans]), np.array([0.0, *depths])))
    told = depths > 0
    curved = told.any() & (within > spans[told][:1].min(initial=np.inf))
    if not curved.any():
        return straight
    logarithms = np.interp(np.log(np.maximum(within, 1e-9)), np.log(spans[told]), np.log(depths[told]))
    return np.where(curved, np.exp(logarithms), straight)
