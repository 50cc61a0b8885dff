"""The workbench: a question is put, changed, undone, found again; what makes no sense is said; forms do what drawing does."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geodata.package import open_city
from layers.language import Language
from pages import answer, bench, figures_panel, question_panel, selected, service
from twin.library import Library
from twin.run import RunFolder
from twin.scenario import Scenario
from twin.scenario.edit import changed
from twin.scenario.presets import presets
from twin.scenario.shares import with_shares
from twin.scenario.shifts import with_shifts
from twin.simulation import run_id, simulate
from twin.state import State

PAGES = Path(__file__).parents[2] / "pages"
PLACES = "131.4216, 33.7341\n131.4230, 33.7341"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A library of its own beside the runs of the served workspace, and workers that cannot be reached: the page stands it."""
    made = tmp_path_factory.mktemp("library")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITY_TWIN_SCHEDULER", "tcp://127.0.0.1:9")
        patch.setenv("CITY_TWIN_DATABASE", f"sqlite:///{made / 'city-twin.sqlite'}")
        for kept in (service.__dict__["_desk"], bench.__dict__["_library"]):
            kept.cache_clear()
        yield made
        bench.library().close()
        for kept in (service.__dict__["_desk"], bench.__dict__["_library"]):
            kept.cache_clear()


@pytest.fixture
def home(folder, environment):
    return folder


@pytest.fixture
def page(home):
    return opened()


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / "what_if.py"), default_timeout=90)
    app.session_state["language"] = "en"
    for name, value in query.items():
        app.query_params[name] = value
    return ran(app)


def ran(touched) -> AppTest:
    """The page run again, after one of its elements was touched."""
    app = touched.run()
    assert not app.exception, app.exception
    return app


def reload_of(app: AppTest) -> dict[str, str]:
    """The fields of the address that the page stands at."""
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def words(app: AppTest) -> str:
    kinds = ("markdown", "caption", "error", "warning", "info")
    parts = [element.value for kind in kinds for element in app.get(kind)]
    return " ".join([*map(str, parts), *(html.proto.body for html in app.get("html"))])


def scenario(app: AppTest):
    return app.session_state["bench"].scenario


def saved(app: AppTest):
    return app.session_state["bench"].saved


def open_box(app: AppTest, key: str) -> AppTest:
    """Open one of the boxes whose content is fetched when it is opened."""
    app.session_state[key] = True
    return ran(app)


def type_measure(app: AppTest, kind: str, label: str, text: str) -> AppTest:
    """As somebody does who has a keyboard only: choose the kind, type its place, add it."""
    ran(app.selectbox(key="add_kind").select(kind))
    area = next(area for area in app.text_area if area.label == label)
    area.input(text)
    return ran(next(button for button in app.button if button.label == "Add").click())


def test_it_asks_and_answers_at_first_sight(page):
    told = words(page)
    assert "Official flood maps, L2, risen to in full after 3 h" in told
    assert "people in flooded buildings" in told
    assert "not changed yet" in told
    assert saved(page) is None, "looking leaves nothing behind"


def test_a_typed_measure_is_saved_at_once_and_found_again(page, home):
    type_measure(page, "flood_barrier", "Longitude, latitude; one place a line", PLACES)
    assert scenario(page).measures[0].line == ((131.4216, 33.7341), (131.423, 33.7341))
    assert "1 m above the ground" in "".join(button.label for button in page.button)
    with Library(home / "city-twin.sqlite") as library:
        kept = library.get(saved(page).id)
    assert kept.scenario == scenario(page)
    assert kept.name == "Official flood map, L2 + Flood barrier"
    again = opened(saved=kept.id)
    assert scenario(again) == kept.scenario


def test_closing_a_card_leaves_the_map_where_a_search_led(page):
    page.session_state["selection"] = page.session_state["fly_to"] = ("roads", 3)
    ran(page)
    ran(page.button(key="close_panel").click())
    assert page.session_state["selection"] is None
    assert page.session_state["fly_to"] == ("roads", 3)


