"""Vector files of all kinds: what a layer is, where it is, and what is done to it; bad ones are refused in one sentence."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, Polygon, box

from geodata.errors import InputError
from geodata.mapping import MappingFile, read_mapping
from geodata.readers.digest import geometry_digests
from geodata.readers.vector import is_vector, read_vector
from geodata.report import ImportReport
from geodata.tables import TABLES

OTA = (139.7, 35.5, 139.8, 35.6)
HOUSE = box(139.71, 35.54, 139.7101, 35.5401)


def houses(shapes=(HOUSE,), crs="EPSG:4326", **columns):
    return geopandas.GeoDataFrame({"owner": ["A"] * len(shapes), **columns}, geometry=list(shapes), crs=crs)


def read(path: Path, report: ImportReport | None = None, **options):
    sources = read_vector(path, report=report or ImportReport(), **options)
    tables = {}
    for source in sources:
        tables[source.table] = TABLES[source.table].completed(source.frame)
        TABLES[source.table].check(tables[source.table])
    return tables


@pytest.mark.parametrize("name", ["buildings.gpkg", "buildings.shp", "buildings.geojson", "buildings.fgb", "buildings.parquet"])
def test_every_format_gives_the_same_building(tmp_path, name):
    path = tmp_path / name
    houses().to_parquet(path) if path.suffix == ".parquet" else houses().to_file(path)
    assert is_vector(path)
    table = read(path)["buildings"]
    assert len(table) == 1
    assert json.loads(table.attributes[0])["owner"] == "A"
    assert table.id[0] == geometry_digests(np.array([HOUSE]), geographic=True)[0]
    assert table.crs.to_epsg() == 4326


def test_every_layer_of_a_geopackage_is_read(tmp_path):
    path = tmp_path / "town.gpkg"
    houses().to_file(path, layer="buildings")
    lines = [
        LineString([(139.71, 35.54), (139.72, 35.54)]),
        MultiLineString([[(139.71, 35.55), (139.72, 35.55)], [(139.73, 35.56), (139.74, 35.56)]]),
    ]
    geopandas.GeoDataFrame({"highway": ["primary", "footway"], "osm_id": ["1", "2"]}, geometry=lines, crs="EPSG:4326").to_file(
        path, layer="lines"
    )
    tables = read(path)
    assert sorted(tables) == ["buildings", "roads"]
    assert sorted(tables["roads"].id) == ["1", "2#1", "2#2"]


def test_what_a_layer_is_must_be_clear(tmp_path):
    path = tmp_path / "data.gpkg"
    houses().to_file(path)
    with pytest.raises(InputError, match=r"could be buildings, areas, .*--mapping"):
        read(path)
    assert list(read(path, table="buildings")) == ["buildings"]
    mapping = MappingFile.model_validate(
        {"layers": [{"file": "data.gpkg", "table": "land_use", "constants": {"kind": "park"}}]}
    )
    assert read(path, mapping=mapping)["land_use"].kind.tolist() == ["park"]
    with pytest.raises(InputError, match="no table castles"):
        read(path, table="castles")


def test_a_shapefile_without_attributes_or_reference_system(tmp_path):
    """Quirk 13: Shapefiles without .dbf; and without .prj."""
    path = tmp_path / "buildings.shp"
    houses().to_file(path)
    path.with_suffix(".dbf").unlink()
    report = ImportReport()
    assert len(read(path, report)["buildings"]) == 1
    assert any("no .dbf" in line.what for line in report.lines)
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match="--crs"):
        read(path)
    assert read(path, crs="EPSG:4326")["buildings"].crs.to_epsg() == 4326


def test_a_japanese_shapefile_without_a_code_page(tmp_path):
    path = tmp_path / "buildings.shp"
    houses(owner=["東京都大田区"]).to_file(path, encoding="cp932")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    raw[29] = 0
    path.with_suffix(".dbf").write_bytes(raw)
    assert "東京都大田区" in read(path)["buildings"].attributes[0]


@pytest.mark.parametrize("values", [["YES", "Yes", "NO", "0", None]])
def test_yes_and_no_columns(tmp_path, values):
    """Quirk 13: yes/no columns as YES, Yes, NO, 0, null."""
    path = tmp_path / "streets.geojson"
    lines = [LineString([(139.7, 35.5 + i / 100), (139.71, 35.5 + i / 100)]) for i in range(5)]
    geopandas.GeoDataFrame({"B": values}, geometry=lines, crs="EPSG:4326").to_file(path)
    mapping = MappingFile.model_validate({"layers": [{"file": "streets.*", "table": "roads", "columns": {"bridge": "B"}}]})
    assert read(path, mapping=mapping)["roads"].bridge.tolist() == [True, True, False, False, pd.NA]


def test_bad_shapes_are_repaired_or_dropped_and_counted(tmp_path):
    """Quirk 13: invalid polygons; and missing, empty, infinite ones, wrong kinds, heights."""
    bow = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    holed = box(10, 0, 20, 10).difference(box(12, 2, 14, 4))
    raised = shapely.force_3d(box(30, 0, 40, 10), 12.5)
    shapes = [bow, holed, raised, None, Polygon(), Point(1, 1), Polygon([(0, 0), (0, 1), (0, 2), (0, 0)])]
    frame = geopandas.GeoDataFrame({"k": range(len(shapes))}, geometry=shapes, crs="EPSG:6677")
    path = tmp_path / "buildings.gpkg"
    frame.to_file(path, layer="buildings", geometry_type="Geometry") if False else frame.to_parquet(
        path := tmp_path / "buildings.parquet"
    )
    report = ImportReport()
    table = read(path, report, table="buildings")["buildings"]
    assert table.geometry.area.tolist() == [2, 96, 100]
    assert not table.geometry.has_z.any()
    assert json.loads(table.attributes[2])["z_min"] == 12.5
    assert report.totals("repaired") == {"buildings": 1}
    assert report.totals("dropped") == {"buildings": 4}
    assert report.totals("read") == {"buildings": 7}


def test_infinite_coordinates_are_refused(tmp_path):
    text = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "Polygon", "coordinates": [[[139.7, 35.5], [139.8, 35.5], [139.8, 1e999], [139.7, 35.5]]]},
            },
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "Polygon", "coordinates": [[[139.7, 35.5], [139.8, 35.5], [139.8, 35.6], [139.7, 35.5]]]},
            },
        ],
    }
    frame = geopandas.GeoDataFrame.from_features(text["features"], crs="EPSG:4326")
    path = tmp_path / "buildings.parquet"
    frame.to_parquet(path)
    with pytest.raises(InputError, match=r"1 of buildings in buildings\.parquet have coordinates that are NaN or infinite"):
        read(path)


def test_swapped_axes_are_refused(tmp_path):
    path = tmp_path / "buildings.geojson"
    houses([box(35.54, 139.71, 35.5401, 139.7101)]).to_file(path)
    with pytest.raises(InputError, match=r"latitude and longitude .* swapped"):
        read(path)
    # In Charleston both orders are possible latitudes: only what lies near by tells.
    other = tmp_path / "footprints.geojson"
    houses([box(32.77, -79.93, 32.78, -79.92)]).to_file(other)
    assert read(other)["buildings"].total_bounds[0] == pytest.approx(32.77)
    with pytest.raises(InputError, match="swapped"):
        read(other, near=(-80.1, 32.6, -79.8, 32.9))
    # Metres may be swapped too (northing first is the rule of the Japanese zones).
    metres = tmp_path / "houses.gpkg"
    houses([box(-50000, -10000, -49990, -9990)], crs="EPSG:6677").to_file(metres)
    expected = geopandas.GeoSeries([box(-10000, -50000, -9990, -49990)], crs="EPSG:6677").to_crs(4326).total_bounds
    near = (expected[0] - 0.01, expected[1] - 0.01, expected[2] + 0.01, expected[3] + 0.01)
    with pytest.raises(InputError, match="swapped"):
        read(metres, near=near)


def test_a_wrong_reference_system_is_refused(tmp_path):
    path = tmp_path / "buildings.gpkg"
    houses([box(500000, 4000000, 500010, 4000010)]).to_file(path)
    with pytest.raises(InputError, match="no degrees"):
        read(path)
    other = tmp_path / "houses.gpkg"
    houses([HOUSE], crs="EPSG:6677").to_file(other)
    with pytest.raises(InputError, match="look like degrees"):
        read(other)


def test_empty_truncated_missing_and_foreign_files_are_refused(tmp_path):
    empty = tmp_path / "buildings.gpkg"
    houses().iloc[:0].to_file(empty)
    with pytest.raises(InputError, match="holds no features"):
        read(empty)
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "none.gpkg")
    for name in ("a.gpkg", "a.geojson", "a.fgb", "a.parquet", "a.shp"):
        path = tmp_path / name
        path.write_bytes(b"this is no such file")
        with pytest.raises(InputError, match="cannot be read"):
            read(path)
    full = tmp_path / "full.gpkg"
    houses([box(139.7, 35.5, 139.71, 35.51)] * 500).to_file(full)
    for name in ("buildings.fgb", "buildings.parquet", "buildings.geojson", "buildings.gpkg"):
        path = tmp_path / f"cut_{name}"
        frame = houses([box(139.7 + i / 1e4, 35.5, 139.70005 + i / 1e4, 35.51) for i in range(500)])
        frame.to_parquet(path) if name.endswith("parquet") else frame.to_file(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(InputError):
            read(path)


def test_a_shapefile_without_its_index_says_so(tmp_path):
    path = tmp_path / "buildings.shp"
    houses().to_file(path)
    path.with_suffix(".shx").unlink()
    with pytest.raises(InputError, match="shx is missing"):
        read(path)


def test_points_are_no_buildings_and_tables_no_layers(tmp_path):
    path = tmp_path / "buildings.gpkg"
    houses([Point(139.7, 35.5)]).to_file(path)
    with pytest.raises(InputError, match="holds no feature that can be one of buildings"):
        read(path, table="buildings")
    plain = tmp_path / "plain.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(plain)
    with pytest.raises(InputError, match="has no geometry"):
        read(plain)


def test_a_zip_is_opened_and_the_same_data_read_once(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    houses().to_file(folder / "buildings.shp")
    houses().to_file(folder / "buildings.geojson")
    path = tmp_path / "town.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"town/{file.name}")
    assert len(read_vector(path, report=ImportReport())) == 1


def test_digests_do_not_depend_on_how_a_ring_is_drawn():
    ring = [(0, 0), (10, 0), (10, 10), (0, 10)]
    same = [Polygon(ring), Polygon(ring[::-1]), Polygon(ring[2:] + ring[:2]), Polygon([(x + 1e-4, y) for x, y in ring])]
    digests = geometry_digests(np.array(same), geographic=False)
    assert digests == [digests[0], *[f"{digests[0]}-{number}" for number in (2, 3, 4)]]
    assert geometry_digests(np.array([Polygon([(x + 0.01, y) for x, y in ring])]), geographic=False)[0] != digests[0]


coordinate = st.integers(0, 100).map(lambda number: 139 + number / 1000)


@st.composite
def polygons(draw):
    points = draw(st.lists(st.tuples(coordinate, coordinate.map(lambda x: x - 104)), min_size=3, max_size=8, unique=True))
    hull = shapely.convex_hull(shapely.MultiPoint(points))
    return hull if hull.geom_type == "Polygon" else box(139, 35, 139.001, 35.001)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shapes=st.lists(polygons(), min_size=1, max_size=5), suffix=st.sampled_from(["gpkg", "geojson"]))
def test_random_polygons_come_back_from_files(tmp_path_factory, shapes, suffix):
    path = tmp_path_factory.mktemp("round") / f"buildings.{suffix}"
    houses(shapes).to_file(path)
    table = read(path)["buildings"]
    assert len(table) == len(shapes)
    assert table.id.is_unique
    for ours, theirs in zip(table.geometry, shapes, strict=True):
        assert ours.symmetric_difference(theirs).area < 1e-12
    again = read(path)["buildings"]
    assert again.id.tolist() == table.id.tolist()


def test_a_joined_csv_with_a_mark_and_blanks_in_its_header(tmp_path):
    """Quirks 16 and 18: a byte order mark, leading blanks, and a key that changed its name."""
    houses(owner=["7"]).rename(columns={"owner": "Object ID"}).to_file(tmp_path / "buildings.gpkg")
    (tmp_path / "e.csv").write_text("\ufeffobject_id, floor_ft\n7, 8\n9, 1\n", encoding="utf-8")
    rule = {"file": "buildings.gpkg", "table": "buildings", "id": ["Object ID", "object_id"],
            "join": {"file": "e.csv", "on": ["Object ID", "object_id"]},
            "columns": {"floor_height": {"from": "floor_ft", "unit": "ft"}}}  # fmt: skip
    report = ImportReport()
    table = read(tmp_path / "buildings.gpkg", report, mapping=MappingFile.model_validate({"layers": [rule]}))["buildings"]
    assert (table.id[0], table.floor_height[0]) == ("7", pytest.approx(2.4384))
    assert report.totals("dropped") == {"buildings ← e.csv": 1}


def test_repeated_ids_are_a_fault_of_the_table(tmp_path):
    path = tmp_path / "buildings.gpkg"
    houses([HOUSE, box(139.72, 35.54, 139.7201, 35.5401)], osm_id=["1", "1"], building=["yes", "yes"]).to_file(path)
    with pytest.raises(InputError, match="id must be unique: 2 rows share one"):
        read(path)


@pytest.mark.realdata
def test_charleston(realdata):
    """Footprints joined with structures and their exposure table, by the example's mapping file."""
    mapping = read_mapping(Path(__file__).parents[3] / "examples" / "charleston-mapping.yaml")
    report = ImportReport()
    tables = {}
    for path in sorted((realdata / "charleston").glob("*.gpkg")):
        for name, table in read(path, report, mapping=mapping).items():
            tables.setdefault(name, []).append(table)
    assert {name: [len(table) for table in several] for name, several in tables.items()} == {
        "areas": [584, 6], "buildings": [2049], "land_use": [414], "roads": [148],
    }  # fmt: skip
    buildings = tables["buildings"][0]
    assert buildings.floor_height.notna().sum() == 1243
    assert sorted(buildings.floor_height.dropna().unique()) == pytest.approx(
        [0.1524, 0.4572, 0.6096, 2.4384]
    )  # 0.5, 1.5, 2, 8 ft
    assert buildings.ground_elevation.max() == pytest.approx(4.4966, abs=1e-3)  # metres already
    assert report.totals("dropped") == {"buildings ← nsi_buildings.gpkg": 27}
    assert report.totals("repaired") == {"land_use": 1}
    damage = sum(json.loads(text).get("max_damage_structure", 0) for text in buildings.attributes)
    exposure = pd.read_csv(realdata / "charleston" / "nsi_exposure.csv").max_damage_structure.sum()
    assert 0.97 < damage / exposure < 1  # 27 of 1,994 structures lie more than 20 m from any footprint
    assert tables["roads"][0]["class"].value_counts().to_dict() == {
        "tertiary": 98,
        "secondary": 20,
        "primary": 17,
        "motorway": 13,
    }


@pytest.mark.realdata
def test_charleston_without_a_mapping_file(realdata):
    folder = realdata / "charleston"
    assert list(read(folder / "building_footprints.gpkg")) == ["buildings"]
    assert list(read(folder / "roads.gpkg")) == ["roads"]
    with pytest.raises(InputError, match=r"nsi_buildings.*--mapping"):
        read(folder / "nsi_buildings.gpkg")
