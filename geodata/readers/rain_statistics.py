"""Rain statistics as a CSV file: one depth a line, by return period and duration, units in the names of the columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pandas as pd

from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.text_table import read_text_table, to_numbers
from geodata.report import ImportReport
from geodata.source import Source, SourceTable
from geodata.tables import TABLES

RETURN_PERIOD = "return_period_years"
DURATIONS: Mapping[str, float] = {"duration_s": 1.0, "duration_min": 60.0, "duration_h": 3600.0, "duration_d": 86400.0}
"""Names that the column of the duration may have, and the seconds of their unit."""
DEPTHS: Mapping[str, float] = {"depth_mm": 1.0, "depth_cm": 10.0, "depth_in": 25.4}
"""Names that the column of the depth may have, and the millimetres of their unit."""
ROUNDING = 1.0
"""By how much rounding may make depths disagree, mm."""


def is_rain_statistics(path: Path) -> bool:
    """Whether a file is a table of rain statistics: a CSV with return periods in years, or beside durations.

    Examples
    --------
    >>> is_rain_statistics(Path("town.gpkg"))
    False
    """
    if path.suffix.lower() not in (".csv", ".tsv", ".txt") or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.readline(20_000).decode("utf-8-sig", errors="ignore").casefold()
    return RETURN_PERIOD in head or ("return_period" in head and "duration" in head)


def read_rain_statistics(path: Path, *, report: ImportReport) -> list[Source]:
    """Depths of rain by return period and duration.

    Parameters
    ----------
    path
        CSV with the columns ``return_period_years``; ``duration_min`` (or ``duration_h``, ``duration_d``, ``duration_s``);
        ``depth_mm`` (or ``depth_cm``, ``depth_in``); and, if known, ``name`` (of a gauge, a region, a climate: one file may
        hold several; else the name of the file), ``source`` and ``valid`` (year, month or day from which they hold).
    report
        Takes what was read.

    Returns
    -------
    One table "rain_statistics": years, s, mm.

    Raises
    ------
    InputError
        When a column is missing or told twice, a value is none that can be, a depth is told twice, or depths fall with the
        duration or with the return period. A table with a fault is refused whole: a storm made from the rest would be wrong.
    """
    frame = read_text_table(path).frame
    frame = frame.rename(columns={name: str(name).strip().casefold() for name in frame.columns})
    duration, depth = _column(frame, DURATIONS, path), _column(frame, DEPTHS, path)
    if RETURN_PERIOD not in frame.columns:
        raise InputError(
            "{path} has no column {column}; a table of rain statistics says once in how many years each depth falls.",
            path=path.name, column=RETURN_PERIOD,
        )  # fmt: skip
    if not len(frame):
        raise InputError(
            "{path} has no line below its heading; give a depth for each return period and duration.", path=path.name
        )
    made = pd.DataFrame({
        "name": _text(frame, "name").replace("", path.stem),
        "return_period": _numbers(frame, RETURN_PERIOD, "return_period", 1.0, path),
        "duration": _numbers(frame, duration, "duration", DURATIONS[duration], path),
        "depth": _numbers(frame, depth, "depth", DEPTHS[depth], path),
        "source": _text(frame, "source"),
        "valid": _text(frame, "valid"),
    })  # fmt: skip
    _refuse_twice(made, path)
    for _, each in made.groupby("name", sort=False):
        _refuse_falling(each, path)
    report.read("rain_statistics", len(made), source=path.name)
    origin = Provenance(path.name, attribution=_together(made["source"]), date=_last(made["valid"]))
    return [SourceTable("rain_statistics", TABLES["rain_statistics"].completed(made), origin)]


def _column(frame: pd.DataFrame, known: Mapping[str, float], path: Path) -> str:
    """Which of the columns that say the same in different units is there."""
    found = [str(name) for name in frame.columns if name in known]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError("{path} says the same in {columns}; keep one of them.", path=path.name, columns=" and ".join(found))
    raise InputError(
        "{path} has none of the columns {columns}; name one so, by the unit of its values.",
        path=path.name, columns=", ".join(known),
    )  # fmt: skip


def _text(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name].str.strip() if name in frame.columns else pd.Series("", index=frame.index, dtype="str")


def _numbers(frame: pd.DataFrame, name: str, meaning: str, factor: float, path: Path) -> pd.Series:
    """A column in the unit of the table's contract; every value must be one that can be."""
    values, column = to_numbers(frame[name]) * factor, TABLES["rain_statistics"].by_name[meaning]
    low, high = (0.0 if column.low is None else column.low), (math.inf if column.high is None else column.high)
    wrong = ~((values >= low) & (values <= high))
    if wrong.any():
        line = int(wrong.to_numpy().argmax())
        raise InputError(
            "{path}, line {line}: “{value}” cannot be a {column}; give a number from {low} to {high}.",
            path=path.name, line=line + 2, value=frame[name].iloc[line], column=name, low=f"{low / factor:.12g}",
            high=f"{high / factor:.12g}",
        )  # fmt: skip
    return values.round(6)


def _refuse_twice(made: pd.DataFrame, path: Path) -> None:
    again = made.duplicated(["name", "return_period", "duration"])
    if again.any():
        line = int(again.to_numpy().argmax())
        raise InputError(
            "{path}, line {line}: the depth of {years} years and {minutes} min was told before; keep one of them.",
            path=path.name, line=line + 2, years=f"{made['return_period'].iloc[line]:g}",
            minutes=f"{made['duration'].iloc[line] / 60:g}",
        )  # fmt: skip


def _refuse_falling(made: pd.DataFrame, path: Path) -> None:
    """Refuse depths that no rain can have, of one gauge, region or climate."""
    for years, each in made.groupby("return_period"):
        points = each.sort_values("duration")[["duration", "depth"]].itertuples(index=False, name=None)
        for (shorter, before), (longer, depth) in pairwise(points):
            told = {
                "path": path.name, "years": f"{years:g}", "shorter": f"{shorter / 60:g}", "longer": f"{longer / 60:g}",
                "before": f"{before:g}", "depth": f"{depth:g}",
            }  # fmt: skip
            if depth < before:
                raise InputError(
                    "{path}: once in {years} years {longer} min bring {depth} mm, less than the {before} mm of {shorter} min; "
                    "give depths (mm), not rates (mm/h).",
                    **told,
                )
            # What falls in three times as long is at most three times the heaviest fall of the shorter span.
            if depth > math.ceil(longer / shorter) * (before + ROUNDING):
                raise InputError(
                    "{path}: once in {years} years {longer} min bring {depth} mm, too much beside the {before} mm of {shorter} "
                    "min: the heaviest part of it would bring more than that; check both.",
                    **told,
                )
    for seconds, each in made.groupby("duration"):
        points = each.sort_values("return_period")[["return_period", "depth"]].itertuples(index=False, name=None)
        for (often, before), (rarely, depth) in pairwise(points):
            if depth < before:
                raise InputError(
                    "{path}: {minutes} min bring {depth} mm once in {rarely} years, less than the {before} mm of once in "
                    "{often} years; a rarer rain cannot bring less.",
                    path=path.name, minutes=f"{seconds / 60:g}", depth=f"{depth:g}", rarely=f"{rarely:g}",
                    before=f"{before:g}", often=f"{often:g}",
                )  # fmt: skip


def _together(values: pd.Series) -> str:
    return "; ".join(value for value in dict.fromkeys(values) if value)


def _last(values: pd.Series) -> str:
    """The latest of some dates; texts that begin with the year sort as they should."""
    dates: list[str] = values.tolist()
    return max(dates, default="")
