"""Reductions against slow plain references: unknown never turns into dry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.overlays import CellRows, FootprintCells, at, known_share, lowest_cells, maximum, mean, summarise
from geodata.overlays import reductions as module

SHAPE = (3, 4)
CELLS = SHAPE[0] * SHAPE[1]


@st.composite
def cell_rows(draw: st.DrawFn) -> CellRows:
    rows = draw(st.lists(st.lists(st.integers(0, CELLS - 1), max_size=5, unique=True).map(sorted), max_size=6))
    indptr = np.cumsum([0, *map(len, rows)])
    cells = np.array([cell for row in rows for cell in row], np.int32)
    weights = np.array(draw(st.lists(st.floats(0.01, 1), min_size=len(cells), max_size=len(cells))), np.float32)
    outside = np.array(draw(st.lists(st.sampled_from([0.0, 0.0, 0.5]), min_size=len(rows), max_size=len(rows))))
    return CellRows(indptr, cells, weights, outside, SHAPE)


depths = st.lists(st.sampled_from([0.0, 0.0, 0.25, 1.5, 4.0, np.nan]), min_size=CELLS, max_size=CELLS).map(np.array)


def same(found: np.ndarray, wanted: list[float]) -> None:
    np.testing.assert_allclose(found, np.array(wanted, float), rtol=1e-6)


@settings(deadline=None)
@given(cell_rows(), depths)
def test_against_plain_loops(rows: CellRows, field: np.ndarray) -> None:
    largest, average, known_part = [], [], []
    for i in range(len(rows)):
        values = [float(field[cell]) for cell in rows.row(i)]
        weights = [float(weight) for weight in rows.weights[rows.indptr[i] : rows.indptr[i + 1]]]
        known = [value for value in values if not math.isnan(value)]
        complete = len(known) == len(values) and rows.outside[i] == 0.0
        if not known:
            largest.append(math.nan)
        else:
            largest.append(max(known) if complete or max(known) > 0.0 else math.nan)
        total = sum(value * weight for value, weight in zip(values, weights, strict=True))
        average.append(total / sum(weights) if values and complete else math.nan)
        part = sum(weight for value, weight in zip(values, weights, strict=True) if not math.isnan(value))
        known_part.append(part / sum(weights) * (1 - float(rows.outside[i])) if values else 0.0)
    same(maximum(rows, field), largest)
    same(mean(rows, field), average)
    same(known_share(rows, field), known_part)


@settings(deadline=None)
@given(cell_rows(), st.lists(depths, min_size=1, max_size=3), st.data())
def test_one_pass_equals_three(rows: CellRows, fields: list[np.ndarray], data: st.DataObject) -> None:
    index = np.array(data.draw(st.lists(st.integers(-1, CELLS - 1), min_size=len(rows), max_size=len(rows))), int)
    steps = np.stack(fields).reshape(-1, *SHAPE)
    found = summarise(rows, index, steps)
    np.testing.assert_array_equal(found.maximum, maximum(rows, steps))
    np.testing.assert_array_equal(found.mean, mean(rows, steps))
    np.testing.assert_array_equal(found.at, at(index, steps, shape=SHAPE))


@settings(deadline=None)
@given(cell_rows(), st.lists(depths, min_size=1, max_size=4))
def test_many_steps_equal_one_by_one(rows: CellRows, fields: list[np.ndarray]) -> None:
    steps = np.stack(fields)
    for reduce in (maximum, mean, known_share):
        wanted = np.stack([reduce(rows, field) for field in fields])
        np.testing.assert_array_equal(reduce(rows, steps), wanted)
        np.testing.assert_array_equal(reduce(rows, steps.reshape(-1, *SHAPE)), wanted)


@settings(deadline=None)
@given(cell_rows(), depths, st.data())
def test_adding_knowledge_never_lowers_a_maximum(rows: CellRows, field: np.ndarray, data: st.DataObject) -> None:
    hidden = np.where(data.draw(st.lists(st.booleans(), min_size=CELLS, max_size=CELLS)), np.nan, field)
    before, after = maximum(rows, hidden), maximum(rows, field)
    assert not (before > after).any()  # a known-at-least value stays a lower bound
    assert not ((before == 0.0) & np.isnan(after) & (rows.outside == 0.0)).any()
    assert not ((before == 0.0) & (after > 0.0)).any()  # never drawn as dry while it was unknown


def test_a_building_half_unknown_by_hand() -> None:
    rows = CellRows(np.array([0, 2, 4, 6]), np.array([0, 1, 1, 2, 2, 3]), np.ones(6), np.zeros(3), (1, 4))
    field = np.array([0.4, np.nan, 0.0, 0.0])
    same(maximum(rows, field), [0.4, np.nan, 0.0])  # wet at least; unknown; dry
    same(mean(rows, field), [np.nan, np.nan, 0.0])
    same(known_share(rows, field), [0.5, 0.5, 1.0])


def test_a_building_partly_outside_is_unknown_unless_wet() -> None:
    rows = CellRows(np.array([0, 1, 2]), np.array([0, 1]), np.ones(2), np.full(2, 0.3), (1, 2))
    field = np.array([0.4, 0.0])
    same(maximum(rows, field), [0.4, np.nan])
    same(mean(rows, field), [np.nan, np.nan])
    same(known_share(rows, field), [0.7, 0.7])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_dtypes_and_layouts(dtype: type) -> None:
    rows = CellRows(np.array([0, 2]), np.array([1, 3]), np.ones(2), np.zeros(1), (2, 2))
    field = np.array([[0, 1], [2, 3]], dtype)
    assert maximum(rows, field).dtype == (np.float32 if dtype == np.float32 else np.float64)
    for given_field in (field, np.asfortranarray(field), field.ravel(), np.repeat(field, 2, axis=1)[:, ::2]):
        same(maximum(rows, given_field), [3.0])


def test_a_field_of_another_grid_is_refused() -> None:
    rows = CellRows(np.array([0, 1]), np.array([1]), np.ones(1), np.zeros(1), (2, 3))
    for shape in ((3, 2), (5,), (2, 2, 2, 3)):
        with pytest.raises(ValueError, match="a field of shape"):
            maximum(rows, np.zeros(shape))


def test_threads_do_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    counts = random.integers(0, 6, 4000)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    rows = CellRows(indptr, random.integers(0, 400, indptr[-1]), random.random(indptr[-1]), np.zeros(4000), (20, 20))
    field = random.random((20, 20)).astype(np.float32)
    whole = mean(rows, field)
    monkeypatch.setattr(module, "BLOCK", 300)
    for threads in (1, 2, 5):
        assert mean(rows, field, threads=threads).tobytes() == whole.tobytes()


def test_at() -> None:
    field = np.array([[[0.1, 0.2], [0.3, 0.4]], [[1.1, 1.2], [1.3, np.nan]]])
    same(at(np.array([3, -1, 0]), field[0]), [0.4, np.nan, 0.1])
    same(at(np.array([3, -1, 0]), field, shape=(2, 2)), [[0.4, np.nan, 0.1], [np.nan, np.nan, 1.1]])
    same(at(np.array([3, -1, 0]), field.reshape(2, 4), shape=(2, 2)), [[0.4, np.nan, 0.1], [np.nan, np.nan, 1.1]])
    same(at(np.array([1]), field[0].ravel()), [0.2])
    for wrong in (4, -2):
        with pytest.raises(IndexError, match="cell indices"):
            at(np.array([wrong]), field[0])


@settings(deadline=None)
@given(cell_rows(), st.lists(st.sampled_from([1.0, 2.0, 2.5, np.nan]), min_size=CELLS, max_size=CELLS))
def test_lowest_against_a_plain_loop(rows: CellRows, heights: list[float]) -> None:
    footprints = FootprintCells(rows.indptr, rows.cells, rows.weights, rows.outside, SHAPE)
    wanted = []
    for i in range(len(rows)):
        known = [(heights[cell], int(cell)) for cell in rows.row(i) if not math.isnan(heights[cell])]
        wanted.append(min(known)[1] if known else -1)
    assert lowest_cells(footprints, np.array(heights).reshape(SHAPE)).tolist() == wanted


def test_lowest_refuses_another_grid() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        lowest_cells(FootprintCells(np.zeros(1, int), np.zeros(0, int), np.zeros(0), np.zeros(0), SHAPE), np.zeros((4, 3)))
