"""Any figure of buildings by district and by age of those who live there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.city import City

AGES = ("0_14", "15_64", "65_74", "75_over")
NOWHERE = ""
"""Id of the row of buildings that lie in no area of the kind."""


def people_by_area(city: City, chosen: NDArray[Any], *, kind: str = "district") -> pd.DataFrame:
    """Residents of chosen buildings by area and age band.

    Parameters
    ----------
    city
        The city.
    chosen
        Which buildings, or the weight with which their people count; NaN = unknown whether, [buildings].
    kind
        Kind of area: "district", "ward", "school_district", "census" …

    Returns
    -------
    One row for each area with buildings, ``area`` and ``name``; then one for buildings in no such area (``area`` ""), where
    there are any. ``buildings``: how many are chosen; ``people``: residents of these; ``people_0_14`` … by age: NaN where
    nobody says it of any of them; ``unknown``: residents of buildings of which it is unknown; ``residents``: all residents,
    for a share. The rows add up to the whole city.

    Examples
    --------
    A city without areas has one row: `people_by_area(city, cut_off)["people"].sum()` are the people cut off.
    """
    buildings = city.table("buildings")
    digests = (city.fingerprint_of("buildings", ("geometry",)), city.fingerprint_of("areas"))
    areas, area = _partition(_Order(digests, kind, city))
    share = np.asarray(chosen, np.float64)
    counts = share > 0
    ids, names = [*areas["id"], NOWHERE], [*areas["name"], NOWHERE]
    made: dict[str, Any] = {"area": ids, "name": names, "buildings": _sums(area, counts.astype(np.float64), len(ids))}
    weight = np.nan_to_num(share)
    made["people"] = _known_sums(area, buildings["residents"].to_numpy(np.float64), weight, counts, len(ids))
    for age in AGES:
        residents = buildings[f"residents_{age}"].to_numpy(np.float64)
        made[f"people_{age}"] = _known_sums(area, residents, weight, counts, len(ids))
    residents = buildings["residents"].to_numpy(np.float64)
    made["unknown"] = _sums(area, np.where(np.isnan(share), np.nan_to_num(residents), 0.0), len(ids))
    made["residents"] = _known_sums(area, residents, np.ones(len(residents)), np.ones(len(residents), np.bool_), len(ids))
    table = pd.DataFrame(made)
    return table[np.bincount(area, minlength=len(ids))[: len(ids)] > 0].reset_index(drop=True)


@dataclass(frozen=True)
class _Order:
    """A partition to be made; equal by content and kind."""

    digests: tuple[str, str]
    kind: str
    city: City = field(compare=False)


# Memory, not state: what is kept is a pure function of the content that the digests name.
@lru_cache(maxsize=4)
def _partition(order: _Order) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Id and name of the areas of a kind, and the row of that of each building."""
    areas = order.city.table("areas")
    areas = areas[areas["kind"] == order.kind].reset_index(drop=True)
    shapes = (np.asarray(table["geometry"], dtype=object) for table in (order.city.table("buildings"), areas))
    return pd.DataFrame(areas[["id", "name"]]), area_of(*shapes)


def area_of(shapes: NDArray[Any], areas: NDArray[Any]) -> NDArray[np.int64]:
    """Row of the area in which the centroid of each shape lies, the first of several; ``len(areas)`` = in none.

    Examples
    --------
    >>> area_of(shapely.points([[1, 1], [9, 9]]), np.array([shapely.box(0, 0, 2, 2)])).tolist()
    [0, 1]
    """
    found = np.full(len(shapes), len(areas), np.int64)
    place, row = shapely.STRtree(areas).query(shapely.centroid(shapes), predicate="intersects")
    np.minimum.at(found, place, row)
    return found


def _sums(area: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return np.bincount(area, values, count)[:count].astype(np.float64)


def _known_sums(
    area: NDArray[np.int64], residents: NDArray[np.float64], weight: NDArray[np.float64], counts: NDArray[np.bool_], count: int
) -> NDArray[np.float64]:
    """Weighted residents by area; NaN where there are chosen buildings and nobody says how many live in any of them."""
    known = counts & ~np.isnan(residents)
    total = _sums(area, np.where(known, residents * weight, 0.0), count)
    nobody_says = (_sums(area, counts.astype(np.float64), count) > 0) & (_sums(area, known.astype(np.float64), count) == 0)
    return np.where(nobody_says, np.nan, total)
