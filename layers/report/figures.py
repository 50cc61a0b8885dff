"""Tables of figures for a report: outcomes with bands and differences; private where published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from layers.cards.area import AGE_LABELS
from layers.fact import rank_text
from layers.language import Language
from layers.report.subject import Subject
from twin.comparison import OWN_ENDS, UPPER_PART, ComparedFigure, figures_of, flattened, has_own_ends
from twin.outcome import OUTCOMES, Outcome
from twin.privacy import SMALLEST, release_counts, release_tables
from twin.ranking import Band
from twin.variable import UNKNOWN_CODE

WITHHELD = "fewer than {smallest}, withheld"
NOT_AMONG = "–"
"""A place that stands in a figure of one run and not in that of another: it was not out of service there."""
_MOST_PARTS = 12
"""A figure of more parts is a list of places: it stands in the tables, not among the figures."""
_UNITS = {"m2": "m²", "m3": "m³", "1": "", "currency": "", "s": "s"}


def outcome_rows(subject: Subject) -> list[dict[str, str]]:
    """Each figure of the runs: its meaning, a value for each run and the difference to the first, both with their bands.

    Of what is published counts of people have no bands: from an end of one few people might follow.
    """
    runs = [told.run for told in subject.runs]
    language, declared = subject.language, {outcome.name: outcome for outcome in OUTCOMES}
    values = [flattened(run.outcomes) for run in runs]
    shown = released(values) if subject.public else values
    by_name = {figure.name: figure for figure in figures_of(runs, [told.ensemble for told in subject.runs])}
    rows = []
    for name in dict.fromkeys(name for each in values for name in each):
        outcome = declared.get(name.partition("/")[0])
        if outcome is None or not any(_is_figure(each.get(name)) for each in values) or _is_an_end(name, values):
            continue
        part = "" if has_own_ends(name) else name.partition("/")[2]
        parts = max(len(run.outcomes[outcome.name]) for run in runs if outcome.name in run.outcomes) if part else 0
        if parts > _MOST_PARTS or (part and not any(each.get(name) for each in values)):
            continue
        if len(runs) > 1 and not any(each.get(name) for each in values):
            continue  # nothing of the kind happens in any of them
        named = _part_text(part, outcome, subject) if part else ""
        row = {
            "meaning": language.text(outcome.meaning) + (f": {named}" if part else ""),
            "figure": outcome.name,
            "part": named,
        }
        for number in range(len(runs)):
            if part and name not in values[number] and isinstance(runs[number].outcomes.get(outcome.name), Mapping):
                row[f"run {number}"] = NOT_AMONG
                continue
            told = _text(shown[number].get(name), values[number].get(name), outcome, language)
            if not (subject.public and outcome.people):
                told += _ends(by_name[name].bands[number], outcome, language)
            money = runs[number].outcomes.get("damage_currency") if outcome.unit == "currency" else None
            row[f"run {number}"] = f"{told} {money}" if money else told
        for number in range(1, len(runs)):
            after, before = shown[number].get(name), shown[0].get(name)
            if after is None or before is None:
                row[f"difference {number}"] = ""
            elif subject.public and outcome.people:
                row[f"difference {number}"] = _signed(after - before, outcome, language)
            else:
                row[f"difference {number}"] = _difference(by_name[name], number, outcome, language)
        rows.append(row)
    return rows


def outcome_frame(subject: Subject, rows: Sequence[Mapping[str, str]] | None = None) -> pd.DataFrame:
    """Rows of `outcome_rows` (all unless given) as a table with heads in the reader's language.

    Of more than two runs each difference stands beside its figure: there is no room for columns of their own. What is told of
    each part of a figure stands at the first of them.
    """
    text, names = subject.language.text, subject.names
    shown = [dict(row) for row in (outcome_rows(subject) if rows is None else rows)]
    for above, row in zip([row["figure"] for row in shown], shown[1:], strict=False):
        if row["part"] and row["figure"] == above:
            row["meaning"] = f"… {row['part']}"  # what is told of each part stands above
    heads = {"meaning": text("Figure")}
    heads |= {f"run {n}": name for n, name in enumerate(names)} if len(names) > 1 else {"run 0": text("Value")}
    for number, name in enumerate(names[1:], 1):
        if len(names) == 2:
            heads[f"difference {number}"] = text("{name}: difference to the first", name=name)
            continue
        heads[f"run {number}"] = text("{name}, and its difference to the first", name=name)
        for row in shown:
            if row[f"difference {number}"]:
                row[f"run {number}"] += f"\u2003{row[f'difference {number}']}"
    return pd.DataFrame(shown, columns=list(heads)).rename(columns=heads)


def _part_text(part: str, outcome: Outcome, subject: Subject) -> str:
    """What a part of a figure is called: an age band, a depth, a place."""
    text = subject.language.text
    if part in AGE_LABELS:
        return text(AGE_LABELS[part])
    if outcome.name.endswith("_by_rank"):
        return rank_text(int(part) if part.isdigit() else UNKNOWN_CODE, subject.language)
    facilities = subject.city.table("facilities")
    named = facilities.loc[facilities["id"] == part, "name"].dropna()
    return str(named.iloc[0]) if len(named) and named.iloc[0] else part


def band_notes(subject: Subject) -> tuple[str, ...]:
    """What the brackets in `outcome_rows` mean, in sentences."""
    text = subject.language.text
    made = [text("In brackets: the lower and upper end of a figure or difference, as far as unknown depths and roads and the "
                 "errors of curves and values go.")]  # fmt: skip
    for told, name in zip(subject.runs, subject.names, strict=True):
        if told.ensemble is not None:
            made.append(
                text(
                    "{name}: the ends also hold what nine in ten of the {members} members of an ensemble tell; {failed} of "
                    "them failed and count in nothing.",
                    name=name, members=told.ensemble.members, failed=told.ensemble.failed,
                )
            )  # fmt: skip
    return tuple(made)


def cell_text(value: object, language: Language, *, public: bool, short: bool = False) -> str:
    """One cell of a table of people; ``short``: "×" stands for what is withheld, "?" for what is unknown."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        if value != value:
            if short:
                return "×" if public else "?"
            return language.text("withheld") if public else language.text("unknown")
        return language.number(float(value), 0)
    return str(value)


