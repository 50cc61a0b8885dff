"""A hand that draws on the map by mouse: it waits for what a person would see before it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Page, expect

WAIT = 120_000  # ms: software WebGL on a busy machine
ACROSS_THE_RIVER = ((0.52, 0.42), (0.66, 0.62))


def take_tool(page: Page, kind: str) -> None:
    """Choose a kind of measure from the list, by keyboard, and wait until its tool is in hand on the map."""
    page.get_by_label("Add a measure").click()
    page.keyboard.type(kind)
    page.keyboard.press("Enter")
    expect(page.get_by_role("toolbar", name="Drawing on the map")).to_be_visible(timeout=WAIT)


def draw_line(page: Page, places: Sequence[tuple[float, float]] = ACROSS_THE_RIVER) -> None:
    """Click the corners, each in shares of the map's width and height, and finish with Enter."""
    box = page.locator(".city-map-canvas").bounding_box()
    assert box is not None
    for count, (across, down) in enumerate(places, start=1):
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        expect(page.locator(".city-map-dot:not(.next)")).to_have_count(count, timeout=WAIT)
    page.keyboard.press("Enter")
