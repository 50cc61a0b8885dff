"""Readings and lists of stations in delimited text and GeoJSON: one series, one per station, or one per column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from geodata.crs import named_crs
from geodata.errors import InputError
from geodata.readers.points import find_coordinates
from geodata.readers.sensors.sensorthings import point_of
from geodata.readers.sensors.series import Series, guess_kind, number_or_none
from geodata.readers.sensors.times import parse_times
from geodata.readers.sensors.units import conversion
from geodata.readers.text_table import SNIFFED_BYTES, TextTable, read_text_table, to_numbers
from geodata.report import ImportReport

_TIME_NAMES = (
    "time",
    "datetime",
    "date_time",
    "date time",
    "date",
    "timestamp",
    "phenomenontime",
    "observed_at",
    "日時",
    "観測日時",
    "時刻",
    "年月日時",
)
_STATION_NAMES = (
    "sensor_id",
    "station_id",
    "station",
    "site_no",
    "station_reference",
    "sensor",
    "gauge",
    "site",
    "id",
    "観測所",
    "観測所番号",
    "局番号",
)
_NAME_NAMES = ("station_name", "name", "sensor_name", "観測所名", "label")
_UNIT_NAMES = ("unit", "units", "unit_of_measure", "単位")
_PROPERTY_NAMES = ("measure", "property", "parameter", "observed_property", "観測項目", "kind")
_FLAG = re.compile(r"flag|_qc|qartod|quality", re.IGNORECASE)
_NO_VALUE = ("z", "depth_below_surface", "station elevation")
_UNIT_IN_NAME = re.compile(r"[\[(（]([^\])）]+)[\])）]\s*$|_(m|mm|cm|ft|in|m3s|cfs|mps)$")
_STANDARD_UNITS = {
    "sea_surface_height_above_sea_level": "m",
    "sea_surface_height": "m",
    "water_surface_height_above_reference_datum": "m",
}


def is_csv_series(path: Path) -> bool:
    """Whether a file is delimited text with a time column and readings."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt", ".dat") or not path.is_file():
        return False
    try:
        table = read_text_table(path, at_most=SNIFFED_BYTES)
    except InputError:
        return False
    return time_column(table) is not None and bool(_value_columns(table, time_column(table)))