def released(values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Flattened figures of runs with counts of people as they may be published, None = withheld.

    Parts of a total are withheld so that none follows from the others.
    """
    declared = {outcome.name: outcome for outcome in OUTCOMES}
    people: list[dict[str, float | None]] = [
        {name: value for name, value in each.items() if _is_figure(value) and _of_people(name, declared)} for each in values
    ]
    kept = release_counts(people)
    hidden = _hidden_parts(people)
    return [
        {**each, **{name: None if name in hidden[number] else kept[number].get(name) for name in people[number]}}
        for number, each in enumerate(values)
    ]


def published(outcomes: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of one run as they may be published; what is withheld is left out."""
    flat = flattened(outcomes)
    kept = {name: value for name, value in released([flat])[0].items() if value is not None or flat[name] is None}
    made: dict[str, Any] = {}
    for name, value in outcomes.items():
        if not isinstance(value, Mapping):
            made |= {name: kept[name]} if name in kept else {}
        elif parts := {part: kept[f"{name}/{part}"] for part in value if f"{name}/{part}" in kept}:
            made[name] = parts
    return made


def _hidden_parts(people: Sequence[Mapping[str, float | None]]) -> list[set[str]]:
    """For each run the parts that are withheld, and the single counts that are the total of parts whose total is withheld."""
    hidden: list[set[str]] = [set() for _ in people]
    for outcome in {name.partition("/")[0] for each in people for name in each if "/" in name}:
        parts = sorted({name for each in people for name in each if name.startswith(f"{outcome}/")})
        rows = [np.array([[each.get(name) or 0.0 for name in parts]]) for each in people]
        for number, (row, shown) in enumerate(zip(rows, release_tables(rows), strict=True)):
            hidden[number] |= {name for name, value in zip(parts, shown[0], strict=False) if np.isnan(value)}
            if np.isnan(shown[0, -1]):
                hidden[number] |= {name for name, value in people[number].items() if value == row.sum()}
    return hidden


def _of_people(name: str, declared: Mapping[str, Outcome]) -> bool:
    outcome = declared.get(name.partition("/")[0])
    return outcome is not None and outcome.people


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(shown: Any, exact: Any, outcome: Outcome, language: Language) -> str:
    if shown is None:
        return language.text(WITHHELD, smallest=SMALLEST) if exact is not None else language.text("unknown")
    return figure_text(float(shown), outcome, language)


def figure_text(value: float, outcome: Outcome, language: Language) -> str:
    """A figure with its unit as people read it."""
    if outcome.unit == "s":
        return language.duration(value)
    if outcome.unit == "m2" and value >= 1e5:
        return f"{language.number(value / 1e6)} km²"
    if outcome.unit == "currency" and abs(value) >= 1e6:
        return language.large(value)
    if outcome.name == "mass_error":
        return f"{value:.1e}"
    digits = 0 if outcome.people or value == int(value) or abs(value) >= 1000 else 2
    return f"{language.number(value, digits)} {_UNITS.get(outcome.unit, outcome.unit)}".rstrip()


def _difference(figure: ComparedFigure, number: int, outcome: Outcome, language: Language) -> str:
    change = figure.differences[number]
    if change is None:
        return language.text("unknown")
    return _signed(change, outcome, language) + _ends(figure.changes[number], outcome, language, signed=True)


def _signed(change: float, outcome: Outcome, language: Language) -> str:
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return f"{sign}{figure_text(abs(change), outcome, language)}"


def _ends(band: Band | None, outcome: Outcome, language: Language, *, signed: bool = False) -> str:
    """The ends of a band in brackets, "" where there is none, or none that can be told apart from the figure."""
    if band is None or band.low == band.high:
        return ""
    low, high = (
        _signed(end, outcome, language) if signed else figure_text(end, outcome, language) for end in (band.low, band.high)
    )
    return f" ({low} … {high})"


def _is_an_end(name: str, values: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a figure is an end of another one's band, and stands there."""
    whole, _, part = name.partition("/")
    if part in OWN_ENDS and not has_own_ends(name):
        return any(f"{whole}/middle" in each for each in values)
    return name in UPPER_PART.values()
