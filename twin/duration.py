"""Durations as people write them: 90, "90 s", "20 min", "1 h 20 min", "2 d", "1時間20分"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geodata.errors import InputError

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "秒": 1, "分": 60, "時間": 3600, "日": 86400}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(?:(s|min|h|d)\b|(秒|分|時間|日))")


def seconds_of(value: object) -> int:
    """Whole seconds of a duration.

    Raises
    ------
    InputError
        When it is not a duration, is negative, or is no whole number of seconds.

    Examples
    --------
    >>> seconds_of("1 h 20 min"), seconds_of(90), seconds_of("0.5 h"), seconds_of("1時間20分")
    (4800, 90, 1800, 4800)
    >>> seconds_of("soon")
    Traceback (most recent call last):
    geodata.errors.InputError: 'soon' is not a duration; write seconds or for example "1 h 20 min".
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == int(value):
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        parts = _PART.findall(text)
        if parts and not _PART.sub("", text).strip():
            total = sum(float(number) * _SECONDS[latin or other] for number, latin, other in parts)
            if float(total).is_integer():
                return int(total)
        if text.isdigit():
            return int(text)
    raise InputError('{value!r} is not a duration; write seconds or for example "1 h 20 min".', value=value)


def text_of(seconds: float) -> str:
    """A duration in words, the way `seconds_of` reads it.

    Examples
    --------
    >>> text_of(4800), text_of(0)
    ('1 h 20 min', '0 s')
    """
    rest, parts = round(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts) or "0 s"


@dataclass(frozen=True)
class Span:
    """A length of time among the values of a sentence, so that it can be told in the reader's language.

    Examples
    --------
    >>> f"it ends at {Span(4800)}"
    'it ends at 1 h 20 min'
    """

    seconds: float

    def __str__(self) -> str:
        """The way `seconds_of` reads it."""
        return text_of(self.seconds)
