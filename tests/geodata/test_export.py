from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import geopandas
import numpy as np
import orjson
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
import xarray as xr

from geodata.assemble import assemble
from geodata.city import City
from geodata.errors import InputError
from geodata.export import export_city
from geodata.report import ImportReport
from geodata.source import SourceTable
from tests.geodata.small_city import CRS, MADE_UP, houses, town


@pytest.fixture(scope="module")
def city() -> City:
    return town()


def test_geopackage(city: City, tmp_path: Path) -> None:
    written = export_city(city, "gpkg", tmp_path / "town.gpkg")
    layers = {str(name) for name, _ in pyogrio.list_layers(tmp_path / "town.gpkg")}
    assert layers == {*written, "attributions"}
    back = pyogrio.read_dataframe(tmp_path / "town.gpkg", layer="buildings").set_index("id").sort_index()
    ours = city.buildings.set_index("id").sort_index()
    assert back.crs == ours.crs
    assert shapely.equals(back.geometry.to_numpy(), ours.geometry.to_numpy()).all()
    assert back["residents"].tolist() == ours["residents"].tolist()
    assert back["year_built"].isna().all(), "unknown stays unknown"
    assert pyogrio.read_dataframe(tmp_path / "town.gpkg", layer="attributions")["attribution"].iloc[0] == "nobody"


def test_parquet_and_csv(city: City, tmp_path: Path) -> None:
    export_city(city, "parquet", tmp_path / "parquet")
    assert geopandas.read_parquet(tmp_path / "parquet" / "roads.parquet").crs == city.roads.crs
    export_city(city, "csv", tmp_path / "csv")
    frame = pd.read_csv(tmp_path / "csv" / "buildings.csv")
    assert len(frame) == 9
    assert frame["longitude"].between(139.8, 139.9).all()
    assert frame["latitude"].between(35.9, 36.1).all()
    assert shapely.from_wkt(frame["geometry"].iloc[0]).geom_type == "Polygon"
    assert (tmp_path / "csv" / "attributions.csv").exists()


def test_rasters(city: City, tmp_path: Path) -> None:
    export_city(city, "cog", tmp_path / "cog")
    with rasterio.open(tmp_path / "cog" / "hazard" / "river-l2" / "high.tif") as dataset:
        assert np.array_equal(dataset.read(1), city.raster("hazard/river-l2/high"), equal_nan=True)
    export_city(city, "netcdf", tmp_path / "town.nc")
    with xr.open_dataset(tmp_path / "town.nc") as dataset:
        assert np.array_equal(dataset["hazard_river_l2_high"].values, city.raster("hazard/river-l2/high"), equal_nan=True)
        assert dataset["elevation"].attrs["standard_name"] == "surface_altitude"
        assert "6677" in dataset["crs"].attrs["crs_wkt"]
        assert dataset.attrs["vertical_datum"] == "EPSG:6695"


def _volume(boundaries: list, vertices: np.ndarray) -> float:
    """Signed volume of a shell by the divergence theorem: positive only if every face looks outwards."""
    total = 0.0
    for surface in boundaries:
        for ring in surface:
            a = vertices[ring[0]]
            for second, third in pairwise(ring[1:]):
                total += float(np.dot(a, np.cross(vertices[second], vertices[third]))) / 6
    return total


def test_cityjson_solids_are_closed_and_look_outwards(tmp_path: Path) -> None:
    court = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    twin = shapely.MultiPolygon([shapely.box(50, 0, 60, 10), shapely.box(70, 0, 80, 10)])
    frame = geopandas.GeoDataFrame(
        {"id": ["court", "twin", "flat"], "height": [6.0, 3.0, np.nan], "ground_elevation": [2.0, np.nan, 1.0]},
        geometry=[court, twin, shapely.box(0, 50, 10, 60)],
        crs=CRS,
    )
    city = assemble([SourceTable("buildings", frame, MADE_UP)], name="Town", report=ImportReport(), vertical_offset=0.0)
    export_city(city, "cityjson", tmp_path / "town.city.json")
    document = orjson.loads((tmp_path / "town.city.json").read_bytes())
    assert (document["type"], document["version"]) == ("CityJSON", "2.0")
    scale, shift = np.array(document["transform"]["scale"]), np.array(document["transform"]["translate"])
    vertices = np.array(document["vertices"]) * scale + shift
    geometry = {name: each["geometry"][0] for name, each in document["CityObjects"].items()}
    assert geometry["flat"]["type"] == "MultiSurface"
    assert geometry["flat"]["lod"] == "0"
    centred = vertices - vertices.mean(axis=0)
    assert _volume(geometry["court"]["boundaries"][0], centred) == pytest.approx(800 * 6, rel=1e-3)
    assert geometry["twin"]["type"] == "MultiSolid"
    assert sum(_volume(solid[0], centred) for solid in geometry["twin"]["boundaries"]) == pytest.approx(200 * 3, rel=1e-3)
    assert document["CityObjects"]["twin"]["attributes"]["groundUnknown"]
    for solid in (geometry["court"]["boundaries"], *geometry["twin"]["boundaries"]):
        edges = [(ring[i], ring[(i + 1) % len(ring)]) for surface in solid[0] for ring in surface for i in range(len(ring))]
        assert sorted(edges) == sorted((b, a) for a, b in edges), (
            "each edge is walked once in each direction: no hole in the shell"
        )


def test_cityjson_is_read_again_by_our_reader(tmp_path: Path) -> None:
    from geodata.readers.cityjson import read_cityjson

    city = assemble([SourceTable("buildings", houses(), MADE_UP)], name="Town", report=ImportReport())
    export_city(city, "cityjson", tmp_path / "town.city.json")
    back = assemble(read_cityjson(tmp_path / "town.city.json", report=ImportReport()), name="Town", report=ImportReport())
    one, two = city.buildings.set_index("id").sort_index(), back.buildings.set_index("id").sort_index()
    assert list(one.index) == list(two.index)
    assert shapely.hausdorff_distance(one.geometry.to_numpy(), two.geometry.to_numpy()).max() < 0.002
    assert two["height"].tolist() == pytest.approx(one["height"].tolist())
    assert two["storeys"].tolist() == one["storeys"].tolist()


def test_what_cannot_be_exported_is_told(city: City, tmp_path: Path) -> None:
    plain = assemble(
        [SourceTable("roads", houses().assign(geometry=houses().boundary), MADE_UP)], name="Town", report=ImportReport()
    )
    with pytest.raises(InputError, match="no buildings"):
        export_city(plain, "cityjson", tmp_path / "x.json")
    with pytest.raises(InputError, match="no rasters"):
        export_city(plain, "cog", tmp_path / "x")
    with pytest.raises(InputError, match="not known"):
        export_city(city, "dwg", tmp_path / "x.dwg")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("meow")
    with pytest.raises(InputError, match="not replaced"):
        export_city(city, "csv", tmp_path / "photos")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos"]


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """A place that takes no file of more bytes, as a disk does that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize(("kind", "name"), [("gpkg", "town.gpkg"), ("netcdf", "town.nc"), ("cog", "town")])
def test_a_full_disk_is_told_in_words_and_leaves_nothing_behind(city: City, tmp_path: Path, kind: str, name: str) -> None:
    with small_files(500), pytest.raises(InputError, match=r"cannot be written .*free space"):
        export_city(city, kind, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
