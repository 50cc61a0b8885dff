"""What a run says of each element, as columns beside the element's own attributes: peaks, last state, when roads closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.city import City
from geodata.tables import TABLES
from twin.course import Courses
from twin.hooks.exposure import highest_so_far
from twin.hooks.passability import CLOSED
from twin.mobility.variables import BUILDING_TIME_LEFT, BUILDING_TIME_LEFT_HIGH, FACILITY_TIME_LEFT, FACILITY_TIME_SPARE
from twin.scenario.rules import GROUPS
from twin.state import DIM_TABLES, State
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE, MissingState, Variable
from twin.variables import FACILITY_DEPTH, ROAD_DEPTH, ROAD_OPEN, SHELTER_DEPTH, SHELTER_USABLE

PEAKS = (ROAD_DEPTH, SHELTER_DEPTH, FACILITY_DEPTH)
"""Depths of which no hook keeps the greatest so far."""
AHEAD = frozenset(v.name for v in (BUILDING_TIME_LEFT, BUILDING_TIME_LEFT_HIGH, FACILITY_TIME_LEFT, FACILITY_TIME_SPARE))
"""Told of the start of the run, from where they look ahead; at its end nothing lies ahead."""
UNUSABLE = 0
_WORDS = {UNKNOWN_CODE: "unknown", NOT_APPLICABLE_CODE: "not applicable"}
_TIME = "s since the scenario's start"


@dataclass(frozen=True)
class Explained:
    """One column of an exported table.

    Parameters
    ----------
    layer, column
        Where it stands.
    unit, meaning
        What its values are.
    """

    layer: str
    column: str
    unit: str
    meaning: str


class Elements:
    """Gathers, state by state, what becomes of each element; memory does not grow with the steps.

    Parameters
    ----------
    city
        The city of the run.
    shown
        Moments, s, whose states are shown: courses are told from these, peaks from every state.
    """

    def __init__(self, city: City, shown: frozenset[int]) -> None:
        self._city = city
        self._shown = shown
        self._peaks: dict[str, NDArray[Any]] = {}
        self._roads: dict[str, Courses] = {}
        self._shelters: Courses | None = None
        self._first: State | None = None
        self._last: State | None = None

    def see(self, state: State) -> None:
        """Take a state into account; states come in order."""
        last, self._last = self._last, state
        self._first = self._first or state
        for variable in filter(state.has, PEAKS):
            if last is None or last.digests.get(variable.name) != state.digests[variable.name]:
                now, before = state.field(variable), self._peaks.get(variable.name)
                self._peaks[variable.name] = now if before is None else highest_so_far(before, now)
        if state.time not in self._shown:
            return
        if state.has(ROAD_OPEN):
            for group, codes in zip(GROUPS, state.field(ROAD_OPEN), strict=True):
                self._roads.setdefault(group, Courses(len(codes))).see(state.time, codes)
        if state.has(SHELTER_USABLE):
            codes = state.field(SHELTER_USABLE)
            self._shelters = self._shelters or Courses(len(codes))
            self._shelters.see(state.time, codes)

    def tables(self) -> tuple[dict[str, pd.DataFrame], tuple[Explained, ...]]:
        """Each table of elements that the states speak of, with what its columns mean."""
        assert self._last is not None, "a run without a state has no tables"
        made: dict[str, pd.DataFrame] = {}
        explained: list[Explained] = []
        for dim, name in DIM_TABLES.items():
            columns = list(self._columns(dim))
            table = self._city.table(name)
            if not columns or not len(table):
                continue
            explained += _of_contract(name, table.columns)
            explained += [Explained(name, column, unit, meaning) for column, unit, meaning, _ in columns]
            made[name] = table.assign(**{column: values for column, _, _, values in columns})
        return made, tuple(explained)

    def _columns(self, dim: str) -> Iterable[tuple[str, str, str, Any]]:
        """(column, unit, meaning, values) of the elements of one dimension."""
        state = self._last
        assert state is not None
        for variable in state.variables.values():
            ahead = variable.name in AHEAD
            told = self._first if ahead and self._first is not None else state
            shown = replace(variable, meaning=f"{variable.meaning}; at the start") if ahead else variable
            if variable.dims == (dim,):
                yield from _written(shown, told.field(variable))
            elif variable.dims == ("group", dim) and variable != ROAD_OPEN:
                for group, values in zip(GROUPS, told.field(variable), strict=True):
                    meaning = f"{group.replace('_', ' ')}: {shown.meaning}"
                    yield from _written(replace(shown, name=f"{variable.name}_{group}", meaning=meaning), values)
        for variable in PEAKS:
            if variable.dims == (dim,) and variable.name in self._peaks:
                meaning = (
                    variable.meaning.removesuffix(", upper end").removesuffix(" now") + ", greatest over the run, upper end"
                )
                yield f"{variable.name}_peak", variable.unit, meaning, _number(self._peaks[variable.name])
        if dim == "road":
            for who, courses in self._roads.items():
                yield from self._road_columns(who, courses, state)
        if dim == "shelter" and self._shelters is not None:
            yield (
                "unusable_from",
                _TIME,
                "first shown moment at which it cannot be used; empty = never",
                _number(self._shelters.first(UNUSABLE)),
            )
            yield (
                "unusable_until",
                _TIME,
                "moment at which that was over for the last time; empty = never, or not over",
                _number(self._shelters.until(UNUSABLE)),
            )

    def _road_columns(self, group: str, courses: Courses, state: State) -> Iterable[tuple[str, str, str, Any]]:
        who = group.replace("_", " ")
        words = {**ROAD_OPEN.codes, **_WORDS}
        last = state.field(ROAD_OPEN)[GROUPS.index(group)]
        yield f"{group}_state", "1", f"whether a {who} can pass at the end; empty = unknown", _words(ROAD_OPEN, last)
        yield (
            f"{group}_closed_from",
            _TIME,
            f"first shown moment at which it is closed to a {who}; empty = never",
            _number(courses.first(CLOSED)),
        )
        yield (
            f"{group}_closed_until", _TIME,
            f"moment at which it is no longer closed to a {who} for the last time; empty = never closed, or closed at the end",
            _number(courses.until(CLOSED)),
        )  # fmt: skip
        yield (
            f"{group}_course",
            _TIME,
            f"the whole course for a {who}, from a moment to the next",
            pd.array(courses.texts(words), dtype="string"),
        )


def _written(variable: Variable, values: NDArray[Any]) -> Iterable[tuple[str, str, str, Any]]:
    """A field as columns: codes in words, unknown empty; a second column tells apart other ways of being missing."""
    if variable.dtype == "uint8":
        yield variable.name, variable.unit, variable.meaning, _words(variable, values)
        return
    yield variable.name, variable.unit, variable.meaning, _number(values)
    others = [state for state in variable.missing if state != "unknown"]
    if others:
        yield f"{variable.name}_state", "1", f"known, unknown, {', '.join(others)}", _states(variable, values, others)


def _number(values: NDArray[Any]) -> Any:
    """Numbers with gaps: what is missing in any way has no value."""
    missing = ~np.isfinite(values)
    return pd.arrays.FloatingArray(np.where(missing, 0, values).astype(np.float64), missing)


def _states(variable: Variable, values: NDArray[Any], others: Iterable[MissingState]) -> Any:
    words = np.where(np.isnan(values), "unknown", "known").astype(object)
    for state in others:
        words[variable.is_missing(values, state)] = state.replace("_", " ")
    return pd.array(words, dtype="string")


def _words(variable: Variable, codes: NDArray[np.uint8]) -> Any:
    """Codes in words, unknown empty; ranks and counts, which are numbers already, as whole numbers."""
    if all(word == f"rank {code}" for code, word in variable.codes.items()):
        numbers = codes.astype(np.int16)
        return pd.arrays.IntegerArray(numbers, numbers >= NOT_APPLICABLE_CODE)
    lookup = np.full(256, None, object)
    if "not_applicable" in variable.missing:
        lookup[NOT_APPLICABLE_CODE] = _WORDS[NOT_APPLICABLE_CODE]
    for code, word in variable.codes.items():
        lookup[code] = word
    return pd.array(lookup[codes], dtype="string")


def _of_contract(name: str, columns: Iterable[str]) -> list[Explained]:
    contract = TABLES[name]
    return [Explained(name, each.name, each.unit, each.meaning) for each in contract.columns if each.name in set(columns)]


def explanations(columns: Iterable[Explained]) -> pd.DataFrame:
    """A table that says what each column of each table means."""
    return pd.DataFrame([vars(each) for each in columns], columns=["layer", "column", "unit", "meaning"])


def outcome_table(outcomes: Mapping[str, Any], meanings: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Headline figures as rows: name, part ("" or for example a rank), value (empty = unknown), unit, meaning, text.

    Examples
    --------
    >>> outcome_table({"damage_currency": "JPY 2025"}, {})[["value", "text"]].iloc[0].tolist()
    [<NA>, 'JPY 2025']
    >>> outcome_table({"flooded": 3, "by_rank": {"2": 1}}, {"flooded": ("1", "buildings")})["part"].tolist()
    ['', '2']
    """
    rows = []
    for name, value in outcomes.items():
        unit, meaning = meanings.get(name, ("", ""))
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        rows += [
            {
                "outcome": name, "part": part, "value": None if isinstance(each, str) else each, "unit": unit,
                "meaning": meaning, "text": each if isinstance(each, str) else "",
            }
            for part, each in parts
        ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["outcome", "part", "value", "unit", "meaning", "text"])
    return table.assign(value=table["value"].astype("Float64"))
