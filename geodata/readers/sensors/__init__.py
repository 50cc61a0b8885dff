"""Sensor files: which form a file has is found from its content, then read into "sensors" and "observations"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from geodata.crs import Bounds
from geodata.errors import InputError
from geodata.readers.sensors import usgs
from geodata.readers.sensors.csv_series import (
    is_csv_series,
    is_station_features,
    is_station_list,
    read_csv_series,
    read_station_features,
    read_station_list,
)
from geodata.readers.sensors.ngsi_ld import is_ngsi, read_ngsi
from geodata.readers.sensors.sensorthings import is_sensorthings, read_sensorthings
from geodata.readers.sensors.series import Series, build_tables
from geodata.readers.text_table import SNIFFED_BYTES, decode
from geodata.report import ImportReport
from geodata.source import Source

_WORDS = (
    "iot.",
    "dataArray",
    "unitOfMeasurement",
    "cuahsi",
    "monitoring_location",
    "ngsi",
    "station_",
    "observationDateTime",
    "dateObserved",
)
SUFFIXES = (".json", ".geojson", ".jsonld", ".txt", ".csv", ".tsv", ".rdb", ".dat")

__all__ = ["is_sensors", "read_sensors"]


def is_sensors(path: Path) -> bool:
    """Whether a file holds sensors or readings in a form that `read_sensors` knows.

    Examples
    --------
    >>> is_sensors(Path("town.gpkg"))
    False
    """
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    try:
        text, _ = decode(path, at_most=SNIFFED_BYTES)
        if text.lstrip()[:1] in ("{", "["):
            if path.stat().st_size > SNIFFED_BYTES and not any(word in text for word in _WORDS):
                return False  # a large file of something else need not be parsed to know that
            text, _ = decode(path)
    except InputError:
        return False
    if usgs.is_usgs_rdb(text):
        return True
    content = _json_of(text)
    if content is not None:
        return usgs.is_usgs_json(content) or is_sensorthings(content) or is_station_features(content) or is_ngsi(content)
    return is_csv_series(path) or is_station_list(path)


def read_sensors(
    path: Path,
    *,
    report: ImportReport,
    location: tuple[float, float] | None = None,
    zone: str | None = None,
    unit: str | None = None,
    kind: str | None = None,
    near: Bounds | None = None,
) -> list[Source]:
    """Sensors and readings of one file.

    Parameters
    ----------
    location
        (longitude, latitude) of sensors whose file gives no place; without it they are left out, and their readings kept.
    zone
        Time zone (IANA name or offset) of times that name none; UTC, and noted, when None.
    unit, kind
        Unit and kind of readings in a CSV that names none.
    near
        (west, south, east, north) of the city in degrees: coordinates written latitude first are put right by it.

    Returns
    -------
    Tables "sensors" (none, one, or one per CRS and vertical reference) and "observations" (none or one); values in SI, times
    in UTC.

    Raises
    ------
    InputError
        When the file is missing, truncated, of no known form, or contradicts itself.
    """
    text, _ = decode(path)
    source = path.name
    licence = attribution = ""
    content = _json_of(text)
    found: list[Series]
    if usgs.is_usgs_rdb(text):
        found = usgs.read_usgs_rdb(path, report=report)
        licence, attribution = usgs.LICENCE, usgs.ATTRIBUTION
    elif content is not None and usgs.is_usgs_json(content):
        found = usgs.read_usgs_json(content, source=source, report=report)
        licence, attribution = usgs.LICENCE, usgs.ATTRIBUTION
    elif content is not None and is_sensorthings(content):
        found = read_sensorthings(content, source=source, report=report)
    elif content is not None and is_station_features(content):
        found = read_station_features(content, source=source)
    elif content is not None and is_ngsi(content):
        found = read_ngsi(content, source=source, report=report)
    elif content is not None:
        raise InputError(
            "{path} is JSON, but of no sensor form known here (SensorThings, NGSI, USGS, stations as GeoJSON); convert "
            "it to CSV "
            "with columns sensor_id, time, value.",
            path=str(path),
        )
    elif text.lstrip()[:1] in ("{", "["):
        raise InputError("{path} is no valid JSON; it may be truncated: fetch it again.", path=str(path))
    elif is_csv_series(path):
        found = read_csv_series(path, report=report, unit=unit, kind=kind)
    elif is_station_list(path):
        found = read_station_list(path)
    else:
        raise InputError(
            "{path} is of no sensor form known here; give a CSV with columns sensor_id, time, value.", path=str(path)
        )
    return build_tables(
        found, source=source, report=report, zone=zone, location=location, near=near, licence=licence, attribution=attribution
    )


def _json_of(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
