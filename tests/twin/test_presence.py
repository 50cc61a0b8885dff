"""Where people are: at home or by day where the city tells it; what counts them follows, and nothing else is computed again."""

from __future__ import annotations

from dataclasses import replace

import geopandas
import numpy as np
import pytest
from towns import small_town

from geodata.city import LayersInMemory
from geodata.importer import import_city
from geodata.package import open_city
from twin.assumptions import assumptions_of
from twin.difference import differences
from twin.hooks.presence import PresenceHook
from twin.mobility.parties import careful_share_of, make_parties
from twin.mobility.rehearsal import QUESTION, small_city
from twin.model import Twin
from twin.outcome import outcomes_of
from twin.presence import people_of, presence_of, wanted
from twin.preview import preview_twin
from twin.question import Question
from twin.questions_compared import what_differs
from twin.remarks import remarks_on
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.store import MemoryStore
from twin.testing import check_hook

FLOOD = {"name": "flood", "duration": "1 h", "step": "20 min", "water": {"source": "hazard_map"}}
"""In the small town all but the last building stand in water."""


def asked(**fields) -> Scenario:
    return Scenario.model_validate(FLOOD | fields)


def with_day(city, people):
    """The city with so many people in each building by day."""
    return with_columns(city, people_by_day=np.asarray(people, np.float64))


def with_ages(city, share):
    """The city with this share of the residents of each building under 15, and nobody of 75 or more."""
    residents = city.table("buildings")["residents"].to_numpy(np.float64)
    return with_columns(city, residents_0_14=share * residents, residents_75_over=0 * residents)


def without_ages(city):
    """The city where nobody says how old anybody is."""
    return with_ages(city, np.nan)


def with_columns(city, **columns):
    tables = {name: city.table(name) for name in city.layers.names("table")}
    tables["buildings"] = tables["buildings"].assign(**columns)
    rasters = {name: city.raster(name).copy() for name in city.layers.names("raster")}
    overlays = {name: city.overlay(name) for name in city.layers.names("overlay")}
    return replace(city, layers=LayersInMemory(tables, rasters, overlays))


def last(city, scenario, store=None):
    *_, (state, _) = Twin(city, store or MemoryStore()).run(scenario)
    return state


def computed(city, scenario, store) -> set[str]:
    return {deed.hook for _, advance in Twin(city, store).run(scenario) for deed in advance.deeds if deed.computed}


@pytest.mark.parametrize(
    ("start", "where"),
    [
        (None, "at_home"),
        ("2026-09-14T09:00:00+09:00", "by_day"),  # a Monday
        ("2026-09-14T08:59:00+09:00", "at_home"),
        ("2026-09-14T16:59:00+09:00", "by_day"),
        ("2026-09-14T17:00:00+09:00", "at_home"),
        ("2026-09-14T22:00:00+09:00", "at_home"),
        ("2026-09-13T12:00:00+09:00", "at_home"),  # a Sunday
        ("2026-09-14T01:00:00+00:00", "at_home"),  # 10:00 in Japan, but this clock is not
    ],
)
def test_the_clock_that_the_start_is_written_in_says_where_people_are(start, where):
    assert wanted(asked(start=start)) == where


def test_what_is_chosen_goes_before_the_clock():
    assert wanted(asked(start="2026-09-14T12:00:00+09:00", people="at_home")) == "at_home"
    assert wanted(asked(people="by_day")) == "by_day"


def test_who_is_there_by_day_is_counted_instead_of_who_lives_there():
    town = with_day(small_town(), [20.0, 0.0, 1.0, 7.0])
    home, day = (outcomes_of(last(town, asked(people=people))) for people in ("at_home", "by_day"))
    assert (home["people_counted"], day["people_counted"]) == ("at_home", "by_day")
    assert home["people_exposed"] == 5.0
    assert day["people_exposed"] == 20.0
    assert day["buildings_flooded"] == home["buildings_flooded"] == 2
    assert home["people_exposed_by_age"]["0_14"] == 1.0
    assert set(day["people_exposed_by_age"].values()) == {None}, "unknown ages are not 0"


