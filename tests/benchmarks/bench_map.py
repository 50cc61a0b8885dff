"""What the map costs at city scale: `python tests/benchmarks/bench_map.py [--million]` prints one table.

A synthetic city of rotated, L-shaped and rectangular houses on rolling ground is served by a real `streamlit run` and opened
in a real Chromium with software WebGL; an empty page is measured first. Figures are those of this machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
READY = "globalThis.__cityMap?.stats.firstColoursAt > 0"
ALL = "globalThis.__cityMap?.stats.allLoadedAt > 0"
FETCHED = """performance.getEntriesByType('resource').filter((e) => /\\/map\\/(geometry|values)/.test(e.name))
    .reduce((sum, e) => sum + e.encodedBodySize, 0)"""


def measure(browser: Browser, address: str) -> dict[str, float]:
    """Open the map, step, re-run."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    page.wait_for_function(READY, timeout=300_000)
    first = page.evaluate("globalThis.__cityMap.stats.firstColoursAt") / 1000
    page.wait_for_function(ALL, timeout=600_000)
    loaded = page.evaluate("globalThis.__cityMap.stats.allLoadedAt") / 1000
    page.wait_for_timeout(4000)
    megabytes = page.evaluate(FETCHED) / 1e6
    slider = page.get_by_role("slider", name="Time")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("globalThis.__cityMap.stats.lastStepMilliseconds > 0", timeout=120_000)
    step = page.evaluate("globalThis.__cityMap.stats.lastStepMilliseconds")
    before = page.locator("code").inner_text()
    started = time.perf_counter()
    page.get_by_role("button", name="Run again").click()
    page.wait_for_function("(old) => document.querySelector('code').innerText !== old", arg=before, timeout=120_000)
    rerun = time.perf_counter() - started
    arrays = page.evaluate("Object.values(globalThis.__cityMap.stats.arrayBytes).reduce((a, b) => a + b, 0)") / 1e6
    page.close()
    return {"first": first, "loaded": loaded, "step": step, "rerun": rerun, "megabytes": megabytes, "arrays": arrays}


def empty_page(browser: Browser, address: str) -> float:
    """Seconds until an empty Streamlit page shows its text."""
    page = browser.new_page()
    started = time.perf_counter()
    page.goto(f"{address}?buildings=0")
    page.wait_for_selector("text=nothing here", timeout=60_000)
    seconds = time.perf_counter() - started
    page.close()
    return seconds


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--million", action="store_true", help="also a million buildings")
    sizes = [10_000, 100_000, *([1_000_000] if options.parse_args().million else [])]
    chromium = os.environ.get("CITY_TWIN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        sys.exit("no Chromium found")
    port = 8597
    command = [sys.executable, "-m", "streamlit", "run", str(Path(__file__).with_name("bench_map_app.py"))]
    command += ["--server.port", str(port), "--server.headless", "true", "--server.address", "127.0.0.1"]
    command += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    try:
        while True:
            try:
                with urllib.request.urlopen(f"{address}health", timeout=2):
                    break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        flags = ["--no-sandbox", "--disable-background-networking", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=flags)
            empty_page(browser, address)
            empty = empty_page(browser, address)
            print(f"empty page {empty:.1f} s")
            print("| buildings | first colours s (beyond empty) | all loaded s | step ms | re-run s | sent MB | arrays MB |")
            print("|---|---|---|---|---|---|---|")
            for size in sizes:
                # The server makes the city on its own first; a real one is opened from its package.
                urllib.request.urlopen(f"{address}?buildings={size}").close()
                measured = measure(browser, f"{address}?buildings={size}&warm=1")
                measured = measure(browser, f"{address}?buildings={size}")
                print(
                    f"| {size:,} | {measured['first']:.1f} ({measured['first'] - empty:.1f}) | {measured['loaded']:.1f} "
                    f"| {measured['step']:.0f} | {measured['rerun']:.2f} | {measured['megabytes']:.1f} "
                    f"| {measured['arrays']:.0f} |",
                    flush=True,
                )
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
