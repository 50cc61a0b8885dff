"""Footprint ↔ cells against exactextract, shapely and cases a person can check by hand."""

from __future__ import annotations

from pathlib import Path

import exactextract
import geopandas
import numpy as np
import pytest
import shapely
from exactextract.raster import NumPyRasterSource
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import MultiPolygon, Point, Polygon, box

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.overlays import FootprintCells, footprint_cells
from geodata.overlays import footprints as module

GRID = Grid(west=100.0, north=170.0, cell=10.0, rows=7, columns=9, crs="EPSG:6677")


def dense(found: FootprintCells, row: int) -> np.ndarray:
    raster = np.zeros(found.shape[0] * found.shape[1])
    raster[found.row(row)] = found.coverage[found.indptr[row] : found.indptr[row + 1]]
    return raster.reshape(found.shape)


def oracle(shapes: list, grid: Grid) -> list[np.ndarray]:
    """Coverage of every cell by exactextract, [rows, columns] per shape."""
    source = NumPyRasterSource(np.zeros(grid.shape), *grid.bounds, srs_wkt=CRS(grid.crs).to_wkt())
    frame = geopandas.GeoDataFrame({"number": range(len(shapes))}, geometry=shapes, crs=grid.crs)
    answers = exactextract.exact_extract(source, frame, ["cell_id", "coverage"], include_cols=["number"])
    rasters = []
    for answer in answers:
        raster = np.zeros(grid.rows * grid.columns)
        raster[np.asarray(answer["properties"]["cell_id"], int)] = answer["properties"]["coverage"]
        rasters.append(raster.reshape(grid.shape))
    return rasters


def expected(shape: object, coverage: np.ndarray, grid: Grid, threshold: float) -> np.ndarray:
    """The rule of the docstring, in plain words."""
    limit = threshold * min(1.0, shape.area / grid.cell**2)
    kept = np.where(coverage >= limit, coverage, 0.0)
    if not kept.any() and coverage.any():
        best = np.unravel_index(np.argmax(coverage), coverage.shape)
        kept[best] = coverage[best]
    return kept


@st.composite
def stars(draw: st.DrawFn, west: float = 80.0, east: float = 210.0, south: float = 80.0, north: float = 190.0) -> Polygon:
    """A star-shaped polygon about a centre, now and then with a hole, from slivers to larger than the grid."""
    count = draw(st.integers(3, 12))
    centre = draw(st.tuples(st.floats(west, east), st.floats(south, north)))
    size, squeeze = draw(st.floats(0.3, 90.0)), draw(st.sampled_from([1.0, 1.0, 0.2, 0.003]))
    radius = np.array(draw(st.lists(st.floats(0.3, 1.0), min_size=count, max_size=count))) * size
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False) + draw(st.floats(0, 6.28))

    def ring(scale: float) -> np.ndarray:
        return np.column_stack(
            [centre[0] + scale * radius * np.cos(angle), centre[1] + squeeze * scale * radius * np.sin(angle)]
        )

    holes = [ring(draw(st.floats(0.1, 0.9)))] if draw(st.booleans()) else []
    if draw(st.booleans()):  # whole metres put vertices on cell borders
        snapped = Polygon(np.round(ring(1.0) / 5.0) * 5.0)
        if snapped.is_valid and snapped.area > 0.0:
            return shapely.remove_repeated_points(snapped)  # exactextract stops at repeated ones
    return Polygon(ring(1.0), holes)


footprints = st.one_of(
    stars(),
    st.tuples(stars(80.0, 140.0), stars(150.0, 210.0))
    .map(shapely.union_all)
    .filter(lambda shape: shape.geom_type in ("Polygon", "MultiPolygon")),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(footprints, min_size=1, max_size=4), st.sampled_from([0.0, 0.01, 0.2]))
