"""Who is addressed by evacuation orders, and when each party sets out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from twin.hook import Inputs
from twin.mobility.parties import Parties, draws

GOES, WHEN, BY_CAR = range(3)
"""What a seed decides for each party: whether it goes, when, and whether it drives."""


def setting_out(
    parties: Parties, addressed: Sequence[NDArray[np.bool_]], orders: Sequence[Mapping[str, Any]], seed: int, preparation: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """When each party sets out, the start of the order it follows, and from when on it is told to stay, s; inf = never.

    Parameters
    ----------
    addressed
        For each order, whether a building is addressed, [buildings].
    orders
        ``level``, ``start``, ``end``, ``share``, ``response`` and ``response_careful`` (pairs of time and share).
    seed
        Decides who goes and when: the same for the same seed, and who goes at a share goes at every higher one.
    """
    goes, when = (draws(seed, len(parties), what) for what in (GOES, WHEN))
    out, ordered, barred = (np.full(len(parties), np.inf) for _ in range(3))
    for mask, order in sorted(zip(addressed, orders, strict=True), key=lambda pair: (pair[1]["start"], pair[1]["level"])):
        concerned = mask[parties.building]
        start = float(order["start"])
        if order["level"] == 5:
            # Nobody is sent onto the roads any more: who has not set out stays, and who waited for water at the door to go too.
            barred[concerned] = np.minimum(barred[concerned], start)
            late = concerned & (out > start)
            out[late], ordered[late] = np.inf, np.inf
            continue
        if order["level"] == 3:
            concerned = concerned & parties.careful
        moment = np.full(len(parties), np.inf)
        for careful, name in ((False, "response"), (True, "response_careful")):
            curve = np.array(order[name] or order["response"], np.float64)
            chosen = concerned & (goes < order["share"]) & (parties.careful == careful)
            moment[chosen] = start + _inverse(curve, when[chosen]) + preparation
        if order["end"] is not None:
            moment[moment >= order["end"]] = np.inf
        earlier = moment < out
        out[earlier], ordered[earlier] = moment[earlier], start
    return out, ordered, barred


def _inverse(curve: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Time at which a rising curve of (time, share) passes each share."""
    rising = np.concatenate([[True], np.diff(curve[:, 1]) > 0])
    return np.asarray(np.interp(share, curve[rising, 1], curve[rising, 0]))


def addressed_buildings(inputs: Inputs, order: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Buildings that an order addresses; see `addressed_places`."""
    if not order["areas"] and not order["polygon"]:
        return np.ones(inputs.size("building"), np.bool_)
    return addressed_places(
        inputs.table("buildings")["geometry"], inputs.table("areas"), inputs.grid().crs, areas_named=order["areas"],
        polygon=order["polygon"],
    )  # fmt: skip


def addressed_places(
    places: Any, areas: pd.DataFrame, crs: str, *, areas_named: Sequence[str], polygon: Sequence[Sequence[float]]
) -> NDArray[np.bool_]:
    """Places with their centroid in one of the named areas or in the polygon; all when neither is given.

    Parameters
    ----------
    places
        Geometries in the city's reference system.
    areas, crs
        Table of areas, and that system.
    areas_named
        Ids.
    polygon
        Ring of longitude, latitude.

    Raises
    ------
    InputError
        When the polygon crosses itself.
    """
    if not areas_named and not polygon:
        return np.ones(len(places), np.bool_)
    points = shapely.centroid(np.asarray(places, dtype=object))
    parts: list[Any] = list(areas["geometry"][areas["id"].isin(areas_named)]) if areas_named else []
    if polygon:
        ring = shapely.Polygon(polygon)
        if not ring.is_valid:
            raise InputError("The polygon of an evacuation order crosses itself; draw it again.")
        parts += list(geopandas.GeoSeries([ring], crs="EPSG:4326").to_crs(crs))
    whole = shapely.union_all(parts)
    shapely.prepare(whole)
    return np.asarray(shapely.contains_xy(whole, shapely.get_x(points), shapely.get_y(points)))
