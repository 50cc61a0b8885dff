"""What every sensor reader hands over: series as found, made into the tables "sensors" and "observations" in one place.

Units become SI, sentinels become missing, repeated and unordered times are put right, sensors without a place are left out:
all of it counted in the report.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from geodata.crs import Bounds, check_axes
from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.sensors.times import from_epoch, parse_times
from geodata.readers.sensors.units import conversion
from geodata.report import ImportReport
from geodata.source import Source, SourceTable, VerticalReference

SENTINELS = (-999999.0, -99999.0, -9999.0, -999.0, -999.9, -9999.9, -99.99, -999.99)
"""Readings that mean "none": USGS writes −999999, loggers −9999 or −999."""
HIGH_SENTINELS = (9999.0, 9999.9, 99999.0, 999999.0)
"""The same from above; not for discharge, which may be 9,999 ft3/s."""
LEVELS = ("standby_level", "caution_level", "evacuation_level", "danger_level")
"""Thresholds, which stand in the unit of the readings."""
FEWEST_FOR_INTERVAL = 4
"""Readings from which on the median step is taken as the sensor's interval."""
_KINDS: tuple[tuple[str, str], ...] = (
    (r"tide|tidal|sea.?level|sea.?surface|潮位|surge", "tide_level"),
    (r"rain|precip|降水|雨量", "rain"),
    (r"ground.?water|地下水|piezo|borehole|well level", "groundwater"),
    (r"discharge|stream.?flow|流量|\bflow\b|waterdischarge", "discharge"),
    (r"street|road|underpass|浸水深|冠水|flood.?depth|inundation", "street_depth"),
    (r"wind(?:speed| speed)|風速", "wind"),
    (r"stage|gage|gauge height|water.?level|river.?level|currentlevel|waterheight|水位|\blevel\b", "river_level"),
)


@dataclass
class Series:
    """One sensor with one observed property, as a reader found it.

    Parameters
    ----------
    id, name
        As the source names it.
    kind
        As in `geodata.tables.sensors.KINDS`.
    unit
        Unit of ``readings`` as the source writes it.
    longitude, latitude
        Degrees; None = the source gives no place.
    times, readings
        Texts (or seconds since 1970 when ``epoch_seconds``) and readings, as found, in any order, with repeats.
    qualifiers
        One text per reading, or empty.
    flags
        QARTOD flags, one per reading, or empty.
    zone
        Time zone of texts without offset; None = not stated.
    gauge_zero
        Elevation of the gauge's zero in ``heights``.
    columns
        Further columns of the contract (operator, danger_level, …).
    extra
        Kept as attributes.
    """

    id: str
    name: str = ""
    kind: str = "other"
    unit: str = ""
    longitude: float | None = None
    latitude: float | None = None
    times: list[Any] = field(default_factory=list)
    readings: list[Any] = field(default_factory=list)
    qualifiers: list[str] = field(default_factory=list)
    flags: list[Any] = field(default_factory=list)
    zone: str | None = None
    epoch_seconds: bool = False
    gauge_zero: float | None = None
    heights: VerticalReference | None = None
    crs: str = "EPSG:4326"
    columns: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    sentinels: tuple[float, ...] = ()


def guess_kind(*texts: str) -> str:
    """Kind of sensor from words of its name, property or file; "other" when none is known.

    Examples
    --------
    >>> guess_kind("Gage height, ft"), guess_kind("降水量"), guess_kind("Humidity")
    ('river_level', 'rain', 'other')
    """
    for text in texts:
        plain = html.unescape(text or "").replace("_", " ").lower()
        for pattern, kind in _KINDS:
            if re.search(pattern, plain):
                return kind
    return "other"


def build_tables(
    series: Sequence[Series],
    *,
    source: str,
    report: ImportReport,
    zone: str | None = None,
    location: tuple[float, float] | None = None,
    near: Bounds | None = None,
    licence: str = "",
    attribution: str = "",
) -> list[Source]:
    """The tables "sensors" (one per CRS and vertical reference of the gauge zeros) and "observations".

    Parameters
    ----------
    zone
        Time zone of times that name none (IANA or offset); UTC, and noted, when None.
    location
        (longitude, latitude) for sensors whose source gives no place.
    near
        (west, south, east, north) of the city in degrees: a sensor elsewhere that would lie there with latitude and
        longitude exchanged is exchanged, and reported.
    """
    merged = _merged(series, source, report)
    provenance = Provenance(source, licence=licence, attribution=attribution)
    report.read("sensors", len(merged), source=source)
    observations = _observations(merged, source, report, zone)
    made: list[Source] = list(_sensor_tables(merged, observations, provenance, report, location, near))
    if not observations.empty:
        made.append(SourceTable("observations", observations, provenance))
    return made


