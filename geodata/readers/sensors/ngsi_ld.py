"""NGSI-LD and NGSI v2 entities (Smart Data Models): normalized, key-values, GeoJSON features, arrays, temporal arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geodata.errors import InputError
from geodata.readers.sensors.sensorthings import point_of
from geodata.readers.sensors.series import Series, guess_kind, number_or_none
from geodata.report import ImportReport

READINGS: Mapping[str, tuple[str, str]] = {
    "waterLevel": ("river_level", "m"), "currentLevel": ("river_level", "m"), "level": ("river_level", "m"),
    "waterHeight": ("river_level", "m"), "height": ("river_level", "m"), "flow": ("discharge", "m3/s"),
    "waterDischarge": ("discharge", "m3/s"), "precipitation": ("rain", "mm"), "rainfall": ("rain", "mm"),
    "rain": ("rain", "mm"),
    "tideLevel": ("tide_level", "m"), "seaLevel": ("tide_level", "m"), "groundwaterLevel": ("groundwater", "m"),
    "waterDepth": ("street_depth", "m"), "floodDepth": ("street_depth", "m"), "windSpeed": ("wind", "m/s"),
    "measuredDistance": ("other", "m"),
}  # fmt: skip
"""Attributes that are readings → kind, and the unit taken where the entity names none [M: the data models use SI]."""
_LEVELS = {"alertLevel": "caution_level", "dangerLevel": "danger_level", "warningLevel": "evacuation_level"}
_TIMES = ("observationDateTime", "dateObserved", "TimeInstant", "timeInstant", "dateObservedTo", "observedAt", "dateModified")
_PLACES = ("location", "geometry", "position")


def is_ngsi(content: Any) -> bool:
    """Whether JSON holds NGSI entities: an id, a type, and attributes.

    Examples
    --------
    >>> is_ngsi({"id": "urn:ngsi-ld:WaterObserved:1", "type": "WaterObserved", "height": 3.5})
    True
    >>> is_ngsi({"type": "FeatureCollection", "features": []})
    False
    """
    entities = _entities(content)
    if not entities:
        return False
    first = entities[0]
    if not isinstance(first, Mapping) or not isinstance(first.get("id"), str) or not isinstance(first.get("type"), str):
        return False
    facts = first.get("properties") if first["type"] == "Feature" else first
    if not isinstance(facts, Mapping):
        return False
    named = any(key in facts for key in (*READINGS, *_TIMES, "refDevice", "@context"))
    return (
        first["id"].startswith(("urn:ngsi", "uri:ngsi"))
        or (first["type"] != "Feature" and named)
        or ("type" in facts and named)
    )


def read_ngsi(content: Any, *, source: str, report: ImportReport) -> list[Series]:
    """One series per entity and reading; entities of one id (a history as an array) are put together.

    Entities without a reading that is known here (a radar image behind a link, say) are counted as dropped.

    Raises
    ------
    InputError
        When one history comes in several units.
    """
    made: list[Series] = []
    without: list[str] = []
    for entity in _entities(content):
        found = _of_entity(entity, source, report)
        made += found
        if not found:
            without.append(str(entity.get("id", "")) if isinstance(entity, Mapping) else "")
    report.dropped("sensors", "entities hold no reading that is known here", len(without), source=source, examples=without)
    return made


def _entities(content: Any) -> list[Any]:
    if isinstance(content, Mapping) and isinstance(content.get("features"), list):
        return list(content["features"])
    if isinstance(content, Mapping) and isinstance(content.get("data"), list) and "subscriptionId" in content:
        return list(content["data"])  # a notification
    return list(content) if isinstance(content, list) else [content]


def _of_entity(entity: Any, source: str, report: ImportReport) -> list[Series]:
    if not isinstance(entity, Mapping):
        return []
    facts = dict(entity)
    if entity.get("type") == "Feature":
        facts = {**(entity.get("properties") or {}), "id": entity.get("id")}
        facts.setdefault("location", entity.get("geometry"))
    place = next((found for key in _PLACES if (found := point_of(_value(facts.get(key)))) is not None), None)
    when = next((text for key in _TIMES if isinstance(text := _value(facts.get(key)), str)), "")
    kind_of_entity = str(facts.get("type") or "")
    columns = {
        ours: number for theirs, ours in _LEVELS.items() if (number := number_or_none(_value(facts.get(theirs)))) is not None
    }
    extra = {
        key: value
        for key, held in facts.items()
        if key not in (*READINGS, *_TIMES, *_PLACES, *_LEVELS, "id", "type", "name", "@context")
        and isinstance(value := _value(held), (str, int, float))
    }
    made = []
    for key, (kind, unit) in READINGS.items():
        if key not in facts:
            continue
        instances = facts[key] if isinstance(facts[key], list) else [facts[key]]
        one = Series(
            id=f"{facts.get('id')}:{key}",
            name=str(_value(facts.get("name")) or facts.get("id")),
            kind=kind if kind != "other" else guess_kind(key),
            longitude=place[0] if place else None,
            latitude=place[1] if place else None,
            columns=dict(columns) if kind.endswith(("level", "depth")) else {},
            extra={"entity_type": kind_of_entity, "property": key, **extra},
        )
        units = set()
        for instance in instances:
            number = _value(instance)
            if number is None:
                continue
            told = instance if isinstance(instance, Mapping) else {}
            metadata = told.get("metadata") or {}
            one.times.append(
                told.get("observedAt") or _value(metadata.get("TimeInstant")) or _value(metadata.get("dateObserved")) or when
            )
            one.readings.append(number)
            units.add(str(told.get("unitCode") or _value(metadata.get("unitCode")) or _value(metadata.get("unit")) or ""))
        if len(units) > 1:
            raise InputError("{path} gives {sensor} in several units; split the file.", path=source, sensor=one.id)
        one.unit = next(iter(units), "") or unit
        if units == {""}:
            report.noted(
                "observations", "readings name no unit; the data model's own ({unit}) is taken", len(one.readings),
                source=source,
                values={"unit": unit}, examples=[one.id],
            )  # fmt: skip
        made.append(one)
    return made


def _value(held: Any) -> Any:
    """What an attribute holds, however it is wrapped: {"type", "value"}, {"object"}, {"@value"}, or plain."""
    for _ in range(4):
        if not isinstance(held, Mapping):
            return held
        for key in ("value", "object", "@value"):
            if key in held:
                held = held[key]
                break
        else:
            return held
    return held
