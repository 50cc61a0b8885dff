"""Japan's river and port datums: zeros at fixed distances from T.P., each in the river basins where its letters mean it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from geodata.crs import find_transformer
from geodata.errors import InputError


@dataclass(frozen=True)
class RiverDatum:
    """A river or port datum of Japan at a fixed distance from T.P.

    Parameters
    ----------
    name
        As written on plans ("A.P.").
    zero
        Elevation of its zero above T.P., m.
    bounds
        (west, south, east, north) in degrees where the name means this datum; the same letters mean another one elsewhere.
    meaning
        River or port.
    """

    name: str
    zero: float
    bounds: tuple[float, float, float, float]
    meaning: str


# [S] 宮城県 東部土木事務所登米地域事務所 "特殊基準面とは" (pref.miyagi.jp, kijunmen.html) gives these figures for all of
# them; A.P., O.P. and Y.P.
# agree with Kanto regional bureau pages [S] (tonege/suii/hyou.htm: Y.P. is 0.84 m below T.P.). The boxes are ours: the
# river basins, roughly [M].
RIVER_DATUMS: tuple[RiverDatum, ...] = (
    RiverDatum("A.P.", -1.1344, (138.4, 35.1, 140.3, 36.6), "荒川・中川・多摩川 (Arakawa Peil)"),
    RiverDatum("A.P.", -0.8333, (133.0, 33.5, 134.8, 34.3), "吉野川 (Awa Peil)"),
    RiverDatum("Y.P.", -0.8402, (138.4, 35.3, 141.0, 37.1), "利根川・江戸川 (Yedogawa Peil)"),
    RiverDatum("O.P.", -1.3000, (134.9, 34.2, 136.4, 35.8), "淀川・大阪湾 (Osaka Peil)"),
    RiverDatum("K.P.", -0.8745, (140.6, 38.2, 141.8, 40.2), "北上川 (Kitakami Peil)"),
    RiverDatum("S.P.", -0.0873, (140.5, 38.1, 141.4, 38.9), "鳴瀬川 (Shiogama Peil)"),
    RiverDatum("T.P.W.", 0.113, (132.5, 32.7, 133.3, 33.6), "渡川 (四万十川)"),
    RiverDatum("B.S.L.", 84.371, (135.6, 34.7, 136.5, 35.8), "琵琶湖 (Biwako Surface Level)"),
)


def river_datum(name: str, x: ArrayLike, y: ArrayLike, crs: Any, layer: str) -> RiverDatum:
    """The datum that these letters mean at a place.

    Parameters
    ----------
    name
        As written on plans.
    x, y
        Places in ``crs``; the middle of those that are known decides.
    layer
        Whose heights they are, for the message.

    Raises
    ------
    InputError
        When the letters mean none there, or more than one.

    Examples
    --------
    >>> river_datum("A.P.", 134.4, 34.0, "EPSG:6668", "gauges").meaning
    '吉野川 (Awa Peil)'
    """
    places_x, places_y = np.atleast_1d(np.asarray(x, dtype=float)), np.atleast_1d(np.asarray(y, dtype=float))
    known = np.isfinite(places_x) & np.isfinite(places_y)
    middle = (float(np.mean(places_x[known])), float(np.mean(places_y[known]))) if known.any() else (np.nan, np.nan)
    longitude, latitude = find_transformer(crs, "EPSG:4326").transform(*middle) if known.any() else middle
    fitting = [
        river
        for river in RIVER_DATUMS
        if river.name == name
        and river.bounds[0] <= longitude <= river.bounds[2]
        and river.bounds[1] <= latitude <= river.bounds[3]
    ]
    if len(fitting) != 1:
        raise InputError(
            "Heights of {layer} are measured from {datum}, whose offset from T.P. is not known at longitude {longitude}, "
            "latitude {latitude}; give it with --vertical-offset M.",
            layer=layer,
            datum=name,
            longitude=round(longitude, 3),
            latitude=round(latitude, 3),
        )
    return fitting[0]
