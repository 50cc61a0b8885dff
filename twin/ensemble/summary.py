"""What an ensemble tells: the likelihood of depths at each building, and a band on every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.comparison import flattened

QUANTILES = (0.05, 0.5, 0.95)


class Likelihood:
    """Counts, member by member, how often each building saw more than each depth; nothing of a member is kept.

    Parameters
    ----------
    buildings
        How many there are.
    depths
        Depths, m.
    """

    def __init__(self, buildings: int, depths: Sequence[float]) -> None:
        self.depths = tuple(depths)
        self.members = 0
        self._deeper = np.zeros((len(self.depths), buildings), np.int64)
        self._unknown = np.zeros(buildings, np.int64)

    def see(self, peak: NDArray[Any]) -> None:
        """Count one member by the greatest depth at each building, m, NaN = unknown."""
        self.members += 1
        self._unknown += np.isnan(peak)
        for row, depth in enumerate(self.depths):
            self._deeper[row] += peak > depth

    def least(self) -> NDArray[np.float64]:
        """Share of the members in which each building surely saw more than each depth, [depths, buildings]."""
        return self._deeper / max(self.members, 1)

    def most(self) -> NDArray[np.float64]:
        """The same, if every unknown depth were above: unknown is never counted as dry, [depths, buildings]."""
        return (self._deeper + self._unknown) / max(self.members, 1)


def bands(outcomes: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float | int]]:
    """Band of each figure over the members that tell it: 5 %, 50 % and 95 % quantile, and how many do not tell it.

    Examples
    --------
    >>> bands([{"a": 1.0}, {"a": 3.0}, {"a": None}])["a"]
    {'low': 1.1, 'middle': 2.0, 'high': 2.9, 'unknown': 1}
    """
    flat = [flattened(each) for each in outcomes]
    told: dict[str, dict[str, float | int]] = {}
    for name in dict.fromkeys(name for each in flat for name in each):
        values = [float(v) for each in flat if isinstance(v := each.get(name), int | float) and not isinstance(v, bool)]
        if values:
            low, middle, high = (float(q) for q in np.quantile(values, QUANTILES).round(9))
            told[name] = {"low": low, "middle": middle, "high": high, "unknown": len(flat) - len(values)}
    return told
