"""Rasters: GeoTIFF and COG, Esri ASCII grid, NetCDF and Zarr → `SourceRaster`: float32, north up, nodata as NaN.

What is no grid (stations, curvilinear or uneven coordinates,
pictures) is refused; what does not fit in memory is refused before
it is unpacked. `geodata.resampling` puts the result onto a city's grid.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import rioxarray  # noqa: F401  (gives DataArray its .rio accessor)
import xarray as xr
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window, from_bounds

from geodata.crs import Bounds, check_axes, named_crs, parse_crs
from geodata.errors import InputError
from geodata.heights import METRES_PER_UNIT, reference_of
from geodata.provenance import Provenance
from geodata.readers.raster_cf import read_grid_variable
from geodata.readers.raster_extent import check_size, require_overlap
from geodata.report import ImportReport
from geodata.source import RasterRole, Source, SourceRaster, VerticalReference

LARGEST_CELLS = 250_000_000
"""Cells that one raster may hold once unpacked (1 GB as float32), unless told otherwise."""
DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".asc": "AAIGrid"}
"""The one GDAL driver that may open a file of each kind: no VRT in disguise, which could point at other files or hosts."""
SUFFIXES = (".tif", ".tiff", ".asc", ".nc", ".nc4", ".cdf", ".zarr")
UNDECLARED_NODATA = (-9999.0, -32768.0, -99999.0, -999999.0)
"""Values that no height, depth or roughness takes; they are missing even where the file doesn't declare them."""
HOURS_PER_UNIT = {"h": 1.0, "hr": 1.0, "hrs": 1.0, "hour": 1.0, "hours": 1.0, "時間": 1.0, "s": 1 / 3600, "sec": 1 / 3600,
                  "second": 1 / 3600, "seconds": 1 / 3600, "秒": 1 / 3600, "min": 1 / 60, "minute": 1 / 60, "minutes": 1 / 60,
                  "分": 1 / 60, "d": 24.0, "day": 24.0, "days": 24.0, "日": 24.0}  # fmt: skip
"""Units of time that a raster of how long water stands may name, and the hours of one."""
_UNITS = {"m": "m", "metre": "m", "metres": "m", "meter": "m", "meters": "m", "ft": "ft", "feet": "ft", "foot": "ft",
          "us survey foot": "us-ft", "us-ft": "us-ft", "ftus": "us-ft", "us foot": "us-ft"}  # fmt: skip


def is_raster(path: Path) -> bool:
    """Whether a path looks like a raster this module reads: by suffix, or a Zarr folder.

    Examples
    --------
    >>> is_raster(Path("dem.tif")), is_raster(Path("town.gpkg"))
    (True, False)
    """
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or (
        path.is_dir() and any((path / name).exists() for name in (".zgroup", "zarr.json", ".zmetadata"))
    )


def read_raster(
    path: Path,
    *,
    role: RasterRole,
    report: ImportReport,
    crs: str | None = None,
    heights: VerticalReference | None = None,
    details: Mapping[str, Any] | None = None,
    bounds: Bounds | None = None,
    band: int | None = None,
    variable: str | None = None,
    largest_cells: int = LARGEST_CELLS,
) -> list[Source]:
    """Read one raster.

    Parameters
    ----------
    role
        What the values are.
    crs
        The CRS, for files that name none ("EPSG:6670"); a file's own CRS wins, and a contradiction is refused.
    heights
        What elevations are measured from, where the file does not say.
    details
        For hazards: name, hazard, scale; ``kind``, "depth" or "duration", where it was said; kept as given.
    bounds
        (west, south, east, north) in degrees: only the part around it is read; a raster that misses it is refused.
    band, variable
        Which band of a GeoTIFF, which variable of a NetCDF or Zarr, where there are several.
    largest_cells
        Cells that may be unpacked.

    Returns
    -------
    One `SourceRaster`: data [y, x] or [time, y, x], y from north to south.

    Raises
    ------
    InputError
        For a missing, truncated or empty file, no CRS, no grid, a rotated grid without CRS, a size above the limit; for depths
        whose unit is one of time, and times whose unit is one of length.
    """
    layer = "terrain" if role == "elevation" else role
    if not path.exists():
        raise InputError("{path} does not exist; check the path.", path=str(path))
    if path.suffix.lower() in DRIVERS:
        data, unit, found_heights = _read_gdal(
            path, layer=layer, report=report, crs=crs, bounds=bounds, band=band, largest=largest_cells
        )
    else:
        data, unit = read_grid_variable(
            path,
            role="duration" if (details or {}).get("kind") == "duration" else role,
            layer=layer,
            report=report,
            crs=crs,
            bounds=bounds,
            variable=variable,
            largest=largest_cells,
        )
        found_heights = reference_of(crs) if crs else None
    data = _without_nodata(data, layer, path, report)
    _check_content(data, path)
    reference: VerticalReference | None = None
    if role == "elevation":
        reference = heights or found_heights or VerticalReference()
        if unit in METRES_PER_UNIT and unit != "m" and heights is None:
            reference = VerticalReference(reference.datum, unit, reference.epoch)
        if not reference.datum:
            report.noted(layer, "the file does not say what its heights are measured from", source=path.name)
    elif role == "hazard":
        details = dict(details or {})
        lasting = unit.casefold() in HOURS_PER_UNIT
        details["kind"] = details.get("kind") or ("duration" if lasting else "depth")
        data = (_as_hours if details["kind"] == "duration" else _as_depths)(data, unit, path, report)
    report.read(layer, int(data.sizes["y"] * data.sizes["x"]), source=path.name)
    holes = int(np.isnan(data.to_numpy() if data.ndim == 2 else data.to_numpy()[0]).sum())
    report.noted(layer, "cells without a value: unknown, not 0", holes, source=path.name)
    return [SourceRaster(role, data, Provenance(path.name), reference, dict(details) if details is not None else None)]


