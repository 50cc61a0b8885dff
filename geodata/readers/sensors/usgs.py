"""USGS: WaterML JSON of waterservices (iv, dv), features of the OGC API (waterdata), and site lists in RDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from geodata.errors import InputError
from geodata.readers.sensors.series import Series, guess_kind, number_or_none
from geodata.readers.text_table import decode
from geodata.report import ImportReport
from geodata.source import VerticalReference

ATTRIBUTION = "U.S. Geological Survey"
LICENCE = "public domain"
KIND_OF_PARAMETER = {
    "00060": "discharge", "00061": "discharge", "00065": "river_level", "00045": "rain", "00035": "wind",
    "72019": "groundwater",
    "72020": "groundwater", "62610": "groundwater", "62611": "groundwater", "62614": "river_level", "62615": "river_level",
    "62619": "tide_level", "62620": "tide_level", "72279": "tide_level", "63158": "river_level", "63160": "river_level",
}  # fmt: skip
"""USGS parameter codes [M; 00060, 00065 and 00045 by their descriptions in the files] → kinds of sensor."""
_DATUM_OF_PARAMETER = {"62611": "NAVD88", "62615": "NAVD88", "62620": "NAVD88", "63160": "NAVD88", "62610": "NGVD29",
                       "62614": "NGVD29", "62619": "NGVD29", "63158": "NGVD29"}  # fmt: skip
_OBSERVED = ("continuous", "latest-continuous", "daily", "latest-daily", "field-measurements")


def is_usgs_json(content: Any) -> bool:
    """Whether JSON is one of the USGS forms read here."""
    if not isinstance(content, Mapping):
        return False
    if str(content.get("declaredType", "")).startswith("org.cuahsi.waterml"):
        return True
    return any(_is_usgs_feature(feature) for feature in _some_features(content))


def is_usgs_rdb(text: str) -> bool:
    """Whether text is a USGS RDB table (comment lines, names, widths such as 5s)."""
    lines = [line for line in text[:20_000].splitlines() if line and not line.startswith("#")]
    return text.startswith("#") and bool(lines) and lines[0].startswith("agency_cd\tsite_no")


def read_usgs_json(content: Mapping[str, Any], *, source: str, report: ImportReport) -> list[Series]:
    """Series of a USGS JSON answer."""
    if "declaredType" in content:
        return _waterml(content, source, report)
    collections = {"": content} if isinstance(content.get("features"), list) else content
    return _ogc(collections, source, report)


def _waterml(content: Mapping[str, Any], source: str, report: ImportReport) -> list[Series]:
    found = (content.get("value") or {}).get("timeSeries")
    if not isinstance(found, list):
        raise InputError("{path} holds no time series (value.timeSeries); fetch it again.", path=source)
    made = []
    empty = 0
    for one in found:
        site, variable = one.get("sourceInfo") or {}, one.get("variable") or {}
        place = (site.get("geoLocation") or {}).get("geogLocation") or {}
        code = str(((variable.get("variableCode") or [{}])[0]).get("value", ""))
        statistic = ((variable.get("options") or {}).get("option") or [{}])[0].get("value", "")
        zone = ((site.get("timeZoneInfo") or {}).get("defaultTimeZone") or {}).get("zoneOffset")
        blocks = [block for block in one.get("values") or [] if block.get("value")]
        empty += not blocks
        facts: dict[str, Any] = {
            "name": str(site.get("siteName", "")),
            "kind": KIND_OF_PARAMETER.get(code) or guess_kind(str(variable.get("variableName", ""))),
            "unit": str((variable.get("unit") or {}).get("unitCode", "")),
            "longitude": number_or_none(place.get("longitude")),
            "latitude": number_or_none(place.get("latitude")),
            "crs": str(place.get("srs") or "EPSG:4326"),
            "zone": zone,
        }
        for block in blocks or [{}]:
            values = block.get("value") or []
            made.append(
                Series(
                    id=str(one.get("name") or f"USGS:{code}"),
                    **facts,
                    times=[entry.get("dateTime", "") for entry in values],
                    readings=[entry.get("value") for entry in values],
                    qualifiers=[",".join(entry.get("qualifiers") or []) for entry in values],
                    columns={"operator": ATTRIBUTION},
                    extra={"parameter": str(variable.get("variableDescription", "")),
                    "parameter_code": code, "statistic": statistic,
                           **_datum_note(code)},
                    sentinels=_none_value(variable),
                )
            )  # fmt: skip
    report.noted("sensors", "series without a single reading", empty, source=source)
    return made


def _none_value(variable: Mapping[str, Any]) -> tuple[float, ...]:
    value = number_or_none(variable.get("noDataValue"))
    return (value,) if value is not None else ()


def _datum_note(code: str) -> dict[str, str]:
    return {"level_datum": _DATUM_OF_PARAMETER[code]} if code in _DATUM_OF_PARAMETER else {}


def _some_features(content: Mapping[str, Any]) -> Iterable[Any]:
    collections = [content] if isinstance(content.get("features"), list) else content.values()
    for one in collections:
        if isinstance(one, Mapping) and isinstance(one.get("features"), list):
            yield from one["features"][:3]


def _is_usgs_feature(feature: Any) -> bool:
    facts = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(facts, Mapping):
        return False
    return "monitoring_location_id" in facts or ("agency_code" in facts and "monitoring_location_number" in facts)


def _ogc(collections: Mapping[str, Any], source: str, report: ImportReport) -> list[Series]:
    """Observations grouped by time series; monitoring locations give names and elevations."""
    made: dict[str, Series] = {}
    places: dict[str, Mapping[str, Any]] = {}
    left_out: list[str] = []
    for title, collection in collections.items():
        features = collection.get("features") if isinstance(collection, Mapping) else None
        if not isinstance(features, list):
            continue
        used = False
        for feature in features:
            facts = feature.get("properties") or {}
            if "monitoring_location_number" in facts and "parameter_code" not in facts:
                places[str(feature.get("id") or facts.get("id") or f"USGS-{facts['monitoring_location_number']}")] = feature
                used = True
            elif {"monitoring_location_id", "parameter_code", "time", "value"} <= set(facts) and (
                not title or title in _OBSERVED
            ):
                _add_observation(made, feature, facts)
                used = True
        if not used:
            left_out.append(title or "features")
    report.noted("sensors", "collections that hold no readings and no stations were left out", len(left_out), source=source,
                 examples=left_out)  # fmt: skip
    seen = set()
    for one in made.values():
        site = str(one.extra.get("monitoring_location_id", ""))
        seen.add(site)
        if site in places:
            _add_site(one, places[site])
    for site, feature in places.items():
        if site not in seen:
            longitude, latitude = _point(feature)
            one = Series(id=site, longitude=longitude, latitude=latitude)
            _add_site(one, feature)
            made[site] = one
    return list(made.values())


def _add_observation(made: dict[str, Series], feature: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    code, statistic = str(facts["parameter_code"]), str(facts.get("statistic_id") or "")
    name = f"{facts['monitoring_location_id']}:{code}" + (f":{statistic}" if statistic else "")
    if name not in made:
        longitude, latitude = _point(feature)
        made[name] = Series(
            id=name,
            kind=KIND_OF_PARAMETER.get(code, "other"),
            unit=str(facts.get("unit_of_measure") or ""),
            longitude=longitude,
            latitude=latitude,
            columns={"operator": ATTRIBUTION},
            extra={"monitoring_location_id": str(facts["monitoring_location_id"]), "parameter_code": code, **_datum_note(code)},
        )
    one = made[name]
    one.times.append(facts["time"])
    one.readings.append(facts["value"])
    qualifier = facts.get("qualifier") or ""
    listed = qualifier if isinstance(qualifier, list) else [qualifier]
    one.qualifiers.append(",".join(str(item) for item in [facts.get("approval_status") or "", *listed] if item))


def _add_site(one: Series, feature: Mapping[str, Any]) -> None:
    facts = feature.get("properties") or {}
    one.name = str(facts.get("monitoring_location_name") or one.name)
    one.columns["operator"] = str(facts.get("agency_name") or ATTRIBUTION)
    one.extra["site_type"] = facts.get("site_type") or facts.get("site_type_code")
    _set_zero(one, facts.get("altitude"), str(facts.get("vertical_datum") or ""), str(facts.get("site_type_code") or ""))


def _set_zero(one: Series, altitude: Any, datum: str, site_type: str) -> None:
    """USGS: altitude is that "of gage/land surface", feet: the gauge's zero at a stream site, the ground elsewhere."""
    feet = number_or_none(altitude)
    if feet is None or not datum:
        return
    if site_type.startswith("ST"):
        one.gauge_zero, one.heights = feet, VerticalReference(datum, "ft")
    else:
        one.extra["ground_altitude_ft"], one.extra["altitude_datum"] = feet, datum


