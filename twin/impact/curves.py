"""Depth–damage curves, ready to be asked for many buildings at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """Share of a value that is lost, by depth.

    Parameters
    ----------
    use, part
        What it holds for.
    storeys
        Fewest and most storeys.
    above
        "floor" or "ground": what its depths are measured from.
    depths
        Rising, m.
    rates, low, high
        Share lost at each depth, with its band.
    """

    use: str
    part: str
    storeys: tuple[int, int]
    above: str
    depths: Values
    rates: Values
    low: Values
    high: Values


def curves_of(table: pd.DataFrame, name: str, *, error: float) -> tuple[Curve, ...]:
    """The curves of one set.

    Parameters
    ----------
    table
        Points as `geodata.tables.damage.DAMAGE_CURVES`.
    name
        Name of the set.
    error
        Relative error taken where the source states no band.
    """
    made = []
    chosen = table[table["curves"] == name]
    for (use, part, low, high, above), points in chosen.groupby(
        ["use", "part", "storeys_low", "storeys_high", "above"], sort=True
    ):
        ordered = points.sort_values("depth")
        rate, least, most = (ordered[column].to_numpy(np.float64) for column in ("rate", "rate_low", "rate_high"))
        least = np.where(np.isnan(least), rate * (1.0 - error), least)
        most = np.where(np.isnan(most), np.minimum(rate * (1.0 + error), 1.0), most)
        depths = ordered["depth"].to_numpy(np.float64)
        made.append(Curve(str(use), str(part), (int(low), int(high)), str(above), depths, rate, least, most))
    return tuple(made)


@dataclass(frozen=True, eq=False)
class Houses:
    """What of buildings decides which curve holds: use, storeys, height of the floor above the ground, m. Each [buildings]."""

    use: NDArray[np.str_]
    storeys: Values
    floor: Values


def shares_lost(
    curves: Sequence[Curve], houses: Houses, low: Values, high: Values, *, part: str, wet: float
) -> tuple[Values, Values, Values]:
    """Share of the value of one part that is lost: lower end, middle, upper end; NaN where unknown. Each [buildings].

    The lower end takes the least depth and the lowest curve, the upper end the greatest depth and the highest; the middle
    takes the greatest depth and the curve itself. A building whose use is unknown, or for which there is no curve, has an
    unknown share; dry ground loses nothing.

    Parameters
    ----------
    curves
        Of one set.
    houses
        The buildings.
    low, high
        Depth above the ground: its lower and its upper end, m.
    part
        "structure" or "contents"; a set whose curves hold for both ("total") answers for "structure", and for contents 0.
    wet
        Depth from which ground counts as wet, m.

    Examples
    --------
    >>> from twin.impact.ministry import ministry_curves
    >>> curves = curves_of(ministry_curves(), "MLIT A", error=0.3)
    >>> houses = Houses(np.array(["house", "house", ""]), np.array([2.0, 2.0, 2.0]), np.array([0.5, 0.5, 0.5]))
    >>> depth = np.array([1.2, 0.0, 1.2])
    >>> shares_lost(curves, houses, depth, depth, part="structure", wet=0.01)[1].tolist()
    [0.253, 0.0, nan]
    """
    as_one = any(curve.part == "total" for curve in curves)
    wanted = "total" if as_one else part
    count = len(houses.use)
    if as_one and part == "contents":
        nothing = np.zeros(count)
        return nothing, nothing.copy(), nothing.copy()
    found = [np.full(count, np.nan) for _ in range(3)]
    storeys = np.nan_to_num(houses.storeys, nan=2.0)
    for curve in curves:
        if curve.part != wanted:
            continue
        mine = (houses.use == curve.use) & (storeys >= curve.storeys[0]) & (storeys <= curve.storeys[1])
        if not mine.any():
            continue
        base = houses.floor[mine] if curve.above == "floor" else 0.0
        for place, (depth, rates) in enumerate(((low, curve.low), (high, curve.rates), (high, curve.high))):
            found[place][mine] = np.interp(depth[mine] - base, curve.depths, rates)
    for place, depth in enumerate((low, high, high)):
        found[place] = np.where(np.isnan(depth), np.nan, np.where(depth < wet, 0.0, found[place]))
    return found[0], found[1], found[2]
