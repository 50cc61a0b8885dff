"""The gridded variable of a NetCDF file or a Zarr store (v2, v3), by CF conventions; what is no regular grid is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyproj
import rioxarray  # noqa: F401  (gives DataArray its .rio accessor)
import xarray as xr

from geodata.crs import Bounds, check_axes, named_crs
from geodata.errors import InputError
from geodata.readers.raster_extent import check_size, require_overlap
from geodata.report import ImportReport
from geodata.source import RasterRole

_X_NAMES = ("x", "lon", "longitude", "easting", "projection_x_coordinate")
_Y_NAMES = ("y", "lat", "latitude", "northing", "projection_y_coordinate")
_PREFERRED = {
    "elevation": ("elevation", "surface_altitude", "dem", "dtm", "z", "topo", "topography", "altitude", "height", "band1"),
    "hazard": ("water_depth", "depth", "flood_depth", "inundation_depth", "hmax", "h", "band1"),
    "duration": ("duration", "flood_duration", "inundation_duration", "inundation_time", "band1"),
    "roughness": ("manning", "roughness", "n", "band1"),
    "observation": ("band1",),
    "rain": ("rainfall_rate", "rain_rate", "rain", "precipitation", "rainfall", "pr", "band1"),
}
_LENGTHS = {
    "m": "m",
    "metre": "m",
    "metres": "m",
    "meter": "m",
    "meters": "m",
    "ft": "ft",
    "feet": "ft",
    "foot": "ft",
    "us-ft": "us-ft",
}
_UNEVEN = 0.01  # of a cell: float32 coordinates in degrees are off by less


def read_grid_variable(
    path: Path,
    *,
    role: RasterRole | Literal["duration"],
    layer: str,
    report: ImportReport,
    crs: str | None,
    bounds: Bounds | None,
    variable: str | None,
    largest: int,
) -> tuple[xr.DataArray, str]:
    """Data as float32 [y, x] or [time, y, x], y from north to south, with its CRS; and the unit, "" when not stated.

    Raises
    ------
    InputError
        When the file cannot be opened, holds no regular grid, several variables fit, or no CRS is known.
    """
    with _open(path) as dataset:
        array, x_name, y_name = _pick(dataset, path, role=role, variable=variable)
        name = _crs_of(dataset, array, x_name, y_name, path, crs, layer, report)
        array = array.rename({x_name: "x", y_name: "y"})
        array = _upright(array, path, layer, report)
        own = _extent(array)
        check_axes(own, name, layer=path.name, near=bounds)
        if bounds is not None:
            array = _cut(array, own, name, bounds, path)
        check_size(int(array.sizes["x"]), int(array.size // array.sizes["x"]), path, largest)
        unit = _LENGTHS.get(str(array.attrs.get("units", "")).strip().lower(), str(array.attrs.get("units", "")))
        try:
            values = np.array(array.to_numpy(), dtype=np.float32)
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(
                "{path} cannot be read as a raster ({why}); it may be truncated: fetch it again.",
                path=str(path),
                why=str(error)[:200],
            ) from None
        factor = {"cm": 0.01, "mm": 0.001}.get(unit)
        if factor is not None and role in ("elevation", "hazard"):
            values *= np.float32(factor)
            report.noted(layer, "values were turned from {unit} into m", 1, source=path.name, values={"unit": unit})
            unit = "m"
        coords = {key: array.coords[key].to_numpy() for key in array.dims}
        made = xr.DataArray(values, dims=array.dims, coords=coords)
    made = _timed(made, path, layer, report)
    return made.rio.write_crs(name), unit


def _open(path: Path) -> xr.Dataset:
    try:
        if path.is_dir():
            store: xr.Dataset = xr.open_zarr(path, consolidated=False, chunks=None)
            return store
        return xr.open_dataset(path, engine="netcdf4", decode_coords="all")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(
            "{path} cannot be opened as NetCDF or Zarr ({why}); it may be truncated: fetch it again.", path=str(path), why=why
        ) from None


def _pick(dataset: xr.Dataset, path: Path, *, role: str, variable: str | None) -> tuple[xr.DataArray, str, str]:
    if variable is not None and variable not in dataset.data_vars:
        raise InputError(
            "{path} has no variable {variable}; it has {names}.", path=str(path),
            variable=variable, names=", ".join(map(str, dataset.data_vars))
        )  # fmt: skip
    fitting: list[tuple[xr.DataArray, str, str]] = []
    curvilinear = False
    for name, array in dataset.data_vars.items():
        if variable is not None and name != variable:
            continue
        if array.dtype.kind not in "fiu" or array.ndim < 2:
            continue
        x_name, y_name = _axis(array, "x"), _axis(array, "y")
        flat = any(
            c.ndim == 2 and _is_axis(str(n), c.attrs, _X_NAMES, "degrees_east", "longitude") for n, c in array.coords.items()
        )
        if x_name is None or y_name is None:
            curvilinear |= flat
            continue
        others = [dim for dim in array.dims if dim not in (x_name, y_name)]
        extra = [dim for dim in others if not _is_time(array, str(dim))]
        single = {dim: 0 for dim in extra if array.sizes[dim] == 1}
        if len(extra) > len(single) or len(others) - len(extra) > 1:
            continue
        array = array.isel(single, drop=True)  # noqa: PLW2901  (a level or runtime of size 1 says nothing)
        times = [dim for dim in array.dims if dim not in (x_name, y_name)]
        fitting.append((array.transpose(*times, y_name, x_name), x_name, y_name))
    if not fitting:
        raise InputError(
            "{path} lies on a curvilinear grid (2D longitude and latitude); regrid it to even x and y first."
            if curvilinear
            else "{path} holds no grid: no variable lies on an x and a y axis (dimensions: {dims}); give a gridded file.",
            path=str(path),
            dims=", ".join(f"{key} {size}" for key, size in dataset.sizes.items()),
        )
    if len(fitting) > 1:
        wanted = [item for word in _PREFERRED[role] for item in fitting if str(item[0].name).lower() == word]
        standard = [item for item in fitting if item[0].attrs.get("standard_name") in _PREFERRED[role]]
        if not (wanted or standard):
            raise InputError(
                "{path} holds several grids ({names}); name the one to read (variable) in the mapping file.",
                path=str(path), names=", ".join(str(item[0].name) for item in fitting),
            )  # fmt: skip
        return (wanted or standard)[0]
    return fitting[0]


def _is_axis(name: str, attrs: dict[Any, Any], names: tuple[str, ...], unit: str, standard: str) -> bool:
    return name.lower() in names or attrs.get("units") == unit or attrs.get("standard_name") == standard


def _axis(array: xr.DataArray, which: str) -> str | None:
    """Name of the 1D coordinate that runs along x or y."""
    names, unit, standard = (_X_NAMES, "degrees_east", "longitude") if which == "x" else (_Y_NAMES, "degrees_north", "latitude")
    for dim in array.dims:
        if dim not in array.coords or array.coords[dim].ndim != 1:
            continue
        attrs = array.coords[dim].attrs
        projected = (
            attrs.get("standard_name") == f"projection_{which}_coordinate" or attrs.get("axis", "").upper() == which.upper()
        )
        if projected or _is_axis(str(dim), attrs, names, unit, standard):
            return str(dim)
    return None


def _is_time(array: xr.DataArray, dim: str) -> bool:
    if dim not in array.coords:
        return False
    coordinate = array.coords[dim]
    return coordinate.dtype.kind in "Mm" or dim.lower() == "time" or coordinate.attrs.get("standard_name") == "time"


def _crs_of(
    dataset: xr.Dataset,
    array: xr.DataArray,
    x_name: str,
    y_name: str,
    path: Path,
    given: str | None,
    layer: str,
    report: ImportReport,
) -> str:
    for name in (array.encoding.get("grid_mapping"), array.attrs.get("grid_mapping"), "spatial_ref", "crs"):
        attrs = dataset.variables[name].attrs if isinstance(name, str) and name in dataset.variables else {}
        text = attrs.get("crs_wkt") or attrs.get("spatial_ref") or attrs.get("epsg_code")
        number = attrs.get("epsg")
        try:
            if text:
                return named_crs(pyproj.CRS.from_user_input(str(text)).to_wkt())
            if number is not None:
                return named_crs(f"EPSG:{int(number)}")
            if "grid_mapping_name" in attrs:
                return named_crs(pyproj.CRS.from_cf(attrs).to_wkt())
        except (pyproj.exceptions.CRSError, KeyError, ValueError):
            continue
    if given is not None:
        return named_crs(given)
    units = {array.coords[x_name].attrs.get("units"), array.coords[y_name].attrs.get("units")}
    if units == {"degrees_east", "degrees_north"}:
        report.noted(layer, "the file names no CRS; its degrees are taken as WGS 84 (EPSG:4326)", 1, source=path.name)
        return "EPSG:4326"
    raise InputError("{path} names no CRS; give it with --crs EPSG:n.", path=str(path))


def _upright(array: xr.DataArray, path: Path, layer: str, report: ImportReport) -> xr.DataArray:
    """The array with x growing and y falling, on even steps."""
    for axis in ("x", "y"):
        steps = np.diff(array.coords[axis].to_numpy().astype(np.float64))
        if not len(steps):
            raise InputError("{path} has a single cell along {axis}; a grid needs at least two.", path=str(path), axis=axis)
        middle = float(np.median(steps))
        if not np.isfinite(steps).all() or middle == 0 or np.abs(steps - middle).max() > _UNEVEN * abs(middle):
            raise InputError(
                "{path} is no even grid: steps along {axis} go from {low} to {high}; regrid it to even steps first.",
                path=str(path), axis=axis, low=float(np.min(steps)), high=float(np.max(steps)),
            )  # fmt: skip
    x, y = array.coords["x"].to_numpy(), array.coords["y"].to_numpy()
    if x[0] > x[-1]:
        array = array.isel(x=slice(None, None, -1))
    if y[0] < y[-1]:
        array = array.isel(y=slice(None, None, -1))
        report.repaired(layer, "a raster stored from south to north was turned over", 1, source=path.name)
    if (
        array.coords["x"].to_numpy()[0] >= 180
        and array.coords["x"].to_numpy()[-1] <= 360
        and abs(array.coords["y"].to_numpy()[0]) <= 90
    ):
        array = array.assign_coords(x=array.coords["x"].to_numpy() - 360.0)
        report.repaired(layer, "longitudes of 180 to 360 were turned into −180 to 0", 1, source=path.name)
    return array


def _extent(array: xr.DataArray) -> Bounds:
    x, y = array.coords["x"].to_numpy().astype(float), array.coords["y"].to_numpy().astype(float)
    half_x, half_y = (x[-1] - x[0]) / (len(x) - 1) / 2, (y[0] - y[-1]) / (len(y) - 1) / 2
    return float(x[0] - half_x), float(y[-1] - half_y), float(x[-1] + half_x), float(y[0] + half_y)


def _cut(array: xr.DataArray, own: Bounds, crs: str, bounds: Bounds, path: Path) -> xr.DataArray:
    west, south, east, north = require_overlap(own, crs, bounds, path)
    x, y = array.coords["x"].to_numpy(), array.coords["y"].to_numpy()
    step_x, step_y = abs(x[1] - x[0]), abs(y[1] - y[0])
    columns = np.flatnonzero((x >= west - 2 * step_x) & (x <= east + 2 * step_x))
    rows = np.flatnonzero((y >= south - 2 * step_y) & (y <= north + 2 * step_y))
    return array.isel(x=slice(columns[0], columns[-1] + 1), y=slice(rows[0], rows[-1] + 1))


def _timed(array: xr.DataArray, path: Path, layer: str, report: ImportReport) -> xr.DataArray:
    """The time axis named "time", in UTC, growing, without repeats."""
    if array.ndim == 2:
        return array
    array = array.rename({array.dims[0]: "time"})
    times = array.coords["time"].to_numpy()
    if times.dtype.kind == "O":
        raise InputError(
            "{path} counts time in a calendar of its own; convert it to the standard calendar first.", path=str(path)
        )
    if times.dtype.kind != "M":
        report.noted(layer, "the times are plain numbers ({first} to {last}), not instants", 1, source=path.name,
                     values={"first": times[0], "last": times[-1]})  # fmt: skip
    else:
        report.noted(layer, "times name no zone and are taken as UTC, as CF says", len(times), source=path.name)
    index = pd.Index(times)
    if index.has_duplicates:
        keep = ~index.duplicated(keep="last")
        report.dropped(layer, "time steps repeated; the last one was kept", int((~keep).sum()), source=path.name)
        array = array.isel(time=np.flatnonzero(keep))
    if not array.indexes["time"].is_monotonic_increasing:
        report.repaired(layer, "time steps were put in order", 1, source=path.name)
        array = array.sortby("time")
    return array