def test_a_building_of_which_nobody_says_it_is_unknown_by_day_although_its_residents_are_known():
    town = with_day(small_town(), [np.nan, 6.0, 1.0, 2.0])
    state = last(town, asked(people="by_day"))
    assert np.isnan(people_of(state)[0])
    told = outcomes_of(state)
    assert told["people_exposed"] == 6.0
    assert told["buildings_flooded_residents_unknown"] == 1
    (note,) = Question(asked(people="by_day"), town).presence_notes
    assert note.text == "Of 1 of 4 buildings nobody says how many people are there by day: unknown, not none."


def test_a_city_that_does_not_know_it_counts_at_home_and_says_so(tmp_path):
    town, scenario = small_town(), asked(people="by_day")
    assert presence_of(scenario, town) == "at_home"
    told = "Smalltown does not say where people are by day: residents are counted at home."
    assert [(r.note.text, r.measure, r.grave) for r in remarks_on(Question(scenario, town))] == [(told, None, False)]
    run = simulate(town, scenario, store=MemoryStore(), folder=tmp_path / "run")
    assert run.outcomes["people_exposed"] == 5.0
    assert run.outcomes["people_counted"] == "at_home"
    assert told in [note.text for note in run.notes]
    assert any("counted at home" in note.text for note in assumptions_of(scenario, town))
    noon = asked(start="2026-09-14T12:00:00+09:00")
    assert [note.text for note in Question(noon, town).presence_notes] == [told], "also where the clock asks for it"
    assert Question(asked(), town).presence_notes == ()


def test_only_what_counts_people_is_computed_again():
    city, store = with_day(small_city(), [9.0, 0.0, 1.0, 4.0]), MemoryStore()
    engine = {
        "source": "engine", "rain": {"rates": [{"at": 0, "value": 60.0}, {"at": "1 h", "value": 0.0}]},
    }  # fmt: skip
    home = Scenario.model_validate(QUESTION | {"duration": 3600, "water": engine, "people": "at_home"})
    assert {"inundation", "presence"} <= computed(city, home, store)
    day = home.model_copy(update={"people": "by_day"})
    fates = {each.hook: each.fate for each in differences(city, store, day, home)}
    assert fates["inundation"] == fates["exposure"] == fates["passability"] == fates["traffic"] == "reused"
    assert computed(city, day, store) == {"presence", "critical_roads", "evacuation"}
    assert computed(city, home, store) == computed(city, day, store) == set()


def test_the_same_people_in_the_same_places_are_no_other_question():
    """What a hook gives is known by its content: nothing follows from a choice that changes no number."""
    city = small_city()
    city, store = with_day(city, city.buildings["residents"]), MemoryStore()
    home = Scenario.model_validate(QUESTION | {"people": "at_home"})
    computed(city, home, store)
    assert computed(city, home.model_copy(update={"people": "by_day"}), store) <= {"presence", "evacuation"}


def test_an_evacuation_by_day_moves_who_is_there_by_day(tmp_path):
    city = with_day(small_city(), [0.0, 30.0, 11.0, 0.0])
    scenario = Scenario.model_validate(QUESTION | {"people": "by_day"})
    run = simulate(city, scenario, store=MemoryStore(), folder=tmp_path / "run")  # counts everybody at every step
    state = last(city, scenario)
    assert state.field("party_people").sum() == pytest.approx(41.0)
    assert run.outcomes["people_in_shelters"] > 14.0, "more than live in the town"
    assert run.status == "done"


MOVED = ("people_in_shelters", "people_caught", "people_stranded", "people_kept_in", "people_on_the_way")
LEVEL_3 = {"kind": "evacuation_order", "level": 3, "share": 1.0, "start": 0}


def by_day_at_level_3(city, folder, **changes):
    scenario = Scenario.model_validate(QUESTION | {"people": "by_day", "measures": [LEVEL_3], **changes})
    return simulate(city, scenario, store=MemoryStore(), folder=folder), assumptions_of(scenario, city)


