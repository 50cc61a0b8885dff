"""Evacuation over time: who is where at every moment of a run, as plain arrays for charts and tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.mobility.queue import ARRIVED, AT_HOME, CAUGHT, KEPT_IN, ON_THE_WAY, STRANDED
from twin.mobility.variables import PARTY_PEOPLE, PARTY_STATUS, SHELTER_OCCUPANCY, SHELTER_TURNED_AWAY
from twin.state import State

STATES = 6


@dataclass(frozen=True, eq=False)
class EvacuationSeries:
    """People by where they stand, at the end of every step.

    Parameters
    ----------
    times
        Moments, s since the scenario's start, [moments].
    at_home, on_the_way, in_shelters, caught, stranded, kept_in
        People, [moments].
    occupancy, turned_away
        People in each shelter, and turned away at its door so far, [moments, shelters].
    capacity
        Of each shelter, NaN = unknown, [shelters].
    """

    times: NDArray[np.float64]
    at_home: NDArray[np.float64]
    on_the_way: NDArray[np.float64]
    in_shelters: NDArray[np.float64]
    caught: NDArray[np.float64]
    stranded: NDArray[np.float64]
    kept_in: NDArray[np.float64]
    occupancy: NDArray[np.float64]
    turned_away: NDArray[np.float64]
    capacity: NDArray[np.float64]

    @property
    def table(self) -> pd.DataFrame:
        """People by where they stand, one row for each moment."""
        names = ("times", "at_home", "on_the_way", "in_shelters", "caught", "stranded", "kept_in")
        return pd.DataFrame({name: getattr(self, name) for name in names})


def evacuation_series(states: Iterable[State]) -> EvacuationSeries | None:
    """The evacuation of a run, from its states in order; None when no state tells of one."""
    told = [state for state in states if state.has(PARTY_STATUS) and state.has(PARTY_PEOPLE)]
    if not told:
        return None
    people = [np.bincount(s.field(PARTY_STATUS), s.field(PARTY_PEOPLE), STATES)[:STATES] for s in told]
    shelters = len(told[0].city.table("shelters"))
    by_code = np.array(people, np.float64).reshape(-1, STATES).T
    return EvacuationSeries(
        times=np.array([state.time for state in told], np.float64),
        at_home=by_code[AT_HOME], on_the_way=by_code[ON_THE_WAY], in_shelters=by_code[ARRIVED], caught=by_code[CAUGHT],
        stranded=by_code[STRANDED], kept_in=by_code[KEPT_IN],
        occupancy=np.array([state.field(SHELTER_OCCUPANCY) for state in told], np.float64).reshape(-1, shelters),
        turned_away=np.array([state.field(SHELTER_TURNED_AWAY) for state in told], np.float64).reshape(-1, shelters),
        capacity=told[0].city.table("shelters")["capacity"].to_numpy(np.float64),
    )  # fmt: skip
