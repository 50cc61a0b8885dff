"""Headline figures of roads, access and evacuation; `twin.outcome` makes them outcomes."""

from __future__ import annotations

import numpy as np

from twin.figure import Figure, known_people
from twin.hooks.access import CUT_OFF, NEVER_JOINED, NO_ROAD
from twin.mobility.care_list import NEED_UNKNOWN, NO_DEPARTURE, OUT_OF_TIME, care_list
from twin.mobility.parties import PARTY_SIZE
from twin.mobility.queue import ARRIVED, AT_HOME, CAUGHT, KEPT_IN, ON_THE_WAY, STRANDED
from twin.mobility.variables import (
    BUILDING_ACCESS,
    BUILDING_DETOUR,
    BUILDING_QUEUE_DELAY,
    BUILDING_TIME_LEFT,
    BUILDING_TIME_LEFT_HIGH,
    FACILITY_TIME_LEFT,
    PARTY_DONE,
    PARTY_ORDERED,
    PARTY_PEOPLE,
    PARTY_STATUS,
    SHELTER_OCCUPANCY,
    SHELTER_TURNED_AWAY,
    TRAFFIC_EXTRA_TIME,
    TRAFFIC_UNSERVED,
)
from twin.scenario.rules import GROUPS, Group
from twin.state import State
from twin.variable import UNKNOWN_CODE
from twin.variables import BUILDING_PEOPLE

LISTED = 20
"""Places named in the figures of a run; `twin.mobility.care_list.care_list` names all."""
NOTICED_DETOUR = 60.0
"""Detour from which on it is counted, s; a choice of this project."""


def people_with_access(state: State, codes: tuple[int, ...], group: Group = "walker") -> float:
    """People of buildings whose access on foot has one of some codes."""
    code = state.field(BUILDING_ACCESS)[GROUPS.index(group)]
    return float(known_people(state)[np.isin(code, codes)].sum())


def people_with_status(state: State, codes: tuple[int, ...]) -> float:
    """People of parties that stand in one of some states."""
    return float(state.field(PARTY_PEOPLE)[np.isin(state.field(PARTY_STATUS), codes)].sum())


def clearance(state: State) -> float | None:
    """From the first order to the last arrival, s; None while people are to set out, on the roads or stranded.

    Who is caught, or kept in by water at the door, does not arrive; they are told beside it.
    """
    status, ordered, done = state.field(PARTY_STATUS), state.field(PARTY_ORDERED), state.field(PARTY_DONE)
    going = np.isfinite(ordered)
    came = going & (status == ARRIVED)
    if not came.any() or (going & np.isin(status, (AT_HOME, ON_THE_WAY, STRANDED))).any():
        return None
    return float(done[came].max() - ordered[going].min())


def shelters_over_capacity(state: State) -> int:
    """Shelters that filled up: people were turned away at the door, or no further household fits in."""
    capacity, inside = state.city.table("shelters")["capacity"].to_numpy(np.float64), state.field(SHELTER_OCCUPANCY)
    full = (inside > 0) & (capacity - inside < PARTY_SIZE)
    return int((full | (state.field(SHELTER_TURNED_AWAY) > 0)).sum())


def people_in_shelters_without_capacity(state: State) -> float:
    """Evacuees in shelters of which nobody says how many they take."""
    unknown = state.city.table("shelters")["capacity"].isna().to_numpy(np.bool_)
    return float(state.field(SHELTER_OCCUPANCY)[unknown].sum())


def median_minutes_left(state: State, group: Group = "walker", *, upper: bool = False) -> float | None:
    """Median over people of the time left on foot at this moment, one end of it, min; 0 = no safe departure any more.

    None when it is not closed within this run for half of the people: that is no promise of safety. Those who have no way
    to a shelter even on a dry day are left aside, and counted by ``people_never_joined``: they have not run out of time.
    """
    row = GROUPS.index(group)
    left = state.field(BUILDING_TIME_LEFT_HIGH if upper else BUILDING_TIME_LEFT)[row].astype(np.float64)
    people = np.where(np.isin(state.field(BUILDING_ACCESS)[row], (NEVER_JOINED, NO_ROAD)), 0.0, known_people(state))
    if people.sum() <= 0:
        return None
    order = np.argsort(left, kind="stable")
    middle = left[order][np.searchsorted(np.cumsum(people[order]), people.sum() / 2.0)]
    return None if np.isposinf(middle) else float(max(middle, 0.0) / 60.0)