def is_station_list(path: Path) -> bool:
    """Whether a CSV lists measuring stations: coordinates and an observed property (or a river) per row, no times."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return False
    try:
        table = read_text_table(path, at_most=SNIFFED_BYTES)
    except InputError:
        return False
    return (
        table.header and _lists_stations(list(table.frame.columns)) and find_coordinates(list(table.frame.columns)) is not None
    )


def _lists_stations(names: Sequence[str]) -> bool:
    plain = {name.strip().lower() for name in names}
    return bool(plain & {"station_reference", "station_id", "station_name", "観測所名"}) and bool(
        plain & {*_PROPERTY_NAMES, "river_name"}
    )


def time_column(table: TextTable) -> str | None:
    """Name of the column that holds instants."""
    known = {str(name).strip().lower(): str(name) for name in table.frame.columns}
    if table.header:
        for name in _TIME_NAMES:
            if name in known and name != "timestamp":
                return known[name]
        return known.get("timestamp")
    sample = table.frame.head(20)
    for name in table.frame.columns:
        texts = sample[name]
        if texts.str.contains(r"[-/:T]", regex=True).all() and parse_times(texts).times.notna().all():
            return str(name)
    return None


def _value_columns(table: TextTable, time: str | None) -> list[str]:
    """Columns of readings: numbers that are neither time, place, id nor flag."""
    place = find_coordinates(list(table.frame.columns))
    taken = {time, *(place[:2] if place else ())}
    made = []
    for name in table.frame.columns:
        plain = name.strip().lower()
        skipped = {
            *_STATION_NAMES,
            *_NAME_NAMES,
            *_UNIT_NAMES,
            *_PROPERTY_NAMES,
            *_TIME_NAMES,
            *_NO_VALUE,
            "qualifier",
            "remark",
            "備考",
        }
        if name in taken or plain in skipped or _FLAG.search(plain):
            continue
        numbers = to_numbers(table.frame[name])
        if numbers.notna().any() and numbers.notna().sum() >= 0.5 * (table.frame[name] != "").sum():
            made.append(name)
    return made


def read_csv_series(path: Path, *, report: ImportReport, unit: str | None = None, kind: str | None = None) -> list[Series]:
    """One series per station and value column.

    Parameters
    ----------
    unit
        Unit of the readings, where the file names none.
    kind
        Kind of sensor, where neither column nor file name tells.

    Raises
    ------
    InputError
        When there is no time column or no column of readings.
    """
    table = read_text_table(path)
    time = time_column(table)
    values = _value_columns(table, time)
    if time is None or not values:
        raise InputError(
            "{path} has no {missing} column among {columns}; name it in a header line.",
            path=str(path), missing="time" if time is None else "value", columns=", ".join(table.frame.columns),
        )  # fmt: skip
    frame = table.frame
    units_row = _units_row(frame, time)
    if units_row is not None:
        report.noted("observations", "the second line gives units", 1, source=path.name)
        frame = frame.iloc[1:].reset_index(drop=True)
    station = _column(frame, _STATION_NAMES)
    groups = [(str(key), rows) for key, rows in frame.groupby(station, sort=False)] if station else [("", frame)]
    return [
        _series(path, rows, key, name, time, values, units_row, unit=unit, kind=kind, header=table.header)
        for key, rows in groups
        for name in values
    ]


def _series(
    path: Path,
    rows: pd.DataFrame,
    station: str,
    name: str,
    time: str,
    values: list[str],
    units_row: Mapping[str, str] | None,
    *,
    unit: str | None,
    kind: str | None,
    header: bool,
) -> Series:
    named = _text(rows, _NAME_NAMES) or station or path.stem
    words = name if header else ""
    told = kind or guess_kind(words, _text(rows, _PROPERTY_NAMES), path.stem, named)
    found = (
        (units_row or {}).get(name)
        or _text(rows, _UNIT_NAMES)
        or _unit_in(name)
        or unit
        or _STANDARD_UNITS.get(name.strip().lower(), "")
    )
    longitude = latitude = None
    crs = "EPSG:4326"
    place = find_coordinates(list(rows.columns))
    if place is not None and place[2]:
        x, y = to_numbers(rows[place[0]]).dropna(), to_numbers(rows[place[1]]).dropna()
        longitude, latitude = (float(x.iloc[0]), float(y.iloc[0])) if len(x) and len(y) else (None, None)
    qualifier = _column(rows, ("qualifier", "remark", "備考"))
    flag = next((column for column in rows.columns if _FLAG.search(column) and (len(values) == 1 or name in column)), None)
    base = station or path.stem
    return Series(
        id=base if len(values) == 1 else f"{base}:{name}",
        name=named,
        kind=told,
        unit=found,
        longitude=longitude,
        latitude=latitude,
        crs=named_crs(crs),
        times=rows[time].tolist(),
        readings=to_plain(rows[name]),
        qualifiers=rows[qualifier].tolist() if qualifier else [],
        flags=rows[flag].tolist() if flag else [],
        epoch_seconds=bool(rows[time].str.fullmatch(r"\d{9,10}(\.\d+)?").all()),
        extra={"column": name} if header else {},
    )


def to_plain(values: pd.Series) -> list[Any]:
    """Readings as text, full-width digits and thousands separators made plain."""
    text = values.astype("str").str.normalize("NFKC").str.strip()
    plain = text.where(~text.str.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d*)?"), text.str.replace(",", "", regex=False))
    return list(plain)


def _units_row(frame: pd.DataFrame, time: str) -> dict[str, str] | None:
    """The first row, if it gives units (ERDDAP): no time, and a unit that is known."""
    if frame.empty:
        return None
    first = frame.iloc[0]
    if parse_times([first[time]]).times.notna().all() or str(first[time]).isdigit():
        return None
    units = {str(name): str(value) for name, value in first.items()}
    return units if any(conversion(text, kind="other") for text in units.values()) else None


def _unit_in(name: str) -> str:
    found = _UNIT_IN_NAME.search(name)
    if not found:
        return ""
    text = found.group(1) or found.group(2)
    text = {"m3s": "m3/s", "mps": "m/s"}.get(text, text)
    return text if conversion(text, kind="other") else ""


def _column(frame: pd.DataFrame, names: Sequence[str]) -> str | None:
    known = {str(name).strip().lower(): str(name) for name in frame.columns}
    return next((known[name] for name in names if name in known), None)


def _text(rows: pd.DataFrame, names: Sequence[str]) -> str:
    column = _column(rows, names)
    return str(rows[column].iloc[0]) if column is not None and len(rows) else ""


def read_station_list(path: Path) -> list[Series]:
    """Stations of a CSV without readings (Environment Agency and the like).

    Raises
    ------
    InputError
        When the table is empty.
    """
    frame = read_text_table(path).frame
    place = find_coordinates(list(frame.columns))
    if place is None or frame.empty:
        raise InputError("{path} lists no station with coordinates; add columns lon and lat.", path=str(path))
    x, y = to_numbers(frame[place[0]]), to_numbers(frame[place[1]])
    return [
        _station(
            {name: row[name] for name in frame.columns if name not in place[:2]},
            number_or_none(x[i]),
            number_or_none(y[i]),
            i,
            path.stem,
        )
        for i, row in frame.iterrows()
    ]


def is_station_features(content: Any) -> bool:
    """Whether JSON is a GeoJSON collection of measuring stations."""
    features = content.get("features") if isinstance(content, Mapping) else None
    if not isinstance(features, list) or not features or not isinstance(features[0], Mapping):
        return False
    return _lists_stations(list(features[0].get("properties") or {}))


def read_station_features(content: Mapping[str, Any], *, source: str) -> list[Series]:
    """Stations of a GeoJSON collection without readings."""
    made = []
    for number, feature in enumerate(content["features"]):
        point = point_of(feature.get("geometry"))
        made.append(
            _station(
                feature.get("properties") or {},
                point[0] if point else None,
                point[1] if point else None,
                number,
                Path(source).stem,
            )
        )
    return made


def _station(facts: Mapping[str, Any], x: float | None, y: float | None, number: int, stem: str) -> Series:
    plain = {str(key).strip().lower(): value for key, value in facts.items()}

    def first(names: Sequence[str]) -> str:
        return next((str(plain[name]).strip() for name in names if plain.get(name) not in (None, "")), "")

    identity = re.sub(r"\.0$", "", first(_STATION_NAMES))
    measure = first(_PROPERTY_NAMES)
    unit = first(_UNIT_NAMES) or _unit_in(measure)
    told = conversion(unit, kind="other")
    return Series(
        id=identity or f"{stem}-{number + 1}",
        name=first(_NAME_NAMES),
        kind=guess_kind(measure),
        unit=told.unit if told else unit,
        longitude=x,
        latitude=y,
        extra={
            key: value
            for key, value in facts.items()
            if str(key).strip().lower() not in (*_STATION_NAMES, *_NAME_NAMES, *_UNIT_NAMES)
        },
    )
