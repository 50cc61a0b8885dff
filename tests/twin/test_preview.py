"""Previews: coarse enough to be quick, marked, of a city of their own, and drawn on the cells of the city that was asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from towns import small_town

from geodata.city import City, LayersInMemory
from geodata.grid import Grid
from geodata.joins import stored_overlays
from twin.model import Twin
from twin.preview import (
    FACTORS,
    coarser_city,
    on_ground,
    preview_factor,
    preview_scenario,
    preview_states,
    preview_twin,
    repeated,
)
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.store import MemoryStore


def storm(**changes) -> Scenario:
    rain = {"rates": [{"at": 0, "value": 60}, {"at": 3600, "value": 0}]}
    water = {"source": "engine", "rain": rain, "open_edges": []}
    return Scenario.model_validate({"name": "storm", "duration": 3600, "step": 300, "water": water, **changes})


def bowl(rows: int = 96, columns: int = 128, cell: float = 5.0) -> City:
    """Terrain alone that falls to its middle."""
    y, x = np.mgrid[:rows, :columns]
    elevation = (0.1 * (np.abs(x - columns / 2) + np.abs(y - rows / 2))).astype(np.float32)
    grid = Grid(0.0, rows * cell, cell, rows, columns, "EPSG:6677")
    return City("Bowl", grid, LayersInMemory({}, {"elevation": elevation}, stored_overlays({}, elevation, grid)))


def test_the_factor_grows_with_the_cells_and_the_hours_and_asks_for_no_impossible_grid() -> None:
    dry = storm(water=None)
    assert preview_factor(bowl(), dry) is None
    assert preview_factor(bowl(), storm(), seconds=100) == 1
    small, large = preview_factor(bowl(), storm(), seconds=0.1), preview_factor(bowl(960, 1280), storm(), seconds=0.1)
    longer = preview_factor(bowl(960, 1280), storm(duration=36_000), seconds=0.1)
    assert None not in (small, large, longer)
    assert small < large < longer
    assert {small, large, longer} <= set(FACTORS)
    assert preview_factor(bowl(30, 30), storm(duration=360_000), seconds=1e-9) == 1, "coarser cells would show nothing"


def test_a_preview_asks_the_same_in_fewer_moments() -> None:
    edge = {"sides": ["north"], "levels": [{"at": 0, "value": 1}], "near": 5}
    asked = storm(water={"source": "engine", "level_edges": [edge]}, step=60, output_interval=120)
    coarse = preview_scenario(asked, 40.0)
    assert len(coarse.boundaries()) == 9
    assert coarse.water.level_edges[0].near == 40.0
    assert coarse.output_interval is None
    assert (coarse.name, coarse.duration, coarse.measures) == (asked.name, asked.duration, asked.measures)


@pytest.fixture(scope="module")
def previewed(tmp_path_factory):
    city, store = bowl(), MemoryStore()
    coarse = coarser_city(city, 4)
    scenario = preview_scenario(storm(), coarse.grid.cell)
    folder = tmp_path_factory.mktemp("preview") / "run"
    run = simulate(coarse, scenario, store=store, folder=folder, twin=preview_twin(coarse, store), preview=True)
    return city, store, run


def test_a_preview_is_marked_and_holds_its_water(previewed) -> None:
    city, store, run = previewed
    assert (run.status, run.preview, run.fidelity) == ("done", True, "coarsened 4×")
    assert run.city_fingerprint != city.fingerprint
    states = list(preview_states(run, city, store))
    assert [state.time for state in states][-1] == 3600
    depth = states[-1].field("flow_depth")
    assert depth.shape == city.grid.shape
    assert float(depth.mean()) == pytest.approx(0.06, rel=1e-3), "60 mm fell, and repeated cells hold the same volume"
    shown = states[-1].field("water_depth")
    assert shown.shape == city.grid.shape
    assert float(shown[48, 64]) == pytest.approx(float(shown.max()), abs=1e-3)
    assert {digest for name, digest in states[-1].digests.items() if name in ("flow_depth", "water_depth")}.isdisjoint(
        run.steps[-1].fields.values()
    ), "a picture never bears the name of a field"


def test_a_preview_never_enters_a_chain_of_the_city(previewed) -> None:
    city, store, run = previewed
    theirs = {key for step in run.steps for key in step.keys.values()}
    twin = Twin(city, store, preview_twin(city, store).hooks)
    mine = {deed.record.key for _, advance in twin.run(storm(duration=600)) for deed in advance.deeds}
    assert mine.isdisjoint(theirs)


def test_water_stands_level_over_finer_ground_and_unknown_stays_unknown() -> None:
    ground = np.array([[0.0, 1.0, 2.0, 3.0]])
    depth = repeated(np.array([[0.5, np.nan]]), 2, (1, 4))
    level = repeated(np.array([[1.0, 3.0]]), 2, (1, 4))
    np.testing.assert_array_equal(on_ground(depth, level, ground), [[1.0, 0.0, np.nan, np.nan]])
    np.testing.assert_array_equal(on_ground(np.zeros(1), np.array([5.0]), np.array([1.0])), [0.0])


def test_a_town_with_buildings_keeps_its_tables(tmp_path: Path) -> None:
    city, store = small_town(), MemoryStore()
    coarse = coarser_city(city, 2)
    run = simulate(
        coarse, preview_scenario(storm(duration=600), coarse.grid.cell), store=store, folder=tmp_path / "run",
        twin=preview_twin(coarse, store), preview=True,
    )  # fmt: skip
    state = list(preview_states(run, city, store))[-1]
    assert len(state.field("building_depth")) == len(city.buildings)
    assert state.field("road_open").shape[1] == len(city.roads)
    assert state.dataset["water_depth"].shape == city.grid.shape
