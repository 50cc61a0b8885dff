"""Instants as files write them, turned into UTC."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from geodata.errors import InputError

_OFFSET = re.compile(r"^(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?$")
_ZONED = r"(?:Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})\s*$"
_LAYOUTS = (
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%Y%m%d %H%M",
    "%Y%m%d %H%M%S",
    "%Y%m%d%H%M",
    "%Y%m%d%H%M%S",
    "%Y年%m月%d日 %H時%M分",
)


@dataclass(frozen=True)
class Instants:
    """Instants in UTC, and how they came about.

    Parameters
    ----------
    times
        datetime64[us, UTC], NaT where a text is no time (or falls in an hour that a clock change skips or repeats).
    naive
        How many named no zone.
    """

    times: pd.Series
    naive: int

    @property
    def unusable(self) -> int:
        """How many are no time."""
        return int(self.times.isna().sum())


def zone_of(name: str) -> dt.tzinfo:
    """A time zone by its IANA name or UTC offset.

    Examples
    --------
    >>> zone_of("-05:00").utcoffset(None) == dt.timedelta(hours=-5)
    True
    >>> zone_of("Mars/Base")
    Traceback (most recent call last):
    geodata.errors.InputError: The time zone Mars/Base is not known; give an IANA name such as Asia/Tokyo or an offset
    such as +09:00.
    """
    if name.upper() in ("UTC", "Z", "GMT"):
        return dt.UTC
    if found := _OFFSET.match(name.strip()):
        sign, hours, minutes = found.groups()
        shift = dt.timedelta(hours=int(hours), minutes=int(minutes or 0))
        if shift <= dt.timedelta(hours=15):
            return dt.timezone(-shift if sign == "-" else shift)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            "The time zone {zone} is not known; give an IANA name such as Asia/Tokyo or an offset such as +09:00.", zone=name
        ) from None


def parse_times(texts: Sequence[str] | pd.Series, *, zone: str | None = None) -> Instants:
    """Texts as instants in UTC; those without an offset are read in ``zone`` (UTC when None).

    ISO 8601 with or without offset, an interval "start/end" (its end counts: a sum of rain is known then), "2019/10/12 24:00"
    as Japanese tables write midnight, and a few compact layouts.

    Examples
    --------
    >>> made = parse_times(["2019-02-14T00:00:00.000-05:00", "2019-02-14 05:00", "never"])
    >>> [str(time) for time in made.times]
    ['2019-02-14 05:00:00+00:00', '2019-02-14 05:00:00+00:00', 'NaT']
    >>> made.naive
    1
    >>> str(parse_times(["2019/10/12 24:00"], zone="Asia/Tokyo").times[0])
    '2019-10-12 15:00:00+00:00'
    """
    text = pd.Series(texts, dtype="str").reset_index(drop=True).fillna("").str.strip()
    text = text.str.replace(r"^[^/]*T[^/]*/(?=.*T)", "", regex=True)  # interval: its end
    late = text.str.contains(r"[T ]24:00", regex=True)
    if late.any():
        text = text.where(~late, text.str.replace(r"([T ])24:00", r"\g<1>00:00", regex=True))
    zoned = text.str.contains(rf"\d\s*{_ZONED}", regex=True) & text.str.contains(r"[T:]", regex=True)
    times = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us, UTC]")
    if zoned.any():
        plain = text[zoned].str.replace(r"\s*UTC$", "Z", regex=True)
        times[zoned] = pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce").astype("datetime64[us, UTC]")
    rest = ~zoned & (text != "")
    naive = 0
    if rest.any():
        local = pd.to_datetime(text[rest], format="ISO8601", errors="coerce").astype("datetime64[us]")
        for layout in _LAYOUTS:
            if not (open_ := local.isna()).any():
                break
            local[open_] = pd.to_datetime(text[rest][open_], format=layout, errors="coerce").astype("datetime64[us]")
        naive = int(local.notna().sum())
        placed = local.dt.tz_localize(zone_of(zone or "UTC"), ambiguous="NaT", nonexistent="NaT")
        times[rest] = placed.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    if late.any():
        times[late] = times[late] + pd.Timedelta(days=1)
    return Instants(times, naive)


def from_epoch(seconds: Sequence[float] | pd.Series) -> pd.Series:
    """Seconds since 1970-01-01T00:00Z as instants in UTC.

    Examples
    --------
    >>> str(from_epoch([1536181200])[0])
    '2018-09-05 21:00:00+00:00'
    """
    numbers = pd.to_numeric(pd.Series(seconds), errors="coerce").astype("float64").reset_index(drop=True)
    usable = np.isfinite(numbers) & (numbers.abs() < 1e11)
    return pd.to_datetime((numbers.where(usable) * 1e6).round(), unit="us", utc=True, errors="coerce").astype(
        "datetime64[us, UTC]"
    )
