"""Headline figures: declared reducers over states, the only source of numbers in JSON, strips, comparisons and reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twin import impact_figures, mobility_figures
from twin.flood.budget import ENTRIES
from twin.flood.variables import FLOW_ACCOUNT, FLOW_WATER_DEPTH
from twin.hooks.passability import CLOSED, OPEN
from twin.named import Named
from twin.presence import counted, people_of, people_of_age
from twin.scenario.rules import GROUPS
from twin.state import State
from twin.variable import UNKNOWN_CODE
from twin.variables import (
    AGES,
    BUILDING_OFFICIAL_RANK,
    BUILDING_PEOPLE,
    BUILDING_PEOPLE_BY_AGE,
    BUILDING_RANK,
    BUILDING_RANK_PEAK,
    PEOPLE_COUNTED,
    ROAD_OPEN,
    SHELTER_USABLE,
    WATER_DEPTH,
)

Fold = Literal["last", "max"]


@dataclass(frozen=True)
class Outcome:
    """One figure of a state, and how the figures of a run's states become one.

    Parameters
    ----------
    name
        Name in JSON.
    unit
        "1", "m", …
    meaning
        One sentence, shown beside the figure.
    reads
        Names of the variables it needs; without them the outcome is absent.
    measure
        From a state to a number or a mapping of numbers.
    fold
        "last" — the value of the last state (for what accumulates); "max" — the greatest over the run.
    people
        True when it counts people: leaving the operational roles it falls under the privacy rule (no count of 1–10).
    """

    name: str
    unit: str
    meaning: str
    reads: tuple[str, ...]
    measure: Callable[[State], Any]
    fold: Fold = "last"
    people: bool = False


def _ranks(state: State, so_far: bool) -> NDArray[np.uint8]:
    return state.field(BUILDING_RANK_PEAK if so_far else BUILDING_RANK)


def _flooded(rank: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((rank >= 1) & (rank != UNKNOWN_CODE))


def count_by_rank(rank: NDArray[np.uint8]) -> dict[str, int]:
    """Buildings by rank; "0" = dry, "unknown" apart: never among the dry.

    Examples
    --------
    >>> count_by_rank(np.array([0, 2, 2, 255], np.uint8))["2"], count_by_rank(np.array([255], np.uint8))["unknown"]
    (2, 1)
    """
    counts = np.bincount(rank, minlength=256)
    return {**{str(number): int(counts[number]) for number in range(7)}, "unknown": int(counts[UNKNOWN_CODE])}


def people_in(state: State, chosen: NDArray[np.bool_], age: str = "") -> float | None:
    """People of the chosen buildings whose number is known; None = unknown, where nobody says it of any of them.

    They are counted where the state counts them (`twin.presence`), of one age band or all. Without a chosen building nobody is
    there: 0.
    """
    people = (people_of_age(state, age) if age else people_of(state))[chosen]
    return None if len(people) and np.isnan(people).all() else float(np.nansum(people))


def _people_by_rank(state: State, so_far: bool) -> dict[str, float | None]:
    rank = _ranks(state, so_far)
    named = {**{str(number): rank == number for number in range(7)}, "unknown": rank == UNKNOWN_CODE}
    return {name: people_in(state, chosen) for name, chosen in named.items()}


def _without_count(state: State) -> int:
    flooded = _flooded(_ranks(state, so_far=True))
    return int(np.isnan(people_of(state))[flooded].sum())


def road_length(state: State, group: str, code: int) -> float:
    """Length of the road edges that stand in a state for a group, m."""
    lengths = state.city.table("roads").geometry.length.to_numpy()
    return float(lengths[state.field(ROAD_OPEN)[GROUPS.index(group)] == code].sum())


def deepest(state: State) -> float | None:
    """Greatest depth anywhere now, m; None where no depth is known."""
    depth = state.field(WATER_DEPTH)
    return None if np.isnan(depth).all() else float(np.nanmax(depth))


def flooded_area(state: State) -> float:
    """Ground with at least 1 cm of water now, m², rivers and the sea left out; cells of unknown depth do not count."""
    return float(_flooded_ground(state).sum()) * state.city.grid.cell**2


def flooded_volume(state: State) -> float:
    """Water that stands on that ground now, m³."""
    depth = state.field(WATER_DEPTH)
    return float(np.sum(depth, where=_flooded_ground(state), dtype=np.float64)) * state.city.grid.cell**2


def _flooded_ground(state: State) -> NDArray[np.bool_]:
    wet = np.asarray(state.field(WATER_DEPTH) >= 0.01)
    if "water_mask" in state.city.layers.names("raster"):
        wet &= ~(state.city.raster("water_mask") > 0)
    return wet


def engine_cells(state: State) -> int | None:
    """Cells that the flood engine knows the depth of; None when it did not run."""
    if account_entry(state, "steps") is None:
        return None
    return int(np.isfinite(state.field(FLOW_WATER_DEPTH)).sum())


def account_entry(state: State, name: str) -> float | None:
    """An entry of the flood engine's balance so far; None when the engine did not run."""
    account = state.field(FLOW_ACCOUNT)
    return float(account[ENTRIES.index(name)]) if account[ENTRIES.index("steps")] > 0 else None


