"""Tables of figures for a report: outcomes with bands and differences, people by district and age; private where published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from layers.cards.area import AGE_LABELS, concerned
from layers.language import Language
from layers.people import area_kind
from layers.report.subject import Subject
from twin.breakdown import AGES, people_by_area
from twin.comparison import OWN_ENDS, UPPER_PART, ComparedFigure, figures_of, flattened, has_own_ends
from twin.outcome import OUTCOMES, Outcome
from twin.privacy import SMALLEST, release_counts, release_tables
from twin.ranking import Band

WITHHELD = "fewer than {smallest}, withheld"
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
        row = {"meaning": language.text(outcome.meaning) + (f": {part.replace('_', '–')}" if part else "")}
        for number in range(len(runs)):
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


def outcome_frame(subject: Subject) -> pd.DataFrame:
    """`outcome_rows` as a table with heads in the reader's language."""
    text, names = subject.language.text, subject.names
    heads = {"meaning": text("Figure")}
    heads |= {f"run {n}": name for n, name in enumerate(names)} if len(names) > 1 else {"run 0": text("Value")}
    for number, name in enumerate(names[1:], 1):
        heads[f"difference {number}"] = text("{name}: difference to the first", name=name)
    return pd.DataFrame(outcome_rows(subject), columns=list(heads)).rename(columns=heads)


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


def people_tables(subject: Subject) -> list[tuple[str, pd.DataFrame]]:
    """People by district and age band at the moment shown, one table for each thing that happens to them.

    In a report that is published small counts are withheld, and as many others as it takes (`twin.privacy`); all runs together.
    """
    states = [state for number in range(len(subject.runs)) if (state := subject.state(number)) is not None]
    if not states:
        return []
    text, kind = subject.language.text, area_kind(states[0])
    made = []
    for label in concerned(states[0]):
        tables = [
            people_by_area(subject.city, concerned(state)[label], kind=kind) for state in states if label in concerned(state)
        ]
        if not any((table["people"] > 0).any() for table in tables):
            continue
        counts = [np.round(table[[f"people_{age}" for age in AGES]].to_numpy(np.float64)) for table in tables]
        released = release_tables(counts) if subject.public else [_with_totals(each) for each in counts]
        names = [
            text("in no district") if not area else name
            for area, name in zip(tables[0]["area"], tables[0]["name"], strict=True)
        ]
        for number, (table, values) in enumerate(zip(tables, released, strict=True)):
            frame = pd.DataFrame(values, columns=[*(text(AGE_LABELS[age]) for age in AGES), text("all")])
            frame.insert(0, text("District"), [*(names if len(names) == len(table) else table["name"]), text("all")])
            title = text(label) + (f" — {subject.names[number]}" if len(tables) > 1 else "")
            made.append((title, frame))
    return made


def cell_text(value: object, language: Language, *, public: bool) -> str:
    """One cell of a table of people."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        if value != value:
            return language.text("withheld") if public else language.text("unknown")
        return language.number(float(value), 0)
    return str(value)


def _with_totals(counts: Any) -> Any:
    wide = np.hstack([counts, np.nansum(counts, axis=1, keepdims=True)])
    return np.vstack([wide, np.nansum(wide, axis=0, keepdims=True)])


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
