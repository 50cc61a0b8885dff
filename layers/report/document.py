"""The report as HTML that stands alone: no address in it leads anywhere."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import pandas as pd

from layers.changes import DIFFERENCES
from layers.charts import run_charts
from layers.flat_scene import flat_difference, flat_scene
from layers.gains import MINUTES_FIELD, gains_told
from layers.headline import headlines
from layers.language import Language
from layers.passport import passport_facts, passport_sources
from layers.report.chart_picture import chart_svg, png_of
from layers.report.figures import band_notes, cell_text, outcome_frame, people_tables
from layers.report.subject import Subject, Told
from layers.wording import acting_words, event_words, measure_words, time_words
from twin.assumptions import assumptions_of
from twin.comparison import in_a_sentence
from twin.difference import what_differs
from twin.outcome import outcomes_of
from twin.privacy import BASE

MOST_ROWS = 25
FLAT = 1100
"""Pixels along the longer side of a map that is drawn flat."""


def report_html(subject: Subject, *, pictures: Callable[[], Sequence[bytes | None]] = tuple) -> str:
    """The report of a run, or the comparison of several, as one HTML page.

    Parameters
    ----------
    subject
        What is reported.
    pictures
        Gives PNG pictures of `Subject.maps`; asked when all the rest is made, so that somebody may draw them meanwhile.
        One that is missing is drawn flat.
    """
    text = subject.language.text
    before = [_head(subject), *(_question(subject, told) for told in subject.runs), _why(subject), _answer(subject)]
    after = [_outcomes(subject), _gains(subject), _people(subject), _charts(subject), *_passports(subject)]
    parts = [*before, _pictures(subject, pictures()), *after]
    style = (files("layers") / "report" / "report.css").read_text(encoding="utf-8")
    title = escape(" / ".join(told.run.scenario["name"] for told in subject.runs))
    foot = escape(f"{subject.city.name} · {text('City Twin')}")
    return (
        f'<!DOCTYPE html><html lang="{subject.language.code}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}'
        f'@page {{ @bottom-left {{ content: "{foot}" }} }}</style></head><body>{"".join(filter(None, parts))}</body></html>'
    )


def _head(subject: Subject) -> str:
    language = subject.language
    text, first = language.text, subject.runs[0]
    names = " ↔ ".join(told.run.scenario["name"] for told in subject.runs)
    lines = [f'<h1>{escape(names)}</h1><p class="place">{escape(subject.city.name)}']
    lines.append(f" · {escape(text('made on {day}', day=first.run.created.date().isoformat()))}</p>")
    if subject.city.fictional:
        lines.append(f'<p class="badge">{escape(text("Fictional city: made-up data"))}</p>')
    if any(told.run.status != "done" for told in subject.runs):
        lines.append(f'<p class="badge">{escape(text("This run has not ended: its figures are not final."))}</p>')
    if subject.public:
        rule = text(
            "For publication: no count of fewer than 11 people is shown, nor any from which one follows; counts of people are "
            "rounded to {base}.",
            base=BASE,
        )
        lines.append(f'<p class="small">{escape(rule)}</p>')
    return f"<header>{''.join(lines)}</header>"


def _question(subject: Subject, told: Told) -> str:
    language, scenario, city = subject.language, told.scenario, subject.city
    items = "".join(
        f"<li>{escape(measure_words(measure, city, language))} <span>{escape(acting_words(measure, language))}</span></li>"
        for measure in scenario.measures
    )
    title = escape(scenario.name if len(subject.runs) > 1 else language.text("The question"))
    about = f"<p>{escape(scenario.description)}</p>" if scenario.description else ""
    when = f"{event_words(scenario, city, language)} {time_words(scenario, city, language)}"
    measures = f"<ul>{items}</ul>" if items else f"<p>{escape(language.text('No measures.'))}</p>"
    return f"<section><h2>{title}</h2>{about}<p>{escape(when)}</p>{measures}</section>"


def _answer(subject: Subject) -> str:
    language = subject.language
    made = []
    for number, told in enumerate(subject.runs):
        state = subject.state(number)
        if state is None or subject.public:
            continue  # what is published stands in the table, where small counts are withheld
        figures = "".join(
            f'<li class="{f.tone}"><b>{escape(f.figure)}</b> {escape(f.sentence)}</li>'
            for f in headlines(outcomes_of(state), language)
        )
        name = f"<h3>{escape(told.scenario.name)}</h3>" if len(subject.runs) > 1 else ""
        made.append(f'{name}<ul class="strip">{figures}</ul>')
    return f"<section><h2>{escape(language.text('The answer'))}</h2>{''.join(made)}</section>" if made else ""


def _why(subject: Subject) -> str:
    """What differs from the first run, and why."""
    first, text = subject.runs[0], subject.language.text
    made = []
    for number, told in enumerate(subject.runs[1:], 1):
        told_notes = in_a_sentence(first.run, told.run, what_differs(first.scenario, told.scenario))
        items = "".join(f"<li>{escape(text(note.template, **note.values))}</li>" for note in told_notes)
        made.append(f"<h3>{escape(subject.names[number])} ↔ {escape(subject.names[0])}</h3><ul>{items}</ul>")
    return f"<section><h2>{escape(text('What differs, and why'))}</h2>{''.join(made)}</section>" if made else ""


def _gains(subject: Subject) -> str:
    """Who gains and who loses minutes on foot by going from the first run to each other one."""
    language, made = subject.language, []
    for number in range(1, len(subject.runs)):
        before, after = subject.state(0), subject.state(number)
        if before is None or after is None:
            continue
        what = next((w for w, field in MINUTES_FIELD.items() if before.has(field) and after.has(field)), None)
        if what is None:
            continue
        told = gains_told(before, after, what=what, group="walker", language=language, public=subject.public)
        title = language.text("From {first} to {second}, at +{time}:", first=subject.names[0], second=subject.names[number],
                              time=language.duration(before.time))  # fmt: skip
        tables = "".join(
            f"<div><h3>{escape(name)}</h3>{_table(_concerned(frame), language, public=subject.public)}</div>"
            for name, frame in told.tables
            if (frame.iloc[:, 1:] != 0).any(axis=None)
        )
        made.append(f"<p>{escape(title)} {escape(' '.join(told.sentences))}</p>{tables}")
    title = escape(language.text("Who gains, who loses"))
    return f"<section><h2>{title}</h2>{''.join(made)}</section>" if made else ""


def _concerned(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in which anybody is counted, or withheld, and the last one, which is of all."""
    counts = frame.iloc[:, 1:]
    kept = ((counts != 0) | counts.isna()).any(axis=1)
    kept.iloc[-1] = True
    return frame[kept].iloc[-MOST_ROWS:]


