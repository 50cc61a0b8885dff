"""What the libraries that write files say when a file cannot be written, turned into words with a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from geodata.errors import InputError

FAULTS = (RuntimeError, RasterioError, CPLE_BaseError)
"""What pyogrio, HDF5 and GDAL raise on a full disk; Python's own `OSError` is told as it is."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within it a library writes ``path``; its complaint becomes an `InputError`.

    Raises
    ------
    InputError
        When the file cannot be written: a full disk, no permission, a place that takes no such file.

    Examples
    --------
    >>> with writing(Path("depth.nc")):
    ...     raise RuntimeError("NetCDF: HDF error")
    Traceback (most recent call last):
    geodata.errors.InputError: depth.nc cannot be written (NetCDF: HDF error); free space, correct the permission, or choose another place.
    """  # noqa: E501
    try:
        yield
    except FAULTS as fault:
        raise InputError(
            "{path} cannot be written ({reason}); free space, correct the permission, or choose another place.",
            path=str(path), reason=str(fault).strip().rstrip("."),
        ) from fault  # fmt: skip
