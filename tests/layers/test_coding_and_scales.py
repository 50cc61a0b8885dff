"""Bytes and colours: bounds are met exactly, unknown stays unknown, colours can be told apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import layers.flood_scales
import layers.mobility_scales
from geodata.errors import InputError
from layers import scales
from layers.coding import (
    ARRIVAL,
    CLOSING,
    CUT_OFF,
    DEPTH,
    FILL,
    NOT_APPLICABLE,
    PASSABILITY,
    RANK,
    ROAD_SPEED,
    TIME_LEFT,
    UNKNOWN,
    WATER_ARRIVAL,
    WAY,
    Coding,
)
from layers.legend import Pattern
from layers.scales import OFFICIAL_DEPTH, SAFE_DEPTH, UNKNOWN_CLASS, Scale, contrast, relative_luminance, scale_named

ALL_SCALES = [
    value
    for module in (scales, layers.flood_scales, layers.mobility_scales)
    for value in vars(module).values()
    if isinstance(value, Scale)
]


@pytest.mark.parametrize(
    ("depth", "label"),
    [
        (0.0, "no water"),
        (0.0099, "no water"),
        (0.01, "below 0.5 m"),
        (0.4999, "below 0.5 m"),
        (0.5, "0.5 to 3 m"),
        (2.9999, "0.5 to 3 m"),
        (3.0, "3 to 5 m"),
        (5.0, "5 to 10 m"),
        (10.0, "10 to 20 m"),
        (19.99, "10 to 20 m"),
        (20.0, "20 m or more"),
        (500.0, "20 m or more"),
        (float("nan"), "unknown"),
    ],
)
def test_official_classes_begin_where_the_official_maps_begin_them(depth: float, label: str) -> None:
    assert OFFICIAL_DEPTH.class_of(OFFICIAL_DEPTH.encode([depth]))[0].label == label


@given(hnp.arrays(np.float32, st.integers(1, 40), elements=st.floats(0, 60, width=32) | st.just(np.nan)))
def test_a_byte_holds_the_value_it_was_made_from(depth: np.ndarray) -> None:
    codes = DEPTH.encode(depth)
    assert np.array_equal(codes == UNKNOWN, np.isnan(depth))
    known = codes[codes < NOT_APPLICABLE]
    values = depth[~np.isnan(depth)]
    edges = np.concatenate([[-np.inf], np.asarray(DEPTH.bounds, dtype=np.float32), [np.inf]])
    assert (edges[known] <= values).all()
    assert (values < edges[known.astype(int) + 1]).all()


def test_infinite_values_are_refused_and_not_applicable_ones_may_be_anything() -> None:
    with pytest.raises(InputError, match="1 values of depth are infinite"):
        DEPTH.encode([1.0, np.inf])
    assert DEPTH.encode([1.0, np.inf], not_applicable=[False, True]).tolist()[1] == NOT_APPLICABLE
    assert ARRIVAL.encode([np.nan, 0.0, 300.0]).tolist() == [UNKNOWN, 0, 1]


def test_categories_know_text_and_numbers_and_refuse_strangers() -> None:
    assert RANK.encode(np.array([0, 6, 255], dtype=np.uint8)).tolist() == [0, 6, UNKNOWN]
    assert PASSABILITY.encode([0.0, np.nan, 3.0]).tolist() == [0, UNKNOWN, 3]
    with pytest.raises(InputError, match="flooded is none of"):
        PASSABILITY.encode(["flooded"])
    with pytest.raises(InputError, match=r"7\.0 is no code of rank"):
        RANK.encode([7])
    with pytest.raises(InputError, match=r"0\.5 is no code"):
        RANK.encode([0.5])


def test_bounds_must_ascend() -> None:
    with pytest.raises(ValueError, match="ascend"):
        Coding("wrong", "m", (1.0, 1.0))


@pytest.mark.parametrize("scale", ALL_SCALES, ids=lambda scale: f"{scale.name}-{scale.title}")
def test_every_scale_shows_unknown_hatched_and_in_its_legend(scale: Scale) -> None:
    table = scale.table()
    assert table.shape == (2, 256, 4)
    assert table[1, UNKNOWN, 0] == Pattern.STRIPES
    assert tuple(table[0, UNKNOWN, :3]) == UNKNOWN_CLASS.colour
    colours = {(entry.colour, entry.pattern) for entry in scale.classes}
    assert (UNKNOWN_CLASS.colour, UNKNOWN_CLASS.pattern) not in colours
    labels = [entry.label for entry in scale.legend().entries]
    assert len(labels) == len(set(labels))
    assert ("unknown" in labels) == (scale.coding.name != "plain")


@pytest.mark.parametrize("scale", ALL_SCALES, ids=lambda scale: f"{scale.name}-{scale.title}")
def test_no_two_classes_differ_by_hue_alone(scale: Scale) -> None:
    """Neighbours differ in lightness by 1.25:1 or more, in pattern, in width, or (icons) in shape or glyph."""
    if scale.shape in ("shelter", "sensor"):
        return  # told apart by the icon's plate and by the reading beside it
    for one, other in itertools.pairwise(scale.classes):
        assert contrast(one.colour, other.colour) >= 1.25 or one.pattern != other.pattern or one.width != other.width


def test_dry_is_clear_and_unknown_is_not_on_the_water_surface() -> None:
    for scale in (OFFICIAL_DEPTH, SAFE_DEPTH):
        table = scale.table(surface="water")
        assert table[0, 0, 3] == 0
        assert table[0, UNKNOWN, 3] > 100
        assert table[0, NOT_APPLICABLE, 3] == 0
        assert (table[0, 1:100, 3] > 150).all()


def test_states_of_a_coding_have_codes_of_their_own():
    coding = Coding("time", "s", (60.0, 120.0), ("never", "late"))
    made = coding.encode([30.0, np.inf, -np.inf, np.nan], states={"never": [0, 1, 0, 0], "late": [0, 0, 1, 0]})
    assert made.tolist() == [0, 253, 252, UNKNOWN]
    with pytest.raises(InputError, match="1 values of time are infinite"):
        coding.encode([np.inf, np.inf], states={"never": [True, False]})
    with pytest.raises(ValueError, match="number at most 251"):
        Coding("full", "s", tuple(float(i) for i in range(252)), ("never", "late"))


@given(hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 9e5)))
def test_a_number_is_never_taken_for_a_state(values: np.ndarray) -> None:
    for coding in (TIME_LEFT, WAY, CUT_OFF, CLOSING, ROAD_SPEED, FILL, WATER_ARRIVAL):
        assert (coding.encode(values) <= len(coding.bounds)).all()
        assert min(coding.code_of(state) for state in coding.states) > len(coding.bounds)


def test_a_class_with_gaps_draws_its_pattern_alone() -> None:
    table = layers.flood_scales.TRUSTED.table(surface="water")
    assert table[1, :3, 2].tolist() == [0, 255, 255]
    assert table[0, 0, 3] == 0, "where the solver is trusted nothing is drawn"
    assert table[0, NOT_APPLICABLE, 3] == 0


def test_the_safe_scale_gets_darker_with_every_class() -> None:
    light = [relative_luminance(entry.colour) for entry in SAFE_DEPTH.classes[1:]]
    assert all(a > b for a, b in itertools.pairwise(light))


def test_closed_roads_stand_out_without_colour() -> None:
    by_name = {entry.lower: entry for entry in scales.ROAD_PASSABILITY.classes}
    assert by_name["closed"].pattern == Pattern.BARS
    assert by_name["closed"].width >= 1.5 * by_name["open"].width


def test_an_unknown_scale_name_from_a_link_gives_the_first() -> None:
    assert scale_named("nonsense", scales.DEPTH_SCALES) is OFFICIAL_DEPTH
