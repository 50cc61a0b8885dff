"""The app itself in a real Chromium: a person opens the city, moves time, clicks, searches, changes the language."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from geodata.importer import import_sample
from geodata.package import open_city
from layers.language import Language
from twin.scenario.presets import presets
from twin.simulation import run_id, simulate
from twin.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]
APP = Path(__file__).parents[2] / "app.py"
READY = (
    "() => { const s = globalThis.__cityMap?.stats; return s && s.firstColoursAt > 0 && s.chunksLoaded === s.chunksExpected; }"
)


@pytest.fixture(scope="session")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The app serving a small sample city whose first scenario has been run."""
    folder = tmp_path_factory.mktemp("app")
    import_sample(out=folder / "kawabe", buildings=400, seed=3)
    city, home = open_city(folder / "kawabe"), Workspace(folder / "home")
    scenario = presets(city)["official-l2"]
    simulate(city, scenario, store=home.store(), folder=home.runs / run_id(city, scenario))
    return serve(APP, CITY_TWIN_CITY=str(folder / "kawabe"), CITY_TWIN_HOME=str(home.path))


@dataclass
class Visit:
    """A page with the hosts it asked and the complaints of its console."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(url)
        self.page.wait_for_function(READY, timeout=90_000)
        self.settle()

    def settle(self) -> None:
        frames = -1
        for _ in range(60):
            self.page.wait_for_timeout(400)
            now = self.page.evaluate("globalThis.__cityMap.stats.frames")
            if now == frames:
                return
            frames = now

    def picture(self) -> np.ndarray:
        shot = self.page.locator(".city-map-canvas").screenshot()
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    page = chromium.new_page(viewport={"width": 1200, "height": 760}, locale="en-GB")
    made = Visit(page)
    made.open(address)
    yield made
    page.close()


def test_the_map_is_drawn_offline_without_complaint(visit, address):
    picture = visit.picture()
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 200
    assert visit.hosts == {address.split("/")[2]}
    assert visit.errors == []
    box = visit.page.locator(".city-map").bounding_box()
    side = visit.page.locator("[data-testid=stSidebar]").bounding_box()
    assert box["width"] * box["height"] >= 0.6 * 1200 * 760, (box, side)
    assert box["y"] + box["height"] <= 761, "the timeline is scrolled away"


def test_moving_time_changes_colours_without_the_server(visit):
    before = visit.picture()
    slider = visit.page.locator(".city-map-timeline input[type=range]")
    slider.focus()
    visit.page.keyboard.press("Home")
    visit.settle()
    dry = visit.picture()
    assert (np.abs(before - dry).sum(axis=2) > 30).mean() > 0.02, "the dry start looks like the flood"
    expect(visit.page.locator(".moment b")).to_have_text("+0 min", timeout=15_000)
    visit.page.keyboard.press("ArrowRight")
    expect(visit.page.locator(".moment b")).to_have_text("+20 min", timeout=15_000)


def test_a_click_on_a_building_opens_its_card(visit):
    point = visit.page.evaluate(
        """() => {
          const map = document.querySelector(".city-map").cityMap;
          const canvas = map.deck.getCanvas().getBoundingClientRect();
          for (let y = canvas.height * 0.3; y < canvas.height * 0.9; y += 9)
            for (let x = canvas.width * 0.35; x < canvas.width * 0.65; x += 9) {
              const found = map.deck.pickObject({x, y, radius: 1});
              if (found?.layer?.id === "buildings") return [x + canvas.left, y + canvas.top];
            }
          return null;
        }"""
    )
    assert point, "no building in the middle of the map"
    visit.page.mouse.click(*point)
    panel = visit.page.locator(".st-key-panel")
    expect(panel).to_contain_text("Official rank here", timeout=20_000)
    expect(panel).to_contain_text("City Twin sample generator")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0, timeout=20_000)


def test_search_leads_to_the_element(visit):
    visit.page.get_by_label("Find an address, a name or an id").fill("kawabe-b-000012")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("radiogroup", name="Found").get_by_text("kawabe-b-000012").first.click()
    expect(visit.page.locator(".st-key-panel")).to_contain_text("kawabe-b-000012", timeout=20_000)


def test_japanese_is_one_click_away(visit):
    visit.page.get_by_role("button", name="日本語").or_(visit.page.get_by_role("radio", name="日本語")).first.click()
    japanese = Language("ja").text("people in flooded buildings")
    assert japanese != "people in flooded buildings"
    expect(visit.page.locator(".strip")).to_contain_text(japanese, timeout=20_000)


def test_the_fictional_city_says_so(visit):
    expect(visit.page.locator(".fictional")).to_be_visible()


def test_it_is_usable_on_a_phone(chromium, address):
    page = chromium.new_page(viewport={"width": 390, "height": 780}, locale="ja-JP")
    phone = Visit(page)
    phone.open(address)
    box = page.locator(".city-map").bounding_box()
    assert box["width"] >= 340
    assert box["y"] + box["height"] <= 781
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert phone.errors == []
    page.close()


def test_without_webgl_a_flat_map_and_tables_remain(chromium, chromium_path, address):
    plain = chromium.browser_type.launch(
        executable_path=chromium_path,
        args=["--no-sandbox", "--disable-gpu", "--disable-3d-apis", "--disable-background-networking", "--no-first-run"],
    )
    page = plain.new_page(viewport={"width": 1200, "height": 760}, locale="en-GB")
    page.goto(address)
    picture = page.locator("[data-testid=stImage] img")
    expect(picture).to_be_visible(timeout=60_000)
    expect(page.locator("[data-testid=stAlert]").first).to_contain_text("cannot draw the 3D map", timeout=20_000)
    assert picture.bounding_box()["width"] > 600
    plain.close()
