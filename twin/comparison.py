"""Runs side by side: their figures with differences and bands, the fields that differ, who gains and who loses minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError
from twin.analysis import installed_analyses
from twin.ensemble.kept import Ends, KeptEnsemble
from twin.mobility.variables import BUILDING_SHELTER_TIME, BUILDING_TIME_LEFT
from twin.outcome import OUTCOMES
from twin.question import Note, note
from twin.ranking import Band
from twin.run import Run
from twin.scenario.rules import GROUPS, Group
from twin.state import State
from twin.variable import Variable

MOST_RUNS = 4
NOTICEABLE = 60.0
"""A change by less than a minute is no change to a person, s."""
SAME, GAINS, LOSES, UNKNOWN = 0, 1, 2, 255
Minutes = Literal["time_left", "travel_time"]
_UNKNOWN_PART = {
    "buildings_flooded": "buildings_unknown", "people_exposed": "people_unknown", "roads_closed_m": "roads_unknown_m",
    "shelters_unusable": "shelters_unknown",
}  # fmt: skip
"""What is unknown might belong to the figure as well: its upper end."""
UPPER_PART = {"median_minutes_left": "median_minutes_left_high"}
"""Figures that are a lower end, and their upper end; where that is not known, the figure has no band."""
OWN_ENDS = ("low", "middle", "high")
"""Parts of a figure that tells its band itself."""
_SURE_PART = {"people_cut_off": "people_cut_off_for_certain"}
"""Figures that count the unknown already, and their part that is certain: its lower end."""


@dataclass(frozen=True)
class ComparedFigure:
    """One figure of every run.

    Parameters
    ----------
    name
        Of the outcome; "buildings_by_rank/2" for a part of one.
    unit, meaning, people
        As the outcome declares them.
    values
        One for each run, None = unknown or not told by that run.
    differences
        To the first run; None for the first, and where one of the two is unknown.
    bands
        Lower and upper end of each value: by unknown depths and roads, by the errors of curves and values, over the members of
        an ensemble. None where nothing is known of them.
    changes
        Lower and upper end of each difference. What is unknown may be this in one run and that in the other, and widens it;
        errors of curves and values, and members of ensembles that drew the same, are the same in both runs.
    """

    name: str
    unit: str
    meaning: str
    people: bool
    values: tuple[float | None, ...]
    differences: tuple[float | None, ...]
    bands: tuple[Band | None, ...]
    changes: tuple[Band | None, ...]


def compared_figures(runs: Sequence[Run], ensembles: Sequence[KeptEnsemble | None] | None = None) -> tuple[ComparedFigure, ...]:
    """Every figure that one of the runs tells, in the order of the outcomes.

    Parameters
    ----------
    runs
        Two to four.
    ensembles
        Of each run the ensemble that asks its question with uncertain inputs, None = there is none.

    Raises
    ------
    InputError
        For fewer than two or more than four runs, or runs on different cities.
    """
    require_comparable(runs)
    return figures_of(runs, ensembles)


def figures_of(runs: Sequence[Run], ensembles: Sequence[KeptEnsemble | None] | None = None) -> tuple[ComparedFigure, ...]:
    """The same of any number of runs, one included."""
    behind = ensembles or [None] * len(runs)
    flat = [flattened(run.outcomes) for run in runs]
    declared = {outcome.name: outcome for outcome in OUTCOMES}
    made = []
    for name in dict.fromkeys(name for values in flat for name in values):
        outcome = declared.get(name.partition("/")[0])
        values = tuple(_number(each.get(name)) for each in flat)
        if all(value is None for value in values):
            continue
        first = values[0]
        differences = tuple(
            None if number == 0 or value is None or first is None else value - first for number, value in enumerate(values)
        )
        own = tuple(_band(name, each) for each in flat)
        bands = tuple(
            _wider(band, value, one.ends(name) if one is not None else None)
            for band, value, one in zip(own, values, behind, strict=True)
        )
        changes = tuple(
            _change(name, difference, (own[0], own[n]), (bands[0], bands[n]), (behind[0], behind[n]))
            for n, difference in enumerate(differences)
        )
        made.append(
            ComparedFigure(
                name, outcome.unit if outcome else "1", outcome.meaning if outcome else name, bool(outcome and outcome.people),
                values, differences, bands, changes,
            )
        )  # fmt: skip
    return tuple(made)


def require_comparable(runs: Sequence[Run]) -> None:
    """Raise `InputError` unless there are two to four runs, all on one city."""
    if not 2 <= len(runs) <= MOST_RUNS:
        raise InputError("{count} runs were given; compare two to {most}.", count=len(runs), most=MOST_RUNS)
    for run in runs[1:]:
        if run.city_fingerprint != runs[0].city_fingerprint:
            raise InputError(
                "The runs {other} and {run} were made on different cities, or imports of one; run both on the same city.",
                other=run.id, run=runs[0].id,
            )  # fmt: skip


def together(series: Sequence[Sequence[State]]) -> tuple[tuple[State, ...], ...]:
    """States of several runs at the moments that all of them tell, so that they can be looked at side by side.

    Parameters
    ----------
    series
        The states of each run, in order of time. A run of a single moment (a dry day) stands for all moments.
    """
    courses = [states for states in series if len(states) > 1]
    shared = set.intersection(*({state.time for state in states} for states in courses)) if courses else {0}
    moments = sorted(shared)
    made = []
    for states in series:
        if len(states) == 1 and courses:
            made.append(tuple(states) * len(moments))
        else:
            made.append(tuple(state for state in states if not courses or state.time in shared))
    return tuple(made)


def flattened(outcomes: Mapping[str, Any]) -> dict[str, Any]:
    """Figures by name, the parts of a figure as "name/part".

    Examples
    --------
    >>> flattened({"a": 1, "by_rank": {"0": 2}})
    {'a': 1, 'by_rank/0': 2}
    """
    flat: dict[str, Any] = {}
    for name, value in outcomes.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}/{part}": inner for part, inner in value.items()}
        else:
            flat[name] = value
    return flat


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def has_own_ends(name: str) -> bool:
    """Whether a flattened figure is the middle of one that tells its ends itself, such as "damage/middle"."""
    return name.endswith("/middle")


def _band(name: str, values: Mapping[str, Any]) -> Band | None:
    value = _number(values.get(name))
    if has_own_ends(name):
        low, middle, high = (_number(values.get(f"{name.partition('/')[0]}/{end}")) for end in OWN_ENDS)
        return None if low is None or middle is None or high is None else Band(low, middle, high)
    if name in UPPER_PART:
        upper = _number(values.get(UPPER_PART[name]))
        return None if value is None or upper is None else Band(value, value, max(value, upper))
    unknown, sure = _number(values.get(_UNKNOWN_PART.get(name, ""))), _number(values.get(_SURE_PART.get(name, "")))
    if value is None or (unknown is None and sure is None):
        return None
    return Band(value if sure is None else sure, value, value + (unknown or 0.0))


def _wider(band: Band | None, value: float | None, ends: Ends | None) -> Band | None:
    """A band that holds what the members of an ensemble tell, too."""
    if ends is None or value is None:
        return band
    low, high = (value, value) if band is None else (band.low, band.high)
    return Band(min(low, ends[0]), value, max(high, ends[1]))


def _change(
    name: str, difference: float | None, own: tuple[Band | None, Band | None], bands: tuple[Band | None, Band | None],
    behind: tuple[KeptEnsemble | None, KeptEnsemble | None],
) -> Band | None:  # fmt: skip
    """The band of a difference of this run (second) to the first one."""
    if difference is None:
        return None
    drawn = behind[1].ends_of_change(behind[0], name) if behind[0] is not None and behind[1] is not None else None
    first, this = own if drawn is not None else bands
    if has_own_ends(name) and own[0] is not None and own[1] is not None and (drawn is not None or bands == own):
        apart: Band | None = own[1].minus(own[0])
    elif first is None or this is None:
        apart = None
    else:
        apart = Band(this.low - first.high, difference, this.high - first.low)
    return _wider(apart, difference, drawn)


@dataclass(frozen=True)
class Gains:
    """Who has more minutes in one run than in another.

    Parameters
    ----------
    what, group
        Minutes left to leave, or of the way to a shelter; for whom.
    verdict
        Of each building: 0 same, 1 gains, 2 loses, 255 unknown; uint8 [building].
    minutes
        Gained minutes of each building, negative = lost; ±inf where only one run has a way at all; NaN = unknown. [building]
    """

    what: Minutes
    group: Group
    verdict: NDArray[np.uint8]
    minutes: NDArray[np.float64]

    def people(self, people: NDArray[np.float64]) -> dict[str, float]:
        """People who gain, lose, have the same, and of whom it is unknown; those whose number nobody states are left out."""
        count = np.nan_to_num(people)
        return {
            word: float(count[self.verdict == code].sum())
            for word, code in (("gain", GAINS), ("lose", LOSES), ("same", SAME), ("unknown", UNKNOWN))
        }

    def typical(self, people: NDArray[np.float64], verdict: int) -> float | None:
        """Median over the people who gain (or lose) of their minutes, those with no way in one of the runs left out."""
        chosen = (self.verdict == verdict) & np.isfinite(self.minutes)
        count = np.nan_to_num(people)[chosen]
        if count.sum() <= 0:
            return None
        order = np.argsort(self.minutes[chosen])
        middle = np.searchsorted(np.cumsum(count[order]), count.sum() / 2.0)
        return float(self.minutes[chosen][order][middle])


def gains(before: State, after: State, *, what: Minutes = "time_left", group: Group = "walker") -> Gains:
    """Who gains and who loses minutes by going from one run to another, building by building.

    Parameters
    ----------
    before, after
        States of both runs at the same moment; for time left those of finished runs.
    what
        "time_left": minutes until the last safe departure, more is better. "travel_time": minutes to the nearest usable
        shelter, less is better.
    group
        For whom.

    Raises
    ------
    InputError
        When a state does not tell these minutes.
    """
    variable = BUILDING_TIME_LEFT if what == "time_left" else BUILDING_SHELTER_TIME
    for state in (before, after):
        if not state.has(variable.name):
            raise InputError("This run does not tell {what}; let it finish, then compare.", what=variable.meaning)
    row = GROUPS.index(group)
    one, other = (state.field(variable)[row].astype(np.float64) for state in (before, after))
    if what == "travel_time":
        one, other = -one, -other
    with np.errstate(invalid="ignore"):
        change = np.where(one == other, 0.0, other - one)
    unknown = np.isnan(one) | np.isnan(other)
    verdict = np.select([unknown, change >= NOTICEABLE, change <= -NOTICEABLE], [UNKNOWN, GAINS, LOSES], SAME)
    return Gains(what, group, verdict.astype(np.uint8), np.where(unknown, np.nan, change / 60.0))


def field_difference(before: State, after: State, variable: Variable | str) -> NDArray[np.float64]:
    """What a field has more in one run than in another at the same moment; NaN where one of them is unknown, 0 where equal.

    Raises
    ------
    InputError
        When a state does not have the field.
    """
    name = variable if isinstance(variable, str) else variable.name
    for state in (before, after):
        if not state.has(name):
            raise InputError("This run has no field {name}; let it finish, then compare.", name=name)
    one, other = (state.field(name).astype(np.float64) for state in (before, after))
    if before.digests[name] == after.digests[name]:
        return np.where(np.isnan(one), np.nan, 0.0)
    with np.errstate(invalid="ignore"):
        return np.where(one == other, 0.0, other - one)


def first_differences(one: Run, other: Run) -> dict[str, int]:
    """The fields that two runs do not share, each with the first moment, s, at which it differs; from the manifests alone."""
    found: dict[str, int] = {}
    fields = {step.end: step.fields for step in other.steps}
    for step in one.steps:
        if step.end not in fields:
            continue
        for name in sorted(set(step.fields) | set(fields[step.end])):
            if step.fields.get(name) != fields[step.end].get(name):
                found.setdefault(name, step.end)
    return found


def in_a_sentence(one: Run, other: Run, reasons: Sequence[Note]) -> tuple[Note, ...]:
    """What differs between two runs, and why.

    Parameters
    ----------
    one, other
        The runs.
    reasons
        In what their questions differ (`twin.questions_compared.what_differs`).
    """
    looks_ahead = {variable.name for analysis in installed_analyses() for variable in analysis.writes}
    changed = {name: moment for name, moment in first_differences(one, other).items() if name not in looks_ahead}
    if not changed:
        return (
            *reasons,
            note("Every number is the same: what is asked differently changes nothing here.")
            if reasons
            else note("Both runs ask the same and give the same numbers."),
        )
    every = {name for step in one.steps for name in step.fields} - looks_ahead
    told = note(
        "1 of {all} fields differs, from {minutes} min on; all others are the very same numbers."
        if len(changed) == 1
        else "{count} of {all} fields differ, the first of them from {minutes} min on; all others are the very same numbers.",
        count=len(changed),
        all=len(every),
        minutes=min(changed.values()) / 60,
    )
    return (*reasons, told)
