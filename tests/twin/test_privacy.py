"""Counts that are published: no count of 1 to 10 people is seen, or follows from what is seen."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from twin.privacy import (
    SMALLEST,
    is_small,
    reachable,
    release_counts,
    release_table,
    release_tables,
    rounded,
    with_totals,
)

tables = arrays.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.integers(0, 40).map(float))


@settings(deadline=None, max_examples=60)
@given(tables)
def test_nothing_small_is_seen_and_nothing_small_can_be_narrowed_down(table):
    full = with_totals(table)
    shown = release_table(table)
    seen = ~np.isnan(shown)
    assert np.array_equal(shown[seen], rounded(full[seen]))
    assert not is_small(full[seen]).any()
    for row, column in np.argwhere(is_small(full)):
        low, high = reachable(full, ~seen, (row, column))
        everything = not seen[: len(table)].any() and not seen[-1].any()
        assert high - low >= SMALLEST - 1 or everything


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_scenarios_published_together_do_not_give_few_people_away_by_subtraction(data):
    shape = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    both = [data.draw(arrays.arrays(np.float64, shape, elements=st.integers(0, 60).map(float))) for _ in range(3)]
    # also tables that are published one by one, in any order, to whomever
    apart = [*release_tables(both), *(release_table(each) for each in both)]
    for one, other in combinations(apart, 2):
        assert not is_small(np.abs(one - other)).any()


@settings(deadline=None)
@given(st.lists(st.integers(0, 500).map(float), min_size=2, max_size=6))
def test_whatever_is_added_and_subtracted_gives_no_small_count(counts):
    shown = [value for value in release_counts([{str(n): count for n, count in enumerate(counts)}])[0].values() if value]
    for one, other in combinations(shown, 2):
        assert not is_small(abs(one - other))
        assert not is_small(abs(one + other - shown[0]))


def test_a_table_without_small_counts_is_published_whole():
    table = np.array([[11.0, 0.0], [400.0, 25.0]])
    assert np.array_equal(release_table(table), rounded(with_totals(table)))


def test_one_small_count_hides_behind_what_is_rounded():
    shown = release_table(np.array([[4.0, 30.0, 80.0], [50.0, 60.0, 90.0], [20.0, 30.0, 40.0]]))
    assert np.isnan(shown[0, 0])
    assert np.isnan(shown).sum() == 1
    assert shown[3, 3] == 400.0


def test_unknown_counts_stay_unknown_and_protect_nobody():
    shown = release_table(np.array([[np.nan, 30.0], [3.0, 60.0]]))
    assert np.isnan(shown[0, 0])
    assert np.isnan(shown[1, 0])


@pytest.mark.parametrize(("count", "shown"), [(0.0, 0.0), (1.0, None), (10.0, None), (11.0, 20.0), (None, None)])
def test_single_counts(count, shown):
    assert release_counts([{"caught": count}]) == [{"caught": shown}]
