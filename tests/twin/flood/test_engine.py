"""What the engine promises around its kernels: no compiling on a click, cost by wet cells, faults named, pulses."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from twin.flood.budget import Budget, FloodError
from twin.flood.curve import Curve
from twin.flood.domain import Domain
from twin.flood.full_solver import ShallowWaterSolver
from twin.flood.infiltration import HORTON, Soil
from twin.flood.pace import Pace
from twin.flood.solver import Forcing, LocalInertialSolver, Scheme, UnstableError
from twin.flood.sources import Culvert, Pump

SOLVERS = (LocalInertialSolver, ShallowWaterSolver)
FIELDS = ("h", "r", "qx", "qy", "peak", "arrival_")

FIRST_CLICK = """
import importlib, pkgutil
import numpy as np
import twin.flood
from twin.flood.engine import warm_up

def compiled():
    made = {}
    for module in pkgutil.iter_modules(twin.flood.__path__):
        for name, value in vars(importlib.import_module("twin.flood." + module.name)).items():
            if hasattr(value, "signatures"):
                made[module.name + "." + name] = len(value.signatures)
    return made

warm_up()
before = compiled()

from twin.flood.barriers import Barriers, Breach, Dam, face_chain
from twin.flood.boundaries import StageEdge, edge_of, open_faces, stage_faces
from twin.flood.budget import Budget
from twin.flood.curve import Curve
from twin.flood.domain import Domain
from twin.flood.engine import solver_of
from twin.flood.faces import Faces
from twin.flood.infiltration import GREEN_AMPT, HORTON, Soil
from twin.flood.solver import Forcing
from twin.flood.sources import Culvert, Inflow, Pump, StillSources

for solver in ("local_inertial", "full"):
    for threads in (1, 2):
        ground = np.random.default_rng(0).random((180, 200))
        ground[3, 4] = np.nan
        storm = Domain(ground, 0.03, 10.0)
        storm.soils = (Soil(), Soil(HORTON, 1e-5, 1e-6, 1e-3, sewer=1e-6), Soil(GREEN_AMPT, 1e-6, 0.1))
        edge = edge_of(np.zeros(ground.shape, bool), ~storm.blocked)
        storm.set_faces(*open_faces(edge, storm))
        given = {"solver": solver, "alpha": 0.4, "theta": 0.9}
        solver_of(given, storm, threads=threads).run(Forcing(lambda a, b: 1e-4 * (b - a), lambda t: 1e-4 * t), 0, 60, Budget())

        breach = Domain(np.zeros((180, 200)), np.full((180, 200), 0.03), 10.0)
        breach.depth[:60] = 3.0
        chain = face_chain(np.array([0.0, 2000.0]), np.array([600.0, 600.0]), 180, 200, 10.0)
        levee = Barriers([Dam(chain, np.full(len(chain), 4.0))], [Breach(1000.0, 600.0, 80.0, 0.0, 0.0, 30.0, bank=30.0)])
        edge = edge_of(np.zeros((180, 200), bool), ~breach.blocked)
        west = edge.chosen(edge.on(["west"]))
        laws = [levee.faces(breach), stage_faces(west)]
        breach.set_faces(Faces.joined(a for a, _ in laws), Faces.joined(b for _, b in laws))
        places = breach.set_sources(np.array([[5, 5], [5, 6]]))
        controls = [levee, StageEdge(west, Curve((0.0,), (3.0,))), StillSources(), Inflow(places, Curve((0.0,), (5.0,))),
                    Pump((100, 100), None, 1.0, 0.0), Culvert(((50, 5), (90, 5)), (0.0, 0.0), 1.0, 1.0)]
        run = solver_of(given, breach, threads=threads)
        budget = Budget()
        run.run(Forcing(controls=controls), 0, 60, budget, pulse=lambda time: None)
        run.close(budget)
        assert breach.depth[70, 100] > 0, "it did not break"

