"""Every kind of bad input: one sentence that says what, where and what to do; exit status 2; nothing written."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from geodata.package import open_city
from tests.geodata.small_city import CRS, houses, raster, slope
from twin.command_line import main


def _vector(frame: geopandas.GeoDataFrame, path: Path) -> Path:
    frame[["id", "height", "geometry"]].to_file(path)
    return path


def _missing(folder: Path) -> list[Path]:
    return [folder / "nowhere.gpkg"]


def _truncated_geopackage(folder: Path) -> list[Path]:
    path = _vector(houses(), folder / "houses.gpkg")
    path.write_bytes(path.read_bytes()[:20_000])
    return [path]


def _truncated_geojson(folder: Path) -> list[Path]:
    path = _vector(houses(crs="EPSG:4326"), folder / "houses.geojson")
    path.write_bytes(path.read_bytes()[:-200])
    return [path]


def _truncated_parquet(folder: Path) -> list[Path]:
    path = folder / "houses.parquet"
    houses().to_parquet(path)
    path.write_bytes(path.read_bytes()[:-100])
    return [path]


def _truncated_terrain(folder: Path) -> list[Path]:
    path = folder / "terrain.tif"
    raster(np.random.default_rng(1).random((300, 300))).rio.to_raster(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return [path]


_GML = """<?xml version="1.0" encoding="UTF-8"?>{head}
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml"
 xmlns:bldg="http://www.opengis.net/citygml/building/2.0">
