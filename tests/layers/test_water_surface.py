"""The water surface: level where the water is, meeting the terrain at the shore, and never reaching past a wall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geodata.grid import Grid
from layers.coding import DEPTH, UNKNOWN, WATER_ARRIVAL
from layers.flat_map import flat_picture
from layers.flood import merged_codes, theme_codes
from layers.flood_scales import TRUSTED
from layers.ground import ground_classes
from layers.relief import Relief
from layers.scales import OFFICIAL_DEPTH
from layers.themes import WATER_THEMES, theme_named
from layers.water_surface import WET, ZERO, surface_bytes, surface_offsets


def relief_of(ground):
    ground = np.asarray(ground, np.float64)
    return Relief(Grid(0.0, 10.0 * ground.shape[0], 10.0, *ground.shape, "EPSG:6677"), ground)


def test_a_pool_is_level_and_dives_under_its_bank():
    ground = np.array([[6.0, 2.0, 0.0, 1.0, 6.0]])
    level = 3.0
    depth = np.maximum(level - ground, 0.0)
    surface = ground + surface_offsets(relief_of(ground), depth)
    assert surface[0].tolist() == pytest.approx([level] * 5)
    assert (surface[0, [0, 4]] < ground[0, [0, 4]]).all(), "the water climbs its bank"


def test_water_held_by_a_wall_ends_half_way():
    """A levee on the edge between two cells: dry land behind it lies lower than the river."""
    ground, depth = np.array([[0.0, 0.0, 1.0]]), np.array([[5.0, 5.0, 0.0]])
    offset = surface_offsets(relief_of(ground), depth)[0]
    assert offset[:2].tolist() == [5.0, 5.0]
    assert offset[2] == -4.0
    crossing = offset[1] / (offset[1] - offset[2])
    assert 0.4 < crossing < 0.6, "the surface meets the ground far from the wall"


def test_a_film_of_water_on_a_slope_is_not_hidden():
    ground, depth = np.array([[0.0, 5.0, 10.0]]), np.array([[0.0, 0.02, 0.0]])
    offset = surface_offsets(relief_of(ground), depth)[0]
    assert offset[1] == pytest.approx(0.02)
    assert min(offset) >= -0.5, "deeper than the shader lifts it"


def test_unknown_ground_and_unknown_depth_keep_the_water_on_the_ground_as_drawn():
    ground, depth = np.array([[0.0, np.nan, 0.0, 0.0]]), np.array([[0.0, 2.0, np.nan, 0.0]])
    offset = surface_offsets(relief_of(ground), depth)[0]
    assert offset[1] == 2.0
    assert offset[2] == 0.0, "unknown cells would be hidden below the ground"


def test_washed_away_ground_lowers_the_water():
    ground, depth = np.array([[10.0, 10.0]]), np.array([[1.0, 1.0]])
    washed = np.array([[4.0, 10.0]])
    assert surface_offsets(relief_of(ground), depth, washed)[0].tolist() == [WET, 1.0]


@given(hnp.arrays(np.float64, (4, 5), elements=st.floats(0, 30)), hnp.arrays(np.float64, (4, 5), elements=st.floats(0, 9)))
def test_wet_is_above_the_ground_and_dry_is_never(ground, depth):
    offset = surface_offsets(relief_of(ground), depth)
    assert (offset[depth >= WET] >= WET - 1e-9).all()
    assert (offset[depth < WET] <= 0).all()
    codes = surface_bytes(offset).astype(int)
    assert np.allclose((codes[..., 0] + 256 * codes[..., 1] - ZERO) / 100, offset, atol=0.0051)


def test_cells_that_are_merged_show_the_earliest_arrival_and_the_deepest_water():
    arrival = theme_named("arrival", WATER_THEMES)
    dry = WATER_ARRIVAL.code_of("dry")
    block = np.tile(np.array([[dry, 40], [10, UNKNOWN]], np.uint8), (1024, 1024))
    assert set(np.unique(theme_codes(block, arrival))) == {10}
    assert merged_codes(np.full((2, 2), 254, np.uint8), largest=1).tolist() == [[254]]
    alone = np.tile(np.array([[dry, dry], [dry, UNKNOWN]], np.uint8), (1024, 1024))
    assert set(np.unique(theme_codes(alone, arrival))) == {UNKNOWN}


def test_hatching_on_the_flat_map_leaves_the_water_to_be_seen():
    relief = relief_of(np.zeros((60, 60)))
    deep = np.full((60, 60), DEPTH.encode([4.0])[0], np.uint8)
    doubt = np.zeros((60, 60), np.uint8)
    doubt[:, 30:] = 2
    land = ground_classes(relief.grid)
    plain = np.asarray(flat_picture(relief, land, waters=[(deep, OFFICIAL_DEPTH)], largest=120)).astype(int)
    hatched = np.asarray(flat_picture(relief, land, waters=[(deep, OFFICIAL_DEPTH), (doubt, TRUSTED)], largest=120)).astype(int)
    changed = np.abs(plain - hatched).sum(axis=2) > 0
    assert not changed[:, :55].any()
    assert 0.2 < changed[:, 65:].mean() < 0.9
