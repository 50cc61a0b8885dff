"""Units and instants at the door."""

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.readers.sensors.times import from_epoch, parse_times, zone_of
from geodata.readers.sensors.units import conversion


@pytest.mark.parametrize(
    ("unit", "kind", "made", "value"),
    [
        ("ft", "river_level", "m", 3.048), ("MTR", "river_level", "m", 10.0), ("Metres", "river_level", "m", 10.0),
        ("cm", "tide_level", "m", 0.1),
        ("in", "rain", "mm", 254.0), ("mm", "rain", "mm", 10.0), ("mm", "river_level", "m", 0.01),
        ("ft3/s", "discharge", "m3/s", 0.28316846592),
        ("ft&#179;/s", "discharge", "m3/s", 0.28316846592), ("m³/s", "discharge", "m3/s", 10.0),
        ("l/s", "discharge", "m3/s", 0.01),
        ("knots", "wind", "m/s", 5.144444), ("mph", "wind", "m/s", 4.4704), ("deg F", "other", "degC", -12.222222),
    ],
)  # fmt: skip
def test_units_become_si(unit, kind, made, value):
    found = conversion(unit, kind=kind)
    assert found is not None
    assert found.unit == made
    assert found.apply(10.0) == pytest.approx(value)


def test_unknown_units_are_not_guessed():
    assert conversion("uS/cm @25C", kind="other") is None
    assert conversion("", kind="rain") is None


@given(
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)),  # noqa: DTZ001  (naive on purpose)
    st.integers(-14 * 60, 14 * 60),
)
@settings(max_examples=40, deadline=None)
def test_offsets_are_honoured(naive, minutes):
    told = naive.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    made = parse_times([told.isoformat()])
    assert made.naive == 0
    assert made.times[0].to_pydatetime() == told.astimezone(dt.UTC)


@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2035, 1, 1)),  # noqa: DTZ001  (naive on purpose)
    st.sampled_from(["Asia/Tokyo", "+05:30", "-05:00", "UTC"]),
)
@settings(max_examples=40, deadline=None)
def test_naive_times_are_read_in_the_zone(naive, zone):
    naive = naive.replace(microsecond=0)
    for text in (naive.isoformat(), naive.strftime("%Y-%m-%d %H:%M:%S"), naive.strftime("%Y/%m/%d %H:%M:%S")):
        made = parse_times([text], zone=zone)
        assert made.naive == 1
        assert made.times[0].to_pydatetime() == naive.replace(tzinfo=zone_of(zone)).astimezone(dt.UTC)


@given(st.integers(-2_000_000_000, 4_000_000_000))
@settings(max_examples=40, deadline=None)
def test_seconds_since_1970(seconds):
    assert from_epoch([str(seconds)])[0].to_pydatetime() == dt.datetime.fromtimestamp(seconds, dt.UTC)


@given(st.lists(st.text(max_size=20), max_size=10))
@settings(max_examples=40, deadline=None)
def test_any_text_is_a_time_or_none(texts):
    made = parse_times(texts)
    assert len(made.times) == len(texts)
    assert str(made.times.dtype) == "datetime64[us, UTC]"


def test_mixed_forms_in_one_column():
    texts = [
        "2024-01-01T00:00Z",
        "2024-01-01T09:00+09:00",
        "2024-01-01",
        "",
        "2023-12-31T23:00:00Z/2024-01-01T00:00:00Z",
        "2023/12/31 24:00",
        "1 Jan",
    ]
    made = parse_times(texts)
    assert made.times.tolist()[:3] == [pd.Timestamp("2024-01-01", tz="UTC")] * 3
    assert made.times.isna().tolist() == [False, False, False, True, False, False, True]
    assert made.times[4] == made.times[5] == pd.Timestamp("2024-01-01", tz="UTC")
    assert (made.naive, made.unusable) == (2, 2)


def test_hours_that_a_clock_change_skips_or_repeats_are_no_time():
    made = parse_times(["2024-03-31 02:30", "2024-10-27 02:30", "2024-06-01 12:00"], zone="Europe/Berlin")
    assert made.times.isna().tolist() == [True, True, False]
    assert made.times[2].to_pydatetime() == dt.datetime(2024, 6, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))


def test_unknown_zone_is_one_clear_sentence():
    with pytest.raises(InputError, match="Mars is not known; give an IANA name"):
        parse_times(["2024-01-01 00:00"], zone="Mars")
