"""Nothing that people make is lost: versions, undo, two editors at once, a kill in the middle, ten thousand scenarios."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from twin.jobs import Jobs
from twin.jobs.job import Message
from twin.library import Library
from twin.scenario import Scenario, load_scenario

BARRIER = {"kind": "flood_barrier", "line": [[131.42, 33.73], [131.43, 33.73]], "height": 1.0}


@pytest.fixture
def library(tmp_path):
    with Library(tmp_path / "library.sqlite") as opened:
        yield opened


def asked(name: str = "flood", *, hours: float = 3, measures=(), **more) -> Scenario:
    water = {"source": "stage", "levels": [{"at": 0, "value": 1.5}]}
    return Scenario.model_validate(
        {"name": name, "duration": round(hours * 3600), "water": water, "measures": list(measures), **more}
    )


def test_what_was_saved_is_what_is_opened(library, tmp_path):
    scenario = asked(
        measures=[{**BARRIER, "name": "boards", "start": 600, "end": 1200}], description="What do boards help?", seed=4
    )
    made = library.create("kawabe", scenario, author="aoi", event="high river", plan="boards")
    with Library(tmp_path / "library.sqlite") as other:
        again = other.get(made.id)
    assert again.scenario == scenario == load_scenario(again.scenario.to_yaml())
    assert (again.event, again.plan, again.number, again.author) == ("high river", "boards", 1, "aoi")
    assert not again.can_undo
    assert not again.can_redo


def test_it_lives_in_the_same_file_as_the_jobs(tmp_path):
    url = tmp_path / "city-twin.sqlite"
    with Jobs(url) as jobs, Library(url) as library:
        jobs.submit("simulate", {"n": 1}, "aoi")
        library.create("kawabe", asked())
    with Library(url) as library, Jobs(url) as jobs:
        assert library.list("kawabe").total == 1
        assert len(jobs.list()) == 1


def test_undo_and_redo_walk_the_versions_and_a_new_change_hides_but_keeps_what_was_undone(library):
    one = library.create("kawabe", asked(hours=1))
    two = library.change(one.id, asked(hours=2), based_on=one.number, what=Message("Longer"))
    three = library.change(one.id, asked(hours=3), based_on=two.number)
    assert library.change(one.id, asked(hours=3), based_on=three.number).number == three.number, "no change, no version"
    back = library.undo(one.id, based_on=three.number)
    assert (back.scenario, back.can_undo, back.can_redo) == (asked(hours=2), True, True)
    back = library.undo(one.id, based_on=back.number)
    assert (back.scenario, back.can_undo) == (asked(hours=1), False)
    assert library.undo(one.id, based_on=back.number) == back, "there is nothing before the first"
    assert library.redo(one.id, based_on=back.number).scenario == asked(hours=2)
    other = library.change(one.id, asked(hours=9), based_on=two.number)
    assert not other.can_redo
    assert {v.number for v in library.history(one.id)} == {1, 2, 3, 4}
    assert library.get(one.id, three.number).scenario == asked(hours=3)
    assert library.go_to(one.id, three.number, based_on=other.number).scenario == asked(hours=3)


def test_a_new_name_can_be_undone_too(library):
    made = library.create("kawabe", asked("flood"), plan="one")
    named = library.change(made.id, asked("great flood"), based_on=1, plan="two")
    assert (named.name, named.plan) == ("great flood", "two")
    back = library.undo(made.id, based_on=named.number)
    assert (back.name, back.plan) == ("flood", "one")
    assert library.list("kawabe").items[0].name == "flood"


def test_the_second_of_two_editors_is_told_and_loses_nothing(library):
    made = library.create("kawabe", asked())
    first = library.change(made.id, asked(hours=4), based_on=made.number, author="aoi")
    second = library.change(made.id, asked(hours=5), based_on=made.number, author="ren", copy_name="{name} (Ren)")
    assert second.conflict
    assert second.id != made.id
    assert (second.name, second.scenario.duration, second.branched_from) == ("flood (Ren)", 5 * 3600, (made.id, 1))
    assert library.get(made.id).scenario == first.scenario
    same = library.change(made.id, asked(hours=4), based_on=made.number, author="ren")
    assert (same.id, same.conflict) == (made.id, False), "both did the same: there is nothing to tell"
    with pytest.raises(InputError, match="Somebody else changed flood meanwhile"):
        library.undo(made.id, based_on=made.number)


def test_twenty_editors_at_once_lose_nothing(library):
    made = library.create("kawabe", asked(hours=1))

    def edit(n: int) -> int:
        return library.change(made.id, asked(hours=2 + n), based_on=1).scenario.duration

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(edit, range(20)))
    kept = {library.get(item.id).scenario.duration for item in library.list("kawabe").items}
    assert sorted(done) == sorted(kept)
    assert library.list("kawabe").total == 20, "one was first, the others are copies"


def test_one_storm_against_several_plans(library):
    one = library.create("kawabe", asked("A"), event="storm", plan="nothing")
    library.create("kawabe", asked("B", hours=6, measures=[BARRIER]), event="tide", plan="boards")
    both = library.combine(event_of=one.id, plan_of=library.list("kawabe", words="B").items[0].id, name="A with boards")
    assert both.scenario == asked("A with boards", measures=[BARRIER])
    library.change(one.id, asked("A", hours=5), based_on=1)
    grid = library.grid("kawabe")
    assert (grid.events, grid.plans) == (("storm", "tide"), ("boards", "nothing"))
    assert {at: [(c.name, c.event_differs) for c in cells] for at, cells in grid.cells.items()} == {
        ("storm", "nothing"): [("A", False)],
        ("storm", "boards"): [("A with boards", True)],
        ("tide", "boards"): [("B", False)],
    }


def test_an_event_and_a_plan_that_do_not_go_together(library):
    short = library.create("kawabe", asked(hours=1), event="short")
    late = library.create("kawabe", asked(hours=9, measures=[{**BARRIER, "start": 7200}]), plan="late")
    with pytest.raises(InputError, match=r"do not go together .*starts at 2 h, after the end at 1 h"):
        library.combine(event_of=short.id, plan_of=late.id, name="both")
    assert library.list("kawabe").total == 2


def test_putting_away_is_not_deleting(library):
    made = library.create("kawabe", asked())
    library.archive(made.id)
    assert library.list("kawabe").total == 0
    assert library.list("kawabe", archived=True).items[0].id == made.id
    library.archive(made.id, archived=False)
    assert library.list("kawabe").total == 1


def test_what_is_not_there_is_said(library):
    made = library.create("kawabe", asked())
    with pytest.raises(InputError, match="no saved scenario nowhere"):
        library.get("nowhere")
    with pytest.raises(InputError, match="no version 7"):
        library.get(made.id, 7)
    with pytest.raises(InputError, match="no version 7"):
        library.change(made.id, asked(), based_on=7)


def test_ten_thousand_scenarios_are_listed_and_searched_quickly(library):
    library.create("kawabe", asked("first"))
    with library._database.writing() as session:  # as `create` does, in one transaction: only the preparation is hastened
        from twin.library.library import MADE, _new

        for n in range(10_000):
            _new(session, "kawabe", asked(f"Storm {n:05d}", description="堤防" if n % 100 == 0 else ""), "", "", "", MADE)
    began = time.perf_counter()
    page = library.list("kawabe", offset=5000, limit=50)
    found = library.list("kawabe", words="ＳＴＯＲＭ 0777")
    japanese = library.list("kawabe", words="堤防", limit=10)
    took = time.perf_counter() - began
    assert (page.total, len(page.items)) == (10_001, 50)
    assert {item.name for item in found.items} == {f"Storm 0777{n}" for n in range(10)} | {"Storm 00777"}
    assert (japanese.total, len(japanese.items)) == (100, 10)
    assert library.list("kawabe", words="100%").total == 0, "a percent sign is a percent sign"
    assert took < 2.0, f"three lists took {took:.2f} s"


WRITER = """
import sys
from twin.library import Library
from twin.scenario import Scenario
with Library(sys.argv[1]) as library:
    saved = library.create("kawabe", Scenario(name="flood", duration=1))
    print(saved.id, saved.number, flush=True)
    while True:
        duration = saved.scenario.duration + 1
        saved = library.change(saved.id, Scenario(name="flood", duration=duration), based_on=saved.number)
        print(saved.id, saved.number, flush=True)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path):
    url = tmp_path / "library.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(url)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(25)]
        os.kill(writer.pid, signal.SIGKILL)
        lines += writer.stdout.readlines()
    scenario_id, acknowledged = lines[-1].decode().split() if lines[-1].endswith(b"\n") else lines[-2].decode().split()
    with Library(url) as library:
        saved = library.get(scenario_id)
        assert saved.number >= int(acknowledged) >= 25
        assert saved.scenario.duration == saved.number
        assert library.change(scenario_id, asked(), based_on=saved.number).number == saved.number + 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.sampled_from(["change", "undo", "redo"]), max_size=14))
def test_undo_and_redo_agree_with_a_stack(library, deeds):
    """The reference: a list of states with a cursor, cut off behind the cursor by a change."""
    saved = library.create("kawabe", asked(hours=1))
    stack, cursor = [1], 0
    for n, deed in enumerate(deeds, 2):
        if deed == "change":
            saved = library.change(saved.id, asked(hours=n), based_on=saved.number)
            stack, cursor = [*stack[: cursor + 1], n], cursor + 1
        elif deed == "undo":
            saved, cursor = library.undo(saved.id, based_on=saved.number), max(cursor - 1, 0)
        else:
            saved, cursor = library.redo(saved.id, based_on=saved.number), min(cursor + 1, len(stack) - 1)
        assert saved.scenario == asked(hours=stack[cursor])
        assert (saved.can_undo, saved.can_redo) == (cursor > 0, cursor < len(stack) - 1)
