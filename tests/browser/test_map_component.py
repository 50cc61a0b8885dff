"""The map in a real Chromium: pixels, clicks, keys, requests, errors."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.town import GRID, buildings, terrain

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("town_app.py")
READY = """() => {
  const stats = globalThis.__cityMap?.stats;
  return stats && stats.firstColoursAt > 0 && stats.chunksLoaded === stats.chunksExpected;
}"""


@dataclass
class Visit:
    """A page with what it asked for and complained about."""

    page: Page
    address: str
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.address}/{query}")
        self.page.wait_for_function(READY, timeout=60_000)
        self.settle()

    def settle(self) -> None:
        """Wait until no new frame came for a while."""
        frames = -1
        for _ in range(40):
            self.page.wait_for_timeout(300)
            now = self.page.evaluate("globalThis.__cityMap.stats.frames")
            if now == frames:
                return
            frames = now

    def report(self) -> dict[str, Any]:
        """What the page's Python got from the component."""
        return json.loads(self.page.locator("code").inner_text())

    def wait_for(self, name: str, wanted: Callable[[Any], bool]) -> Any:
        for _ in range(60):
            value = self.report().get(name)
            if wanted(value):
                return value
            self.page.wait_for_timeout(250)
        pytest.fail(f"{name} stayed {self.report()!r}")

    def picture(self) -> np.ndarray:
        """The map alone as it is on the screen, [row, column, 3]."""
        shot = self.page.locator(".city-map-canvas").screenshot()
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)

    def pixel_of(self, longitude: float, latitude: float, height: float) -> tuple[float, float]:
        """Where a place is drawn, in pixels of the page."""
        x, y = self.page.evaluate(
            """([longitude, latitude, height]) => {
              const map = document.querySelector(".city-map").cityMap;
              const { datum } = map.layers[0].props.relief;
              const [x, y] = map.deck.getViewports()[0].project([longitude, latitude, height - datum]);
              const frame = map.deck.getCanvas().getBoundingClientRect();
              return [x + frame.left, y + frame.top];
            }""",
            [longitude, latitude, height],
        )
        return x, y


@pytest.fixture
def visit(chromium: Browser, serve: Callable[..., str]) -> Iterator[Visit]:
    page = chromium.new_page(viewport={"width": 900, "height": 680})
    made = Visit(page, serve(APP))
    page.on("request", lambda request: (made.hosts.add(request.url.split("/")[2]), made.requests.append(request.url)))
    page.on("console", lambda message: made.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: made.errors.append(str(error)))
    yield made
    page.close()


def step_to(visit: Visit, step: int) -> None:
    slider = visit.page.get_by_role("slider", name="Time")
    slider.focus()
    for _ in range(step):
        visit.page.keyboard.press("ArrowRight")
        visit.page.wait_for_timeout(150)
    visit.settle()


def test_map_is_drawn_without_errors_and_asks_no_other_host(visit: Visit) -> None:
    visit.open()
    picture = visit.picture()
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 500  # not blank
    assert picture.std() > 15
    assert visit.hosts == {visit.address.split("//")[1]}
    assert visit.errors == []


def test_keyboard_moves_time_and_colours_change_without_geometry_or_a_rerun_for_the_picture(visit: Visit) -> None:
    visit.open()
    dry = visit.picture()
    geometry = sum("/map/geometry/" in url for url in visit.requests)
    frames = visit.page.evaluate("globalThis.__cityMap.stats.frames")
    step_to(visit, 3)
    assert visit.page.evaluate("globalThis.__cityMap.stats.frames") > frames
    wet = visit.picture()
    changed = np.abs(wet - dry).sum(axis=2) > 30
    assert 0.1 < changed.mean() < 0.9
    assert sum("/map/geometry/" in url for url in visit.requests) == geometry
    assert visit.wait_for("step", lambda step: step == 3) == 3
    assert visit.page.locator(".city-map-moment").inner_text() == "+60 min"
    assert visit.errors == []


