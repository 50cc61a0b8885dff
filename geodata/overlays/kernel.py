"""How the kernels of this package are compiled: serial, without the GIL, cached, and honest about NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a pure function on arrays.

    Never ``parallel=True``: two threads that meet in Numba's fallback threading layer abort the process. Threads come from
    `geodata.overlays.blocks.run_blocks` instead. Never ``fastmath``: it may drop the checks for NaN, which is "unknown".
    """
    return cast("Callable[..., Any]", njit(cache=True, nogil=True, error_model="numpy")(function))


def frozen(values: Any, dtype: Any = None) -> NDArray[Any]:
    """A contiguous read-only view of an array (a copy only where needed), so that kernels compile for one type of array.

    Examples
    --------
    >>> frozen([1, 2], np.int64).flags.writeable
    False
    """
    view = np.ascontiguousarray(values, dtype=dtype).view()
    view.flags.writeable = False
    return view
