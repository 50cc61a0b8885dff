"""Buildings as porosity: they take room from the water and narrow its way, and no water is lost to them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from test_inundation import RAIN, lonlat, run, scenario, walls
from towns import small_town

from twin.flood.boundaries import InflowEdge, StageEdge, edge_of, inflow_faces, narrow_faces, open_faces, stage_faces
from twin.flood.budget import Budget
from twin.flood.curve import Curve
from twin.flood.domain import Domain
from twin.flood.faces import Faces
from twin.flood.full_solver import ShallowWaterSolver
from twin.flood.solver import Forcing, LocalInertialSolver
from twin.flood.sources import Inflow, StillSources

BOTH = pytest.mark.parametrize("kind", [LocalInertialSolver, ShallowWaterSolver])


def narrowed(ground, openness, cell: float = 10.0, laws=()) -> Domain:
    domain = Domain(np.asarray(ground, float), 0.03, cell)
    domain.set_openness(np.asarray(openness, float))
    laws = [narrow_faces(np.asarray(openness, float), domain.blocked), *laws]
    domain.set_faces(Faces.joined(law[0] for law in laws), Faces.joined(law[1] for law in laws))
    return domain


def advance(domain: Domain, end: float, kind=LocalInertialSolver, *, threads: int = 1, **forcing) -> Budget:
    budget = Budget()
    budget.add("stored_at_start", domain.volume())
    solver = kind(domain, threads=threads)
    solver.run(Forcing(**forcing), 0, end, budget)
    solver.close(budget)
    return budget


def rough(shape=(30, 40), seed: int = 4):
    random = np.random.default_rng(seed)
    return random.random(shape) * 2, np.where(random.random(shape) < 0.4, 0.1 + 0.9 * random.random(shape), 1.0)


@BOTH
def test_a_lake_between_buildings_rests(kind):
    ground, openness = rough()
    domain = narrowed(ground, openness)
    domain.set_level(1.5)
    before = domain.depth.copy()
    budget = advance(domain, 1800, kind)
    assert np.abs(domain.depth - before).max() < 1e-5
    assert budget.error < 1e-6


@BOTH
def test_what_enters_rises_higher_in_less_room(kind):
    shares = {}
    for share in (1.0, 0.5):
        domain = narrowed(np.zeros((8, 8)), np.full((8, 8), share))
        places = domain.set_sources(np.array([[4, 4]]))
        budget = advance(domain, 3600, kind, controls=[StillSources(), Inflow(places, Curve((0.0,), (0.5,)))])
        assert budget.error < 1e-6
        assert domain.volume() == pytest.approx(1800, rel=1e-5)
        shares[share] = domain.depth.mean()
    assert shares[0.5] == pytest.approx(2 * shares[1.0], rel=1e-5)


@BOTH
def test_water_that_runs_between_buildings_and_dries_again_is_all_there(kind):
    ground, openness = rough((40, 60), 7)
    domain = narrowed(ground + np.linspace(4, 0, 60), openness)
    domain.depth[:, :10] = 1.0
    before = domain.volume()
    budget = advance(domain, 1800, kind, rain=lambda start, end: 1e-5 * (end - start))
    assert domain.depth.min() >= 0
    assert budget.error < 1e-6
    assert domain.volume() > before


@BOTH
def test_half_open_ground_carries_half_the_water_at_the_same_depth(kind):
    rows, columns, share = 5, 60, 0.4
    ground = np.tile(1.0 - 0.002 * 10 * np.arange(columns), (rows, 1))
    openness = np.full((rows, columns), share)
    edge = edge_of(np.zeros((rows, columns), bool), np.ones((rows, columns), bool))
    west, east = edge.chosen(edge.on(["west"])), edge.chosen(edge.on(["east"]))
    domain = Domain(ground, 0.03, 10.0)
    domain = narrowed(ground, openness, laws=[inflow_faces(west), open_faces(east, domain)])
    inflow = InflowEdge(west, Curve((0.0,), (10.0,)))  # 0.2 m²/s over the whole width, 0.5 m²/s between the buildings
    advance(domain, 7200, kind, controls=[inflow])
    normal = (0.2 / share * 0.03 / np.sqrt(0.002)) ** 0.6
    assert domain.depth[2, 20] == pytest.approx(normal, rel=0.02)


@BOTH
def test_threads_change_no_bit(kind):
    ground, openness = rough((200, 200), 9)
    made = []
    for threads in (1, 2):
        domain = narrowed(ground, openness)
        domain.depth[80:120, 80:120] = 2.0
        advance(domain, 120, kind, threads=threads)
        made.append(domain.depth.copy())
    assert np.array_equal(*made)


@pytest.mark.parametrize("solver", ["local_inertial", "full"])
def test_a_town_of_porous_buildings_loses_no_rain(solver):
    town = small_town(elevation=np.zeros((4, 8)))  # each house covers 64 m² of a cell of 100 m²
    states, _ = run(town, scenario(water=walls(rain=RAIN, buildings="porosity", solver=solver)))
    last = states[-1]
    assert last.field("flow_account")[2] == pytest.approx(0.025 * 32 * 100, rel=1e-5)
    assert last.field("flow_account")[-1] < 1e-6
    room = np.ones((4, 8))
    room[1, ::2] = 0.36
    assert (last.field("flow_depth") * room).sum() * 100 == pytest.approx(80, rel=1e-4)
    assert last.field("flow_depth")[1, 2] == pytest.approx(0.025 * 32 / room.sum(), rel=0.02)
    pump = {"kind": "pump", "at": lonlat(town, 1, 2), "capacity": 0.01, "starts_at": 0.001}
    pumped, _ = run(town, scenario(water=walls(rain=RAIN, buildings="porosity", solver=solver), measures=[pump]))
    assert pumped[-1].field("flow_account")[7] > 0
    assert pumped[-1].field("flow_account")[-1] < 1e-6


@BOTH
def test_an_open_edge_and_a_level_know_how_much_of_them_is_built_over(kind):
    ground = np.tile(1.0 - 0.02 * np.arange(40), (6, 1))
    openness = np.full(ground.shape, 0.2)
    edge = edge_of(np.zeros(ground.shape, bool), np.ones(ground.shape, bool))
    west, east = edge.chosen(edge.on(["west"])), edge.chosen(edge.on(["east"]))
    domain = narrowed(ground, openness, laws=[stage_faces(west), open_faces(east, Domain(ground, 0.03, 10.0))])
    level = StageEdge(west, Curve((0.0,), (1.5,)))
    budget = advance(domain, 3600, kind, controls=[level])
    assert budget.error < 1e-6
    later = Budget()
    later.add("stored_at_start", domain.volume())
    solver = kind(domain)
    solver.run(Forcing(controls=[level]), 3600, 3660, later)
    solver.close(later)
    depth = domain.depth.mean()
    assert depth == pytest.approx(0.5, rel=0.05)  # as deep as on open ground, and a fifth of its discharge runs through
    speed = depth ** (2 / 3) * np.sqrt(0.002) / 0.03
    through = float(np.abs(domain.flux_x[:, 20]).mean())
    assert through == pytest.approx(depth * speed * (0.2 if kind is LocalInertialSolver else 1.0), rel=0.1)
    assert later.error < 1e-6