def test_unknown_is_drawn_neither_as_dry_nor_as_wet(visit: Visit) -> None:
    visit.open()
    step_to(visit, 3)
    picture = visit.picture()
    frame = visit.page.locator(".city-map-canvas").bounding_box()

    def patch(x: float, y: float) -> np.ndarray:
        """Pixels of open ground around a place given in metres from the north-western corner."""
        longitude, latitude = GRID.to_wgs84.transform(GRID.west + x, GRID.north - y)
        px, py = visit.pixel_of(longitude, latitude, float(terrain()[int(y // 10), int(x // 10)]))
        row, column = int(py - frame["y"]), int(px - frame["x"])
        assert 7 <= row < picture.shape[0] - 7, "the place is not in the picture"
        assert 7 <= column < picture.shape[1] - 7, "the place is not in the picture"
        return picture[row - 6 : row + 7, column - 6 : column + 7].reshape(-1, 3)

    dry, wet, unknown = patch(1000, 130), patch(1000, 886), patch(1560, 130)
    # Striped: the lightness of unknown ground goes up and down, that of dry ground (the same wood) does not.
    assert unknown.sum(axis=1).std() > 3 * dry.sum(axis=1).std()
    # Grey: unknown has next to no hue, water of the official classes is red.
    assert (wet[:, 0] - wet[:, 2]).mean() > 20
    assert np.abs(unknown[:, 0] - unknown[:, 2]).mean() < 15
    assert np.abs(unknown.mean(axis=0) - dry.mean(axis=0)).max() > 5


def test_click_picks_the_right_building_and_outlines_it(visit: Visit) -> None:
    visit.open()
    frame = buildings()
    number = len(frame) - 1  # the house with the courtyard, made of several pieces
    place = frame.geometry.iloc[number].bounds
    longitude, latitude = GRID.to_wgs84.transform(place[0] + 8, place[1] + 35)
    x, y = visit.pixel_of(longitude, latitude, 5.0 + 16.0)
    before = visit.picture()
    visit.page.mouse.click(x, y)
    pick = visit.wait_for("pick", lambda value: value is not None)
    assert (pick["layer"], pick["index"]) == ("buildings", number)
    visit.settle()
    outline = (np.abs(visit.picture() - np.array([176, 0, 100])).sum(axis=2) < 60) & (
        np.abs(visit.picture() - before).sum(axis=2) > 60
    )
    assert outline.sum() > 40


def test_click_on_the_ground_gives_its_coordinate(visit: Visit) -> None:
    visit.open()
    x, y = GRID.west + 900, GRID.north - 180  # on the hillside, away from the plane that the camera turns around
    longitude, latitude = GRID.to_wgs84.transform(x, y)
    height = terrain()[18, 90]
    visit.page.mouse.click(*visit.pixel_of(longitude, latitude, float(height)))
    pick = visit.wait_for("pick", lambda value: value is not None)
    assert (pick["layer"], pick["index"]) == (None, -1)
    east, north = GRID.to_wgs84.transform(*pick["coordinate"], direction="INVERSE")
    assert np.hypot(east - x, north - y) < 25  # two and a half cells


def test_the_map_lives_through_a_rerun_with_its_camera(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Zoom in").click()
    camera = visit.wait_for("camera", lambda value: value is not None and value["zoom"] > 15.0)
    visit.settle()
    visit.page.evaluate("document.querySelector('.city-map').cityMap.deck.__mark = 1")
    geometry = sum("/map/geometry/" in url for url in visit.requests)
    runs = visit.report()["runs"]
    visit.page.get_by_role("button", name="Run again").click()
    visit.wait_for("runs", lambda value: value > runs)
    visit.settle()
    assert visit.page.evaluate("document.querySelector('.city-map').cityMap.deck.__mark") == 1
    zoom = visit.page.evaluate("document.querySelector('.city-map').cityMap.camera.zoom")
    assert zoom == pytest.approx(camera["zoom"])
    assert sum("/map/geometry/" in url for url in visit.requests) == geometry


def test_a_lost_context_keeps_the_camera(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Zoom in").click()
    visit.settle()
    before = visit.page.evaluate("document.querySelector('.city-map').cityMap.camera.zoom")
    visit.page.evaluate(
        "document.querySelector('.city-map canvas').getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    visit.page.wait_for_timeout(1500)
    visit.settle()
    assert visit.page.evaluate("document.querySelector('.city-map').cityMap.camera.zoom") == before
    assert len(np.unique(visit.picture().reshape(-1, 3), axis=0)) > 500


def test_layers_are_switched_by_keyboard(visit: Visit) -> None:
    visit.open()
    before = visit.picture()
    box = visit.page.get_by_role("checkbox", name="Buildings", exact=True)
    box.focus()
    visit.page.keyboard.press("Space")
    visit.settle()
    visit.wait_for("visible", lambda names: names is not None and "buildings" not in names)
    assert (np.abs(visit.picture() - before).sum(axis=2) > 20).mean() > 0.03


def test_without_webgl2_the_page_is_told(chromium: Browser, serve: Callable[..., str]) -> None:
    page = chromium.new_page()
    page.add_init_script(
        """const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind === "webgl2" ? null : get.call(this, kind, ...rest);
        };"""
    )
    page.goto(serve(APP))
    page.wait_for_selector("text=This browser cannot draw the 3D map", timeout=60_000)
    for _ in range(40):
        if json.loads(page.locator("code").inner_text())["webgl"] is False:
            break
        page.wait_for_timeout(250)
    else:
        pytest.fail("the page was not told")
    page.close()


def test_a_phone_gets_a_folded_panel_and_no_sideways_scrolling(chromium: Browser, serve: Callable[..., str]) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    made = Visit(page, serve(APP))
    made.open()
    assert page.get_by_role("button", name="Layers").get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sizes = page.evaluate(
        """[...document.querySelectorAll(".city-map button, .city-map input")].filter((e) => e.offsetParent)
            .map((e) => { const r = e.getBoundingClientRect(); return [r.width, r.height]; })"""
    )
    assert min(min(size) for size in sizes) >= 24
    page.close()


DRAWN = """() => {
  const map = document.querySelector(".city-map").cityMap;
  const drawn = { triangles: 0, instances: 0 };
  const context = WebGL2RenderingContext.prototype;
  const kept = {};
  for (const name of ["drawElements", "drawArrays", "drawElementsInstanced", "drawArraysInstanced"]) {
    const own = (kept[name] = context[name]);
    context[name] = function (...given) {
      if (name === "drawElements") drawn.triangles += given[1] / 3;
      if (name.endsWith("Instanced")) drawn.instances += given.at(-1);
      return own.apply(this, given);
    };
  }
  map.deck.redraw("counted");
  Object.assign(context, kept);
  return drawn;
}"""


def test_a_frame_costs_what_is_in_view(visit: Visit) -> None:
    """Without a graphics card every corner costs, and every instance as much as a call."""
    visit.open()
    for name in ("Shelters", "Facilities", "Sensors"):
        visit.page.get_by_label(name, exact=True).first.uncheck()
    visit.settle()
    whole = visit.page.evaluate(DRAWN)
    assert whole["triangles"] > 20_000
    assert whole["instances"] == 0  # buildings, roads, ground and water are meshes
    visit.page.evaluate(
        """() => {
          const map = document.querySelector(".city-map").cityMap;
          map.fly({ zoom: 18.5, pitch: 0, bearing: 0 });
        }"""
    )
    visit.page.wait_for_timeout(600)
    visit.settle()
    near = visit.page.evaluate(DRAWN)
    assert 0 < near["triangles"] < whole["triangles"] / 3
    assert visit.errors == []
