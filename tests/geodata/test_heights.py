"""Vertical references: converted or refused, never ignored."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.heights import canonical, convert, reference_of
from geodata.report import ImportReport
from geodata.river_datums import RIVER_DATUMS
from geodata.source import VerticalReference as Reference

TP = Reference("EPSG:6695")
TOKYO, OSAKA, TOKUSHIMA, SENDAI = (139.8, 35.7), (135.5, 34.7), (134.4, 34.0), (140.9, 38.3)


def turn(values, place, from_, to, *, crs="EPSG:6668", report=None, **options):
    x, y = place
    return convert(values, x, y, from_=from_, to=to, crs=crs, report=report or ImportReport(), layer="gauges", **options)


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [("A.P.", TOKYO, -1.1344), ("AP", TOKYO, -1.1344), ("O.P.", OSAKA, -1.3), ("Y.P.", TOKYO, -0.8402),
    ("A.P.", TOKUSHIMA, -0.8333),
     ("K.P.", (141.2, 38.7), -0.8745), ("S.P.", (141.0, 38.5), -0.0873)],
)  # fmt: skip
def test_river_datums_reach_tp_and_back(name, place, expected):
    assert turn([0.0], place, Reference(name), TP)[0] == pytest.approx(expected)
    assert turn([expected], place, TP, Reference(name))[0] == pytest.approx(0.0)


def test_the_same_letters_mean_nothing_elsewhere():
    with pytest.raises(InputError, match=r"A\.P\., whose offset from T\.P\. is not known at longitude 135\.5"):
        turn([1.0], OSAKA, Reference("A.P."), TP)
    with pytest.raises(InputError, match="--vertical-offset"):
        turn([1.0], (135.2, 34.7), Reference("K.P."), TP)  # Kobe Peil, not Kitakami


def test_river_datum_to_river_datum_goes_over_tp():
    assert turn([2.0], (139.9, 35.7), Reference("A.P."), Reference("Y.P."))[0] == pytest.approx(2.0 - 1.1344 + 0.8402)


@given(st.sampled_from(RIVER_DATUMS), st.floats(-50, 500))
@settings(max_examples=40, deadline=None)
def test_every_river_datum_round_trips(river, value):
    west, south, east, north = river.bounds
    place = ((west + east) / 2, (south + north) / 2)
    there = turn([value], place, Reference(river.name), TP)
    assert turn(there, place, TP, Reference(river.name))[0] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("unit", "factor"), [("m", 1.0), ("ft", 0.3048), ("us-ft", 0.3048006096012192)])
def test_units_are_converted(unit, factor):
    made = turn([10.0, np.nan], TOKYO, Reference("NAVD88", unit), Reference("EPSG:5703"), crs="EPSG:4326")
    assert made[0] == pytest.approx(10 * factor, rel=1e-12)
    assert np.isnan(made[1])


def test_feet_of_the_crs_itself_count():
    assert canonical(Reference("EPSG:6360")).unit == "us-ft"
    made = turn([3937.0], TOKYO, Reference("EPSG:6360"), Reference("NAVD88"), crs="EPSG:4326")
    assert made[0] == pytest.approx(1200.0)


def test_unknown_unit_is_refused():
    with pytest.raises(InputError, match="give them in m, ft or us-ft"):
        canonical(Reference("NAVD88", "fathom"))


def test_ellipsoidal_heights_need_the_geoid_grid_and_it_is_named():
    # PROJ alone would hand heights through unchanged here: tens of metres wrong, silently
    for source in ("EPSG:4979", "ellipsoidal"):
        with pytest.raises(InputError, match=r"jp_gsi_gsigeo2011\.tif.*--vertical-offset") as caught:
            turn([40.0], TOKYO, Reference(source), reference_of("EPSG:6697"))
        assert "ellipsoidal" in str(caught.value)


def test_geoid_models_need_their_grids():
    with pytest.raises(InputError, match=r"us_nga_egm96_15\.tif|nl_nsgi_nlgeo2018\.tif"):
        turn([1.0], (4.36, 52.0), Reference("EGM96"), Reference("NAP"), crs="EPSG:4326")
    with pytest.raises(InputError, match=r"us_noaa_vertcone\.tif"):
        turn([1.0], (600000.0, 3620000.0), Reference("NGVD29"), Reference("NAVD88"), crs="EPSG:32617")


def test_epochs_of_tp_are_kept_apart():
    with pytest.raises(InputError, match=r"T\.P\. JGD2024.*--vertical-offset"):
        turn([1.0], TOKYO, Reference("T.P.", epoch="JGD2024"), TP)
    with pytest.raises(InputError, match="--vertical-offset"):
        turn([1.0], TOKYO, TP, Reference("JGD2024"))


def test_an_offset_given_by_a_person_is_used_and_recorded():
    report = ImportReport()
    made = turn([1.0, np.nan], TOKYO, Reference("T.P.", epoch="JGD2024"), TP, offset=-0.12, report=report)
    assert made[0] == pytest.approx(0.88)
    assert np.isnan(made[1])
    assert "-0.12 m were added" in report.lines[0].text
    assert report.lines[0].count == 1
    with pytest.raises(InputError, match="not a number"):
        turn([1.0], TOKYO, TP, TP, offset=float("nan"))


def test_an_epoch_that_is_not_stated_is_noted():
    report = ImportReport()
    assert turn([1.0], TOKYO, Reference("T.P."), TP, report=report)[0] == 1.0
    assert "epoch of the heights above T.P. is not stated; it is taken as JGD2011" in report.lines[0].text


def test_an_unstated_datum_is_never_silently_equal():
    with pytest.raises(InputError, match="whether they agree is not known; give the difference with --vertical-offset"):
        turn([1.0], TOKYO, Reference(), TP)
    with pytest.raises(InputError, match="--vertical-offset"):
        turn([1.0], TOKYO, Reference(), Reference())
    report = ImportReport()
    assert turn([1.0], TOKYO, Reference(unit="ft"), TP, assume_same=True, report=report)[0] == pytest.approx(0.3048)
    assert any(
        "the datum of the heights is not stated; they are taken as measured like the terrain's" in line.text
        for line in report.lines
    )


def test_levels_above_a_gauge_zero_are_never_taken_as_elevations():
    with pytest.raises(InputError, match="zero of a gauge"):
        turn([1.0], TOKYO, Reference("gauge zero"), TP, assume_same=True)
    with pytest.raises(InputError, match="--vertical-offset"):
        turn([1.0], TOKYO, Reference("gauge zero"), Reference(), assume_same=True)
    assert turn([1.0], TOKYO, Reference("gauge zero"), TP, offset=2.5)[0] == 3.5


def test_jgd2000_goes_through_proj():
    report = ImportReport()
    made = turn([1.0], (130.5, 32.9), Reference("EPSG:6694"), TP, report=report)
    assert made[0] == pytest.approx(1.0, abs=0.05)
    assert "by" in report.lines[-1].text


def test_names_and_codes_agree():
    assert canonical(Reference("NAVD88")) == canonical(Reference("EPSG:5703"))
    assert (
        canonical(Reference("T.P.", epoch="JGD2011")) == canonical(Reference("EPSG:6695")) == canonical(Reference("EPSG:6697"))
    )
    assert canonical(Reference("EPSG:7415")).datum == "EPSG:5709"
    assert canonical(Reference("some local datum")).datum == "some local datum"


def test_unknown_datum_is_refused_or_set_to_unknown():
    with pytest.raises(InputError, match="COE1912 cannot be turned into NAVD88"):
        turn([1.0], (-81.0, 38.0), Reference("COE1912"), Reference("NAVD88"), crs="EPSG:4326")


def test_arrays_keep_their_shape():
    values = np.arange(6.0).reshape(2, 3)
    made = turn(values, (np.full((2, 3), 139.8), np.full((2, 3), 35.7)), Reference("A.P."), TP)
    assert made.shape == (2, 3)
    np.testing.assert_allclose(made, values - 1.1344)