def _merged(series: Sequence[Series], source: str, report: ImportReport) -> list[Series]:
    """Series of one id put together: several value blocks of one series are one sensor."""
    by_id: dict[str, Series] = {}
    blocks = 0
    for one in series:
        first = by_id.get(one.id)
        if first is None:
            by_id[one.id] = one
            continue
        blocks += 1
        if one.unit != first.unit and one.readings:
            if first.readings:
                raise InputError(
                    "{source} gives the sensor {sensor} in two units, {first} and {second}; split the file.",
                    source=source, sensor=one.id, first=first.unit or "-", second=one.unit or "-",
                )  # fmt: skip
            first.unit = one.unit
        for name in ("qualifiers", "flags"):
            mine, other = getattr(first, name), getattr(one, name)
            if mine or other:
                empty: Any = "" if name == "qualifiers" else None
                mine.extend([empty] * (len(first.readings) - len(mine)))
                mine.extend([*other, *([empty] * (len(one.readings) - len(other)))])
        first.times.extend(one.times)
        first.readings.extend(one.readings)
    report.noted("sensors", "several value blocks of one series were put together", blocks, source=source)
    return list(by_id.values())


def _observations(series: Sequence[Series], source: str, report: ImportReport, zone: str | None) -> pd.DataFrame:
    frames = [frame for one in series if (frame := _readings(one, source, report, zone)) is not None]
    if not frames:
        empty = {"sensor_id": [], "time": pd.Series([], dtype="datetime64[us, UTC]"), "value": []}
        return pd.DataFrame(empty)
    return pd.concat(frames, ignore_index=True)


def _readings(one: Series, source: str, report: ImportReport, zone: str | None) -> pd.DataFrame | None:
    """Readings of one sensor in SI, in order, one per instant; the sensor's unit and interval are set on the way."""
    found = conversion(one.unit, kind=one.kind) if one.unit else None
    if one.unit and found is None and one.readings:
        report.noted(
            "observations", "readings in {unit} were kept in that unit", len(one.readings), source=source,
            values={"unit": html.unescape(one.unit)}, examples=[one.id],
        )  # fmt: skip
    if not one.unit and one.readings:
        report.noted(
            "observations", "the source names no unit for the readings", len(one.readings), source=source, examples=[one.id]
        )
    if found is not None:
        one.columns |= {name: found.apply(value) for name in LEVELS if isinstance(value := one.columns.get(name), (int, float))}
    raw_unit, one.unit = one.unit, found.unit if found else html.unescape(one.unit)
    if not one.readings:
        return None
    report.read("observations", len(one.readings), source=source)
    if one.epoch_seconds:
        times, naive = from_epoch(one.times), 0
    else:
        instants = parse_times([str(time) for time in one.times], zone=one.zone or zone)
        times, naive = instants.times, instants.naive
    if naive and not one.zone:
        report.noted(
            "observations", "times name no zone; they are taken as {zone}", naive, source=source,
            values={"zone": zone or "UTC"}, examples=[one.id],
        )  # fmt: skip
    raw = (
        pd.Series(one.readings, dtype="object")
        .map(lambda value: "" if value is None else str(value).strip())
        .str.replace("−", "-")
    )
    numbers = pd.to_numeric(raw, errors="coerce").astype("float64")
    strange = numbers.isna() & (raw != "") & ~raw.str.lower().isin(["nan", "none", "null"])
    report.defaulted("observations", "readings that are no number were set to missing", int(strange.sum()), source=source,
                     examples=[f"{one.id}: {text}" for text in raw[strange].head(3)])  # fmt: skip
    high = () if one.kind in ("discharge", "other") else HIGH_SENTINELS
    sentinel = numbers.isin([*SENTINELS, *high, *one.sentinels]) | ~np.isfinite(numbers.fillna(0.0))
    for value in sorted(set(numbers[sentinel])):
        report.defaulted(
            "observations", "readings of {value} mean none and were set to missing", int((numbers == value).sum()),
            source=source,
            values={"value": value}, examples=[one.id],
        )  # fmt: skip
    numbers = numbers.mask(sentinel)
    if found is not None:
        if (found.factor, found.offset) != (1.0, 0.0):
            report.noted(
                "observations", "readings were turned from {unit} into {made}", len(numbers), source=source,
                values={"unit": html.unescape(raw_unit), "made": found.unit}, examples=[one.id],
            )  # fmt: skip
        numbers = numbers * found.factor + found.offset
    frame = pd.DataFrame({"sensor_id": one.id, "time": times, "value": numbers})
    if one.qualifiers:
        frame["qualifier"] = one.qualifiers
    if one.flags:
        flags = pd.to_numeric(pd.Series(one.flags, dtype="object"), errors="coerce").astype("float64")
        frame["flag"] = flags.where(flags.isin([1, 2, 3, 4, 9])).astype("Int64")
    timeless = frame["time"].isna()
    report.dropped("observations", "readings without a usable time", int(timeless.sum()), source=source,
                   examples=[f"{one.id}: {one.times[i]}" for i in np.flatnonzero(timeless)[:3]])  # fmt: skip
    frame = frame[~timeless]
    if not frame["time"].is_monotonic_increasing:
        report.repaired("observations", "readings out of order were sorted",
        int((frame["time"].diff() < pd.Timedelta(0)).sum()),
                        source=source, examples=[one.id])  # fmt: skip
        frame = frame.sort_values("time", kind="stable")
    # of repeated times the last reading counts: feeds send corrections later; but a later "none" corrects nothing
    order = frame["value"].notna().to_numpy()
    frame = frame.iloc[np.argsort(order, kind="stable")]
    repeated = frame["time"].duplicated(keep="last")
    report.dropped(
        "observations", "readings repeated a time; the last one was kept", int(repeated.sum()), source=source, examples=[one.id]
    )
    frame = frame[~repeated].sort_values("time", kind="stable").reset_index(drop=True)
    if len(frame) >= FEWEST_FOR_INTERVAL:
        steps = frame["time"].diff().dropna().dt.total_seconds()
        one.columns.setdefault("interval", float(steps.median()))
        gaps = int((steps > 1.5 * steps.median()).sum())
        report.noted("observations", "gaps longer than one and a half intervals", gaps, source=source, examples=[one.id])
    return frame