def test_charts_totals_and_lists_stand_below_the_map_when_somebody_opens_them(page):
    assert not page.get("vega_lite_chart"), "nothing is drawn that nobody looks at"
    open_box(page, "figures_box")
    assert page.get("vega_lite_chart")
    page.session_state["figures_view"] = "By district and age"
    ran(page)
    heads = [set(frame.value.columns) for frame in page.dataframe]
    assert any("District" in head and "Cut off on foot now" in head for head in heads)
    assert any("aged 75 or older" in head for head in heads)
    page.session_state["figures_view"] = "Care homes and hospitals"
    ran(page)
    assert any("Left minus needed, min" in frame.value.columns for frame in page.dataframe)


def test_three_shares_and_earlier_and_later_orders_stand_beside_each_other(page):
    ran(page.selectbox(key="add_kind").select("evacuation_order"))
    ran(next(button for button in page.button if button.label == "Add").click())
    page.session_state["figures_view"] = figures_panel.ORDERS
    open_box(page, "figures_box")
    shares, hours = (frame.value for frame in page.dataframe)
    assert shares["Go, %"].tolist() == ["10", "30", "60"]
    assert shares["As asked"].tolist() == ["", "●", ""]
    assert shares["in shelters"].isna().all(), "what is not computed yet is not zero"
    assert len(hours) == 5


def test_it_says_when_a_measure_changes_nothing(page):
    type_measure(page, "flood_barrier", "Longitude, latitude; one place a line", PLACES)
    assert "changes nothing here: the water of this event is not computed" in words(page)


def test_a_breach_away_from_a_levee_is_told_of_and_moved_onto_one(page):
    type_measure(page, "levee_breach", "Longitude, latitude; one place a line", "131.4216, 33.7341")
    told = "Levee breach at 131.421600, 33.734100 has no levee within 50 m"
    assert told in words(page)
    assert told in words(ran(page)), "it stays while the page runs again by itself"
    ran(page.button(key="compute_0").click())
    assert scenario(page).water.source == "engine"
    assert "The flood engine computes the water" in words(page)
    ran(page.button(key="to_levee_0").click())
    assert "no levee within" not in words(page)
    assert scenario(page).measures[0].at != (131.4216, 33.7341)


def test_what_cannot_be_is_said_until_the_next_deed(page):
    type_measure(page, "flood_barrier", "Longitude, latitude; one place a line", "here")
    told = "is not a longitude and a latitude"
    assert told in words(page)
    assert told in words(ran(page)), "the page runs again by itself while it computes"
    page.session_state["selection"] = ("roads", 3)
    ran(ran(page).button(key="close_road").click())
    assert told not in words(page)


def test_a_scenario_called_by_its_event_is_called_by_the_new_one(page):
    page.session_state["event_box"] = True
    ran(page)
    ran(next(radio for radio in page.radio if radio.key.startswith("event_source")).set_value("stage"))
    next(n for n in page.number_input if n.label == "Highest level, m").set_value(6.5)
    ran(next(b for b in page.button if b.label == "Apply").click())
    assert scenario(page).name == "River 6.5 m above normal"
    name = next(i for i in open_box(page, "file_open").text_input if i.label == "Name")
    name.set_value("High water")
    ran(next(b for b in page.button if b.key and "names_" in b.key).click())
    next(n for n in page.number_input if n.label == "Highest level, m").set_value(7.0)
    ran(next(b for b in page.button if b.label == "Apply" and "event" in b.key).click())
    assert scenario(page).name == "High water", "a name that somebody gave stays"


def test_undo_and_redo(page):
    for road in ("kawabe-r-000001", "kawabe-r-000002"):
        type_measure(page, "road_closure", "Ids of the roads, one a line", road)
    assert len(scenario(page).measures) == 2
    ran(page.button(key="undo").click())
    assert len(scenario(page).measures) == 1
    ran(page.button(key="redo").click())
    assert len(scenario(page).measures) == 2
    assert page.button(key="redo").disabled


def test_the_very_first_change_can_be_undone(page):
    page.session_state["selection"] = ("roads", 3)
    ran(page)
    began = scenario(page)
    ran(page.button(key="close_road").click())
    assert scenario(page).name == f"{began.name} + Road closed"
    ran(page.button(key="undo").click())
    assert scenario(page) == began
    assert page.button(key="undo").disabled
    page.button(key="close_road")
    ran(page.button(key="redo").click())
    page.button(key="reopen")


