"""CityJSON files and CityJSONSeq streams, opened: one city object with its vertices at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from geodata.errors import InputError

VERSIONS = ("1.0", "1.1", "2.0")


@dataclass(frozen=True)
class Header:
    """What holds for a whole file: version, transform, reference system, geometry templates."""

    version: str
    scale: NDArray[np.float64]
    translate: NDArray[np.float64]
    reference_system: str
    title: str = ""
    date: str = ""
    templates: tuple[Any, ...] = ()
    template_vertices: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))


@dataclass(frozen=True)
class Batch:
    """City objects that share vertices: a whole CityJSON file, or one line of a CityJSONSeq.

    ``vertices`` are real coordinates x, y, z, [n, 3].
    """

    objects: dict[str, dict[str, Any]]
    vertices: NDArray[np.float64]
    place: str


def opened(path: Path) -> tuple[Header, Iterator[Batch]]:
    """The header of a file, and its batches one after the other.

    Raises
    ------
    InputError
        When the file is missing or not CityJSON, with the place of the fault.
    """
    if not path.is_file():
        raise InputError("{path} does not exist; check the path.", path=path)
    if path.suffix.casefold() == ".jsonl" or path.name.casefold().endswith(".city.jsonl"):
        return _opened_sequence(path)
    document = _parsed(path.read_bytes(), path, "the file")
    if document.get("type") != "CityJSON":
        # A sequence may well be called .json: its first line is a CityJSON object of its own.
        raise _not_cityjson(path, "the file", f"its type is {document.get('type')!r}")
    header = _header(document, path)
    return header, iter([_batch(document, header, path, "the file")])


def _opened_sequence(path: Path) -> tuple[Header, Iterator[Batch]]:
    with path.open("rb") as file:
        first = file.readline()
    document = _parsed(first, path, "line 1")
    if document.get("type") != "CityJSON":
        raise _not_cityjson(
            path, "line 1", f"its type is {document.get('type')!r}, but a sequence begins with a CityJSON object"
        )
    header = _header(document, path)

    def batches() -> Iterator[Batch]:
        if document.get("CityObjects"):
            yield _batch(document, header, path, "line 1")
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if number == 1 or not line.strip():
                    continue
                feature = _parsed(line, path, f"line {number}")
                if feature.get("type") != "CityJSONFeature":
                    raise _not_cityjson(path, f"line {number}", f"its type is {feature.get('type')!r}, not CityJSONFeature")
                yield _batch(feature, header, path, f"line {number}")

    return header, batches()


def _not_cityjson(path: Path, place: str, reason: str) -> InputError:
    return InputError("{path} is not CityJSON at {place}: {reason}; export it again.", path=path, place=place, reason=reason)


def _parsed(text: bytes, path: Path, place: str) -> dict[str, Any]:
    try:
        document = orjson.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as problem:
        raise _not_cityjson(path, place, str(problem)) from None
    if not isinstance(document, dict):
        raise _not_cityjson(path, place, "it is no JSON object")
    return document


def _header(document: dict[str, Any], path: Path) -> Header:
    version = str(document.get("version", ""))
    if version[:3] not in VERSIONS:
        raise _not_cityjson(path, "version", f"{version or 'none'} is none of {', '.join(VERSIONS)}")
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    transform = document.get("transform")
    transform = transform if isinstance(transform, dict) else {}
    templates = document.get("geometry-templates")
    templates = templates if isinstance(templates, dict) else {}
    reference = metadata.get("referenceSystem") or metadata.get("crs") or ""
    if isinstance(reference, dict):  # CityJSON 0.9 wrote {"epsg": 7415}
        reference = f"EPSG:{reference['epsg']}" if "epsg" in reference else ""
    return Header(
        version=version,
        scale=_three(transform.get("scale", (1, 1, 1)), path, "transform.scale"),
        translate=_three(transform.get("translate", (0, 0, 0)), path, "transform.translate"),
        reference_system=str(reference),
        title=str(metadata.get("title") or metadata.get("datasetTitle") or ""),
        date=str(metadata.get("referenceDate") or metadata.get("datasetReferenceDate") or ""),
        templates=tuple(templates.get("templates") or ()),
        template_vertices=_rows(templates.get("vertices-templates") or [], path, "vertices-templates"),
    )


def _three(values: Any, path: Path, place: str) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.zeros(0)
    if numbers.shape != (3,) or not np.isfinite(numbers).all():
        raise _not_cityjson(path, place, "three numbers are wanted")
    return numbers


def _rows(values: Any, path: Path, place: str) -> NDArray[np.float64]:
    try:
        rows = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise _not_cityjson(path, place, "each vertex needs three numbers") from None
    if len(rows) == 0:
        return np.zeros((0, 3))
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise _not_cityjson(path, place, "each vertex needs three numbers")
    return rows


def _batch(document: dict[str, Any], header: Header, path: Path, place: str) -> Batch:
    objects = document.get("CityObjects")
    if not isinstance(objects, dict) or not all(isinstance(value, dict) for value in objects.values()):
        raise _not_cityjson(path, place, "CityObjects is no object of objects")
    vertices = _rows(document.get("vertices") or [], path, f"{place}, vertices")
    return Batch(objects, vertices * header.scale + header.translate, place)
