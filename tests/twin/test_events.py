"""Events from a few figures: what people set is what the curves say, and what they left alone stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.scenario import Engine, Scenario
from twin.scenario.engine import Rain
from twin.scenario.events import engine, official, peak_of, rain_figures, stage, storm
from twin.scenario.presets import cloudburst

HOUR = 3600
LEFT_ALONE = {
    "rain": 0.0,
    "rain_length": HOUR,
    "river": None,
    "tide": None,
    "peak_at": HOUR,
    "duration": 2 * HOUR,
    "rivers_full": False,
}


def water_of(plain):
    return Scenario.model_validate({"name": "event", "duration": 6 * HOUR, "water": plain}).water


@given(total=st.floats(0.5, 2000 / 6), length=st.integers(600, 48 * HOUR))
def test_a_storm_adds_up_to_its_total(total, length):
    rain = Rain.model_validate({"rates": storm(total, max(length, HOUR))})
    assert rain_figures(rain)[0] == pytest.approx(total, abs=0.06)


def test_the_highest_point_is_where_it_was_put():
    peak = peak_of(water_of(official(map_id="", scale="L2", share=0.8, peak_at=2 * HOUR, duration=6 * HOUR)))
    assert (peak.at, peak.value) == (2 * HOUR, 0.8)
    peak = peak_of(water_of(stage(above="river", start=0.5, highest=4.0, peak_at=HOUR, duration=6 * HOUR)))
    assert (peak.at, peak.value) == (HOUR, 4.0)
    assert peak_of(None) is None


def test_what_is_left_alone_stays():
    base = water_of({
        "source": "engine", "rain": {"rates": [{"at": 0, "value": 20.0}, {"at": 1800, "value": 0.0}]}, "roughness": 0.08,
        "inflows": [{"at": [131.4, 33.7], "discharge": [{"at": 0, "value": 10.0}, {"at": 60, "value": 40.0}]}],
        "level_edges": [{"sides": ["west"], "levels": [{"at": 0, "value": 1.0}, {"at": 60, "value": 2.0}]}],
    })  # fmt: skip
    assert isinstance(base, Engine)
    as_they_are = {"rain": 10.0, "rain_length": 1800, "tide": 2.0}
    assert water_of(engine(base, **LEFT_ALONE | as_they_are)) == base
    assert water_of(engine(base, **LEFT_ALONE | as_they_are | {"tide": None})).level_edges == (), "none means none"
    more = water_of(engine(base, **LEFT_ALONE | {"rain": 10.0, "rain_length": 1800, "river": 80.0, "tide": 3.0}))
    assert [point.value for point in more.inflows[0].discharge] == [20.0, 80.0]
    assert [point.value for point in more.level_edges[0].levels] == [2.0, 3.0]
    assert more.roughness == 0.08


def test_a_tide_stands_at_the_sides_that_were_chosen_and_never_above_its_highest_level():
    low = water_of(engine(None, **LEFT_ALONE | {"tide": -0.5, "sides": ["east"]})).level_edges
    assert [(edge.sides, max(point.value for point in edge.levels)) for edge in low] == [(("east",), -0.5)]
    base = water_of(engine(None, **LEFT_ALONE | {"tide": 2.0}))
    assert base.level_edges[0].sides == ("north", "east", "south", "west")
    moved = water_of(engine(base, **LEFT_ALONE | {"tide": 3.0, "sides": ["south"]})).level_edges[0]
    assert (moved.sides, [point.value for point in moved.levels]) == (("south",), [1.0, 3.0, 2.0])


def test_still_water_that_stands_at_the_start_is_not_lost_by_changing_something_else():
    base = water_of({"source": "engine", "initial": "level", "initial_level": 1.5})
    assert water_of(engine(base, **LEFT_ALONE)) == base


def test_a_rain_field_is_not_lost_by_changing_something_else():
    base = water_of({"source": "engine", "rain": {"field": "radar"}})
    assert water_of(engine(base, **LEFT_ALONE)).rain.field == "radar"


def test_the_cloudburst_is_what_its_name_says():
    assert rain_figures(cloudburst().water.rain) == (100.0, HOUR)
    assert cloudburst().rules.wet == 0.1, "what wets the whole city by a centimetre floods nobody"