def test_level_3_by_day_says_that_nobody_is_known_to_need_time_where_no_age_is_known_at_all(tmp_path):
    run, told = by_day_at_level_3(with_day(without_ages(small_city()), [9.0, 0.0, 1.0, 4.0]), tmp_path / "run")
    assert run.outcomes["people_in_shelters"] == 0
    assert any("how old people are is not known" in note.text for note in run.notes)
    assert any(each.text.startswith("Nobody's age is known") for each in told)


def test_of_people_by_day_as_many_need_time_as_among_residents_unless_the_scenario_says_otherwise(tmp_path):
    city = with_day(with_ages(small_city(), 0.25), [0.0, 400.0, 400.0, 0.0])
    assert careful_share_of(Scenario.model_validate(QUESTION), city) == pytest.approx(0.25)
    run, told = by_day_at_level_3(city, tmp_path / "default")
    moved = sum(run.outcomes[name] for name in MOVED)
    assert 150 < moved < 250, "about a quarter of 800"
    assert any("25 % count as in need of more time, as many as" in each.text for each in told)
    assert not any("moves nobody" in note.text for note in run.notes)

    more, told = by_day_at_level_3(city, tmp_path / "chosen", mobility={"careful_share": 0.5})
    assert sum(more.outcomes[name] for name in MOVED) > 1.5 * moved
    assert any("50 % count as in need of more time: a choice of this scenario" in each.text for each in told)
    none, _ = by_day_at_level_3(city, tmp_path / "none", mobility={"careful_share": 0.0})
    assert sum(none.outcomes[name] for name in MOVED) == 0


def test_who_is_careful_at_a_share_is_so_at_every_higher_one():
    people, unknown = np.full(50, 20.0), np.full(50, np.nan)
    few, more = (make_parties(people, unknown, unknown, careful_share=share, seed=4) for share in (0.2, 0.6))
    assert (~few.careful | more.careful).all()
    assert few.careful.mean() == pytest.approx(0.2, abs=0.06)
    told = make_parties(people, np.full(50, 1.0), unknown, careful_share=1.0)
    assert told.careful.mean() < 0.2, "ages that are known, in part, stay as they are told"


def test_a_preview_counts_them_too():
    assert {"building_people", "people_counted"} <= set(preview_twin(small_city(), MemoryStore()).variables)


def test_the_hook_keeps_its_contract():
    for people in ("at_home", "by_day"):
        check_hook(PresenceHook(), with_day(small_town(), [1.0, np.nan, 3.0, 4.0]), asked(people=people))


def test_what_differs_is_said_in_words():
    night, day = asked(name="night", start="2026-09-14T22:00:00+09:00"), asked(name="day", start="2026-09-14T10:00:00+09:00")
    told = [note.text for note in what_differs(day, night)]
    assert told[0] == "night counts residents at home, day people where they are by day."
    assert "people is" not in " ".join(told)


def test_a_column_of_somebody_s_table_becomes_people_by_day(tmp_path):
    """As any other column: by a mapping file."""
    houses = geopandas.GeoDataFrame(
        {"nr": ["a", "b"], "TAG": [12, -1], "NACHT": [3, 4]}, geometry=small_town().buildings.geometry.iloc[:2], crs="EPSG:6677"
    )
    houses.to_file(tmp_path / "houses.gpkg")
    (tmp_path / "mapping.yaml").write_text(
        "{version: 1, layers: [{file: houses.gpkg, table: buildings, id: nr, source: the town hall, columns: "
        "{residents: NACHT, people_by_day: {from: TAG, missing: [-1]}}}]}"
    )
    import_city([tmp_path / "houses.gpkg"], out=tmp_path / "town", mapping=tmp_path / "mapping.yaml")
    made = open_city(tmp_path / "town").buildings.set_index("id")["people_by_day"]
    assert made["a"] == 12.0
    assert np.isnan(made["b"])
