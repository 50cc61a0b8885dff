"""The city package on disk: one readable ``city.toml``, GeoParquet tables, COG rasters, stored joins, an import report.

Layout (a layer name may hold "/": ``hazard/river-l2/high`` → ``rasters/hazard/river-l2/high.tif``)::

    town/
      city.toml              what is in here, with a digest of every file and every column
      tables/<name>.parquet  GeoParquet 1.1, zstd, in Hilbert order, with a covering bbox
      rasters/<name>.tif     Cloud-Optimized GeoTIFF on the city's grid, NaN = unknown
      overlays/<name>/<array>.npy
      import-report.json
      crosswalk.parquet      old id ↔ new id, where an earlier package was replaced
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import orjson
import pandas as pd
import tomli_w
from numpy.typing import NDArray

from geodata.atomic import atomic_folder
from geodata.city import Arrays, City
from geodata.errors import InputError
from geodata.fingerprint import digest_of_file
from geodata.grid import Grid
from geodata.hazard_map import HazardMap
from geodata.migrations import SCHEMA, Document, migrate
from geodata.progress import Progress, silent
from geodata.provenance import Provenance
from geodata.raster_file import read_raster_file, write_raster_file
from geodata.report import ImportReport
from geodata.source import VerticalReference
from geodata.tables import TABLES
from geodata.writing import writing

DOCUMENT = "city.toml"
REPORT = "import-report.json"
CROSSWALK = "crosswalk.parquet"
ROWS_PER_GROUP = 65_536
_KINDS = {"table": "tables", "raster": "rasters", "overlay": "overlays"}


def is_package(path: Path) -> bool:
    """Whether a folder is a city package: it holds a ``city.toml`` that names a schema.

    Examples
    --------
    >>> is_package(Path("/nowhere"))
    False
    """
    with suppress(OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return "schema" in tomllib.loads((Path(path) / DOCUMENT).read_text(encoding="utf-8"))
    return False


def write_package(
    city: City, report: ImportReport, path: Path, *, crosswalk: pd.DataFrame | None = None, progress: Progress | None = None
) -> None:
    """Write a city as a package that appears whole or not at all.

    Parameters
    ----------
    city
        What to write.
    report
        What the import did; kept beside the city.
    path
        The folder. An existing *package* there is replaced in one step; anything else there is refused.
    crosswalk
        Old and new ids, where an earlier package is replaced.
    progress
        Told after each layer.

    Raises
    ------
    InputError
        When ``path`` holds something else than a package, or cannot be written.
    """
    tell = progress or silent
    with atomic_folder(path, may_replace=is_package, kind="city package") as folder, writing(path):
        document = _head(city)
        layers = [(kind, name) for kind in _KINDS for name in sorted(city.layers.names(kind))]
        for done, (kind, name) in enumerate(layers):
            tell("write", done, len(layers))
            document[_KINDS[kind]][name] = _write_layer(city, kind, name, folder)
        tell("write", len(layers), len(layers))
        (folder / REPORT).write_bytes(orjson.dumps(report.to_dict(), default=str, option=_JSON))
        if crosswalk is not None:
            crosswalk.to_parquet(folder / CROSSWALK, index=False, compression="zstd")
        (folder / DOCUMENT).write_text(_HEADER + tomli_w.dumps(document), encoding="utf-8")


_JSON = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
_HEADER = (
    "# A city package of City Twin. Read it freely; change it with `city-twin import`, since every part carries a digest.\n\n"
)


def _head(city: City) -> Document:
    heights = city.heights
    return {
        "schema": SCHEMA,
        "name": city.name,
        "fictional": city.fictional,
        "time_zone": city.time_zone,
        "fingerprint": city.fingerprint,
        "parent": city.parent,
        "fidelity": city.fidelity,
        "grid": city.grid.to_dict(),
        "heights": {"datum": heights.datum, "unit": heights.unit, "epoch": heights.epoch},
        "tables": {},
        "rasters": {},
        "overlays": {},
        "hazard_maps": [city.hazard_maps[name].to_dict() for name in sorted(city.hazard_maps)],
        "provenance": {name: city.provenance[name].to_dict() for name in sorted(city.provenance)},
    }


def _write_layer(city: City, kind: str, name: str, folder: Path) -> dict[str, Any]:
    digests = city.layers.digests(kind, name)
    parts = {part: digest for part, digest in digests.items() if part}
    if kind == "overlay":
        arrays = {}
        for part, array in sorted(city.layers.overlay(name).items()):
            file = f"overlays/{name}/{part}.npy"
            _made(folder / file)
            np.save(folder / file, array, allow_pickle=False)
            arrays[part] = {"file": file, "file_digest": digest_of_file(folder / file), "digest": parts[part]}
        return {"digest": digests[""], "arrays": arrays}
    if kind == "raster":
        values = city.layers.raster(name)
        file = f"rasters/{name}.tif"
        write_raster_file(values, city.grid, _made(folder / file))
        extent: dict[str, Any] = {"shape": list(values.shape)}
    else:
        frame = city.layers.table(name)
        file = f"tables/{name}.parquet"
        options: dict[str, Any] = {"index": False, "compression": "zstd", "row_group_size": ROWS_PER_GROUP}
        if isinstance(frame, geopandas.GeoDataFrame):
            options |= {"write_covering_bbox": True, "schema_version": "1.1.0"}
        frame.to_parquet(_made(folder / file), **options)
        extent = {"count": len(frame), "columns": parts}
    return {"file": file, "file_digest": digest_of_file(folder / file), "digest": digests[""], **extent}


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def read_document(path: Path) -> Document:
    """The ``city.toml`` of a package in today's schema, without loading any layer.

    Raises
    ------
    InputError
        When there is no package, it is damaged, or its schema is newer than this version.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("{path} does not exist; give the folder of a city package.", path=path)
    if not (path / DOCUMENT).is_file():
        raise InputError("{path} is not a city package, it holds no city.toml; make one with city-twin import.", path=path)
    try:
        document = tomllib.loads((path / DOCUMENT).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise _damaged(path / DOCUMENT, fault) from None
    document = migrate(document, path)
    try:
        for kind in _KINDS.values():
            for entry in document[kind].values():
                for part in entry["arrays"].values() if kind == "overlays" else (entry,):
                    _ = _inside(path, part["file"]), part["digest"], part["file_digest"]
        _ = document["name"], document["grid"], document["fingerprint"], document["heights"]
    except (KeyError, TypeError, AttributeError) as fault:
        raise _damaged(path / DOCUMENT, fault) from None
    return document


def _inside(folder: Path, file: str) -> Path:
    """The path of a file of the package; a package from strangers shall not name files elsewhere."""
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise InputError(
            "{path} names a file outside the package ({file}); import the city again.", path=folder / DOCUMENT, file=file
        )
    return folder / file


def _damaged(path: Path, fault: BaseException) -> InputError:
    return InputError(
        "{path} is damaged ({reason}); import the city again, or restore the package from a copy.",
        path=path,
        reason=f"{type(fault).__name__}: {fault}".splitlines()[0],
    )


def open_city(path: Path) -> City:
    """Open a package. Cheap: layers are read when first asked for, and their digests checked then.

    Parameters
    ----------
    path
        Folder that `write_package` or ``city-twin import`` made.

    Raises
    ------
    InputError
        When there is no package, it is damaged, or its schema is newer than this version; later, when a layer is
        asked for whose file has changed since it was written.
    """
    path = Path(path)
    document = read_document(path)
    try:
        city = City(
            name=document["name"],
            grid=Grid(**document["grid"]),
            layers=LayersInPackage(path, document),
            time_zone=document["time_zone"],
            heights=VerticalReference(**document["heights"]),
            provenance={name: Provenance.from_dict(origin) for name, origin in document.get("provenance", {}).items()},
            hazard_maps={entry["id"]: HazardMap.from_dict(entry) for entry in document.get("hazard_maps", ())},
            parent=document.get("parent", ""),
            fidelity=document.get("fidelity", ""),
        )
    except (KeyError, TypeError) as fault:
        raise _damaged(path / DOCUMENT, fault) from None
    if city.fingerprint != document["fingerprint"]:
        raise InputError(
            "{path} does not fit its own fingerprint, so it was edited or belongs to other files; import the city again.",
            path=path / DOCUMENT,
        )
    return city


def read_report(path: Path) -> ImportReport:
    """The import report of a package; an empty one where it has none.

    Raises
    ------
    InputError
        When the report is there and cannot be read.
    """
    file = Path(path) / REPORT
    if not file.is_file():
        return ImportReport()
    try:
        return ImportReport.from_dict(orjson.loads(file.read_bytes()))
    except (orjson.JSONDecodeError, TypeError, AttributeError) as fault:
        raise _damaged(file, fault) from None


class LayersInPackage:
    """Layers of a package: read when first asked for, checked against their digests, kept; safe from any thread."""

    def __init__(self, folder: Path, document: Document) -> None:
        self._folder = folder
        self._entries: dict[str, dict[str, dict[str, Any]]] = {kind: document[key] for kind, key in _KINDS.items()}
        self._crs = document["grid"]["crs"]
        self._loaded: dict[tuple[str, str], Any] = {}
        self._locks = {(kind, name): threading.Lock() for kind, entries in self._entries.items() for name in entries}

    def names(self, kind: str) -> tuple[str, ...]:
        """Names of the layers of one kind."""
        return tuple(self._entries[kind])

    def table(self, name: str) -> pd.DataFrame:
        """A table."""
        return self._layer("table", name)

    def raster(self, name: str) -> NDArray[Any]:
        """A raster, read-only."""
        array: NDArray[Any] = self._layer("raster", name)
        return array

    def overlay(self, name: str) -> Arrays:
        """An overlay, mapped into memory read-only."""
        arrays: Arrays = self._layer("overlay", name)
        return arrays

    def digests(self, kind: str, name: str) -> Mapping[str, str]:
        """Name of the content of a layer and of its parts, as ``city.toml`` says: nothing is loaded."""
        entry = self._entries[kind][name]
        parts = (
            {part: each["digest"] for part, each in entry["arrays"].items()} if kind == "overlay" else entry.get("columns", {})
        )
        return {"": entry["digest"], **parts}

    def _layer(self, kind: str, name: str) -> Any:
        key = (kind, name)
        with self._locks[key]:
            if key not in self._loaded:
                self._loaded[key] = self._read(kind, self._entries[kind][name])
            return self._loaded[key]

    def _read(self, kind: str, entry: dict[str, Any]) -> Any:
        if kind == "overlay":
            return {
                part: np.load(self._checked(each), mmap_mode="r", allow_pickle=False) for part, each in entry["arrays"].items()
            }
        file = self._checked(entry)
        if kind == "raster":
            values = read_raster_file(file, tuple(entry["shape"]))
            values.flags.writeable = False
            return values
        contract = TABLES[file.stem]
        frame = geopandas.read_parquet(file) if contract.geometry else pd.read_parquet(file)
        # a column that came into the contract after the package was written is unknown there
        return frame if set(contract.by_name) <= set(frame.columns) else contract.completed(frame)

    def _checked(self, entry: dict[str, Any]) -> Path:
        file = _inside(self._folder, entry["file"])
        if not file.is_file():
            raise InputError("{path} is missing from the city package; import the city again, or restore the file.", path=file)
        if digest_of_file(file) != entry["file_digest"]:
            raise InputError(
                "{path} has changed since the city package was written; import the city again, or restore the file.", path=file
            )
        return file