def _point(feature: Mapping[str, Any]) -> tuple[float | None, float | None]:
    geometry = feature.get("geometry") or {}
    coordinates = geometry.get("coordinates") if geometry.get("type") == "Point" else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None, None
    return number_or_none(coordinates[0]), number_or_none(coordinates[1])


def read_usgs_rdb(path: Path, *, report: ImportReport) -> list[Series]:
    """Sites of a USGS RDB site list; a site names no observed property, so its kind is "other".

    Raises
    ------
    InputError
        When the table has no rows.
    """
    text, _ = decode(path)
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    names = lines[0].split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=False)) for line in lines[2:]]
    if not rows:
        raise InputError("{path} lists no sites; fetch it again.", path=str(path))
    made = []
    for row in rows:
        datum = {"NAD83": "EPSG:4269", "NAD27": "EPSG:4267", "WGS84": "EPSG:4326"}.get(
            row.get("dec_coord_datum_cd", ""), "EPSG:4269"
        )
        one = Series(
            id=f"{row.get('agency_cd', 'USGS').strip()}-{row['site_no'].strip()}",
            name=row.get("station_nm", "").strip(),
            longitude=number_or_none(row.get("dec_long_va")),
            latitude=number_or_none(row.get("dec_lat_va")),
            crs=datum,
            columns={"operator": ATTRIBUTION},
            extra={"site_type": row.get("site_tp_cd", "").strip()},
        )
        _set_zero(one, row.get("alt_va", "").strip(), row.get("alt_datum_cd", "").strip(), row.get("site_tp_cd", "").strip())
        made.append(one)
    report.noted("sensors", "a list of sites names no observed property: kind is other", len(made), source=path.name)
    return made
