"""People by where they stand in an evacuation, as shares of the buildings that they come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from layers.language import mark
from twin.mobility.parties import make_parties
from twin.presence import Where, people_of
from twin.state import State

WHOSE: dict[Where, str] = {"at_home": mark("Residents at home"), "by_day": mark("People by day")}
"""Who is counted, as a heading; translation keys."""


def share_with_status(state: State, codes: Sequence[int]) -> NDArray[np.float64]:
    """Share of each building's people whose party stands in one of some states of `PARTY_CODES`, [building].

    NaN where nobody says how many people are there: then there is no party to follow.
    """
    people = people_of(state)
    parties = make_parties(people)
    chosen = np.isin(state.field("party_status"), codes)
    found = np.bincount(parties.building, np.where(chosen, parties.people, 0.0), len(people))
    return np.asarray(np.where(np.isnan(people), np.nan, found / np.maximum(people, 1e-9)))


def area_kind(state: State) -> str:
    """The kind of area that totals are told by: the first of those that the city has; "district" where it has none."""
    kinds = set(state.city.table("areas")["kind"])
    return next((kind for kind in ("district", "ward", "school_district", "census") if kind in kinds), "district")
