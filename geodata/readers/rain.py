"""Rain in space and time: NetCDF and Zarr by CF, or a GeoTIFF with one band for each time → `SourceRaster` in mm/h."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from geodata.crs import Bounds
from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.raster import DRIVERS, LARGEST_CELLS, is_raster, read_raster
from geodata.readers.raster_cf import read_grid_variable
from geodata.report import ImportReport
from geodata.source import Source, SourceRaster

_TO_MM_PER_H = {
    "": 1.0, "mm/h": 1.0, "mm/hr": 1.0, "mm h-1": 1.0, "mm hr-1": 1.0, "mm/hour": 1.0, "kg m-2 s-1": 3600.0, "kg/m2/s": 3600.0,
    "mm s-1": 3600.0, "mm/s": 3600.0, "m s-1": 3.6e6, "m/s": 3.6e6, "mm/min": 60.0, "mm min-1": 60.0,
}  # fmt: skip
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
_HEAVIEST = 2000.0  # mm/h; a minute of the heaviest rain ever measured comes to about 1,900


def read_rain(path: Path, *, report: ImportReport, crs: str | None = None, bounds: Bounds | None = None) -> list[Source]:
    """Rain rates over time.

    Parameters
    ----------
    path
        NetCDF or Zarr with a time axis, or a GeoTIFF whose bands are described by their time: seconds ("600"), "10 min", "1 h",
        or an instant ("2026-09-14T18:00+09:00"). A rate holds from its time on until the next.

    Returns
    -------
    One `SourceRaster` of role "rain": data [time, y, x], mm/h; ``time`` in seconds since the first.

    Raises
    ------
    InputError
        When the file has fewer than two times, its bands tell none, its unit is no rate, or a rate is negative or absurd.
    """
    if not path.exists():
        raise InputError("{path} does not exist; check the path.", path=str(path))
    if not is_raster(path) or path.suffix.lower() == ".asc":
        raise InputError(
            "{path} is no rain field that is known; give NetCDF or Zarr with a time axis, or a GeoTIFF with a band for "
            "each time.",
            path=str(path),
        )
    if path.suffix.lower() in DRIVERS:
        data, unit = _from_bands(path, report, crs, bounds)
    else:
        data, unit = read_grid_variable(
            path, role="rain", layer="rain", report=report, crs=crs, bounds=bounds, variable=None, largest=LARGEST_CELLS
        )
        if data.ndim != 3:
            raise InputError("{path} has no time axis; give rain rates over time, or a hyetograph.", path=str(path))
        data = data.assign_coords(time=_seconds(data.coords["time"].to_numpy()))
    factor = _TO_MM_PER_H.get(unit.strip().lower())
    if factor is None:
        raise InputError(
            "{path} counts rain in {unit}, which is no rate that is known; convert it to mm/h.", path=str(path), unit=unit
        )
    times = data.coords["time"].to_numpy()
    if len(times) < 2 or not (np.diff(times) >= 1).all():
        raise InputError(
            "{path} needs at least two times that rise by a second or more; it has {times}.",
            path=str(path), times=", ".join(f"{time:g}" for time in times[:5]),
        )  # fmt: skip
    crs_of_data = data.rio.crs
    data = (data * np.float32(factor)).rio.write_crs(crs_of_data)
    low, high = float(np.nanmin(data.to_numpy())), float(np.nanmax(data.to_numpy()))
    if low < 0 or high > _HEAVIEST:
        raise InputError(
            "{path} holds rain of {value} mm/h; rates lie from 0 to {most}: check its unit and its nodata.",
            path=str(path), value=f"{low if low < 0 else high:g}", most=int(_HEAVIEST),
        )  # fmt: skip
    if unit == "":
        report.noted("rain", "the file states no unit; its values are taken as mm/h", 1, source=path.name)
    report.read("rain", len(times), source=path.name)
    return [SourceRaster("rain", data, Provenance(path.name), details={"name": path.name.split(".")[0]})]


def _from_bands(path: Path, report: ImportReport, crs: str | None, bounds: Bounds | None) -> tuple[xr.DataArray, str]:
    try:
        with rasterio.open(path, driver=DRIVERS[path.suffix.lower()]) as dataset:
            words, units = tuple(word or "" for word in dataset.descriptions), dataset.units
    except RasterioError as error:
        raise InputError(
            "{path} cannot be read as a raster ({why}); it may be truncated: fetch it again.",
            path=str(path), why=(str(error).splitlines() or [""])[0][:200],
        ) from None  # fmt: skip
    times = _times_of(words, path)
    bands = []
    for band in range(1, len(words) + 1):
        own = ImportReport() if band > 1 else report  # what is said of one band holds for all
        made = read_raster(path, role="rain", report=own, crs=crs, bounds=bounds, band=band)[0]
        assert isinstance(made, SourceRaster)
        bands.append(made.data)
    joined = xr.concat(bands, dim="time").assign_coords(time=times).transpose("time", "y", "x")
    return joined.rio.write_crs(bands[0].rio.crs), units[0] or ""


def _times_of(words: Sequence[str], path: Path) -> NDArray[np.float64]:
    """Seconds since the first band."""
    times = []
    for number, word in enumerate(words, 1):
        plain = re.fullmatch(r"\s*\+?(\d+(?:\.\d+)?)\s*(s|sec|min|h)?\s*", word)
        if plain:
            times.append(float(plain[1]) * _SECONDS[plain[2] or ""])
            continue
        try:
            instant = datetime.fromisoformat(word.strip())
        except ValueError:
            raise InputError(
                "Band {number} of {path} does not tell its time ({word!r}); describe each band by its seconds or its instant.",
                number=number, path=str(path), word=word,
            ) from None  # fmt: skip
        times.append(instant.timestamp() if instant.tzinfo else instant.replace(tzinfo=UTC).timestamp())
    made = np.asarray(times, np.float64)
    return np.asarray(made - made[0], np.float64)


def _seconds(times: NDArray[Any]) -> NDArray[np.float64]:
    """Seconds since the first time, from instants, spans or plain seconds."""
    if times.dtype.kind in "Mm":
        return np.asarray((times - times[0]) / np.timedelta64(1, "s"), np.float64)
    plain = np.asarray(times, np.float64)
    return np.asarray(plain - plain[0], np.float64)