def _shelters(state: State, code: int) -> int:
    return int((state.field(SHELTER_USABLE) == code).sum())


def below_official(state: State) -> int:
    """Buildings to which the scenario so far gives a lower rank than an official map or record does."""
    official, ours = state.field(BUILDING_OFFICIAL_RANK), _ranks(state, so_far=True)
    return int(((official != UNKNOWN_CODE) & (ours != UNKNOWN_CODE) & (ours < official)).sum())


_PEAK = (BUILDING_RANK_PEAK.name,)
_PEOPLE = (*_PEAK, BUILDING_PEOPLE.name)
_NOW = (BUILDING_RANK.name,)
_ROADS = (ROAD_OPEN.name,)
_SHELTERS = (SHELTER_USABLE.name,)

OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "buildings_flooded",
        "1",
        "buildings with water at the footprint at any time so far, upper end",
        _PEAK,
        lambda s: int(_flooded(_ranks(s, so_far=True)).sum()),
    ),
    Outcome(
        "buildings_flooded_now",
        "1",
        "buildings with water at the footprint at this moment, upper end",
        _NOW,
        lambda s: int(_flooded(_ranks(s, so_far=False)).sum()),
        fold="max",
    ),
    Outcome(
        "buildings_unknown",
        "1",
        "buildings whose greatest depth so far is unknown: not among the dry",
        _PEAK,
        lambda s: int((_ranks(s, so_far=True) == UNKNOWN_CODE).sum()),
    ),
    Outcome(
        "buildings_by_rank",
        "1",
        "buildings by highest depth rank so far",
        _PEAK,
        lambda s: count_by_rank(_ranks(s, so_far=True)),
    ),
    Outcome(
        "buildings_below_official_rank",
        "1",
        "buildings ranked lower here than an official map or record ranks them",
        (*_PEAK, BUILDING_OFFICIAL_RANK.name),
        below_official,
    ),
    Outcome(
        "people_counted",
        "1",
        "where the people of these figures are counted",
        (PEOPLE_COUNTED.name,),
        counted,
    ),
    Outcome(
        "people_exposed",
        "1",
        "people of the buildings flooded so far, where their number is known",
        _PEOPLE,
        lambda s: people_in(s, _flooded(_ranks(s, so_far=True))),
        people=True,
    ),
    Outcome(
        "people_unknown",
        "1",
        "people of buildings whose depth is unknown",
        _PEOPLE,
        lambda s: people_in(s, _ranks(s, so_far=True) == UNKNOWN_CODE),
        people=True,
    ),
    Outcome(
        "people_by_rank",
        "1",
        "people by highest depth rank of their building so far",
        _PEOPLE,
        lambda s: _people_by_rank(s, so_far=True),
        people=True,
    ),
    Outcome(
        "people_exposed_by_age",
        "1",
        "people of flooded buildings by age band, where known",
        (*_PEOPLE, *(variable.name for variable in BUILDING_PEOPLE_BY_AGE.values())),
        lambda s: {age: people_in(s, _flooded(_ranks(s, so_far=True)), age) for age in AGES},
        people=True,
    ),
    Outcome(
        "buildings_flooded_residents_unknown",
        "1",
        "flooded buildings of which nobody says how many people are there",
        _PEOPLE,
        _without_count,
    ),
    Outcome("max_depth_m", "m", "greatest depth anywhere, upper end, over the run", (WATER_DEPTH.name,), deepest, fold="max"),
    Outcome(
        "flooded_area_m2",
        "m2",
        "ground with at least 1 cm of water, rivers and the sea left out, most over the run",
        (WATER_DEPTH.name,),
        flooded_area,
        fold="max",
    ),
    Outcome(
        "flooded_volume_m3",
        "m3",
        "water that stands on that ground, most over the run",
        (WATER_DEPTH.name,),
        flooded_volume,
        fold="max",
    ),
    Outcome(
        "mass_error",
        "1",
        "water that the flood engine lost or made, as a share of all that there was",
        (FLOW_ACCOUNT.name,),
        lambda s: account_entry(s, "mass_error"),
    ),
    Outcome(
        "engine_cells", "1", "cells that the flood engine computes", (FLOW_ACCOUNT.name, FLOW_WATER_DEPTH.name), engine_cells
    ),
    Outcome("engine_steps", "1", "time steps of the flood engine", (FLOW_ACCOUNT.name,), lambda s: account_entry(s, "steps")),
    Outcome(
        "roads_closed_m",
        "m",
        "length of road that cars cannot pass, longest over the run",
        _ROADS,
        lambda s: road_length(s, "car", CLOSED),
        fold="max",
    ),
    Outcome("roads_open_m", "m", "length of road that cars can pass at the end", _ROADS, lambda s: road_length(s, "car", OPEN)),
    Outcome(
        "roads_unknown_m",
        "m",
        "length of road of which it is unknown whether cars can pass, longest over the run",
        _ROADS,
        lambda s: road_length(s, "car", UNKNOWN_CODE),
        fold="max",
    ),
    Outcome("shelters_usable", "1", "shelters usable at the end", _SHELTERS, lambda s: _shelters(s, 1)),
    Outcome(
        "shelters_unusable",
        "1",
        "shelters that cannot be used, most over the run",
        _SHELTERS,
        lambda s: _shelters(s, 0),
        fold="max",
    ),
    Outcome(
        "shelters_unknown",
        "1",
        "shelters of which it is unknown, most over the run",
        _SHELTERS,
        lambda s: _shelters(s, UNKNOWN_CODE),
        fold="max",
    ),
    *(
        Outcome(f.name, f.unit, f.meaning, f.reads, f.measure, "max" if f.greatest else "last", people=f.people)
        for f in (*mobility_figures.FIGURES, *impact_figures.FIGURES)
    ),
)


