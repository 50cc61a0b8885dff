"""The report of a run on paper: two to six pages in both languages; what is published names no few people."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from weasyprint.urls import FatalURLFetchingError

from geodata.errors import InputError
from geodata.importer import import_sample
from geodata.package import open_city
from layers.flat_map import MapPicture
from layers.language import Language
from layers.legend import Legend, LegendEntry
from layers.report.document import FLAT, report_html
from layers.report.figures import outcome_frame, outcome_rows, published, released
from layers.report.paper import pdf_of, write_report
from layers.report.picture import map_pictures
from layers.report.subject import Subject, Told
from twin.outcome import OUTCOMES
from twin.privacy import BASE
from twin.question import note
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
        of_people = row[0] == "District" or (of_people and row[0] != "Layer" and len(row) in (1, 6, 11))
        if of_people or row[0].partition(": ")[0] in people:
            numbers = [re.sub(r"[+−,]", "", part) for cell in row[1:] for part in re.split(r"[ ()…]+", cell)]
            if any(re.fullmatch(r"\d+(\.\d+)?", n) and 0 < float(n) < 11 for n in numbers):
                found.append(row)
    return found


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("code", ["en", "ja"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_report_has_two_to_six_pages_in_both_languages(told, code, count, tmp_path):
    city, runs = told
    subject = Subject(city, (*runs, *runs)[:count], Language(code))
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
    assert "×: withheld" in page
    assert "<td>×</td>" in page
    assert "below 10 people" not in page


def test_a_small_part_does_not_follow_from_the_total_and_the_other_parts():
    outcomes = {"people_exposed": 120.0, "people_exposed_by_age": {"0_14": 5.0, "15_64": 60.0, "65_74": 30.0, "75_over": 25.0}}
    shown = published(outcomes)
    assert shown["people_exposed"] == 120.0
    assert "0_14" not in shown["people_exposed_by_age"]
    flat = {
        "people_exposed": 120.0,
        **{f"people_exposed_by_age/{age}": n for age, n in outcomes["people_exposed_by_age"].items()},
    }
    (kept,) = released([flat])
    assert [name for name, value in kept.items() if value is None] == ["people_exposed_by_age/0_14"]
    left = kept["people_exposed"] - sum(value for name, value in kept.items() if "/" in name and value is not None)
    assert left % BASE == 0, "120 less the other three would be 5"


def test_a_comparison_on_paper_shows_what_is_different_why_and_who_gains(told):
    city, runs = told
    subject = Subject(city, runs, Language("en"))
    assert subject.maps == (0, 1, (0, 1))
    page = report_html(subject)
    assert page.count("<figure><img") == 3
    for words in ("Difference: Depth of water", "What differs, and why", "is in roads shut only", "Who gains, who loses"):
        assert words in page, words
    told_ways = report_html(replace(subject, mode="travel_time"))
    assert "Difference: Time to a shelter" in told_ways


def test_pictures_take_the_place_of_flat_maps_in_their_order_and_legends_stand_once(told):
    city, runs = told
    legend = Legend("Water", (LegendEntry("deep & dark", (0, 0, 90)),))
    pictures = [MapPicture(Image.new("RGB", (4, 3), colour), (legend,), "") for colour in ("red", "green", "blue")]
    page = report_html(Subject(city, runs, Language("en")), pictures=lambda: [pictures[0], None, pictures[2]])
    drawn = [Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"<img [^>]*base64,([^\"]*)\"", page)]
    assert [image.size for image in drawn[::2]] == [(4, 3), (4, 3)]
    assert [image.convert("RGB").getpixel((0, 0)) for image in drawn[::2]] == [(255, 0, 0), (0, 0, 255)]
    assert max(drawn[1].size) == FLAT, "one that is missing is drawn flat"
    assert page.count("deep &amp; dark") == 1


def test_what_is_alike_in_all_runs_is_told_once(told):
    city, (first, second) = told
    page = report_html(Subject(city, (first, second), Language("en")))
    alike = page.partition("Alike in all of them: ")[2].partition("</p>")[0]
    assert "people of the buildings flooded so far" in alike
    figures = page.partition(">Figures<")[2].partition("</table>")[0]
    assert "people of the buildings flooded so far" not in figures
    assert "In all of them:" in page


def test_a_place_out_of_service_in_one_run_only_is_named_and_not_unknown_in_the_other(told):
    city, (first, second) = told
    place, name = city.table("facilities").loc[city.table("facilities")["name"].notna(), ["id", "name"]].iloc[0]
    one = replace(first, run=replace(first.run, outcomes={"facilities_hours_out": {}}))
    other = replace(second, run=replace(second.run, outcomes={"facilities_hours_out": {place: 2.5}}))
    (row,) = outcome_rows(Subject(city, (one, other), Language("en")))
    assert row["meaning"].endswith(f": {name}")
    assert (row["run 0"], row["run 1"], row["difference 1"]) == ("–", "2.5 h", "")


def test_differences_stand_beside_the_figures_of_more_than_two_runs(told):
    city, (first, second) = told
    changed = replace(second, run=replace(second.run, outcomes={**second.run.outcomes, "buildings_flooded": 9}))
    before = first.run.outcomes["buildings_flooded"]
    frame = outcome_frame(Subject(city, (first, second, changed), Language("en")))
    assert frame.shape[1] == 4
    assert frame.iloc[0, 3].startswith(f"9 ({9}") or frame.iloc[0, 3].startswith("9\u2003")
    assert f"−{before - 9}" in frame.iloc[0, 3]


def test_notes_of_a_run_are_read_in_the_readers_language(told):
    city, runs = told
    run = replace(runs[0].run, notes=(note("{city} has no shelters: there is no way to one from anywhere.", city="Kawabe"),))
    page = report_html(Subject(city, (replace(runs[0], run=run),), Language("ja")))
    assert "Kawabeには避難所のデータがありません" in page


def test_damage_stands_in_one_row_with_its_band(told):
    city, runs = told
    rows = {row["meaning"]: row for row in outcome_rows(Subject(city, runs, Language("en")))}
    (damage,) = [row for meaning, row in rows.items() if meaning.startswith("value of buildings and contents")]
    assert re.fullmatch(r".+ \(.+ … .+\) JPY \d+", damage["run 0"])


def test_what_is_published_tells_differences_of_what_is_published_only(told):
    city, (first, second) = told
    people = {"people_cut_off": 124.0, "people_exposed": 300.0, "people_unknown": 4.0}
    changed = [replace(first, run=replace(first.run, outcomes=people)),
               replace(second, run=replace(second.run, outcomes={**people, "people_cut_off": 134.0}))]  # fmt: skip
    exact = {row["meaning"]: row for row in outcome_rows(Subject(city, tuple(changed), Language("en")))}
    public = {row["meaning"]: row for row in outcome_rows(Subject(city, tuple(changed), Language("en"), public=True))}
    (cut_off,) = [meaning for meaning in exact if meaning.startswith("people with no known way on foot")]
    assert exact[cut_off]["difference 1"] == "+10"
    assert [public[cut_off][column] for column in ("run 0", "run 1", "difference 1")] == ["120", "140", "+20"]
    (exposed,) = [meaning for meaning in exact if meaning.startswith("people of the buildings flooded so far")]
    assert exact[exposed]["run 0"] == "300 (300 … 304)"
    assert public[exposed]["run 0"] == "300", "an end of the band would tell that 4 people are unknown"


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
    assert list(map_pictures(Subject(city, runs, Language("en")))) == [None, None, None]


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
    colours = picture.image.getcolors(1 << 24)
    assert picture.legends
    assert len(colours) > 2000, "a shaded, tilted map has many colours"
