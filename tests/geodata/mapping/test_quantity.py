"""Numbers with units: exact factors, every spelling, and never an exception."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.mapping.quantity import UNITS, lowest_quantity, parse_quantities, parse_quantity, unit_factor
from geodata.mapping.truth import parse_truth


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("12", 12),
        ("12 m", 12),
        ("12.5m", 12.5),
        ("12,5 m", 12.5),
        ("1,200 m", 1200),
        ("3.5 m", 3.5),
        ("10'", 3.048),
        ("40 ft", 12.192),
        ("5'6\"", 1.6764),
        ("0.8km", 800),
        ("１２ｍ", 12),
        ("~3", 3),
        ("10+", 10),
        ("-2", -2),
        ("2.5e1", 25),
    ],
)
def test_lengths(text, metres):
    assert parse_quantity(text, default="m", wanted="m") == pytest.approx(metres, rel=1e-12)


@pytest.mark.parametrize("text", ["", "tall", "12 furlongs", "12 mph", "3;4", "1-2", "NaN", "inf", "1e999", "m", "--3"])
def test_what_is_no_length_is_unknown(text):
    assert math.isnan(parse_quantity(text, default="m", wanted="m"))


def test_ranges_and_lists_give_their_lowest():
    assert lowest_quantity("3.0m〜5.5m", default="m", wanted="m") == 3
    assert lowest_quantity("3;2", default="1", wanted="1") == 2
    assert math.isnan(lowest_quantity("3;x", default="1", wanted="1"))
    assert lowest_quantity("2.8（テスト）", default="m", wanted="m") != 2.8  # a remark behind a number is no unit: unknown


@given(
    st.floats(min_value=0.001, max_value=1e6, allow_nan=False),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(["", " ", "  "]),
)
def test_a_number_written_with_its_unit_comes_back(number, unit, gap):
    """Round trip: what is written with a unit reads as itself in that unit, and as factor × itself in another one."""
    wanted = next(other for other in UNITS if UNITS[other][0] == UNITS[unit][0])
    text = f"{number!r}{gap}{unit}"
    if unit == "1":
        text = repr(number)
    assert parse_quantity(text, default=unit, wanted=wanted) == pytest.approx(number * unit_factor(unit, wanted), rel=1e-9)


@given(st.text(max_size=30))
def test_no_text_raises(text):
    for parse in (parse_quantity, lowest_quantity):
        value = parse(text, default="km/h", wanted="m/s")
        assert math.isnan(value) or math.isfinite(value)
    assert parse_truth(text) in (True, False, None)


@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(-1000, 1000), st.floats(), st.text(max_size=8))))
def test_a_column_of_anything_becomes_finite_numbers_or_unknown(values):
    numbers = parse_quantities(np.array([*values, None], dtype=object)[:-1], default="ft", wanted="m")
    assert len(numbers) == len(values)
    assert not np.isinf(numbers).any()


def test_factors_are_exact_and_units_that_do_not_fit_are_refused():
    assert unit_factor("ft", "m") == 0.3048
    assert unit_factor("us-ft", "m") == 1200 / 3937
    assert unit_factor("mph", "m/s") == 0.44704
    assert unit_factor("ft2", "m2") == pytest.approx(0.09290304, rel=1e-15)
    with pytest.raises(InputError, match="measures length, not area"):
        unit_factor("ft", "m2")
    with pytest.raises(InputError, match="furlong is not known"):
        unit_factor("furlong", "m")


def test_yes_and_no_in_every_dress():
    """Quirk 13: yes/no columns as YES, Yes, NO, 0, null."""
    assert [parse_truth(value) for value in ("YES", "Yes", "y", 1, 1.0, True, "○", "1.0")] == [True] * 8
    assert [parse_truth(value) for value in ("NO", "No", 0, False, "×", "0")] == [False] * 6
    assert [parse_truth(value) for value in (None, float("nan"), "", "maybe", 7)] == [None] * 5
