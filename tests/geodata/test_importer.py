from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas
import numpy as np
import orjson
import pandas as pd
import pytest
import shapely

from geodata.dispatch import plan_readings
from geodata.errors import InputError
from geodata.formats import hazard_details
from geodata.importer import import_city, import_sample
from geodata.package import CROSSWALK, open_city, read_report
from geodata.reading import Context
from geodata.report import ImportReport
from tests.geodata.small_city import houses, raster, slope, streets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people keep it: data of several kinds, and things that are no data."""
    home = tmp_path / "my town"
    (home / "maps").mkdir(parents=True)
    houses()[["id", "geometry"]].to_file(home / "maps" / "buildings.shp")
    streets()[["id", "geometry"]].to_file(home / "maps" / "roads.gpkg")
    raster(slope()).rio.to_raster(home / "dem.tif")
    raster(slope()).rio.to_raster(home / "mystery.tif")
    flood = np.where(slope() < 1.5, 0.8, np.nan)
    raster(flood).rio.to_raster(home / "flood_L2.tif")
    (home / "README.txt").write_text("my data")
    (home / "notes.docx").write_bytes(b"PK notes")
    (home / ".hidden.gpkg").write_text("x")
    return home


def test_a_folder_is_walked_and_nothing_vanishes_silently(folder: Path, tmp_path: Path) -> None:
    city, report = import_city([folder], out=tmp_path / "out")
    assert city.name == "my town"
    assert (len(city.buildings), len(city.roads)) == (9, 4)
    assert np.allclose(city.elevation, slope(), atol=1e-6)
    assert city.hazard_maps["river-l2"].name == "flood_L2"
    dropped = {line.source: line.text for line in report.lines if line.deed == "dropped"}
    assert dropped == {
        "mystery.tif": "a raster of unknown meaning: give it with --terrain, --hazard or --duration",
        "notes.docx": "not a known format",
    }
    assert read_report(tmp_path / "out").to_dict() == report.to_dict()


def test_what_is_named_as_terrain_is_not_read_twice(folder: Path, tmp_path: Path) -> None:
    _, report = import_city([folder], out=tmp_path / "out", terrain=[folder / "dem.tif"], hazard=[folder / "mystery.tif"])
    reads = [line for line in report.lines if line.deed == "read" and line.layer == "terrain" and line.source == "dem.tif"]
    assert [line.count for line in reads] == [144]
    assert set(open_city(tmp_path / "out").hazard_maps) == {"river-l2", "river"}


def test_terrain_alone(folder: Path, tmp_path: Path) -> None:
    city, _ = import_city([], out=tmp_path / "out", terrain=[folder / "dem.tif"])
    assert city.grid.shape == (12, 12)
    also, _ = import_city([folder / "dem.tif"], out=tmp_path / "also")
    assert also.fingerprint == city.fingerprint


def test_the_same_sources_give_the_same_package(folder: Path, tmp_path: Path) -> None:
    one, _ = import_city([folder], out=tmp_path / "one")
    two, _ = import_city([folder], out=tmp_path / "two")
    assert one.fingerprint == two.fingerprint
    for kind in ("table", "raster", "overlay"):
        for name in one.layers.names(kind):
            assert one.layers.digests(kind, name) == two.layers.digests(kind, name)


def test_importing_again_writes_a_crosswalk(tmp_path: Path) -> None:
    file = tmp_path / "buildings.gpkg"
    houses()[["id", "geometry"]].to_file(file)
    import_city([file], out=tmp_path / "out")
    assert not (tmp_path / "out" / CROSSWALK).exists()
    after = houses()[["id", "geometry"]].iloc[1:].assign(id=lambda frame: ["renamed", *frame["id"][1:]])
    file.unlink()
    after.to_file(file)
    _, report = import_city([file], out=tmp_path / "out")
    rows = pd.read_parquet(tmp_path / "out" / CROSSWALK)
    assert rows["status"].value_counts().to_dict() == {"same": 7, "renamed": 1, "removed": 1}
    assert tuple(rows[rows["status"] == "renamed"][["old_id", "new_id"]].iloc[0]) == ("house-1", "renamed")
    counts = {line.values["status"]: line.count for line in report.lines if "crosswalk" in line.what}  # noqa: PD011 - no frame
    assert counts == {"same": 7, "renamed": 1, "removed": 1}


def test_a_damaged_package_can_be_replaced(tmp_path: Path) -> None:
    file = tmp_path / "buildings.gpkg"
    houses()[["id", "geometry"]].to_file(file)
    import_city([file], out=tmp_path / "out")
    (tmp_path / "out" / "tables" / "buildings.parquet").write_bytes(b"rubbish")
    city, report = import_city([file], out=tmp_path / "out")
    assert len(city.buildings) == 9
    assert any("no crosswalk" in line.what for line in report.lines)


def test_the_order_of_trust(tmp_path: Path) -> None:
    """CityJSON before other vector files before OpenStreetMap, however they are named."""
    corners = [(36.0, 139.8333), (36.0, 139.8334), (36.0001, 139.8334), (36.0001, 139.8333)]
    (tmp_path / "a.osm").write_text(
        '<?xml version="1.0"?><osm version="0.6">'
        + "".join(f'<node id="{n}" version="1" lat="{lat}" lon="{lon}"/>' for n, (lat, lon) in enumerate(corners, 1))
        + '<way id="7" version="1">'
        + "".join(f'<nd ref="{n}"/>' for n in (1, 2, 3, 4, 1))
        + '<tag k="building" v="yes"/></way></osm>'
    )  # fmt: skip
    houses()[["id", "geometry"]].to_file(tmp_path / "b_houses.gpkg")
    (tmp_path / "c.city.json").write_bytes(
        orjson.dumps(
            {
                "type": "CityJSON",
                "version": "2.0",
                "transform": {"scale": [1, 1, 1], "translate": [0, 0, 0]},
                "CityObjects": {},
                "vertices": [],
            }
        )
    )
    readings = plan_readings([tmp_path], Context(ImportReport()))
    assert [reading.reader.name for reading in readings] == ["cityjson", "vector", "osm"]


def test_two_extracts_of_openstreetmap_are_one(tmp_path: Path) -> None:
    """Two files with the same way: it is read once, cut at the junctions of both."""

    def extract(name: str, cross: int) -> Path:
        places = {1: (0, 0), 2: (0, 10), 3: (0, 20), 4: (10, 10), 5: (10, 20)}
        nodes = "".join(
            f'<node id="{n}" version="1" lat="{35.5 + a / 1e4}" lon="{139.7 + b / 1e4}"/>' for n, (a, b) in places.items()
        )
        main = '<way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>'
        ends = f'<nd ref="{cross}"/><nd ref="{cross + 2}"/>'
        side = f'<way id="{10 + cross}" version="1">{ends}<tag k="highway" v="residential"/></way>'
        path = tmp_path / name
        path.write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}{main}{side}</osm>')
        return path

    city, report = import_city([extract("east.osm", 2), extract("west.osm", 3)], out=tmp_path / "out")
    assert len(city.roads) == 4, "two edges of the main road, two side streets"
    assert "extracts of OpenStreetMap were put together: an object in several counts once" in [
        line.text for line in report.lines
    ]
    assert city.provenance["roads"].source == "east.osm + west.osm"


def test_a_package_in_the_folder_is_no_source(folder: Path, tmp_path: Path) -> None:
    """Who imports "." into "./town" twice does not import the town into itself."""
    first, _ = import_city([folder], out=folder / "package")
    second, report = import_city([folder], out=folder / "package")
    assert second.fingerprint == first.fingerprint
    assert any("city package lies in the folder" in line.text for line in report.lines)
    with pytest.raises(InputError, match="is a city package already"):
        import_city([folder / "package"], out=tmp_path / "out")


def test_zipped_layers_are_read(tmp_path: Path) -> None:
    houses(crs="EPSG:4326")[["id", "geometry"]].to_file(tmp_path / "buildings.geojson")
    with zipfile.ZipFile(tmp_path / "buildings.zip", "w") as archive:
        archive.write(tmp_path / "buildings.geojson", "buildings.geojson")
    city, _ = import_city([tmp_path / "buildings.zip"], out=tmp_path / "out")
    assert len(city.buildings) == 9


def test_bare_polygons_and_points_are_known_by_their_folder(tmp_path: Path) -> None:
    (tmp_path / "town" / "houses").mkdir(parents=True)
    for number, shape in enumerate(houses().geometry[:3]):
        corners = shapely.get_coordinates(shape)[:-1]
        (tmp_path / "town" / "houses" / f"house{number}.csv").write_text("\n".join(f"{x},{y}" for x, y in corners))
    (tmp_path / "town" / "gauges.csv").write_text("name,x,y\nbridge,10,10\nweir,20,20\n")
    city, _ = import_city([tmp_path / "town"], out=tmp_path / "out", crs="EPSG:6677")
    assert len(city.buildings) == 3
    assert len(city.sensors) == 2


@pytest.mark.parametrize(
    ("name", "hazard", "scale"),
    [
        ("flood_L1.tif", "river_flood", "L1"),
        ("tsunami_depth.tif", "tsunami", ""),
        ("洪水浸水想定区域_想定最大規模.tif", "river_flood", "L2"),
        ("高潮_計画規模.tif", "high_tide", "L1"),
        ("storm-surge-l2.nc", "high_tide", "L2"),
    ],
)
def test_names_of_hazard_rasters_say_what_they_are(name: str, hazard: str, scale: str) -> None:
    details = hazard_details(Path(name))
    assert (details["hazard"], details["scale"]) == (hazard, scale)


def test_a_hazard_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "buildings.gpkg"
    houses()[["id", "geometry"]].to_file(file)
    with pytest.raises(InputError, match="no hazard map"):
        import_city([file], out=tmp_path / "out", hazard=[file])


def test_an_exported_city_is_imported_again(tmp_path: Path) -> None:
    """What the project writes it can read: GeoPackage, with every column."""
    from geodata.export import export_city

    file = tmp_path / "buildings.gpkg"
    houses()[["id", "geometry"]].to_file(file)
    city, _ = import_city([file], out=tmp_path / "out")
    export_city(city, "gpkg", tmp_path / "export.gpkg")
    frame = geopandas.read_file(tmp_path / "export.gpkg", layer="buildings")
    frame.to_file(tmp_path / "buildings_again.gpkg", layer="buildings")
    again, _ = import_city([tmp_path / "buildings_again.gpkg"], out=tmp_path / "again")
    assert set(again.buildings["id"]) == set(city.buildings["id"])


def test_the_sample_city(tmp_path: Path) -> None:
    city, _ = import_sample(out=tmp_path / "kawabe", buildings=300, seed=2)
    assert len(city.buildings) == 300
    assert city.fictional
    assert {"river-l1", "river-l2"} <= set(city.hazard_maps)
    again, _ = import_sample(out=tmp_path / "again", buildings=300, seed=2)
    assert again.fingerprint == city.fingerprint