@pytest.mark.parametrize(("name", "told"), [("From a link", True), ("", False)])
def test_the_tables_tell_of_the_question_on_the_map_though_nobody_saved_it(home, name, told):
    offered = next(iter(presets(open_city(Path(os.environ["CITY_TWIN_CITY"]))).values()))
    app = AppTest.from_file(str(PAGES / "tables.py"), default_timeout=90)
    asked = offered.model_copy(update={"name": name}) if name else offered
    app.session_state["bench"], app.session_state["bench_city"] = bench.Bench(asked), "kawabe"
    app.session_state["language"] = "en"
    app.run()
    options = app.selectbox(key="scenario").options
    assert options[0] == asked.name
    assert ("From a link" in options) is told
    assert len(set(options)) == len(options), "what a preset asks stands there once"


def test_a_measure_is_changed_copied_and_removed(page):
    type_measure(page, "flood_barrier", "Longitude, latitude; one place a line", PLACES)
    height = next(number for number in page.number_input if number.label == "Height above the ground, m")
    height.set_value(2.5)
    next(field for field in page.text_input if field.label == "Starts after").input("40 min")
    ran(next(button for button in page.button if button.label == "Apply" and "measure_0" in button.proto.form_id).click())
    assert (scenario(page).measures[0].height, scenario(page).measures[0].start) == (2.5, 2400)
    top = next(number for number in page.number_input if number.label == "or elevation of its top, m")
    top.set_value(12.0)
    ran(next(button for button in page.button if button.label == "Apply" and "measure_0" in button.proto.form_id).click())
    assert (scenario(page).measures[0].height, scenario(page).measures[0].crest) == (None, 12.0)
    ran(page.button(key="copy_measure").click())
    assert len(scenario(page).measures) == 2
    ran(page.button(key="remove_measure").click())
    assert len(scenario(page).measures) == 1


@pytest.mark.parametrize(
    ("kind", "label", "typed", "sentence"),
    [
        ("flood_barrier", "Longitude, latitude; one place a line", "here", "is not a longitude and a latitude"),
        ("flood_barrier", "Longitude, latitude; one place a line", "", "There is no place"),
        ("flood_barrier", "Longitude, latitude; one place a line", "131.42, 33.73", "That cannot be"),
        ("road_closure", "Ids of the roads, one a line", "", "That cannot be"),
    ],
)
def test_what_cannot_be_is_said_and_not_saved(page, kind, label, typed, sentence):
    type_measure(page, kind, label, typed)
    assert sentence in words(page)
    assert saved(page) is None


@pytest.mark.parametrize(
    ("kind", "label", "typed", "sentence"),
    [
        ("flood_barrier", "Longitude, latitude; one place a line", "0, 0\n0, 0.01", "lies outside of"),
        ("flood_barrier", "Longitude, latitude; one place a line", "131.4216, 33.7341\n131.4216, 33.7341", "has no length"),
        ("road_closure", "Ids of the roads, one a line", "nowhere", "has no roads with the ids nowhere"),
    ],
)
def test_a_draft_that_cannot_be_asked_is_kept_and_says_why(page, kind, label, typed, sentence):
    type_measure(page, kind, label, typed)
    assert sentence in words(page)
    assert len(saved(page).scenario.measures) == 1
    assert page.session_state["answered"][0] != scenario(page), "it was not computed"


def test_somebody_else_was_faster(page, home):
    type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000001")
    mine = saved(page)
    with Library(home / "city-twin.sqlite") as library:
        theirs = library.change(mine.id, mine.scenario.model_copy(update={"measures": ()}), based_on=mine.number)
    type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000002")
    assert "Somebody else changed" in words(page)
    assert saved(page).id != mine.id
    assert len(scenario(page).measures) == 2
    with Library(home / "city-twin.sqlite") as library:
        assert library.get(mine.id).scenario == theirs.scenario


def test_the_event_is_changed_in_a_form(page):
    open_box(page, "event_box")
    source = next(radio for radio in page.radio if radio.label == "Where the water comes from")
    ran(source.set_value("engine"))
    next(number for number in page.number_input if number.label.startswith("Rain in total")).set_value(80.0)
    ran(next(button for button in page.button if button.label == "Apply" and "event" in button.proto.form_id).click())
    assert scenario(page).water.source == "engine"
    assert "80 mm of rain in 1 h" in words(page)
    assert "Flooded means 10 cm and more." in words(page)
    assert scenario(page).rules.wet == pytest.approx(0.1)
    assert scenario(page).name == "Rain, 80 mm in 1 h", "no longer the official map that it began with"
    assert saved(page) is not None
    ran(next(radio for radio in page.radio if radio.label == "Where the water comes from").set_value("dry"))
    ran(next(button for button in page.button if button.label == "Apply" and "event" in button.proto.form_id).click())
    assert scenario(page).name == "Dry day"
    assert scenario(page).rules.wet == 0.01, "what was chosen for rain does not outlive it"


