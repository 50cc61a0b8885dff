"""From a field on the grid to one value per building or road edge. Unknown never turns into dry.

NaN in a field is "unknown". An element with a part outside of the grid is unknown there too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodata.overlays.blocks import run_blocks
from geodata.overlays.cell_rows import CellRows
from geodata.overlays.kernel import frozen, kernel

BLOCK = 1 << 16  # elements per block: one block of work is about a millisecond, and 100k elements need no thread


@kernel
def maximum_of_rows(indptr, cells, outside, field, out, start, stop):  # type: ignore[no-untyped-def]
    """Largest known value of each row; NaN where something is unknown and nothing known is above 0, or the row is empty."""
    for row in range(start, stop):
        largest = -np.inf
        unknown = outside[row] > 0.0
        for entry in range(indptr[row], indptr[row + 1]):
            value = field[cells[entry]]
            largest = value if value > largest else largest
            unknown |= value != value
        if largest == -np.inf or (unknown and largest <= 0.0):
            out[row] = np.nan
        else:
            out[row] = largest


@kernel
def mean_of_rows(indptr, cells, weights, outside, field, out, start, stop):  # type: ignore[no-untyped-def]
    """Weighted mean of each row; NaN where any part is unknown, or the row is empty."""
    for row in range(start, stop):
        total = 0.0
        weight = 0.0
        for entry in range(indptr[row], indptr[row + 1]):
            total += float(weights[entry]) * float(field[cells[entry]])
            weight += float(weights[entry])
        out[row] = total / weight if weight > 0.0 and outside[row] == 0.0 else np.nan


@kernel
def known_share_of_rows(indptr, cells, weights, outside, field, out, start, stop):  # type: ignore[no-untyped-def]
    """Share of each row's weight that lies in known cells, reduced by the share outside of the grid; 0 for empty rows."""
    for row in range(start, stop):
        known = 0.0
        weight = 0.0
        for entry in range(indptr[row], indptr[row + 1]):
            weight += float(weights[entry])
            if not np.isnan(field[cells[entry]]):
                known += float(weights[entry])
        out[row] = known / weight * (1.0 - float(outside[row])) if weight > 0.0 else 0.0


@kernel
def summarise_rows(indptr, cells, weights, outside, index, field, largest_out, mean_out, index_out, start, stop):  # type: ignore[no-untyped-def]
    """`maximum_of_rows`, `mean_of_rows` and `values_at` in one pass: a field is read from memory once."""
    for row in range(start, stop):
        largest = -np.inf
        unknown = outside[row] > 0.0
        total = 0.0
        weight = 0.0
        for entry in range(indptr[row], indptr[row + 1]):
            value = float(field[cells[entry]])
            share = float(weights[entry])
            largest = value if value > largest else largest
            total += share * value
            weight += share
        unknown |= total != total
        largest_out[row] = np.nan if largest == -np.inf or (unknown and largest <= 0.0) else largest
        mean_out[row] = total / weight if weight > 0.0 and outside[row] == 0.0 else np.nan
        index_out[row] = field[index[row]] if index[row] >= 0 else np.nan


@kernel
def values_at(index, field, out, start, stop):  # type: ignore[no-untyped-def]
    """Value at each flat cell index; NaN for −1."""
    for row in range(start, stop):
        cell = index[row]
        out[row] = field[cell] if cell >= 0 else np.nan


def maximum(rows: CellRows, field: NDArray[Any], *, threads: int | None = None) -> NDArray[Any]:
    """Largest value in the cells of each element: the depth at its wettest point.

    Where some of its cells are unknown, the largest known one is a lower bound. It is returned when it is above 0 (the
    element is at least that wet); otherwise the element is unknown (NaN), never dry: the wet part may be the unknown one.

    Parameters
    ----------
    rows
        `FootprintCells` or `SegmentCells`.
    field
        One field [rows, columns] or [cells], or many steps [steps, rows, columns] or [steps, cells]; NaN = unknown.
    threads
        Threads; None = one per core. The result does not depend on it.

    Returns
    -------
    float32 or float64 (as the field), [elements] or [steps, elements]; NaN unknown or without a cell.

    Examples
    --------
    >>> rows = CellRows(np.array([0, 2, 4, 4]), np.array([0, 1, 1, 2], np.int32), np.ones(4), np.zeros(3), (1, 3))
    >>> maximum(rows, np.array([0.5, np.nan, 0.0])).tolist()
    [0.5, nan, nan]
    """
    return _reduce(rows, field, lambda flat, out, a, b: maximum_of_rows(*_parts(rows), flat, out, a, b), threads)


def mean(rows: CellRows, field: NDArray[Any], *, threads: int | None = None) -> NDArray[Any]:
    """Mean over each element, weighted by coverage or length; NaN as soon as any part of it is unknown.

    Parameters and layout as for `maximum`.

    Examples
    --------
    >>> rows = CellRows(np.array([0, 2]), np.array([0, 1], np.int32), np.array([3.0, 1.0]), np.zeros(1), (1, 2))
    >>> mean(rows, np.array([[1.0, 2.0]])).tolist()
    [1.25]
    """
    return _reduce(rows, field, lambda flat, out, a, b: mean_of_rows(*_parts(rows, weighted=True), flat, out, a, b), threads)


