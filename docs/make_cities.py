"""Import and simulate the cities of the pages, and write the figures between their markers: ``make cities``.

The real ones stand in docs/cities.md, the sample city in README.md.

The commands are those that the page shows: they are read from the list below, run as a person would type them, and what they
say becomes the figures. Nothing in the figures is typed by hand.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cities.md"
FRONT_PAGE = ROOT / "README.md"
SAMPLE = "sample"
DATA = Path(os.environ.get("CITY_TWIN_REAL_DATA", ROOT.parent / "shared" / "data"))
HAZARD_L1, HAZARD_L2, DRY = "examples/hazard-l1.yaml", "examples/hazard-l2.yaml", "examples/dry-day.yaml"

CITIES: dict[str, tuple[str, ...]] = {
    "tamana": (
        "import $DATA/plateau_tamana --name Tamana --out var/cities/tamana",
        f"simulate var/cities/tamana {HAZARD_L2}",
        f"simulate var/cities/tamana {HAZARD_L1}",
    ),
    "ota": (
        "import $DATA/plateau_tokyo_ota --name Ōta --out var/cities/ota",
        f"simulate var/cities/ota {HAZARD_L2}",
    ),
    "charleston": (
        (
            "import $DATA/charleston --mapping examples/charleston-mapping.yaml "
            "--terrain $DATA/charleston/terrain_200m.tif --name Charleston --out var/cities/charleston"
        ),
        "simulate var/cities/charleston examples/charleston-king-tide.yaml",
    ),
    "helsinki": (
        "import $DATA/helsinki_osm/Helsinki.osm.pbf --name Helsinki --out var/cities/helsinki",
        "simulate var/cities/helsinki examples/helsinki-bridge.yaml",
    ),
    "delft": (
        "import $DATA/cityjson/delft.json --name Delft --out var/cities/delft",
        f"simulate var/cities/delft {DRY}",
    ),
    "rotterdam": (
        "import $DATA/cityjson/rotterdam_subset.json --crs EPSG:28992 --name Rotterdam --out var/cities/rotterdam",
        f"simulate var/cities/rotterdam {DRY}",
    ),
    "merewether": (
        "import $DATA/merewether --crs EPSG:32756 --name Merewether --out var/cities/merewether",
        "simulate var/cities/merewether examples/merewether-still-water.yaml",
    ),
}
"""The words after ``city-twin``, by city; ``$DATA`` is the folder of the real data."""

FIGURES = {
    "buildings_flooded": "buildings flooded",
    "buildings_unknown": "buildings of unknown depth",
    "buildings_below_official_rank": "buildings ranked below an official map",
    "people_exposed": "people in flooded buildings, as far as known",
    "buildings_flooded_residents_unknown": "flooded buildings of which nobody says how many people are there",
    "roads_closed_m": "m of road closed to cars, longest over the run",
    "roads_unknown_m": "m of road of which that is unknown",
    "shelters_unusable": "shelters unusable, most over the run",
    "shelters_unknown": "shelters of which that is unknown, most over the run",
}
RANKS = ("dry", "below 0.5 m", "0.5–3 m", "3–5 m", "5–10 m", "10–20 m", "20 m and more")


def run(words: str, folder: Path) -> dict[str, Any]:
    """Run one command of `CITIES` and return what it says with ``--json``.

    Parameters
    ----------
    words
        The command, without ``city-twin``.
    folder
        What ``var`` of the command becomes.

    Raises
    ------
    RuntimeError
        When the command fails; its sentence stands in the error.
    """
    from twin.command_line import main

    arguments = [_placed(word, folder) for word in shlex.split(words)]
    said, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
        status = main([*arguments, "--json"])
    if status != 0:
        raise RuntimeError(f"city-twin {words}\n{told.getvalue()}")
    result: dict[str, Any] = json.loads(said.getvalue())
    return result


def said_by(words: str, folder: Path) -> str:
    """What a command prints for people.

    Parameters
    ----------
    words
        The command, without ``city-twin``.
    folder
        What ``var`` of the command becomes; it reads ``var`` in what is returned.

    Raises
    ------
    RuntimeError
        When the command fails; its sentence stands in the error.
    """
    from twin.command_line import main

    said, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
        status = main([_placed(word, folder) for word in shlex.split(words)])
    if status != 0:
        raise RuntimeError(f"city-twin {words}\n{told.getvalue()}")
    return said.getvalue().replace(str(folder), "var")


def sample_figures(folder: Path) -> str:
    """The sample city asked about its largest assumed flood, as Markdown: the command and what it prints."""
    said_by("sample --out var/cities/kawabe", folder)
    words = f"simulate var/cities/kawabe {HAZARD_L2}"
    return f"```console\n$ city-twin {words}\n{said_by(words, folder)}```"


def _placed(word: str, folder: Path) -> str:
    if word.startswith("$DATA"):
        return str(DATA) + word.removeprefix("$DATA")
    if word.startswith("var/"):
        return str(folder / word.removeprefix("var/"))
    return str(ROOT / word) if word.startswith("examples/") else word


def figures(city: str, folder: Path) -> str:
    """Commands and figures of one city, as Markdown.

    Parameters
    ----------
    city
        A key of `CITIES`.
    folder
        Where packages are written.
    """
    commands = CITIES[city]
    told = run(commands[0], folder)
    lines = ["```sh", *(f"city-twin {words}" for words in commands), "```", "", *_import_table(told)]
    lines += _report_lines(Path(told["path"]))
    for words in commands[1:]:
        lines += ["", f"`{shlex.split(words)[2]}`:", "", *_outcome_table(run(words, folder), told)]
    return "\n".join(lines)


def _import_table(told: Mapping[str, Any]) -> list[str]:
    grid, heights = told["grid"], told["heights"]
    maps = [f"{m['hazard'].replace('_', ' ')} {m['scale']}".strip() + f" {m['name']}" for m in told["hazard_maps"].values()]
    rows = {
        "projected CRS": told["crs"],
        "grid": f"{grid['rows']} × {grid['columns']} cells of {grid['cell']:g} m",
        "heights above": " ".join(filter(None, (heights["datum"], heights["epoch"]))) or "a datum that is not stated",
        "time zone": told["time_zone"],
        "in the package": _counted({name: layer["count"] for name, layer in told["layers"].items()}),
        "hazard maps": "; ".join(maps) or "none",
        "read": _counted(told["import"]["read"]),
    }
    return ["| import | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{_spoken(name)} {count:,}" for name, count in counts.items()) or "nothing"


def _spoken(layer: str) -> str:
    return layer if "." in layer else layer.replace("_", " ")  # the name of a file stays as it is


def _report_lines(package: Path) -> list[str]:
    """What the import left out, repaired or could not take as it stood, with counts and reasons."""
    from geodata.package import read_report

    report = read_report(package)
    lines: list[str] = []
    for deed, word in (("dropped", "left out"), ("repaired", "repaired"), ("defaulted", "set to unknown or to a default")):
        counts: Counter[tuple[str, str]] = Counter()
        for line in report.lines:
            if line.deed == deed:
                counts[_spoken(line.layer), line.text] += line.count
        reasons = (f"{layer} {count:,} — {text}" for (layer, text), count in counts.most_common())
        lines += ["", f"**{word.capitalize()}**", "", *(f"- {reason}" for reason in reasons)] if counts else []
    return lines


def _outcome_table(told: Mapping[str, Any], city: Mapping[str, Any]) -> list[str]:
    """The figures of a run; those of tables and maps that the city lacks are left out, not shown as 0."""
    absent = {prefix for prefix in ("buildings", "roads", "shelters") if prefix not in city["layers"]}
    absent |= set() if city["hazard_maps"] else {"buildings_below"}
    rows = {
        text: "unknown" if told[name] is None else f"{told[name]:,.0f}"
        for name, text in FIGURES.items()
        if name in told and not name.startswith(tuple(absent))
    }
    if told["buildings_flooded"] and told["buildings_flooded_residents_unknown"] == told["buildings_flooded"]:
        rows[FIGURES["people_exposed"]] = "unknown"
    ranks = {RANKS[int(rank)] if rank.isdigit() else rank: n for rank, n in told["buildings_by_rank"].items() if n}
    rows["buildings by greatest depth"] = ", ".join(f"{name}: {count:,}" for name, count in ranks.items())
    table = [f"| {told['scenario']} | |", "|---|---|", *(f"| {text} | {value} |" for text, value in rows.items())]
    return table + ([""] if told["notes"] else []) + [f"- {note}" for note in told["notes"]]


def marked(city: str) -> re.Pattern[str]:
    """The place of a city's figures in the page."""
    return re.compile(rf"(?<=<!-- {city}: written by docs/make_cities.py -->\n).*?(?=\n<!-- end of {city} -->)", re.DOTALL)


@contextlib.contextmanager
def fresh_home(folder: Path) -> Iterator[Path]:
    """A workspace of its own, so that nothing is reused and nothing is left behind."""
    before = os.environ.get("CITY_TWIN_HOME")
    os.environ["CITY_TWIN_HOME"] = str(folder / "home")
    try:
        yield folder
    finally:
        if before is None:
            del os.environ["CITY_TWIN_HOME"]
        else:
            os.environ["CITY_TWIN_HOME"] = before


def main() -> int:
    """Write the figures of all cities, or of those named on the command line."""
    with tempfile.TemporaryDirectory() as folder, fresh_home(Path(folder)) as home:
        for city in sys.argv[1:] or (SAMPLE, *CITIES):
            page = FRONT_PAGE if city == SAMPLE else PAGE
            text = sample_figures(home) if city == SAMPLE else figures(city, home)
            before = page.read_text(encoding="utf-8")
            found = marked(city).search(before)
            if found is None:
                sys.stderr.write(f"{page.name} has no markers for {city}\n")
                return 1
            page.write_text(before[: found.start()] + text + before[found.end() :], encoding="utf-8")
            sys.stderr.write(f"{city}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
