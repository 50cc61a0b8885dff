"""Which grid cells each element (building, road edge) lies in: compressed rows, with a weight per entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.overlays.kernel import frozen, kernel


@kernel
def transpose_rows(indptr, cells, cell_indptr, elements):  # type: ignore[no-untyped-def]
    """Counting sort of the entries by cell; ``cell_indptr`` comes in as zeros, both are filled. Elements ascend per cell."""
    for entry in range(cells.shape[0]):
        cell_indptr[cells[entry] + 1] += 1
    for cell in range(cell_indptr.shape[0] - 1):
        cell_indptr[cell + 1] += cell_indptr[cell]
    # The start of a cell moves while it is filled and ends where the next one starts: shifted back afterwards.
    for element in range(indptr.shape[0] - 1):
        for entry in range(indptr[element], indptr[element + 1]):
            place = cell_indptr[cells[entry]]
            elements[place] = element
            cell_indptr[cells[entry]] = place + 1
    for cell in range(cell_indptr.shape[0] - 1, 0, -1):
        cell_indptr[cell] = cell_indptr[cell - 1]
    cell_indptr[0] = 0


@kernel
def mark_touched(cell_indptr, elements, changed, touched):  # type: ignore[no-untyped-def]
    """Set ``touched[element]`` for every element in a changed cell."""
    for cell in changed:
        for entry in range(cell_indptr[cell], cell_indptr[cell + 1]):
            touched[elements[entry]] = True


@dataclass(frozen=True, eq=False)
class CellRows:
    """Compressed rows: element ``i`` lies in ``cells[indptr[i]:indptr[i + 1]]``, ascending and each at most once.

    Parameters
    ----------
    indptr
        int64 [elements + 1].
    cells
        Flat cell index, row × columns + column, int32 (int64 on grids of 2³¹ cells and more) [entries].
    weights
        What part of the element or cell the entry stands for; subclasses say which, float32 [entries].
    outside
        Share of the element outside of the grid, 0–1, float32 [elements]; 1 where the element has no geometry.
    shape
        (rows, columns) of the grid.
    """

    indptr: NDArray[np.int64]
    cells: NDArray[Any]
    weights: NDArray[np.float32]
    outside: NDArray[np.float32]
    shape: tuple[int, int]

    _EXTRA: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays: an overlay is shared by everything that reads the city."""
        for name, dtype in (("indptr", np.int64), ("cells", None), ("weights", np.float32), ("outside", np.float32)):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype))

    def __len__(self) -> int:
        """Number of elements."""
        return len(self.indptr) - 1

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, bytes."""
        return self.indptr.nbytes + self.cells.nbytes + self.weights.nbytes + self.outside.nbytes

    def row(self, element: int) -> NDArray[Any]:
        """Flat cell indices of one element."""
        return self.cells[self.indptr[element] : self.indptr[element + 1]]

    def take(self, elements: NDArray[np.integer[Any]]) -> Self:
        """The rows of some elements, in the order asked for: a what-if that touches few cells computes only those."""
        starts, counts = self.indptr[elements], np.diff(self.indptr)[elements]
        indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        entries = np.arange(indptr[-1]) + np.repeat(starts - indptr[:-1], counts)
        return replace(
            self, indptr=indptr, cells=self.cells[entries], weights=self.weights[entries], outside=self.outside[elements]
        )

    @cached_property
    def _by_cell(self) -> CellElements:
        cell_indptr = np.zeros(self.shape[0] * self.shape[1] + 1, np.int64 if len(self.cells) > 2**31 - 2 else np.int32)
        elements = np.empty(len(self.cells), np.int32)
        transpose_rows(self.indptr, self.cells, cell_indptr, elements)
        return CellElements(cell_indptr, elements, len(self))

    def transposed(self) -> CellElements:
        """The index from cells to elements; made on first use and kept."""
        return self._by_cell

    def touched_by(self, changed_cells: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Elements in any of these cells (flat indices), ascending."""
        return self._by_cell.touched_by(changed_cells)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for storage."""
        arrays: dict[str, NDArray[Any]] = {
            "indptr": self.indptr,
            "cells": self.cells,
            "weights": self.weights,
            "outside": self.outside,
            "shape": np.asarray(self.shape, np.int64),
        }
        return arrays | {name: np.asarray(getattr(self, name)) for name in self._EXTRA}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Read what `to_arrays` wrote.

        Raises
        ------
        InputError
            When arrays are missing or do not fit together: a damaged file must not become wrong depths.
        """
        names = ("indptr", "cells", "weights", "outside", "shape", *cls._EXTRA)
        absent = [name for name in names if name not in arrays]
        if absent:
            raise InputError(
                "The stored overlay lacks {names}; delete the overlays of the package, they will be made again.",
                names=", ".join(absent),
            )
        indptr, cells, shape = arrays["indptr"], arrays["cells"], tuple(int(size) for size in arrays["shape"])
        fits = (
            len(shape) == 2
            and len(indptr) == len(arrays["outside"]) + 1
            and indptr[0] == 0
            and indptr[-1] == len(cells) == len(arrays["weights"])
            and bool((np.diff(indptr) >= 0).all())
            and (len(cells) == 0 or (int(cells.min()) >= 0 and int(cells.max()) < shape[0] * shape[1]))
        )
        if not fits:
            raise InputError("The stored overlay is damaged; delete the overlays of the package, they will be made again.")
        extra = {name: arrays[name].item() if np.ndim(arrays[name]) == 0 else arrays[name] for name in cls._EXTRA}
        return cls(indptr, cells, arrays["weights"], arrays["outside"], (shape[0], shape[1]), **extra)


@dataclass(frozen=True, eq=False)
class CellElements:
    """The transposed index: cell ``c`` holds ``elements[indptr[c]:indptr[c + 1]]``, ascending.

    Examples
    --------
    >>> rows = CellRows(np.array([0, 2, 3]), np.array([0, 1, 1], np.int32), np.ones(3), np.zeros(2), (1, 3))
    >>> rows.transposed().of_cell(1).tolist()
    [0, 1]
    >>> rows.touched_by(np.array([0, 2])).tolist()
    [0]
    """

    indptr: NDArray[Any]
    elements: NDArray[np.int32]
    count: int

    def of_cell(self, cell: int) -> NDArray[np.int32]:
        """Elements in one cell (flat index)."""
        return self.elements[self.indptr[cell] : self.indptr[cell + 1]]

    def touched_by(self, changed_cells: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Elements in any of these cells (flat indices), ascending."""
        changed = np.ascontiguousarray(changed_cells, np.int64)
        if len(changed) and (changed.min() < 0 or changed.max() >= len(self.indptr) - 1):
            raise IndexError(f"cell indices must lie in 0 … {len(self.indptr) - 2}")
        touched = np.zeros(self.count, np.bool_)
        mark_touched(self.indptr, self.elements, changed, touched)
        return np.flatnonzero(touched).astype(np.int64)
