"""Hazard polygons and crest lines on the grid."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from shapely import LineString, MultiLineString, box

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.overlays import footprint_cells, rasterise_crests, rasterise_intervals

GRID = Grid(west=0.0, north=60.0, cell=10.0, rows=6, columns=8, crs="EPSG:6677")
NAN = np.nan


def test_the_highest_interval_wins_in_any_order() -> None:
    grid = Grid(west=0.0, north=20.0, cell=10.0, rows=2, columns=3, crs="EPSG:6677")
    shapes, low, high = [box(0, 10, 20, 20), box(10.05, 10, 20, 20), box(9, 0, 15, 10)], [3.0, 0.5, 5.0], [5.0, 3.0, 5.0]
    for order in ([0, 1, 2], [2, 1, 0]):
        lows, highs = rasterise_intervals([shapes[i] for i in order], np.take(low, order), np.take(high, order), grid)
        np.testing.assert_array_equal(lows, [[3, 3, NAN], [5, 5, NAN]])
        np.testing.assert_array_equal(highs, [[5, 5, NAN], [5, 5, NAN]])


def test_less_than_one_percent_of_a_cell_does_not_count() -> None:
    grid = Grid(west=0.0, north=10.0, cell=10.0, rows=1, columns=2, crs="EPSG:6677")
    low, _ = rasterise_intervals([box(0, 0, 10.09, 10)], 0.5, 3.0, grid)
    np.testing.assert_array_equal(low, [[0.5, NAN]])
    low, _ = rasterise_intervals([box(0, 0, 10.11, 10)], 0.5, 3.0, grid)
    np.testing.assert_array_equal(low, [[0.5, 0.5]])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-10, 80), st.floats(-10, 60), st.floats(1, 40), st.floats(1, 40), st.integers(0, 5)),
        min_size=1,
        max_size=6,
    )
)
def test_intervals_against_a_plain_loop(polygons: list) -> None:
    shapes = [box(x, y, x + w, y + h) for x, y, w, h, _ in polygons]
    low = np.array([rank for *_, rank in polygons], float)
    lows, highs = rasterise_intervals(shapes, low, low * 2 + 1, GRID)
    wanted = np.full(GRID.rows * GRID.columns, NAN)
    cells = footprint_cells(shapes, GRID)
    for row in range(len(shapes)):
        for cell in cells.row(row):
            wanted[cell] = np.fmax(wanted[cell], low[row])
    np.testing.assert_array_equal(lows.ravel(), wanted)
    np.testing.assert_array_equal(highs.ravel(), wanted * 2 + 1)


@pytest.mark.parametrize(("low", "high"), [(1.0, 0.5), (NAN, 1.0), (0.5, np.inf)])
def test_unusable_intervals_are_refused(low: float, high: float) -> None:
    with pytest.raises(InputError, match="1 hazard polygon has no usable interval"):
        rasterise_intervals([box(0, 0, 5, 5)], low, high, GRID)


def test_no_polygons_nothing_known() -> None:
    low, high = rasterise_intervals([], [], [], GRID)
    assert low.shape == GRID.shape
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    assert np.isnan(rasterise_crests([], [], GRID)).all()


def test_crests_by_hand() -> None:
    lines = [
        LineString([(5, 55), (25, 55)]),  # flat, three cells of the first row
        LineString([(5, 25, 2.0), (35, 25, 8.0)]),  # rises 0.2 m per metre
        MultiLineString([[(55, 55), (58, 55)], [(55, 45), (58, 45)]]),
        LineString([(15, 58), (15, 52)]),  # lower than the first: the higher one stays
        LineString([(75, 5), (75, 2)]),  # crest unknown: holds nothing back
    ]
    raster = rasterise_crests(lines, [3.0, NAN, 4.0, 1.0, NAN], GRID)
    wanted = np.full(GRID.shape, NAN)
    wanted[0, :3] = 3.0
    wanted[3, :4] = [3.0, 5.0, 7.0, 8.0]
    wanted[0, 5] = wanted[1, 5] = 4.0
    np.testing.assert_allclose(raster, wanted, rtol=1e-6)


corner = st.tuples(st.integers(-2, 18), st.integers(-2, 14)).map(lambda xy: (xy[0] * 5.0, xy[1] * 5.0))
inside = st.tuples(st.floats(0.5, 79.5), st.floats(0.5, 59.5))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(corner, inside), min_size=2, max_size=5).map(LineString).filter(lambda line: line.length > 0.1))
def test_water_finds_no_gap(line: LineString) -> None:
    raster = rasterise_crests([line], [1.0], GRID)
    crossed = shapely.clip_by_rect(line, 0.0, 0.0, 80.0, 60.0)
    cells = ~np.isnan(raster)
    assert cells.sum() == 0 or set(raster[cells]) == {1.0}
    # As many pieces side by side as the line has in the grid; lines that leave and come back may touch again.
    if line.within(box(0.01, 0.01, 79.99, 59.99)):
        assert ndimage.label(cells)[1] == 1
    for part in shapely.get_parts(shapely.intersection(crossed, [box(*GRID.bounds)])):
        if part.length > 0.01:
            spots = shapely.get_coordinates(shapely.line_interpolate_point(part, np.linspace(0.01, 0.99, 7), normalized=True))
            index = GRID.cells_of(spots[:, 0], spots[:, 1])
            clear = (np.abs(spots / 10.0 - np.round(spots / 10.0)) > 1e-6).all(axis=1) & (index >= 0)
            assert cells.ravel()[index[clear]].all()
    turned = rasterise_crests([line.reverse()], [1.0], GRID)
    if not (shapely.get_coordinates(line) % 5.0 == 0.0).any():
        np.testing.assert_array_equal(raster, turned)
