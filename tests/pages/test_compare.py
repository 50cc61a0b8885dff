"""Comparing, passing on and believing: the pages run, links restore what was seen and survive whatever is written into them."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from geodata.importer import import_sample
from geodata.package import open_city
from layers.link import Link
from layers.report.figures import published
from layers.scene import Look
from layers.view import View
from pages import bench, choices, report_maker, service
from twin.library import Library
from twin.outcome import OUTCOMES
from twin.privacy import SMALLEST
from twin.run import RunFolder
from twin.scenario import Scenario
from twin.scenario.presets import begun_with, presets
from twin.simulation import run_id, simulate
from twin.workspace import Workspace

PAGES = Path(__file__).parents[2] / "pages"


@pytest.fixture
def home(environment, served, monkeypatch, tmp_path):
    """A library of its own beside the runs of the served workspace, and workers that cannot be reached."""
    monkeypatch.setenv("CITY_TWIN_SCHEDULER", "tcp://127.0.0.1:9")
    monkeypatch.setenv("CITY_TWIN_DATABASE", f"sqlite:///{tmp_path / 'city-twin.sqlite'}")
    yield tmp_path
    service.desk().close()
    bench.library().close()
    for kept in (service.__dict__["_desk"], bench.__dict__["_library"]):
        kept.cache_clear()


def opened(name: str, *, language: str = "en", query: dict[str, str] | None = None, **state) -> AppTest:
    app = AppTest.from_file(str(PAGES / name), default_timeout=120)
    app.session_state["language"] = language
    for key, value in state.items():
        app.session_state[key] = value
    for key, value in (query or {}).items():
        app.query_params[key] = value
    return ran(app)


def ran(touched) -> AppTest:
    app = touched.run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    kinds = ("markdown", "caption", "error", "warning", "info", "subheader", "code")
    parts = [element.value for kind in kinds for element in app.get(kind)]
    return " ".join([*map(str, parts), *(html.proto.body for html in app.get("html"))])


def link_of(app: AppTest) -> dict[str, str]:
    """The fields of the link that the page offers."""
    address = next(code.value for code in app.code if "asked=" in code.value)
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def of_the_city(served) -> dict[str, Scenario]:
    return presets(open_city(served[0]))


def names(served, *offered: str) -> list[str]:
    """How the page calls scenarios that the city offers."""
    found = begun_with(open_city(served[0]))
    return [choices.name_of(found[name]) for name in offered]


@pytest.fixture
def two(served) -> list[str]:
    return names(served, "official-l2", "river-stage")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_two_answers_are_compared_in_words_figures_and_tables(language, two):
    app = opened("compare.py", language=language, compared=two)
    assert len(app.tabs) >= 6
    assert len(app.dataframe) >= 4
    assert any("(" in cell for cell in app.table[0].value.to_numpy().ravel()), "no band is told"
    if language == "en":
        told = words(app)
        assert "The water is still water at a given level in River 4.5 m above normal" in told
        assert "fields differ" in told
        assert "people gain" in told
        assert "people in flooded buildings" in told


@pytest.mark.usefixtures("home")
def test_every_difference_can_be_shown_and_stays_in_the_link(served, two):
    app = opened("compare.py", compared=two)
    for mode in ("depth", "time_left", "travel_time"):
        ran(app.radio(key="mode").set_value(mode))
        assert link_of(app)["mode"] == mode
    link, notes = Link.from_query(link_of(app))
    offered = of_the_city(served)
    assert link.scenarios == (offered["official-l2"], offered["river-stage"])
    assert not notes
    again = opened("compare.py", query=link_of(app))
    assert again.radio(key="mode").value == "travel_time"
    assert link_of(again) == link_of(app)


@pytest.mark.usefixtures("home")
def test_what_is_not_computed_yet_is_put_in_hand_and_the_page_waits(served):
    app = opened("compare.py", compared=names(served, "official-l2", "cloudburst"))
    assert not app.dataframe
    assert not app.error


@pytest.mark.usefixtures("home")
def test_one_answer_alone_is_no_comparison(served):
    app = opened("compare.py", compared=names(served, "official-l2"))
    assert "Choose two to four answers" in words(app)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"asked": "nonsense"}, "was cut off or changed"),
        ({"asked": "__import__('os')", "at": "1,2"}, "was cut off or changed"),
        ({"at": "here"}, "is not five numbers"),
        ({"at": "131.42,33.73,14,45,0", "theme": "../x", "scale": "<b>", "mode": "zzz", "step": "1"}, ""),
        ({"made": "0" * 12, "city": "kawabe"}, "imported anew"),
        ({"city": "atlantis", "made": "00"}, "is not served here"),
        ({"asked": "~~~~", "public": "yes"}, ""),
    ],
)
@pytest.mark.parametrize("name", ["explore.py", "compare.py"])
def test_a_link_edited_by_hand_still_opens_and_says_what_is_missing(name, query, sentence):
    app = opened(name, query=query)
    assert sentence in words(app)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["explore.py", "what_if.py", "compare.py"])
def test_a_link_with_a_layer_that_is_gone_says_so_and_shows_the_rest(served, name):
    shown = of_the_city(served)["official-l2"], of_the_city(served)["river-stage"]
    query = Link(scenarios=shown[: 2 if name == "compare.py" else 1]).to_query()
    app = opened(name, query={**query, "at": "131.42,33.73,14,45,0", "layers": "buildings,gone"})
    assert ["not here: gone" in toast.value for toast in app.toast] == [True]


@pytest.mark.usefixtures("home")
def test_a_link_to_explore_brings_a_scenario_that_is_saved_nowhere():
    scenario = Scenario.model_validate({"name": "carried", "duration": 0, "seed": 7})
    app = opened("explore.py", query=Link(scenarios=(scenario,)).to_query())
    assert app.selectbox(key="scenario").value == "carried"


def test_a_link_to_the_workbench_opens_the_saved_scenario_or_what_it_was(home):
    scenario = Scenario.model_validate({"name": "shared", "duration": 0, "seed": 7})
    with Library(home / "city-twin.sqlite") as library:
        saved = library.create("kawabe", scenario)
        query = Link(scenarios=(scenario,), saved=saved.id).to_query()
        app = opened("what_if.py", query=query)
        assert app.session_state["bench"].saved.id == saved.id
        library.change(saved.id, scenario.model_copy(update={"seed": 8}), based_on=saved.number)
        app = opened("what_if.py", query=query)
        assert app.session_state["bench"].saved is None
        assert app.session_state["bench"].scenario == scenario
        assert "was changed since the link was made" in words(app)


def people(app: AppTest) -> list[float]:
    """Counts of people in the tables by district and age."""
    return [
        float(value)
        for table in app.dataframe
        for column, values in table.value.items()
        if "aged" in str(column) or column == "all"
        for value in values
        if value == value
    ]


def figures_of_people(app: AppTest) -> list[float]:
    """Every number about people in the strip, in the table of figures and in the sentences about gains."""
    told = {outcome.meaning for outcome in OUTCOMES if outcome.people}
    texts = [html.proto.body for html in app.get("html") if "strip" in html.proto.body]
    texts = [item for text in texts for item in re.findall(r"<li.*?</li>", text) if "people" in item]
    texts += [sentence for text in app.markdown for sentence in re.findall(r"([\d,]+) people", text.value)]
    for table in app.table:
        rows = table.value[[meaning.partition(": ")[0] in told for meaning in table.value.index]]
        texts += [str(cell) for cell in rows.to_numpy().ravel() if "withheld" not in str(cell)]
    return [
        float(n.replace(",", "")) for text in texts for n in re.findall(r"\d[\d,]*(?:\.\d+)?", re.sub(r"<[^>]*>", " ", text))
    ]


@pytest.fixture(scope="session")
def hamlet(tmp_path_factory) -> tuple[Path, Path]:
    """A city so small that few people are in nearly every count, and its workspace."""
    folder = tmp_path_factory.mktemp("hamlet")
    city, workspace = folder / "kawabe", Workspace(folder / "home")
    import_sample(out=city, buildings=100, seed=3)
    opened_city = open_city(city)
    for scenario in presets(opened_city).values():
        simulate(opened_city, scenario, store=workspace.store(), folder=workspace.runs / run_id(opened_city, scenario))
    return city, workspace.path


@pytest.fixture
def few(home, hamlet, monkeypatch) -> dict[str, str]:
    """Fields of a link that compares two answers of the hamlet, which is served."""
    service.__dict__["_desk"].cache_clear()
    monkeypatch.setenv("CITY_TWIN_CITY", str(hamlet[0]))
    monkeypatch.setenv("CITY_TWIN_HOME", str(hamlet[1]))
    offered = of_the_city(hamlet)
    return Link(city="kawabe", scenarios=(offered["official-l2"], offered["river-stage"])).to_query()


def small(counts: list[float]) -> list[float]:
    """Counts of few people, and differences between two counts that are."""
    apart = [abs(one - other) for one, other in combinations(set(counts), 2)]
    return [count for count in [*counts, *apart] if 0 < count < SMALLEST]


def test_a_public_link_tells_no_small_count_neither_directly_nor_by_subtraction(few):
    exact = opened("compare.py", query=few)
    assert [count for count in people(exact) if 0 < count < SMALLEST], "no small count is there: nothing is tested"
    assert small(figures_of_people(exact))
    app = opened("compare.py", query={**few, "public": "1"})
    assert people(app), "no table of people was shown"
    assert figures_of_people(app), "no figure of people was shown"
    assert small([*people(app), *figures_of_people(app)]) == []
    assert link_of(app)["public"] == "1"
    later = (
        ran(app.select_slider(key="step").set_value(0))
        if app.select_slider
        else opened("compare.py", query={**few, "public": "1"}, step=0)
    )
    assert small([*people(app), *people(later), *figures_of_people(later)]) == [], "nor by comparing moments"


def test_a_public_page_tells_nothing_of_single_places(few):
    app = opened("explore.py", query={**few, "public": "1"}, selection=("buildings", 12))
    assert "tells nothing of single places" in words(app)
    assert small(figures_of_people(app)) == []


def test_a_server_for_the_public_answers_only_what_is_computed_and_never_exactly(few, monkeypatch):
    monkeypatch.setenv(service.PUBLIC, "1")
    app = opened("compare.py", query={**few, "public": "0"})
    assert small([*people(app), *figures_of_people(app)]) == [], "a link edited by hand changes nothing"
    asked = Scenario.model_validate({"name": "nosy", "duration": 0, "seed": 99})
    app = opened("explore.py", query=Link(city="kawabe", scenarios=(asked,)).to_query())
    assert "not published here" in words(app)
    assert not service.workers().jobs.list(), "nothing is put in hand"
    assert not app.get("file_uploader")


def test_the_passport_for_the_public_holds_no_small_count(few, hamlet):
    city = open_city(hamlet[0])
    run = RunFolder(hamlet[1] / "runs" / run_id(city, of_the_city(hamlet)["official-l2"])).load()

    def counts(outcomes) -> list[float]:
        named = {outcome.name for outcome in OUTCOMES if outcome.people}
        parts = [value for name, value in outcomes.items() if name in named]
        flat = [inner for part in parts for inner in (part.values() if isinstance(part, dict) else [part])]
        return [float(value) for value in flat if value is not None]

    assert small(counts(run.outcomes))
    assert small(counts(published(run.outcomes))) == []


def test_plans_are_ranked_over_the_events_of_the_library(home, served, two):
    city, workspace = open_city(served[0]), Workspace(served[1])
    roads = [str(each) for each in city.roads["id"][:40]]
    offered = of_the_city(served)
    with Library(home / "city-twin.sqlite") as library:
        for event in ("official-l2", "river-stage"):
            plain = offered[event].model_dump(mode="json")
            for plan, measures in (("nothing", []), ("roads shut", [{"kind": "road_closure", "roads": roads}])):
                scenario = Scenario.model_validate({**plain, "name": f"{event} {plan}", "measures": measures})
                simulate(city, scenario, store=workspace.store(), folder=workspace.runs / run_id(city, scenario))
                library.create("kawabe", scenario, event=event, plan=plan)
    app = opened("compare.py", compared=two, rank_by="people_cut_off", rank_nothing="nothing")
    ranked = next(table.value for table in app.dataframe if "Saved in an average year" in table.value.columns)
    assert ranked["Plan"].tolist() == ["roads shut"]
    assert "Beyond the rarest event" in words(app)
    assert "one event only" not in words(app)
    assert "named alike" not in words(app)

    other = Scenario.model_validate({**offered["dry"].model_dump(mode="json"), "name": "no storm at all"})
    with Library(home / "city-twin.sqlite") as library:
        library.create("kawabe", other, event="official-l2", plan="nothing")
    app = opened("compare.py", compared=two, rank_by="people_cut_off", rank_nothing="nothing")
    assert "named alike; ranked are those changed last: no storm at all" in words(app)
    assert "compares unlike things: official-l2 roads shut" in words(app)


def test_who_has_more_saved_than_is_offered_is_told(home, two, monkeypatch):
    monkeypatch.setattr("pages.choices.MOST_SAVED", 1)
    with Library(home / "city-twin.sqlite") as library:
        for number in range(2):
            library.create("kawabe", Scenario.model_validate({"name": f"draft {number}", "duration": 60}))
        total = library.list("kawabe").total
    app = opened("compare.py", compared=two)
    assert f"the latest 1 of {total} saved scenarios" in words(app)


def test_a_storm_brings_its_years_into_the_ranking(served, two):
    from pages import ranking_panel
    from twin.rain_statistics import rain_statistics
    from twin.scenario.events import engine

    (statistics,) = rain_statistics(open_city(served[0]))
    storm = statistics.storm(1000, 3600)
    figures = {"rain": 0.0, "rain_length": 0, "river": None, "tide": None, "peak_at": 0, "duration": 7200, "rivers_full": False}
    water = engine(None, **figures, design=storm)
    years: dict[str, float] = {}
    ranking_panel._tell_years(years, "storm", Scenario.model_validate({"name": "storm", "duration": 7200, "water": water}))
    for scenario in of_the_city(served).values():
        ranking_panel._tell_years(years, scenario.name, scenario)
    assert years == {"storm": 1000.0}, "of official maps and rivers nobody says how often they come"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_passport_tells_where_the_numbers_come_from(language):
    app = opened("passport.py", language=language)
    told = words(app)
    assert service.city().fingerprint in told
    assert any("CC0 1.0" in table.value.to_string() for table in app.table)


@pytest.mark.usefixtures("home")
def test_the_report_of_the_page_is_made_from_what_it_shows(served, monkeypatch):
    monkeypatch.setenv("CITY_TWIN_CHROMIUM", "/bin/false")
    city, offered = open_city(served[0]), of_the_city(served)
    runs = tuple(run_id(city, offered[name]) for name in ("official-l2", "river-stage"))
    order = report_maker.Order(runs, "ja", True, View(131.42, 33.73), Look())
    page = report_maker.maker(city, order, "html")().decode()
    assert 'lang="ja"' in page
    assert city.fingerprint in page
    assert report_maker.maker(city, order, "pdf")().startswith(b"%PDF")
