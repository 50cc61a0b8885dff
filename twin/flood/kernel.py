"""How the kernels of the flood engine are compiled, and the few operations that the compiler has to be told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]  # it has no types
from numba import core, njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray
from platformdirs import user_cache_dir

f32 = np.float32
PAD = 16
"""Columns left and right of the computed ones, so that neighbours exist and rows begin on a cache line."""
BLOCK = 64
"""Computed columns come in whole blocks: every cell is computed by the vectorised loop, none by its scalar remainder, whose
rounding differs; so the result hangs neither on the number of threads nor on which cells are active."""
TILE = 16
"""Columns of the tiles in which is kept what is wet: a river needs few of them. Runs of tiles are computed in whole blocks."""
SPARE_TILES = BLOCK // TILE - 1
"""Tiles right of the last block, so that a run that begins within a block can end as a whole number of blocks."""

_VECTOR = {"nsz", "arcp", "contract", "afn"}
# Not reassoc: it would cancel the compensation of depths. Not nnan/ninf: a NaN must survive until it is found.


_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "boundscheck": False, "_nrt": False}
# Without _nrt: kernels allocate nothing, so slices need no counting of references. Counted, each slice costs two atomic
# operations on a counter that all threads share: 0.4 µs and more per row, as much as the arithmetic of 150 cells.
_INLINED: dict[str, Any] = {**_OPTIONS, "forceinline": True}
# A row kernel becomes part of what calls it. Left a function of its own, the process that compiled it would call the machine
# code that was made for it alone, every later process the copy in its caller's cache file, which is optimised otherwise:
# the same numbers to nine digits, but not the same bits.


@cache
def _sources() -> str:
    hasher = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        hasher.update(path.name.encode() + b"\0" + path.read_bytes())
    return hasher.hexdigest()


@contextmanager
def _own_cache() -> Iterator[None]:
    """A cache folder named by all sources of the engine.

    Numba looks at the file of a kernel only: a change in a function that a kernel inlines from another file would go
    unnoticed, and old numbers would be stored under the keys of new code.
    """
    config: Any = core.config
    before = config.CACHE_DIR
    root = Path(before or user_cache_dir("city-twin"))
    config.CACHE_DIR = str(root / "flood-kernels" / _sources())
    try:
        yield
    finally:
        config.CACHE_DIR = before


def vector_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a loop over one row. Neighbours come as pre-shifted slices, indexed with the same ``j``: then LLVM vectorises.

    Its array arguments must not overlap where one of them is written.
    """
    with _own_cache():
        compiled = njit(**_INLINED, fastmath=_VECTOR)(function)
    return cast("Callable[..., Any]", compiled)


def summing_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a sum over one row, whose order the compiler may choose: it hangs on the length of the row only."""
    with _own_cache():
        compiled = njit(**_INLINED, fastmath={*_VECTOR, "reassoc"})(function)
    return cast("Callable[..., Any]", compiled)


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without any relaxation of floating point, without the GIL; never ``parallel`` (see FINDINGS: workqueue)."""
    with _own_cache():
        compiled = njit(**_OPTIONS)(function)
    return cast("Callable[..., Any]", compiled)


_intrinsic: Callable[[Callable[..., Any]], Any] = intrinsic  # it hands the typing context over itself


@_intrinsic
def bits_of(typingctx, value):  # type: ignore[no-untyped-def]  # noqa: ARG001 (signature of numba)
    """The bits of a float32 as an int32."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]  # noqa: ARG001
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), codegen


@_intrinsic
def float_of(typingctx, value):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """The float32 that has these bits."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]  # noqa: ARG001
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen


@njit(inline="always")
def power_seven_thirds(a):  # type: ignore[no-untyped-def]
    """a^(7/3) of a positive float32 within 6e-5: inverse cube root from its bits, one fourth-order step, no division."""
    y = float_of(np.int32(1419967116) - np.int32(bits_of(a) * f32(1.0 / 3.0)))
    e = f32(1.0) - a * y * y * y
    y = y * (f32(1.0) + e * (f32(1.0 / 3.0) + e * (f32(2.0 / 9.0) + e * f32(14.0 / 81.0))))
    return a * a * a * y * y


def aligned(rows: int, columns: int, dtype: Any = np.float32) -> NDArray[Any]:
    """Zeros [rows, columns] that begin on a cache line."""
    size = np.dtype(dtype).itemsize
    raw = np.zeros(rows * columns * size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    made: NDArray[Any] = raw[start : start + rows * columns * size].view(dtype).reshape(rows, columns)
    return made


def padded_columns(columns: int) -> int:
    """Length of a padded row that holds ``columns`` cells and a ghost on either side."""
    return PAD + -(-(columns + 2) // BLOCK) * BLOCK + SPARE_TILES * TILE + PAD
