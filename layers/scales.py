"""Colour scales: classes with bounds, labels, colours and patterns, and the table of 256 colours the shader reads."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.coding import (
    ARRIVAL,
    DEPTH,
    NOT_APPLICABLE,
    PASSABILITY,
    PLAIN,
    RANK,
    SENSOR_STATE,
    UNKNOWN,
    USABILITY,
    Categories,
    Coding,
)
from layers.legend import Colour, Legend, LegendEntry, Pattern

Surface = Literal["solid", "water"]


@dataclass(frozen=True)
class ColourClass:
    """One class of a scale.

    Parameters
    ----------
    label
        Translation key.
    colour
        Red, green, blue.
    pattern
        Drawn over the colour.
    lower
        Lower bound in the unit of the coding; for categories the name of the member, for a state of a coding its name.
    alpha
        Opacity when drawn as water over the ground, 0–255; 0 = the class draws nothing there.
    width
        Factor on the width of a line.
    gaps
        True draws the pattern alone, in this colour, and leaves what lies below to be seen between it.
    """

    label: str
    colour: Colour
    pattern: Pattern = Pattern.SOLID
    lower: float | str = -np.inf
    alpha: int = 205
    width: float = 1.0
    gaps: bool = False


UNKNOWN_CLASS = ColourClass("unknown", (196, 196, 196), Pattern.STRIPES, alpha=150)
NOT_APPLICABLE_CLASS = ColourClass("not applicable", (214, 216, 220), alpha=0)


@dataclass(frozen=True)
class Scale:
    """A way to colour one coded quantity.

    Parameters
    ----------
    name
        Stands in links ("official").
    title
        Translation key.
    coding
        The bytes that the scale reads. Scales of one coding can be exchanged without new bytes.
    classes
        In ascending order; their lower bounds are bounds of the coding.
    note
        Translation key of a sentence under the legend.

    Examples
    --------
    >>> OFFICIAL_DEPTH.class_of(DEPTH.encode([2.0]))[0].label
    '0.5 to 3 m'
    """

    name: str
    title: str
    coding: Coding | Categories
    classes: tuple[ColourClass, ...]
    note: str = ""
    shape: str = "area"

    def __post_init__(self) -> None:
        for entry in self.classes:
            known: tuple[float | str, ...] = (
                self.coding.members
                if isinstance(self.coding, Categories)
                else (-np.inf, *self.coding.bounds, *self.coding.states)
            )
            if entry.lower not in known:
                raise ValueError(f"class {entry.label} of {self.name} begins at {entry.lower}, which is no bound of its coding")

    def encode(self, values: ArrayLike, *, not_applicable: ArrayLike | None = None) -> NDArray[np.uint8]:
        """Bytes of the values, as the coding has it."""
        return self.coding.encode(values, not_applicable=not_applicable)

    def _places(self) -> NDArray[np.int64]:
        """Place in ``classes`` for each of the 256 codes; −1 unused, −2 not applicable, −3 unknown."""
        places = np.full(256, -1)
        if isinstance(self.coding, Categories):
            for place, entry in enumerate(self.classes):
                places[self.coding.members.index(str(entry.lower))] = place
        else:
            lower = self.coding.lower_bounds
            for place, entry in enumerate(self.classes):
                if isinstance(entry.lower, str):
                    places[self.coding.code_of(entry.lower)] = place
                else:
                    places[lower >= entry.lower] = place
        places[NOT_APPLICABLE], places[UNKNOWN] = -2, -3
        return places

    def class_of(self, codes: NDArray[np.uint8]) -> list[ColourClass]:
        """The class of each code; unused codes count as unknown."""
        places = self._places()
        special = {-1: UNKNOWN_CLASS, -2: NOT_APPLICABLE_CLASS, -3: UNKNOWN_CLASS}
        return [special[place] if place < 0 else self.classes[place] for place in places[np.asarray(codes).ravel()].tolist()]

    def table(self, *, surface: Surface = "solid") -> NDArray[np.uint8]:
        """What the shader looks up, uint8 [2, 256, 4].

        Row 0: red, green, blue, alpha. Row 1: pattern, width × 64, 255 where only the pattern is drawn, 255.
        """
        made = np.zeros((2, 256, 4), dtype=np.uint8)
        for code, entry in enumerate(self.class_of(np.arange(256, dtype=np.uint8))):
            made[0, code] = (*entry.colour, entry.alpha if surface == "water" else 255)
            made[1, code] = (entry.pattern, min(round(entry.width * 64), 255), 255 * entry.gaps, 255)
        return made

    def table_text(self, *, surface: Surface = "solid") -> str:
        """The table as base64, for the map's JSON."""
        return _table_text(self, surface)

    def legend(self, *, shape: str | None = None) -> Legend:
        """The legend, unknown last; what is drawn as nothing has no line in it."""
        drawn = [each for each in self.classes if each.width > 0]
        entries = [LegendEntry(c.label, c.colour, c.pattern, shape or self.shape) for c in drawn]
        if self.coding is not PLAIN:
            entries.append(LegendEntry(UNKNOWN_CLASS.label, UNKNOWN_CLASS.colour, UNKNOWN_CLASS.pattern, shape or self.shape))
        return Legend(self.title, tuple(entries), self.note)