def apply_event(app: AppTest) -> AppTest:
    return ran(next(button for button in app.button if button.label == "Apply" and "event" in button.proto.form_id).click())


def labelled(elements, label: str):
    return next(element for element in elements if element.label.startswith(label))


def test_a_storm_is_chosen_by_how_often_it_comes_and_keeps_its_depths(page):
    open_box(page, "event_box")
    ran(labelled(page.radio, "Where the water comes from").set_value("engine"))
    ran(labelled(page.radio, "Rain told by").set_value("how often it comes"))
    assert "a storm once in 100 years, 1 h: 89 mm, after Kawabe (fictional)" in words(page)
    ran(labelled(page.text_input, "It lasts").input("25 h"))
    assert "tell of 10 min to 1 d once in 100 years, not of 1 d 1 h; take a length between these." in words(page)
    apply_event(page)
    assert scenario(page).water.source == "hazard_map", "what cannot be told changes nothing"
    ran(labelled(page.text_input, "It lasts").input("4 h"))
    ran(labelled(page.selectbox, "A storm that comes once in").select(1000.0))
    apply_event(page)
    # From 3 h (183 mm) to 6 h (239 mm), 4 h in logarithms of both: 183 × (239 / 183)^(log(4/3) / log 2) = 204.4 mm.
    storm = scenario(page).water.rain.storm
    assert (storm.return_period, storm.length, storm.total) == (1000, 4 * 3600, pytest.approx(204.4, abs=0.05))
    assert scenario(page).name == "Storm once in 1,000 years, 4 h: 204 mm"
    assert "a storm once in 1,000 years, 4 h: 204 mm, after Kawabe (fictional) 川辺市(架空) · 2025" in words(page)
    assert "It rains for" not in words(page)
    labelled(page.text_input, "Lasts").set_value("3 h")
    apply_event(page)
    assert scenario(page).water.rain.storm == storm, "the form shows what stands, and applies it again"
    assert "It rains for 4 h, and the scenario lasts 3 h" in words(page)
    ran(labelled(page.radio, "Rain told by").set_value("how much falls"))
    assert labelled(page.number_input, "Rain in total").value == pytest.approx(204.4)
    apply_event(page)
    assert scenario(page).water.rain.storm is None
    assert "204 mm of rain in 4 h" in words(page)


def test_a_storm_of_other_statistics_stays_as_it_is_told(page):

    open_box(page, "event_box")
    ran(labelled(page.radio, "Where the water comes from").set_value("engine"))
    ran(labelled(page.radio, "Rain told by").set_value("how often it comes"))
    apply_event(page)
    plain = scenario(page).model_dump(mode="json")
    plain["water"]["rain"]["storm"]["depths"][-1]["depth"] = 95.0
    page.session_state["bench"] = bench.Bench(Scenario.model_validate(plain))
    ran(page)
    assert labelled(page.radio, "Rain told by").value == "how much falls"
    assert "do not tell this storm as it stands" in words(page)
    labelled(page.number_input, "Counts as flooded from").set_value(20.0)
    apply_event(page)
    assert scenario(page).water.rain.storm.total == 95.0
    assert scenario(page).rules.wet == pytest.approx(0.2)


def test_a_tide_is_given_and_taken_away_and_levels_say_what_they_are_measured_from(page):
    open_box(page, "event_box")
    ran(labelled(page.radio, "Where the water comes from").set_value("engine"))
    assert "The buildings here stand on ground of" in words(page)
    labelled(page.number_input, "Rain in total").set_value(0.0)
    labelled(page.number_input, "Sea or river at the edge, highest level, m above T.P.").set_value(5.0)
    labelled(page.multiselect, "At these edges").set_value(["east"])
    apply_event(page)
    (edge,) = scenario(page).water.level_edges
    assert (edge.sides, max(point.value for point in edge.levels)) == (("east",), 5.0)
    told = words(page)
    assert "rivers or sea at the edge up to 5 m above T.P." in told
    assert "The water stands at 5 m at most, below the ground of every building" in told
    assert "whether it is meant for high tide" in told
    labelled(page.number_input, "Sea or river at the edge").set_value(None)
    labelled(page.number_input, "Rain in total").set_value(50.0)
    apply_event(page)
    assert scenario(page).water.level_edges == ()
    ran(labelled(page.radio, "Where the water comes from").set_value("stage"))
    labelled(page.selectbox, "Level, measured").select("datum")
    labelled(page.number_input, "Highest level, m").set_value(9.5)
    apply_event(page)
    assert "Still water stands 9.5 m above T.P. after 2 h." in words(page)