def _as_depths(data: xr.DataArray, unit: str, path: Path, report: ImportReport) -> xr.DataArray:
    """Depths in metres; a raster whose unit is one of time holds none."""
    if unit.casefold() in HOURS_PER_UNIT:
        raise InputError(
            "{path} tells how long water stands (its unit is {unit}), not how deep; give it with --duration.",
            path=str(path),
            unit=unit,
        )
    factor = {"cm": 0.01, "mm": 0.001, **METRES_PER_UNIT}.get(unit, 1.0)
    if factor == 1.0:
        return data
    report.noted("hazard", "depths were turned from {unit} into m", source=path.name, values={"unit": unit})
    converted: xr.DataArray = (data * np.float32(factor)).rio.write_crs(data.rio.crs)
    return converted


def _as_hours(data: xr.DataArray, unit: str, path: Path, report: ImportReport) -> xr.DataArray:
    """Hours for which water stands; where no unit is named they are taken for hours, as official maps give them."""
    if not unit:
        report.noted("hazard", "how long water stands names no unit and is taken for hours", source=path.name)
        return data
    factor = HOURS_PER_UNIT.get(unit.casefold())
    if factor is None:
        raise InputError(
            "{path} was given as how long water stands, yet its unit is {unit}, which is no time; give depths with --hazard.",
            path=str(path),
            unit=unit,
        )
    if factor == 1.0:
        return data
    report.noted("hazard", "how long water stands was turned from {unit} into hours", source=path.name, values={"unit": unit})
    converted: xr.DataArray = (data * np.float32(factor)).rio.write_crs(data.rio.crs)
    return converted


