"""How the ``city.toml`` of an older city package is read today: one function per step of the schema, applied in a chain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from geodata.errors import InputError
from geodata.fingerprint import digest_of_file

SCHEMA = 1
"""The schema version that is written."""

Document = dict[str, Any]


def migrate(document: Document, folder: Path) -> Document:
    """The document of a package in today's schema.

    Parameters
    ----------
    document
        The parsed ``city.toml``.
    folder
        The package, for steps that must look at its files. Nothing in it is changed.

    Raises
    ------
    InputError
        When the schema is newer than this version knows, or is no version at all.

    Examples
    --------
    >>> migrate({"schema": 99}, Path("town"))
    Traceback (most recent call last):
    geodata.errors.InputError: town has schema 99, and this version reads up to 1; update City Twin.
    """
    version = document.get("schema")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise InputError(
            "{path} names no schema version in its city.toml; import the city again with city-twin import.", path=folder
        )
    if version > SCHEMA:
        raise InputError(
            "{path} has schema {version}, and this version reads up to {known}; update City Twin.",
            path=folder,
            version=version,
            known=SCHEMA,
        )
    for step in _STEPS[version:]:
        document = step(document, folder)
    return document


def _from_0(document: Document, folder: Path) -> Document:
    """0 → 1: heights became datum, unit and epoch; the time zone came in; files got digests."""
    datum = document.get("datum", "")
    layers = {
        kind: {name: _with_digest(entry, folder) for name, entry in document.get(kind, {}).items()}
        for kind in ("tables", "rasters")
    }
    kept = {key: value for key, value in document.items() if key != "datum"}
    return {
        **kept,
        **layers,
        "schema": 1,
        "heights": {"datum": datum, "unit": "m", "epoch": ""},
        "time_zone": document.get("time_zone", "UTC"),
    }


def _with_digest(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    if "file_digest" in entry or not (folder / entry["file"]).is_file():
        return entry
    return {**entry, "file_digest": digest_of_file(folder / entry["file"])}


_STEPS: tuple[Callable[[Document, Path], Document], ...] = (_from_0,)
