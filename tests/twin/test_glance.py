"""A glance gives the very fields that a run gives at that moment, computes little, and leaves out what would take long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import small_town

from twin.glance import glance
from twin.hook import Current, Previous
from twin.model import Twin
from twin.scenario import Scenario, load_scenario
from twin.store import MemoryStore
from twin.variable import Variable

RISING = """
name: rising
duration: 1 h
step: 10 min
water: {source: hazard_map, curve: [{at: 0, value: 0.0}, {at: 1 h, value: 1.0}]}
"""


def rising(**changes) -> Scenario:
    return Scenario.model_validate({**load_scenario(RISING).model_dump(), **changes})


def closed(start: int = 0) -> Scenario:
    return rising(measures=[{"kind": "road_closure", "roads": ["r0"], "start": start}])


def fields_at(twin: Twin, scenario: Scenario, moment: int) -> dict[str, str]:
    return next(dict(state.digests) for state, _ in twin.run(scenario) if state.time == moment)


def seen(twin: Twin, scenario: Scenario, moment: int, **options):
    return glance(twin, twin.ask(scenario), moment, **options)


def counter(ticks: float):
    """A clock that moves on by so many seconds whenever somebody looks at it."""
    now = [0.0]

    def clock() -> float:
        now[0] += ticks
        return now[0]

    return clock


@settings(deadline=None, max_examples=5)
@given(
    start=st.integers(0, 50).map(lambda minutes: 60 * minutes),
    moment=st.integers(0, 6).map(lambda n: 600 * n),
    known=st.booleans(),
    patience=st.sampled_from([0.0, 100.0]),
)
def test_what_is_seen_is_what_the_run_gives(start: int, moment: int, known: bool, patience: float) -> None:
    twin = Twin(small_town(), MemoryStore())
    if known:
        fields_at(twin, rising(), 3600)
    look = seen(twin, closed(start), moment, patience=patience)
    told = fields_at(Twin(small_town(), MemoryStore()), closed(start), look.time)
    assert look.time == moment
    assert {name: told[name] for name in look.digests} == dict(look.digests)
    assert set(look.digests) | set(look.left_out) == set(told)
    if patience:
        assert look.left_out == (), "with patience every chain is followed"


def test_a_road_closed_after_a_run_needs_only_the_hooks_behind_it() -> None:
    twin = Twin(small_town(), MemoryStore())
    fields_at(twin, rising(), 3600)
    look = seen(twin, closed(), 2400, patience=0.0)
    assert "passability" in look.computed
    assert not {"hazard", "exposure", "shelters", "official_map", "inundation"} & set(look.computed)
    assert "road_open" in look.digests
    assert twin.state(look.time, look.digests).field("road_open").shape[1] == 3
    assert seen(twin, closed(), 2400, patience=0.0).computed == (), "the second glance finds it"


def test_the_run_finds_what_the_glance_computed() -> None:
    twin = Twin(small_town(), MemoryStore())
    fields_at(twin, rising(), 3600)
    look = seen(twin, closed(), 2400)
    advance = next(advance for state, advance in twin.run(closed()) if state.time == 2400)
    again = {deed.hook for deed in advance.deeds if deed.computed}
    assert again.isdisjoint(look.computed)


def test_a_chain_that_takes_long_is_left_out() -> None:
    twin = Twin(small_town(), MemoryStore())
    fields_at(twin, rising(), 3600)
    lower = rising(water={"source": "hazard_map", "curve": [{"at": 0, "value": 0.1}, {"at": 3600, "value": 0.5}]})
    look = seen(twin, lower, 3600, patience=1.0, clock=counter(0.5))
    assert "building_depth" in look.left_out, "exposure remembers its greatest depth from step to step"
    assert "water_depth" in look.digests, "the depth on the ground remembers nothing"
    assert look.time == 3600


AGE = Variable("age", ("building",), "1", "steps so far", kind="prognostic", dtype="float64", missing=("unknown",), initial=0.0)
TOLD = Variable("told", ("building",), "1", "of age", dtype="float64", missing=("unknown",))


@dataclass(frozen=True)
class Slow:
    """Counts its steps, saying how far it is."""

    name: str = "slow"
    version: str = "1"
    reads: tuple = (Previous(AGE),)
    writes: tuple = (AGE,)

    def parameters(self, question, step):
        return {"seed": question.scenario.seed}

    def step(self, inputs, parameters, duration):
        for tenth in range(10):
            inputs.pulse(tenth / 10)
        return {"age": inputs.previous(AGE) + 1}


@dataclass(frozen=True)
class Reader(Slow):
    """Reads it, so that it is awaited."""

    name: str = "reader"
    reads: tuple = (Current(AGE),)
    writes: tuple = (TOLD,)

    def step(self, inputs, parameters, duration):
        return {"told": inputs.current(AGE)}


def test_a_step_that_says_how_far_it_is_is_given_up_in_its_midst() -> None:
    twin = Twin(small_town(), MemoryStore(), (Slow(), Reader()))
    steps = []
    look = seen(twin, rising(), 0, patience=1.0, clock=counter(0.3), pulse=lambda hook, share: steps.append((hook, share)))
    assert look.left_out == ("age", "told")
    assert 0 < len(steps) < 10
    assert seen(twin, rising(), 0).left_out == ()
    assert seen(twin, rising(), 3600).digests == fields_at(twin, rising(), 3600)


def test_pulses_stop_a_run_between_and_within_steps_and_keep_what_is_done() -> None:
    store = MemoryStore()
    twin = Twin(small_town(), store, (Slow(), Reader()))

    class EnoughError(Exception):
        pass

    shares = []

    def pulse(hook: str, share: float) -> None:
        shares.append(share)
        if len(shares) == 25:
            raise EnoughError

    done = []
    with pytest.raises(EnoughError):
        done.extend(state.time for state, _ in twin.run(rising(), pulse=pulse))
    assert done == [0, 600]
    computed = [deed.computed for _, advance in twin.run(rising()) for deed in advance.deeds if deed.hook == "slow"]
    assert computed == [False, False] + [True] * 5, "two steps were whole, the third was not"


def test_a_pulse_moves_no_number() -> None:
    plain = fields_at(Twin(small_town(), MemoryStore(), (Slow(),)), rising(), 3600)
    twin = Twin(small_town(), MemoryStore(), (Slow(),))
    told = [dict(state.digests) for state, _ in twin.run(rising(), pulse=lambda hook, share: None)][-1]
    assert told == plain
    assert np.array_equal(twin.store.field(told["age"]), [7.0] * 4)