def outcomes_of(state: State) -> dict[str, Any]:
    """Every outcome of one state that its variables allow, by name."""
    return {o.name: o.measure(state) for o in OUTCOMES if all(map(state.has, o.reads))}


class OutcomeObserver:
    """Follows a run and folds the outcomes of its states into those of the run.

    What only the last state decides is measured when somebody asks; what is measured at each, once for equal fields.
    """

    def __init__(self) -> None:
        self._greatest: dict[str, Any] = {}
        self._last: State | None = None

    def see(self, state: State) -> None:
        """Take a state into account."""
        self._last = state
        for outcome in OUTCOMES:
            if outcome.fold == "max" and all(map(state.has, outcome.reads)):
                value = _measure(outcome, state)
                known = [part for part in (self._greatest.get(outcome.name), value) if part is not None]
                self._greatest[outcome.name] = max(known, default=None)

    @property
    def values(self) -> Mapping[str, Any]:
        """Outcomes of the run so far."""
        if self._last is None:
            return {}
        there = [outcome for outcome in OUTCOMES if all(map(self._last.has, outcome.reads))]
        return {o.name: self._greatest[o.name] if o.fold == "max" else _measure(o, self._last) for o in there}


def _measure(outcome: Outcome, state: State) -> Any:
    digests = {name: state.digests[name] for name in outcome.reads}
    name = (outcome.name, state.city.fingerprint, *digests.values())
    return _measured(Named(name, (outcome, replace(state, digests=digests))))


# Memory, not state: an outcome is a pure function of the city and of the fields that it declares.
@lru_cache(maxsize=20_000)
def _measured(asked: Named[tuple[Outcome, State]]) -> Any:
    outcome, state = asked.take()
    return outcome.measure(state)
