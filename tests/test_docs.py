"""The words of the project, held to the truth: commands parse, links lead somewhere, targets exist, figures are today's."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
from PIL import Image

from twin.command_line import city_twin
from twin.scenario import load_scenario

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
ENSEMBLES = sorted((ROOT / "examples").glob("ensemble-*.yaml"))
SCENARIOS = sorted(
    path for path in (ROOT / "examples").glob("*.yaml") if not path.name.endswith("-mapping.yaml") and path not in ENSEMBLES
)
FENCE = re.compile(r"^```(?:sh|console)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
LARGEST_PICTURE = 400_000


@pytest.fixture(scope="module")
def make_cities() -> ModuleType:
    """docs/make_cities.py, which is no package."""
    spec = importlib.util.spec_from_file_location("make_cities", ROOT / "docs" / "make_cities.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def commands(page: Path) -> Iterator[list[str]]:
    """Words after ``city-twin`` of every command in the code blocks of a page."""
    for block in FENCE.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True) if "city-twin " in line else []
            if words and words[0] == "city-twin":
                yield words[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_parses(page):
    for words in commands(page):
        command = city_twin.get_command(click.Context(city_twin), words[0])
        assert command is not None, words
        command.make_context(words[0], list(words[1:]), resilient_parsing=False)


def test_the_readme_shows_commands():
    shown = {words[0] for words in commands(ROOT / "README.md")}
    assert shown >= {"sample", "simulate", "import", "info", "serve", "export"}


def test_a_command_that_does_not_exist_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\ncity-twin serve somewhere --prot 1\n```\n")
    with pytest.raises(click.UsageError):
        test_every_command_parses(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert not missing
    assert not [target for target in targets if "://" in target], "these pages are read without a network"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_exists(page):
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z-]+)`", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))
    assert named <= targets
    if page.name == "README.md":
        assert named >= {"run", "test", "help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_that_is_named_exists(page):
    named = re.findall(r"examples/[\w-]+\.yaml", page.read_text(encoding="utf-8"))
    assert not [name for name in named if not (ROOT / name).exists()]


def test_environment_variables_of_the_deployment_page_are_those_of_the_program():
    told = set(re.findall(r"`(CITY_TWIN_[A-Z]+)`", (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")))
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("geodata", "twin", "pages", "layers")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert told == set(re.findall(r"\"(CITY_TWIN_[A-Z]+)\"", sources))


def test_the_deployment_page_tells_the_room_that_computed_fields_take():
    from twin.workspace import DEFAULT_LIMIT

    told = re.search(r"at most (\d+) GB", (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8"))
    assert told
    assert int(told.group(1)) * 10**9 == DEFAULT_LIMIT


def test_the_design_page_names_only_hooks_that_exist():
    shown = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "design.md").read_text(encoding="utf-8"), re.MULTILINE))
    registered = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert shown
    assert shown <= set(registered["city_twin.hooks"])


def test_pictures_are_small_and_used():
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    assert pictures
    for path in pictures:
        assert path.stat().st_size < LARGEST_PICTURE, path
        with Image.open(path) as picture:
            assert len(picture.getcolors(maxcolors=2**16) or ()) > 20, f"{path.name} is blank"
    shown = re.findall(r"!\[[^\]]+\]\(docs/pictures/([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert set(shown) <= {path.name for path in pictures}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_example_scenarios_are_scenarios(path):
    assert load_scenario(path).name


@pytest.mark.parametrize("path", ENSEMBLES, ids=lambda path: path.name)
def test_example_ensembles_have_members(path):
    from twin.ensemble.sampling import members_of
    from twin.ensemble.spec import load_spec

    spec, base = load_spec(path)
    assert len(members_of(spec, base)) == spec.members


def test_all_cities_have_a_place_on_the_page(make_cities):
    page = make_cities.PAGE.read_text(encoding="utf-8")
    for city, shown in make_cities.CITIES.items():
        block = make_cities.marked(city).search(page)
        assert block, city
        assert [f"city-twin {words}" for words in shown] == [
            line for line in block.group().splitlines() if line.startswith("city-twin ")
        ]


@pytest.mark.realdata
def test_the_king_tide_scenario_holds_the_levels_of_the_series(realdata):
    import csv
    from datetime import datetime, timedelta

    with (realdata / "charleston" / "kingTideNov2021_tide.csv").open(newline="") as file:
        series = {datetime.fromisoformat(row[0]): float(row[1]) for row in csv.reader(file)}
    scenario = load_scenario(ROOT / "examples" / "charleston-king-tide.yaml")
    assert scenario.start is None, "the series names no time zone"
    low_water = datetime(2021, 11, 7, 8, 36)  # noqa: DTZ001 (as the series has it)
    for point in scenario.water.levels:
        assert point.value == series[low_water + timedelta(seconds=point.at)]
    assert max(point.value for point in scenario.water.levels) == max(series.values())


@pytest.mark.realdata
@pytest.mark.slow
def test_the_figures_of_tamana_are_those_of_today(realdata, make_cities, tmp_path):
    make_cities.DATA = realdata
    shown = make_cities.marked("tamana").search(make_cities.PAGE.read_text(encoding="utf-8")).group()
    with make_cities.fresh_home(tmp_path) as folder:
        assert make_cities.figures("tamana", folder) == shown, "run `make cities`"


@pytest.mark.slow
def test_the_figures_of_the_readme_are_those_of_today(make_cities, tmp_path):
    shown = make_cities.marked("sample").search((ROOT / "README.md").read_text(encoding="utf-8")).group()
    with make_cities.fresh_home(tmp_path) as folder:
        made = make_cities.sample_figures(folder)
    took = re.compile(r" in \d+\.\d s$|^  var/home/runs/.*$", re.MULTILINE)  # a time and a digest, which may differ
    assert took.sub("", made) == took.sub("", shown), "run `make cities`"
