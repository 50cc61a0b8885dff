"""Official hazard maps on a city's grid: depths and how long water stands, from rasters, polygons and records of buildings."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.fingerprint import digest_of_array, digest_of_names, digest_of_table
from geodata.grid import Grid
from geodata.hazard_map import HazardMap
from geodata.overlays.rasterise import rasterise_intervals
from geodata.provenance import Provenance
from geodata.report import ImportReport
from geodata.resampling import resample
from geodata.source import SourceRaster
from geodata.tables.buildings import HAZARDS

_SHORT = {"river_flood": "river", "inland_flood": "inland", "high_tide": "high-tide"}
_KIND_WORD = {"depth": "", "series": "series", "attributes": "buildings", "duration": ""}
_LONGEST = 10_000.0  # hours, as in the contract of ``building_risks``
Kind: TypeAlias = Literal["depth", "series", "attributes", "duration"]


@dataclass(frozen=True)
class _Draft:
    """A hazard map before it has its id."""

    hazard: str
    name: str
    scale: str
    kind: Kind
    provenance: Provenance
    rasters: dict[str, NDArray[np.float32]]
    digest: str
    times: tuple[float, ...] = ()
    given_id: str = ""


def hazard_layers(
    *,
    rasters: Sequence[SourceRaster],
    polygons: geopandas.GeoDataFrame | None,
    risks: pd.DataFrame | None,
    provenance: Callable[[str], Provenance],
    grid: Grid,
    report: ImportReport,
) -> tuple[dict[str, HazardMap], dict[str, NDArray[np.float32]]]:
    """All hazard maps of a city, and their rasters by layer name.

    Parameters
    ----------
    rasters
        Sources of role "hazard": depth in metres, 0 = on the map and dry; or, where the details say ``kind`` "duration", hours
        for which water stands.
    polygons, risks
        The completed tables ``flood_polygons`` (on the grid's CRS) and ``building_risks``, or None.
    provenance
        Of a table, by its name.

    Returns
    -------
    maps by id; rasters named ``hazard/<id>/low``, ``/high``, ``/series``, ``/hours``
    """
    drafts = [
        *_from_rasters(rasters, grid, report),
        *_from_polygons(polygons, provenance, grid, report),
        *_from_risks(risks, provenance),
    ]
    maps: dict[str, HazardMap] = {}
    layers: dict[str, NDArray[np.float32]] = {}
    for draft, name in zip(drafts, _ids(drafts), strict=True):
        maps[name] = HazardMap(
            name, draft.name, draft.hazard, draft.scale, draft.kind, draft.provenance, draft.times, draft.digest
        )
        layers |= {f"hazard/{name}/{end}": values for end, values in draft.rasters.items()}
    return maps, layers


def _from_rasters(rasters: Sequence[SourceRaster], grid: Grid, report: ImportReport) -> list[_Draft]:
    groups: dict[tuple[str, str, str, Kind, str], list[SourceRaster]] = defaultdict(list)
    for raster in rasters:
        details = raster.details or {}
        hazard = str(details.get("hazard") or "river_flood")
        if hazard not in HAZARDS:
            raise InputError(
                "{source} is said to be a map of {hazard}; name one of {known}.",
                source=raster.provenance.source,
                hazard=hazard,
                known=", ".join(HAZARDS),
            )
        key = (
            hazard,
            str(details.get("name", "")),
            str(details.get("scale", "")),
            _kind_of(raster),
            str(details.get("id", "")),
        )
        groups[key].append(raster)
    drafts = []
    for (hazard, name, scale, kind, given), tiles in groups.items():
        times = _times(tiles) if kind == "series" else ()
        values: NDArray[np.float32] = resample(tiles[0], grid, report=report)
        for tile in tiles[1:]:
            # tiles of one map: where they overlap, the deeper or longer one
            values = np.fmax(values, resample(tile, grid, report=report))
        values = _plausible(values, kind, tiles[0].provenance.source, report)
        kept = {"series": {"series": values}, "duration": {"hours": values}}.get(kind, {"low": values, "high": values})
        digest = digest_of_names({end: digest_of_array(array) for end, array in kept.items()} | {"times": str(times)})
        report.noted(
            "hazard", "{name}: cells are unknown, since the map does not cover them",
            int(np.isnan(values[0] if kind == "series" else values).sum()), values={"name": name or hazard},
        )  # fmt: skip
        drafts.append(_Draft(hazard, name, scale, kind, tiles[0].provenance, kept, digest, times, given))
    return drafts


def _kind_of(raster: SourceRaster) -> Kind:
    if (raster.details or {}).get("kind") != "duration":
        return "series" if raster.data.ndim == 3 else "depth"
    if raster.data.ndim == 3:
        raise InputError(
            "{source} holds {count} moments, yet how long water stands is one number a place; give a raster without times.",
            source=raster.provenance.source,
            count=raster.data.shape[0],
        )
    return "duration"


def _plausible(values: NDArray[np.float32], kind: Kind, source: str, report: ImportReport) -> NDArray[np.float32]:
    """Values that a map can mean: a negative depth is dry, a time that cannot be is unknown."""
    if kind == "duration":
        strange = (values < 0) | (values > _LONGEST)
        report.defaulted(
            "hazard", "water that stands for less than 0 or more than {longest} hours: unknown", int(strange.sum()),
            source=source, values={"longest": round(_LONGEST)},
        )  # fmt: skip
        return np.where(strange, np.float32(np.nan), values)
    below = int((values < 0).sum())
    if not below:
        return values
    report.repaired("hazard", "negative depths of a hazard map are dry", below, source=source)
    return np.where(values < 0, np.float32(0), values)


def _times(tiles: Sequence[SourceRaster]) -> tuple[float, ...]:
    """Seconds since the first instant, the same for all tiles."""
    found = set()
    for tile in tiles:
        stamps = np.asarray(tile.data["time"].values)
        if stamps.dtype.kind == "M" or stamps.dtype.kind == "m":
            seconds = (stamps - stamps[0]) / np.timedelta64(1, "s")
        else:
            seconds = stamps.astype(float) - float(stamps[0])
        found.add(tuple(float(value) for value in seconds))
    if len(found) > 1:
        raise InputError(
            "The tiles of the hazard series {source} have different times; give tiles of one series.",
            source=tiles[0].provenance.source,
        )
    return found.pop()


def _from_polygons(
    polygons: geopandas.GeoDataFrame | None, provenance: Callable[[str], Provenance], grid: Grid, report: ImportReport
) -> list[_Draft]:
    if polygons is None or not len(polygons):
        return []
    lasting = polygons["duration_low"].notna() & polygons["duration_high"].notna()
    durations = _durations(polygons[lasting], provenance, grid)
    polygons = polygons[~lasting | polygons["depth_low"].notna()]
    unbounded = polygons["depth_low"].isna() | polygons["depth_high"].isna()
    report.noted(
        "flood_polygons", "a polygon has no depth interval: it is drawn, and tells no depth", int(unbounded.sum()),
        examples=polygons["id"][unbounded].head(5),
    )  # fmt: skip
    drafts = []
    for (hazard, name, scale), rows in _groups(polygons[~unbounded], ["hazard", "name", "scale"]):
        low, high = rasterise_intervals(
            rows.geometry.to_numpy(), rows["depth_low"].to_numpy(float), rows["depth_high"].to_numpy(float), grid
        )
        report.noted(
            "hazard", "{name}: cells outside of all polygons are unknown, since the map does not say that they are dry",
            int(np.isnan(low).sum()), values={"name": name or hazard},
        )  # fmt: skip
        kept = {"low": low, "high": high}
        digest = digest_of_names({end: digest_of_array(values) for end, values in kept.items()})
        drafts.append(_Draft(hazard, name, scale, "depth", provenance("flood_polygons"), kept, digest))
    return [*drafts, *durations]


def _durations(
    polygons: geopandas.GeoDataFrame, provenance: Callable[[str], Provenance], grid: Grid
) -> Iterable[_Draft]:  # fmt: skip
    for (hazard, name, scale), rows in _groups(polygons, ["hazard", "name", "scale"]):
        ends = (rows["duration_low"].to_numpy(float), rows["duration_high"].to_numpy(float))
        _, longest = rasterise_intervals(rows.geometry.to_numpy(), *ends, grid)
        digest = digest_of_names({"hours": digest_of_array(longest)})
        yield _Draft(hazard, name, scale, "duration", provenance("flood_polygons"), {"hours": longest}, digest)


def _from_risks(risks: pd.DataFrame | None, provenance: Callable[[str], Provenance]) -> list[_Draft]:
    if risks is None or not len(risks):
        return []
    return [
        _Draft(
            hazard,
            name,
            scale,
            "attributes",
            provenance("building_risks"),
            {},
            digest_of_table(rows.reset_index(drop=True))[""],
        )
        for (hazard, name, scale), rows in _groups(risks, ["hazard", "name", "scale"])
    ]


def _groups(frame: pd.DataFrame, by: list[str]) -> Iterable[tuple[tuple[str, str, str], Any]]:
    for key, rows in frame.groupby(by, sort=True, dropna=False):
        hazard, name, scale = (str(value) for value in key)
        yield (hazard, name, scale), rows


def _ids(drafts: Sequence[_Draft]) -> list[str]:
    """Short names: hazard and scale, then as much more as tells maps apart."""
    plain = [
        _slug(_SHORT.get(draft.hazard, draft.hazard), draft.scale, "duration" if draft.kind == "duration" else "")
        for draft in drafts
    ]
    named = [_slug(short, draft.name) if plain.count(short) > 1 else short for short, draft in zip(plain, drafts, strict=True)]
    full = [
        _slug(short, _KIND_WORD[draft.kind]) if named.count(short) > 1 else short
        for short, draft in zip(named, drafts, strict=True)
    ]
    made: list[str] = []
    for draft, short in zip(drafts, full, strict=True):
        wanted = _slug(draft.given_id) or short
        name, number = wanted, 2
        while name in made:
            name, number = f"{wanted}-{number}", number + 1
        made.append(name)
    return made


def _slug(*words: str) -> str:
    """Words as one lower-case name that can stand in a path and in YAML.

    Examples
    --------
    >>> _slug("river", "L2"), _slug("high-tide", ""), _slug("river-l2", "菊池川（国管理）")
    ('river-l2', 'high-tide', 'river-l2-菊池川-国管理')
    """
    text = unicodedata.normalize("NFKC", "-".join(word for word in words if word)).lower()
    return re.sub(r"[^\w]+", "-", text).strip("-")[:80]