@lru_cache(maxsize=256)
def _table_text(scale: Scale, surface: Surface) -> str:
    """The same for every scene: a scale is a value."""
    return base64.b64encode(scale.table(surface=surface).tobytes()).decode()


_DRY = ColourClass("no water", (228, 227, 222), alpha=0)
# RGB of the official Japanese hazard maps (DOMAIN.md); patterns, because neighbours differ by a contrast of 1.08–1.31 only.
_OFFICIAL: tuple[tuple[float, str, Colour, Pattern], ...] = (
    (0.01, "below 0.5 m", (247, 245, 169), Pattern.LEVEL),
    (0.5, "0.5 to 3 m", (255, 216, 192), Pattern.DOTS),
    (3.0, "3 to 5 m", (255, 183, 183), Pattern.DIAGONAL),
    (5.0, "5 to 10 m", (255, 145, 145), Pattern.DENSE_DIAGONAL),
    (10.0, "10 to 20 m", (242, 133, 201), Pattern.CROSS),
    (20.0, "20 m or more", (220, 122, 220), Pattern.DENSE_CROSS),
)
# cividis, light = shallow to dark = deep: readable with any colour vision and in grey.
_SAFE: tuple[Colour, ...] = ((254, 232, 56), (200, 184, 102), (148, 142, 119), (102, 105, 112), (53, 69, 108), (0, 34, 78))
_SAFE_DETAIL: tuple[tuple[float, str, Colour], ...] = (
    (0.01, "below 0.15 m", (254, 232, 56)),
    (0.15, "0.15 to 0.3 m", (214, 194, 93)),
    (0.3, "0.3 to 0.5 m", (170, 160, 113)),
    (0.5, "0.5 to 1 m", (124, 123, 120)),
    (1.0, "1 to 3 m", (72, 84, 109)),
    (3.0, "3 m or more", (0, 34, 78)),
)


def _shallow(lower: float) -> Pattern:
    """The lightest class is as light as a dry building: its lines tell it apart in grey."""
    return Pattern.LEVEL if lower == 0.01 else Pattern.SOLID


