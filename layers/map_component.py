"""The map in the page: a Streamlit component that keeps one deck.gl map alive through all re-runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeGuard

import orjson
import streamlit as st

from layers.legend import Legend
from layers.map_layer import MapLayer
from layers.routes import PREFIX, bundle_digest, component_digest
from layers.view import WINDOW, View

Translate = Callable[[str], str]

#: Every sentence the component shows; each is a translation key.
TEXTS: tuple[str, ...] = (
    "Layers",
    "Legend",
    "Play",
    "Pause",
    "Time",
    "highest",
    "Zoom in",
    "Zoom out",
    "Look north and from above again",
    "Loading the map …",
    "The map could not be loaded. Reload the page.",
    "Map. Arrow keys move it, plus and minus zoom, shift with arrows turns it, Enter asks what lies in the middle.",
    "The graphics card dropped the map; drawing it again.",
    "This browser cannot draw the 3D map; the page shows a flat one instead.",
)


@dataclass(frozen=True)
class Driving:
    """What drives the water, drawn on the timeline: a stage, a tide, rain.

    ``values`` are one per step; None or NaN where unknown. ``label`` is a translation key.
    """

    label: str
    unit: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Timeline:
    """The steps of a run: a label for each ("+1 h 20 min"), already in the reader's language."""

    labels: tuple[str, ...]
    driving: Driving | None = None


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
    coordinate: tuple[float, float] | None


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
    """

    pick: Pick | None
    camera: Mapping[str, float] | None
    step: int | None
    visible: tuple[str, ...] | None
    webgl: bool


def city_map(
    layers: Sequence[MapLayer],
    view: View,
    *,
    key: str,
    timeline: Timeline | None = None,
    selection: tuple[str, int] | None = None,
    attribution: str = "",
    badge: str = "",
    height: str = "72vh",
    fit: bool = False,
    translate: Translate = str,
    language: str = "en",
    grant: str = "",
) -> MapEvents:
    """Draw the map and report what the person does with it.

    Call it once per page with a constant ``key``. The camera, the step and the visible layers belong to the person: ``view``
    moves them only when it says something else than in the run before.

    Parameters
    ----------
    layers
        From bottom to top.
    view
        Camera, visible layers and step to begin with.
    key
        Of the component in the page.
    timeline
        Steps to move through in the browser; None for a single instant.
    selection
        (layer id, row) to outline, for example after a search.
    attribution
        Always shown on the map.
    badge
        A short sentence over the map ("Fictional city"), "" for none.
    height
        CSS height of map and timeline together.
    fit
        Whether ``view`` comes from `View.of_bounds`, so that its first zoom is adapted to the real size of the window.
    translate
        From translation key to the reader's language.
    language
        BCP 47 tag, for numbers.
    grant
        Sent with every request of the map, see `layers.routes`.
    """
    answer = _component()(
        key=key,
        data={
            "spec": view.to_deck(layers).to_json(),
            "layers": [_layer(layer, translate) for layer in layers],
            "visible": list(view.visible(layers)),
            "camera": view.camera,
            "fit": list(WINDOW) if fit else None,
            "step": view.step,
            "selection": {"layer": selection[0], "index": int(selection[1])} if selection else None,
            "timeline": _timeline(timeline, translate),
            "attribution": attribution,
            "badge": badge,
            "height": height,
            "text": {text: translate(text) for text in TEXTS} | {"language": language},
            **addresses(),
            "grant": grant,
        },
        height="content",
        on_pick_change=_nothing,
        on_camera_change=_nothing,
        on_step_change=_nothing,
        on_visible_change=_nothing,
        on_webgl_change=_nothing,
    )
    return read_events(answer)


def read_events(answer: Mapping[str, Any]) -> MapEvents:
    """The component's answer, checked: it comes from a browser and may hold anything.

    Examples
    --------
    >>> read_events({"pick": {"layer": "roads", "index": 4, "coordinate": [139.7, 35.5]}}).pick
    Pick(layer='roads', index=4, coordinate=(139.7, 35.5))
    >>> read_events({"step": "now", "pick": 7})
    MapEvents(pick=None, camera=None, step=None, visible=None, webgl=True)
    """
    pick = answer.get("pick")
    camera, step, visible = answer.get("camera"), answer.get("step"), answer.get("visible")
    return MapEvents(
        _pick(pick) if isinstance(pick, Mapping) else None,
        {str(k): float(v) for k, v in camera.items() if _is_number(v)} if isinstance(camera, Mapping) else None,
        int(step) if _is_number(step) and step >= 0 else None,
        tuple(str(name) for name in visible) if isinstance(visible, list | tuple) else None,
        answer.get("webgl") is not False,
    )


def _pick(pick: Mapping[str, Any]) -> Pick:
    layer, index, coordinate = pick.get("layer"), pick.get("index"), pick.get("coordinate")
    known = isinstance(layer, str) and _is_number(index) and index >= 0
    at = isinstance(coordinate, list | tuple) and len(coordinate) >= 2 and all(_is_number(value) for value in coordinate[:2])
    return Pick(
        layer if known else None,
        int(index) if known and _is_number(index) else -1,
        (float(coordinate[0]), float(coordinate[1])) if at and coordinate is not None else None,
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < 1e12


def addresses() -> dict[str, str]:
    """Where the browser finds the routes, the bundle and the modules; relative to the page's base address."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}{PREFIX}" if base else PREFIX
    return {
        "base": prefix,
        "bundle": f"{prefix}/bundle/{bundle_digest()}/deck.js",
        "modules": f"{prefix}/component/{component_digest()}",
    }


def _layer(layer: MapLayer, translate: Translate) -> dict[str, Any]:
    return {"id": layer.id, "title": translate(layer.title), "legend": legend_data(layer.legend, translate)}


def legend_data(legend: Legend | None, translate: Translate) -> dict[str, Any] | None:
    """A legend in the reader's language, for the component."""
    if legend is None:
        return None
    return {
        "title": translate(legend.title),
        "note": translate(legend.note) if legend.note else "",
        "entries": [
            {"label": translate(entry.label), "colour": list(entry.colour), "pattern": int(entry.pattern), "shape": entry.shape}
            for entry in legend.entries
        ],
    }


def _timeline(timeline: Timeline | None, translate: Translate) -> dict[str, Any] | None:
    if timeline is None:
        return None
    driving = timeline.driving
    made: dict[str, Any] = {"labels": list(timeline.labels), "driving": None}
    if driving:
        made["driving"] = {"label": translate(driving.label), "unit": driving.unit, "values": list(driving.values)}
    # JSON has no NaN: the way through orjson turns it into null, which the chart leaves as a gap.
    plain: dict[str, Any] = orjson.loads(orjson.dumps(made))
    return plain


def _nothing() -> None:
    """A state of the component exists only when somebody listens to it."""


@cache
def _component() -> Callable[..., Mapping[str, Any]]:
    folder = files("layers") / "component"
    component: Callable[..., Mapping[str, Any]] = st.components.v2.component(
        "city_twin_map",
        html='<div class="city-map"></div>',
        css=(folder / "city_map.css").read_text(encoding="utf-8"),
        js=(folder / "city_map.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
    return component
