"""Who watches that nobody is lost: people counted at every step of a run, which fails when they do not add up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import CityTwinError
from twin.mobility.parties import make_parties
from twin.mobility.queue import ARRIVED, AT_HOME, CAUGHT, KEPT_IN, ON_THE_WAY, STRANDED
from twin.mobility.variables import (
    PARTY_PEOPLE,
    PARTY_SHELTER,
    PARTY_SLOT,
    PARTY_STATUS,
    ROAD_CAUGHT,
    ROAD_EVACUEES,
    SHELTER_OCCUPANCY,
)
from twin.presence import people_of
from twin.state import State

TOLERANCE = 1e-5
"""Of all people; fields of roads and shelters are kept in single precision."""
FINAL = (ARRIVED, CAUGHT)


class PeopleLostError(CityTwinError):
    """The people of a run do not add up."""


class PeopleBudget:
    """An observer that stops the run when people are lost, made, moved out of a shelter, or let in above its capacity."""

    def __init__(self) -> None:
        self._before: NDArray[Any] | None = None
        self._people: NDArray[np.float64] | None = None

    def see(self, state: State) -> None:
        """Count the people of a state.

        Raises
        ------
        PeopleLostError
            When they do not add up.
        """
        if not all(map(state.has, (PARTY_STATUS, PARTY_PEOPLE, PARTY_SHELTER, PARTY_SLOT))):
            return
        status, people, shelter, slot = (
            state.field(variable) for variable in (PARTY_STATUS, PARTY_PEOPLE, PARTY_SHELTER, PARTY_SLOT)
        )
        if self._people is None:
            self._people = make_parties(people_of(state)).people
        capacity = state.city.table("shelters")["capacity"].to_numpy(np.float64)
        occupancy = state.field(SHELTER_OCCUPANCY).astype(np.float64)
        inside, home = status == ARRIVED, np.isin(status, (AT_HOME, KEPT_IN))
        moved = np.zeros(len(status), np.bool_)
        if self._before is not None:
            moved = np.isin(self._before, FINAL) & (status != self._before)
        on_edge, caught = (slot >= 0) & (status == ON_THE_WAY), (slot >= 0) & (status == CAUGHT)
        known = np.isin(status, (AT_HOME, ON_THE_WAY, ARRIVED, CAUGHT, STRANDED, KEPT_IN))
        wrong = {
            "of all who were there": float(np.abs(people - self._people).sum()),
            "in no known place": float(people[~known].sum()),
            "in shelters": float(people[inside != (shelter >= 0)].sum()),
            "in the count of shelters": _apart(occupancy, shelter[inside], people[inside]),
            "above the capacity of shelters": float(np.clip(np.nan_to_num(occupancy - capacity), 0.0, None).sum()),
            "on the roads": _apart(state.field(ROAD_EVACUEES), slot[on_edge] // 2, people[on_edge]),
            "caught on roads": _apart(state.field(ROAD_CAUGHT), slot[caught] // 2, people[caught]),
            "at home and on a road": float(people[home & (slot >= 0)].sum()),
            "gone from where they had come to rest": float(people[moved].sum()),
        }
        self._before = status
        allowed = TOLERANCE * max(float(self._people.sum()), 1.0)
        for place, amount in wrong.items():
            if not amount <= allowed:
                raise PeopleLostError(
                    "At {time} s {people} people {place} do not add up; this is a fault of the program, please report it.",
                    time=state.time, people=amount, place=place,
                )  # fmt: skip


def _apart(counted: NDArray[Any], row: NDArray[Any], people: NDArray[np.float64]) -> float:
    """How far a count by element is from the parties that stand there, people."""
    if ((row < 0) | (row >= len(counted))).any():
        return float("inf")
    return float(np.abs(counted - np.bincount(row.astype(np.int64), people, len(counted))).sum())
