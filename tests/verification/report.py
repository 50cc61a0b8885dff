"""Writes ``docs/verification.md`` with pictures for each case: what `make verify` runs.

``python tests/verification/report.py [--out docs] [--data ../shared/data]``
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

import agency  # noqa: E402 (the folders stand in the path only now)
import basics  # noqa: E402
import channels  # noqa: E402
import merewether  # noqa: E402
import peers  # noqa: E402
import slopes  # noqa: E402
import urban  # noqa: E402
import waves  # noqa: E402
from case import Case, Plot, Result  # noqa: E402

INTRODUCTION = """# Verification of the flood engine

Made by `make verify`. Each figure is computed anew; a limit that is missed fails the tests of `tests/verification`.

Local inertial flow leaves out advection: it is judged where the Froude number stays below about 0.5, and shown without a limit
beside the full solver where it does not. Of the Environment Agency's tests, 2, 3 and 4 are built from the published geometry;
the profile of test 1 and the terrain of test 8a are not at hand, so those two are only “like” them; nothing is claimed of tests
5, 6, 7 and 8b. The Agency's report gives curves, not tables: no figure here is compared with it. Merewether is a scaled
physical model; gauge 2 is left out because its stage lies below the ground of the terrain model.
"""
COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00")
DASHES = ("", "", "6 3", "2 2", "9 3 2 3", "4 4")


def strokes(points) -> list[str]:
    """Runs of points between gaps (NaN), as SVG wants them."""
    runs, run = [], []
    for a, b in points:
        if np.isfinite(b):
            run.append(f"{a:.1f},{b:.1f}")
        elif run:
            runs.append(run)
            run = []
    return [" ".join(run) for run in [*runs, run] if run]


def picture(plot: Plot, title: str) -> str:
    """The curves of a plot as an SVG: plain lines with a legend, told apart by dash and colour; few points are marked."""
    every = [(np.asarray(x, float), np.asarray(y, float)) for x, y in plot.curves.values()]
    columns = 3 if len(every) > 3 else max(len(every), 1)
    width, left, right, bottom, top = 680, 64, 16, 46, 16 + 18 * -(-len(every) // columns)
    height = 270 + top
    x_low, x_high = min(x.min() for x, _ in every), max(x.max() for x, _ in every)
    y_low, y_high = min(np.nanmin(y) for _, y in every), max(np.nanmax(y) for _, y in every)
    y_high += 0.05 * (y_high - y_low) or 1.0

    def at(x, y):
        return (left + (x - x_low) / (x_high - x_low) * (width - left - right),
                height - bottom - (y - y_low) / (y_high - y_low) * (height - top - bottom))  # fmt: skip

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<title>{title}</title><rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for value in np.linspace(x_low, x_high, 6):
        x, y = at(value, y_low)
        parts.append(f'<text x="{x:.0f}" y="{y + 16:.0f}" text-anchor="middle">{value:.4g}</text>')
    for value in np.linspace(y_low, y_high, 5):
        x, y = at(x_low, value)
        parts.append(f'<line x1="{x:.0f}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
                     f'<text x="{x - 6:.0f}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>')  # fmt: skip
    for number, (name, (x, y)) in enumerate(zip(plot.curves, every, strict=True)):
        points = [at(u, v) for u, v in zip(x, y, strict=True)]
        style = f'stroke="{COLOURS[number % 6]}" stroke-dasharray="{DASHES[number % 6]}"'
        parts += [f'<polyline fill="none" {style} stroke-width="1.6" points="{run}"/>' for run in strokes(points)]
        if len(points) <= 20:
            parts += [
                f'<circle cx="{u:.1f}" cy="{v:.1f}" r="3" fill="{COLOURS[number % 6]}"/>' for u, v in points if np.isfinite(v)
            ]
        a, b = left + (width - left) // columns * (number % columns), 16 + 18 * (number // columns)
        parts.append(
            f'<line x1="{a}" x2="{a + 26}" y1="{b}" y2="{b}" {style} stroke-width="2"/>'
            f'<text x="{a + 32}" y="{b + 4}">{name}</text>'
        )
    parts.append(f'<text x="{(left + width) / 2:.0f}" y="{height - 8}" text-anchor="middle">{plot.axes[0]}</text>')
    parts.append(
        f'<text x="14" y="{height / 2:.0f}" transform="rotate(-90 14 {height / 2:.0f})" text-anchor="middle">'
        f"{plot.axes[1]}</text></svg>"
    )
    return "\n".join(parts)


def written(case: Case, result: Result, folder: Path) -> list[str]:
    """The lines of one case."""
    lines = [f"## {case.name}", "", f"Source: {case.source}.", ""]
    if result.note:
        lines += [result.note, ""]
    lines += ["| figure | value | limit | |", "|---|---|---|---|"]
    for figure in result.figures:
        limit = "" if figure.limit is None else f"{'≥' if figure.least else '≤'} {figure.limit:g}"
        verdict = "" if figure.limit is None else ("holds" if figure.passes else "**missed**")
        lines.append(f"| {figure.what} | {figure.value:.3g} {figure.unit} | {limit} | {verdict} |")
    for number, plot in enumerate(result.plots, 1):
        name = f"verification-{re.sub('[^a-z0-9]+', '-', case.name.lower()).strip('-')}-{number}.svg"
        (folder / name).write_text(picture(plot, case.name) + "\n", encoding="utf-8")
        lines += ["", f"![{plot.caption}]({name})", "", f"*{plot.caption}*"]
    return [*lines, ""]


def main() -> int:
    """Compute every case; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "docs")
    default = os.environ.get("CITY_TWIN_REAL_DATA", str(Path(__file__).parents[3] / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    given = parser.parse_args()
    cases = [case for module in (basics, waves, channels, slopes, agency, urban) for case in module.CASES] + [peers.REFINED]
    try:
        peers.python(make=True)
        cases += peers.BESIDE
        absent = []
    except FileNotFoundError as error:
        absent = [line for case in peers.BESIDE for line in (f"## {case.name}", "", f"Not run here. {error}.", "")]
    folder = given.data / "merewether"
    if folder.exists():
        cases += merewether.cases(folder, sensitivity=True)
    for old in given.out.glob("verification-*.svg"):
        old.unlink()
    lines = INTRODUCTION.split("\n")
    missed = 0
    for case in cases:
        began = time.perf_counter()
        result = case.work()
        missed += sum(not figure.passes for figure in result.figures)
        lines += written(case, result, given.out)
        sys.stdout.write(f"{case.name}: {time.perf_counter() - began:.1f} s\n")
        sys.stdout.flush()
    lines += absent
    (given.out / "verification.md").write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write(f"{missed} limits missed\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
