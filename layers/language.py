"""Texts, numbers and times in the reader's language. English is the language of the source; others are gettext catalogues."""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal

from geodata.errors import CityTwinError
from geodata.phrase import Phrase, Phrases
from twin.duration import Span

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English", "ja": "日本語"}


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == "en":
        return gettext.NullTranslations()
    with (LOCALES / code / "LC_MESSAGES" / "city_twin.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))


@dataclass(frozen=True)
class Language:
    """A language to speak to the reader in.

    Parameters
    ----------
    code
        "en" or "ja"; anything else is read as English.

    Examples
    --------
    >>> Language("en").text("{count} buildings", count=3), Language("ja").number(1240.5)
    ('3 buildings', '1,240.5')
    >>> Language("ja").duration(4800), Language("en").duration(4800)
    ('1時間20分', '1 h 20 min')
    """

    code: str = "en"

    def __post_init__(self) -> None:
        if self.code not in LANGUAGES:
            object.__setattr__(self, "code", "en")

    def text(self, template: str, /, **values: object) -> str:
        """A text; ``template`` is English with ``{placeholders}`` and the key of its translation.

        Numbers among the values are written with the language's separators; phrases of ours among them (a reason, a kind of
        place) are translated too, with what they hold.
        """
        if not template:
            return ""
        shown = {name: self._value(value) for name, value in values.items()}
        translated = _catalogue(self.code).gettext(template)
        return translated.format(**shown) if shown else translated

    def _value(self, value: object) -> object:
        if isinstance(value, int | float):
            return self.number(value)
        if isinstance(value, Phrase):
            return self.text(value.template, **value.values)
        if isinstance(value, Phrases):
            return ("；" if self.code == "ja" else "; ").join(self.text(part.template, **part.values) for part in value.parts)
        if isinstance(value, Span):
            return self.duration(value.seconds)
        # A single word may be a name in the reader's files: only phrases are taken for ours.
        return _catalogue(self.code).gettext(value) if isinstance(value, str) and " " in value else value

    def error(self, error: CityTwinError) -> str:
        """What an error says."""
        return self.text(error.template, **error.values)

    def number(self, value: float, digits: int = 2) -> str:
        """A number with the separators of the language and at most so many decimals."""
        if value != value:
            return self.text("unknown")
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=Locale.parse(self.code)))

    def large(self, value: float) -> str:
        """A large number in words of the language.

        Examples
        --------
        >>> Language("en").large(6.66e9), Language("ja").large(6.66e9)
        ('6.66 billion', '66.6億')
        """
        kind: Literal["long", "short"] = "long" if self.code == "en" else "short"  # Japanese has the short form only
        return str(format_compact_decimal(value, format_type=kind, locale=Locale.parse(self.code), fraction_digits=2))

    def duration(self, seconds: float) -> str:
        """A duration in hours and minutes."""
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        units = ("時間", "分", "秒") if self.code == "ja" else (" h", " min", " s")
        parts = [f"{n}{unit}" for n, unit in zip((hours, minutes, rest), units, strict=True) if n]
        return ("" if self.code == "ja" else " ").join(parts) or f"0{units[1]}"

    def instant(self, moment: datetime, zone: str) -> str:
        """Date and time in a time zone."""
        pattern = "M月d日(E) HH:mm" if self.code == "ja" else "EEE d MMM HH:mm"
        return str(format_datetime(moment.astimezone(ZoneInfo(zone)), pattern, locale=Locale.parse(self.code)))


def mark(template: str) -> str:
    """Name a text for translation where it is only kept, and shown elsewhere through `Language.text`."""
    return template
