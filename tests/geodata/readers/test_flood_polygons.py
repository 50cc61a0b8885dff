"""国土数値情報 A31: every scheme of codes becomes intervals of depth, and an open end stays open."""

from __future__ import annotations

import zipfile

import geopandas
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from geodata.errors import InputError
from geodata.readers.flood_polygons import CODES_2012, RANKS, depth_interval, is_flood_polygons, rank_of, read_flood_polygons
from geodata.report import ImportReport
from geodata.tables import TABLES


def layer(columns, crs="EPSG:6668"):
    count = len(next(iter(columns.values())))
    shapes = [box(130.5 + i / 100, 32.9, 130.505 + i / 100, 32.91) for i in range(count)]
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs=crs)


def read(path, report=None, **options):
    return read_flood_polygons(path, report=report or ImportReport(), **options)


def test_ranks_of_a_river_are_intervals(tmp_path):
    path = tmp_path / "A31a-20-24_43.geojson"
    layer(
        {
            "A31a_201": ["8909070001"] * 6,
            "A31a_202": ["菊池川"] * 6,
            "A31a_203": ["89"] * 6,
            "A31a_204": ["九州地方整備局"] * 6,
            "A31a_205": [1, 2, 3, 4, 5, 6],
        }
    ).to_file(path)
    assert is_flood_polygons(path)
    report = ImportReport()
    (source,) = read(path, report)
    frame = source.frame
    assert source.table == "flood_polygons"
    assert list(zip(frame["rank"], frame.depth_low, frame.depth_high, strict=True)) == [
        (1, 0, 0.5), (2, 0.5, 3), (3, 3, 5), (4, 5, 10), (5, 10, 20), (6, 20, 20),
    ]  # fmt: skip
    assert set(frame["scale"]) == {"L2"}
    assert set(frame["name"]) == {"菊池川"}
    assert set(frame.authority) == {"九州地方整備局"}
    assert frame.id.is_unique
    assert frame.crs.to_epsg() == 6668
    assert "国土数値情報" in source.provenance.attribution
    assert any("open upwards" in line.what and line.count == 1 for line in report.lines)


@pytest.mark.parametrize(
    ("columns", "scale"),
    [
        ({"A31a_101": ["x"], "A31a_105": [2]}, "L1"), ({"A31_201": ["x"], "A31_205": ["2"]}, "L2"), ({"A31_201": [2]}, "L2"),
        ({"A31b_101": [2]}, "L1"), ({"A31b_201": ["2"]}, "L2"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["shp", "geojson"])
def test_every_naming_of_the_columns(tmp_path, columns, scale, suffix):
    path = tmp_path / f"A31_x.{suffix}"
    layer(columns).to_file(path)
    frame = read(path)[0].frame
    assert (frame["rank"][0], frame.depth_low[0], frame.depth_high[0], frame["scale"][0]) == (2, 0.5, 3.0, scale)


def test_the_codes_of_2012(tmp_path):
    """Five and seven classes; what lies across two ranks, or is open below 20 m, has no rank."""
    path = tmp_path / "A31-12_43.shp"
    layer({"A31_001": [11, 12, 13, 14, 15, 21, 24, 25, 26, 27, 99]}, crs="EPSG:4612").to_file(path)
    report = ImportReport()
    frame = read(path, report)[0].frame
    assert frame.depth_low.tolist() == [0, 0.5, 1, 2, 5, 0, 2, 3, 4, 5]
    assert frame.depth_high.tolist() == [0.5, 1, 2, 5, 5, 0.5, 3, 4, 5, 5]
    assert frame["rank"].astype("object").where(frame["rank"].notna(), None).tolist() == [1, 2, 2, None, None, 1, 2, 3, 3, None]
    assert set(frame["scale"]) == {""}
    assert report.totals("dropped") == {"flood_polygons": 1}


@given(st.sampled_from([*RANKS.values(), *CODES_2012.values()]))
def test_no_code_becomes_one_number(interval):
    low, high = interval
    rank = rank_of(low, high)
    assert high > low or low >= 5  # only the top class of a scheme is open
    if rank is not None:
        assert RANKS[rank][0] <= low
        assert high <= RANKS[rank][1]


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("0.5m以上3.0m未満", (0.5, 3)),
        ("0.5～1.0m未満", (0.5, 1)),
        ("２０ｍ以上", (20, 20)),
        ("0.3m未満", (0, 0.3)),
        ("5m～", (5, 5)),
        ("", None),
        ("不明", None),
        ("3m", None),
        ("5m以上3m未満", None),
    ],
)
def test_depths_in_words(text, interval):
    assert depth_interval(text) == interval


