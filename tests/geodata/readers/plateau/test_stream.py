# ruff: noqa: E501  (XML is easier to read in one piece)
"""Streaming: hostile, broken and large files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from geodata.errors import InputError
from geodata.readers.plateau import is_plateau

LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://example.invalid/x.dtd">'


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE, REMOTE, "<!DOCTYPE x>", "<!-- a\n long --><!DOCTYPE x>"])
def test_a_doctype_is_refused(gml: Any, head: str) -> None:
    inside = "<gml:name>&a;</gml:name>" if "ENTITY" in head else ""
    path = gml.write(gml.model(gml.building(inside), head=head))
    with pytest.raises(InputError, match="DOCTYPE"):
        gml.read(path)


def test_a_doctype_in_utf_16_is_refused(gml: Any) -> None:
    path = gml.write("x")
    path.write_bytes(gml.model(gml.building(), head=LAUGHS).replace("UTF-8", "UTF-16").encode("utf-16"))
    with pytest.raises(InputError, match="DOCTYPE"):
        gml.read(path)


def test_a_doctype_cannot_hide_in_utf_7(gml: Any) -> None:
    path = gml.write("x")
    text = gml.model(gml.building(), head=LAUGHS).partition("?>")[2]
    path.write_bytes(b'<?xml version="1.0" encoding="UTF-7"?>' + text.encode("utf-7"))
    with pytest.raises(InputError, match="encoding UTF-7"):
        gml.read(path)


def test_utf_16_and_byte_order_marks_are_read(gml: Any) -> None:
    text = gml.model(gml.building("<gml:name>公民館</gml:name>"))
    assert gml.read(gml.write(text, mark=True)).frame("buildings")["name"].tolist() == ["公民館"]
    path = gml.write("x")
    path.write_bytes(text.replace("UTF-8", "UTF-16").encode("utf-16"))
    assert gml.read(path).frame("buildings")["name"].tolist() == ["公民館"]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_file_names_file_and_line(gml: Any, share: float) -> None:
    text = gml.model(*(gml.building(identity=f"b{n}", column=n) + "\n" for n in range(20)))
    path = gml.write(text[: int(len(text) * share)])
    with pytest.raises(InputError, match=r"53394525_bldg_6697_op\.gml is broken or cut off at line \d+"):
        gml.read(path)


@pytest.mark.parametrize("text", ["", "<a/>", "not xml at all", '<CityModel xmlns="urn:other"/>'])
def test_no_citygml(gml: Any, text: str) -> None:
    path = gml.write(text)
    assert not is_plateau(path)
    with pytest.raises(InputError, match="is no CityGML file"):
        gml.read(path)


def test_missing_file_and_empty_folder(gml: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        gml.read(tmp_path / "nowhere.gml")
    with pytest.raises(InputError, match="holds no CityGML file"):
        gml.read(tmp_path)
    assert not is_plateau(tmp_path / "nowhere.gml")


def test_a_city_model_without_members(gml: Any) -> None:
    with pytest.raises(InputError, match="holds no building"):
        gml.read_model()


def test_undefined_entities_are_broken_xml(gml: Any) -> None:
    path = gml.write(gml.model(gml.building("<gml:name>&nbsp;</gml:name>")))
    with pytest.raises(InputError, match="broken or cut off at line"):
        gml.read(path)


def test_progress_counts_objects(gml: Any) -> None:
    path = gml.write(gml.model(*(gml.building(identity=f"b{n}", column=n) for n in range(3))))
    told: list[tuple[str, int]] = []
    gml.read(path, progress=lambda label, count: told.append((label, count)))
    assert told == [(path.name, 3)]


PEAK = """
import re, sys
from pathlib import Path
from geodata.readers.plateau import read_plateau
from geodata.report import ImportReport
made = read_plateau(Path(sys.argv[1]), report=ImportReport())
rows = sum(len(source.frame) for source in made)
print(rows, re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))
"""


def peak_of(path: Path) -> tuple[int, float]:
    """(rows read, peak resident memory in MB) of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4]
    )
    rows, kilobytes = done.stdout.split()
    return int(rows), int(kilobytes) / 1024


linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")


def big_file(gml: Any, folder: str, members: int) -> Path:
    """Buildings of 5 kB each: many walls, few rows."""
    path = gml.folder / folder / "53394525_bldg_6697_op.gml"
    path.parent.mkdir(parents=True)
    first, _, last = gml.model("@").partition("@")
    wall = "35.0 139.0 3 35.0 139.0001 3 35.0 139.0001 9 35.0 139.0 9 35.0 139.0 3"
    walls = "".join(f"<gml:surfaceMember>{gml.polygon(wall)}</gml:surfaceMember>" for _ in range(22))
    solid = f"<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{walls}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid>"
    with path.open("w", encoding="utf-8") as stream:
        stream.write(first)
        for number in range(members):
            stream.write(
                ("</core:cityObjectMember><core:cityObjectMember>" if number else "")
                + gml.building(solid, identity=f"b{number}", column=number)
            )
        stream.write(last)
    return path


@pytest.mark.slow
@linux
def test_memory_does_not_grow_with_a_file_of_many_buildings(gml: Any) -> None:
    small, large = big_file(gml, "small", 1000), big_file(gml, "large", 5000)
    assert large.stat().st_size > 20e6
    (few, low), (many, high) = peak_of(small), peak_of(large)
    assert (few, many) == (1000, 5000)
    # A tree of the larger file would take about 130 MB; 4,000 more rows take a few.
    assert high - low < 16


@pytest.mark.slow
@linux
def test_memory_does_not_grow_with_one_object_of_many_triangles(gml: Any) -> None:
    def terrain(folder: str, count: int) -> Path:
        path = gml.folder / folder / "533945_dem_6697_op.gml"
        path.parent.mkdir(parents=True)
        start, _, last = gml.model(
            '<dem:ReliefFeature gml:id="d"><dem:reliefComponent><dem:TINRelief><dem:tin><gml:TriangulatedSurface><gml:trianglePatches>@'
            "</gml:trianglePatches></gml:TriangulatedSurface></dem:tin></dem:TINRelief></dem:reliefComponent></dem:ReliefFeature>"
        ).partition("@")
        with path.open("w", encoding="utf-8") as stream:
            stream.write(start)
            for number in range(count):
                west = 139 + (number % 100) * 1e-4
                corners = f"35.0 {west} 1 35.0 {west + 1e-4} 2 35.0001 {west} 3 35.0 {west} 1"
                ring = f"<gml:exterior><gml:LinearRing><gml:posList>{corners}</gml:posList></gml:LinearRing></gml:exterior>"
                stream.write(f"<gml:Triangle>{ring}</gml:Triangle>")
            stream.write(last)
        return path

    script = PEAK.replace("sum(len(source.frame) for source in made)", "made[0].data.size")
    peaks = []
    for folder, count in (("few", 60_000), ("many", 240_000)):
        done = subprocess.run([sys.executable, "-c", script, str(terrain(folder, count))], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parents[4])  # fmt: skip
        peaks.append(int(done.stdout.split()[1]) / 1024)
    assert peaks[1] - peaks[0] < 25
