"""Draw the pictures of the README from the running app: ``make pictures``.

The sample city is built in ``var/`` when it is not there, its first scenario is run, the app is served on a free port, and a
real Chromium visits it as a person would. Nothing in the pictures is drawn by hand.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from geodata.importer import import_sample
from geodata.package import open_city
from twin.scenario.presets import presets
from twin.simulation import run_id, simulate, states_of
from twin.workspace import Workspace

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
PACKAGE = ROOT / "var" / "cities" / "kawabe"
HOME = ROOT / "var" / "home"
SCENARIO = "official-l2"
FLAGS = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
)  # fmt: skip
"""As in tests/browser/conftest.py: WebGL drawn by the processor, and no request that is not ours."""
DRAWN = (
    "() => { const s = globalThis.__cityMap?.stats; return s && s.firstColoursAt > 0 && s.chunksLoaded === s.chunksExpected; }"
)
WINDOW = (1440, 900)
PHONE = (390, 780)
PATIENCE = 180_000
COLOURS = 256
PEAK = "+3 h"
"""When the map of the scenario stands at its highest."""
MOST_KEYS = 40


def prepared() -> str:
    """Make and run what the app will show; the name of the care home that lies deepest in the water."""
    if not (PACKAGE / "city.toml").exists():
        import_sample(out=PACKAGE, buildings=8000, seed=1)  # as `city-twin sample` does
    city, workspace = open_city(PACKAGE), Workspace(HOME)
    scenario, store = presets(city)[SCENARIO], workspace.store()
    run = simulate(city, scenario, store=store, folder=workspace.runs / run_id(city, scenario), city_path=PACKAGE)
    depths = np.max([state.field("facility_depth") for state in states_of(run, city, store)], axis=0)
    homes = city.facilities["kind"].eq("care_home").to_numpy()
    return str(city.facilities["name"].iloc[int(np.argmax(np.where(homes & np.isfinite(depths), depths, -1.0)))])


@contextmanager
def served() -> Iterator[str]:
    """The app on a free port of this machine; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    environment = os.environ | {"CITY_TWIN_CITY": str(PACKAGE), "CITY_TWIN_HOME": str(HOME)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 (our own interpreter, no shell)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(f"{address}/health", server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_up(address: str, server: subprocess.Popen[bytes], *, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 (the server that we just started)
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    sys.exit("The app did not come up; try `city-twin serve var/cities/kawabe` to see why.")


def settled(page: Page) -> None:
    """Wait until the map has drawn everything and stands still."""
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    frames, still = -1, 0
    while still < 3:
        page.wait_for_timeout(500)
        now = page.evaluate("globalThis.__cityMap.stats.frames")
        frames, still = now, still + 1 if now == frames else 0


def keep(page: Page, name: str) -> None:
    """Save what the window shows, in few colours."""
    image = Image.open(io.BytesIO(page.screenshot(timeout=PATIENCE))).convert("RGB")
    small = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    path = PICTURES / f"{name}.png"
    small.save(path, optimize=True)
    sys.stderr.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB\n")


@dataclass(frozen=True)
class Visitor:
    """A person with a browser.

    Parameters
    ----------
    browser
        The browser.
    address
        Of the app.
    care_home
        Name of the care home to look at.
    """

    browser: Browser
    address: str
    care_home: str

    @contextmanager
    def visit(self, path: str = "/", *, window: tuple[int, int] = WINDOW, locale: str = "en-GB") -> Iterator[Page]:
        """A page of the app in a window of a size, once its figures are there."""
        page = self.browser.new_page(viewport={"width": window[0], "height": window[1]}, locale=locale)
        page.set_default_timeout(PATIENCE)
        page.goto(self.address + path)
        try:
            yield page
        finally:
            page.close()


def explore(visitor: Visitor) -> None:
    """The map at the highest water; then with a care home selected."""
    with visitor.visit() as page:
        page.locator(".strip").wait_for()
        settled(page)
        keep(page, "explore")
        page.get_by_label("Find an address, a name or an id").fill(visitor.care_home)
        page.keyboard.press("Enter")
        page.get_by_role("radiogroup", name="Found").get_by_text(visitor.care_home).first.click()
        page.locator(".st-key-panel canvas, .st-key-panel svg").first.wait_for()
        page.wait_for_timeout(2000)
        settled(page)
        keep(page, "panel")


def tables(visitor: Visitor) -> None:
    """The same as tables, at the highest water."""
    with visitor.visit("/tables") as page:
        page.locator(".strip").wait_for()
        slider = page.get_by_role("slider").first
        for _ in range(MOST_KEYS):
            if page.get_by_text(PEAK, exact=True).count():
                break
            slider.press("ArrowRight")
            page.wait_for_timeout(1500)  # the page runs again after each key
        page.get_by_role("tab", name="By district").click()
        page.wait_for_timeout(3000)
        keep(page, "tables")


def data(visitor: Visitor) -> None:
    """Where the layers come from."""
    with visitor.visit("/data") as page:
        page.get_by_text("What the import did").wait_for()
        page.wait_for_timeout(3000)
        keep(page, "data")


def japanese(visitor: Visitor) -> None:
    """The map in Japanese."""
    with visitor.visit(locale="ja-JP") as page:
        page.locator(".strip").wait_for()
        settled(page)
        keep(page, "explore-ja")


def phone(visitor: Visitor) -> None:
    """The map on a phone."""
    with visitor.visit(window=PHONE) as page:
        page.locator(".strip").wait_for()
        settled(page)
        keep(page, "phone")


DRAWERS: dict[str, Callable[[Visitor], None]] = {
    "explore": explore,
    "tables": tables,
    "data": data,
    "explore-ja": japanese,
    "phone": phone,
}


def main() -> int:
    """Draw all pictures, or those named on the command line."""
    chromium = os.environ.get("CITY_TWIN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        sys.stderr.write("There is no Chromium here; install Debian's `chromium`.\n")
        return 2
    PICTURES.mkdir(exist_ok=True)
    care_home = prepared()
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for name in sys.argv[1:] or DRAWERS:
            DRAWERS[name](Visitor(browser, address, care_home))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
