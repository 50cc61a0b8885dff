"""The messages: what goes in comes out, within five centimetres, nothing lost."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.grid import Grid
from layers.relief import Relief, block_mean
from layers.wire.container import pack, unpack
from layers.wire.paths import paths_message
from layers.wire.points import points_message
from layers.wire.quantise import quantise
from layers.wire.solids import FOUNDATION, simple_rings, solids_message
from layers.wire.terrain import terrain_message

GRID = Grid(west=-12000.0, north=-34000.0, cell=10.0, rows=100, columns=120, crs="EPSG:6677")


def sloping() -> Relief:
    """Rises 1 m per 10 m to the east from 5 m."""
    return Relief(GRID, np.broadcast_to(5.0 + np.arange(120.0), GRID.shape))


def place(x: float, y: float) -> tuple[float, float]:
    return GRID.west + x, GRID.north - y


def decoded(message: bytes, relief: Relief) -> list[tuple[int, np.ndarray]]:
    """Rings or paths of a message in the grid's CRS, each with its element: the browser's arithmetic in three lines."""
    _, head, arrays = unpack(message)
    longitude = head["origin"][0] + np.cumsum(arrays["dx"], dtype=np.int64) * head["step"][0]
    latitude = head["origin"][1] + np.cumsum(arrays["dy"], dtype=np.int64) * head["step"][1]
    x, y = relief.grid.to_wgs84.transform(longitude, latitude, direction="INVERSE")
    pieces = np.split(np.stack([x, y], axis=1), np.cumsum(arrays["counts"].astype(int))[:-1])
    return list(zip((head["first"] + np.cumsum(arrays["elements"].astype(int))).tolist(), pieces, strict=True))


@given(st.lists(st.tuples(st.floats(139.0, 140.0), st.floats(35.0, 36.0)), min_size=1, max_size=50))
def test_positions_come_back_within_five_centimetres(points: list[tuple[float, float]]) -> None:
    longitude, latitude = np.array(points).T
    back = quantise(longitude, latitude).decoded()
    metres = np.hypot((back[:, 0] - longitude) * 111_320 * np.cos(np.radians(latitude)), (back[:, 1] - latitude) * 111_320)
    assert metres.max() < 0.05


def test_a_far_jump_needs_larger_steps_and_keeps_its_precision() -> None:
    made = quantise(np.array([139.0, 140.0]), np.array([35.0, 36.0]))
    assert made.dx.dtype == np.int32


def test_footprints_come_back_with_courtyards_parts_and_numbers() -> None:
    yard = shapely.box(*place(100, 140), *place(140, 100)).difference(shapely.box(*place(110, 130), *place(130, 110)))
    two = shapely.MultiPolygon(
        [shapely.box(*place(200, 110), *place(210, 100)), shapely.box(*place(220, 110), *place(230, 100))]
    )
    shapes = np.array([yard, None, two, shapely.Polygon()], dtype=object)
    relief = sloping()
    rings = decoded(solids_message(shapes, np.array([6.0, 3.0, 9.0, 3.0]), relief, first=50), relief)
    assert sorted({number for number, _ in rings}) == [50, 52]
    for number, shape in ((50, yard), (52, two)):
        back = shapely.union_all([shapely.Polygon(ring) for owner, ring in rings if owner == number])
        assert shapely.symmetric_difference(back.buffer(0.02), shape).area < 0.05 * shape.length
    for _, ring in rings:
        assert not shapely.is_ccw(shapely.LinearRing(ring))
        assert not np.array_equal(ring[0], ring[-1])


def test_a_building_on_a_slope_touches_the_ground_everywhere_and_keeps_its_height() -> None:
    relief = sloping()
    house = np.array([shapely.box(*place(500, 520), *place(520, 500))], dtype=object)
    _, head, arrays = unpack(solids_message(house, np.array([7.0]), relief))
    base, top = (head["height_zero"] + arrays[name][0] * head["height_step"] for name in ("base", "top"))
    lowest, middle = relief.height_at(np.array([place(500, 0)[0], place(510, 0)[0]]), np.array([place(0, 510)[1]] * 2))
    assert base == pytest.approx(lowest - FOUNDATION, abs=0.02)
    assert top == pytest.approx(middle + 7.0, abs=0.02)


def test_a_road_follows_the_ground_and_a_bridge_does_not() -> None:
    valley = np.broadcast_to(np.abs(np.arange(120.0) - 60.0), GRID.shape)
    relief = Relief(GRID, valley)
    line = np.array([shapely.LineString([place(200, 500), place(1000, 500)])], dtype=object)

    def lowest(spans: bool) -> float:
        _, head, arrays = unpack(paths_message(line, np.array([5.0]), relief, spans=np.array([spans])))
        return float(head["height_zero"] + arrays["height"].min() * head["height_step"])

    assert lowest(False) < 2.0
    assert lowest(True) > 15.0


def test_a_road_keeps_number_width_and_shape() -> None:
    relief = sloping()
    lines = np.array(
        [shapely.LineString([place(10, 10), place(400, 10)]), None, shapely.LineString([place(20, 20), place(20, 90)])],
        dtype=object,
    )
    message = paths_message(lines, np.array([3.0, 1.0, 12.0]), relief, first=7)
    back = decoded(message, relief)
    assert [number for number, _ in back] == [7, 9]
    assert shapely.hausdorff_distance(shapely.LineString(back[0][1]), lines[0]) < 0.05
    _, head, arrays = unpack(message)
    assert (arrays["widths"] * head["width_step"]).tolist() == [3.0, 12.0]


def test_points_stand_on_the_ground() -> None:
    relief = sloping()
    x, y = np.array([place(505, 0)[0]]), np.array([place(0, 500)[1]])
    kind, head, arrays = unpack(points_message(x, y, relief, icons=["pump"], labels=["排水機場"]))
    assert (kind, head["icons"], head["labels"]) == ("points", ["pump"], ["排水機場"])
    assert arrays["height"][0] == pytest.approx(5.0 + 50.0)


@settings(deadline=None, max_examples=25)
@given(st.floats(0, 1200), st.floats(0, 1000))
def test_the_lattice_places_every_point_of_the_terrain_within_a_centimetre(x: float, y: float) -> None:
    relief = sloping()
    lattice = relief.lattice()
    size = lattice.shape[0] - 1
    u, v = x / 1200 * size, y / 1000 * size
    column, row = min(int(u), size - 1), min(int(v), size - 1)
    right, down = u - column, v - row
    corner = lattice[row : row + 2, column : column + 2]
    guess = (corner[0, 0] * (1 - right) + corner[0, 1] * right) * (1 - down)
    guess = guess + (corner[1, 0] * (1 - right) + corner[1, 1] * right) * down
    east, north = GRID.to_wgs84.transform(*guess, direction="INVERSE")
    assert np.hypot(east - place(x, y)[0], north - place(x, y)[1]) < 0.01


def test_terrain_without_any_height_is_flat_and_unknown_cells_are_told() -> None:
    assert Relief(GRID).heights.max() == 0.0
    holed = np.full(GRID.shape, 12.0)
    holed[:50] = np.nan
    relief = Relief(GRID, holed)
    assert np.isfinite(relief.heights).all()
    assert relief.known.mean() == pytest.approx(0.5)
    kind, head, arrays = unpack(terrain_message(relief, np.zeros((4, 4), dtype=np.uint8)))
    assert kind == "terrain"
    assert len(arrays["heights"]) == head["rows"] * head["columns"]


def test_a_large_terrain_is_drawn_on_a_smaller_mesh() -> None:
    grid = Grid(west=0.0, north=0.0, cell=1.0, rows=1500, columns=700, crs="EPSG:6677")
    relief = Relief(grid, np.full((1500, 700), 3.0, dtype=np.float32))
    assert max(relief.mesh_grid.shape) <= 512
    assert relief.heights == pytest.approx(3.0)


def test_block_mean_leaves_unknown_out() -> None:
    values = np.array([[1.0, np.nan, 5.0], [3.0, np.nan, np.nan], [np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal(block_mean(values, 2), [[2.0, 5.0], [np.nan, np.nan]])


def test_simple_rings_of_nothing_is_nothing() -> None:
    rings, owner = simple_rings(np.array([None], dtype=object))
    assert len(rings) == len(owner) == 0
    assert unpack(solids_message(np.array([None], dtype=object), np.array([3.0]), sloping()))[1]["rings"] == 0


def test_a_message_refuses_types_the_browser_cannot_read() -> None:
    with pytest.raises(ValueError, match="int64"):
        pack("x", {}, {"numbers": np.arange(3)})
    with pytest.raises(ValueError, match="not a map message"):
        unpack(b"GIF89a..")
