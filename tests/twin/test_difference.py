"""What is reused and what is computed, and why, said in sentences that name the cause."""

from __future__ import annotations

import pytest
from towns import small_town

from twin.difference import changed_parts, differences, first_change
from twin.model import Twin
from twin.question import Question
from twin.questions_compared import what_differs
from twin.scenario import Scenario, load_scenario
from twin.simulation import simulate
from twin.store import MemoryStore

RISING = """
name: rising
duration: 1 h
step: 20 min
water: {source: hazard_map, curve: [{at: 0, value: 0.0}, {at: 1 h, value: 1.0}]}
"""


def rising(**changes) -> Scenario:
    return Scenario.model_validate({**load_scenario(RISING).model_dump(), **changes})


@pytest.fixture(scope="module")
def known():
    """A town, and a store that knows all of `rising`."""
    city, store = small_town(), MemoryStore()
    for _ in Twin(city, store).run(rising()):
        pass
    return city, store


def told(known, scenario: Scenario) -> dict:
    city, store = known
    return {each.hook: each for each in differences(city, store, scenario, rising())}


def test_nothing_changed(known) -> None:
    assert {each.fate for each in told(known, rising(name="another name")).values()} == {"reused"}
    assert told(known, rising())["hazard"].reason.text == "hazard: reused, as nothing that it reads has changed."


def test_a_road_closed_later_is_the_cause_of_what_follows_and_of_nothing_else(known) -> None:
    closing = rising(measures=[{"kind": "road_closure", "roads": ["r0"], "start": 2400}])
    found = told(known, closing)
    assert found["hazard"].fate == found["exposure"].fate == found["shelters"].fate == "reused"
    mine = found["passability"]
    assert (mine.fate, mine.since, mine.causes) == ("computed", 1200, ("passability",))
    assert mine.reason.text == "passability: computed from 20 min on, as this changed: closed."
    assert found["travel"].fate == "unsure"
    assert found["travel"].reason.text == "travel: computed from 20 min on if passability gives something else."


def test_what_came_of_it_is_told_after_the_run(known) -> None:
    closing = rising(measures=[{"kind": "road_closure", "roads": ["r1"], "start": 2400}])
    city, store = known
    for _ in Twin(city, store).run(closing):
        pass
    found = told(known, closing)
    assert {each.fate for each in found.values()} == {"reused"}
    assert found["passability"].reason.text == "passability: reused, as this was asked before."


def test_a_run_that_found_its_own_work_tells_what_the_change_made_of_it(known, tmp_path) -> None:
    """Interrupted, or seen at a glance before: what it found was computed for this very question."""
    city, store = known
    closing = rising(measures=[{"kind": "road_closure", "roads": ["r0", "r1"], "start": 2400}])
    asked = (rising(), closing, closing)
    runs = [simulate(city, each, store=store, folder=tmp_path / f"{number}") for number, each in enumerate(asked)]
    assert runs[-1].hooks_computed == 0
    found = {each.hook: each for each in differences(city, store, closing, rising(), run=runs[-1], before=runs[0])}
    assert (found["passability"].fate, found["passability"].since) == ("computed", 1200)
    assert found["hazard"].fate == "reused"
    assert found["travel"].reason.text == "travel: computed from 20 min on, as passability gives something else."
    alone = differences(city, store, closing, None, run=runs[-1])
    assert {each.fate for each in alone} == {"computed"}


def test_another_step_and_a_longer_run_say_so(known) -> None:
    finer = told(known, rising(step=600))["hazard"]
    assert finer.reason.text == "hazard: computed from 0 min on, as this changed: step."
    assert told(known, rising(duration=7200))["hazard"].fate == "reused", "after its end the course stands still"


def test_the_first_question_is_new() -> None:
    found = differences(small_town(), MemoryStore(), rising(), None)
    assert all(each.fate != "reused" for each in found)
    assert found[0].reason.text.endswith(": computed, as nothing like it is known here.")


def test_questions_compared_in_words() -> None:
    one = rising(measures=[{"kind": "road_closure", "name": "bridge", "roads": ["r0"], "start": 600}])
    other = rising(name="faster", step=600, measures=[{"kind": "shelter_closed", "shelters": ["s0"], "start": 0}])
    assert [each.text for each in what_differs(one, other)] == [
        "the length of a step is 10 min in faster, 20 min in rising.",
        "The measure bridge from 10 min is in rising only.",
        "The measure Shelter closed from 0 min is in faster only.",
    ]
    assert what_differs(one, one.model_copy(update={"description": "in other words"})) == ()


def test_a_measure_done_otherwise_tells_what_of_it_is_otherwise() -> None:
    closed = {"kind": "road_closure", "name": "bridge", "roads": ["r0"], "start": 600}
    one = rising(measures=[closed, {**closed, "name": "underpass"}])
    other = rising(name="later", measures=[{**closed, "roads": ["r0", "r1"], "start": 2400}, {**closed, "name": "ford"}])
    assert [each.text for each in what_differs(one, other)] == [
        "The measure bridge: which roads it is about differs between rising and later.",
        "The measure bridge: the time at which it begins is 40 min in later, 10 min in rising.",
        "The measure underpass from 10 min is in rising only.",
        "The measure ford from 10 min is in later only.",
    ]


def test_parts_that_differ_are_named_down_to_the_value() -> None:
    assert list(changed_parts({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": None})) == ["a c"]
    assert list(changed_parts([1, 2], [1, 3], "levels")) == ["levels"]


def test_a_first_order_changes_the_orders_and_nothing_that_comes_along_with_it() -> None:
    order = {"kind": "evacuation_order", "level": 4, "share": 0.5, "start": 600}
    city = small_town()
    hook = next(each for each in Twin(city, MemoryStore()).of(rising()).order if each.name == "evacuation")
    one, other = (Question(rising(measures=measures), city) for measures in ([], [order]))
    assert first_change(hook, other, one) == (0, ("orders",))
