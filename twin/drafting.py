"""A measure with sensible defaults from what somebody drew, so that it can be asked at once and be made precise afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.city import City
from geodata.errors import InputError

DEFAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "flood_barrier": {"height": 1.0},
    "levee_breach": {"width": 50.0},
    "pump": {"capacity": 1.0},
    "gate_closed": {},
    "culvert": {"width": 1.0, "height": 1.0},
    "storage": {"radius": 30.0, "volume": 5000.0},
    "raised_road": {"height": 1.0},
    "road_closure": {},
    "road_opened": {},
    "shelter_opened": {},
    "shelter_closed": {},
    # No default tells how many people go (see `EvacuationOrder`): three in ten is the middle of the shares that are shown.
    "evacuation_order": {"level": 4, "share": 0.3},
})  # fmt: skip
"""What a new measure of each kind says until somebody says otherwise; choices of this project."""
GATE_ABOVE = 1.0
"""A new gate's top stands so much above the highest ground on its line, m."""
_PLACES = {
    "flood_barrier": "line", "gate_closed": "line", "raised_road": "line", "culvert": "ends", "evacuation_order": "polygon",
    "levee_breach": "at", "pump": "at", "storage": "at",
}  # fmt: skip
_ELEMENTS = {"road_closure": "roads", "road_opened": "roads", "shelter_opened": "shelters", "shelter_closed": "shelters"}


def draft(
    kind: str, city: City, *, places: Sequence[tuple[float, float]] = (), ids: Sequence[str] = (), moment: int = 0
) -> dict[str, Any]:
    """Plain values of a new measure.

    Parameters
    ----------
    kind
        One of `DEFAULTS`.
    city
        Where it is drawn.
    places
        Longitudes and latitudes of what was drawn.
    ids
        Ids of the elements that were picked, for measures made of elements.
    moment
        A breach comes about at this moment, s; everything else acts from the start.

    Examples
    --------
    ``draft("road_closure", city, ids=["r1", "r2", "r1"])`` gives ``{"kind": "road_closure", "roads": ["r1", "r2"]}``.
    """
    made: dict[str, Any] = {"kind": kind, **DEFAULTS[kind]}
    if kind in _ELEMENTS:
        made[_ELEMENTS[kind]] = list(dict.fromkeys(ids))
    elif places:
        made |= drawn_as(kind, places)
    if kind == "levee_breach" and moment:
        made["start"] = moment
    if kind == "gate_closed":
        ground = ground_at(city, places)
        made["crest"] = round(float(np.nanmax(ground)) + GATE_ABOVE, 1) if np.isfinite(ground).any() else GATE_ABOVE
    return made


def drawn_as(kind: str, places: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """The field of a measure that says where it is.

    Examples
    --------
    >>> drawn_as("pump", [(139.7, 35.5)])
    {'at': [139.7, 35.5]}
    """
    field = _PLACES[kind]
    return {field: list(places[0]) if field == "at" else [list(place) for place in places]}


def made_of(kind: str) -> str:
    """The field that holds the ids of the elements a measure of this kind is made of, "" for one that is drawn."""
    return _ELEMENTS.get(kind, "")


def length_of(city: City, places: Sequence[tuple[float, float]]) -> float:
    """Length of a line of longitudes and latitudes, m."""
    return float(shapely.length(shapely.linestrings(_metres(city, places)))) if len(places) > 1 else 0.0


def ground_at(city: City, places: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Elevation of the ground at places, m above the city's datum; NaN where unknown or outside."""
    cells = [city.grid.cell_of(x, y) if np.isfinite(x + y) else None for x, y in _metres(city, places)]
    ground = city.elevation
    return np.array([np.nan if cell is None else float(ground[cell]) for cell in cells])


def _metres(city: City, places: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """[places, 2] in the city's system."""
    if not places:
        return np.zeros((0, 2))
    longitudes, latitudes = zip(*places, strict=True)
    return np.column_stack(city.grid.to_wgs84.transform(longitudes, latitudes, direction="INVERSE"))


def places_from(text: str) -> tuple[tuple[float, float], ...]:
    r"""Places that somebody typed: longitude and latitude, one place a line.

    Raises
    ------
    InputError
        When a line is not two numbers, or a number is no longitude or latitude.

    Examples
    --------
    >>> places_from("139.70, 35.50\n139.71 35.51")
    ((139.7, 35.5), (139.71, 35.51))
    >>> places_from("35.5, 139.7")
    Traceback (most recent call last):
    geodata.errors.InputError: Line 1 ("35.5, 139.7") is not a longitude and a latitude; write for example 139.70, 35.50.
    """
    made = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        parts = line.replace(",", " ").split()
        try:
            longitude, latitude = map(float, parts)
        except ValueError:
            longitude = latitude = float("nan")
        if not (abs(longitude) <= 180 and abs(latitude) <= 90):
            raise InputError(
                'Line {number} ("{line}") is not a longitude and a latitude; write for example 139.70, 35.50.',
                number=number, line=line.strip()[:60],
            )  # fmt: skip
        made.append((longitude, latitude))
    if not made:
        raise InputError("There is no place; write a longitude and a latitude, for example 139.70, 35.50.")
    return tuple(made)


def places_text(places: Sequence[tuple[float, float]]) -> str:
    """Places as `places_from` reads them.

    Examples
    --------
    >>> places_text([(139.7, 35.5)])
    '139.700000, 35.500000'
    """
    return "\n".join(f"{longitude:.6f}, {latitude:.6f}" for longitude, latitude in places)