def test_where_people_are_is_chosen_with_the_day_and_hour(page):
    """The form offers it; the question then says whose people are counted; a city that does not know them says so."""
    assert "Residents are counted at home." in words(page)
    open_box(page, "event_box")
    next(radio for radio in page.radio if radio.label == "Where people are").set_value("by_day")
    ran(next(button for button in page.button if button.label == "Apply" and "event" in button.proto.form_id).click())
    assert scenario(page).people == "by_day"
    assert "People are counted where they are by day." in words(page)
    assert "does not say where people are by day" not in words(page)
    open_box(page, "event_box")
    next(radio for radio in page.radio if radio.label == "Where people are").set_value("auto")
    ran(next(button for button in page.button if button.label == "Apply" and "event" in button.proto.form_id).click())
    assert "Residents are counted at home." in words(page), "no date: at home"


def test_a_city_that_does_not_know_where_people_are_by_day_says_so(page, monkeypatch):
    monkeypatch.setattr("twin.question.tells_by_day", lambda city: False)
    monkeypatch.setattr("twin.presence.tells_by_day", lambda city: False)
    open_box(page, "event_box")
    next(radio for radio in page.radio if radio.label == "Where people are").set_value("by_day")
    ran(next(button for button in page.button if button.label == "Apply" and "event" in button.proto.form_id).click())
    (told,) = [warning.value for warning in page.warning if "by day" in warning.value]
    assert told == "Kawabe does not say where people are by day: residents are counted at home."
    assert "Residents are counted at home." in words(page)


def test_everyday_traffic_is_asked_for_in_the_form_of_the_event(page):
    open_box(page, "event_box")
    box = next(box for box in page.checkbox if box.label == "Work out everyday traffic")
    assert not box.value
    box.check()
    ran(next(button for button in page.button if button.label == "Apply" and "event" in button.proto.form_id).click())
    assert scenario(page).mobility.traffic is not None
    next(box for box in page.checkbox if box.label == "Work out everyday traffic").uncheck()
    ran(next(button for button in page.button if button.label == "Apply" and "event" in button.proto.form_id).click())
    assert scenario(page).mobility.traffic is None


def test_the_storm_stands_where_it_is_put_and_is_moved_on_the_map(page):
    open_box(page, "event_box")
    ran(next(radio for radio in page.radio if radio.label == "Where the water comes from").set_value("engine"))
    next(radio for radio in page.radio if radio.label == "Where it rains").set_value("About one place, marked on the map")
    ran(next(button for button in page.button if button.label == "Apply" and "event" in button.proto.form_id).click())
    assert scenario(page).water.rain.cell.radius == 1000
    assert "about one place, half as much at 1,000 m" in words(page)
    shape = selected.sketch(service.city(), scenario(page), 0, Language("en"))
    assert (shape.shapes[-1].id, shape.shapes[-1].coordinates, shape.selected) == (
        "storm", (scenario(page).water.rain.cell.at,), "storm",
    )  # fmt: skip


def test_a_road_that_is_clicked_is_closed_with_one_button_and_reopened(page):
    page.session_state["selection"] = ("roads", 3)
    ran(page)
    assert "If it is closed now" in words(page)
    ran(page.button(key="close_road").click())
    road = service.city().table("roads")["id"].iloc[3]
    assert scenario(page).measures[0].roads == (road,)
    # no worker answers here: what is told is of the question before, and says so
    assert "Before your last change" in words(page)
    assert "If it is closed now" in words(page)
    assert "If it is opened now" not in words(page)
    ran(page.button(key="reopen").click())
    assert scenario(page).measures == ()


