"""The report as HTML that stands alone: no address in it leads anywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Any

import pandas as pd

from layers.charts import run_charts
from layers.flat_scene import flat_scene
from layers.headline import headlines
from layers.language import Language
from layers.passport import passport_facts, passport_sources
from layers.report.chart_picture import chart_svg, png_of
from layers.report.figures import cell_text, outcome_frame, people_tables
from layers.report.subject import Subject, Told
from layers.wording import acting_words, event_words, measure_words, time_words
from twin.assumptions import assumptions_of
from twin.outcome import outcomes_of

MOST_ROWS = 25


def report_html(subject: Subject) -> str:
    """The report of a run, or the comparison of several, as one HTML page.

    Parameters
    ----------
    subject
        What is reported.
    """
    text = subject.language.text
    parts = [_head(subject), *(_question(subject, told) for told in subject.runs), _answer(subject)]
    parts += [_pictures(subject), _outcomes(subject), _people(subject), _charts(subject), *_passports(subject)]
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
        rule = text("For publication: no count of fewer than 11 people is shown, nor any from which one follows.")
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


def _pictures(subject: Subject) -> str:
    language = subject.language
    made = []
    for number, told in enumerate(subject.runs):
        state = subject.state(number)
        picture = subject.pictures[number] if number < len(subject.pictures) else None
        moment = language.text("at +{time}", time=language.duration(state.time)) if state is not None else ""
        caption = f"{told.scenario.name} {moment}".strip()
        if picture is None:
            picture = png_of(flat_scene(subject.city, state, language=language, look=subject.look, people=not subject.public))
        drawn = f'<img alt="{escape(caption)}" src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
        made.append(f"<figure>{drawn}<figcaption>{escape(caption)}</figcaption></figure>")
    return f'<section class="pictures">{"".join(made)}</section>'


def _outcomes(subject: Subject) -> str:
    language, frame = subject.language, outcome_frame(subject)
    text = language.text
    note = text("In brackets: how wide a difference may be, since some depths and roads are unknown.")
    foot = f'<p class="small">{escape(note)}</p>' if len(subject.runs) > 1 else ""
    return f"<section><h2>{escape(text('Figures'))}</h2>{_table(frame, language, public=subject.public)}{foot}</section>"


def _people(subject: Subject) -> str:
    tables = people_tables(subject)
    if not tables:
        return ""
    language = subject.language
    made = "".join(
        f"<h3>{escape(title)}</h3>{_table(frame.head(MOST_ROWS), language, public=subject.public)}" for title, frame in tables
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
    for number, told in enumerate(subject.runs):
        passport: dict[str, Any] = subject.passport(number)
        assumed = "".join(f"<li>{escape(text(n.template, **n.values))}</li>" for n in assumptions_of(told.scenario))
        notes = "".join(f"<li>{escape(text(n.template, **n.values))}</li>" for n in told.run.notes)
        facts = passport_facts(passport, language)
        listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
        name = f": {told.scenario.name}" if len(subject.runs) > 1 else ""
        said = f"<h3>{escape(text('Notes'))}</h3><ul>{notes}</ul>" if notes else ""
        title, granted = escape(text("Passport") + name), escape(text("What is taken for granted"))
        yield (
            f'<section class="passport"><h2>{title}</h2><h3>{granted}</h3><ul>{assumed}</ul>{said}<dl>{listed}</dl></section>'
        )
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
