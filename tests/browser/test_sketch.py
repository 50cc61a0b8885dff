"""Drawing on the map in a real Chromium: by mouse, by finger and by keyboard; what the page hears, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.hamlet import GRID, TIMES, place, terrain
from tests.browser.test_map_component import Visit

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("hamlet_app.py")


@dataclass
class Hamlet(Visit):
    """A visit to the page of the hamlet."""

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Where a place is drawn: metres from the north-western corner → pixels of the page."""
        return self.pixel_of(*place(x, y), float(terrain()[int(y // 10), int(x // 10)]))

    def metres(self, coordinate: list[float]) -> tuple[float, float]:
        """Metres from the north-western corner."""
        x, y = GRID.to_wgs84.transform(*coordinate, direction="INVERSE")
        return x - GRID.west, GRID.north - y

    @property
    def pixel_size(self) -> float:
        """Metres across a pixel in the middle of the map; a tilted one is longer."""
        return float(self.page.evaluate("document.querySelector('.city-map').cityMap.deck.getViewports()[0].metersPerPixel"))

    def near(self, coordinate: list[float], x: float, y: float) -> None:
        """Fail when a coordinate is further from a place than a tilted pixel and a half."""
        east, south = self.metres(coordinate)
        assert abs(east - x) < 1.5 * self.pixel_size + 0.5, (east, x)
        assert abs(south - y) < 3 * self.pixel_size + 0.5, (south, y)

    def evaluate(self, expression: str) -> Any:
        """Ask the map."""
        return self.page.evaluate(
            f"(() => {{ const map = document.querySelector('.city-map').cityMap; return {expression}; }})()"
        )

    def drag(self, handle: Locator, dx: float, dy: float) -> None:
        """Drag the middle of an element by so many pixels."""
        box = handle.bounding_box()
        assert box is not None
        self.drag_from(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, dx, dy)

    def drag_from(self, x: float, y: float, dx: float, dy: float) -> None:
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx / 2, y + dy / 2)
        self.page.mouse.move(x + dx, y + dy)
        self.page.mouse.up()

    def press_and_arrive(self, key: str) -> None:
        """Press a key that moves the map, and wait until it rests elsewhere."""
        before = self.evaluate("map.camera")
        self.page.keyboard.press(key)
        for _ in range(100):
            self.page.wait_for_timeout(150)
            if self.evaluate("map.camera") != before:
                return self.settle()
        pytest.fail(f"{key} moved nothing")

    @property
    def canvas(self) -> Locator:
        return self.page.locator(".city-map-canvas canvas")


@pytest.fixture
def hamlet_page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 900, "height": 680})
    yield page
    page.close()


@pytest.fixture
def hamlet(hamlet_page: Page, serve: Callable[..., str]) -> Hamlet:
    made = Hamlet(hamlet_page, serve(APP))
    hamlet_page.on("console", lambda message: made.errors.append(message.text) if message.type == "error" else None)
    hamlet_page.on("pageerror", lambda error: made.errors.append(str(error)))
    return made


def test_a_line_drawn_by_mouse_arrives_where_it_was_clicked_and_only_when_it_is_finished(hamlet: Hamlet) -> None:
    hamlet.open("?tool=barrier")
    runs, camera = hamlet.report()["runs"], hamlet.evaluate("map.camera")
    corners = [(200, 340), (420, 420), (640, 330)]  # the first on the flank of the mound
    for x, y in corners:
        hamlet.page.mouse.move(*hamlet.pixel(x, y))
        hamlet.page.mouse.click(*hamlet.pixel(x, y))
        hamlet.page.wait_for_timeout(500)
    assert hamlet.page.locator(".city-map-draft .city-map-dot:not(.next)").count() == 3
    assert "m" in hamlet.page.locator(".city-map-size").inner_text()
    assert hamlet.report()["runs"] == runs
    assert hamlet.report()["drawn"] is None
    hamlet.page.get_by_role("button", name="Finish").click()
    drawn = hamlet.wait_for("drawn", lambda value: value is not None)
    assert drawn["kind"] == "flood_barrier"
    assert len(drawn["coordinates"]) == 3
    for coordinate, (x, y) in zip(drawn["coordinates"], corners, strict=True):
        hamlet.near(coordinate, x, y)
    hamlet.page.wait_for_selector(".city-map-mark")  # it comes back as a shape
    assert hamlet.page.locator(".city-map-toolbar").is_hidden()
    assert hamlet.evaluate("map.camera") == camera
    assert hamlet.errors == []


def test_a_line_is_drawn_by_keyboard_alone(hamlet: Hamlet) -> None:
    hamlet.open("?tool=barrier")
    middle = hamlet.evaluate("map.finder.under(map.deck.getCanvas().clientWidth / 2, map.deck.getCanvas().clientHeight / 2)")
    hamlet.canvas.focus()
    hamlet.page.keyboard.press("Enter")
    hamlet.press_and_arrive("ArrowRight")
    hamlet.page.keyboard.press("Enter")
    hamlet.press_and_arrive("ArrowUp")
    hamlet.page.keyboard.press("Enter")
    assert hamlet.evaluate("map.hand.drawing.size") == 3
    hamlet.page.keyboard.press("Backspace")
    assert hamlet.evaluate("map.hand.drawing.size") == 2
    hamlet.page.keyboard.press("f")
    drawn = hamlet.wait_for("drawn", lambda value: value is not None)
    first, second = (hamlet.metres(place) for place in drawn["coordinates"])
    hamlet.near(drawn["coordinates"][0], *hamlet.metres(middle))
    assert second[0] > first[0] + 20
    assert hamlet.errors == []


def test_escape_puts_the_tool_down_and_a_click_asks_again(hamlet: Hamlet) -> None:
    hamlet.open("?tool=order")
    house = hamlet.pixel(349, 388)
    hamlet.page.mouse.click(*house)
    hamlet.page.wait_for_timeout(600)
    assert hamlet.report()["pick"] is None
    hamlet.page.keyboard.press("Escape")
    hamlet.wait_for("left", lambda value: value == 1)
    assert hamlet.page.locator(".city-map-draft .city-map-dot").count() == 0
    hamlet.page.mouse.click(*house)
    pick = hamlet.wait_for("pick", lambda value: value is not None)
    assert (pick["layer"], pick["index"]) == ("buildings", 13)
    assert hamlet.report()["drawn"] is None


@pytest.mark.slow
def test_an_area_closes_at_its_first_corner(hamlet: Hamlet) -> None:
    hamlet.open("?tool=order")
    corners = [(300, 100), (620, 100), (620, 260)]
    for x, y in [*corners, corners[0]]:
        hamlet.page.mouse.click(*hamlet.pixel(x, y))
        hamlet.page.wait_for_timeout(500)
    drawn = hamlet.wait_for("drawn", lambda value: value is not None)
    assert len(drawn["coordinates"]) == 3
    hamlet.near(drawn["coordinates"][2], *corners[2])


@pytest.mark.slow
def test_roads_are_picked_and_given_back(hamlet: Hamlet) -> None:
    hamlet.open("?tool=closure")
    for x, y in ((240, 160), (460, 520), (600, 300), (460, 520)):  # the last click gives the cross street back
        hamlet.page.mouse.click(*hamlet.pixel(x, y))
        hamlet.page.wait_for_timeout(900)
    assert hamlet.page.locator(".city-map-size").inner_text() == "2 picked"
    hamlet.page.get_by_role("button", name="Finish").click()
    drawn = hamlet.wait_for("drawn", lambda value: value is not None)
    assert sorted(index for _, index in drawn["elements"]) == [0, 1]
    assert {layer for layer, _ in drawn["elements"]} == {"roads"}
    assert drawn["coordinates"] == []


def test_corners_are_moved_by_mouse_and_by_keyboard(hamlet: Hamlet) -> None:
    hamlet.open("?shapes=1&selected=m1")
    camera = hamlet.evaluate("map.camera")
    hamlet.drag(hamlet.page.get_by_role("button", name="Corner 3 of Barrier at the river", exact=True), 60, -25)
    edited = hamlet.wait_for("edited", lambda value: value is not None)
    assert edited["id"] == "m1"
    assert len(edited["coordinates"]) == 3
    hamlet.near(edited["coordinates"][0], 180, 440)  # the others stay
    x, y = hamlet.pixel(640, 350)
    column, row = hamlet.pixel_of(*edited["coordinates"][2], 3.0 + 0.02 * (600 - hamlet.metres(edited["coordinates"][2])[1]))
    assert (column - x, row - y) == (pytest.approx(60, abs=2), pytest.approx(-25, abs=2))
    corner = hamlet.page.get_by_role("button", name="Corner 1 of Barrier at the river", exact=True)
    corner.focus()
    hamlet.page.keyboard.press("ArrowRight")
    moved = hamlet.wait_for("edited", lambda value: value["coordinates"][0] != edited["coordinates"][0])
    assert hamlet.metres(moved["coordinates"][0])[0] > 185
    hamlet.page.wait_for_timeout(500)
    hamlet.page.get_by_role("button", name="Corner 2 of Barrier at the river", exact=True).press("Delete")
    hamlet.wait_for("edited", lambda value: len(value["coordinates"]) == 2)
    assert hamlet.evaluate("map.camera") == camera
    assert hamlet.errors == []


def test_bars_are_dragged_at_an_end_and_as_a_whole_and_snap_to_minutes(hamlet: Hamlet) -> None:
    hamlet.open("?shapes=1")
    bar = hamlet.page.locator("[data-bar=m3]")
    box = bar.bounding_box()
    assert box is not None
    track = hamlet.page.locator(".city-map-bars").bounding_box()
    assert track is not None
    hamlet.drag_from(box["x"] + box["width"] - 4, box["y"] + 12, -box["width"] / 3, 0)
    shifted = hamlet.wait_for("shifted", lambda value: value is not None)
    assert (shifted["id"], shifted["start"]) == ("m3", 600)
    # The steps stand at equal distances: the first half of the track are 20 minutes, the second 40.
    share = (box["x"] + box["width"] * 2 / 3 - track["x"]) / track["width"]
    expected = share * 2 * TIMES[1] if share < 0.5 else TIMES[1] + (share - 0.5) * 2 * (TIMES[2] - TIMES[1])
    assert shifted["end"] == pytest.approx(expected, abs=90)
    assert shifted["end"] % 60 == 0
    hamlet.page.wait_for_timeout(500)
    bar.focus()
    hamlet.page.keyboard.press("ArrowLeft")
    whole = hamlet.wait_for("shifted", lambda value: value["start"] != 600)
    assert (whole["start"], whole["end"]) == (540, shifted["end"] - 60)
    hamlet.page.wait_for_timeout(500)
    bar.focus()
    hamlet.page.keyboard.press("Shift+ArrowRight")
    end = hamlet.wait_for("shifted", lambda value: value["end"] != whole["end"])
    assert (end["start"], end["end"]) == (540, whole["end"] + 60)
    hamlet.page.wait_for_timeout(500)
    box = hamlet.page.locator("[data-bar=m1]").bounding_box()
    assert box is not None
    hamlet.drag_from(box["x"] + box["width"] - 4, box["y"] + 12, 2000, 0)  # beyond the right edge: open
    assert hamlet.wait_for("shifted", lambda value: value["id"] == "m1")["end"] is None
    hamlet.page.mouse.click(box["x"] + 30, box["y"] + 12)
    hamlet.wait_for("chosen_shape", lambda value: value == "m1")


def test_a_click_on_a_line_chooses_it_and_what_does_not_act_yet_is_dim(hamlet: Hamlet) -> None:
    hamlet.open("?shapes=1")
    hamlet.page.mouse.click(*hamlet.pixel(300, 385))
    hamlet.wait_for("chosen_shape", lambda value: value == "m1")
    assert hamlet.report()["pick"] is None
    order = hamlet.page.locator(".city-map-mark", has_text="Order")
    assert "resting" in (order.get_attribute("class") or "")
    hamlet.page.get_by_role("slider", name="Time").press("ArrowRight")
    hamlet.settle()
    assert "resting" not in (order.get_attribute("class") or "")


@pytest.mark.slow
def test_districts_are_what_a_click_finds_last(hamlet: Hamlet) -> None:
    hamlet.open("?layers=areas,buildings,roads")
    hamlet.page.mouse.click(*hamlet.pixel(600, 420))  # bare ground between houses
    assert hamlet.wait_for("pick", lambda value: value is not None)["layer"] == "areas"
    assert hamlet.report()["pick"]["index"] == 1
    hamlet.page.mouse.click(*hamlet.pixel(349, 388))
    assert hamlet.wait_for("pick", lambda value: value["layer"] != "areas")["layer"] == "buildings"


@pytest.mark.slow
def test_a_rerun_that_changes_nothing_costs_no_frame(hamlet: Hamlet) -> None:
    hamlet.open("?shapes=1&selected=m1&routes=1&compare=swipe")
    hamlet.settle()
    hamlet.page.wait_for_timeout(1500)  # on a busy machine the last frame of the opening may come late
    hamlet.settle()
    frames, runs = hamlet.page.evaluate("globalThis.__cityMap.stats.frames"), hamlet.report()["runs"]
    hamlet.page.get_by_role("button", name="Run again").click()
    hamlet.wait_for("runs", lambda value: value > runs)
    hamlet.page.wait_for_timeout(1500)
    assert hamlet.page.evaluate("globalThis.__cityMap.stats.frames") == frames


def test_the_divider_shows_one_answer_on_either_side(hamlet: Hamlet) -> None:
    hamlet.open("?compare=swipe&step=2")
    grip = hamlet.page.get_by_role("slider", name="Divider between As it is: 5 m and With a breach: 9 m")
    half = hamlet.picture()
    width = half.shape[1]
    grip.focus()
    hamlet.page.keyboard.press("End")
    hamlet.settle()
    first = hamlet.picture()
    hamlet.page.keyboard.press("Home")
    hamlet.settle()
    second = hamlet.picture()
    assert hamlet.wait_for("swipe", lambda value: value == 0) == 0
    middle = slice(60, -60)  # without labels and buttons

    def differ(one: np.ndarray, other: np.ndarray) -> float:
        return float((np.abs(one - other).sum(axis=2) > 30).mean())

    left, right = (middle, slice(width // 4, width // 2 - 30)), (middle, slice(width // 2 + 30, width - 60))
    assert differ(first[left], second[left]) > 0.2
    assert differ(first[right], second[right]) > 0.2
    assert differ(half[left], first[left]) < 0.01
    assert differ(half[right], second[right]) < 0.01
    box = grip.bounding_box()
    assert box is not None
    hamlet.drag(grip, width * 0.75, 0)
    assert hamlet.wait_for("swipe", lambda value: value > 0.7) == pytest.approx(0.75, abs=0.01)
    assert hamlet.page.evaluate("document.querySelectorAll('.city-map-canvas canvas').length") == 1
    assert hamlet.errors == []


@pytest.mark.slow
def test_a_difference_is_shown_everywhere_in_its_own_colours_with_its_own_legend(hamlet: Hamlet) -> None:
    hamlet.open("?compare=difference&step=2")
    picture = hamlet.picture()
    red = (np.abs(picture - np.array([202, 0, 32])).max(axis=2) < 60).mean()
    assert red > 0.15
    assert hamlet.page.get_by_role("slider", name="Divider").count() == 0
    assert "much deeper" in hamlet.page.locator("[data-layer=flood]").inner_text()
    assert hamlet.errors == []


@pytest.mark.slow
def test_people_move_only_while_time_is_playing_and_nobody_asked_for_rest(hamlet: Hamlet) -> None:
    hamlet.open("?step=1")
    assert hamlet.evaluate("map.deck.props._animate") is False
    hamlet.evaluate("map.animate(true)")
    assert hamlet.evaluate("map.deck.props._animate") is True
    before = hamlet.picture()
    hamlet.evaluate("(map.animate(false), map.clock.seconds += 0.7, map.deck.redraw('test'))")
    hamlet.settle()
    assert hamlet.evaluate("map.deck.props._animate") is False
    assert (np.abs(hamlet.picture() - before).sum(axis=2) > 40).sum() > 40
    hamlet.page.emulate_media(reduced_motion="reduce")
    hamlet.evaluate("map.animate(true)")
    assert hamlet.evaluate("map.deck.props._animate") is False


@pytest.mark.slow
def test_a_phone_draws_with_taps_and_wide_buttons(chromium: Browser, serve: Callable[..., str]) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = Hamlet(page, serve(APP))
    phone.open("?tool=barrier")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for x, y in ((300, 300), (460, 330), (560, 300)):
        page.touchscreen.tap(*phone.pixel(x, y))
        page.wait_for_timeout(700)
    buttons = page.locator(".city-map-choices button")
    sizes = [buttons.nth(i).bounding_box() for i in range(3)]
    assert min(min(box["width"], box["height"]) for box in sizes if box) >= 44
    page.get_by_role("button", name="Undo corner").tap()
    page.get_by_role("button", name="Finish").tap()
    drawn = phone.wait_for("drawn", lambda value: value is not None)
    assert len(drawn["coordinates"]) == 2
    page.close()


@pytest.mark.slow
def test_routes_are_drawn_and_named(hamlet: Hamlet) -> None:
    hamlet.open("?routes=1")
    assert hamlet.page.locator(".city-map-way").all_inner_texts() == ["On foot, 14 min", "By car, 6 min"]
    answers = hamlet.page.locator(".city-map-answers")
    assert "Ways from this house" in answers.inner_text()
    lines = hamlet.page.locator(".city-map-paths path.core").evaluate_all("nodes => nodes.map((n) => n.getTotalLength())")
    assert min(lines) > 100
