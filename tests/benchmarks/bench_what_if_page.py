"""From the mouse click to changed pixels: `python tests/benchmarks/bench_what_if_page.py [--rounds N]` prints one table.

The What-if page of a sample city of 50,000 buildings is served and opened in a real Chromium with software WebGL, down at the
street. What is told: when the map holds the bytes of the new answer, when its frame is drawn and read back from the graphics
card with other pixels, when all 36 steps are there, and what processor time the server's process took. Without a graphics
card a frame takes longer than everything before it; it is measured alone, too. Figures are those of this machine.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import geopandas
import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
PORT = 8596
PLACE = (131.4216, 33.742)
STEP = 4
"""Of 18: people are on their way, most roads are open still."""
BUDGETS = {"road": 0.5, "shelter": 0.5, "order": 0.5, "map": 1.0, "preview": 2.0}
WHOLE = 2.0
FLAGS = ["--no-sandbox", "--disable-background-networking", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
READY = """() => {
  const s = globalThis.__cityMap?.stats;
  return s && s.firstColoursAt > 0 && s.chunksLoaded === s.chunksExpected;
}"""
PROBE = """() => {
  const map = document.querySelector(".city-map").cityMap;
  const probe = (globalThis.__probe = { clicked: 0, held: 0, drawn: 0, pixels: 0, frames: 0 });
  const small = new OffscreenCanvas(160, 100).getContext("2d", { willReadFrequently: true });
  const look = () => {
    small.drawImage(map.deck.getCanvas(), 0, 0, 160, 100);
    return small.getImageData(0, 0, 160, 100).data.join("");
  };
  // What the layers hold of the moment shown: textures of bytes, by layer.
  const names = () => map.deck.layerManager.getLayers().filter((l) => l.state?.wanted).map((l) => `${l.id} ${l.state.wanted}`);
  const rendered = map.rendered.bind(map);
  map.rendered = () => {
    rendered();
    probe.frames += 1;
    if (!probe.clicked || probe.pixels) return;
    const now = performance.now();
    const fresh = names().some((name) => name.startsWith(probe.layer) && !probe.before.includes(name));
    if (fresh && !probe.held) probe.held = now;
    if (!probe.held) return;
    probe.drawn ||= now;
    if (look() !== probe.picture) probe.pixels = performance.now();
  };
  probe.aim = (layer) => {
    Object.assign(probe, { clicked: 0, held: 0, drawn: 0, pixels: 0, frames: 0, layer, before: names() });
    map.deck.redraw("aim");
    probe.picture = look();
  };
  probe.frame = () => {
    const began = performance.now();
    map.deck.redraw("frame");
    look();
    return performance.now() - began;
  };
  for (const kind of ["pointerup", "click"]) document.addEventListener(kind, (event) => {
    if (!probe.clicked && event.target.closest?.("button, .city-map-bar")) probe.clicked = performance.now();
  }, true);
}"""


@contextmanager
def served(city: Path, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The app, as `city-twin serve` starts it."""
    from twin.commands.serve import server_command

    command, environment = server_command(city, PORT)
    environment |= {"CITY_TWIN_HOME": str(home), "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(f"http://127.0.0.1:{PORT}/health"), seconds=120)
        yield server
    finally:
        server.terminate()
        server.wait()


def answers(address: str) -> bool:
    """Whether something is there."""
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def processor_seconds(pid: int) -> float:
    """Processor time that a process has taken so far; 0 where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settled(page: Page) -> None:
    """Wait until the answer is whole and the map stands still."""
    page.wait_for_selector(".strip li", timeout=600_000)
    page.wait_for_function("!document.querySelector('.st-key-status [data-testid=stProgress]')", timeout=600_000)
    frames = -1
    while frames != (frames := page.evaluate("globalThis.__cityMap.stats.frames")):
        page.wait_for_timeout(1500)


def select(page: Page, layer: str, rows: list[int], dice: random.Random) -> None:
    """What a click on an element of the map does: one of these rows, of those that show what most of them show (open)."""
    same = page.evaluate(
        """([layer, rows]) => {
          const { layerManager } = document.querySelector(".city-map").cityMap.deck;
          const { bytes } = layerManager.getLayers().find((one) => one.id === layer).state;
          const counts = new Map();
          for (const row of rows) counts.set(bytes[row], (counts.get(bytes[row]) ?? 0) + 1);
          const most = [...counts].sort((a, b) => b[1] - a[1])[0][0];
          return rows.filter((row) => bytes[row] === most);
        }""",
        [layer, rows],
    )
    page.evaluate(
        """([layer, index]) => document.querySelector(".city-map").cityMap.component.setTriggerValue(
             "pick", {layer, index, coordinate: null})""",
        [layer, dice.choice(same)],
    )


def nearest(table: Any, count: int) -> list[int]:
    """Rows of the elements nearest to the middle of the window: what happens to them is seen."""
    from shapely.geometry import Point

    here = geopandas.GeoSeries([Point(PLACE)], crs="EPSG:4326").to_crs(table.crs).iloc[0]
    return [int(row) for row in np.argsort(table.geometry.distance(here).to_numpy())[:count]]


def close_road(page: Page, dice: random.Random, city: Any) -> str:
    """Ready to close a road."""
    select(page, "roads", nearest(city.roads, 60), dice)
    return ".st-key-close_road button"


def close_shelter(page: Page, dice: random.Random, city: Any) -> str:
    """Ready to close a shelter."""
    select(page, "shelters", nearest(city.shelters, 30), dice)
    return ".st-key-shelter_closed button"


def change_map(page: Page, dice: random.Random, city: Any) -> str:
    """Ready to change the share of its depths that the official map reaches."""
    if not page.locator(".st-key-event_box input").count():
        page.locator(".st-key-event_box summary").click()
    share = page.get_by_label("Reaches this share of its depths, %")
    share.fill(str(dice.randrange(40, 95)), timeout=60_000)
    page.keyboard.press("Tab")
    return ".st-key-event_box [data-testid=stFormSubmitButton] button"


LAYERS = {"road": "roads", "shelter": "shelters", "map": "flood", "order": "evacuees"}
READIES: dict[str, Callable[[Page, random.Random, Any], str]] = {
    "road": close_road, "shelter": close_shelter, "map": change_map,
}  # fmt: skip


def move_bar(page: Page, by: int) -> None:
    """Drag the second order to another time."""
    box = page.locator(".city-map-bar").nth(1).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def measure(page: Page, kind: str, dice: random.Random, city: Any, pid: int, side: int) -> dict[str, float]:
    """One change: seconds from the click; ``side`` is 1 or −1, by turns."""
    settled(page)
    button = READIES[kind](page, dice, city) if kind in READIES else ""
    if button:
        page.wait_for_selector(button, timeout=60_000)
        settled(page)
    page.evaluate("(layer) => globalThis.__probe.aim(layer)", LAYERS[kind])
    spent, began = processor_seconds(pid), time.perf_counter()
    if button:
        page.locator(button).first.click()
    else:
        # To and fro: an order that begins after the moment shown would change nothing there.
        move_bar(page, side * dice.randrange(20, 44))
    page.wait_for_function("globalThis.__probe.held > 0", timeout=300_000)
    try:
        page.wait_for_function("globalThis.__probe.pixels > 0", timeout=20_000)
    except Exception:  # noqa: BLE001 (what was closed lies outside of the window: its frame counts)
        page.evaluate("globalThis.__probe.pixels = globalThis.__probe.drawn")
    probe = page.evaluate("globalThis.__probe")
    settled_server = processor_seconds(pid) - spent
    page.wait_for_function("!document.querySelector('.st-key-status [data-testid=stProgress]')", timeout=600_000)
    whole = time.perf_counter() - began
    told = {name: (probe[name] - probe["clicked"]) / 1000 for name in ("held", "pixels")}
    return told | {"frames": probe["frames"], "server": settled_server, "whole": whole}


def preview(page: Page, address: str, pid: int) -> dict[str, float]:
    """A cloudburst is asked in place of the official map: until the preview is drawn."""
    page.goto(f"{address}/what_if?scenario=dry&at={PLACE[0]},{PLACE[1]},17,0,0")
    page.wait_for_function(READY, timeout=600_000)
    page.evaluate(PROBE)
    page.locator(".st-key-event_box summary").click()
    page.get_by_text("Computed by the flood engine", exact=True).click(timeout=60_000)
    page.get_by_label("Rain in total, mm (0 = none)").wait_for(timeout=60_000)
    page.wait_for_timeout(1000)
    page.evaluate("globalThis.__probe.aim('flood')")
    spent = processor_seconds(pid)
    page.locator(".st-key-event_box [data-testid=stFormSubmitButton] button").click()
    page.wait_for_function("globalThis.__probe.held > 0", timeout=300_000)
    page.wait_for_function("globalThis.__probe.drawn > 0", timeout=300_000)
    probe = page.evaluate("globalThis.__probe")
    server = processor_seconds(pid) - spent
    return {
        "held": (probe["held"] - probe["clicked"]) / 1000, "pixels": (probe["drawn"] - probe["clicked"]) / 1000,
        "frames": probe["frames"], "server": server, "whole": float("nan"),
    }  # fmt: skip


def opened(page: Page, address: str, home: Any, chosen: argparse.Namespace) -> None:
    """A question of its own for each kind of change, so that its measures are few enough to be seen at once."""
    from twin.library import Library
    from twin.scenario import load_scenario

    with Library(home.database) as library:
        saved = library.create(chosen.city.name, load_scenario(ROOT / "examples" / "evacuation.yaml"))
    layers = f"&layers={chosen.layers}" if chosen.layers else ""
    page.goto(f"{address}/what_if?saved={saved.id}&at={PLACE[0]},{PLACE[1]},{chosen.zoom:g},0,0&step={STEP}{layers}")
    page.wait_for_function(READY, timeout=600_000)
    settled(page)
    page.evaluate(PROBE)


def worst(values: list[float]) -> float:
    """The 95th of a hundred."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("the server did not come up")
        time.sleep(0.2)


def main() -> None:
    """Measure and print."""
    from geodata.importer import import_sample
    from geodata.package import open_city
    from twin.workspace import Workspace

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--kinds", nargs="+", default=list(BUDGETS), choices=list(BUDGETS))
    options.add_argument("--city", type=Path, default=ROOT / "var" / "bench" / "kawabe-50000")
    options.add_argument(
        "--layers", default="", help="Only these, such as roads,shelters: a frame costs less without a graphics card."
    )
    options.add_argument("--zoom", type=float, default=17.0)
    chosen = options.parse_args()
    chromium = os.environ.get("CITY_TWIN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        sys.exit("no Chromium found")
    if not (chosen.city / "city.toml").exists():
        import_sample(out=chosen.city, buildings=50_000, seed=1)
    city, dice = open_city(chosen.city), random.Random(5)
    address = f"http://127.0.0.1:{PORT}"
    print(f"{len(city.buildings):,} buildings, {len(city.roads):,} roads, load {os.getloadavg()}", flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Workspace(Path(folder) / "home")
        home.path.mkdir()
        with served(chosen.city, home.path) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(viewport={"width": 1000, "height": 640}, locale="en-GB")
            page.set_default_timeout(120_000)
            opened(page, address, home, chosen)
            frame = median(page.evaluate("[1, 2, 3].map(() => globalThis.__probe.frame())"))
            print(f"a frame alone: {frame:.0f} ms")
            print("| change | map holds it, s: p50 / p95 | pixels, s: p50 / p95 | budget, s | frames ", end="")
            print("| all steps, s: p50 | server's CPU, s |")
            print("|---|---|---|---|---|---|---|")
            for kind in chosen.kinds:
                if kind == "preview":
                    rows = [preview(page, address, server.pid)]
                else:
                    opened(page, address, home, chosen)
                    rows = [measure(page, kind, dice, city, server.pid, (-1) ** turn) for turn in range(chosen.rounds)]
                print(
                    f"  {kind}: " + "; ".join(f"{row['held']:.2f} {row['pixels']:.2f} {row['whole']:.1f}" for row in rows),
                    flush=True,
                )
                column = {name: [row[name] for row in rows] for name in rows[0]}
                print(
                    f"| {kind} | {median(column['held']):.2f} / {worst(column['held']):.2f} "
                    f"| {median(column['pixels']):.2f} / {worst(column['pixels']):.2f} | {BUDGETS[kind]} "
                    f"| {median(column['frames']):.0f} | {median(column['whole']):.1f} (budget {WHOLE}) "
                    f"| {median(column['server']):.2f} |",
                    flush=True,
                )
            browser.close()


if __name__ == "__main__":
    main()
