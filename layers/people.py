"""People by where they stand in an evacuation, as shares of the buildings that they come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.mobility.parties import make_parties
from twin.state import State


def share_with_status(state: State, codes: Sequence[int]) -> NDArray[np.float64]:
    """Share of each building's people whose party stands in one of some states of `PARTY_CODES`, [building].

    NaN where nobody says how many live there: then there is no party to follow.
    """
    buildings = state.city.table("buildings")
    parties = make_parties(buildings)
    chosen = np.isin(state.field("party_status"), codes)
    residents = buildings["residents"].to_numpy(np.float64)
    found = np.bincount(parties.building, np.where(chosen, parties.people, 0.0), len(residents))
    return np.asarray(np.where(np.isnan(residents), np.nan, found / np.maximum(residents, 1e-9)))


def area_kind(state: State) -> str:
    """The kind of area that totals are told by: the first of those that the city has; "district" where it has none."""
    kinds = set(state.city.table("areas")["kind"])
    return next((kind for kind in ("district", "ward", "school_district", "census") if kind in kinds), "district")
