"""The measures that a person can add: the tool that draws each on the map, and the fields of its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layers.language import mark

Shape = Literal["point", "line", "area", "ends", "pick"]


@dataclass(frozen=True)
class Field:
    """One field of a form.

    Parameters
    ----------
    name
        In the measure.
    label
        Translation key.
    low, high, step
        What it may be.
    scale
        What is shown is so many times what the measure holds: 100 for shares, 1/60 for seconds shown as minutes.
    optional
        Whether it may be left empty.
    choices
        Instead of a number, one of these.
    whole
        Whether only whole numbers make sense.
    """

    name: str
    label: str
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    scale: float = 1.0
    optional: bool = False
    choices: tuple[int, ...] = ()
    whole: bool = False

    def shown(self, value: float | None) -> float | int | None:
        """A value as the form shows it.

        Examples
        --------
        >>> Field("share", "", scale=100, whole=True).shown(0.3)
        30
        """
        if value is None:
            return None
        return round(value * self.scale) if self.whole else float(value * self.scale)

    def held(self, shown: float | None) -> float | int | None:
        """A value of the form as the measure holds it.

        Examples
        --------
        >>> Field("growth", "", scale=1 / 60, whole=True).held(30), Field("share", "", scale=100, whole=True).held(30)
        (1800, 0.3)
        """
        if shown is None:
            return None
        value = shown / self.scale
        return round(value) if abs(value - round(value)) < 1e-9 and self.whole else round(value, 6)


@dataclass(frozen=True)
class Kind:
    """A kind of measure: how it is drawn, and what its form asks for.

    ``layer`` is the layer whose elements are picked; ``hint`` stands over the map while it is drawn.
    """

    shape: Shape
    hint: str
    fields: tuple[Field, ...] = ()
    layer: str = ""
    icon: str = ":material/edit_location:"


_LINE = mark("Click the corners of the line; double-click or press Enter to finish.")
_ROADS = mark("Click the roads; press Finish when you have them all.")
_SHELTERS = mark("Click the shelters; press Finish when you have them all.")

KINDS: dict[str, Kind] = {
    "flood_barrier": Kind(
        "line", _LINE, icon=":material/fence:",
        fields=(
            Field("height", mark("Height above the ground, m"), 0.1, 50, 0.1, optional=True),
            Field("crest", mark("or elevation of its top, m"), -100, 5000, 0.1, optional=True),
        ),
    ),
    "levee_breach": Kind(
        "point", mark("Click a levee where it gives way."), icon=":material/flash_on:",
        fields=(
            Field("width", mark("Width in the end, m"), 1, 5000, 5),
            Field("growth", mark("Grows within, min"), 0, 1440, 5, scale=1 / 60, whole=True),
            Field("bottom", mark("Elevation of its bottom, m (empty: the ground beside it)"), -100, 5000, 0.1, optional=True),
        ),
    ),
    "pump": Kind(
        "point", mark("Click where the pump takes in the water."), icon=":material/water_pump:",
        fields=(
            Field("capacity", mark("Capacity, m³/s"), 0.01, 1000, 0.1),
            Field("starts_at", mark("Runs from this depth on, m"), 0, 20, 0.05),
        ),
    ),
    "road_closure": Kind("pick", _ROADS, layer="roads", icon=":material/block:"),
    "road_opened": Kind(
        "pick", mark("Click roads that a measure has closed; press Finish when you have them all."), layer="roads",
        icon=":material/check_circle:",
    ),
    "evacuation_order": Kind(
        "area", mark("Click the corners of the area; double-click or press Enter to finish."), icon=":material/campaign:",
        fields=(
            Field("level", mark("Warning level"), choices=(3, 4, 5)),
            Field("share", mark("Of those addressed, go to a shelter, %"), 0, 100, 5, scale=100, whole=True),
            Field("by_car", mark("Of those who go, by car, %"), 0, 100, 5, scale=100, whole=True),
        ),
    ),
    "shelter_opened": Kind("pick", _SHELTERS, layer="shelters", icon=":material/night_shelter:"),
    "shelter_closed": Kind("pick", _SHELTERS, layer="shelters", icon=":material/door_front:"),
    "gate_closed": Kind(
        "line", _LINE, icon=":material/door_sliding:",
        fields=(Field("crest", mark("Elevation of its top, m"), -100, 5000, 0.1),),
    ),
    "culvert": Kind(
        "ends", mark("Click one end, then the other."), icon=":material/valve:",
        fields=(
            Field("width", mark("Width, m"), 0.1, 50, 0.1),
            Field("height", mark("Height, m"), 0.1, 20, 0.1),
        ),
    ),
    "storage": Kind(
        "point", mark("Click the middle of the storage."), icon=":material/water_full:",
        fields=(
            Field("radius", mark("Radius, m"), 1, 2000, 5),
            Field("volume", mark("Volume, m³"), 1, 100_000_000, 500, whole=True),
        ),
    ),
    "raised_road": Kind(
        "line", _LINE, icon=":material/elevation:", fields=(Field("height", mark("Raised by, m"), 0.1, 50, 0.1),)
    ),
}  # fmt: skip
"""In the order in which they are offered."""
