"""Whose people a page or a report counts is said wherever it counts them, and unknown ages are no empty ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geodata.city import LayersInMemory
from layers.compared import compared_headlines
from layers.gains import gains_told
from layers.headline import headlines
from layers.language import Language
from layers.people_table import UNKNOWN, counts_with_totals, people_frames
from layers.wording import people_words
from twin.breakdown import people_by_area
from twin.mobility.rehearsal import QUESTION, small_city
from twin.model import Twin
from twin.run import Run
from twin.scenario import Scenario
from twin.store import MemoryStore

SPOKEN = Language("en")


@pytest.fixture(scope="module")
def city():
    """The town in which 14 people live, with 41 in it by day."""
    city = small_city()
    tables = {name: city.table(name) for name in city.layers.names("table")}
    tables["buildings"]["people_by_day"] = [20.0, 13.0, 1.0, 7.0]
    rasters = {name: city.raster(name).copy() for name in city.layers.names("raster")}
    overlays = {name: city.overlay(name) for name in city.layers.names("overlay")}
    return replace(city, layers=LayersInMemory(tables, rasters, overlays))


@pytest.fixture(scope="module")
def states(city):
    """The last state with residents at home, and that with people by day."""
    made = []
    for people in ("at_home", "by_day"):
        *_, (state, _) = Twin(city, MemoryStore()).run(Scenario.model_validate(QUESTION | {"people": people}))
        made.append(state)
    return made


def test_totals_hold_all_people_where_ages_are_unknown(states):
    table = people_by_area(states[1], np.array([1.0, 1.0, 0.0, 0.0]), kind="ward")
    assert table["everybody"].tolist() == [41.0]
    exact, public = (counts_with_totals([table], public=each)[0] for each in (False, True))
    assert np.isnan(exact[:, :4]).all()
    assert exact[:, 4].tolist() == [33.0, 33.0]
    assert public[:, 4].tolist() == [40.0, 40.0]
    (frame,) = people_frames([table], SPOKEN, public=True)
    assert (frame.iloc[:, 1:5] == UNKNOWN).all(axis=None), "unknown, not withheld"


def test_headlines_say_that_people_are_counted_by_day():
    told = {"people_exposed": 20.0, "people_counted": "by_day", "people_cut_off": 3.0}
    assert [h.sentence for h in headlines(told, SPOKEN)] == [
        "people cut off on foot, by day", "people in flooded buildings, by day",
    ]  # fmt: skip
    home = headlines(told | {"people_counted": "at_home"}, SPOKEN)
    assert [h.sentence for h in home] == ["people cut off on foot", "people in flooded buildings"]


def test_a_comparison_says_whose_people_either_answer_counts():
    runs = [
        Run("a", {}, "c", outcomes={"people_exposed": 20.0, "buildings_flooded": 2, "people_counted": "at_home"}),
        Run("b", {}, "c", outcomes={"people_exposed": 50.0, "buildings_flooded": 3, "people_counted": "by_day"}),
    ]
    told = [h.sentence for h in compared_headlines(*runs, SPOKEN)]
    assert told == ["people in flooded buildings: 20 at home → 50 by day", "buildings flooded: 2 → 3"]


def test_gains_count_the_people_of_the_second_answer_and_say_so(states):
    home, day = states
    told = " ".join(gains_told(home, day, what="travel_time", group="walker", language=SPOKEN).sentences)
    assert "counted here are those of the second: People by day." in told
    assert "41 people have the same" in told
    alike = " ".join(gains_told(day, day, what="travel_time", group="walker", language=SPOKEN).sentences)
    assert "different places" not in alike


def test_the_question_says_where_people_are_counted(city):
    day = Scenario.model_validate(QUESTION | {"people": "by_day"})
    assert people_words(day, city, SPOKEN) == "People are counted where they are by day."
    assert people_words(day, small_city(), SPOKEN) == "Residents are counted at home."
