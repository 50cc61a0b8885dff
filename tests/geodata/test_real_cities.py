"""The real cities of ../shared/data, through the importer: known counts, nothing lost, CRS, heights, hazards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geodata.city import City
from geodata.errors import InputError
from geodata.importer import import_city
from geodata.package import open_city
from geodata.report import ImportReport
from geodata.tables import TABLES

pytestmark = pytest.mark.realdata
ROOT = Path(__file__).parents[2]
Imported = tuple[City, ImportReport]


@pytest.fixture(scope="module")
def imported(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Imported]:
    """Import one set once for all tests of this file."""
    made: dict[str, Imported] = {}

    def get(name: str, *sources: str, **options: Any) -> Imported:
        if name not in made:
            options = {
                key: [realdata / path for path in value] if key in ("terrain", "hazard") else value
                for key, value in options.items()
            }
            out = tmp_path_factory.mktemp("real") / name
            made[name] = import_city([realdata / source for source in sources], out=out, name=name, **options)
            _check(out)
        return made[name]

    return get


def _check(package: Path) -> None:
    """What holds of every package: contracts kept, ids unique, overlays fit their tables, all layers readable."""
    city = open_city(package)
    for table in city.layers.names("table"):
        TABLES[table].check(city.table(table))
    for raster in city.layers.names("raster"):
        assert city.raster(raster).shape[-2:] == city.grid.shape
    assert len(city.overlay("footprint_cells")["indptr"]) == len(city.buildings) + 1
    assert len(city.overlay("road_cells")["indptr"]) == len(city.roads) + 1
    assert set(city.table("building_risks")["building_id"]) <= set(city.buildings["id"])


def counts(city: City) -> dict[str, int]:
    return {table: len(city.table(table)) for table in city.layers.names("table")}


def tamana(imported: Callable[..., Imported]) -> Imported:
    return imported("tamana", "plateau_tamana")


def test_tamana(imported: Callable[..., Imported]) -> None:
    city, report = tamana(imported)
    assert counts(city) == {
        "buildings": 242, "building_risks": 664, "land_use": 363, "road_surfaces": 3, "water": 1, "shelters": 50,
    }  # fmt: skip
    assert city.grid.crs == "EPSG:6670"
    assert city.time_zone == "Asia/Tokyo"
    assert (city.heights.datum, city.heights.epoch) == ("EPSG:6695", "JGD2011")
    risks = city.table("building_risks")
    assert (risks["hazard"] == "river_flood").sum() == 435
    assert (risks["hazard"] == "high_tide").sum() == 229
    # every building has a depth from at least one official record
    deep = risks[risks["depth_high"].notna()]
    assert set(deep["building_id"]) == set(city.buildings["id"])
    assert {each.kind for each in city.hazard_maps.values()} == {"attributes"}
    assert sorted((each.hazard, each.scale) for each in city.hazard_maps.values()) == [
        ("high_tide", ""), ("river_flood", "L1"), ("river_flood", "L2"), ("river_flood", "L2"),
    ]  # fmt: skip
    # sentinels became unknown, never 0
    heights = city.buildings["height"]
    assert heights.notna().sum() == 242 - 61
    assert heights.min() > 0
    assert city.buildings["storeys"].max() < 50
    assert any("bldg_badxlink" in line.text for line in report.lines if line.deed == "dropped")
    assert city.shelters["river_flood"].isna().any(), "a place named for no hazard is unknown, not suitable"


def test_tamanas_copy_of_the_same_buildings_is_dropped_when_named(realdata: Path, tmp_path: Path) -> None:
    udx = realdata / "plateau_tamana" / "udx"
    city, report = import_city([udx / "bldg", udx / "bldg_badxlink"], out=tmp_path / "out")
    assert len(city.buildings) == 242
    dropped = {line.layer: line.count for line in report.lines if line.deed == "dropped"}
    assert dropped["buildings"] == 242
    assert len(city.table("building_risks")) == 664


def test_ota_joins_plateau_and_openstreetmap(imported: Callable[..., Imported]) -> None:
    city, report = imported("ota", "plateau_tokyo_ota")
    assert report.totals("read")["buildings"] == 43 + 40
    ids = city.buildings["id"]
    assert (~ids.str.startswith(("way/", "relation/"))).sum() == 43, "every PLATEAU building stays"
    assert ids.str.startswith(("way/", "relation/")).sum() == 30
    assert [
        line.count for line in report.lines if line.text == "more than half of it lies under a building of an earlier source"
    ] == [10]
    assert len(city.roads) == 46
    assert city.grid.crs == "EPSG:6677"
    assert "OpenStreetMap" in city.provenance["roads"].attribution
    assert city.provenance["buildings"].attribution.count(";") == 1, "both are named"
    assert counts(city)["building_risks"] == 68
    assert len(city.shelters) == 91
    assert {line.text for line in report.lines if line.deed == "defaulted" and line.layer == "buildings"} >= {
        "height 2.8（テスト） is not a number: unknown"
    }


def charleston(imported: Callable[..., Imported]) -> Imported:
    return imported(
        "charleston",
        "charleston",
        mapping=ROOT / "examples" / "charleston-mapping.yaml",
        terrain=["charleston/terrain_200m.tif"],
    )


def test_charleston(imported: Callable[..., Imported]) -> None:
    city, report = charleston(imported)
    assert counts(city)["buildings"] == 2049
    assert report.totals("read")["roads"] == 148
    assert city.grid.crs == "EPSG:32617"
    assert city.grid.cell == 200
    assert city.time_zone == "America/New_York"
    assert city.heights.datum == "", "neither terrain nor structures name a datum"
    known = city.buildings["floor_height"].dropna()
    assert 0 < known.median() < 2, "feet became metres"
    assert city.buildings["ground_elevation"].notna().sum() == 1243
    assert 0.4 < np.isfinite(city.elevation).mean() < 0.6
    assert any("datum of the heights is not stated" in line.text for line in report.lines)


def test_charleston_without_a_mapping_asks_for_one(realdata: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mapping"):
        import_city([realdata / "charleston"], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_helsinki(imported: Callable[..., Imported]) -> None:
    city, report = imported("helsinki", "helsinki_osm/Helsinki.osm.pbf")
    assert counts(city) == {
        "buildings": 480, "roads": 4698, "nodes": 3608, "facilities": 11, "land_use": 286, "road_surfaces": 63, "water": 13,
    }  # fmt: skip
    assert city.grid.crs == "EPSG:32635"
    assert report.totals("read")["buildings"] - report.totals("dropped")["buildings"] == 480
    cars = city.roads[city.roads["cars"].fillna(False).astype(bool)]
    assert 700 < len(cars) < 2500
    assert city.overlay("nearest_node")["node"].min() >= 0


def test_delft(imported: Callable[..., Imported]) -> None:
    city, _ = imported("delft", "cityjson/delft.json")
    assert counts(city) == {"buildings": 160, "road_surfaces": 146, "land_use": 207, "water": 3}
    assert city.heights.datum == "EPSG:5709"
    assert city.time_zone == "Europe/Amsterdam"
    assert city.buildings["height"].between(0.5, 60).all(), "sheds of 0.7 m among them"


def test_rotterdam_names_no_crs(realdata: Path, imported: Callable[..., Imported], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--crs"):
        import_city([realdata / "cityjson" / "rotterdam_subset.json"], out=tmp_path / "out")
    city, report = imported("rotterdam", "cityjson/rotterdam_subset.json", crs="EPSG:28992")
    assert counts(city) == {"buildings": 16}
    assert city.grid.crs == "EPSG:28992"
    assert any("taken to be EPSG:28992" in line.text for line in report.lines)


def test_merewether(imported: Callable[..., Imported]) -> None:
    city, report = imported("merewether", "merewether", crs="EPSG:32756")
    assert counts(city) == {"buildings": 60, "road_surfaces": 1, "sensors": 5}
    assert city.grid.shape == (416, 321)
    assert city.grid.cell == pytest.approx(1.0, abs=1e-4)
    assert np.isnan(city.elevation).sum() == 73
    assert sorted(line.source for line in report.lines if line.deed == "dropped" and line.layer == "files") == [
        "extent.csv",
        "merewether.csv",
    ]
    assert (city.overlay("lowest_cell")["cell"] >= 0).all()


@pytest.mark.parametrize("kind", ["gpkg", "parquet", "csv", "cityjson"])
def test_tamana_is_exported(imported: Callable[..., Imported], tmp_path: Path, kind: str) -> None:
    from geodata.export import export_city

    city, _ = tamana(imported)
    written = export_city(city, kind, tmp_path / f"tamana.{kind}")
    assert written["buildings"] == 242
