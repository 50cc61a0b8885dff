"""Writes ``docs/verification.md`` with a figure for each case: what `make verify` runs.

``python tests/verification/report.py [--out docs] [--data ../shared/data]``
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

import agency  # noqa: E402 (the folders stand in the path only now)
import basics  # noqa: E402
import channels  # noqa: E402
import merewether  # noqa: E402
import waves  # noqa: E402
from case import Case, Result  # noqa: E402

INTRODUCTION = """# Verification of the flood engine

Made by `make verify`. Each figure is computed anew; a limit that is missed fails the tests of `tests/verification`.

Local inertial flow leaves out advection: it is judged where the Froude number stays below about 0.5. The original terrains of
the Environment Agency's tests 5 and 8 are not at hand: nothing is claimed of them. Merewether is a scaled physical model; gauge
2 is left out because its stage lies below the ground of the terrain model.
"""
COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73")
DASHES = ("", "", "6 3", "2 2")


def picture(result: Result, title: str) -> str:
    """The curves of a case as an SVG: plain lines with a legend, told apart by dash and colour."""
    width, height, left, top, right, bottom = 680, 320, 64, 34, 16, 46
    every = [(np.asarray(x, float), np.asarray(y, float)) for x, y in result.curves.values()]
    x_low, x_high = min(x.min() for x, _ in every), max(x.max() for x, _ in every)
    y_low, y_high = min(np.nanmin(y) for _, y in every), max(np.nanmax(y) for _, y in every)
    y_high += 0.05 * (y_high - y_low or 1)

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
                     f'<text x="{x - 6:.0f}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>')  # fmt: skip
    for number, ((name, _), (x, y)) in enumerate(zip(result.curves.items(), every, strict=True)):
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in (at(u, v) for u, v in zip(x, y, strict=True)))
        style = f'stroke="{COLOURS[number % 4]}" stroke-dasharray="{DASHES[number % 4]}"'
        parts.append(f'<polyline fill="none" {style} stroke-width="1.6" points="{points}"/>')
        a = left + 150 * number
        parts.append(
            f'<line x1="{a}" x2="{a + 26}" y1="18" y2="18" {style} stroke-width="2"/><text x="{a + 32}" y="22">{name}</text>'
        )
    parts.append(f'<text x="{(left + width) / 2:.0f}" y="{height - 8}" text-anchor="middle">{result.axes[0]}</text>')
    parts.append(
        f'<text x="14" y="{height / 2:.0f}" transform="rotate(-90 14 {height / 2:.0f})" text-anchor="middle">'
        f"{result.axes[1]}</text></svg>"
    )
    return "\n".join(parts)


def written(case: Case, result: Result, folder: Path, number: int) -> list[str]:
    """The lines of one case."""
    lines = [f"## {case.name}", "", f"Source: {case.source}.", "", "| figure | value | limit | |", "|---|---|---|---|"]
    for figure in result.figures:
        limit = "" if figure.limit is None else f"{'≥' if figure.least else '≤'} {figure.limit:g}"
        verdict = "" if figure.limit is None else ("holds" if figure.passes else "**missed**")
        lines.append(f"| {figure.what} | {figure.value:.3g} {figure.unit} | {limit} | {verdict} |")
    if result.curves:
        name = f"verification-{number:02d}.svg"
        (folder / name).write_text(picture(result, case.name) + "\n", encoding="utf-8")
        lines += ["", f"![{case.name}]({name})"]
    return [*lines, ""]


def main() -> int:
    """Compute every case; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "docs")
    default = os.environ.get("CITY_TWIN_REAL_DATA", str(Path(__file__).parents[3] / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    given = parser.parse_args()
    cases = [case for module in (basics, waves, channels, agency) for case in module.CASES]
    folder = given.data / "merewether"
    if folder.exists():
        for full in (False, True):
            name = "Merewether, a scaled physical model: " + ("full" if full else "local inertial")
            cases.append(Case(name, "Smith & Wasko 2012; terrain and stages as in ARR project 15",
                              lambda full=full: merewether.compared(folder, full=full, sensitivity=True)))  # fmt: skip
    lines = INTRODUCTION.split("\n")
    missed = 0
    for number, case in enumerate(cases, 1):
        began = time.perf_counter()
        result = case.work()
        missed += sum(not figure.passes for figure in result.figures)
        lines += written(case, result, given.out, number)
        sys.stdout.write(f"{case.name}: {time.perf_counter() - began:.1f} s\n")
    (given.out / "verification.md").write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write(f"{missed} limits missed\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