def test_the_archive_as_it_is_downloaded(tmp_path):
    """Folders by scale, GeoJSON and Shapefile of the same polygons, durations and collapse zones beside the depths."""
    folder = tmp_path / "in"
    for name, stem, columns in (
        ("10_計画規模", "A31a-10-24_43_8909070001", {"A31a_101": ["x"], "A31a_102": ["菊池川"], "A31a_105": [1]}),
        ("20_想定最大規模", "A31a-20-24_43_8909070001", {"A31a_201": ["x"], "A31a_202": ["菊池川"], "A31a_205": [3]}),
        ("30_浸水継続時間", "A31a-30-24_43_8909070001", {"A31a_301": ["x"], "A31a_305": [2]}),
        (
            "42_家屋倒壊等氾濫想定区域_河岸侵食",
            "A31a-42-24_43_8909070001",
            {"A31a_401": ["x"], "A31a_402": ["菊池川"], "A31a_405": [2]},
        ),
    ):
        (folder / name).mkdir(parents=True)
        layer(columns).to_file(folder / name / f"{stem}.geojson")
        layer(columns).to_file(folder / name / f"{stem}.shp")
    path = tmp_path / "A31a-24_43_10.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, str(file.relative_to(folder)).replace("/", "\\"))
    assert is_flood_polygons(path)
    report = ImportReport()
    sources = read(path, report)
    assert sorted((source.table, len(source.frame)) for source in sources) == [
        ("areas", 1),
        ("flood_polygons", 1),
        ("flood_polygons", 1),
        ("flood_polygons", 1),
    ]
    polygons = [TABLES["flood_polygons"].completed(source.frame) for source in sources if source.table == "flood_polygons"]
    told = {
        (p.scale[0], p.depth_low[0], p.depth_high[0], p.duration_low[0], p.duration_high[0])
        for p in map(pd.DataFrame, polygons)
    }
    assert {tuple(None if pd.isna(value) else value for value in row) for row in told} == {
        ("L1", 0.0, 0.5, None, None), ("L2", 3.0, 5.0, None, None), ("L2", None, None, 12.0, 24.0),
    }  # fmt: skip
    zones = next(TABLES["areas"].completed(source.frame) for source in sources if source.table == "areas")
    TABLES["areas"].check(zones)
    assert zones.kind[0] == "hazard_zone"
    assert "河岸侵食" in zones["name"][0]
    assert not report.totals("dropped")


def test_how_long_water_stands_is_an_interval_and_open_at_its_end(tmp_path):
    path = tmp_path / "A31a-30-24_43.geojson"
    layer({"A31a_301": ["x"] * 8, "A31a_302": ["菊池川"] * 8, "A31a_305": [1, 2, 3, 4, 5, 6, 7, 8]}).to_file(path)
    report = ImportReport()
    (source,) = read(path, report)
    frame = TABLES["flood_polygons"].completed(source.frame)
    TABLES["flood_polygons"].check(frame)
    assert frame["duration_low"].tolist() == [0, 12, 24, 72, 168, 336, 672]
    assert frame["duration_high"].tolist() == [12, 24, 72, 168, 336, 672, 672]
    assert frame["depth_high"].isna().all()
    assert set(frame["name"]) == {"菊池川"}
    assert report.totals("dropped") == {"flood_polygons": 1}  # the code 8


def test_what_is_no_a31_is_refused(tmp_path):
    path = tmp_path / "A31-other.geojson"
    layer({"depth": [1]}).to_file(path)
    with pytest.raises(InputError, match="none of the columns"):
        read(path)
    codes = tmp_path / "A31-12_1.geojson"
    layer({"A31_001": [99]}).to_file(codes)
    with pytest.raises(InputError, match="no polygon with a known code"):
        read(codes)
    bare = tmp_path / "A31-12_2.shp"
    layer({"A31_001": [11]}).to_file(bare)
    bare.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match="--crs"):
        read(bare)
    assert read(bare, crs="EPSG:4612")[0].frame.crs.to_epsg() == 4612
    points = tmp_path / "A31-12_3.geojson"
    geopandas.GeoDataFrame({"A31_001": [11]}, geometry=[Point(130, 32)], crs="EPSG:4612").to_file(points)
    with pytest.raises(InputError, match="no polygon"):
        read(points)
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "A31-none.shp")