OFFICIAL_DEPTH = Scale(
    "official",
    "Depth of water, official classes",
    DEPTH,
    (_DRY, *(ColourClass(label, colour, pattern, lower) for lower, label, colour, pattern in _OFFICIAL)),
)
SAFE_DEPTH = Scale(
    "safe",
    "Depth of water, colours for every eye",
    DEPTH,
    (_DRY, *(ColourClass(o[1], colour, _shallow(o[0]), o[0]) for o, colour in zip(_OFFICIAL, _SAFE, strict=True))),
)
DETAIL_DEPTH = Scale(
    "detail",
    "Depth of water, where people walk and drive",
    DEPTH,
    (_DRY, *(ColourClass(label, colour, _shallow(lower), lower) for lower, label, colour in _SAFE_DETAIL)),
)
OFFICIAL_RANK = Scale(
    "official",
    "Official depth rank",
    RANK,
    (
        ColourClass("no water on any official map", _DRY.colour, lower="0", alpha=0),
        *(ColourClass(o[1], o[2], o[3], str(rank)) for rank, o in enumerate(_OFFICIAL, start=1)),
    ),
)
SAFE_RANK = Scale(
    "safe",
    "Official depth rank, colours for every eye",
    RANK,
    (
        ColourClass("no water on any official map", _DRY.colour, lower="0", alpha=0),
        *(ColourClass(o[1], c, _shallow(o[0]), str(r)) for r, (o, c) in enumerate(zip(_OFFICIAL, _SAFE, strict=True), start=1)),
    ),
)
ARRIVAL_TIME = Scale(
    "arrival",
    "First water after",
    ARRIVAL,
    (
        ColourClass("less than 30 min", (0, 34, 78)),
        ColourClass("30 min to 1 h", (53, 69, 108), lower=1800.0),
        ColourClass("1 to 2 h", (102, 105, 112), lower=3600.0),
        ColourClass("2 to 4 h", (148, 142, 119), lower=7200.0),
        ColourClass("4 to 8 h", (200, 184, 102), lower=14400.0),
        ColourClass("8 h or later", (254, 232, 56), lower=28800.0),
    ),
)
ROAD_PASSABILITY = Scale(
    "passability",
    "Roads",
    PASSABILITY,
    (
        ColourClass("open", (255, 255, 255), lower="open"),
        ColourClass("open, water on it: slow", (86, 180, 233), lower="slow", width=1.2),
        ColourClass("closed to cars", (230, 159, 0), Pattern.BARS, "closed_to_cars", width=1.3),
        ColourClass("closed to all", (196, 30, 20), Pattern.BARS, "closed", width=1.5),
    ),
    shape="line",
)
SHELTER_USE = Scale(
    "usability",
    "Shelters",
    USABILITY,
    (
        ColourClass("usable", (0, 110, 80), lower="usable"),
        ColourClass("not usable", (190, 30, 20), lower="unusable"),
        ColourClass("not meant for this hazard", (110, 110, 110), lower="not_for_this_hazard"),
    ),
    shape="shelter",
)
SENSOR_STATES = Scale(
    "sensor_state",
    "Sensors",
    SENSOR_STATE,
    (
        ColourClass("normal", (0, 90, 156), lower="normal"),
        ColourClass("above a threshold", (180, 90, 0), lower="raised"),
        ColourClass("above the highest threshold", (190, 30, 20), lower="alarm"),
        ColourClass("reading is old", (110, 110, 110), lower="stale"),
    ),
    shape="sensor",
)
PLAIN_BUILDINGS = Scale("plain", "Buildings", PLAIN, (ColourClass("building", (222, 220, 214), lower="plain"),))
PLAIN_ROADS = Scale("plain", "Roads", PLAIN, (ColourClass("road", (255, 255, 255), lower="plain"),), shape="line")
PLAIN_FACILITIES = Scale("plain", "Facilities", PLAIN, (ColourClass("facility", (74, 60, 120), lower="plain"),))

DEPTH_SCALES: tuple[Scale, ...] = (OFFICIAL_DEPTH, SAFE_DEPTH, DETAIL_DEPTH)
RANK_SCALES: tuple[Scale, ...] = (OFFICIAL_RANK, SAFE_RANK)


def scale_named(name: str, scales: Sequence[Scale]) -> Scale:
    """The scale of that name, the first one where the name is not among them."""
    return next((scale for scale in scales if scale.name == name), scales[0])


def passability(cars: NDArray[np.bool_], walkers: NDArray[np.bool_], wet: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Codes of `PASSABILITY` from who may pass, [road]; unknown has to be set by the caller (NaN).

    Examples
    --------
    >>> passability(np.array([True, True, False]), np.array([True, True, True]), np.array([False, True, True])).tolist()
    [0.0, 1.0, 2.0]
    """
    return np.where(cars, np.where(wet, 1.0, 0.0), np.where(walkers, 2.0, 3.0))


def relative_luminance(colour: Colour) -> float:
    """Relative luminance of WCAG 2.2.

    Examples
    --------
    >>> relative_luminance((255, 255, 255))
    1.0
    """
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return round(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2], 12)


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of WCAG 2.2, 1 to 21."""
    light, dark = sorted((relative_luminance(one), relative_luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