def test_a_building_that_is_clicked_tells_its_ways_out(page):
    page.session_state["selection"] = ("buildings", 12)
    ran(page)
    told = words(page)
    for group in ("Walkers", "Walkers who are older or with a child", "Cars"):
        assert f"<dt>{group}</dt>" in told
    assert "no safe departure any more" in told  # water stands around it at the moment shown
    assert "Ways to a shelter" not in told, "what the card tells by group stands there once"


def test_the_scenario_has_a_name_a_plan_and_an_event(page):
    type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000001")
    open_box(page, "file_open")
    for label, value in (("Name of the event", "storm"), ("Name of the plan", "shut")):
        next(field for field in page.text_input if field.label == label).input(value)
    ran(next(button for button in page.button if button.label == "Apply" and "names" in button.proto.form_id).click())
    assert (saved(page).event, saved(page).plan) == ("storm", "shut")
    assert "storm" in bench.library().grid(bench.shelf()).events


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_runs_in_both_languages(home, language):
    app = AppTest.from_file(str(PAGES / "what_if.py"), default_timeout=90)
    app.session_state["language"] = language
    for box in ("event_box", "reused_box", "jobs_box", "library_open", "file_open"):
        app.session_state[box] = True
    ran(app)


def test_a_link_to_a_scenario_that_is_gone_says_so(home):
    app = opened(saved="gone")
    assert "There is no saved scenario gone" in words(app)


def test_a_link_to_a_scenario_of_another_city_says_so(home):
    with Library(home / "city-twin.sqlite") as library:
        kept = library.create("harbour", Scenario.model_validate({"name": "Surge", "duration": 0}))
    app = opened(saved=kept.id)
    assert "The link asks for “Surge”, a scenario of harbour" in words(app)
    assert saved(app) is None


HEARD = """
import streamlit as st
from layers.map_events import read_events
from pages import bench, selected, service

spoken, city = service.language(), service.city()
bench.bench(city)
for answer in st.session_state.pop("done", []):
    selected.heard(read_events(answer), city, bench.bench(city).scenario, 1200, spoken)
"""


def test_what_is_done_on_the_map_is_acted_upon_before_the_page_runs(home):
    app = AppTest.from_string(HEARD, default_timeout=90)
    app.session_state["language"], app.session_state["tool"] = "en", "levee_breach"
    line = [[131.4216, 33.7341], [131.4230, 33.7341]]
    app.session_state["done"] = [
        {"drawn": {"kind": "levee_breach", "coordinates": [[131.4216, 33.7341]]}},
        {"drawn": {"kind": "flood_barrier", "coordinates": line}},
        {"drawn": {"kind": "road_closure", "coordinates": [], "elements": [["roads", 2], ["roads", 0]]}},
        {"shifted": {"id": "measure-1", "start": 600, "end": 3000}},
        {"edited": {"id": "measure-1", "coordinates": [*line, [131.4240, 33.7345]]}},
        {"chosen_shape": "measure-2"},
    ]
    ran(app)
    breach, barrier, closure = scenario(app).measures
    assert (breach.start, breach.at) == (1200, (131.4216, 33.7341))
    assert (barrier.start, barrier.end, len(barrier.line)) == (600, 3000, 3)
    assert closure.roads == tuple(service.city().table("roads")["id"].iloc[[2, 0]])
    assert (app.session_state["tool"], app.session_state["measure"]) == (None, 2)
    assert saved(app).number == 6, "the question as it was, then a version for each of five changes"


@pytest.mark.parametrize(
    "told",
    [
        {"drawn": {"kind": "moat", "coordinates": [[131.42, 33.73]]}},
        {"drawn": {"kind": "road_closure", "elements": [["rivers", 0]], "coordinates": []}},
        {"drawn": {"kind": "road_closure", "elements": [["roads", 10_000_000]], "coordinates": []}},
        {"edited": {"id": "measure-0", "coordinates": [[131.42, 33.73], [131.43, 33.73]]}},
        {"shifted": {"id": "measure-7", "start": 0, "end": 60}},
    ],
)
def test_nonsense_from_the_map_is_said_and_changes_nothing(home, told):
    app = AppTest.from_string(HEARD, default_timeout=90)
    app.session_state["language"] = "en"
    app.session_state["done"] = [{"drawn": {"kind": "road_closure", "coordinates": [], "elements": [["roads", 1]]}}]
    before = scenario(ran(app))
    app.session_state["done"] = [told]
    ran(app)
    assert scenario(app) == before
    assert "no longer there" in app.session_state["tellings"][0].template