def people_without_departure(state: State, group: Group = "walker") -> float:
    """People who have no departure on foot at this moment of which it is known that it arrives."""
    return float(known_people(state)[np.isneginf(state.field(BUILDING_TIME_LEFT)[GROUPS.index(group)])].sum())


def care_places(state: State, verdict: str) -> int:
    """Care homes, hospitals and schools with one verdict on the time they have left at this moment."""
    return int((care_list(state)["verdict"] == verdict).sum())


def minutes_spare(state: State) -> dict[str, float]:
    """Time left minus time needed of places whose people need help, min, by id, the `LISTED` shortest; see `care_list`.

    Places that are not closed within this run, or of which the time needed is unknown, are not among them: they are counted.
    """
    listed = care_list(state)
    finite = listed[np.isfinite(listed["spare"])].head(LISTED)
    return dict(zip(finite["id"], (finite["spare"] / 60.0).round(1).tolist(), strict=True))


def median_queue_delay(state: State) -> float | None:
    """Median over buildings from which anybody reached a shelter, of the longest delay by queues and full shelters, min."""
    delay = state.field(BUILDING_QUEUE_DELAY)
    known = delay[np.isfinite(delay)]
    return float(np.median(known) / 60.0) if len(known) else None


def traffic_figure(state: State, name: str) -> float | None:
    """A figure of everyone else's day by car; None where it was not asked for, or no trip was left to tell it of."""
    value = float(state.field(name).reshape(()))
    return value if np.isfinite(value) else None


def people_detoured(state: State, group: Group) -> float:
    """People whose way to a shelter is longer than on a dry day by `NOTICED_DETOUR` or more; not those who have none."""
    detour = state.field(BUILDING_DETOUR)[GROUPS.index(group)]
    return float(known_people(state)[np.isfinite(detour) & (detour >= NOTICED_DETOUR)].sum())


_CARE = (FACILITY_TIME_LEFT.name,)
_ACCESS = (BUILDING_ACCESS.name, BUILDING_PEOPLE.name)
_PARTIES = (PARTY_STATUS.name, PARTY_PEOPLE.name, PARTY_ORDERED.name, PARTY_DONE.name)
_LEFT = (BUILDING_TIME_LEFT.name, BUILDING_PEOPLE.name)

