"""What the person did with the map since the last run, as the browser tells it: checked, because it may hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from layers.sketch import MOST_CORNERS, Place

_LONGEST_NAME = 200
_LATEST = 366 * 86_400  # s


@dataclass(frozen=True)
class Pick:
    """What was clicked.

    Parameters
    ----------
    layer
        Id of the layer, None on empty ground.
    index
        Row in the layer's table, −1 on empty ground. It never leaves this process: use the row's id outside.
    coordinate
        Longitude and latitude of the ground under the pointer, None outside the terrain.
    """

    layer: str | None
    index: int
    coordinate: Place | None


@dataclass(frozen=True)
class Drawn:
    """A drawing that was finished.

    Parameters
    ----------
    kind
        That of the `layers.sketch.Tool`.
    coordinates
        Corners in the order they were set; empty for what was picked.
    elements
        (layer id, row) of what was picked.
    """

    kind: str
    coordinates: tuple[Place, ...]
    elements: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Edited:
    """A shape whose corners were moved, added or taken away."""

    id: str
    coordinates: tuple[Place, ...]


@dataclass(frozen=True)
class Shifted:
    """A bar that was moved to other times, seconds since the start in whole minutes; ``end`` None is open."""

    id: str
    start: int
    end: int | None


@dataclass(frozen=True)
class MapEvents:
    """What the person did since the last run.

    Parameters
    ----------
    pick
        A click, only in the run right after it.
    camera
        Where they look now, None before they moved.
    step
        The step they rest at, None before they moved the timeline.
    visible
        Ids of the layers they show, None before they changed any.
    webgl
        False when this browser cannot draw the map: show `layers.flat_map` and tables.
    drawn, edited, shifted
        A finished drawing, a changed shape, a moved bar; only in the run right after it.
    chosen_shape
        Id of a shape or bar that was clicked, only in the run right after it.
    swipe
        Where the divider of a comparison stands, 0 to 1, None before it was moved.
    left_tool
        The tool was put down without a drawing (Escape), only in the run right after it.
    """

    pick: Pick | None = None
    camera: Mapping[str, float] | None = None
    step: int | None = None
    visible: tuple[str, ...] | None = None
    webgl: bool = True
    drawn: Drawn | None = None
    edited: Edited | None = None
    shifted: Shifted | None = None
    chosen_shape: str | None = None
    swipe: float | None = None
    left_tool: bool = False


def read_events(answer: Mapping[str, Any]) -> MapEvents:
    """The component's answer, checked.

    Examples
    --------
    >>> read_events({"pick": {"layer": "roads", "index": 4, "coordinate": [139.7, 35.5]}}).pick
    Pick(layer='roads', index=4, coordinate=(139.7, 35.5))
    >>> read_events({"step": "now", "pick": 7, "drawn": {"kind": "pump", "coordinates": [["x", 2]]}}) == MapEvents()
    True
    >>> read_events({"shifted": {"id": "m1", "start": 1230.2, "end": None}}).shifted
    Shifted(id='m1', start=1230, end=None)
    """
    camera, step, visible = answer.get("camera"), answer.get("step"), answer.get("visible")
    swipe = answer.get("swipe")
    return MapEvents(
        pick=_pick(answer.get("pick")),
        camera={str(k): float(v) for k, v in camera.items() if _is_number(v)} if isinstance(camera, Mapping) else None,
        step=int(step) if _is_number(step) and step >= 0 else None,
        visible=tuple(str(name) for name in visible) if isinstance(visible, list | tuple) else None,
        webgl=answer.get("webgl") is not False,
        drawn=_drawn(answer.get("drawn")),
        edited=_edited(answer.get("edited")),
        shifted=_shifted(answer.get("shifted")),
        chosen_shape=_name(answer.get("chosen_shape")),
        swipe=float(swipe) if _is_number(swipe) and 0 <= swipe <= 1 else None,
        left_tool=answer.get("left_tool") is True,
    )


def _pick(pick: object) -> Pick | None:
    if not isinstance(pick, Mapping):
        return None
    layer, index = pick.get("layer"), pick.get("index")
    known = isinstance(layer, str) and _is_number(index) and index >= 0
    return Pick(layer if known else None, int(index) if known and _is_number(index) else -1, _place(pick.get("coordinate")))


def _drawn(drawn: object) -> Drawn | None:
    if not isinstance(drawn, Mapping):
        return None
    kind, coordinates = _name(drawn.get("kind")), _places(drawn.get("coordinates"))
    elements = _elements(drawn.get("elements"))
    if kind is None or coordinates is None or elements is None or not (coordinates or elements):
        return None
    return Drawn(kind, coordinates, elements)


def _edited(edited: object) -> Edited | None:
    if not isinstance(edited, Mapping):
        return None
    name, coordinates = _name(edited.get("id")), _places(edited.get("coordinates"))
    return Edited(name, coordinates) if name is not None and coordinates else None


def _shifted(shifted: object) -> Shifted | None:
    if not isinstance(shifted, Mapping):
        return None
    name, start, end = _name(shifted.get("id")), shifted.get("start"), shifted.get("end")
    if name is None or not _is_number(start) or not 0 <= start <= _LATEST:
        return None
    if end is None:
        return Shifted(name, round(start), None)
    return Shifted(name, round(start), round(end)) if _is_number(end) and start < end <= _LATEST else None


def _places(value: object) -> tuple[Place, ...] | None:
    """Corners; None when one of them is none, or there are too many: half a drawing would be another drawing."""
    if not isinstance(value, list | tuple) or len(value) > MOST_CORNERS:
        return None
    places = [_place(entry) for entry in value]
    known = tuple(place for place in places if place is not None)
    return known if len(known) == len(places) else None


def _place(value: object) -> Place | None:
    if not isinstance(value, list | tuple) or len(value) < 2:
        return None
    longitude, latitude = value[:2]
    if not (_is_number(longitude) and _is_number(latitude) and abs(longitude) <= 180 and abs(latitude) <= 85):
        return None
    return float(longitude), float(latitude)


def _elements(value: object) -> tuple[tuple[str, int], ...] | None:
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or len(value) > MOST_CORNERS:
        return None
    made = []
    for entry in value:
        if not isinstance(entry, list | tuple) or len(entry) != 2:
            return None
        layer, index = _name(entry[0]), entry[1]
        if layer is None or not _is_number(index) or index < 0:
            return None
        made.append((layer, int(index)))
    return tuple(made)


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < 1e12
