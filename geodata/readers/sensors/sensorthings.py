"""OGC SensorThings JSON: Things or Datastreams with what was expanded into them, data arrays, and batches of posts (FROST)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import shapely

from geodata.errors import InputError
from geodata.readers.sensors.series import Series, guess_kind, number_or_none
from geodata.report import ImportReport

_SETS = ("Things", "Datastreams", "Locations", "ObservedProperties", "Sensors", "Observations", "FeaturesOfInterest")


def is_sensorthings(content: Any) -> bool:
    """Whether JSON is a SensorThings answer or a batch of SensorThings posts.

    Examples
    --------
    >>> is_sensorthings({"value": [{"@iot.id": 1, "name": "Thing 1"}]}), is_sensorthings({"type": "FeatureCollection"})
    (True, False)
    """
    if isinstance(content, Mapping) and isinstance(content.get("requests"), list):
        return any(_set_of(request.get("url")) in ("Things", "Datastreams",
        "Observations") for request in content["requests"][:200]
                   if isinstance(request, Mapping))  # fmt: skip
    first = _first(content)
    return isinstance(first, Mapping) and (
        any(str(key).endswith(("@iot.id", "@iot.selfLink", "@iot.navigationLink", "@iot.count")) for key in first)
        or ("dataArray" in first and "components" in first)
        or ("unitOfMeasurement" in first and "observationType" in first)
        or ("Datastreams" in first and "name" in first)
    )


def read_sensorthings(content: Any, *, source: str, report: ImportReport) -> list[Series]:
    """One series per Datastream.

    Raises
    ------
    InputError
        When there is no Datastream in it.
    """
    if isinstance(content, Mapping) and isinstance(content.get("requests"), list):
        streams: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = _of_batch(content["requests"], source, report)
    else:
        if isinstance(content, Mapping) and any(key.endswith("@iot.nextLink") for key in content):
            report.noted(
                "observations", "the file is one page of several (@iot.nextLink); the others are not in it", 1, source=source
            )
        entities = _entities(content)
        streams = list(_streams(entities))
        multi = sum(len(one.get("MultiDatastreams") or []) for one in entities if isinstance(one, Mapping))
        report.dropped("sensors", "MultiDatastreams were left out: several properties in one reading", multi, source=source)
    if not streams:
        raise InputError(
            "{path} holds no Datastream; ask the server for Things?$expand=Locations,Datastreams/Observations,"
            "Datastreams/ObservedProperty.",
            path=source,
        )
    return [_series(stream, thing, source, report) for stream, thing in streams]


def _entities(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    value = content.get("value")
    return value if isinstance(value, list) else [content]


def _first(content: Any) -> Any:
    if isinstance(content, Mapping):
        value = content.get("value")
        return value[0] if isinstance(value, list) and value else content
    return content[0] if isinstance(content, list) and content else None


def _streams(entities: list[Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every Datastream with the Thing it belongs to."""
    loose: dict[str, dict[str, Any]] = {}
    for one in entities:
        if not isinstance(one, Mapping):
            continue
        if isinstance(one.get("Datastreams"), list):
            for stream in one["Datastreams"]:
                yield stream, one
        elif "dataArray" in one:
            stream = dict(one.get("Datastream") or {})
            stream.setdefault("@iot.id", _last_number(str(one.get("Datastream@iot.navigationLink", ""))))
            yield {**stream, "Observations": [one]}, stream.get("Thing") or {}
        elif "unitOfMeasurement" in one or isinstance(one.get("Observations"), (list, Mapping)):
            yield one, one.get("Thing") or {}
        elif "result" in one:
            stream = dict(one.get("Datastream") or {"@iot.id": _last_number(str(one.get("Datastream@iot.navigationLink", "")))})
            key = str(stream.get("@iot.id"))
            loose.setdefault(key, {**stream, "Observations": []})["Observations"].append(one)
    for stream in loose.values():
        yield stream, stream.get("Thing") or {}


def _last_number(link: str) -> str:
    return link.rsplit("(", maxsplit=1)[-1].split(")", maxsplit=1)[0] if "(" in link else link


