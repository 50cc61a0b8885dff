"""Choosing a CRS, strict transformation, swapped axes, two CRSs that must not meet."""

import geopandas
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.crs import (
    bounds_in_degrees,
    check_axes,
    choose_crs,
    find_transformer,
    horizontal_part,
    named_crs,
    parse_crs,
    reproject,
    require_same_crs,
)
from geodata.errors import InputError
from geodata.grid import require_metres
from geodata.report import ImportReport

# Zone by prefecture (国土地理院 平面直角座標系); none of these towns is in the table of towns of choose_crs itself.
TOWNS = [
    ("Tamana", 130.559, 32.935, 2), ("Ota", 139.716, 35.561, 9), ("Kurume", 130.508, 33.319, 2), ("Omura", 129.958, 32.900, 1),
    ("Himi", 136.985, 36.857, 7), ("Fukuchiyama", 135.126, 35.297, 6), ("Amagasaki", 135.407, 34.733, 5),
    ("Onomichi", 133.205, 34.409, 3),
    ("Matsue south", 132.958, 35.372, 3), ("Sakaide", 133.861, 34.316, 4), ("Hakone", 139.107, 35.232, 9),
    ("Numazu", 138.863, 35.096, 8),
    ("Nasushiobara", 140.046, 36.962, 9), ("Iwanuma", 140.863, 38.104, 10), ("Kitami", 143.896, 43.803, 13),
    ("Furano", 142.383, 43.342, 12),
    ("Hakodate north", 140.65, 41.90, 11), ("Nago", 127.977, 26.592, 15), ("Miyako island", 125.33, 24.78, 16),
    ("Chichijima", 142.20, 27.08, 14),
    ("Yakushima", 130.56, 30.33, 2), ("Takamori (Nagano)", 137.877, 35.551, 8), ("Odawara", 139.152, 35.256, 9),
]  # fmt: skip


@pytest.mark.parametrize(("name", "longitude", "latitude", "zone"), TOWNS)
def test_japanese_zone_follows_the_prefecture(name, longitude, latitude, zone):
    assert choose_crs(longitude, latitude) == f"EPSG:{6668 + zone}"


@pytest.mark.parametrize(
    ("longitude", "latitude", "expected"),
    [
        (-79.93, 32.78, "EPSG:32617"),
        (24.94, 60.17, "EPSG:32635"),
        (4.36, 52.01, "EPSG:32631"),
        (151.74, -32.94, "EPSG:32756"),
        (5.32, 60.39, "EPSG:32632"),
        (15.6, 78.2, "EPSG:32633"),
        (126.98, 37.57, "EPSG:32652"),
        (129.04, 35.10, "EPSG:32652"),
        (180.0, 0.0, "EPSG:32660"),
    ],
)
def test_utm_elsewhere(longitude, latitude, expected):
    assert choose_crs(longitude, latitude) == expected


@given(st.floats(-180, 180), st.floats(-79.9, 83.9))
@settings(max_examples=40, deadline=None)
def test_every_place_gets_metres_and_lies_in_its_crs(longitude, latitude):
    name = choose_crs(longitude, latitude)
    require_metres(name)
    x, y = pyproj.Transformer.from_crs("EPSG:4326", name, always_xy=True).transform(longitude, latitude)
    assert np.isfinite([x, y]).all()
    assert abs(x) < 2_000_000


@pytest.mark.parametrize("place", [(139.7, 95.0), (float("nan"), 35.0), (200.0, 35.0), (0.0, 88.0), (0.0, -85.0)])
def test_impossible_and_polar_places_are_refused(place):
    with pytest.raises(InputError, match="--crs"):
        choose_crs(*place)


def test_unknown_crs_is_one_clear_sentence():
    with pytest.raises(InputError, match="EPSG:999999 is not known; give one as EPSG:n"):
        parse_crs("EPSG:999999")


def test_compound_crs_has_a_horizontal_part():
    assert horizontal_part("EPSG:6697").equals(pyproj.CRS("EPSG:6668"), ignore_axis_order=True)
    assert named_crs("EPSG:7415") == "EPSG:28992"


def test_esri_style_utm_gets_its_number():
    esri = (
        'PROJCS["unnamed",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
        'UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
        'PARAMETER["central_meridian",153],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],'
        'PARAMETER["false_northing",10000000],UNIT["METERS",1]]'
    )
    assert named_crs(esri) == "EPSG:32756"


def test_reproject_is_x_first_and_agrees_with_pyproj():
    frame = geopandas.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(130.56, 32.93)], crs="EPSG:6668")
    made = reproject(frame, "EPSG:6670")
    expected = pyproj.Transformer.from_crs("EPSG:6668", "EPSG:6670", always_xy=True).transform(130.56, 32.93)
    assert made.geometry.iloc[0].coords[0] == pytest.approx(expected, abs=1e-6)
    assert made.crs == "EPSG:6670"
    assert frame.crs == "EPSG:6668"  # the caller's frame is left alone