after = compiled()
grown = {name: (before.get(name), count) for name, count in after.items() if count != before.get(name)}
assert not grown, grown
assert sum(before.values()) > 15
"""


def test_nothing_is_compiled_after_warm_up():
    done = subprocess.run([sys.executable, "-c", FIRST_CLICK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def pond(size: int) -> Domain:
    """Water that spreads from the middle of a dry plane."""
    domain = Domain(np.zeros((size, size)), 0.05, 10.0)
    middle = size // 2
    domain.depth[middle - 20 : middle + 20, middle - 20 : middle + 20] = 2.0
    return domain


@pytest.mark.parametrize("kind", SOLVERS)
def test_cost_grows_with_wet_cells_and_not_with_the_grid(kind):
    made = []
    for size in (150, 600):
        domain = pond(size)
        solver = kind(domain)
        solver.run(Forcing(), 0, 120, Budget())
        made.append((solver.updates / solver.steps, int((domain.depth > 1e-3).sum()), solver.steps))
    (few, wet, steps), (many, as_wet, as_many) = made
    assert (wet, steps) == (as_wet, as_many)
    assert many == pytest.approx(few, rel=0.25)  # tiles lie a little differently
    assert many < 6 * wet


@pytest.mark.parametrize("kind", SOLVERS)
def test_a_dry_open_rim_costs_nothing(kind):
    from twin.flood.boundaries import edge_of, open_faces

    made = []
    for is_open in (False, True):
        domain = pond(400)
        if is_open:
            edge = edge_of(np.zeros((400, 400), np.bool_), ~domain.blocked)
            domain.set_faces(*open_faces(edge, domain))
        solver = kind(domain)
        solver.run(Forcing(), 0, 60, Budget())
        made.append(solver.updates)
    assert made[0] == made[1]


@pytest.mark.parametrize("measure", ["pump", "culvert"])
def test_water_poured_onto_dry_ground_far_away_flows_at_once(measure):
    z = np.zeros((100, 300))
    z[:, 20:30] = 5.0
    ends = ((50, 10), (50, 250))
    control = Pump(*ends, 5.0, 0.0) if measure == "pump" else Culvert(ends, (0.0, 0.0), 4.0, 2.0)
    whole, cut = Domain(z, 0.03, 10.0), Domain(z, 0.03, 10.0)
    for domain, times in ((whole, (0, 120)), (cut, (0, 60, 120))):
        domain.depth[:, :20] = 2.0
        for start, end in pairwise(times):
            LocalInertialSolver(domain).run(Forcing(controls=[control]), start, end, Budget())
    assert whole.depth[50, 245] > 0.0
    assert np.array_equal(whole.depth, cut.depth)


class StoppedError(Exception):
    """A run was called off."""


@pytest.mark.parametrize("kind", SOLVERS)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_pulse_may_stop_a_run_and_nothing_is_lost(kind, threads):
    whole, stopped = pond(200), pond(200)
    for domain in (whole, stopped):
        domain.soils = (Soil(), Soil(HORTON, 1e-5, 1e-6, 1e-3))
    forcing = Forcing(lambda a, b: 1e-5 * (b - a), lambda t: 1e-5 * t)
    pulses: list[float] = []
    kind(whole, threads=threads).run(forcing, 0, 120, Budget(), pulse=pulses.append)
    assert pulses == sorted(pulses)
    assert pulses[-1] == 120
    reached = []

    def stop(time: float) -> None:
        reached.append(time)
        if len(reached) == len(pulses) // 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        kind(stopped, threads=threads).run(forcing, 0, 120, Budget(), pulse=stop)
    assert 0 < reached[-1] < 60
    kind(stopped, threads=threads).run(forcing, reached[-1], 120, Budget())
    for name in FIELDS:
        rows = whole.framed_rows
        assert np.array_equal(getattr(whole, name)[:rows], getattr(stopped, name)[:rows]), name


@pytest.mark.parametrize("kind", SOLVERS)
@pytest.mark.parametrize("field", ["h", "r", "qx", "qy"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_named_before_it_spreads(kind, field, value):
    domain = Domain(np.zeros((20, 30)), 0.03, 10.0)
    domain.depth[:] = 1.0
    domain.inner(getattr(domain, field))[7, 11] = value
    with pytest.raises(UnstableError) as caught:
        kind(domain).run(Forcing(), 30, 60, Budget())
    assert (caught.value.row, caught.value.column, caught.value.time) == (7, 11, 30)


class Spoiler:
    """Writes a value into a field within the run, as a fault of arithmetic would."""

    def __init__(self, field: str, value: float) -> None:
        self.field, self.value = field, value

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:
        if start <= 20 < end:
            domain.inner(getattr(domain, self.field))[7, 11] = self.value


@pytest.mark.parametrize("kind", SOLVERS)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("field", "value"), [("h", np.nan), ("h", np.inf), ("qx", np.nan), ("qy", np.inf)])
def test_a_run_that_goes_wrong_says_where_and_when(kind, threads, field, value):
    domain = Domain(np.zeros((200, 180)), 0.03, 10.0)
    domain.depth[:] = 1.0
    pulses: list[float] = []
    with pytest.raises(UnstableError) as caught:
        kind(domain, threads=threads).run(Forcing(controls=[Spoiler(field, value)]), 0, 60, Budget(), pulse=pulses.append)
    fault = caught.value
    assert abs(fault.row - 7) <= 16
    assert abs(fault.column - 11) <= 16
    assert 20 < fault.time < 30
    assert max(pulses) < fault.time  # what was reported before is good


def test_the_full_solver_stops_when_water_runs_away():
    domain = Domain(np.zeros((20, 30)), 0.0001, 10.0)
    domain.depth[:] = 1.0
    with pytest.raises(UnstableError) as caught:
        ShallowWaterSolver(domain).run(Forcing(controls=[Spoiler("qx", 1e4)]), 0, 60, Budget())
    assert abs(caught.value.row - 7) <= 8


@pytest.mark.parametrize("kind", SOLVERS)
@pytest.mark.parametrize("alpha", [1.5, 4.0, 20.0])
def test_a_step_too_long_never_gives_what_is_no_number(kind, alpha):
    domain = Domain(np.random.default_rng(1).random((40, 60)), 0.001, 10.0)
    domain.depth[:, :20] = 5.0
    fault = None
    try:
        kind(domain, Scheme(alpha=alpha, longest=60.0)).run(Forcing(), 0, 300, Budget())
    except UnstableError as caught:
        fault = caught
    if fault is None:
        assert np.isfinite(domain.depth).all()
        assert np.isfinite(domain.flux_x).all()
    else:
        assert 0 < fault.time <= 300


@pytest.mark.parametrize("rain", [np.nan, np.inf, -1e-6])
def test_rain_that_is_none_is_refused(rain):
    domain = Domain(np.zeros((4, 4)), 0.03, 10.0)
    with pytest.raises(FloodError, match="rain"):
        LocalInertialSolver(domain).run(Forcing(lambda a, b: rain), 0, 60, Budget())
    assert (domain.depth == 0).all()


def test_the_pace_takes_what_is_faster_and_looks_again():
    pace = Pace(2)
    taken = []
    for number in range(400):
        threads = pace.threads()
        taken.append(threads)
        busy = number >= 200  # a neighbour takes the second processor
        pace.note(threads, 1000, 1.0 if threads == 1 else (3.0 if busy else 0.6))
    assert sorted(taken[:2]) == [1, 2]
    assert np.mean(np.array(taken[2:200]) == 2) > 0.95
    assert np.mean(np.array(taken[220:]) == 1) > 0.95
    assert {2} < set(taken[220:]) | {0}
    assert {Pace(1).threads() for _ in range(5)} == {1}


def test_an_inflow_on_dry_ground_wakes_its_tiles():
    from twin.flood.sources import Inflow, StillSources

    domain = Domain(np.zeros((200, 400)), 0.03, 10.0)
    places = domain.set_sources(np.array([[100, 333]]))
    budget = Budget()
    solver = LocalInertialSolver(domain)
    solver.run(Forcing(controls=[StillSources(), Inflow(places, Curve((0.0,), (10.0,)))]), 0, 300, budget)
    solver.close(budget)
    assert budget.get("inflow") == pytest.approx(3000)
    assert budget.error < 1e-6
    assert solver.updates / solver.steps < 0.25 * 200 * 400


@pytest.mark.parametrize("kind", SOLVERS)
def test_how_a_run_is_cut_changes_no_bit(kind):
    y, x = np.mgrid[:60, :150]
    z = 2 * np.sin(x / 9.0) * np.cos(y / 7.0)
    whole, parts = Domain(z, 0.03, 10.0), Domain(z, 0.03, 10.0)
    for domain in (whole, parts):
        domain.depth[:20, :20] = 3.0
    forcing = Forcing(lambda a, b: 1e-5 * (min(b, 90) - min(a, 90)), lambda t: 1e-5 * min(t, 90))
    kind(whole).run(forcing, 0, 300, Budget())
    for start, end in pairwise((0, 60, 120, 180, 240, 300)):
        kind(parts).run(forcing, start, end, Budget())
    for name in FIELDS:
        rows = whole.framed_rows
        assert np.array_equal(getattr(whole, name)[:rows], getattr(parts, name)[:rows]), name