def test_coverage_equals_exactextract(shapes: list, threshold: float) -> None:
    found = footprint_cells(shapes, GRID, threshold=threshold)
    whole = footprint_cells(shapes, GRID, threshold=0.0)
    for row, (shape, coverage) in enumerate(zip(shapes, oracle(shapes, GRID), strict=True)):
        np.testing.assert_allclose(dense(whole, row), coverage, atol=2e-6)
        # Cells right at the threshold may fall on either side of it.
        limit = threshold * min(1.0, shape.area / GRID.cell**2)
        clear = (np.abs(coverage - limit) > 1e-5) | (coverage == 0.0)
        if (coverage >= limit + 1e-5).any():
            np.testing.assert_allclose(dense(found, row)[clear], expected(shape, coverage, GRID, threshold)[clear], atol=2e-6)
        inside = shape.intersection(box(*GRID.bounds)).area
        dropped = shape.area - inside < limit * GRID.cell**2
        share = (shape.area - inside) / shape.area
        if abs(shape.area - inside - limit * GRID.cell**2) > 1e-4 * shape.area:
            assert found.outside[row] == pytest.approx(0.0 if dropped and len(found.row(row)) else share, abs=1e-5)
        assert (np.diff(found.row(row)) > 0).all()
        if inside > 1e-6:
            assert len(found.row(row)) >= 1