<gml:boundedBy><gml:Envelope srsName="http://www.opengis.net/def/crs/EPSG/0/6697" srsDimension="3">
<gml:lowerCorner>35.5 139.7 0</gml:lowerCorner>
<gml:upperCorner>35.6 139.8 10</gml:upperCorner></gml:Envelope></gml:boundedBy>
<core:cityObjectMember><bldg:Building gml:id="b1"><gml:name>{name}</gml:name>"""


def _truncated_citygml(folder: Path) -> list[Path]:
    (folder / "town.gml").write_text(_GML.format(head="", name="house"))
    return [folder / "town.gml"]


_TENFOLD = "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in ("ab", "bc", "cd", "de", "ef"))
_LAUGHS = f'<!DOCTYPE lolz [<!ENTITY a "ha">{_TENFOLD}]>'


def _entity_attack(folder: Path) -> list[Path]:
    (folder / "town.gml").write_text(
        _GML.format(head=_LAUGHS, name="&f;") + "</bldg:Building></core:cityObjectMember></core:CityModel>"
    )
    return [folder / "town.gml"]


def _entity_that_reads_a_file(folder: Path) -> list[Path]:
    (folder / "secret.txt").write_text("the secret")
    head = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{folder}/secret.txt">]>'
    (folder / "town.gml").write_text(
        _GML.format(head=head, name="&s;") + "</bldg:Building></core:cityObjectMember></core:CityModel>"
    )
    return [folder / "town.gml"]


def _entity_attack_in_openstreetmap(folder: Path) -> list[Path]:
    (folder / "town.osm").write_text(
        f'<?xml version="1.0"?>{_LAUGHS}<osm version="0.6"><node id="1" lat="35" lon="139"><tag k="name" v="&f;"/></node></osm>'
    )
    return [folder / "town.osm"]


def _zip_bomb(folder: Path) -> list[Path]:
    path = folder / "town.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("udx/bldg/town.gml", "w", force_zip64=True) as entry,
    ):
        entry.write(_GML.format(head="", name="x").encode())
        for _ in range(300):
            entry.write(b" " * (1 << 20))
    return [path]


def _truncated_zip(folder: Path) -> list[Path]:
    path = folder / "town.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("houses.geojson", houses(crs="EPSG:4326").to_json())
    path.write_bytes(path.read_bytes()[:500])
    return [path]


def _absent_crs(folder: Path) -> list[Path]:
    _vector(houses(), folder / "houses.shp")
    (folder / "houses.prj").unlink()
    return [folder / "houses.shp"]


def _wrong_crs(folder: Path) -> list[Path]:
    return [_vector(houses(crs="EPSG:4326").set_crs("EPSG:32654", allow_override=True), folder / "houses.gpkg")]


def _swapped_axes(folder: Path) -> list[Path]:
    frame = houses(crs="EPSG:4326")
    frame = frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda points: points[:, ::-1]), crs="EPSG:4326")
    return [_vector(frame, folder / "houses.geojson")]


def _empty_layer(folder: Path) -> list[Path]:
    return [_vector(houses().iloc[:0], folder / "houses.gpkg")]


def _not_a_number(folder: Path, value: float = float("nan")) -> list[Path]:
    frame = houses()
    frame.loc[3, "geometry"] = shapely.transform(
        frame.geometry[3], lambda points: np.where(points == points.min(), value, points)
    )
    return [_vector(frame, folder / "houses.gpkg")]


def _infinite(folder: Path) -> list[Path]:
    return _not_a_number(folder, float("inf"))


def _raster_elsewhere(folder: Path) -> list[Path]:
    raster(slope(), west=50_000).rio.to_raster(folder / "terrain.tif")
    return [_vector(houses(), folder / "houses.gpkg"), folder / "terrain.tif"]


def _hazard_elsewhere(folder: Path) -> list[Path]:
    raster(slope(), west=50_000).rio.to_raster(folder / "flood_depth.tif")
    return [_vector(houses(), folder / "houses.gpkg"), folder / "flood_depth.tif"]


def _duplicate_ids(folder: Path) -> list[Path]:
    return [_vector(houses().assign(id="house"), folder / "houses.gpkg")]


def _picture(folder: Path) -> list[Path]:
    (folder / "cat.jpg").write_bytes(b"\xff\xd8\xff\xe0 meow")
    return [folder / "cat.jpg"]


def _empty_folder(folder: Path) -> list[Path]:
    (folder / "empty").mkdir()
    return [folder / "empty"]


CASES: dict[str, tuple[Callable[[Path], list[Path]], str]] = {
    "missing": (_missing, "does not exist"),
    "truncated GeoPackage": (_truncated_geopackage, "houses.gpkg"),
    "truncated GeoJSON": (_truncated_geojson, "houses.geojson"),
    "truncated GeoParquet": (_truncated_parquet, "houses.parquet"),
    "truncated terrain": (_truncated_terrain, "terrain.tif"),
    "truncated CityGML": (_truncated_citygml, "town.gml"),
    "truncated zip": (_truncated_zip, "town.zip"),
    "entity attack": (_entity_attack, "town.gml"),
    "entity that reads a file": (_entity_that_reads_a_file, "town.gml"),
    "entity attack in OpenStreetMap": (_entity_attack_in_openstreetmap, "town.osm"),
    "zip bomb": (_zip_bomb, "town.zip"),
    "absent CRS": (_absent_crs, "--crs"),
    "wrong CRS": (_wrong_crs, "--crs"),
    "swapped axes": (_swapped_axes, "swapped"),
    "empty layer": (_empty_layer, "no features"),
    "NaN coordinates": (_not_a_number, "NaN"),
    "infinite coordinates": (_infinite, "infinite"),
    "terrain elsewhere": (_raster_elsewhere, "do not overlap"),
    "hazard elsewhere": (_hazard_elsewhere, "do not overlap"),
    "duplicate ids": (_duplicate_ids, "different geometry"),
    "no known format": (_picture, "not a known format"),
    "empty folder": (_empty_folder, "no file of a known format"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_sentence(case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make, words = CASES[case]
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    paths = make(inputs)
    out = tmp_path / "out" / "town"
    status = main(["import", *map(str, paths), "--out", str(out), "--json"])
    told = capfd.readouterr()
    assert status == 2, told
    assert told.out == "", "nothing on stdout but one JSON object, and there is none"
    lines = told.err.strip().splitlines()
    assert len(lines) == 1, told.err
    assert words in lines[0], lines[0]
    assert lines[0].endswith(".")
    assert "the secret" not in lines[0]
    assert not out.exists()
    assert not out.parent.exists() or not list(out.parent.iterdir()), "no half-written rest"


def test_bad_input_leaves_the_package_untouched(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "town"
    (tmp_path / "inputs").mkdir()
    good = _vector(houses(), tmp_path / "houses.gpkg")
    assert main(["import", str(good), "--out", str(out), "--json"]) == 0
    before = json.loads(capfd.readouterr().out)
    files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert main(["import", str(_truncated_terrain(tmp_path / "inputs")[0]), str(good), "--out", str(out)]) == 2
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == files
    assert open_city(out).fingerprint == before["fingerprint"]


def test_options_that_make_no_sense(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = str(_vector(houses(), tmp_path / "houses.gpkg"))
    out = str(tmp_path / "town")
    for options, words in (
        (["--crs", "EPSG:999999"], "not known"),
        (["--crs", "EPSG:4326"], "not projected in metres"),
        (["--mapping", str(tmp_path / "none.yaml")], "none.yaml"),
        (["--terrain", str(tmp_path / "none.tif")], "does not exist"),
        (["--vertical-offset", "high"], "not a valid float"),
    ):
        assert main(["import", good, "--out", out, *options]) == 2, options
        error = capfd.readouterr().err
        assert words in error
        assert len(error.strip().splitlines()) == 1
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.jpg").write_text("meow")
    assert main(["import", good, "--out", str(photos)]) == 2
    assert "not a city package" in capfd.readouterr().err
    assert sorted(path.name for path in photos.iterdir()) == ["cat.jpg"]
    assert CRS