FIGURES: tuple[Figure, ...] = (
    Figure(
        "people_cut_off", "1",
        "people with no known way on foot to a usable shelter, most over the run: unknown counts as closed",
        _ACCESS, lambda s: people_with_access(s, (CUT_OFF, UNKNOWN_CODE)), greatest=True, people=True,
    ),
    Figure(
        "people_cut_off_for_certain", "1",
        "of these, people who have no way even if every unknown road and shelter could be used, most over the run",
        _ACCESS, lambda s: people_with_access(s, (CUT_OFF,)), greatest=True, people=True,
    ),
    Figure(
        "people_never_joined", "1",
        "people with no road near, or with no way on foot to a shelter even on a dry day: not among those cut off",
        _ACCESS, lambda s: people_with_access(s, (NEVER_JOINED, NO_ROAD)), people=True,
    ),
    Figure(
        "people_detoured", "1",
        "people whose way on foot to a shelter is longer by a minute or more than on a dry day, most over the run",
        (BUILDING_DETOUR.name, BUILDING_PEOPLE.name), lambda s: people_detoured(s, "walker"), greatest=True, people=True,
    ),
    Figure(
        "people_detoured_by_car", "1",
        "people whose way by car to a shelter is longer by a minute or more than on a dry day, most over the run",
        (BUILDING_DETOUR.name, BUILDING_PEOPLE.name), lambda s: people_detoured(s, "car"), greatest=True, people=True,
    ),
    Figure(
        "clearance_s", "s", "from the first order to the last arrival in a shelter; nothing when not cleared within the run",
        _PARTIES, clearance,
    ),
    Figure("people_caught", "1", "evacuees on roads that closed while they were on them", _PARTIES,
           lambda s: people_with_status(s, (CAUGHT,)), people=True),
    Figure("people_stranded", "1", "evacuees without a way on to a shelter with room at the end", _PARTIES,
           lambda s: people_with_status(s, (STRANDED,)), people=True),
    Figure("people_kept_in", "1", "people who would leave at the end but have water at the door", _PARTIES,
           lambda s: people_with_status(s, (KEPT_IN,)), people=True),
    Figure("people_in_shelters", "1", "evacuees in shelters at the end", _PARTIES,
           lambda s: people_with_status(s, (ARRIVED,)), people=True),
    Figure("people_on_the_way", "1", "evacuees on the roads at the end", _PARTIES,
           lambda s: people_with_status(s, (ON_THE_WAY,)), people=True),
    Figure("shelters_over_capacity", "1", "shelters that filled up: people were turned away, or no further household fits in",
           (SHELTER_TURNED_AWAY.name, SHELTER_OCCUPANCY.name),
           shelters_over_capacity),
    Figure("people_in_shelters_of_unknown_capacity", "1", "evacuees in shelters of which nobody says how many they take",
           (SHELTER_OCCUPANCY.name,), people_in_shelters_without_capacity, people=True),
    Figure(
        "median_minutes_left", "min",
        "median over people of the time left on foot at the start, lower end; nothing when it is not closed within this "
        "run, or when nobody has a way to a shelter even on a dry day",
        (*_LEFT, *_ACCESS), median_minutes_left,
    ),
    Figure(
        "median_minutes_left_high", "min",
        "median over people of the time left on foot at the start, upper end; nothing when it is not closed within this run",
        (BUILDING_TIME_LEFT_HIGH.name, *_ACCESS), lambda s: median_minutes_left(s, upper=True),
    ),
    Figure("people_without_departure", "1", "people who had no known safe departure on foot at the start",
           _LEFT, people_without_departure, people=True),
    Figure("care_places_out_of_time", "1",
           "care homes, hospitals and schools with less time left at the start than they need, by large vehicle, lower end",
           _CARE, lambda s: care_places(s, OUT_OF_TIME) + care_places(s, NO_DEPARTURE)),
    Figure("care_places_time_unknown", "1",
           "care homes, hospitals and schools whose way closes within the run and of which nobody says what time they need",
           _CARE, lambda s: care_places(s, NEED_UNKNOWN)),
    Figure("care_minutes_spare", "min",
           "time left minus time needed at the start of the care homes, hospitals and schools that have the least of it",
           _CARE, minutes_spare),
    Figure("median_queue_delay_min", "min",
           "what queues and full shelters cost: median over buildings of the longest delay beside the free way; nothing when "
           "nobody reached a shelter", (BUILDING_QUEUE_DELAY.name,), median_queue_delay),
    Figure("traffic_extra_s", "s",
           "how much longer a car trip of an ordinary day takes, mean over the trips that still have a way, most over the run; "
           "nothing when traffic was not asked for",
           (TRAFFIC_EXTRA_TIME.name,), lambda s: traffic_figure(s, TRAFFIC_EXTRA_TIME.name), greatest=True),
    Figure("traffic_trips_lost_per_hour", "h-1",
           "car trips of an ordinary day that no open way joins any more, most over the run; nothing when traffic was not "
           "asked for",
           (TRAFFIC_UNSERVED.name,), lambda s: traffic_figure(s, TRAFFIC_UNSERVED.name), greatest=True),
)  # fmt: skip
