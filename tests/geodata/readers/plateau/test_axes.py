"""Axis order, CRSs, heights: what positions mean, and swapped ones found out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.readers.plateau.geometry import ShapeBuffer
from geodata.readers.plateau.reference import spatial_reference
from geodata.readers.plateau.tally import Tally
from geodata.report import ImportReport

JGD2011 = "http://www.opengis.net/def/crs/EPSG/0/6697"
LATITUDES = st.floats(24, 45, allow_nan=False)
LONGITUDES = st.floats(123, 146, allow_nan=False)


def square(first: float, second: float) -> list[float]:
    side = 0.001
    return [
        first,
        second,
        0,
        first,
        second + side,
        0,
        first + side,
        second + side,
        0,
        first + side,
        second,
        0,
        first,
        second,
        0,
    ]


@given(latitude=LATITUDES, longitude=LONGITUDES, swapped=st.booleans())
def test_swapped_axes_in_japan_are_always_found_out(latitude: float, longitude: float, swapped: bool) -> None:
    buffer, tally, report = ShapeBuffer(spatial_reference(JGD2011, 3)), Tally("buildings"), ImportReport()
    corner = (longitude, latitude) if swapped else (latitude, longitude)
    buffer.add(0, [(square(*corner), 3)])
    shape = buffer.geometries(1, tally, ["b"])[0]
    tally.hand_over(report, source="")
    assert shape.bounds[:2] == pytest.approx((longitude, latitude))
    assert report.totals("repaired") == ({"buildings": 1} if swapped else {})


def test_one_swapped_building_among_right_ones(gml: Any) -> None:
    wrong = gml.building(identity="wrong", footprint=gml.surface(gml.polygon(gml.ring(3, 3, swapped=True))))
    reading = gml.read_model(gml.building(identity="right"), wrong)
    frame = reading.frame("buildings").set_index("id")
    assert frame.loc["wrong", "geometry"].bounds == pytest.approx((139.0003, 35.0003, 139.0004, 35.0004))
    line = next(line for line in reading.report.lines if "axes swapped" in line.what)
    assert (line.deed, line.count, line.examples) == ("repaired", 1, ["wrong"])


def test_positions_nowhere_near_are_refused(gml: Any) -> None:
    metres = "1000.0 2000.0 0 1000.0 2010.0 0 1010.0 2010.0 0 1000.0 2000.0 0"
    with pytest.raises(InputError, match="No position of buildings lies where EPSG:6668"):
        gml.read_model(gml.building(footprint=gml.surface(gml.polygon(metres))))


def test_one_lost_building_is_dropped(gml: Any) -> None:
    paris = "48.0 2.0 0 48.0 2.1 0 48.1 2.1 0 48.0 2.0 0"
    reading = gml.read_model(
        gml.building(identity="here"), gml.building(identity="lost", footprint=gml.surface(gml.polygon(paris)))
    )
    assert reading.frame("buildings")["id"].tolist() == ["here"]
    assert reading.said("dropped", "outside the area of its CRS") == 1


def test_plane_rectangular_northing_comes_first(gml: Any) -> None:
    shape = gml.surface(gml.polygon("-48000 -10000 2 -48000 -9980 2 -47990 -9980 2 -47990 -10000 2 -48000 -10000 2"))
    reading = gml.read_model(gml.building(footprint=shape), srs="urn:ogc:def:crs:EPSG::6677")
    frame = reading.frame("buildings")
    assert frame.crs.to_epsg() == 6677
    assert frame.geometry.iloc[0].bounds == (-10000, -48000, -9980, -47990)


def test_heights_of_the_compound_crs(gml: Any) -> None:
    heights = gml.read_model(gml.building()).tables["buildings"].heights
    assert (heights.datum, heights.unit, heights.epoch) == ("EPSG:6695", "m", "JGD2011")


def test_a_flat_crs_has_no_ground(gml: Any) -> None:
    solid = f"<bldg:lod1Solid>{gml.block(3, 9)}</bldg:lod1Solid>"
    reading = gml.read_model(gml.building(solid), srs="EPSG:6668")
    assert reading.frame("buildings")["ground_elevation"].isna().all()
    assert reading.frame("buildings")["height"].tolist() == [6.0]
    assert reading.said("dropped", "CRS has no heights") == 1


def test_file_named_6668_that_declares_6697(gml: Any) -> None:
    path = gml.write(gml.model(gml.building()), "udx/bldg/533945_bldg_6668_op.gml")
    reading = gml.read(path)
    assert reading.frame("buildings").crs.to_epsg() == 6668
    assert reading.said("noted", "named for EPSG:6668 declares EPSG:6697") == 1


@pytest.mark.parametrize(
    ("srs", "words"),
    [(None, "names no CRS"), ("EPSG:999999", "not known"), ("nonsense", "not known"), ("EPSG:6695", "no map coordinates")],
)
def test_absent_or_wrong_crs(gml: Any, srs: str | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        gml.read_model(gml.building(), srs=srs)


def test_pairs_where_triples_are_declared(gml: Any) -> None:
    building = gml.read_model(gml.building(footprint=gml.surface(gml.polygon(gml.ring(z=None))))).frame("buildings").iloc[0]
    assert building["geometry"].bounds == pytest.approx((139.0, 35.0, 139.0001, 35.0001))
