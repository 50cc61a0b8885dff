"""Tables of people hold whole people, and their totals are those of the figures beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from layers.people_table import counts_with_totals, rounded_to_sum
from twin.variables import AGES

SHARES = st.floats(0, 400, allow_nan=False).map(lambda value: round(value, 3))


@given(st.integers(1, 12).flatmap(lambda rows: arrays(np.float64, (rows, len(AGES)), elements=SHARES)))
def test_totals_are_those_of_the_people_and_nobody_is_lost_by_rounding(bands) -> None:
    people = bands.sum(axis=1)
    table = pd.DataFrame({"people": people, **{f"people_{age}": bands[:, n] for n, age in enumerate(AGES)}})
    made = counts_with_totals([table], public=False)[0]
    assert made[-1, -1] == round(float(people.sum()))
    assert (made == np.round(made)).all()
    assert (made[:, :-1].sum(axis=1) == made[:, -1]).all()
    assert (made[:-1].sum(axis=0) == made[-1]).all()
    assert (np.abs(made[:-1, :-1] - bands) < 2).all()


def test_whole_people_stay_as_they_are() -> None:
    counts = np.array([3.0, 0.0, 12.0])
    assert rounded_to_sum(counts).tolist() == counts.tolist()
