"""Barriers, edges, sources, storms and terrain, each small enough to check by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from twin.flood.barriers import Barriers, Breach, Dam, face_chain
from twin.flood.boundaries import InflowEdge, StageEdge, edge_of, inflow_faces, open_faces, stage_faces
from twin.flood.budget import Budget, FloodError
from twin.flood.curve import Bars, Curve
from twin.flood.domain import Domain
from twin.flood.engine import warm_up
from twin.flood.faces import Faces
from twin.flood.full_solver import ShallowWaterSolver
from twin.flood.solver import Forcing, LocalInertialSolver
from twin.flood.sources import Culvert, Pump, disc_cells
from twin.flood.terrain import Roofs, outside_and_holes

BOTH = pytest.mark.parametrize("kind", [LocalInertialSolver, ShallowWaterSolver])


def run(domain: Domain, end: float, kind=LocalInertialSolver, controls=()) -> Budget:
    budget = Budget()
    budget.add("stored_at_start", domain.volume())
    solver = kind(domain)
    solver.run(Forcing(controls=controls), 0, end, budget)
    solver.close(budget)
    return budget


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(10, 190), st.floats(10, 140)), min_size=1, max_size=4), st.floats(10, 140), st.floats(10, 140)
)
def test_a_chain_from_edge_to_edge_parts_the_grid(inner, first, last):
    rows, columns, cell = 15, 20, 10.0
    points = [(-20.0, first), *sorted(inner), (220.0, last)]
    chain = face_chain(np.array([p[0] for p in points]), np.array([p[1] for p in points]), rows, columns, cell)
    # a fine raster of cells and faces: water may pass where no face of the chain stands
    fine = np.ones((2 * rows + 1, 2 * columns + 1), bool)
    for down, row, column in zip(chain.down, chain.rows, chain.columns, strict=True):
        if down:
            fine[2 * row, 2 * column : 2 * column + 3] = False
        else:
            fine[2 * row : 2 * row + 3, 2 * column] = False
    label, _ = ndimage.label(fine)
    assert not set(label[1, 1::2].tolist()) - {0} & set(label[-2, 1::2].tolist()) - {0} or min(chain.rows, default=0) == 0
    assert 0.5 < chain.stretch <= 1.0


@BOTH
def test_a_breach_grows_as_told(kind):
    domain = Domain(np.zeros((20, 30)), 0.03, 10.0)
    chain = face_chain(np.array([150.0, 150.0]), np.array([0.0, 200.0]), 20, 30, 10.0)
    barriers = Barriers([Dam(chain, np.full(20, 3.0))], [Breach(150, 100, 60, 0.0, start=100, growth=200)])
    assert barriers.crests_at(domain, 50)[0].min() == 3.0
    assert barriers.crests_at(domain, 200)[0].min() == pytest.approx(1.5)
    assert (barriers.crests_at(domain, 400)[0] == 0.0).sum() == 6
    domain.set_faces(*barriers.faces(domain))
    domain.depth[:, :15] = 2.0
    budget = run(domain, 100, kind, [barriers])
    assert domain.depth[:, 15:].max() == 0
    run(domain, 600, kind, [barriers])
    assert domain.depth[:, 15:].mean() > 0.5
    assert budget.error < 1e-6


def through_a_breach(kind, width: float, *, beyond: float, drop: float = 0.0, cell: float = 20.0) -> tuple[float, float, float]:
    """Steady discharge through a breach in a levee, m³/s, and the depths on either side of it, m; 2 m of water before it."""
    rows, columns = 7, 20
    ground = np.zeros((rows, columns))
    ground[:, columns // 2 :] -= drop
    domain, line = Domain(ground, 0.03, cell), columns // 2 * cell
    chain = face_chain(np.array([line, line]), np.array([0.0, rows * cell]), rows, columns, cell)
    levee = Barriers([Dam(chain, np.full(rows, 5.0))], [Breach(line, rows / 2 * cell, width, 0.0, 0.0, 1.0)])
    edge = edge_of(np.zeros((rows, columns), bool), ~domain.blocked)
    west, east = edge.chosen(edge.on(["west"])), edge.chosen(edge.on(["east"]))
    laws = [levee.faces(domain), stage_faces(west), stage_faces(east)]
    domain.set_faces(Faces.joined(p[0] for p in laws), Faces.joined(p[1] for p in laws))
    domain.depth[:, : columns // 2] = 2.0
    domain.depth[:, columns // 2 :] = max(beyond + drop, 0.0)
    levels = [StageEdge(west, Curve((0.0,), (2.0,))), StageEdge(east, Curve((0.0,), (beyond,)))]
    budget = run(domain, 3000, kind, [levee, *levels])
    assert budget.error < 1e-6
    middle, column = rows // 2, columns // 2
    flow = float(domain.flux_x[:, column + 4].sum()) * cell
    return flow, float(domain.depth[middle, column - 1]), float(domain.depth[middle, column]) - drop


@BOTH
@pytest.mark.parametrize(("beyond", "drop"), [(1.9, 0.0), (1.0, 0.0), (-1.0, 1.5)], ids=["drowned", "half drowned", "free"])
def test_a_breach_of_half_a_cell_carries_half_of_what_a_whole_one_does(kind, beyond, drop):
    cell = 20.0
    whole, _, _ = through_a_breach(kind, cell, beyond=beyond, drop=drop)
    for share in (0.5, 0.25):
        flow, upper, lower = through_a_breach(kind, share * cell, beyond=beyond, drop=drop)
        assert flow / whole == pytest.approx(share, rel=0.15)
        ratio = max(lower, 0.0) / upper
        formula = 1.705 * upper**1.5 * (1 - ratio**1.5) ** 0.385 * share * cell  # Villemonte 1947 where it is drowned
        assert flow == pytest.approx(formula, rel=0.1)


@BOTH
def test_a_line_whose_crest_never_stood_above_the_ground_does_nothing(kind):
    made = []
    for crest in (None, 0.0):
        domain = Domain(np.tile(0.05 * np.arange(30)[::-1], (6, 1)), 0.03, 10.0)
        domain.depth[:, :10] = 1.0
        if crest is not None:
            chain = face_chain(np.array([150.0, 150.0]), np.array([0.0, 60.0]), 6, 30, 10.0)
            domain.set_faces(*Barriers([Dam(chain, np.full(6, crest))]).faces(domain))
        run(domain, 300, kind)
        made.append(domain.depth.copy())
    assert np.array_equal(*made)
    assert made[0][:, 20:].max() > 0.1


@BOTH
def test_an_edge_follows_its_level(kind):
    domain = Domain(np.zeros((5, 40)), 0.03, 10.0)
    edge = edge_of(np.zeros((5, 40), bool), ~domain.blocked)
    west = edge.chosen(edge.on(["west"]))
    domain.set_faces(*stage_faces(west))
    level = StageEdge(west, Curve((0.0, 1800.0), (0.0, 1.0)))
    budget = run(domain, 7200, kind, [level])
    assert domain.depth.mean() == pytest.approx(1.0, abs=0.01)
    assert budget.get("edge_outflow") == pytest.approx(-domain.volume(), rel=1e-6)
    assert budget.error < 1e-6


@BOTH
def test_what_enters_over_an_edge_leaves_over_another(kind):
    domain = Domain(np.tile(1.0 - 0.002 * 10 * np.arange(40), (5, 1)), 0.03, 10.0)
    edge = edge_of(np.zeros((5, 40), bool), ~domain.blocked)
    west, east = edge.chosen(edge.on(["west"])), edge.chosen(edge.on(["east"]))
    laws = [inflow_faces(west), open_faces(east, domain)]
    domain.set_faces(Faces.joined(p[0] for p in laws), Faces.joined(p[1] for p in laws))
    inflow = InflowEdge(west, Curve((0.0,), (10.0,)))
    run(domain, 3600, kind, [inflow])
    later = run(domain, 600, kind, [inflow])
    assert later.get("edge_outflow") == pytest.approx(0.0, abs=0.01 * 6000)
    normal = (0.2 * 0.03 / np.sqrt(0.002)) ** 0.6  # q = h^(5/3) √S / n
    assert domain.depth[2, 20] == pytest.approx(normal, rel=0.02)


def test_a_pump_and_a_culvert_move_what_they_say():
    domain = Domain(np.zeros((6, 40)), 0.03, 10.0)
    domain.depth[:] = 1.0
    budget = run(domain, 600, controls=[Pump((2, 5), None, 0.5, 0.1)])
    assert budget.get("pumped_out") == pytest.approx(300, rel=0.01)
    assert budget.error < 1e-6
    chain = face_chain(np.array([200.0, 200.0]), np.array([0.0, 60.0]), 6, 40, 10.0)
    domain = Domain(np.zeros((6, 40)), 0.03, 10.0)
    barriers = Barriers([Dam(chain, np.full(6, 9.0))])
    domain.set_faces(*barriers.faces(domain))
    domain.depth[:, :20] = 2.0
    pipe = Culvert(((3, 19), (3, 20)), (0.0, 0.0), area=0.5, height=0.5)
    budget = run(domain, 60, controls=[pipe])
    assert domain.depth[:, 20:].sum() * 100 == pytest.approx(pipe.discharge((2.0, 0.0)) * 60, rel=0.05)
    flap = Culvert(((3, 20), (3, 19)), (0.0, 0.0), area=0.5, height=0.5, flap=True)
    assert flap.discharge((0.0, 2.0)) == 0.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=2, max_size=6), st.lists(st.floats(-10, 500), min_size=3, max_size=8))
def test_volumes_do_not_hang_on_the_steps(values, cuts):
    curve = Curve(tuple(float(60 * i) for i in range(len(values))), tuple(values))
    bars = Bars(tuple(float(60 * i) for i in range(len(values) + 1)), tuple(values))
    edges = sorted(cuts)
    for thing in (curve, bars):
        parts = sum(thing.integral(a, b) for a, b in pairwise(edges))
        assert parts == pytest.approx(thing.integral(edges[0], edges[-1]), abs=1e-6)


def test_roofs_lose_no_rain_and_holes_are_told_from_the_outside():
    random = np.random.default_rng(3)
    blocked, outside = random.random((20, 30)) < 0.3, np.zeros((20, 30), bool)
    outside[:, 25:] = True
    share = Roofs(blocked, outside).drained(np.ones((20, 30)))
    assert share.sum() == (~outside).sum()
    assert (share[blocked | outside] == 0).all()
    ground = np.zeros((6, 6))
    ground[0, :3] = ground[4, 4] = np.nan
    edge, holes = outside_and_holes(ground)
    assert (edge.sum(), holes.sum()) == (3, 1)
    assert len(disc_cells(5.0, 5.0, 0.0, 10, 10, 10.0)) == 1


def test_a_balance_that_does_not_close_stops_the_run():
    budget = Budget()
    budget.add("rain", 100.0)
    budget.close(98.0)
    with pytest.raises(FloodError, match=r"2\.0%"):
        budget.require(60)


def test_warm_up_is_harmless():
    warm_up()
