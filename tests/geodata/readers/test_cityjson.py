"""CityJSON of every version and shape that quirk 12 names, and real files from Delft and Rotterdam."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geodata.errors import InputError
from geodata.readers.cityjson import is_cityjson, read_cityjson
from geodata.report import ImportReport
from geodata.tables import TABLES

RD = "https://www.opengis.net/def/crs/EPSG/0/7415"


def cuboid(x: float, y: float, w: float, d: float, low: float, high: float, first: int = 0):
    """Vertices and the outer shell of a box; the ground is its first surface."""
    vertices = [[x + i * w, y + j * d, z] for z in (low, high) for j in (0, 1) for i in (0, 1)]
    faces = [[[0, 2, 3, 1]], [[4, 5, 7, 6]], [[0, 1, 5, 4]], [[1, 3, 7, 5]], [[3, 2, 6, 7]], [[2, 0, 4, 6]]]
    return vertices, [[[index + first for index in ring] for ring in face] for face in faces]


def solid(shell, lod="1", semantics=None):
    geometry = {"type": "Solid", "lod": lod, "boundaries": [shell]}
    return geometry | ({"semantics": semantics} if semantics else {})


def city(objects, vertices, *, version="2.0", reference=RD, **more):
    metadata = {"referenceSystem": reference} if reference else {}
    return {"type": "CityJSON", "version": version, "metadata": metadata, "CityObjects": objects, "vertices": vertices, **more}


def write(path: Path, document) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def read(path: Path, report: ImportReport | None = None, **options):
    found = {}
    for source in read_cityjson(path, report=report or ImportReport(), **options):
        table = TABLES[source.table].completed(source.frame)
        TABLES[source.table].check(table)
        found[source.table] = (table, source)
    return found


def one_box(**options):
    vertices, shell = cuboid(85000, 447000, 10, 8, 1.5, 7.5)
    return city({"b": {"type": "Building", "geometry": [solid(shell)]}}, vertices, **options)


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0", "1.1.1"])
@pytest.mark.parametrize("reference", [RD, "urn:ogc:def:crs:EPSG::7415", "EPSG:7415"])
def test_versions_and_spellings_of_the_reference_system(tmp_path, version, reference):
    table, source = read(write(tmp_path / "a.json", one_box(version=version, reference=reference)))["buildings"]
    assert table.geometry[0].area == pytest.approx(80)
    assert (table.height[0], table.ground_elevation[0]) == (6.0, 1.5)
    assert source.frame.crs.to_epsg() == 28992
    assert source.heights.datum == "EPSG:5709"


def test_a_transform_gives_the_same_city(tmp_path):
    document = one_box()
    document["transform"] = {"scale": [0.001, 0.001, 0.001], "translate": [85000, 447000, 0]}
    document["vertices"] = [
        [round((x - 85000) * 1000), round((y - 447000) * 1000), round(z * 1000)] for x, y, z in document["vertices"]
    ]
    plain, _ = read(write(tmp_path / "a.json", one_box()))["buildings"]
    packed, _ = read(write(tmp_path / "b.json", document))["buildings"]
    assert plain.geometry[0].equals(packed.geometry[0])
    assert plain.height[0] == packed.height[0]


def test_no_reference_system_asks_for_one(tmp_path):
    path = write(tmp_path / "a.json", one_box(reference=None))
    with pytest.raises(InputError, match="--crs"):
        read_cityjson(path, report=ImportReport())
    report = ImportReport()
    _, source = read(path, report, crs="EPSG:28992")["buildings"]
    assert source.heights.datum == ""
    assert report.totals("defaulted") == {"buildings": 1}
    with pytest.raises(InputError, match="is not known"):
        read_cityjson(write(tmp_path / "b.json", one_box(reference="urn:nothing")), report=ImportReport())


def test_the_best_footprint_wins(tmp_path):
    """LOD0 before ground surfaces before everything seen from above (where a roof hangs over)."""
    base, shell = cuboid(0, 0, 10, 10, 0, 5)
    wide = [[-1, -1, 6], [11, -1, 6], [11, 11, 6], [-1, 11, 6], [2, 2, 0], [8, 2, 0], [8, 8, 0], [2, 8, 0]]
    semantics = {
        "surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface"}],
        "values": [[0, 1, None, None, None, None, 1]],
    }
    overhang = [*shell, [[8, 9, 10, 11]]]
    flat = {"type": "MultiSurface", "lod": "0", "boundaries": [[[12, 13, 14, 15]]]}
    for geometries, area in (
        ([solid(overhang, "2")], 144), ([solid(overhang, "2", semantics)], 100), ([solid(overhang, "2", semantics), flat], 36),
        ([solid(shell, "1.2"), solid(overhang, "2.2")], 144),
    ):  # fmt: skip
        document = city({"b": {"type": "Building", "geometry": geometries}}, base + wide)
        table, _ = read(write(tmp_path / "a.json", document))["buildings"]
        assert table.geometry[0].area == pytest.approx(area)


def test_parts_are_merged_into_a_parent_without_geometry(tmp_path):
    one, shell_one = cuboid(0, 0, 10, 10, 0, 5)
    two, shell_two = cuboid(10, 0, 5, 10, 1, 9, first=8)
    objects = {
        "b": {"type": "Building", "children": ["p", "q", "i"], "attributes": {"yearOfConstruction": "1999"}},
        "p": {
            "type": "BuildingPart",
            "parents": ["b"],
            "geometry": [solid(shell_one)],
            "attributes": {"storeysAboveGround": 2},
        },
        "q": {
            "type": "BuildingPart",
            "parents": ["b"],
            "geometry": [solid(shell_two)],
            "attributes": {"storeysAboveGround": 3},
        },
        "i": {"type": "BuildingInstallation", "parents": ["b"], "geometry": []},
        "o": {"type": "BuildingPart", "parents": ["elsewhere"], "geometry": [solid(shell_one)]},
        "n": {"type": "Building"},
    }
    report = ImportReport()
    table, _ = read(write(tmp_path / "a.json", city(objects, one + two)), report)["buildings"]
    assert table.id.tolist() == ["b", "o"]
    whole = table.iloc[0]
    assert (whole.geometry.area, whole.storeys, whole.year_built, whole.height, whole.ground_elevation) == (150, 3, 1999, 9, 0)
    assert report.totals("repaired") == {"buildings": 1}
    assert {line.text: line.count for line in report.lines if line.deed == "dropped"} == {
        "object without a geometry, and its parts have none": 1, "BuildingInstallation is not used": 1,
    }  # fmt: skip


def test_holes_are_kept(tmp_path):
    vertices = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0], [3, 3, 0], [3, 6, 0], [6, 6, 0], [6, 3, 0]]
    geometry = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3], [4, 5, 6, 7]]]}
    table, _ = read(write(tmp_path / "a.json", city({"b": {"type": "Building", "geometry": [geometry]}}, vertices)))[
        "buildings"
    ]
    assert table.geometry[0].area == pytest.approx(91)
    assert np.isnan(table.height[0])  # LOD0 says nothing about height, and its z of 0 nothing about the ground
    assert np.isnan(table.ground_elevation[0])


def test_templates_are_put_in_their_place(tmp_path):
    vertices, shell = cuboid(0, 0, 2, 2, 0, 3)
    templates = {"templates": [{"type": "MultiSurface", "lod": "1", "boundaries": shell}], "vertices-templates": vertices}
    matrix = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    geometry = {"type": "GeometryInstance", "template": 0, "boundaries": [0], "transformationMatrix": matrix}
    document = city({"b": {"type": "Building", "geometry": [geometry]}}, [[100, 200, 5]], **{"geometry-templates": templates})
    table, _ = read(write(tmp_path / "a.json", document))["buildings"]
    assert table.geometry[0].bounds == (100, 200, 104, 204)
    assert (table.height[0], table.ground_elevation[0]) == (3, 5)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"measuredHeight": 7.5}, 7.5),
        ({"measuredHeight": "7.5 m"}, 7.5),
        ({"measuredHeight": -9999}, 6.0),
        ({"b3_h_maaiveld": 1.0, "b3_h_dak_max": 9.0}, 8.0),
        ({"measuredHeight": 7.5, "min-height-surface": 1.5}, 6.0),  # 3dfier: an elevation under the name of a height
        ({"TerrainHeight": 2.5}, 5.0),  # a basement reaches below the ground
    ],
)
def test_heights_from_attributes(tmp_path, attributes, expected):
    document = one_box()
    document["CityObjects"]["b"]["attributes"] = attributes
    table, _ = read(write(tmp_path / "a.json", document))["buildings"]
    assert table.height[0] == pytest.approx(expected)


def test_years_storeys_use_and_address(tmp_path):
    document = one_box()
    document["CityObjects"]["b"] |= {
        "attributes": {
            "oorspronkelijkbouwjaar": 1931,
            "storeysAboveGround": 9999,
            "function": "residential building",
            "owner": "X",
        },
        "address": [{"CountryName": "NL", "LocalityName": "Delft", "ThoroughfareName": "Markt", "ThoroughfareNumber": "1"}],
    }
    house = read(write(tmp_path / "a.json", document))["buildings"][0].iloc[0]
    assert (house.year_built, house.use, house.address) == (1931, "house", "Markt 1, Delft")
    assert house.storeys is pd.NA
    assert '"owner":"X"' in house.attributes
    document["CityObjects"]["b"]["attributes"] = {"oorspronkelijkbouwjaar": 1005}
    assert read(write(tmp_path / "a.json", document))["buildings"][0].year_built.isna().all()


def test_a_sequence_is_read_line_by_line(tmp_path):
    lines = [{"type": "CityJSON", "version": "2.0", "metadata": {"referenceSystem": RD}, "CityObjects": {}, "vertices": [],
              "transform": {"scale": [1, 1, 1], "translate": [0, 0, 0]}}]  # fmt: skip
    for number in range(5):
        vertices, shell = cuboid(number * 20, 0, 10, 10, 0, number + 1)
        lines.append({"type": "CityJSONFeature", "id": f"b{number}", "vertices": vertices,
                      "CityObjects": {f"b{number}": {"type": "Building", "geometry": [solid(shell)]}}})  # fmt: skip
    path = tmp_path / "town.city.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    assert is_cityjson(path)
    table, _ = read(path)["buildings"]
    assert table.height.tolist() == [1, 2, 3, 4, 5]
    path.write_text(path.read_text().rstrip()[:-20])
    with pytest.raises(InputError, match="line 6"):
        read_cityjson(path, report=ImportReport())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d.update(type="FeatureCollection"), "the file"),
        (lambda d: d.update(version="0.9"), "version"),
        (lambda d: d.update(vertices=[[1, 2]]), "vertices"),
        (lambda d: d.update(vertices="x"), "vertices"),
        (lambda d: d.update(CityObjects=[]), "the file"),
        (lambda d: d["CityObjects"]["b"]["geometry"][0].update(boundaries=[[[[0, 1, 99]]]]), "object b"),
        (lambda d: d["CityObjects"]["b"]["geometry"][0].update(boundaries=7), "object b"),
        (lambda d: d["CityObjects"]["b"]["geometry"][0].pop("boundaries"), "object b"),
        (lambda d: d.update(transform={"scale": [1], "translate": [0, 0, 0]}), "transform.scale"),
    ],
)
def test_a_malformed_file_names_the_place(tmp_path, change, place):
    document = one_box()
    change(document)
    with pytest.raises(InputError, match=place):
        read_cityjson(write(tmp_path / "a.json", document), report=ImportReport())


def test_truncated_missing_and_useless_files(tmp_path):
    path = write(tmp_path / "a.json", one_box())
    path.write_text(path.read_text()[:-20])
    with pytest.raises(InputError, match="is not CityJSON"):
        read_cityjson(path, report=ImportReport())
    with pytest.raises(InputError, match="does not exist"):
        read_cityjson(tmp_path / "none.json", report=ImportReport())
    with pytest.raises(InputError, match="holds no buildings"):
        read_cityjson(write(tmp_path / "b.json", city({"t": {"type": "CityFurniture"}}, [])), report=ImportReport())


def test_coordinates_that_are_not_where_they_say(tmp_path):
    document = one_box()
    document["metadata"]["referenceSystem"] = "EPSG:4326"
    with pytest.raises(InputError, match="no degrees"):
        read_cityjson(write(tmp_path / "a.json", document), report=ImportReport())


@pytest.mark.realdata
def test_delft(realdata):
    path = realdata / "cityjson" / "delft.json"
    assert is_cityjson(path)
    report = ImportReport()
    found = read(path, report)
    counts = {name: len(table) for name, (table, _) in found.items()}
    assert counts == {"buildings": 160, "road_surfaces": 146, "land_use": 207, "water": 3}
    buildings = found["buildings"][0]
    assert found["road_surfaces"][0].kind.value_counts()["bridge"] == 3
    # measuredHeight is the roof's elevation in this file: taking it for a height adds the ground's 0.17 m on average.
    assert buildings.height.mean() == pytest.approx(3.2567, abs=0.001)
    assert report.totals("dropped") == {"objects": 54}
    assert found["buildings"][1].heights.datum == "EPSG:5709"


@pytest.mark.realdata
def test_rotterdam(realdata):
    path = realdata / "cityjson" / "rotterdam_subset.json"
    with pytest.raises(InputError, match="--crs"):
        read_cityjson(path, report=ImportReport())
    buildings = read(path, crs="EPSG:7415")["buildings"][0]
    assert len(buildings) == 16
    assert buildings.ground_elevation.between(2, 4).all()
    assert buildings.height.between(7, 16).all()
