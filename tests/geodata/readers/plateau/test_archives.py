"""Zipped data sets."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from geodata.errors import InputError
from geodata.readers.plateau import is_plateau


@pytest.fixture
def archive(gml: Any, tmp_path: Path) -> Path:
    gml.codelist("Building_usage", {"422": "文教厚生施設"})
    gml.write(gml.model(gml.building('<bldg:usage codeSpace="../../codelists/Building_usage.xml">422</bldg:usage>')))
    gml.write("picture", "udx/bldg/appearance/a.jpg")
    path = tmp_path / "12345_kawabe-shi_city_2024_citygml_1_op.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(gml.folder.rglob("*.*")):
            made.write(file, file.relative_to(gml.folder.parent))
    return path


def test_a_zip_reads_like_its_folder(gml: Any, archive: Path) -> None:
    assert is_plateau(archive)
    reading = gml.read(archive)
    assert reading.frame("buildings")["usage"].tolist() == ["文教厚生施設"]
    provenance = reading.tables["buildings"].provenance
    assert provenance.source.startswith("12345_kawabe-shi_city_2024_citygml_1_op.zip: bldg, 1 file")
    assert provenance.date == "2024"


def test_a_bomb_is_refused(gml: Any, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("udx/bldg/a.gml", gml.model(gml.building()) + " " * (80 << 20))
    with pytest.raises(InputError, match="bomb"):
        gml.read(path)


@pytest.mark.parametrize("name", ["../evil.gml", "/tmp/evil.gml", "udx/../../evil.gml"])
def test_a_path_that_climbs_out_is_refused(gml: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "climb.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(name, gml.model(gml.building()))
    with pytest.raises(InputError, match="outside its folder"):
        gml.read(path)
    assert not (tmp_path / "evil.gml").exists()


def test_a_damaged_archive(gml: Any, archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-40])
    assert not is_plateau(archive)
    with pytest.raises(InputError, match="damaged"):
        gml.read(archive)
