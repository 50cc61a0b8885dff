"""On what a run was computed: the versions of what does the arithmetic, and the kind of processor."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ARITHMETIC = ("numpy", "numba", "scipy", "ortools", "pandas", "geopandas", "shapely", "rasterio", "xarray", "pyproj")


@cache
def environment() -> Mapping[str, str]:
    """Versions by package, the Python and the processor: what "the same numbers" hangs on.

    Results are bit-identical where all of these are equal, at any number of threads; elsewhere within stated tolerances.

    Examples
    --------
    >>> sorted(environment())[:2]
    ['geopandas', 'numba']
    """
    found = {"python": platform.python_version(), "processor": _processor()}
    for package in ARITHMETIC:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """Name of the kind of processor; Linux tells it, elsewhere the architecture has to do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
