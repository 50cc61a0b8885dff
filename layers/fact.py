"""Lines and curves of a card, and values in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from layers.language import Language
from layers.scales import OFFICIAL_RANK
from twin.state import State
from twin.variable import UNKNOWN_CODE


@dataclass(frozen=True)
class Fact:
    """One line of a card: a label, what it says, and whether that is unknown or bad news (told by a sign, too)."""

    label: str
    value: str
    tone: str = "plain"


@dataclass(frozen=True)
class Series:
    """A quantity of the element over the run; NaN where it is unknown."""

    label: str
    unit: str
    hours: tuple[float, ...]
    values: tuple[float, ...]


def quantity_text(value: float, unit: str, language: Language) -> str:
    """A value with its unit as people read it: durations in hours and minutes, speeds in km/h.

    Examples
    --------
    >>> english = Language("en")
    >>> quantity_text(13.89, "m/s", english), quantity_text(7900.0, "s", english), quantity_text(82.5, "m2", english)
    ('50 km/h', '2 h 11 min 40 s', '82.5 m²')
    """
    if unit == "s":
        return language.duration(value)
    if unit == "m/s":
        return f"{language.number(value * 3.6, 0)} km/h"
    shown = {"m2": "m²", "m3/s": "m³/s", "1": ""}.get(unit, unit)
    return f"{language.number(value)} {shown}".rstrip()


def depth_text(high: float, low: float, language: Language) -> str:
    """A depth known as an interval, in words.

    Examples
    --------
    >>> depth_text(3.0, 0.5, Language("en")), depth_text(0.0, 0.0, Language("en")), depth_text(1.2, 1.2, Language("en"))
    ('0.5 to 3 m', 'dry', '1.2 m')
    """
    if math.isnan(high):
        return language.text("unknown")
    if high < 0.01:
        return language.text("dry")
    if low >= high or math.isnan(low):
        return f"{language.number(high)} m"
    return language.text("{low} to {high} m", low=low, high=high)


def rank_text(rank: int, language: Language) -> str:
    """A depth rank in words: the number and the depths it stands for."""
    if rank == UNKNOWN_CODE:
        return language.text("unknown")
    if rank == 0:
        return language.text("no water")
    label = next(entry.label for entry in OFFICIAL_RANK.classes if entry.lower == str(rank))
    return language.text("rank {rank}", rank=rank) + f" ({language.text(label)})"


def people_text(people: float, language: Language) -> str:
    """A number of people, which an evacuation may give in fractions of a household; unknown as unknown.

    Examples
    --------
    >>> people_text(0.4, Language("en")), people_text(1234.4, Language("en")), people_text(float("nan"), Language("en"))
    ('fewer than 1', '1,234', 'unknown')
    """
    if 0 < people < 0.5:
        return language.text("fewer than 1")
    return language.number(people, 0)


def minutes_text(seconds: float, language: Language) -> str:
    """A time to act in, in whole minutes, rounded down: nobody is told to have more than there is.

    Examples
    --------
    >>> minutes_text(3659.0, Language("en"))
    '1 h'
    """
    return language.duration(math.floor(seconds / 60) * 60)


def tone_of(value: float, limit: float = 0.01) -> str:
    """Unknown, bad news from a limit on, or plain."""
    return "unknown" if math.isnan(value) else "warning" if value >= limit else "plain"


def series_of(
    label: str, unit: str, states: Sequence[State], variable: str, place: int | tuple[int, ...], language: Language
) -> tuple[Series, ...]:
    """A field of one element over the states that hold it; nothing where no value is known."""
    told = [state for state in states if state.has(variable)]
    values = tuple(plain(state.field(variable)[place]) for state in told)
    if not np.isfinite(values).any():
        return ()
    return (Series(language.text(label), unit, tuple(state.time / 3600 for state in told), values),)


def plain(value: Any) -> float:
    """A number, NaN for whatever is none."""
    return float(value) if np.isfinite(value) else math.nan