def _of_batch(requests: list[Any], source: str, report: ImportReport) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Datastreams of a batch: "$thing1" refers to the request of that id."""
    known: dict[str, dict[str, Any]] = {}
    made: dict[str, dict[str, Any]] = {}
    other = 0
    for request in requests:
        body = request.get("body") if isinstance(request, Mapping) else None
        target = _set_of(request.get("url")) if isinstance(request, Mapping) else ""
        if not isinstance(body, Mapping) or target not in _SETS:
            other += 1
            continue
        entity = {"@iot.id": str(request.get("id", "")), **_resolved(body, known)}
        known[str(request.get("id", ""))] = entity
        if target == "Datastreams":
            made[str(request.get("id", ""))] = entity
        elif target == "Things":
            for number, stream in enumerate(entity.get("Datastreams") or []):
                made[f"{request.get('id')}-{number + 1}"] = {
                    "@iot.id": f"{request.get('id')}-{number + 1}",
                    **stream,
                    "Thing": entity,
                }
        elif target == "Observations":
            stream = entity.get("Datastream")
            if isinstance(stream, dict):
                stream.setdefault("Observations", []).append(entity)
    report.noted("sensors", "requests of the batch that are no sensor data were left out", other, source=source)
    return [(stream, stream.get("Thing") or {}) for stream in made.values()]


def _resolved(body: Any, known: Mapping[str, dict[str, Any]]) -> Any:
    if isinstance(body, Mapping):
        identity = body.get("@iot.id")
        if isinstance(identity, str) and identity.startswith("$") and identity[1:] in known:
            return known[identity[1:]]
        return {key: _resolved(value, known) for key, value in body.items()}
    if isinstance(body, list):
        return [_resolved(value, known) for value in body]
    return body


def _set_of(url: Any) -> str:
    return str(url or "").strip("/").split("/")[-1].split("(")[0].split("?")[0]


def _series(stream: Mapping[str, Any], thing: Mapping[str, Any], source: str, report: ImportReport) -> Series:
    observed = stream.get("ObservedProperty") or {}
    unit = stream.get("unitOfMeasurement") or {}
    name = str(stream.get("name") or "")
    identity = stream.get("@iot.id", stream.get("@iot.selfLink"))
    if identity in (None, ""):
        raise InputError(
            "{path} holds a Datastream without @iot.id ({name}); ask the server for full metadata.", path=source, name=name
        )
    observations = stream.get("Observations")
    if any(key.endswith("Observations@iot.nextLink") for key in stream):
        report.noted(
            "observations", "the file is one page of several (@iot.nextLink); the others are not in it", 1, source=source
        )
    times, values, qualities, feature = _readings(observations)
    longitude, latitude = _place(stream, thing, feature)
    return Series(
        id=f"datastream-{identity}" if str(identity).isdigit() else str(identity),
        name=name,
        kind=guess_kind(
            str(observed.get("name", "")),
            str(observed.get("definition", "")).rsplit("/", 1)[-1],
            name,
            str(stream.get("description", "")),
        ),
        unit=str(unit.get("symbol") or unit.get("name") or ""),
        longitude=longitude,
        latitude=latitude,
        times=times,
        readings=values,
        qualifiers=qualities if any(qualities) else [],
        extra={"thing": thing.get("name"), "observed_property": observed.get("name"), "description": stream.get("description")},
    )


def _readings(observations: Any) -> tuple[list[Any], list[Any], list[str], Any]:
    """Times, results, quality words, and the first feature of interest."""
    listed = observations.get("value", []) if isinstance(observations, Mapping) else observations or []
    times: list[Any] = []
    values: list[Any] = []
    qualities: list[str] = []
    feature = None
    for one in listed:
        if "dataArray" in one:
            names = list(one.get("components") or [])
            when = names.index("phenomenonTime") if "phenomenonTime" in names else names.index("resultTime")
            what = names.index("result")
            for row in one["dataArray"]:
                times.append(row[when])
                values.append(_number(row[what]))
                qualities.append("")
            continue
        times.append(one.get("phenomenonTime") or one.get("resultTime") or "")
        values.append(_number(one.get("result")))
        quality = one.get("resultQuality")
        qualities.append("" if quality is None else str(quality))
        feature = feature or one.get("FeatureOfInterest")
    return times, values, qualities, feature


def _number(result: Any) -> Any:
    return result.get("value") if isinstance(result, Mapping) else result


def _place(stream: Mapping[str, Any], thing: Mapping[str, Any], feature: Any) -> tuple[float | None, float | None]:
    locations = thing.get("Locations") or []
    shapes = [place.get("location") for place in locations if isinstance(place, Mapping)]
    shapes += [stream.get("observedArea"), (feature or {}).get("feature") if isinstance(feature, Mapping) else None]
    for shape in shapes:
        found = point_of(shape)
        if found is not None:
            return found
    return None, None


def point_of(shape: Any) -> tuple[float, float] | None:
    """A point inside a GeoJSON geometry or feature; None when it is none."""
    if isinstance(shape, Mapping) and shape.get("type") == "Feature":
        shape = shape.get("geometry")
    if not isinstance(shape, Mapping) or "coordinates" not in shape:
        return None
    if shape.get("type") == "Point":
        coordinates = shape["coordinates"]
        x = number_or_none(coordinates[0]) if isinstance(coordinates, list) and len(coordinates) > 1 else None
        y = number_or_none(coordinates[1]) if x is not None else None
        return (x, y) if x is not None and y is not None else None
    try:
        middle = shapely.geometry.shape(shape).representative_point()
    except (ValueError, TypeError, KeyError, IndexError, shapely.errors.ShapelyError):
        return None
    return None if middle.is_empty else (middle.x, middle.y)
