"""One raster of a city as a Cloud-Optimized GeoTIFF: float32, NaN = unknown, one band per time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.grid import Grid


def write_raster_file(values: NDArray[Any], grid: Grid, path: Path) -> None:
    """Write [rows, columns] or [time, rows, columns] with overviews, losslessly compressed.

    Examples
    --------
    >>> import tempfile
    >>> grid = Grid(0.0, 10.0, 5.0, 2, 3, "EPSG:6677")
    >>> path = Path(tempfile.mkdtemp()) / "depth.tif"
    >>> write_raster_file(np.array([[0, 1, np.nan], [2, 3, 4]], np.float32), grid, path)
    >>> read_raster_file(path, (2, 3))
    array([[ 0.,  1., nan],
           [ 2.,  3.,  4.]], dtype=float32)
    """
    import rasterio  # noqa: PLC0415 - opening a city reads no raster, and shall not wait for GDAL

    bands = np.asarray(values, np.float32).reshape(-1, *grid.shape)
    with rasterio.open(
        path,
        "w",
        driver="COG",
        width=grid.columns,
        height=grid.rows,
        count=len(bands),
        dtype="float32",
        crs=grid.crs,
        transform=grid.transform,
        nodata=np.nan,
        compress="ZSTD",
        level=9,
        predictor="FLOATING_POINT",
        blocksize=512,
        overview_resampling="AVERAGE",
        bigtiff="IF_SAFER",
        # a sidecar .aux.xml would be a second file with a life of its own
        statistics="NO",
    ) as dataset:
        dataset.write(bands)


def read_raster_file(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Read what `write_raster_file` wrote, in the shape it had."""
    import rasterio  # noqa: PLC0415 - opening a city reads no raster, and shall not wait for GDAL

    with rasterio.open(path) as dataset:
        values: NDArray[np.float32] = dataset.read(out_dtype="float32")
    return values.reshape(shape)
