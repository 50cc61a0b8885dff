"""A city in formats that other programs read; every file appears whole or not at all, with its attributions beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
import xarray as xr

from geodata.atomic import atomic_file, atomic_folder
from geodata.city import City
from geodata.cityjson_file import write_cityjson
from geodata.errors import InputError
from geodata.progress import Progress, silent
from geodata.raster_file import write_raster_file
from geodata.writing import writing

ATTRIBUTIONS = "attributions.csv"
_CF: dict[str, dict[str, str]] = {
    "elevation": {"units": "m", "standard_name": "surface_altitude"},
    "ground": {"units": "m", "long_name": "ground that water meets: terrain, or the crest of a levee or wall where higher"},
    "crest": {"units": "m", "long_name": "crest of levees and walls"},
    "river_level": {"units": "m", "long_name": "normal water level of the nearest reach"},
    "roughness": {"units": "s m-1/3", "long_name": "Manning roughness"},
}


def export_city(city: City, kind: str, out: Path, *, progress: Progress | None = None) -> dict[str, int]:
    """Write a city in one format.

    Parameters
    ----------
    city
        What to write.
    kind
        "gpkg" (tables), "parquet" or "csv" (folder of tables; csv in longitude and latitude), "cog" (folder of rasters),
        "netcdf" (rasters on the grid), "cityjson" (buildings).
    out
        File, or folder for "parquet", "csv" and "cog". An existing file is replaced; a folder only where it holds an
        earlier export.

    Returns
    -------
    Rows or values written, by layer.

    Raises
    ------
    InputError
        When the format is not known, the city has nothing for it, or ``out`` cannot be written.
    """
    writers: dict[str, Callable[[City, Path, Progress], dict[str, int]]] = {
        "gpkg": _gpkg,
        "parquet": _parquet,
        "csv": _csv,
        "cog": _cog,
        "netcdf": _netcdf,
        "cityjson": _cityjson,
    }
    if kind not in writers:
        raise InputError("The format {kind} is not known; use one of {known}.", kind=kind, known=", ".join(writers))
    if kind in ("cog", "netcdf") and not city.layers.names("raster"):
        raise InputError("{city} has no rasters to export; choose gpkg, parquet, csv or cityjson.", city=city.name)
    if kind == "cityjson" and not len(city.buildings):
        raise InputError("{city} has no buildings to export; choose another format.", city=city.name)
    tell = progress or silent
    if kind in ("parquet", "csv", "cog"):
        with atomic_folder(out, may_replace=is_export, kind="folder of an earlier export") as folder:
            with writing(out):
                written = writers[kind](city, folder, tell)
            attributions(city).to_csv(folder / ATTRIBUTIONS, index=False, encoding="utf-8-sig")
        return written
    with atomic_file(out) as file, writing(out):
        return writers[kind](city, file, tell)


def is_export(path: Path) -> bool:
    """Whether a folder holds an earlier export: it has the table of attributions."""
    return (path / ATTRIBUTIONS).is_file()


def attributions(city: City) -> pd.DataFrame:
    """Source, licence and attribution of each layer, with whether it is made up."""
    rows = [
        {
            "layer": name,
            "source": origin.source,
            "licence": origin.licence,
            "attribution": origin.attribution,
            "date": origin.date,
            "fictional": origin.fictional,
            "notes": "; ".join(origin.notes),
        }
        for name, origin in sorted(city.provenance.items())
    ]
    return pd.DataFrame(rows, columns=["layer", "source", "licence", "attribution", "date", "fictional", "notes"])


def _gpkg(city: City, file: Path, tell: Progress) -> dict[str, int]:
    written = {}
    names = city.layers.names("table")
    for done, name in enumerate(names):
        tell("export", done, len(names))
        frame = city.table(name)
        options: dict[str, Any] = {"append": file.exists()}
        if isinstance(frame, geopandas.GeoDataFrame):
            options["geometry_type"] = _geometry_type(frame)
        # by way of Arrow: whole numbers and truth values keep their gaps
        pyogrio.write_dataframe(frame, file, layer=name, driver="GPKG", use_arrow=True, **options)
        written[name] = len(frame)
    pyogrio.write_dataframe(attributions(city), file, layer="attributions", driver="GPKG", use_arrow=True, append=file.exists())
    return written


def _geometry_type(frame: geopandas.GeoDataFrame) -> str:
    kinds = set(frame.geom_type)
    return kinds.pop() if len(kinds) == 1 else "Unknown"


def _parquet(city: City, folder: Path, tell: Progress) -> dict[str, int]:
    names = city.layers.names("table")
    written = {}
    for done, name in enumerate(names):
        tell("export", done, len(names))
        frame = city.table(name)
        frame.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")
        written[name] = len(frame)
    return written


def _csv(city: City, folder: Path, tell: Progress) -> dict[str, int]:
    names = city.layers.names("table")
    written = {}
    for done, name in enumerate(names):
        tell("export", done, len(names))
        frame = city.table(name)
        if isinstance(frame, geopandas.GeoDataFrame):
            places = frame.geometry.to_crs("EPSG:4326")
            middle = shapely.get_coordinates(shapely.point_on_surface(places.to_numpy()))
            frame = pd.DataFrame(frame.drop(columns=frame.geometry.name)).assign(
                longitude=middle[:, 0].round(7), latitude=middle[:, 1].round(7),
                geometry=shapely.to_wkt(places.to_numpy(), rounding_precision=7),
            )  # fmt: skip
        # the mark at the start tells spreadsheets that this is UTF-8
        frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
        written[name] = len(frame)
    return written


def _cog(city: City, folder: Path, tell: Progress) -> dict[str, int]:
    names = city.layers.names("raster")
    written = {}
    for done, name in enumerate(names):
        tell("export", done, len(names))
        values = city.raster(name)
        file = folder / f"{name}.tif"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_raster_file(values, city.grid, file)
        written[name] = int(values.size)
    return written


def _netcdf(city: City, file: Path, tell: Progress) -> dict[str, int]:
    tell("export", 0, 0)
    grid = city.grid
    variables: dict[str, Any] = {"crs": ((), np.int32(0), pyproj.CRS.from_user_input(grid.crs).to_cf())}
    written = {}
    for name in city.layers.names("raster"):
        values = city.raster(name)
        safe = re.sub(r"\W", "_", name, flags=re.ASCII)
        attributes = {
            "long_name": name,
            "units": "h" if name.endswith("/hours") else "m",
            "grid_mapping": "crs",
            **_CF.get(name, {}),
        }
        dims: tuple[str, ...] = ("y", "x")
        if values.ndim == 3:
            dims = (f"time_{safe}", *dims)
            times = city.hazard_maps[name.split("/")[1]].times
            variables[dims[0]] = (
                dims[:1],
                np.asarray(times, float),
                {"units": "s", "long_name": "time since the first instant"},
            )
        variables[safe] = (dims, values, attributes)
        written[name] = int(values.size)
    axes = {
        "x": ("x", grid.x, {"standard_name": "projection_x_coordinate", "units": "m", "axis": "X"}),
        "y": ("y", grid.y, {"standard_name": "projection_y_coordinate", "units": "m", "axis": "Y"}),
    }
    credit = "; ".join(dict.fromkeys(origin.attribution for origin in city.provenance.values() if origin.attribution))
    dataset = xr.Dataset(
        variables,
        coords=axes,
        attrs={
            "Conventions": "CF-1.11",
            "title": city.name + (" (fictional)" if city.fictional else ""),
            "source": "City Twin",
            "attribution": credit,
            "vertical_datum": city.heights.datum or "not stated",
            "city_fingerprint": city.fingerprint,
        },
    )
    packed = {
        name: {"zlib": True, "complevel": 4, "_FillValue": np.float32(np.nan)}
        for name, each in dataset.data_vars.items()
        if each.ndim > 1
    }
    dataset.to_netcdf(file, engine="netcdf4", encoding=packed)
    return written


def _cityjson(city: City, file: Path, tell: Progress) -> dict[str, int]:
    tell("export", 0, 0)
    return {"buildings": write_cityjson(city, file)}
