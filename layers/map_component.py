"""The map in the page: a Streamlit component that keeps one deck.gl map alive through all re-runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from typing import Any

from layers.comparison import Other
from layers.legend import Legend
from layers.map_events import Drawn, Edited, MapEvents, Pick, Shifted, read_events
from layers.map_layer import MapLayer, colour_properties
from layers.routes import PREFIX, bundle_digest, component_digest
from layers.sketch import Overlay, Path, Shape, Sketch, Tool
from layers.timeline import Bar, Driving, Timeline
from layers.view import WINDOW, View

__all__ = [
    "TEXTS", "Bar", "Drawn", "Driving", "Edited", "MapEvents", "Other", "Overlay", "Path", "Pick", "Shape", "Shifted", "Sketch",
    "Timeline", "Tool", "Translate", "addresses", "city_map", "legend_data", "map_data", "read_events",
]  # fmt: skip

Translate = Callable[[str], str]

#: What the component reports, see `layers.map_events.MapEvents`.
ANSWERS = (
    "pick", "camera", "step", "visible", "webgl", "drawn", "edited", "shifted", "chosen_shape", "swipe", "left_tool",
)  # fmt: skip
STYLES = ("city_map.css", "sketch.css")
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
    "Drawing on the map",
    "Enter sets a corner in the middle, Backspace takes it back, F finishes, Escape leaves.",
    "Enter picks what lies in the middle, Backspace takes the last back, F finishes, Escape leaves.",
    "Undo corner",
    "Undo last",
    "Finish",
    "Cancel",
    "{count} picked",
    "Corner {number} of {label}",
    "Add a corner after corner {number} of {label}",
    "Difference: {right} against {left}",
    "Divider between {left} and {right}",
    "When each measure acts",
    "{minutes} min",
    "{hours} h",
    "{hours} h {minutes} min",
    "from {start} on",
    "{start} to {end}",
)


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
    sketch: Sketch | None = None,
    overlays: Sequence[Overlay] = (),
    other: Other | None = None,
    heard: Callable[[MapEvents], None] | None = None,
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
    sketch
        The tool in the person's hand and what was drawn; drawing re-runs the page only when it is finished.
    overlays
        Lines of an answer, such as the routes from a building.
    other
        A second answer, shown beside the first with a divider, or as a difference.
    heard
        Told what the person did, one thing at a time, before the page runs again: what is done there needs no second run.
    """
    import streamlit  # noqa: PLC0415 (only pages need it: a report draws the same map without)

    answer = _component()(
        key=key,
        data=map_data(
            layers,
            view,
            timeline=timeline,
            selection=selection,
            attribution=attribution,
            badge=badge,
            height=height,
            fit=fit,
            translate=translate,
            language=language,
            grant=grant,
            sketch=sketch,
            overlays=overlays,
            other=other,
            base=str(streamlit.get_option("server.baseUrlPath") or ""),
        ),
        height="content",
        **{f"on_{name}_change": partial(_hear, key, name, heard) for name in ANSWERS},
    )
    return read_events(answer)


def map_data(
    layers: Sequence[MapLayer],
    view: View,
    *,
    timeline: Timeline | None = None,
    selection: tuple[str, int] | None = None,
    attribution: str = "",
    badge: str = "",
    height: str = "72vh",
    fit: bool = False,
    translate: Translate = str,
    language: str = "en",
    grant: str = "",
    sketch: Sketch | None = None,
    overlays: Sequence[Overlay] = (),
    other: Other | None = None,
    base: str = "",
) -> dict[str, Any]:
    """What the browser gets to draw the map: as in `city_map`, and ``base``, the path that the app is served under."""
    return {
        "spec": view.to_deck(layers).to_json(),
        "layers": [_layer(layer, translate) for layer in layers],
        "visible": list(view.visible(layers)),
        "camera": view.camera,
        "fit": list(WINDOW) if fit else None,
        "step": view.step,
        "selection": {"layer": selection[0], "index": int(selection[1])} if selection else None,
        "timeline": timeline.to_data(translate) if timeline else None,
        "sketch": (sketch or Sketch()).to_data(),
        "overlays": [overlay.to_data() for overlay in overlays],
        "other": _other(other, layers, translate) if other else None,
        "attribution": attribution,
        "badge": badge,
        "height": height,
        "text": {text: translate(text) for text in TEXTS} | {"language": language},
        **addresses(base),
        "grant": grant,
    }


def addresses(base: str = "") -> dict[str, str]:
    """Where the browser finds the routes, the bundle and the modules, of an app that is served under the path ``base``."""
    base = base.strip("/")
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
        "opened": legend.opened,
        "entries": [
            {"label": translate(entry.label), "colour": list(entry.colour), "pattern": int(entry.pattern), "shape": entry.shape}
            for entry in legend.entries
        ],
    }


def _other(other: Other, layers: Sequence[MapLayer], translate: Translate) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for layer in layers:
        values, scale = other.values.get(layer.id), other.scales.get(layer.id)
        if values is None:
            continue
        own = layer.deck.colours
        opened = layer.legend is not None and layer.legend.opened
        made[layer.id] = {
            "values": values.to_data(),
            "colours": own if scale is None else colour_properties(scale, surface=own["surface"]),
            "legend": legend_data(layer.legend if scale is None else replace(scale.legend(), opened=opened), translate),
        }
    return {
        "layers": made,
        "left": other.label_left,
        "right": other.label_right,
        "difference": other.difference,
        "at": min(max(float(other.at), 0.0), 1.0),
    }


def _hear(key: str, name: str, heard: Callable[[MapEvents], None] | None) -> None:
    """Tell of one thing that the person did. A state of the component exists only when somebody listens to it."""
    import streamlit as st  # noqa: PLC0415

    answer = st.session_state.get(key) or {}
    if heard is not None and answer.get(name) is not None:
        heard(read_events({name: answer[name]}))


@cache
def _component() -> Callable[..., Mapping[str, Any]]:
    import streamlit as st  # noqa: PLC0415

    folder = files("layers") / "component"
    component: Callable[..., Mapping[str, Any]] = st.components.v2.component(
        "city_twin_map",
        html='<div class="city-map"></div>',
        css="\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES),
        js=(folder / "city_map.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
    return component
