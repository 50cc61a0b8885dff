"""The report of a run on paper: two to six pages in both languages; what is published names no few people."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from weasyprint.urls import FatalURLFetchingError

from geodata.errors import InputError
from geodata.importer import import_sample
from geodata.package import open_city
from layers.language import Language
from layers.report.document import report_html
from layers.report.figures import published
from layers.report.paper import pdf_of, write_report
from layers.report.picture import map_pictures
from layers.report.subject import Subject, Told
from twin.outcome import OUTCOMES
from twin.scenario import Scenario
from twin.scenario.presets import presets
from twin.simulation import simulate, states_of
from twin.store import FolderStore

PLACE = {
    "type": "Polygon",
    "coordinates": [[[131.40, 33.72], [131.45, 33.72], [131.45, 33.75], [131.40, 33.75], [131.40, 33.72]]],
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, tuple[Told, ...]]:
    """A small city, an official map, and the same with roads closed and people sent away."""
    folder = tmp_path_factory.mktemp("report")
    import_sample(out=folder / "kawabe", buildings=300, seed=3)
    city, store = open_city(folder / "kawabe"), FolderStore(folder / "fields")
    plain = presets(city)["official-l2"]
    roads = [str(each) for each in city.roads["id"][:30]]
    shut = Scenario.model_validate({
        **plain.model_dump(mode="json"), "name": "roads shut", "description": "Were the roads along the river closed?",
        "measures": [{"kind": "road_closure", "roads": roads}],
    })  # fmt: skip
    made = []
    for scenario in (plain, shut):
        run = simulate(city, scenario, store=store, folder=folder / scenario.name.replace(" ", "-"))
        moments = set(scenario.shown())
        made.append(Told(run, tuple(state for state in states_of(run, city, store) if state.time in moments)))
    return city, tuple(made)


class Cells(HTMLParser):
    """Rows of all tables of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._inside = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def small_counts(page: str) -> list[list[str]]:
    """Rows about people with a count of 1 to 10 in them."""
    people = {outcome.meaning for outcome in OUTCOMES if outcome.people}
    found, of_people = [], False
    for row in Cells(page).rows:
        of_people = row[0] == "District" or (of_people and row[0] != "Layer" and len(row) == 6)
        if of_people or row[0].partition(": ")[0] in people:
            numbers = [re.sub(r"[+−,]", "", part) for cell in row[1:] for part in re.split(r"[ ()…]+", cell)]
            if any(re.fullmatch(r"\d+(\.\d+)?", n) and 0 < float(n) < 11 for n in numbers):
                found.append(row)
    return found


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("code", ["en", "ja"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_report_has_two_to_six_pages_in_both_languages(told, code, count, tmp_path):
    city, runs = told
    subject = Subject(city, runs[:count], Language(code))
    out = tmp_path / "report.pdf"
    write_report(subject, out)
    assert 2 <= _pages(out.read_bytes()) <= 6


def _pages(pdf: bytes) -> int:
    """Pages of a PDF as its own catalogue counts them."""
    import zlib

    found = pages_of(pdf)
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found += pages_of(zlib.decompress(stream))
        except zlib.error:
            continue
    return found


def test_the_report_tells_question_figures_assumptions_sources_and_fetches_nothing(told):
    city, runs = told
    page = report_html(Subject(city, runs, Language("en")))
    for words in ("Were the roads along the river closed?", "roads shut: difference to the first", "What is taken for granted",
                  "CC0 1.0", city.fingerprint, "Fictional city"):  # fmt: skip
        assert words in page, words
    addresses = re.findall(r"""(?:src|href)=["']([^"']{0,40})""", page)
    assert [a for a in addresses if not a.startswith(("data:", "#"))] == []


def test_what_is_published_names_no_few_people_and_what_is_not_does(told):
    city, runs = told
    assert small_counts(report_html(Subject(city, runs, Language("en")))), "this city has no small count: nothing is tested"
    page = report_html(Subject(city, runs, Language("en"), public=True))
    assert small_counts(page) == []
    assert "withheld" in page
    assert "below 10 people" not in page


def test_a_part_that_follows_from_a_total_is_withheld_with_another():
    outcomes = {"people_exposed": 120.0, "people_exposed_by_age": {"0_14": 5.0, "15_64": 60.0, "65_74": 30.0, "75_over": 25.0}}
    assert published(outcomes) == {"people_exposed": 120.0}
    from layers.report.figures import _released

    declared = {outcome.name: outcome for outcome in OUTCOMES}
    flat = {
        "people_exposed": 120.0,
        **{f"people_exposed_by_age/{age}": n for age, n in outcomes["people_exposed_by_age"].items()},
    }
    (kept,) = _released([flat], declared)
    hidden = [name for name, value in kept.items() if value is None]
    assert "people_exposed_by_age/0_14" in hidden
    assert len(hidden) >= 2, "120 less the other three is 5"


def test_another_kind_of_file_is_refused(told, tmp_path):
    city, runs = told
    with pytest.raises(InputError, match=r"as \.docx"):
        write_report(Subject(city, runs[:1], Language("en")), tmp_path / "report.docx")


def test_a_page_that_asks_for_a_file_of_this_computer_gets_none(tmp_path: Path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (4, 4), "red").save(secret)
    with pytest.raises(FatalURLFetchingError):
        pdf_of(f'<img src="file://{secret}">')


def test_without_a_chromium_the_map_is_drawn_flat(told, monkeypatch):
    city, runs = told
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CITY_TWIN_CHROMIUM", raising=False)
    assert list(map_pictures(Subject(city, runs, Language("en")))) == [None, None]


@pytest.mark.parametrize("browser", ["/bin/false", "/nowhere/chromium"])
def test_a_chromium_that_fails_leaves_the_flat_map(told, monkeypatch, browser):
    city, runs = told
    monkeypatch.setenv("CITY_TWIN_CHROMIUM", browser)
    assert list(map_pictures(Subject(city, runs[:1], Language("en")), seconds=5)) == [None]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_picture_is_the_map_of_the_page(told, chromium_path, monkeypatch):
    city, runs = told
    monkeypatch.setenv("CITY_TWIN_CHROMIUM", chromium_path)
    (picture,) = map_pictures(Subject(city, runs[:1], Language("en")), seconds=200)
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        colours = image.convert("RGB").getcolors(1 << 24)
    assert len(colours) > 2000, "a shaded, tilted map has many colours"
