"""Any figure of buildings by district and by age of the people there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.city import City
from twin.presence import people_of, people_of_age
from twin.state import State
from twin.variables import AGES

NOWHERE = ""
"""Id of the row of buildings that lie in no area of the kind."""


def people_by_area(state: State, chosen: NDArray[Any], *, kind: str = "district") -> pd.DataFrame:
    """People of chosen buildings by area and age band, where the state counts them.

    Parameters
    ----------
    state
        The state, or any other of its run.
    chosen
        Which buildings, or the weight with which their people count; NaN = unknown whether, [buildings].
    kind
        Kind of area: "district", "ward", "school_district", "census" …

    Returns
    -------
    One row for each area with buildings, ``area`` and ``name``; then one for buildings in no such area (``area`` ""), where
    there are any. ``buildings``: how many are chosen; ``people``: people of these; ``people_0_14`` … by age: NaN where
    nobody says it of any of them; ``unknown``: people of buildings of which it is unknown; ``everybody``: all people there,
    for a share. The rows add up to the whole city.

    Examples
    --------
    A city without areas has one row: `people_by_area(state, cut_off)["people"].sum()` are the people cut off.
    """
    city, people = state.city, people_of(state)
    digests = (city.fingerprint_of("buildings", ("geometry",)), city.fingerprint_of("areas"))
    areas, area = _partition(_Order(digests, kind, city))
    share = np.asarray(chosen, np.float64)
    counts = share > 0
    ids, names = [*areas["id"], NOWHERE], [*areas["name"], NOWHERE]
    made: dict[str, Any] = {"area": ids, "name": names, "buildings": _sums(area, counts.astype(np.float64), len(ids))}
    weight = np.nan_to_num(share)
    made["people"] = _known_sums(area, people, weight, counts, len(ids))
    for age in AGES:
        made[f"people_{age}"] = _known_sums(area, people_of_age(state, age), weight, counts, len(ids))
    made["unknown"] = _sums(area, np.where(np.isnan(share), np.nan_to_num(people), 0.0), len(ids))
    made["everybody"] = _known_sums(area, people, np.ones(len(people)), np.ones(len(people), np.bool_), len(ids))
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
    area: NDArray[np.int64], people: NDArray[np.float64], weight: NDArray[np.float64], counts: NDArray[np.bool_], count: int
) -> NDArray[np.float64]:
    """Weighted people by area; NaN where there are chosen buildings and nobody says how many are in any of them."""
    known = counts & ~np.isnan(people)
    total = _sums(area, np.where(known, people * weight, 0.0), count)
    nobody_says = (_sums(area, counts.astype(np.float64), count) > 0) & (_sums(area, known.astype(np.float64), count) == 0)
    return np.where(nobody_says, np.nan, total)
