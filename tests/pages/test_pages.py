"""Every page runs, says what it must, in both languages, and turns faults into sentences."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAGES = Path(__file__).parents[2] / "pages"


def page(name: str, **state) -> AppTest:
    """A page run to its end, without the frame around it."""
    app = AppTest.from_file(str(PAGES / name), default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """All text on the page."""
    parts = [
        element.value for kind in ("markdown", "caption", "error", "warning", "info", "subheader") for element in app.get(kind)
    ]
    return " ".join([*map(str, parts), *(html.proto.body for html in app.get("html"))])


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", ["explore.py", "tables.py", "data.py"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_runs_in_both_languages(name, language):
    page(name, language=language)


@pytest.mark.usefixtures("environment")
def test_explore_tells_the_figures_of_the_moment():
    app = page("explore.py", language="en")
    assert "people in flooded buildings" in words(app)
    assert "buildings flooded" in words(app)
    assert app.selectbox(key="scenario").value == "official-l2"
    dry = app.selectbox(key="scenario").select("dry").run()
    assert not dry.exception
    assert "<b>0</b> people in flooded buildings" in words(dry)


@pytest.mark.usefixtures("environment")
def test_explore_finds_a_building_by_its_id_and_shows_its_card():
    app = page("explore.py", language="en")
    app.text_input(key="search").input("kawabe-b-000012").run()
    hits = app.radio(key="found").options
    assert any("kawabe-b-000012" in hit for hit in hits)
    app.session_state["selection"] = ("buildings", 12)
    app.run()
    assert not app.exception
    assert "Official rank here" in words(app)
    assert "Depth now" in words(app)
    assert "City Twin sample generator" in words(app)


@pytest.mark.usefixtures("environment")
def test_a_card_for_every_kind_of_element():
    for table in ("buildings", "roads", "shelters", "facilities", "sensors"):
        app = page("explore.py", language="ja", selection=(table, 0))
        assert 'class="card"' in words(app), table


@pytest.mark.usefixtures("environment")
def test_nothing_found_is_said():
    app = page("explore.py", language="en")
    app.text_input(key="search").input("nowhere at all").run()
    assert "Nothing here is called that." in words(app)


@pytest.mark.usefixtures("environment")
def test_tables_stand_for_the_map():
    app = page("tables.py", language="en")
    ranks = app.dataframe[0].value
    assert ranks["Buildings"].sum() == 400
    assert "unknown" in ranks["Depth rank"].tolist()
    assert len(app.tabs) == 10


@pytest.mark.usefixtures("environment")
def test_data_names_sources_and_licences():
    app = page("data.py", language="en")
    layers = app.dataframe[0].value
    assert {"Buildings", "Roads", "Elevation"} <= set(layers["Layer"])
    assert (layers["Licence"] == "CC0 1.0").all()
    assert "What the import did" in words(app)


def test_without_a_city_the_frame_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("CITY_TWIN_CITY", str(tmp_path / "none"))
    monkeypatch.setenv("CITY_TWIN_HOME", str(tmp_path / "home"))
    app = AppTest.from_file(str(PAGES / "frame.py"), default_timeout=60)
    app.session_state["language"] = "en"
    app.run()
    assert not app.exception
    assert "city-twin sample" in words(app)


@pytest.mark.slow
@pytest.mark.usefixtures("environment")
def test_an_answer_about_another_city_is_never_taken_for_this_one(tmp_path, monkeypatch):
    """A package written anew under the same path, and a run whose fields are gone, both put a new job in hand."""
    import shutil

    from geodata.importer import import_sample
    from geodata.package import open_city
    from pages import service
    from twin import opened
    from twin.opened import opened_store
    from twin.scenario.presets import presets

    home, other = tmp_path / "home", tmp_path / "other"  # its own: fields are taken away here
    monkeypatch.setenv("CITY_TWIN_HOME", str(home))
    import_sample(out=other, buildings=150, seed=9)
    city = open_city(other)
    scenario = presets(city)["dry"]
    workers = service.workers()

    def finished(job):
        for _ in range(2400):  # workers that start cold compile first
            now = workers.jobs.get(job.id)
            if not now.unfinished:
                assert now.status == "done", now.error
                return
            time.sleep(0.1)
        pytest.fail("the job did not end")

    first = service.ask(other, city, scenario)
    assert first.run is None
    finished(first.job)
    assert service.ask(other, city, scenario).job is None
    shutil.rmtree(home / "fields" / "fields")
    service.__dict__["_desk"].cache_clear()
    opened_store.cache_clear()  # as in another process, where nothing of it is in memory
    opened.__dict__["_twin"].cache_clear()
    again = service.ask(other, city, scenario)
    assert again.job is not None
    assert again.job.id != first.job.id
    finished(again.job)
    import_sample(out=other, buildings=160, seed=9)
    renewed = open_city(other)
    third = service.ask(other, renewed, scenario)
    assert third.job is not None
    finished(third.job)
    assert service.ask(other, renewed, scenario).run.city_fingerprint == renewed.fingerprint
    workers.close()
    service.desk().close()
    service.__dict__["_desk"].cache_clear()
