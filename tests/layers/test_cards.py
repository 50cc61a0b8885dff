"""Cards, headlines and tables: the gravest first, the earlier end first, unknown as unknown, never "safe"."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from layers import listing
from layers.card import card_of
from layers.cards.area import concerned
from layers.cards.building import building_facts
from layers.cards.facility import facility_facts, spare_words
from layers.cards.ground import cell_at, ground_card
from layers.cards.road import road_facts
from layers.cards.shelter import shelter_facts
from layers.charts import run_charts
from layers.fact import minutes_text, people_text
from layers.headline import MOST, PEOPLE, headlines
from layers.language import Language
from layers.people import share_with_status
from tests.layers.states import state_of
from tests.twin.towns import small_town, table
from twin.hooks.access import NEVER_JOINED
from twin.mobility.queue import ARRIVED, AT_HOME, CAUGHT
from twin.scenario import Scenario
from twin.scenario.shares import with_share
from twin.scenario.shifts import with_shift
from twin.state import sizes_of

INF, NAN = np.inf, np.nan
ENGLISH = Language("en")
WATER = {
    "building_depth": 0.0, "building_depth_low": 0.0, "building_rank_peak": 0, "building_official_rank": 2,
    "building_arrival": INF, "building_wet_time": 0.0,
}  # fmt: skip


def town():
    """The small town with two districts, west and east."""
    areas = table("areas", [box(0, 0, 40, 40), box(40, 0, 80, 40)], id=["w", "e"], name=["West", "East"], kind=["district"] * 2)
    return small_town(tables={"areas": areas})


def told(facts):
    return {fact.label: (fact.value, fact.tone) for fact in facts}


def test_a_building_tells_for_each_group_until_when_and_where_to():
    left = np.full((4, 4), 3659.0, np.float32)
    high = np.full((4, 4), 5400.0, np.float32)
    left[1], high[1] = -INF, -INF
    left[2], high[2] = INF, INF
    time = np.full((4, 4), 610.0)
    time[1], time[2] = INF, NAN
    access = np.zeros((4, 4))
    access[1], access[2] = 1, 255
    state = state_of(
        town(), **WATER, building_time_left=left, building_time_left_high=high, building_shelter_time=time,
        building_shelter=np.where(np.isfinite(time), 1, INF), building_access=access, building_cut_off_since=INF,
        building_refuge=0, building_refuge_reason=1,
    )  # fmt: skip
    facts = told(building_facts(state, 0, ENGLISH))
    assert facts["Walkers"] == ("1 h to 1 h 30 min left · 10 min to High", "plain")
    assert facts["Walkers who are older or with a child"] == ("no safe departure any more · cut off", "warning")
    assert facts["Cars"] == ("not closed within this run · unknown whether there is a way", "unknown")
    assert facts["Going upstairs"] == ("leave: upstairs is officially no refuge (in a house-collapse zone)", "warning")
    assert "An official map" in facts["Mind"][0]


def test_the_band_of_a_building_begins_at_its_earlier_end_and_a_doubtful_one_says_so():
    left, high = np.full((4, 4), -INF), np.full((4, 4), 900.0)
    facts = told(building_facts(state_of(town(), **WATER, building_time_left=left, building_time_left_high=high), 0, ENGLISH))
    assert facts["Walkers"] == ("no departure that is known to be safe", "warning")


def test_how_far_help_is_and_nothing_where_the_city_has_none():
    state = state_of(
        town(), **WATER, building_hospital_time=[430.0, INF, -INF, 10.0], building_fire_response_time=[INF, 90.0, -INF, 0.0]
    )
    first, second, third, last = (told(building_facts(state, index, ENGLISH)) for index in range(4))
    assert first["Hospital, by car"] == ("7 min", "plain")
    assert first["Fire engine"] == ("no known way for a fire engine now", "warning")
    assert second["Hospital, by car"] == ("no known way to a hospital now", "warning")
    assert not {"Hospital, by car", "Fire engine"} & set(third)
    assert last["Fire engine"] == ("1 min", "plain")


def test_upstairs_is_unknown_where_a_layer_is_missing():
    state = state_of(town(), **WATER, building_refuge=255, building_refuge_reason=6)
    assert told(building_facts(state, 0, ENGLISH))["Going upstairs"] == ("unknown: an official layer is missing", "unknown")


def test_nobody_is_told_to_have_more_time_than_there_is():
    assert minutes_text(119.9, ENGLISH) == "1 min"
    assert minutes_text(59.0, ENGLISH) == "0 min"


def test_a_road_tells_when_it_closes_and_opens_again_and_who_is_on_it():
    closing = np.full((4, 3), INF)
    closing[2] = [1800.0, 0.0, NAN]
    reopening = np.where(np.isfinite(closing), 7200.0, INF)
    reopening[2, 2] = NAN
    road_open = np.ones((4, 3))
    road_open[2], road_open[3] = 0, 254
    state = state_of(
        town(), road_depth=0.2, road_open=road_open, road_closing=closing, road_reopening=reopening,
        road_evacuees=[12.4, 0, 0], road_caught=[0.3, 0, 0], road_people_dependent=5.0,
    )  # fmt: skip
    facts = told(road_facts(state, 0, ENGLISH))
    assert facts["Cars"] == ("closed · closes after 30 min · opens again after 2 h", "warning")
    assert facts["Walkers by day"] == ("open · not closed within this run", "plain")
    assert facts["Large vehicles"] == ("not meant for them", "plain")
    assert facts["Evacuees on it now"] == ("12", "plain")
    assert facts["Evacuees caught on it so far"] == ("fewer than 1", "warning")
    assert facts["Would lose every way on foot without it"] == ("5", "plain")
    assert "unknown when it closes" in told(road_facts(state, 2, ENGLISH))["Cars"][0]


@pytest.mark.parametrize(
    ("capacity", "words", "tone"),
    [(100.0, "40 of 100", "plain"), (41.0, "40 of 41", "warning"), (NAN, "40; nobody says how many it takes", "unknown")],
)
def test_a_shelter_tells_who_came_of_how_many_places(capacity, words, tone):
    shelters = town().table("shelters")
    columns = {name: shelters[name].tolist() for name in ("id", "name")}
    city = small_town(tables={"shelters": table("shelters", list(shelters.geometry), **columns, capacity=[capacity] * 3)})
    state = state_of(
        city, shelter_depth=NAN, shelter_usable=255, shelter_reason=4, shelter_occupancy=40.0, shelter_turned_away=0.0
    )
    facts = told(shelter_facts(state, 0, ENGLISH))
    assert facts["People who came"] == (words, tone)
    assert facts["Shelter"] == ("unknown", "unknown")
    assert facts["Depth now"] == ("unknown", "unknown")


def test_a_facility_compares_the_time_left_with_what_it_needs():
    state = state_of(town(), facility_depth=0.0, facility_time_left=1200.0, facility_time_spare=-601.0)
    facts = told(facility_facts(state, 0, ENGLISH))
    assert facts["Left minus the time it needs"] == ("11 min too little", "warning")
    late = state_of(town(), facility_depth=0.0, facility_time_left=-INF, facility_time_spare=-INF)
    assert told(facility_facts(late, 0, ENGLISH))["Time left by large vehicle"] == ("no safe departure any more", "warning")
    assert spare_words(NAN, ENGLISH)[1] == "unknown"
    assert spare_words(INF, ENGLISH) == ("not closed within this run", "plain")


def test_the_ground_tells_depth_level_speed_class_and_the_size_of_its_cell():
    city = town()
    depth = np.zeros((4, 8))
    depth[2, 3] = 1.25
    speed = np.zeros((4, 8))
    speed[2, 3] = NAN
    fields = {
        "water_depth": depth, "water_depth_low": depth, "official_depth": NAN, "official_depth_low": NAN,
        "flow_max_depth": depth, "effective_ground": 3.0, "flow_speed": speed, "flow_arrival": np.where(depth > 0, 3600.0, INF),
        "flow_hazard_class": np.where(depth > 0, 4, 0), "flow_hazard_now": np.where(depth > 0, 255, 0),
        "flow_trust": np.where(depth > 0, 2, 0),
    }  # fmt: skip
    longitude, latitude = city.grid.to_wgs84.transform(35.0, 15.0)
    assert cell_at(city, (longitude, latitude)) == (2, 3)
    card = ground_card(city, (longitude, latitude), [state_of(city, **fields)], 0, ENGLISH)
    facts = told(card.now)
    assert "10 × 10 m" in card.subtitle
    assert facts["Depth now"] == ("1.25 m", "warning")
    assert facts["Water level now"][0].startswith("4.25 m")
    assert facts["Speed now"][1] == "unknown"
    assert facts["Hazard class now"] == ("unknown", "unknown")
    assert facts["Hazard class so far"] == ("H4: unsafe for all people and vehicles", "warning")
    assert facts["On official maps at most"] == ("unknown", "unknown")
    assert "full solver" in facts["Mind"][0]
    assert ("Lies in", "West") in [(fact.label, fact.value) for fact in card.facts]
    assert ground_card(city, (0.0, 0.0), [], 0, ENGLISH) is None


def evacuation(city, status):
    count = sizes_of(city)["party"]
    return state_of(
        city, 600, building_rank_peak=[2, 0, 255, 0], building_access=np.tile([1, 0, 255, 0], (4, 1)), party_status=status,
        party_people=2.25, party_ordered=np.zeros(count), party_done=INF, shelter_occupancy=[2.25, 0, 0],
        shelter_turned_away=0.0, shelter_usable=1, shelter_reason=0, shelter_depth=0.0,
    )  # fmt: skip


def test_a_district_adds_up_its_people_and_keeps_the_unknown_apart():
    city = town()
    count = sizes_of(city)["party"]
    status = np.full(count, AT_HOME)
    status[0], status[-1] = ARRIVED, CAUGHT
    state = evacuation(city, status)
    west, east = (told(card_of(city, "areas", row, [state], 0, ENGLISH).now) for row in (0, 1))
    assert west["Residents at home"][0] == "5"
    assert west["In buildings flooded so far"] == ("2", "warning")
    assert "unknown of 4" in east["In buildings flooded so far"][0]
    assert west["Cut off on foot now"] == ("2", "warning")
    assert west["Arrived in shelters"][1] == "plain"
    share = share_with_status(state, (CAUGHT,))
    assert np.isnan(share[3]), "nobody says how many live there"
    table_ = listing.districts_table(state, ENGLISH)
    assert table_["District"].tolist()[0] == "West"
    assert table_["In buildings flooded so far"].tolist()[:2] == [2.0, 0.0]
    assert len(run_charts([state], 0, ENGLISH)) >= 3
    quiet = state_of(city, party_status=0, party_people=1.0, party_ordered=INF, shelter_occupancy=0.0, shelter_turned_away=0.0)
    assert not len(listing.evacuation_table(quiet, ENGLISH)), "nobody was told to leave"
    assert listing.evacuation_table(state, ENGLISH)["People"].sum() == pytest.approx(2.25 * count, abs=2)


def test_who_is_short_of_time_is_told_by_district_and_who_never_had_a_way_is_not_among_them():
    left = np.full((4, 4), INF, np.float32)
    left[0] = [600.0, 2400.0, -INF, -INF]
    access = np.zeros((4, 4), np.uint8)
    access[0, 3] = NEVER_JOINED
    state = state_of(small_town(), building_rank_peak=0, building_time_left=left, building_access=access)
    assert concerned(state)["Less than 30 min left on foot, or too late"].tolist() == [1.0, 0.0, 1.0, 0.0]


ORDERED = {
    "name": "flood", "duration": "2 h", "step": "10 min",
    "measures": [
        {"kind": "evacuation_order", "level": 4, "start": "30 min", "share": 0.3},
        {"kind": "evacuation_order", "level": 5, "start": "1 h", "share": 0.3},
    ],
}  # fmt: skip


def test_other_shares_and_other_hours_stand_beside_each_other_and_what_is_not_there_yet_is_not_zero():
    asked = Scenario.model_validate(ORDERED)
    figures = {"people_in_shelters": 12.4, "people_caught": 0.0, "shelters_over_capacity": 1, "clearance_s": 3001.0}
    other, later = with_share(asked, 0.6), with_shift(asked, 7200)
    made = listing.orders_table([(asked, figures), (other, None), (later, {**figures, "clearance_s": None})], asked, ENGLISH)
    assert made["Go, %"].tolist() == ["30", "60", ""]
    assert made["Orders"].tolist()[0] == "level 4 at +30 min · level 5 at +1 h"
    assert made["Orders"].tolist()[2] == "none within the run"
    assert made["As asked"].tolist() == ["●", "", ""]
    assert made["in shelters"].tolist()[0] == 12
    assert np.isnan(made["in shelters"].tolist()[1])
    assert made["All arrived after, min"].tolist() == ["51", "", "not within the run"]


def test_care_homes_stand_by_the_time_they_lack():
    old = town().table("facilities")
    facilities = table(
        "facilities", [old.geometry.iloc[0]] * 3, id=["a", "b", "c"], name=["A", "B", "C"], kind=["care_home"] * 3,
        time_to_leave=[600.0, 3600.0, NAN],
    )  # fmt: skip
    city = small_town(tables={"facilities": facilities})
    state = state_of(city, facility_time_left=[1200.0, 1200.0, 1200.0], facility_time_spare=[600.0, -2400.0, NAN])
    listed = listing.care_table(state, ENGLISH)
    assert listed["Facility"].tolist() == ["B", "C", "A"]
    assert listed["Left minus needed, min"].tolist()[0] == -40
    assert pd.isna(listed["Left minus needed, min"].iloc[1])
    assert not len(listing.care_table(state_of(city, facility_depth=0.0), ENGLISH)), "not before the run has ended"


FIGURES = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.none() | st.floats(0, 1e5) for name in ("people_exposed", "people_caught", "people_cut_off")},
        **{name: st.integers(0, 500) for name in ("buildings_flooded", "buildings_unknown", "shelters_over_capacity")},
        "care_places_out_of_time": st.integers(0, 9),
        "people_without_departure": st.floats(0, 1e5), "mass_error": st.none() | st.floats(0, 1e-2),
        "clearance_s": st.none() | st.floats(0, 1e5), "roads_closed_m": st.floats(0, 1e5),
    },
)  # fmt: skip


@given(FIGURES)
def test_never_more_than_five_headlines_and_the_unknown_among_them(outcomes):
    strip = headlines(outcomes, ENGLISH)
    assert len(strip) <= MOST
    if outcomes.get("buildings_unknown"):
        assert strip[-1].tone == "unknown"
    sentences = [headline.sentence for headline in strip]
    assert len(sentences) == len(set(sentences))
    caught = PEOPLE[0][1 if strip and strip[0].figure == "1" else 2]
    if outcomes.get("people_caught") and (outcomes.get("mass_error") or 0) < 1e-4:
        assert sentences[0] == caught, "people in the greatest danger do not stand first"


def test_the_headlines_of_an_evacuation_name_the_gravest_first():
    strip = headlines(
        {"people_caught": 68.0, "people_cut_off": 142.0, "people_cut_off_for_certain": 81.0, "people_exposed": 14281.0,
         "shelters_over_capacity": 10, "care_places_out_of_time": 4, "buildings_flooded": 5161, "buildings_unknown": 10},
        ENGLISH,
    )  # fmt: skip
    assert [(h.figure, h.tone) for h in strip] == [
        ("68", "warning"), ("81", "warning"), ("61", "unknown"), ("14,281", "warning"), ("10", "unknown"),
    ]  # fmt: skip


def test_one_is_told_of_as_one():
    told = {
        "people_caught": 1.0, "people_cut_off": 1.0, "people_cut_off_for_certain": 0.0, "people_exposed": 1.2,
        "shelters_over_capacity": 1, "buildings_unknown": 1,
    }  # fmt: skip
    assert [f"{h.figure} {h.sentence}" for h in headlines(told, ENGLISH)] == [
        "1 person caught on a closed road", "1 person of whom no way to a shelter is known", "1 shelter full",
        "1 person in a flooded building", "1 building of unknown depth",
    ]  # fmt: skip


def test_a_computation_that_lost_water_says_so_before_anything_else():
    strip = headlines({"mass_error": 3e-4, "people_caught": 5.0, "people_exposed": 0.0}, ENGLISH)
    assert (strip[0].figure, strip[0].tone) == ("0.03 %", "warning")


def test_where_no_shelter_is_known_to_be_usable_nobody_is_called_cut_off():
    strip = headlines({"people_cut_off": 61.0, "people_cut_off_for_certain": 0.0}, ENGLISH)
    assert strip[0].tone == "unknown"
    assert "cut off" not in strip[0].sentence


def test_fractions_of_households_are_people_too():
    assert people_text(0.2, ENGLISH) == "fewer than 1"
    assert people_text(NAN, ENGLISH) == "unknown"
