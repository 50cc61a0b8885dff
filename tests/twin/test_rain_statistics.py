"""Storms by how often they come: depths between durations by hand, nothing beyond what is told, all of the rain falls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import InputError
from layers.language import Language
from layers.wording import event_title, event_words
from tests.twin.towns import small_town, table
from twin.assumptions import assumptions_of
from twin.flood.storm import hyetograph
from twin.rain_statistics import RainStatistics, rain_statistics, told_by
from twin.scenario import Scenario, load_scenario
from twin.scenario.engine import Rain
from twin.scenario.events import engine, rain_figures, storm_of
from twin.scenario.storm import DesignStorm

MINUTE, HOUR = 60, 3600
CURVE = ((10 * MINUTE, 30.0), (HOUR, 90.0), (6 * HOUR, 180.0), (24 * HOUR, 300.0))
GAUGE = RainStatistics("gauge", "Weather office", "2024", {100.0: CURVE, 2.0: ((HOUR, 40.0), (3 * HOUR, 60.0))})
EVENT = {
    "rain": 0.0,
    "rain_length": 0,
    "river": None,
    "tide": None,
    "peak_at": HOUR,
    "duration": 6 * HOUR,
    "rivers_full": False,
}


def town(curves=GAUGE.curves, name="gauge"):
    rows = [(years, duration, depth) for years, curve in curves.items() for duration, depth in curve]
    years, durations, depths = (list(column) for column in zip(*rows, strict=True))
    told = table(
        "rain_statistics", name=[name] * len(rows), return_period=years, duration=durations, depth=depths,
        source=["Weather office"] * len(rows), valid=["2024"] * len(rows),
    )  # fmt: skip
    return small_town(tables={"rain_statistics": told})


def asked(storm: DesignStorm, **more) -> Scenario:
    water = engine(None, **EVENT | {"design": storm} | more)
    return Scenario.model_validate({"name": "storm", "duration": 6 * HOUR, "water": water})


def test_a_depth_between_two_durations_lies_on_a_straight_line_in_logarithms():
    # From 1 h to 6 h the depth doubles: within 2 h it is 90 mm × 2^(log 2 / log 6) = 90 × 1.307533 = 117.7 mm.
    storm = GAUGE.storm(100, 2 * HOUR)
    assert [(point.duration, point.depth) for point in storm.depths] == [(600, 30.0), (3600, 90.0), (7200, 117.7)]
    assert 90 * 2 ** (math.log(2) / math.log(6)) == pytest.approx(117.678, abs=1e-3)
    # A third of the way in logarithms from 1 h to 6 h, in time 1 h × 6^(1/3): 90 mm × 2^(1/3).
    assert GAUGE.storm(100, round(HOUR * 6 ** (1 / 3))).total == pytest.approx(113.4, abs=0.05)


def test_what_is_told_is_taken_as_it_is():
    assert GAUGE.storm(100, 6 * HOUR).total == 180.0
    assert GAUGE.storm(100, 10 * MINUTE).depths == GAUGE.storm(100, 6 * HOUR).depths[:1]
    assert (GAUGE.return_periods(), GAUGE.spans(100)) == ((2.0, 100.0), (600, 86400))


@pytest.mark.parametrize(
    ("years", "length", "words"),
    [
        (100, 9 * MINUTE, "tell of 10 min to 1 d once in 100 years, not of 9 min"),
        (100, 25 * HOUR, "tell of 10 min to 1 d once in 100 years, not of 1 d 1 h"),
        (2, 10 * MINUTE, "tell of 1 h to 3 h once in 2 years, not of 10 min"),
        (50, HOUR, "tell nothing of a storm that comes once in 50 years; take one of 2, 100"),
    ],
)
def test_nothing_is_made_up_beyond_what_is_told(years, length, words):
    with pytest.raises(InputError, match=words):
        GAUGE.storm(years, length)


@given(length=st.integers(10 * MINUTE, 24 * HOUR), factor=st.floats(0.5, 2.0))
def test_all_of_the_rain_falls_and_the_heaviest_part_of_every_length_is_that_of_the_curve(length, factor):
    storm = GAUGE.storm(100, length, factor=factor)
    bars = hyetograph(Rain(storm=storm))
    assert bars.integral(0, length) * 1000 == pytest.approx(storm.total)
    assert bars.integral(0, 1e9) * 1000 == pytest.approx(storm.total)
    blocks = np.array(bars.rates) * np.diff(bars.times) * 1000
    for count in range(1, len(blocks) + 1):
        heaviest = np.convolve(blocks, np.ones(count), "valid").max()
        curve = storm.depths_within(np.array([count * bars.times[1]]))[0]
        assert heaviest == pytest.approx(curve, rel=1e-6)


def test_a_scenario_keeps_the_depths_that_it_was_made_from():
    scenario = asked(GAUGE.storm(100, 2 * HOUR))
    read_back = load_scenario(scenario.to_yaml())
    assert read_back == scenario
    assert storm_of(read_back.water).depths[-1].depth == 117.7
    assert told_by(town(), storm_of(scenario.water)).name == "gauge"
    other = {100.0: ((600, 33.0), *CURVE[1:])}
    assert told_by(town(other), storm_of(scenario.water)) is None, "the statistics have changed, the scenario has not"
    assert told_by(town(name="hills"), storm_of(scenario.water)) is None
    assert rain_statistics(small_town()) == ()


def test_a_storm_that_was_told_stays_while_something_else_changes_and_gives_way_to_a_total():
    water = asked(GAUGE.storm(100, 2 * HOUR)).water
    total, length = rain_figures(water.rain)
    assert (total, length) == (117.7, 2 * HOUR)
    stays = Scenario.model_validate(
        {"name": "s", "duration": HOUR, "water": engine(water, **EVENT | {"rain": total, "rain_length": length, "tide": 2.0})}
    )
    assert storm_of(stays.water) == storm_of(water)
    gives_way = engine(water, **EVENT | {"rain": total, "rain_length": length, "keep": False})
    assert "storm" not in gives_way["rain"]


def test_it_falls_about_a_place_like_any_other_storm():
    cell = {"at": [131.4, 33.7], "radius": 800.0}
    rain = asked(GAUGE.storm(100, HOUR), cell=cell).water.rain
    assert (rain.storm.return_period, rain.cell.radius) == (100, 800)


def test_rain_that_the_scenario_does_not_wait_for_is_told_in_the_passport():
    told = " ".join(note.text for note in assumptions_of(asked(GAUGE.storm(100, 12 * HOUR)), town()))
    assert "It rains for 12 h, and the scenario lasts 6 h" in told
    assert "It rains for" not in " ".join(note.text for note in assumptions_of(asked(GAUGE.storm(100, 6 * HOUR)), town()))


def test_it_is_told_in_words_with_its_source():
    city, english, japanese = town(), Language("en"), Language("ja")
    scenario = asked(GAUGE.storm(100, 6 * HOUR))
    assert "a storm once in 100 years, 6 h: 180 mm, after Weather office · 2024" in event_words(scenario, city, english)
    assert event_title(scenario, english) == "Storm once in 100 years, 6 h: 180 mm"
    assert "100" in event_title(scenario, japanese)
    told = " ".join(note.text for note in assumptions_of(scenario, city))
    assert "once in 100 years on average: 180 mm in 360 min, after gauge, Weather office, 2024" in told
    warmer = asked(GAUGE.storm(100, 6 * HOUR, factor=1.1))
    assert "6 h: 180 × 1.1 = 198 mm" in event_words(warmer, city, english)
    assert "multiplied by 1.1; how often that comes, nobody says" in " ".join(
        note.text for note in assumptions_of(warmer, city)
    )


def test_a_storm_without_a_source_says_so_in_the_reader_s_language():
    storm = GAUGE.storm(100, HOUR).model_copy(update={"name": "", "source": "", "valid": ""})
    told = [note for note in assumptions_of(asked(storm), town()) if "on average" in note.template]
    assert "after a source that is not stated" in told[0].text
    assert "出典" in Language("ja").text(told[0].template, **told[0].values)


def test_only_the_storm_as_it_was_told_says_how_often_it_comes():
    assert GAUGE.storm(100, HOUR).comes_once_in == 100
    assert GAUGE.storm(100, HOUR, factor=1.1).comes_once_in is None
    assert storm_of(Scenario.model_validate({
        "name": "own", "duration": HOUR,
        "water": {"source": "engine", "rain": {"storm": {"depths": [{"duration": "1 h", "depth": 50}]}}},
    }).water) is None  # fmt: skip


def test_the_same_depths_bring_the_same_water_whatever_they_are_called():
    from twin.flood.question import engine_parameters
    from twin.question import Question, Step

    storm = GAUGE.storm(100, HOUR)
    other = storm.model_copy(update={"return_period": 50.0, "source": "", "name": "", "valid": ""})
    city = town()
    told = [
        engine_parameters(Question(scenario, city), scenario.water, Step(0, 600))
        for scenario in (asked(storm), asked(other))
    ]  # fmt: skip
    assert told[0] == told[1]