def _read_gdal(
    path: Path, *, layer: str, report: ImportReport, crs: str | None, bounds: Bounds | None, band: int | None, largest: int
) -> tuple[xr.DataArray, str, VerticalReference | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # becomes our error below
            dataset = rasterio.open(path, driver=DRIVERS[path.suffix.lower()])
        with dataset:
            return _read_dataset(dataset, path, layer=layer, report=report, crs=crs, bounds=bounds, band=band, largest=largest)
    except RasterioError as error:
        raise InputError(
            "{path} cannot be read as a raster ({why}); it may be truncated: fetch it again.", path=str(path), why=_short(error)
        ) from None


def _read_dataset(
    dataset: Any,
    path: Path,
    *,
    layer: str,
    report: ImportReport,
    crs: str | None,
    bounds: Bounds | None,
    band: int | None,
    largest: int,
) -> tuple[xr.DataArray, str, VerticalReference | None]:
    index = _band_of(dataset, path, band)
    own = dataset.crs.to_wkt() if dataset.crs else None
    name, vertical = _crs_of(own, crs, path)
    if dataset.transform.is_identity:
        raise InputError(
            "{path} does not say where it lies on Earth; give a raster with a position (a GeoTIFF, or .asc).", path=str(path)
        )
    if dataset.transform.b or dataset.transform.d:
        report.repaired(layer, "a rotated raster was resampled to north up", 1, source=path.name)
        with WarpedVRT(dataset, crs=dataset.crs, src_crs=dataset.crs or name, nodata=_nodata_for_warp(dataset)) as upright:
            values, transform = _read_window(upright, index, name, path, bounds=bounds, largest=largest)
    else:
        values, transform = _read_window(dataset, index, name, path, bounds=bounds, largest=largest)
    if transform.e > 0:
        values = values[::-1]
        transform = transform @ Affine.translation(0, values.shape[0]) @ Affine.scale(1, -1)
        report.repaired(layer, "a raster stored from south to north was turned over", 1, source=path.name)
    scale, offset = dataset.scales[index - 1], dataset.offsets[index - 1]
    if (scale, offset) != (1.0, 0.0):
        values = values * np.float32(scale) + np.float32(offset)
        report.noted(
            layer, "values were scaled: × {scale} + {offset}", 1, source=path.name, values={"scale": scale, "offset": offset}
        )
    rows, columns = values.shape
    data = xr.DataArray(
        np.ascontiguousarray(values, dtype=np.float32),
        dims=("y", "x"),
        coords={
            "y": transform.f + (np.arange(rows) + 0.5) * transform.e,
            "x": transform.c + (np.arange(columns) + 0.5) * transform.a,
        },
    ).rio.write_crs(name)
    named = (dataset.units[index - 1] or "").strip()
    unit = _UNITS.get(named.lower(), named)
    return data, unit, vertical


def _band_of(dataset: Any, path: Path, band: int | None) -> int:
    if band is not None:
        if not 1 <= band <= dataset.count:
            raise InputError(
                "{path} has 1 band, not {band}; leave the band out."
                if dataset.count == 1
                else "{path} has {count} bands, not {band}; name one of them.",
                path=str(path),
                count=dataset.count,
                band=band,
            )
        return band
    values = [i for i in dataset.indexes if dataset.colorinterp[i - 1] != ColorInterp.alpha]
    if len(values) > 1:
        pictured = {ColorInterp.red, ColorInterp.green, ColorInterp.blue} <= set(dataset.colorinterp)
        raise InputError(
            "{path} is a picture in colours, not a grid of values; give the raster of depths or heights behind it."
            if pictured
            else "{path} has {count} bands; name the one to read (band) in the mapping file.",
            path=str(path),
            count=len(values),
        )
    return int(values[0])


def _crs_of(own: str | None, given: str | None, path: Path) -> tuple[str, VerticalReference | None]:
    if own is None and given is None:
        raise InputError("{path} names no CRS (a .prj file may be missing); give it with --crs EPSG:n.", path=str(path))
    name = named_crs(own if own is not None else given)
    if own is not None and given is not None and not pyproj.CRS.from_user_input(name).equals(
        pyproj.CRS.from_user_input(named_crs(given)), ignore_axis_order=True
    ):  # fmt: skip
        raise InputError(
            "{path} is in {own}, yet {given} was given for it; leave that out, or correct the file.",
            path=str(path),
            own=parse_crs(name).name,
            given=given,
        )
    return name, reference_of(own if own is not None else given)


def _nodata_for_warp(dataset: Any) -> float | None:
    return dataset.nodata if dataset.nodata is not None else (math.nan if "float" in dataset.dtypes[0] else -9999.0)


def _read_window(
    dataset: Any, index: int, crs: str, path: Path, *, bounds: Bounds | None, largest: int
) -> tuple[NDArray[np.float32], Affine]:
    """Values of one band as float32 with nodata as NaN, and the transform of what was read."""
    edges = dataset.bounds
    own = (
        min(edges.left, edges.right),
        min(edges.bottom, edges.top),
        max(edges.left, edges.right),
        max(edges.bottom, edges.top),
    )
    check_axes(own, crs, layer=path.name, near=bounds)
    window = Window(0, 0, dataset.width, dataset.height)
    if bounds is not None:
        wanted = require_overlap(own, crs, bounds, path)
        around = from_bounds(*wanted, transform=dataset.transform) if dataset.transform.e < 0 else None
        if around is not None:
            margin = 2  # cells of context, so that interpolation at the rim has neighbours
            around = Window(
                around.col_off - margin, around.row_off - margin, around.width + 2 * margin, around.height + 2 * margin
            )
            window = around.round_offsets().round_lengths(op="ceil").intersection(window)
    check_size(int(window.width), int(window.height), path, largest)
    masked = dataset.read(index, window=window, masked=True)
    values = masked.astype(np.float32).filled(np.nan) if masked.dtype != np.float32 else masked.filled(np.nan)
    return values, dataset.window_transform(window)


def _without_nodata(data: xr.DataArray, layer: str, path: Path, report: ImportReport) -> xr.DataArray:
    values = data.to_numpy()
    for sentinel in UNDECLARED_NODATA:
        found = values == np.float32(sentinel)
        if count := int(found.sum()):
            values[found] = np.nan
            report.defaulted(
                layer, "cells of {value} were set to unknown, though the file does not declare it as nodata", count,
                source=path.name, values={"value": sentinel},
            )  # fmt: skip
    with np.errstate(invalid="ignore"):
        absurd = np.isinf(values) | (np.abs(values) > 3e38)
    if count := int(absurd.sum()):
        values[absurd] = np.nan
        report.defaulted(layer, "cells beyond ±3e38 or infinite were set to unknown", count, source=path.name)
    return data


def _check_content(data: xr.DataArray, path: Path) -> None:
    if not data.size or not bool(np.isfinite(data.to_numpy()).any()):
        raise InputError("{path} holds no value at all, only nodata; check the file.", path=str(path))


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
