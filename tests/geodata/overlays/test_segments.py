"""Road edges ↔ cells against shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, box

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.overlays import SegmentCells, length_above, maximum, mean, segment_cells
from geodata.overlays import segments as module

GRID = Grid(west=100.0, north=150.0, cell=10.0, rows=5, columns=6, crs="EPSG:6677")
BOXES = np.array(
    [[box(100 + 10 * c, 140 - 10 * r, 110 + 10 * c, 150 - 10 * r) for c in range(GRID.columns)] for r in range(GRID.rows)]
).ravel()

free = st.tuples(st.floats(80, 180, allow_nan=False), st.floats(80, 170, allow_nan=False))
on_lines = st.tuples(st.integers(16, 36).map(lambda n: n * 5.0), st.integers(16, 34).map(lambda n: n * 5.0))
lines = st.lists(st.one_of(free, on_lines), min_size=2, max_size=6).map(LineString).filter(lambda line: line.length > 1e-3)


def dense(found: SegmentCells, row: int) -> np.ndarray:
    lengths = np.zeros(GRID.rows * GRID.columns)
    lengths[found.row(row)] = found.length[found.indptr[row] : found.indptr[row + 1]]
    return lengths


def oracle(line: LineString) -> np.ndarray:
    """Length in every cell by shapely; what runs along a border counts for the cell east or south of it alone."""
    lengths = np.zeros(len(BOXES))
    for start, stop in zip(line.coords[:-1], line.coords[1:], strict=True):
        if start == stop:
            continue
        piece = LineString([start, stop])
        if start[0] == stop[0]:
            piece = shapely.transform(piece, lambda xy: xy + np.array([1e-7, 0.0]))
        if start[1] == stop[1]:
            piece = shapely.transform(piece, lambda xy: xy - np.array([0.0, 1e-7]))
        lengths += shapely.length(shapely.intersection(piece, BOXES))
    return lengths


@settings(max_examples=300, deadline=None)
@given(lines)
def test_lengths_equal_shapely(line: LineString) -> None:
    found = segment_cells([line], GRID)
    lengths = oracle(line)
    np.testing.assert_allclose(dense(found, 0), lengths, atol=1e-5)
    assert (np.diff(found.row(0)) > 0).all()
    assert found.total[0] == pytest.approx(line.length, rel=1e-9)
    if lengths.sum() > 1e-5:
        assert found.outside[0] == pytest.approx(1 - lengths.sum() / line.length, abs=1e-5)
    # Every cell with a stay worth the name is there.
    assert set(np.flatnonzero(lengths > 1e-5)) <= set(found.row(0).tolist())


@settings(max_examples=200, deadline=None)
@given(lines)
def test_the_direction_does_not_matter(line: LineString) -> None:
    one, other = segment_cells([line], GRID), segment_cells([line.reverse()], GRID)
    np.testing.assert_allclose(dense(one, 0), dense(other, 0), atol=1e-5)


@pytest.mark.parametrize(
    ("coordinates", "wanted"),
    [
        ([(101, 149), (109, 149)], {0: 8.0}),
        ([(100, 150), (120, 130)], {0: 200**0.5, 7: 200**0.5}),  # through corners: neither cell beside them
        ([(120, 130), (100, 150)], {0: 200**0.5, 7: 200**0.5}),
        ([(110, 150), (110, 140)], {1: 10.0}),  # along a border: the cell east of it
        ([(110, 140), (110, 150)], {1: 10.0}),
        ([(100, 140), (110, 140)], {6: 10.0}),  # along a border: the cell south of it
        ([(105, 145), (105, 135), (105, 145)], {0: 10.0, 6: 10.0}),  # there and back
        ([(160, 150), (160, 100)], {}),  # along the eastern edge of the grid: outside, as a point there is
        ([(105, 145), (105, 145), (106, 145)], {0: 1.0}),
        ([(110, 145), (110, 145.0000000001)], {1: 1e-10}),
    ],
)
def test_by_hand(coordinates: list, wanted: dict[int, float]) -> None:
    found = segment_cells([LineString(coordinates)], GRID)
    lengths = dense(found, 0)
    assert {cell: pytest.approx(lengths[cell], abs=1e-5) for cell in np.flatnonzero(lengths)} == {
        cell: length for cell, length in wanted.items() if length > 1e-8
    }


def test_rows_stay_with_their_lines() -> None:
    shapes = [
        None,
        MultiLineString([[(101, 145), (105, 145)], [(125, 145), (127, 145)], [(106, 145), (112, 145)]]),
        LineString(),
        LineString([(200, 200), (210, 200)]),
        LineString([(95, 145), (105, 145)]),
    ]
    found = segment_cells(shapes, GRID)
    assert [found.row(i).tolist() for i in range(5)] == [[], [0, 1, 2], [], [], [0]]
    np.testing.assert_allclose(found.length, [8.0, 2.0, 2.0, 5.0])
    assert found.outside.tolist() == [1.0, 0.0, 1.0, 1.0, 0.5]
    np.testing.assert_allclose(found.total, [0.0, 12.0, 0.0, 10.0, 10.0])
    part = found.take(np.array([4, 1]))
    assert [part.row(0).tolist(), part.row(1).tolist()] == [[0], [0, 1, 2]]
    np.testing.assert_allclose(part.total, [10.0, 12.0])


def test_reductions_and_closed_length() -> None:
    roads = segment_cells([LineString([(102, 145), (128, 145)]), LineString([(95, 145), (105, 145)])], GRID)
    field = np.zeros(GRID.shape, np.float32)
    field[0, :3] = [0.1, 0.3, np.nan]
    np.testing.assert_allclose(maximum(roads, field), [0.3, 0.1], rtol=1e-6)
    np.testing.assert_allclose(mean(roads, field), [np.nan, np.nan])
    above, unknown = length_above(roads, field, 0.15)
    np.testing.assert_allclose(above, [10.0, 0.0])
    np.testing.assert_allclose(unknown, [8.0, 5.0])
    above, unknown = length_above(roads, np.stack([field, np.full_like(field, 0.15)]), 0.15)
    np.testing.assert_allclose(above, [[10.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(unknown, [[8.0, 5.0], [0.0, 5.0]])
    assert np.isnan(maximum(roads, np.zeros(GRID.shape))[1])  # half of it lies where nobody looked


def test_threads_do_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    shapes = shapely.linestrings(random.uniform(80, 180, (2000, 5, 2)))
    monkeypatch.setattr(module, "BLOCK", 300)
    one, several = (segment_cells(shapes, GRID, threads=threads) for threads in (1, 4))
    for name, array in one.to_arrays().items():
        assert array.tobytes() == several.to_arrays()[name].tobytes()


def test_storage_and_refusals() -> None:
    found = segment_cells([LineString([(102, 145), (128, 145)])], GRID)
    back = SegmentCells.from_arrays(found.to_arrays())
    for name, array in found.to_arrays().items():
        assert array.tobytes() == back.to_arrays()[name].tobytes()
    with pytest.raises(InputError, match="lacks total"):
        SegmentCells.from_arrays({name: array for name, array in found.to_arrays().items() if name != "total"})
    with pytest.raises(InputError, match="One of the roads is not a line"):
        segment_cells([Point(0, 0)], GRID)
    assert len(segment_cells([], GRID)) == 0


def test_infinite_coordinates_lie_outside() -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.linestrings([[101.0, 145.0], [np.nan, 145.0]])
    found = segment_cells([broken], GRID)
    assert len(found.cells) == 0
    assert found.outside.tolist() == [1.0]