def test_by_hand() -> None:
    grid = Grid(west=0.0, north=30.0, cell=10.0, rows=3, columns=3, crs="EPSG:6677")
    court = box(0, 0, 30, 30).difference(box(10, 10, 20, 20))
    pair = MultiPolygon([box(1, 21, 3, 26), box(25, 0, 35, 10)])
    found = footprint_cells([court, pair, None, Polygon(), box(100, 100, 110, 110)], grid)
    assert dense(found, 0).tolist() == [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    np.testing.assert_allclose(dense(found, 1), [[0.1, 0, 0], [0, 0, 0], [0, 0, 0.5]], atol=1e-7)
    assert np.diff(found.indptr).tolist() == [8, 2, 0, 0, 0]
    np.testing.assert_allclose(found.outside, [0.0, 50 / 110, 1.0, 1.0, 1.0], rtol=1e-6)


def test_direction_of_rings_does_not_matter() -> None:
    shape = Polygon([(105, 105), (155, 108), (150, 160)], [[(130, 115), (140, 115), (140, 125)]])
    turned = Polygon(shape.exterior.coords[::-1], [ring.coords[::-1] for ring in shape.interiors])
    one, other = footprint_cells([shape], GRID), footprint_cells([turned], GRID)
    assert one.cells.tolist() == other.cells.tolist()
    np.testing.assert_allclose(one.coverage, other.coverage, atol=1e-7)


def test_a_small_house_on_a_coarse_grid_keeps_both_of_its_cells() -> None:
    grid = Grid(west=0.0, north=200.0, cell=200.0, rows=1, columns=2, crs="EPSG:6677")
    found = footprint_cells([box(196, 50, 204, 58)], grid)  # 64 m² of 40,000: each cell holds 0.08 % of itself
    assert found.cells.tolist() == [0, 1]
    np.testing.assert_allclose(found.coverage, 32 / 40_000, rtol=1e-5)


@pytest.mark.parametrize("size", [1e-3, 1e-5, 1e-7])
def test_a_tiny_footprint_has_a_cell(size: float) -> None:
    x, y = 133.3, 141.7
    found = footprint_cells([box(x, y, x + size, y + size)], GRID)
    assert found.cells.tolist() == [GRID.cells_of(np.array([x]), np.array([y]))[0]]
    assert found.coverage[0] > 0.0


def test_a_needle_thinner_than_the_threshold_everywhere_keeps_its_largest_cell() -> None:
    # 10,000 cells of 1 m under a needle 0.05 mm wide: each holds less than 1 % of itself and of the needle.
    grid = Grid(west=0.0, north=1.0, cell=1.0, rows=1, columns=10_000, crs="EPSG:6677")
    found = footprint_cells([Polygon([(0, 0.5), (10_000, 0.5), (10_000, 0.50005)])], grid)
    assert found.cells.tolist() == [9_999]


@pytest.mark.parametrize("where", [(np.nan, 0.0), (np.inf, 0.0)])
def test_infinite_coordinates_get_no_cell(where: tuple[float, float]) -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.polygons(shapely.linearrings([(105, 105), (115, 105), where, (105, 105)]))
    found = footprint_cells([broken], GRID)
    assert len(found.cells) == 0
    assert found.outside.tolist() == [1.0]


def test_threads_and_bands_do_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    centres = shapely.points(random.uniform(90, 200, (3000, 2)))
    shapes = shapely.buffer(centres, random.uniform(0.1, 30, 3000), quad_segs=3)
    monkeypatch.setattr(module, "BLOCK", 500)
    one, several = (footprint_cells(shapes, GRID, threads=threads) for threads in (1, 4))
    for name, array in one.to_arrays().items():
        assert array.tobytes() == several.to_arrays()[name].tobytes()
    monkeypatch.setattr(module, "BAND_CELLS", 8)  # windows of one row: a polygon as large as the city takes many
    banded = footprint_cells(shapes, GRID)
    assert banded.cells.tolist() == one.cells.tolist()
    np.testing.assert_allclose(banded.coverage, one.coverage, atol=1e-6)


def test_progress_reaches_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 2)
    seen: list[tuple[int, int]] = []
    footprint_cells([box(105, 105, 110, 110)] * 5, GRID, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_nothing_in_nothing_out() -> None:
    found = footprint_cells([], GRID)
    assert len(found) == 0
    assert found.indptr.tolist() == [0]


def test_other_geometries_and_thresholds_are_refused() -> None:
    with pytest.raises(InputError, match=r"1 footprint is not a polygon \(number 1, a Point\)"):
        footprint_cells([box(0, 0, 1, 1), Point(0, 0)], GRID)
    with pytest.raises(InputError, match=r"threshold 1\.5 is not a share"):
        footprint_cells([], GRID, threshold=1.5)


def test_transposed_and_touched() -> None:
    shapes = [box(101, 161, 109, 169), box(105, 161, 125, 169), box(171, 101, 179, 109)]
    found = footprint_cells(shapes, GRID)
    index = found.transposed()
    assert index.of_cell(0).tolist() == [0, 1]
    assert index.of_cell(2).tolist() == [1]
    assert found.touched_by(np.array([1, 2])).tolist() == [1]
    assert found.touched_by(np.array([], int)).tolist() == []
    assert found.touched_by(np.arange(63)).tolist() == [0, 1, 2]
    with pytest.raises(IndexError):
        found.touched_by(np.array([63]))


def test_take_keeps_rows_together() -> None:
    shapes = [box(101, 161, 109, 169), None, box(105, 161, 125, 169)]
    found = footprint_cells(shapes, GRID)
    part = found.take(np.array([2, 1, 2]))
    assert [part.row(row).tolist() for row in range(3)] == [[0, 1, 2], [], [0, 1, 2]]
    assert part.outside.tolist() == [0.0, 1.0, 0.0]
    assert part.threshold == found.threshold


def test_arrays_are_frozen_and_come_back_from_storage() -> None:
    found = footprint_cells([box(101, 161, 109, 169)], GRID, threshold=0.05)
    with pytest.raises(ValueError, match="read-only"):
        found.cells[0] = 3
    back = FootprintCells.from_arrays(found.to_arrays())
    assert back.threshold == 0.05
    assert back.shape == GRID.shape
    for name, array in found.to_arrays().items():
        assert array.tobytes() == back.to_arrays()[name].tobytes()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cells", np.array([99999])),
        ("cells", np.array([0, 1])),
        ("indptr", np.array([0, 2])),
        ("indptr", np.array([], int)),
        ("shape", np.array([1])),
    ],
)
def test_a_damaged_file_is_refused(name: str, value: np.ndarray) -> None:
    arrays = footprint_cells([box(101, 161, 109, 169)], GRID).to_arrays()
    with pytest.raises(InputError, match="damaged"):
        FootprintCells.from_arrays(arrays | {name: value})
    del arrays[name]
    with pytest.raises(InputError, match=f"lacks {name}"):
        FootprintCells.from_arrays(arrays)


@pytest.mark.realdata
def test_real_footprints_equal_exactextract(realdata: Path) -> None:
    frame = geopandas.read_file(realdata / "charleston" / "building_footprints.gpkg").to_crs("EPSG:32617")
    assert len(frame) == 2049
    shapes = list(shapely.make_valid(frame.geometry.to_numpy()))
    shapes = [shape for shape in shapes if shape.geom_type in ("Polygon", "MultiPolygon")]
    grid = Grid.covering(tuple(frame.total_bounds), cell=20.0, crs="EPSG:32617")
    found = footprint_cells(shapes, grid, threshold=0.0)
    for row, coverage in enumerate(oracle(shapes, grid)):
        np.testing.assert_allclose(dense(found, row), coverage, atol=2e-5)