def test_a_breach_at_the_very_end_begins_at_the_start():
    asked = Scenario.model_validate({"name": "storm", "duration": "2 h", "step": "1 h"})
    assert [answer.begin_of(asked, step) for step in (0, 1, 2)] == [0, 3600, 0]


def test_a_new_name_does_not_win_over_the_change_of_somebody_else(page):
    page.session_state["selection"] = ("roads", 3)
    ran(ran(page).button(key="close_road").click())
    held = saved(page)
    theirs = held.scenario.model_copy(update={"name": "Theirs"})
    bench.library().change(held.id, theirs, based_on=held.number)
    name = next(i for i in open_box(page, "file_open").text_input if i.label == "Name")
    name.set_value("Mine")
    ran(next(b for b in page.button if b.key and "names_" in b.key).click())
    assert "Somebody else changed" in words(page)
    assert (bench.library().get(held.id).name, saved(page).name) == ("Theirs", "Mine (copy)")


def test_the_moments_of_a_preview_hold_until_the_next_one(served):
    """A preview tells fewer moments than are asked for; a gap among them would keep everything after it from the page."""
    city = open_city(served[0])
    preview = [State(city, time, {}, {"water_depth": str(time)}, lambda _: None) for time in (0, 600, 1200)]
    held = answer._held((0, 300, 600, 900, 1200, 1500), preview)
    assert {moment: (state.time, state.digests["water_depth"]) for moment, state in held.items()} == {
        0: (0, "0"), 300: (300, "0"), 600: (600, "600"), 900: (900, "600"), 1200: (1200, "1200"),
    }  # fmt: skip
    assert answer._held((0, 300), ()) == {}


