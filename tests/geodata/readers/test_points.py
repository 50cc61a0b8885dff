"""Delimited text as people write it, points and polygons in it."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.readers.points import find_coordinates, is_points, is_polygon_vertices, read_points, read_polygon_vertices
from geodata.readers.text_table import read_text_table, to_numbers
from geodata.report import ImportReport
from geodata.tables import TABLES


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def read(path, *, table="shelters", report=None, **options):
    return read_points(path, table=table, report=report if report is not None else ImportReport(), **options)[0].frame


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters(tmp_path, encoding, delimiter):
    lines = [
        ["名称", " 緯度", "経度 ", "収容人数"],
        ["玉名中学校", "32.93", "130.56", "1,200"],
        ["岱明公民館", "32.92", "130.51", ""],
    ]
    if delimiter == ",":
        lines[1][3] = '"1,200"'
    frame = read(write(tmp_path / "a.csv", "\r\n".join(delimiter.join(line) for line in lines), encoding))
    assert frame["name"].tolist() == ["玉名中学校", "岱明公民館"]
    assert frame["capacity"].tolist()[0] == 1200
    assert np.isnan(frame["capacity"].tolist()[1])
    assert (frame.geometry.x.tolist(), frame.geometry.y.tolist()) == ([130.56, 130.51], [32.93, 32.92])


def test_white_space_delimited_without_header(tmp_path):
    path = write(tmp_path / "a.txt", '601141.0  3627414.0 charleston\n600802.3\t3627497.6  "tide gauge"\n')
    frame = read(path, table="sensors", names=["x", "y", "name"], crs="EPSG:26917")
    assert frame["name"].tolist() == ["charleston", "tide gauge"]
    assert frame.crs == "EPSG:26917"
    assert frame["kind"].tolist() == ["other", "other"]
    with pytest.raises(InputError, match="no header line; name its columns"):
        read(path, crs="EPSG:26917")
    with pytest.raises(InputError, match="3 columns, yet 2 names"):
        read(path, names=["x", "y"], crs="EPSG:26917")


def test_empty_coordinates_are_dropped_and_reported(tmp_path):
    report = ImportReport()
    path = write(tmp_path / "a.csv", "name,lat,lon\nA,35.1,139.1\nB,,\nC,n/a,139.2\nD,35.2,139.2\n")
    assert read(path, report=report)["name"].tolist() == ["A", "D"]
    assert report.totals("read") == {"shelters": 4}
    assert report.totals("dropped") == {"shelters": 2}
    with pytest.raises(InputError, match="no point with coordinates"):
        read(write(tmp_path / "b.csv", "name,lat,lon\nA,,\n"))


def test_repeated_ids_are_numbered_and_missing_ones_are_stable(tmp_path):
    report = ImportReport()
    frame = read(write(tmp_path / "a.csv", "id,lat,lon\n7,35.1,139.1\n7,35.2,139.1\n8,35.3,139.1\n"), report=report)
    assert frame["id"].tolist() == ["7", "7#2", "8"]
    assert report.totals("repaired") == {"shelters": 1}
    path = write(tmp_path / "b.csv", "name,lat,lon\nA,35.1,139.1\nA,35.1,139.1\n")
    first, again = read(path)["id"].tolist(), read(path)["id"].tolist()
    assert first == again
    assert len(set(first)) == 2


def test_degrees_minutes_seconds(tmp_path):
    frame = read(write(tmp_path / "a.csv", "name;lat;lon\nA;35°40′12″N;139:45:0\nB;12°0'36\"S;139°0'0\"W\n"))
    np.testing.assert_allclose(np.column_stack([frame.geometry.x, frame.geometry.y]), [[139.75, 35.67], [-139.0, -12.01]])


def test_projected_points_need_a_crs_and_swaps_are_found(tmp_path):
    path = write(tmp_path / "a.csv", "x,y\n382373.5,6354387.8\n")
    with pytest.raises(InputError, match="x and y without a CRS"):
        read(path)
    assert read(path, crs="EPSG:32756").crs == "EPSG:32756"
    with pytest.raises(InputError, match="swapped"):
        read(write(tmp_path / "b.csv", "lat,lon\n139.1,35.1\n"))
    with pytest.raises(InputError, match="said to be in degrees"):
        read(path, crs="EPSG:4326")


def test_unknown_columns_are_kept_and_wrong_names_named(tmp_path):
    path = write(tmp_path / "a.csv", "id,lat,lon,階数\n1,35.1,139.1,3\n")
    assert TABLES["shelters"].completed(read(path))["attributes"][0] == '{"階数":"3"}'
    with pytest.raises(InputError, match="no column Name; it has id, lat, lon"):
        read(path, columns={"name": "Name"})
    with pytest.raises(InputError, match="no pair of coordinate columns among id, name"):
        read(write(tmp_path / "b.csv", "id,name\n1,A\n"))


def test_kinds_that_are_not_ours_are_kept_aside(tmp_path):
    report = ImportReport()
    frame = read(
        write(tmp_path / "a.csv", "id,kind,lat,lon\n1,hospital,35.1,139.1\n2,Krankenhaus,35.1,139.2\n"),
        table="facilities",
        report=report,
    )
    assert frame["kind"].tolist() == ["hospital", "other"]
    assert frame["kind (source)"].tolist() == ["hospital", "Krankenhaus"]
    assert report.totals("defaulted") == {"facilities": 1}
    TABLES["facilities"].check(TABLES["facilities"].completed(frame))


def test_bad_text_is_one_clear_sentence(tmp_path):
    for name, raw, words in (
        ("void.csv", b"", "is empty"),
        ("binary.csv", b"\x81\x00\xff\xfe\x00", "not text in UTF-8 or Shift_JIS"),
        ("ragged.csv", b"a,b,c\n1,2,3\n1,2,3,4\n1,2,3\n1,2,3\n", "4 columns in row 3 instead of 3"),
    ):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(InputError, match=words):
            read_text_table(tmp_path / name)
    with pytest.raises(InputError, match="does not exist"):
        read_text_table(tmp_path / "none.csv")


CELL = st.text(
    st.characters(
        codec="cp932",
        exclude_characters='",;|¢£¬‖−〜\t\r\n\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e',
        exclude_categories=("Cc", "Cs", "Zs"),
    ),
    min_size=1,
    max_size=8,
)


@given(
    names=st.lists(CELL, min_size=1, max_size=6),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp932"]),
    data=st.data(),
)
@settings(max_examples=30, deadline=None)
def test_any_table_is_read_back(names, delimiter, encoding, data):
    xs = data.draw(st.lists(st.floats(130, 131), min_size=len(names), max_size=len(names)))
    lines = [delimiter.join(("name", "lon", "lat"))] + [
        delimiter.join((f"n{name}", repr(x), "33.0")) for name, x in zip(names, xs, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        frame = read(write(Path(folder) / "a.csv", "\n".join(lines), encoding), crs="EPSG:6668")
    assert frame["name"].tolist() == [f"n{name}" for name in names] or encoding == "cp932"
    assert frame.geometry.x.tolist() == xs


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
@settings(max_examples=40, deadline=None)
def test_numbers_survive_full_width_and_separators(value):
    import pandas as pd

    wide = repr(value).translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    assert to_numbers(pd.Series([repr(value), wide])).tolist() == [value, value]


def test_coordinate_columns():
    assert find_coordinates(["Lat", "LON", "x", "y"]) == ("LON", "Lat", True)
    assert find_coordinates(["Easting", "Northing"]) == ("Easting", "Northing", False)
    assert find_coordinates(["x", "height"]) is None


def test_polygons_from_vertex_files(tmp_path):
    write(tmp_path / "h1.csv", "0,0\n10,0\n10,10\n0,10\n")
    write(tmp_path / "h2.csv", "5 5\n15 5\n15 15\n5 15\n")
    write(tmp_path / "h3.csv", "20,0\n30,10\n30,0\n20,10\n")  # a bow tie
    report = ImportReport()
    frame = read_polygon_vertices(tmp_path, table="buildings", report=report, crs="EPSG:6677")[0].frame
    assert frame["id"].tolist() == ["h1", "h2", "h3"]
    assert frame.geometry.is_valid.all()
    assert frame.geometry.area.tolist() == [100, 100, 50]
    assert report.totals("repaired") == {"buildings": 1}
    assert report.totals("noted") == {"buildings": 2}  # h1 and h2 overlap
    with pytest.raises(InputError, match="without a CRS"):
        read_polygon_vertices(tmp_path, table="buildings", report=report)
    write(tmp_path / "h4.csv", "0,0\n1,1\n0,0\n")
    with pytest.raises(InputError, match="fewer than three vertices"):
        read_polygon_vertices(tmp_path, table="buildings", report=report, crs="EPSG:6677")


@pytest.mark.realdata
def test_merewether_houses_road_and_points(realdata):
    place = realdata / "merewether"
    report = ImportReport()
    houses = read_polygon_vertices(place / "houses", table="buildings", report=report, crs="EPSG:32756")[0].frame
    assert len(houses) == 60
    TABLES["buildings"].check(TABLES["buildings"].completed(houses))
    assert report.totals("noted") == {"buildings": 5}  # 29 and 30 overlap; house032_033 is 32 and 33 once more
    road = read_polygon_vertices(place / "Road" / "RoadPolygon.csv", table="road_surfaces", report=report, crs="EPSG:32756")[
        0
    ].frame
    assert road["kind"].tolist() == ["carriageway"]
    points = read(place / "Observations" / "ObservationPoints.csv", table="sensors", crs="EPSG:32756")
    assert points["id"].tolist() == ["4", "3", "0", "1", "2"]
    assert points["stage (ARR Report Final)"].tolist() == ["23.01", "23.14", "19.98", "18.38", "23.36"]
    assert [is_polygon_vertices(place / name) for name in ("houses", "extent.csv", "Observations/ObservationPoints.csv")] == [
        True,
        True,
        False,
    ]
    assert is_points(place / "Observations" / "ObservationPoints.csv")
    assert not is_points(realdata / "charleston" / "kingTideNov2021_tide.csv")
