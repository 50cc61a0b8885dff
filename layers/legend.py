"""A legend: what each colour and pattern on the map means, as keys that a page translates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

Colour = tuple[int, int, int]


class Pattern(IntEnum):
    """How an area is filled, so that no colour carries meaning alone. The numbers are those of the shader."""

    SOLID = 0
    STRIPES = 1  # grey diagonal stripes: unknown, everywhere
    DOTS = 2
    DIAGONAL = 3
    DENSE_DIAGONAL = 4
    CROSS = 5
    DENSE_CROSS = 6
    BARS = 7  # bars across: closed
    LEVEL = 8  # thin level lines: shallow water
    ALARM = 9  # yellow stripes, on black: people in danger, and nothing else


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend.

    Parameters
    ----------
    label
        Translation key.
    colour
        Red, green, blue.
    pattern
        How the swatch is filled.
    shape
        "area", "line", or the name of an icon.
    """

    label: str
    colour: Colour
    pattern: Pattern = Pattern.SOLID
    shape: str = "area"


@dataclass(frozen=True)
class Legend:
    """The legend of one layer.

    Parameters
    ----------
    title
        Translation key.
    entries
        In the order shown.
    note
        A sentence under the entries, a translation key.
    opened
        Whether it is unfolded at first: the legend of what the reader asked to see.
    """

    title: str
    entries: tuple[LegendEntry, ...]
    note: str = ""
    opened: bool = False
