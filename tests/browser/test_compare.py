"""End to end in a real Chromium: draw a barrier, run, compare, share, open the link in a fresh browser, download the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from geodata.importer import import_sample
from tests.browser.drawing_hand import draw_line, take_tool
from twin.library import Library
from twin.run import RunFolder
from twin.scenario import Scenario
from twin.scenario.events import storm
from twin.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]
APP = Path(__file__).parents[2] / "app.py"
READY = "() => { const s = globalThis.__cityMap?.stats; return s && s.firstColoursAt > 0; }"
PATIENCE = 240_000  # ms: the first answer waits until the kernels are compiled
WINDOW = {"width": 1300, "height": 800}


@pytest.fixture(scope="module")
def served(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Workspace, str]:
    """Address, workspace, and the id of a storm that somebody saved."""
    folder = tmp_path_factory.mktemp("compare")
    import_sample(out=folder / "kawabe", buildings=100, seed=3)
    home = Workspace(folder / "home")
    home.path.mkdir()
    water = {"source": "engine", "rain": {"rates": storm(60.0, 600)}}
    asked = Scenario.model_validate({"name": "Cloudburst", "duration": 1200, "step": 600, "water": water})
    with Library(home.database) as library:
        saved = library.create("kawabe", asked)
    address = serve(APP, CITY_TWIN_CITY=str(folder / "kawabe"), CITY_TWIN_HOME=str(home.path))
    return address, home, saved.id


def whole(page: Page, home: Workspace, count: int) -> None:
    """Wait until a run with so many measures is whole."""
    for _ in range(PATIENCE // 500):
        if any(len(run.scenario["measures"]) == count and run.status == "done" for run in RunFolder.list(home.runs)):
            return
        page.wait_for_timeout(500)
    pytest.fail(f"no whole run with {count} measures")


def shared_link(page: Page, mode: str) -> str:
    """What the control "Share" offers to copy, once the page has told it that another map was chosen."""
    page.get_by_role("button", name="Share").click()
    code = page.locator('[data-testid="stCode"] code').filter(has_text=f"mode={mode}")
    expect(code).to_be_visible(timeout=PATIENCE)
    return str(code.text_content()).strip()


def test_draw_run_compare_share_open_the_link_in_a_fresh_browser_and_download_the_report(
    chromium: Browser, served: tuple[str, Workspace, str], tmp_path: Path
) -> None:
    address, home, storm_id = served
    page = chromium.new_page(viewport=WINDOW, locale="en-GB")
    page.goto(f"{address}/what_if?saved={storm_id}")
    page.wait_for_function(READY, timeout=PATIENCE)
    take_tool(page, "Flood barrier")
    draw_line(page)
    expect(page.locator('[class*="st-key-choose_"]')).to_contain_text("m long, 1 m above the ground", timeout=PATIENCE)
    whole(page, home, 1)

    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".city-map-grip")).to_be_visible(timeout=PATIENCE)
    page.wait_for_function(READY, timeout=PATIENCE)
    whole(page, home, 0)
    expect(page.get_by_text("fields differ", exact=False).first).to_be_attached(timeout=PATIENCE)
    page.get_by_text("Difference: Depth of water", exact=True).click()
    expect(page.locator(".city-map-side.whole")).to_contain_text("against", timeout=PATIENCE)
    link = shared_link(page, "depth")
    assert "asked=" in link
    page.close()

    fresh = chromium.new_context(viewport=WINDOW, locale="en-GB", accept_downloads=True)
    opened = fresh.new_page()
    hosts: set[str] = set()
    opened.on("request", lambda request: hosts.add(request.url.split("/")[2] if "//" in request.url else ""))
    opened.goto(link)
    expect(opened.locator(".city-map-side.whole")).to_contain_text("nothing done", timeout=PATIENCE)
    opened.wait_for_function(READY, timeout=PATIENCE)
    assert shared_link(opened, "depth") == link, "the link of what the link shows is the link"
    with opened.expect_download(timeout=PATIENCE) as report:
        opened.get_by_role("button", name="Report, PDF").click()
    kept = tmp_path / "report.pdf"
    report.value.save_as(kept)
    assert kept.read_bytes().startswith(b"%PDF")
    assert kept.stat().st_size > 50_000
    assert {host for host in hosts if host} == {address.split("/")[2]}, "the page asked another host"
    fresh.close()