def _sensor_tables(
    series: Sequence[Series],
    observations: pd.DataFrame,
    provenance: Provenance,
    report: ImportReport,
    location: tuple[float, float] | None,
    near: Bounds | None,
) -> list[SourceTable]:
    groups: dict[tuple[str, VerticalReference | None], list[dict[str, Any]]] = {}
    shapes: dict[tuple[str, VerticalReference | None], list[tuple[float, float]]] = {}
    for one in series:
        place = _place(one, provenance.source, report, location, near)
        if place is None:
            kept = int((observations["sensor_id"] == one.id).sum())
            report.dropped(
                "sensors", "sensors without a place were left out of the map (their readings are kept)" if kept
                else "sensors without a place were left out", 1, source=provenance.source, examples=[one.id],
            )  # fmt: skip
            continue
        heights = one.heights if one.gauge_zero is not None else None
        key = (one.crs, heights)
        row: dict[str, Any] = {"id": one.id, "name": html.unescape(one.name), "kind": one.kind, "unit": one.unit}
        if one.gauge_zero is not None:
            row["gauge_zero"] = one.gauge_zero
        groups.setdefault(key, []).append({**row, **one.columns, **_renamed(one.extra, row)})
        shapes.setdefault(key, []).append(place)
    made = []
    for (crs, heights), rows in groups.items():
        frame = geopandas.GeoDataFrame(pd.DataFrame(rows), geometry=shapely.points(np.asarray(shapes[crs, heights])), crs=crs)
        west, south, east, north = (float(value) for value in frame.total_bounds)
        check_axes((west, south, east, north), crs, layer=provenance.source)
        made.append(SourceTable("sensors", frame, provenance, heights))
    return made


def _renamed(extra: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    return {key if key not in taken and key != "geometry" else f"{key} (source)": value for key, value in extra.items()
            if value not in (None, "", [], {})}  # fmt: skip


def _place(
    one: Series, source: str, report: ImportReport, location: tuple[float, float] | None, near: Bounds | None
) -> tuple[float, float] | None:
    longitude, latitude = one.longitude, one.latitude
    if longitude is None or latitude is None or not (np.isfinite(longitude) and np.isfinite(latitude)):
        if location is None:
            return None
        report.defaulted(
            "sensors", "sensors without a place were put where told (location)", 1, source=source, examples=[one.id]
        )
        return location
    if near is not None:
        inside = near[0] <= longitude <= near[2] and near[1] <= latitude <= near[3]
        exchanged = near[0] <= latitude <= near[2] and near[1] <= longitude <= near[3]
        if exchanged and not inside:
            report.repaired("sensors", "latitude and longitude were exchanged: only so the sensor lies in the city", 1,
            source=source,
                            examples=[one.id])  # fmt: skip
            return latitude, longitude
    return float(longitude), float(latitude)


def number_or_none(value: Any) -> float | None:
    """A finite number, or None.

    Examples
    --------
    >>> number_or_none("12.5"), number_or_none(""), number_or_none("nan")
    (12.5, None, None)
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None
