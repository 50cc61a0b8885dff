"""Rain fields on a city's grid: one raster for each time, so that a step of a simulation opens what falls in it and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geodata.grid import Grid
from geodata.provenance import Provenance
from geodata.report import ImportReport
from geodata.resampling import resample
from geodata.source import SourceRaster


def rain_layers(
    rasters: Sequence[SourceRaster], grid: Grid, report: ImportReport
) -> tuple[dict[str, NDArray[np.float32]], dict[str, Provenance]]:
    """Rasters ``rain/<id>/<seconds>``: the rate from that time on, mm/h, [rows, columns], NaN = unknown; and their origins."""
    made: dict[str, NDArray[np.float32]] = {}
    origins: dict[str, Provenance] = {}
    for raster in rasters:
        name = _free_name(str((raster.details or {}).get("name", "")), origins)
        origins[f"rain/{name}"] = raster.provenance
        for time, values in zip(raster.data["time"].to_numpy(), resample(raster, grid, report=report), strict=True):
            made[rain_layer(name, round(float(time)))] = np.ascontiguousarray(values)
    return made, origins


def rain_times(names: Sequence[str], field: str) -> tuple[int, ...]:
    """Seconds of the rasters of one rain field since its beginning, in order; empty where there is none of that name.

    Examples
    --------
    >>> rain_times(["elevation", "rain/radar/00000600", "rain/radar/00000000", "rain/other/00000000"], "radar")
    (0, 600)
    """
    parts = (name.split("/") for name in names)
    return tuple(sorted(int(part[2]) for part in parts if len(part) == 3 and part[:2] == ["rain", field]))


def rain_layer(field: str, time: int) -> str:
    """Name of the raster of a rain field from a time on."""
    return f"rain/{field}/{time:08d}"


def _free_name(words: str, taken: dict[str, Provenance]) -> str:
    plain = "-".join(filter(None, re.split(r"[^a-z0-9]+", words.casefold()))) or "rain"
    name, number = plain, 2
    while f"rain/{name}" in taken:
        name, number = f"{plain}-{number}", number + 1
    return name
