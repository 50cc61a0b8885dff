"""The rain statistics of a city: which storms it offers, by how often they come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from geodata.city import City
from geodata.errors import InputError
from twin.duration import text_of
from twin.scenario.storm import DesignStorm, StormDepth, depths_between

DECIMALS = 1
"""A depth between two durations is told to a tenth of a millimetre."""


@dataclass(frozen=True)
class RainStatistics:
    """Depths by duration and return period at one gauge, in one region or one climate.

    Parameters
    ----------
    name
        What they are of.
    source, valid
        Who worked them out; year, month or day from which they hold; "" = not stated.
    curves
        Durations, s, and depths, mm, in order, by return period, years.
    """

    name: str
    source: str
    valid: str
    curves: Mapping[float, tuple[tuple[int, float], ...]]

    def return_periods(self) -> tuple[float, ...]:
        """Once in how many years, in order."""
        return tuple(sorted(self.curves))

    def spans(self, years: float) -> tuple[int, int]:
        """Shortest and longest duration that is told of a return period, s."""
        curve = self.curves[years]
        return curve[0][0], curve[-1][0]

    def storm(self, years: float, length: int, *, factor: float = 1.0) -> DesignStorm:
        """The storm of a length that comes once in so many years.

        Depths of durations between those that are told lie on a straight line in logarithms of both. Nothing is told beyond the
        shortest and the longest duration, nor of other return periods.

        Parameters
        ----------
        years
            One of `return_periods`.
        length
            s.
        factor
            All depths times this.

        Raises
        ------
        InputError
            When the statistics do not tell of such a storm.

        Examples
        --------
        >>> gauge = RainStatistics("gauge", "", "", {100.0: ((3600, 50.0), (14400, 100.0))})
        >>> [(point.duration, point.depth) for point in gauge.storm(100, 7200).depths]
        [(3600, 50.0), (7200, 70.7)]
        """
        if years not in self.curves:
            raise InputError(
                "The rain statistics {name} tell nothing of a storm that comes once in {years} years; take one of {known}.",
                name=self.name, years=f"{years:g}", known=", ".join(f"{known:g}" for known in self.return_periods()),
            )  # fmt: skip
        shortest, longest = self.spans(years)
        if not shortest <= length <= longest:
            raise InputError(
                "The rain statistics {name} tell of {shortest} to {longest} once in {years} years, not of {length}; take a "
                "length between these.",
                name=self.name, years=f"{years:g}", length=text_of(length), shortest=text_of(shortest),
                longest=text_of(longest),
            )  # fmt: skip
        curve = self.curves[years]
        spans, depths = np.array(curve, np.float64).T
        points = {span: depth for span, depth in curve if span < length}
        points[length] = round(float(depths_between(spans, depths, np.array(float(length)))), DECIMALS)
        return DesignStorm(
            depths=tuple(StormDepth(duration=span, depth=depth) for span, depth in points.items()), factor=factor,
            return_period=years, source=self.source, name=self.name, valid=self.valid,
        )  # fmt: skip


def rain_statistics(city: City) -> tuple[RainStatistics, ...]:
    """The rain statistics that came with a city, by name; none when none did."""
    table = city.table("rain_statistics")
    return tuple(_of(str(name), rows) for name, rows in table.groupby("name", sort=True))


def _of(name: str, rows: pd.DataFrame) -> RainStatistics:
    curves = {
        float(years): tuple(
            (int(duration), float(depth))
            for duration, depth in each.sort_values("duration")[["duration", "depth"]].itertuples(index=False, name=None)
        )
        for years, each in rows.groupby("return_period", sort=True)
    }

    def words(column: str) -> str:
        return "; ".join(value for value in dict.fromkeys(rows[column]) if value)

    return RainStatistics(name, words("source"), words("valid"), MappingProxyType(curves))


def told_by(city: City, storm: DesignStorm) -> RainStatistics | None:
    """The statistics of a city that tell just this storm; None where it came from elsewhere, or they have changed since."""
    years = storm.return_period
    for each in rain_statistics(city):
        if each.name != storm.name or years is None or years not in each.curves:
            continue
        shortest, longest = each.spans(years)
        if shortest <= storm.length <= longest and each.storm(years, storm.length).depths == storm.depths:
            return each
    return None
