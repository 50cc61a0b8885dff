"""Names for content: the same values give the same name on every machine, Python and run."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
import xxhash
from numpy.typing import NDArray


def digest_of_array(values: NDArray[Any]) -> str:
    """Name of an array by its dtype, shape and bytes (xxh3, 128 bit: for identity, not against forgers).

    Examples
    --------
    >>> digest_of_array(np.zeros(3)) == digest_of_array(np.zeros(3))
    True
    >>> digest_of_array(np.zeros(3)) == digest_of_array(np.zeros((3, 1)))
    False
    """
    array = np.asarray(values, order="C")  # ascontiguousarray would give a 0-d array the name of one of shape (1,)
    hasher = xxhash.xxh3_128(f"{array.dtype.str}{array.shape}".encode())
    hasher.update(array.reshape(-1).view(np.uint8).data)
    return hasher.hexdigest()


def digest_of_column(values: pd.Series) -> str:
    """Name of a column by its values in order; all missing values are one."""
    if isinstance(values, geopandas.GeoSeries):
        parts = shapely.to_wkb(values.to_numpy(), byte_order=1)
        return _digest_of_texts([part or b"" for part in parts])
    if pd.api.types.is_numeric_dtype(values.dtype) and not isinstance(values.dtype, np.dtype):
        return digest_of_array(values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_bool_dtype(values.dtype):
        return digest_of_array(values.astype("Int8").to_numpy(dtype=np.int8, na_value=-1))
    if pd.api.types.is_numeric_dtype(values.dtype):
        array = values.to_numpy()
        return digest_of_array(np.where(np.isnan(array), np.nan, array) if array.dtype.kind == "f" else array)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return digest_of_array(values.dt.tz_convert("UTC").astype("int64").to_numpy())
    return _digest_of_texts([str(value).encode() for value in values.fillna("")])


def _digest_of_texts(parts: list[bytes]) -> str:
    hasher = xxhash.xxh3_128(struct.pack("<q", len(parts)))
    hasher.update(np.fromiter(map(len, parts), dtype="<i8", count=len(parts)).tobytes())
    hasher.update(b"".join(parts))
    return hasher.hexdigest()


def digest_of_table(frame: pd.DataFrame) -> dict[str, str]:
    """Name of every column of a table, and under ``""`` of the table as a whole."""
    columns = {str(name): digest_of_column(frame[name]) for name in frame.columns}
    return {"": digest_of_names(columns), **columns}


def digest_of_names(names: Mapping[str, str]) -> str:
    """One name for many named contents, whatever their order."""
    return xxhash.xxh3_128("\n".join(f"{key}={names[key]}" for key in sorted(names)).encode()).hexdigest()


def digest_of_file(path: Path) -> str:
    """Name of a file by its bytes."""
    hasher = xxhash.xxh3_128()
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            hasher.update(block)
    return hasher.hexdigest()