@contextmanager
def no_room() -> Iterator[None]:
    """A disk without room: no file can grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_change_that_cannot_be_saved_waits_on_the_page_until_it_can(page, home):
    type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000001")
    kept = saved(page)
    with no_room():
        type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000002")
        assert "Not saved yet" in words(page)
        assert page.button(key="undo").disabled, "an undo would throw away what is not saved"
        type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000003")
        assert len(scenario(page).measures) == 3, "the change is there, though it is not saved"
    with Library(home / "city-twin.sqlite") as library:
        assert library.get(kept.id) == kept
        ran(page)
        assert "Not saved yet" not in words(page)
        assert library.get(kept.id).scenario == scenario(page)
    assert len(saved(page).scenario.measures) == 3
    assert saved(page).id == kept.id


def test_the_first_change_of_all_waits_too(page, home):
    with Library(home / "city-twin.sqlite") as library:
        before = library.list("kawabe").total
    with no_room():
        type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000001")
        assert "Not saved yet" in words(page)
        assert saved(page) is None
    ran(page)
    assert [m.roads for m in saved(page).scenario.measures] == [("kawabe-r-000001",)]
    with Library(home / "city-twin.sqlite") as library:
        assert library.list("kawabe").total == before + 1
        assert [version.number for version in library.history(saved(page).id)] == [2, 1], "what was there before it, too"


def test_a_reload_while_nothing_can_be_saved_keeps_the_change(page, home):
    type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000001")
    kept = saved(page)
    with no_room():
        type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000002")
        again = opened(**reload_of(page))
        assert len(scenario(again).measures) == 2
        assert "is back" in words(again)
        assert "Not saved yet" in words(again)
    ran(again)
    with Library(home / "city-twin.sqlite") as library:
        assert library.get(kept.id).scenario == scenario(again)
    assert bench.WAITS not in again.query_params


def test_a_change_that_waited_never_overwrites_what_somebody_else_did_meanwhile(page, home):
    type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000001")
    held = saved(page)
    with no_room():
        type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000002")
    bench.library().change(held.id, held.scenario.model_copy(update={"name": "Theirs"}), based_on=held.number)
    again = ran(opened(**reload_of(page)))
    assert "Somebody else changed" in words(again)
    assert bench.library().get(held.id).name == "Theirs"
    assert len(saved(again).scenario.measures) == 2


@pytest.mark.parametrize("waits", ["0~nonsense", "7~", "x~y", "-1~eJw"])
def test_an_address_with_a_change_that_cannot_be_read_opens_all_the_same(home, waits):
    assert scenario(opened(waits=waits)).measures == ()


def test_what_a_form_cannot_take_is_said_in_the_form(page):
    type_measure(page, "road_closure", "Ids of the roads, one a line", "kawabe-r-000001")
    next(field for field in page.text_input if field.label == "Starts after").input("2 h")
    next(field for field in page.text_input if field.label == "Ends after").input("1 h")
    ran(next(button for button in page.button if button.label == "Apply" and "measure_0" in button.proto.form_id).click())
    assert [error.value for error in page.error] == ["That cannot be: it ends at 1 h, not after its start at 2 h."]
    assert [telling.at for telling in page.session_state["tellings"]] == ["measure 0"]
    assert next(field for field in page.text_input if field.label == "Ends after").value == "1 h", "what was typed stays"
    assert scenario(page).measures[0].end is None


def test_the_map_says_why_a_drawing_is_not_computed(page):
    crossing = "131.4216, 33.7341\n131.4230, 33.7351\n131.4230, 33.7341\n131.4216, 33.7351"
    type_measure(page, "flood_barrier", "Longitude, latitude; one place a line", crossing)
    fault = question_panel.speaks_against(bench.remarks(service.city(), scenario(page)), ("another", {}))
    assert answer.Answer().badge(0, Language("en"), fault).startswith("Not computed. The line of Flood barrier crosses itself;")


def test_other_shares_are_not_asked_for_again_once_all_are_there(home, served):
    city, workspace = open_city(served[0]), service.workspace()
    dry = presets(city)["dry"]
    told = changed(dry, measures=[{"kind": "evacuation_order", "level": 4, "share": 0.3}])
    page = opened(scenario="dry")
    ran(page.selectbox(key="add_kind").select("evacuation_order"))
    ran(next(button for button in page.button if button.label == "Add").click())
    assert scenario(page).measures == told.measures
    page.session_state["figures_view"] = figures_panel.ORDERS
    open_box(page, "figures_box")
    assert page.session_state[figures_panel.TOLD] is None, "not all is there: it asks again by itself"
    for variant in {*with_shares(scenario(page)), *with_shifts(scenario(page))}:
        simulate(city, variant, store=workspace.store(), folder=workspace.runs / run_id(city, variant))
    ran(page)
    assert page.session_state[figures_panel.TOLD] == scenario(page)
    assert not page.dataframe[0].value["in shelters"].isna().any()


def test_events_and_plans_stand_in_a_window_of_their_own(page, home):
    with Library(home / "city-twin.sqlite") as library:
        first = next(iter(presets(service.city()).values()))
        kept = library.create("kawabe", first, event="great flood", plan="nothing")
        library.create("kawabe", first, event="great flood", plan="school opened")
        other = library.create("kawabe", presets(service.city())["dry"], event="dry day", plan="nothing")
    page = opened(saved=kept.id)
    open_box(page, "file_open")
    ran(page.button(key="events_plans").click())
    grid = next(table.value for table in page.table if "great flood" in table.value.index)
    assert {"nothing", "school opened"} <= set(grid.columns)
    assert grid.loc["great flood", "nothing"] == f"● {first.name}"
    assert grid.loc["dry day", "school opened"] == "not asked"
    ran(page.selectbox(key="against").select("dry day"))
    assert scenario(page).name == "nothing against dry day"
    assert scenario(page).duration == other.scenario.duration


def test_all_moments_are_drawn_before_the_figures_of_the_whole_run_are_there(home, served):
    """A run that still works out its figures tells every moment already; one that was drawn is not drawn again."""
    city, workspace = open_city(served[0]), service.workspace()
    first = next(iter(presets(city).values()))
    asked = changed(first, measures=[{"kind": "road_closure", "roads": ["kawabe-r-000007"]}])
    folder = RunFolder(workspace.runs / run_id(city, asked), store=workspace.store())
    run = simulate(city, asked, store=workspace.store(), folder=folder.path)
    moments = len(asked.shown())
    folder.save(replace(run, status="running"))
    more = partial(service.more_to_see, city, asked, asked.shown()[-1], origin="run")
    assert moments > 3
    assert more(told=moments - 1)
    assert not more(told=moments)
    folder.save(replace(run, status="running", steps=run.steps[:-1]))
    assert not more(told=moments - 1)