@given(st.floats(129.9, 131.9), st.floats(31.0, 33.9))
@settings(max_examples=40, deadline=None)
def test_reproject_there_and_back(longitude, latitude):
    frame = geopandas.GeoDataFrame(geometry=[shapely.Point(longitude, latitude)], crs="EPSG:6668")
    back = reproject(reproject(frame, "EPSG:6670"), "EPSG:6668").geometry.iloc[0]
    assert (back.x, back.y) == pytest.approx((longitude, latitude), abs=1e-9)


def test_reproject_keeps_empty_frames_and_missing_shapes():
    frame = geopandas.GeoDataFrame({"id": ["a", "b"]}, geometry=[shapely.Point(130.5, 32.9), None], crs="EPSG:4326")
    assert reproject(frame, "EPSG:6670").geometry.isna().tolist() == [False, True]
    assert len(reproject(frame.iloc[:0], "EPSG:6670")) == 0


def test_wgs84_and_jgd2011_are_joined_without_a_note():
    report = ImportReport()
    find_transformer("EPSG:4326", "EPSG:6670", area=(130.5, 32.9, 130.6, 33.0), report=report, layer="shelters")
    assert report.lines == []


def test_nad83_passes_with_a_note_naming_accuracy_and_grid():
    report = ImportReport()
    find_transformer("EPSG:26917", "EPSG:32617", area=(-80.1, 32.7, -79.8, 32.9), report=report, layer="buildings")
    assert "good to about 4.0 m" in report.lines[0].text
    assert ".tif" in report.lines[0].text


def test_missing_grid_is_named():
    with pytest.raises(InputError, match=r"only with the grid tky2jgd\.gsb"):
        find_transformer("EPSG:4301", "EPSG:6677")
    with pytest.raises(InputError, match=r"us_noaa_conus\.tif"):
        find_transformer("EPSG:4267", "EPSG:32617", area=(-80.1, 32.7, -79.8, 32.9))


def test_a_frame_without_crs_is_refused():
    with pytest.raises(InputError, match="names no CRS; give one with --crs"):
        reproject(geopandas.GeoDataFrame(geometry=[shapely.Point(1, 1)]), "EPSG:6670")


@pytest.mark.parametrize(
    ("bounds", "crs", "words"),
    [
        ((35.5, 139.7, 35.6, 139.8), "EPSG:4326", "swapped"),
        ((382250.0, 6354265.0, 382571.0, 6354681.0), "EPSG:4326", "said to be in degrees"),
        ((139.7, 35.5, 139.8, 35.6), "EPSG:32654", "look like degrees"),
        ((6354265.0, 382250.0, 6354681.0, 382571.0), "EPSG:32756", "easting and northing swapped"),
        ((0.0, 0.0, float("inf"), 1.0), "EPSG:4326", "not finite"),
        ((float("nan"), 0.0, 1.0, 1.0), "EPSG:6677", "not finite"),
    ],
)
def test_wrong_axes_are_found_out(bounds, crs, words):
    with pytest.raises(InputError, match=words):
        check_axes(bounds, crs)


def test_swap_within_plausible_degrees_is_found_by_the_citys_place():
    near = (7.1, 43.6, 7.3, 43.8)  # Nice; the data say 43.66 E, 7.19 N
    check_axes((43.66, 7.19, 43.67, 7.20), "EPSG:4326")
    with pytest.raises(InputError, match="swapped"):
        check_axes((43.66, 7.19, 43.67, 7.20), "EPSG:4326", near=near)


def test_small_coordinates_are_metres_in_japanese_zones():
    check_axes((-20.0, -30.0, 40.0, 50.0), "EPSG:6670")


@given(st.floats(129.9, 131.5), st.floats(31.5, 33.9), st.floats(0.001, 0.2))
@settings(max_examples=40, deadline=None)
def test_right_axes_pass(west, south, size):
    bounds = (west, south, west + size, south + size)
    check_axes(bounds, "EPSG:6668", near=bounds)
    x, y = pyproj.Transformer.from_crs("EPSG:6668", "EPSG:6670", always_xy=True).transform(
        [west, west + size], [south, south + size]
    )
    check_axes((x[0], y[0], x[1], y[1]), "EPSG:6670", near=bounds)


def test_two_crs_never_meet():
    require_same_crs("EPSG:4326", "OGC:CRS84", what="points")  # the same frame, axes in another order
    with pytest.raises(InputError, match="Two CRSs meet"):
        require_same_crs("EPSG:6670", "EPSG:6669", what="points")


def test_bounds_in_degrees():
    assert bounds_in_degrees((0.0, 0.0, 1000.0, 1000.0), "EPSG:6670")[:2] == pytest.approx((131.0, 33.0), abs=1e-4)