def _pictures(subject: Subject, pictures: Sequence[bytes | None]) -> str:
    language, names = subject.language, subject.names
    made = []
    for place, shown in enumerate(subject.maps):
        picture = pictures[place] if place < len(pictures) else None
        if isinstance(shown, int):
            state, title = subject.state(shown), names[shown]
        else:
            state, what = subject.state(shown[1]), subject.difference(shown[1]) or "depth"
            title = language.text("Difference: {what}", what=language.text(DIFFERENCES[what]))
            title += f" · {names[shown[0]]} → {names[shown[1]]}"
        moment = language.text("at +{time}", time=language.duration(state.time)) if state is not None else ""
        caption = f"{title} {moment}".strip()
        if picture is None:
            picture = png_of(_flat(subject, shown), scale=1.0)
        drawn = f'<img alt="{escape(caption)}" src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
        made.append(f"<figure>{drawn}<figcaption>{escape(caption)}</figcaption></figure>")
    several = {1: "", 2: " two"}.get(len(subject.runs), " several")
    return f'<section class="pictures{several}">{"".join(made)}</section>'


def _flat(subject: Subject, shown: int | tuple[int, int]) -> str:
    """One of `Subject.maps`, drawn flat."""
    city, language, look = subject.city, subject.language, subject.look
    if isinstance(shown, int):
        return flat_scene(city, subject.state(shown), language=language, look=look, people=not subject.public, largest=FLAT)
    before, after = (subject.state(number) for number in shown)
    assert before is not None
    assert after is not None
    return flat_difference(
        before, after, what=subject.difference(shown[1]) or "depth", language=language, group=look.group, largest=FLAT
    )


def _outcomes(subject: Subject) -> str:
    language, frame = subject.language, outcome_frame(subject)
    text = language.text
    foot = f'<p class="small">{escape(" ".join(band_notes(subject)))}</p>'
    return f"<section><h2>{escape(text('Figures'))}</h2>{_table(frame, language, public=subject.public)}{foot}</section>"


def _people(subject: Subject) -> str:
    tables = people_tables(subject)
    if not tables:
        return ""
    language = subject.language
    made = "".join(
        f"<h3>{escape(title)}</h3>{_table(_concerned(frame), language, public=subject.public)}" for title, frame in tables
    )
    return f"<section><h2>{escape(language.text('People by district and age'))}</h2>{made}</section>"


def _charts(subject: Subject) -> str:
    if subject.public:
        return ""  # bars of small counts can be read off
    told = subject.runs[0]
    charts = run_charts(told.states, subject.step, subject.language) if told.states else ()
    drawn = "".join(f"<figure>{chart_svg(chart)}</figure>" for chart in charts)
    return f'<section class="charts"><h2>{escape(subject.language.text("Charts"))}</h2>{drawn}</section>' if drawn else ""


def _passports(subject: Subject) -> Iterable[str]:
    language = subject.language
    text = language.text
    before: set[str] = set()  # what holds for an earlier run too is not told again
    for number, told in enumerate(subject.runs):
        passport: dict[str, Any] = subject.passport(number)
        said_of = [[text(n.template, **n.values) for n in of] for of in (assumptions_of(told.scenario), told.run.notes)]
        assumed, notes = ("".join(f"<li>{escape(s)}</li>" for s in each if s not in before) for each in said_of)
        before |= {sentence for each in said_of for sentence in each}
        facts = passport_facts(passport, language)
        listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
        name = f": {told.scenario.name}" if len(subject.runs) > 1 else ""
        said = f"<h3>{escape(text('Notes'))}</h3><ul>{notes}</ul>" if notes else ""
        title, granted = escape(text("Passport") + name), escape(text("What is taken for granted"))
        taken = f"<h3>{granted}</h3><ul>{assumed}</ul>" if assumed else ""
        if number:
            alike = text("As for the first, and:") if taken or said else text("As for the first.")
            taken = f'<p class="small">{escape(alike)}</p>{taken}'
        yield f'<section class="passport"><h2>{title}</h2>{taken}{said}<dl>{listed}</dl></section>'
    yield _sources(subject)


def _sources(subject: Subject) -> str:
    language = subject.language
    text = language.text
    rows = passport_sources(subject.passport(0), language)
    return f"<section><h2>{escape(text('Sources'))}</h2>{_table(pd.DataFrame(rows), language, public=False)}</section>"


def _table(frame: pd.DataFrame, language: Language, *, public: bool) -> str:
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell_text(value, language, public=public))}</td>" for value in row) + "</tr>"
        for row in frame.itertuples(index=False)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
