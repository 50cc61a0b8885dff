"""Two answers on one map, made from their states: beside each other, or what is different between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from layers.blobs import Blobs
from layers.change_scales import (
    DEPTH_CHANGE,
    DEPTH_CHANGES,
    MINUTES_CHANGE,
    ROAD_CHANGES,
    TIME_LEFT_CHANGES,
    TRAVEL_TIME_CHANGES,
)
from layers.coding import NOT_APPLICABLE, UNKNOWN
from layers.comparison import Other
from layers.flood import merged_codes
from layers.language import mark
from layers.map_layer import MapLayer, StepValues, promise_values, put_values
from layers.scales import Scale
from layers.scene import Scene
from twin.comparison import field_difference, gains
from twin.scenario.rules import GROUPS, Group
from twin.state import State
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE

Codes = NDArray[np.uint8]
DIFFERENCES: dict[str, str] = {
    "depth": mark("Depth of water"),
    "time_left": mark("Time left to set out"),
    "travel_time": mark("Time to a shelter"),
}
"""What can be shown as a difference; translation keys."""
_READS: dict[str, tuple[str, ...]] = {
    "depth": ("water_depth",), "time_left": ("building_time_left",), "travel_time": ("building_shelter_time",),
}  # fmt: skip
_KEPT = ("ground", "areas", "roads", "buildings", "facilities", "flood")
"""Layers that are drawn in a difference: what tells of one answer only would be taken for a difference."""


def told_differences(before: Sequence[State], after: Sequence[State]) -> dict[str, str]:
    """Those of `DIFFERENCES` that the states of both answers tell."""
    states = [*before, *after]
    return {what: title for what, title in DIFFERENCES.items() if all(s.has(name) for s in states for name in _READS[what])}


def beside(first: Scene, second: Scene, blobs: Blobs, *, left: str, right: str, at: float = 0.5) -> tuple[Scene, Other]:
    """Two scenes of one city as one with a divider; a layer that only one of them has shows nothing on the other side.

    Parameters
    ----------
    first, second
        Scenes of equally many states, in the same colours.
    blobs
        Where bytes are kept.
    left, right
        What is seen on either side, in the reader's language.
    at
        Where the divider stands at first.
    """
    mine, theirs = ({layer.id: layer for layer in scene.layers} for scene in (first, second))
    layers = [layer if layer.id in mine else _emptied(layer, blobs) for layer in _in_order(first.layers, second.layers)]
    values = {}
    for layer in layers:
        own = getattr(layer.deck, "values", None)
        if own is None:
            continue
        twin = theirs.get(layer.id)
        values[layer.id] = _nothing(blobs, own["shape"]) if twin is None else _values(twin)
    scene = replace(first, layers=tuple(layers), timeline=first.timeline or second.timeline)
    return scene, Other({name: found for name, found in values.items() if found.names}, left, right, at=at)


def difference(
    scene: Scene, before: Sequence[State], after: Sequence[State], blobs: Blobs,
    *, what: str, group: str, left: str, right: str, surface: Scene | None = None,
) -> tuple[Scene, Other]:  # fmt: skip
    """The difference between two answers as a scene of its own: blue for the better, orange for the worse, grey for unknown.

    Parameters
    ----------
    scene
        The scene of the first answer.
    before, after
        The states of both answers, at the same moments.
    blobs
        Where bytes are promised.
    what, group
        Which of `DIFFERENCES`, and for whom.
    left, right
        What the answers are called, in the reader's language.
    surface
        The scene of the second answer: how high its water stands.
    """
    made = _Difference(tuple(before), tuple(after), blobs)
    named = {layer.id: layer for layer in scene.layers}
    values: dict[str, StepValues] = {}
    scales: dict[str, Scale] = {}
    layers = [layer for layer in scene.layers if layer.id in _KEPT]
    if what == "depth":
        flood = named.get("flood") or next((x for x in (surface.layers if surface else ()) if x.id == "flood"), None)
        if flood is not None:
            if "flood" not in named:
                layers.insert(1, flood)
            stands = _values(flood).surface
            found = next((x for x in (surface.layers if surface else ()) if x.id == "flood"), flood)
            stands = _values(found).surface or stands
            shape = tuple(_values(flood).shape)
            wet = made.values("depth", ("water_depth",), shape, ground_change)
            values["flood"], scales["flood"] = replace(wet, surface=stands), DEPTH_CHANGES
        if made.has("building_depth") and "buildings" in named:
            count = len(before[0].city.buildings)
            at_walls = made.values("depth", ("building_depth",), (count,), lambda a, b: depth_change(a, b, "building_depth"))
            values["buildings"], scales["buildings"] = at_walls, DEPTH_CHANGES
    elif "buildings" in named:
        layers = [layer for layer in layers if layer.id != "flood"]
        count = len(before[0].city.buildings)
        values["buildings"] = made.values(
            f"{what} {group}", _READS[what], (count,), lambda a, b: minutes_change(a, b, what, group)
        )
        scales["buildings"] = TIME_LEFT_CHANGES if what == "time_left" else TRAVEL_TIME_CHANGES
    if "roads" in named and made.has("road_open"):
        values["roads"] = made.values("roads", ("road_open",), (len(before[0].city.roads),), road_change)
        scales["roads"] = ROAD_CHANGES
    layers = [layer.explained(True) if layer.id in values else layer for layer in layers]
    return replace(scene, layers=tuple(layers)), Other(values, left, right, difference=True, scales=scales)


def depth_change(before: State, after: State, name: str) -> Codes:
    """Codes of `DEPTH_CHANGE` of a depth in the second state less that in the first."""
    dry = (before.field(name) < 0.01) & (after.field(name) < 0.01)
    change = field_difference(before, after, name)
    solid = np.isinf(before.field(name)) | np.isinf(after.field(name))  # a depth has no meaning there
    return DEPTH_CHANGE.encode(np.where(solid, 0.0, change), states={"dry": dry}, not_applicable=solid)


def ground_change(before: State, after: State) -> Codes:
    """Codes of `DEPTH_CHANGE` on the ground, at most so many cells a side as the map takes; of a block the worst is told."""
    codes = depth_change(before, after, "water_depth")
    same = int(DEPTH_CHANGE.encode([0.0])[0])
    return merged_codes(codes, clear=(NOT_APPLICABLE, DEPTH_CHANGE.code_of("dry"), same))


def minutes_change(before: State, after: State, what: str, group: str) -> Codes:
    """Codes of `MINUTES_CHANGE` of the minutes that each building gains, [building]."""
    found = gains(before, after, what="time_left" if what == "time_left" else "travel_time", group=group_named(group)).minutes
    return MINUTES_CHANGE.encode(found, states={"won": np.isposinf(found), "lost": np.isneginf(found)})


def group_named(name: str) -> Group:
    """The group of that name, the first one where there is none."""
    return next((group for group in GROUPS if group == name), GROUPS[0])


def road_change(before: State, after: State) -> Codes:
    """Codes of `USE_CHANGE` of the roads that cars can pass, [road]."""
    row = GROUPS.index("car")
    one, other = before.field("road_open")[row], after.field("road_open")[row]
    codes = np.select([(one != 1) & (other == 1), (one == 1) & (other != 1)], [1, 2], 0).astype(np.uint8)
    codes[(one == UNKNOWN_CODE) | (other == UNKNOWN_CODE)] = UNKNOWN
    codes[(one == NOT_APPLICABLE_CODE) & (other == NOT_APPLICABLE_CODE)] = NOT_APPLICABLE
    return codes


@dataclass(frozen=True)
class _Difference:
    before: tuple[State, ...]
    after: tuple[State, ...]
    blobs: Blobs

    def has(self, *names: str) -> bool:
        return all(state.has(name) for state in (*self.before, *self.after) for name in names)

    def values(
        self, coding: str, reads: tuple[str, ...], shape: tuple[int, ...], codes: Callable[[State, State], Codes]
    ) -> StepValues:
        """Bytes by step, promised under what they are made from."""
        pairs = list(zip(self.before, self.after, strict=True))
        made_from = [("change", coding, *(s.digests[name] for s in pair for name in reads)) for pair in pairs]
        return promise_values(self.blobs, made_from, shape, lambda number: codes(*pairs[number]))


def _in_order(first: Sequence[MapLayer], second: Sequence[MapLayer]) -> list[MapLayer]:
    """The layers of both, each of the second's own ones after what it follows there."""
    made = list(first)
    for place, layer in enumerate(second):
        if layer.id not in {other.id for other in made}:
            below = second[place - 1].id if place else ""
            made.insert(next((n + 1 for n, other in enumerate(made) if other.id == below), len(made)), layer)
    return made


def _values(layer: MapLayer) -> StepValues:
    own = layer.deck.values
    return StepValues(tuple(own["names"]), tuple(own["shape"]), tuple(own["surface"]))


def _nothing(blobs: Blobs, shape: Sequence[int]) -> StepValues:
    return put_values(blobs, [np.full(tuple(shape), NOT_APPLICABLE, np.uint8)])


def _emptied(layer: MapLayer, blobs: Blobs) -> MapLayer:
    """The same layer without anything to show."""
    own = getattr(layer.deck, "values", None)
    if own is None:
        return layer
    deck = copy(layer.deck)
    deck.values = _nothing(blobs, own["shape"]).to_data()
    return replace(layer, deck=deck)
