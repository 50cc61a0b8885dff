"""Coarser and smaller cities are cities of their own that keep banks, bad news and what is unknown."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "twin"))
from towns import small_town

from geodata.errors import InputError
from geodata.fidelity import coarsened, highest_of_known, mean_of_known, window
from twin.model import Twin
from twin.scenario import load_scenario
from twin.store import MemoryStore

QUESTION = load_scenario("{name: c, duration: 0, step: 1 h, water: {source: hazard_map}}")


def last(city):
    *_, (state, _) = Twin(city, MemoryStore()).run(QUESTION)
    return state


def test_blocks_of_known_cells():
    values = np.array([[1, 3, 9], [np.nan, 2, np.nan]], np.float32)
    np.testing.assert_array_equal(mean_of_known(values, 2), [[2, 9]])
    np.testing.assert_array_equal(highest_of_known(values, 2), [[3, 9]])
    assert np.isnan(mean_of_known(np.full((2, 2), np.nan), 2)).all()


def test_a_coarsened_city_keeps_the_deepest_depth_and_names_its_parent():
    town = small_town()
    coarse = coarsened(town, 2)
    assert coarse.grid.shape == (2, 4)
    assert coarse.grid.cell == 20
    assert (coarse.parent, coarse.fidelity) == (town.fingerprint, "coarsened 2×")
    assert coarse.fingerprint != town.fingerprint
    np.testing.assert_array_equal(coarse.raster("hazard/river-l2/high")[0], [3, 1, 0, 0])
    np.testing.assert_array_equal(coarse.elevation[0], [0.5, 2.5, 4.5, 6.5])
    assert last(coarse).field("building_rank").tolist() == [3, 2, 0, 0]


def test_unknown_stays_unknown_when_coarsened():
    half = np.zeros((4, 8), np.float32)
    half[:, 4:] = np.nan
    coarse = coarsened(small_town(hazard_high=half), 2)
    assert np.isnan(coarse.raster("hazard/river-l2/high")).tolist() == [[False, False, True, True]] * 2
    assert last(coarse).field("building_rank").tolist() == [0, 0, 255, 255]


def test_coarsened_by_one_gives_the_same_numbers():
    town = small_town()
    assert last(coarsened(town, 1)).digests == last(town).digests


def test_a_window_holds_what_touches_it_and_gives_the_same_numbers_there():
    town = small_town()
    part = window(town, (0, 0, 30, 40))
    assert part.grid.shape == (4, 3)
    assert part.buildings["id"].tolist() == ["b0", "b1"]
    assert part.roads["id"].tolist() == ["r0", "bridge"]
    assert last(part).field("building_depth").tolist() == last(town).field("building_depth")[:2].tolist()


def test_a_window_elsewhere_is_refused():
    with pytest.raises(InputError, match="does not overlap Smalltown"):
        window(small_town(), (1000, 1000, 1100, 1100))