class Summary(NamedTuple):
    """Three values per element, each [elements] or [steps, elements], NaN = unknown."""

    maximum: NDArray[Any]
    mean: NDArray[Any]
    at: NDArray[Any]


def summarise(rows: CellRows, index: NDArray[np.integer[Any]], field: NDArray[Any], *, threads: int | None = None) -> Summary:
    """`maximum`, `mean` and `at` together, in one pass over the field: what a step of a flood asks of every building.

    Parameters
    ----------
    rows, field, threads
        As for `maximum`; values are finite or NaN.
    index
        Flat cell index per element, −1 = unknown, such as the lowest cell, [elements].

    Examples
    --------
    >>> rows = CellRows(np.array([0, 2]), np.array([0, 1], np.int32), np.array([3.0, 1.0]), np.zeros(1), (1, 2))
    >>> [values.tolist() for values in summarise(rows, np.array([1]), np.array([[1.0, 2.0]]))]
    [[2.0], [1.25], [2.0]]
    """
    steps, leading = steps_of(field, rows.shape)
    index = _cells_in(index, steps.shape[1], len(rows))
    outs = tuple(np.empty((len(steps), len(rows)), steps.dtype) for _ in range(3))
    parts = _parts(rows, weighted=True)

    def block(start: int, stop: int) -> None:
        for step, flat in enumerate(steps):
            summarise_rows(*parts, index, flat, outs[0][step], outs[1][step], outs[2][step], start, stop)

    run_blocks(block, len(rows), block=BLOCK, threads=threads)
    return Summary(*(out.reshape(*leading, len(rows)) for out in outs))


def known_share(rows: CellRows, field: NDArray[Any], *, threads: int | None = None) -> NDArray[Any]:
    """Share (0–1) of each element where the field is known: below 1, a maximum is only a lower bound.

    Parameters and layout as for `maximum`; 0 without a cell.
    """
    return _reduce(
        rows, field, lambda flat, out, a, b: known_share_of_rows(*_parts(rows, weighted=True), flat, out, a, b), threads
    )


def at(index: NDArray[np.integer[Any]], field: NDArray[Any], *, shape: tuple[int, int] | None = None) -> NDArray[Any]:
    """Value of a field in one cell per element, such as its lowest one.

    Parameters
    ----------
    index
        Flat cell index per element, −1 = unknown, [elements].
    field
        [rows, columns], or [steps, rows, columns] with ``shape`` given; [cells], or [steps, cells].
    shape
        (rows, columns) of the grid; needed only to tell [steps, rows, columns] and [steps, cells] from [rows, columns].

    Returns
    -------
    [elements] or [steps, elements]; NaN for −1.

    Examples
    --------
    >>> at(np.array([2, -1]), np.array([[0.1, 0.2], [0.3, 0.4]])).tolist()
    [0.3, nan]
    """
    shape = shape or (np.shape(field) if np.ndim(field) == 2 else (1, np.shape(field)[-1]))
    assert shape is not None
    steps, leading = steps_of(field, (int(shape[0]), int(shape[1])))
    index = _cells_in(index, steps.shape[1], len(index))
    out = np.empty((len(steps), len(index)), steps.dtype)
    for step, flat in enumerate(steps):
        values_at(index, flat, out[step], 0, len(index))
    return out.reshape(*leading, len(index))


def _cells_in(index: NDArray[np.integer[Any]], cells: int, elements: int) -> NDArray[np.int64]:
    flat = frozen(index, np.int64)
    if flat.shape != (elements,) or (elements and (int(flat.max()) >= cells or int(flat.min()) < -1)):
        raise IndexError(f"cell indices must lie in -1 … {cells - 1}, one for each of {elements} elements")
    return flat


def _parts(rows: CellRows, *, weighted: bool = False) -> tuple[NDArray[Any], ...]:
    return (rows.indptr, rows.cells, rows.weights, rows.outside) if weighted else (rows.indptr, rows.cells, rows.outside)


def _reduce(
    rows: CellRows,
    field: NDArray[Any],
    work: Callable[[NDArray[Any], NDArray[Any], int, int], object],
    threads: int | None,
) -> NDArray[Any]:
    steps, leading = steps_of(field, rows.shape)
    out = np.empty((len(steps), len(rows)), steps.dtype)

    def block(start: int, stop: int) -> None:
        for step in range(len(steps)):
            work(steps[step], out[step], start, stop)

    run_blocks(block, len(rows), block=BLOCK, threads=threads)
    return out.reshape(*leading, len(rows))


def steps_of(field: NDArray[Any], shape: tuple[int, int]) -> tuple[NDArray[Any], tuple[int, ...]]:
    """The field as read-only floats [steps, cells], and the leading shape of the result."""
    values = np.asarray(field)
    if values.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        values = values.astype(np.float64)
    if values.shape[-2:] == shape:
        leading = values.shape[:-2]
    elif values.shape[-1:] == (shape[0] * shape[1],):
        leading = values.shape[:-1]
    else:
        raise ValueError(f"a field of shape {values.shape} does not fit a grid of {shape[0]} rows and {shape[1]} columns")
    if len(leading) > 1:
        raise ValueError(f"a field of shape {values.shape} has more than one dimension before the grid's")
    return frozen(values.reshape(-1, shape[0] * shape[1])), leading
