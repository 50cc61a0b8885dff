"""The workbench in a real Chromium: a barrier is drawn by mouse, the answer changes, it is undone, redone, found again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from geodata.importer import import_sample
from layers.headline import MOST
from tests.browser.drawing_hand import draw_line, take_tool
from twin.library import Library
from twin.run import Run, RunFolder
from twin.scenario import Scenario
from twin.scenario.events import storm
from twin.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
APP = Path(__file__).parents[2] / "app.py"
READY = "() => { const s = globalThis.__cityMap?.stats; return s && s.firstColoursAt > 0; }"
PATIENCE = 400_000  # ms: the first answer waits until the kernels are compiled


@dataclass
class Bench:
    """The app, its workspace, and a storm that somebody saved."""

    address: str
    home: Workspace
    storm: str


@pytest.fixture(scope="module")
def bench(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("bench")
    import_sample(out=folder / "kawabe", buildings=100, seed=3)
    home = Workspace(folder / "home")
    home.path.mkdir()
    water = {"source": "engine", "rain": {"rates": storm(60.0, 600)}}
    asked = Scenario.model_validate({"name": "Cloudburst", "duration": 1200, "step": 600, "water": water})
    with Library(home.database) as library:
        saved = library.create("kawabe", asked)
    address = serve(APP, CITY_TWIN_CITY=str(folder / "kawabe"), CITY_TWIN_HOME=str(home.path))
    return Bench(address, home, saved.id)


@pytest.fixture
def page(chromium: Browser, bench: Bench) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1300, "height": 800}, locale="en-GB")
    opened.goto(f"{bench.address}/what_if?saved={bench.storm}")
    opened.wait_for_function(READY, timeout=PATIENCE)
    yield opened
    opened.close()


def measures(page: Page):
    return page.locator('[class*="st-key-choose_"]')


def runs(bench: Bench) -> dict[int, Run]:
    """Whole runs by how many measures they have."""
    return {len(run.scenario["measures"]): run for run in RunFolder.list(bench.home.runs) if run.status == "done"}


def answered(page: Page, bench: Bench, count: int) -> Run:
    """The whole answer to the question with so many measures, once the page shows it."""
    expect(page.locator(".strip li").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-status [data-testid=stProgress]")).to_have_count(0, timeout=PATIENCE)
    for _ in range(100):
        if count in runs(bench):
            return runs(bench)[count]
        page.wait_for_timeout(200)
    pytest.fail(f"no whole run with {count} measures")


def test_a_barrier_drawn_by_mouse_changes_the_answer_is_undone_redone_and_found_again(page, bench):
    dry = answered(page, bench, 0)
    take_tool(page, "Flood barrier")
    draw_line(page)
    expect(measures(page)).to_contain_text("m long, 1 m above the ground", timeout=60_000)
    expect(page.locator(".scenario")).to_contain_text("saved, version 2")
    walled = answered(page, bench, 1)
    assert walled.steps[-1].fields["water_depth"] != dry.steps[-1].fields["water_depth"], "the barrier held nothing back"
    with Library(bench.home.database) as library:
        drawn = library.get(bench.storm).scenario.measures[0]
    assert len(drawn.line) == 2

    page.get_by_role("button", name="Undo").click()
    expect(measures(page)).to_have_count(0, timeout=60_000)
    expect(page.get_by_role("button", name="Redo")).to_be_enabled(timeout=60_000)
    page.keyboard.press("Control+y")
    expect(measures(page)).to_have_count(1, timeout=60_000)

    page.reload()
    expect(measures(page)).to_contain_text("m long, 1 m above the ground", timeout=PATIENCE)
    page.wait_for_function(READY, timeout=PATIENCE)
    with Library(bench.home.database) as library:
        assert library.get(bench.storm).scenario.measures[0] == drawn


def test_the_same_question_is_put_without_a_mouse(page, bench):
    """Only keys: the kind from the list, the places typed; what is typed is saved to the digit."""
    with Library(bench.home.database) as library:
        kept = library.get(bench.storm)
        if kept.can_undo:
            library.undo(bench.storm, based_on=kept.number)
    page.reload()
    expect(measures(page)).to_have_count(0, timeout=PATIENCE)
    page.get_by_label("Add a measure").focus()
    page.keyboard.type("Flood barrier")
    page.keyboard.press("Enter")
    drawing = page.locator(".st-key-drawing")
    drawing.locator("summary").focus()
    page.keyboard.press("Enter")
    drawing.locator("textarea").focus()
    south, west = 33.7341, 131.4216
    page.keyboard.type(f"{west}, {south}")
    page.keyboard.press("Enter")
    page.keyboard.type(f"{west + 0.002}, {south + 0.001}")
    page.keyboard.press("Tab")
    drawing.get_by_role("button", name="Add", exact=True).focus()
    page.keyboard.press("Enter")
    expect(measures(page)).to_contain_text("m long, 1 m above the ground", timeout=60_000)
    with Library(bench.home.database) as library:
        assert library.get(bench.storm).scenario.measures[0].line == ((west, south), (west + 0.002, south + 0.001))


def test_no_figure_is_cut_off_on_a_phone(chromium, bench):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, locale="en-GB")
    page.goto(f"{bench.address}/what_if?saved={bench.storm}")
    page.locator(".strip li").first.wait_for(timeout=PATIENCE)
    # As many figures as there can be.
    room = page.evaluate(
        """count => { const strip = document.querySelector(".strip"), items = [...strip.children];
        for (let i = 0; strip.children.length < count; i++) strip.append(items[i % items.length].cloneNode(true));
        const box = document.querySelector(".st-key-strip"); return [box.scrollHeight, box.clientHeight]; }""",
        MOST,
    )
    assert room[0] <= room[1] + 2, f"{room[0]} pixels of figures in {room[1]}"
    page.close()


def test_the_map_is_told_of_a_change_before_all_words_about_it(chromium, bench):
    """One run of the page, and in it the map first: what the change looks like waits for nothing that is only read."""
    with Library(bench.home.database) as library:
        asked = library.create("kawabe", Scenario.model_validate({"name": "A walk", "duration": 1200, "step": 600})).id
    page, frames = chromium.new_page(viewport={"width": 1300, "height": 800}, locale="en-GB"), []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))  # noqa: PLW0108 (Playwright marks it)
    page.goto(f"{bench.address}/what_if?saved={asked}")
    page.wait_for_function(READY, timeout=PATIENCE)
    quiet(page)
    page.evaluate(
        """() => document.querySelector(".city-map").cityMap.component.setTriggerValue(
             "pick", {layer: "roads", index: 3, coordinate: null})"""
    )
    page.locator(".st-key-close_road button").wait_for(timeout=60_000)
    quiet(page)
    before = maps(frames)[-1]
    frames.clear()
    page.locator(".st-key-close_road button").click()
    expect(measures(page)).to_contain_text("Road", timeout=60_000)
    told = messages(frames)
    first = next(number for number, message in enumerate(told) if kind_of(message) == "bidi_component")
    kinds = [kind_of(message) for message in told[:first]]
    assert kinds.count("new_session") == 1
    assert not {"button", "code", "progress", "alert", "vega_lite_chart"} & set(kinds), kinds
    assert maps(frames)[0]["spec"] != before["spec"], "the map came with the answer before the change"
    assert told[first].ByteSize() < 120_000

    # A form is applied by itself, and then the page runs: the old answer is not drawn once more.
    page.locator(".st-key-event_box summary").click()
    page.get_by_label("Lasts").fill("30 min", timeout=60_000)
    quiet(page)
    frames.clear()
    page.locator(".st-key-event_box [data-testid=stFormSubmitButton] button").click()
    expect(page.locator(".scenario")).to_contain_text("version 3", timeout=60_000)
    kinds = [kind_of(message) for message in messages(frames)]
    assert kinds[: kinds.index("bidi_component")].count("navigation") == 1, "the whole page ran more than once"
    assert len(maps(frames)[0]["timeline"]["labels"]) == 4
    page.close()


def quiet(page: Page) -> None:
    """Wait until nothing is computed any more and nothing is on its way."""
    expect(page.locator(".st-key-status [data-testid=stProgress]")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_timeout(1500)


def messages(frames: list[bytes]) -> list[ForwardMsg]:
    """What the server told the page."""
    return [ForwardMsg.FromString(frame) for frame in frames if isinstance(frame, bytes)]


def kind_of(message: ForwardMsg) -> str:
    """The kind of a message, or of the element that it carries."""
    if message.WhichOneof("type") == "delta" and message.delta.WhichOneof("type") == "new_element":
        return str(message.delta.new_element.WhichOneof("type"))
    return str(message.WhichOneof("type"))


def maps(frames: list[bytes]) -> list[dict[str, Any]]:
    """What the map was told."""
    found = (message for message in messages(frames) if kind_of(message) == "bidi_component")
    return [json.loads(message.delta.new_element.bidi_component.json) for message in found]


def test_where_the_keyboard_is_can_be_seen_on_the_links_between_pages(page):
    on_link = "document.activeElement.closest('[data-testid=stPageLink]') !== null"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(on_link):
            break
    assert page.evaluate(f"{on_link} && getComputedStyle(document.activeElement).outlineStyle") == "solid"
