"""The report as HTML that stands alone: no address in it leads anywhere."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import pandas as pd

from layers.changes import DIFFERENCES
from layers.charts import anybody_moves, run_charts
from layers.flat_map import MapPicture, flat_png, legend_html
from layers.flat_scene import flat_difference, flat_view
from layers.gains import MINUTES_FIELD, gains_told
from layers.headline import headlines
from layers.language import Language
from layers.legend import Legend
from layers.passport import passport_facts, passport_sources
from layers.people_table import UNKNOWN
from layers.report.chart_picture import chart_svg
from layers.report.figures import band_notes, cell_text, outcome_frame, outcome_rows
from layers.report.people import SHORT_AGES, beside_each_other, people_counts
from layers.report.subject import Subject, Told
from layers.scene import attribution
from layers.wording import acting_words, event_words, measure_words, people_words, time_words
from twin.assumptions import assumptions_of
from twin.comparison import in_a_sentence
from twin.mobility.series import evacuation_series
from twin.outcome import outcomes_of
from twin.privacy import BASE
from twin.questions_compared import what_differs
from twin.variables import AGES

MOST_ROWS = 25
FLAT = 1100
"""Pixels along the longer side of a map that is drawn flat."""


def report_html(subject: Subject, *, pictures: Callable[[], Sequence[MapPicture | None]] = tuple) -> str:
    """The report of a run, or the comparison of several, as one HTML page.

    Parameters
    ----------
    subject
        What is reported.
    pictures
        Gives pictures of `Subject.maps`; asked when all the rest is made, so that somebody may draw them meanwhile.
        One that is missing is drawn flat.
    """
    text = subject.language.text
    before = [_head(subject), _questions(subject), _why(subject), _answer(subject)]
    after = [_outcomes(subject), _gains(subject), _people(subject), _charts(subject), *_passports(subject)]
    parts = [*before, _pictures(subject, pictures()), *after]
    style = (files("layers") / "report" / "report.css").read_text(encoding="utf-8")
    title = escape(" / ".join(subject.names))
    foot = escape(f"{subject.city.name} · {text('City Twin')}")
    return (
        f'<!DOCTYPE html><html lang="{subject.language.code}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}'
        f'@page {{ @bottom-left {{ content: "{foot}" }} }}</style></head><body>{"".join(filter(None, parts))}</body></html>'
    )


def _head(subject: Subject) -> str:
    language = subject.language
    text, first = language.text, subject.runs[0]
    names = " ↔ ".join(subject.names)
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


def _questions(subject: Subject) -> str:
    """What was asked, of each run; what all runs share is told once."""
    text = subject.language.text
    if len(subject.runs) == 1:
        only = subject.runs[0]
        about, when, measures = _asked(subject, only)
        return f"<section><h2>{escape(text('The question'))}</h2>{about}{when}{measures}</section>"
    asked = [_asked(subject, told) for told in subject.runs]
    about, when = (parts[0] if len(set(parts)) == 1 else "" for parts in ([each[n] for each in asked] for n in (0, 1)))
    shared = f"<p>{escape(text('In all of them:'))}</p>{about}{when}" if about or when else ""
    each_own = "".join(
        f"<div><h3>{escape(name)}</h3>{'' if about else of[0]}{'' if when else of[1]}{of[2]}</div>"
        for name, of in zip(subject.names, asked, strict=True)
    )
    return f"<section><h2>{escape(text('The questions'))}</h2>{shared}{_beside(each_own, subject)}</section>"


def _asked(subject: Subject, told: Told) -> tuple[str, str, str]:
    """Description, event and measures of a run."""
    language, scenario, city = subject.language, told.scenario, subject.city
    items = "".join(
        f"<li>{escape(measure_words(measure, city, language))} <span>{escape(acting_words(measure, language))}</span></li>"
        for measure in scenario.measures
    )
    about = f"<p>{escape(scenario.description)}</p>" if scenario.description else ""
    when = f"<p>{escape(' '.join(tell(scenario, city, language) for tell in (event_words, time_words, people_words)))}</p>"
    return about, when, f"<ul>{items}</ul>" if items else f"<p>{escape(language.text('No measures.'))}</p>"


def _answer(subject: Subject) -> str:
    language = subject.language
    made = []
    for number in range(len(subject.runs)):
        state = subject.state(number)
        if state is None or subject.public:
            continue  # what is published stands in the table, where small counts are withheld
        figures = "".join(
            f'<li class="{f.tone}"><b>{escape(f.figure)}</b> {escape(f.sentence)}</li>'
            for f in headlines(outcomes_of(state), language)
        )
        name = f"<h3>{escape(subject.names[number])}</h3>" if len(subject.runs) > 1 else ""
        made.append(f'<div>{name}<ul class="strip">{figures}</ul></div>')
    if not made:
        return ""
    moment = subject.state(0)
    when = (
        "" if moment is None else f" <small>{escape(language.text('at +{time}', time=language.duration(moment.time)))}</small>"
    )
    title = escape(language.text("The answer"))
    return f"<section><h2>{title}{when}</h2>{_beside(''.join(made), subject)}</section>"


def _beside(blocks: str, subject: Subject) -> str:
    """Blocks of HTML, one for each run, beside each other."""
    kind = {1: "", 2: "beside"}.get(len(subject.runs), "beside narrow")
    return f'<div class="{kind}">{blocks}</div>'


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
            if (frame.iloc[:, 1:].replace(UNKNOWN, 0) != 0).any(axis=None)
        )
        tables = f'<div class="beside">{tables}</div>'
        made.append(f"<p>{escape(title)} {escape(' '.join(told.sentences))}</p>{tables}")
    title = escape(language.text("Who gains, who loses"))
    return f"<section><h2>{title}</h2>{''.join(made)}</section>" if made else ""


def _concerned(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in which anybody is counted, or withheld, and the last one, which is of all."""
    counts = frame.iloc[:, 1:]
    kept = ((counts.replace({"": 0, UNKNOWN: 0}) != 0) | counts.isna()).any(axis=1)
    kept.iloc[-1] = True
    return frame[kept].iloc[-MOST_ROWS:]


def _pictures(subject: Subject, pictures: Sequence[MapPicture | None]) -> str:
    """The maps, several beside each other, with the legends of all under them."""
    language, names = subject.language, subject.names
    made = []
    legends: dict[Legend, None] = {}
    for place, shown in enumerate(subject.maps):
        given = pictures[place] if place < len(pictures) else None
        picture = given or _flat(subject, shown)
        if isinstance(shown, int):
            state, title = subject.state(shown), names[shown]
        else:
            state, what = subject.state(shown[1]), subject.difference(shown[1]) or "depth"
            title = language.text("Difference: {what}", what=language.text(DIFFERENCES[what]))
            title += f" · {names[shown[0]]} → {names[shown[1]]}"
        moment = language.text("at +{time}", time=language.duration(state.time)) if state is not None else ""
        caption = f"{title} {moment}".strip()
        legends |= dict.fromkeys(picture.legends)
        source = f"data:image/png;base64,{base64.b64encode(flat_png(picture.image)).decode()}"
        made.append(f'<figure><img alt="{escape(caption)}" src="{source}"><figcaption>{escape(caption)}</figcaption></figure>')
    drawn = legend_html(list(legends), translate=language.text)
    sources = f'<p class="small">{escape(attribution(subject.city, language))}</p>'
    many = "one" if len(made) == 1 else "several many" if len(made) > 4 else "several"
    return f'<section class="pictures {many}">{"".join(made)}{drawn}{sources}</section>'


def _flat(subject: Subject, shown: int | tuple[int, int]) -> MapPicture:
    """One of `Subject.maps`, drawn flat."""
    city, language, look = subject.city, subject.language, subject.look
    if isinstance(shown, int):
        return flat_view(city, subject.state(shown), language=language, look=look, people=not subject.public, largest=FLAT)
    before, after = (subject.state(number) for number in shown)
    assert before is not None
    assert after is not None
    return flat_difference(
        before, after, what=subject.difference(shown[1]) or "depth", language=language, group=look.group, largest=FLAT
    )


def _outcomes(subject: Subject) -> str:
    language, text = subject.language, subject.language.text
    rows = outcome_rows(subject)
    runs = [f"run {number}" for number in range(len(subject.runs))]
    different = [row for row in rows if len(runs) == 1 or len({row[run] for run in runs}) > 1]
    alike = "; ".join(f"{row['meaning']}: {row['run 0']}" for row in rows if row not in different)
    table = _table(outcome_frame(subject, different), language, public=subject.public) if different else ""
    said = f'<p class="small">{escape(text("Alike in all of them: {figures}.", figures=alike))}</p>' if alike else ""
    foot = f'<p class="small">{escape(" ".join(band_notes(subject)))}</p>'
    return f'<section class="figures"><h2>{escape(text("Figures"))}</h2>{table}{said}{foot}</section>'


def _people(subject: Subject) -> str:
    """People by district and age in one table; the runs beside each other."""
    made, language = people_counts(subject), subject.language
    if not made:
        return ""
    text, count = language.text, len(subject.runs)
    body = []
    for label, frames in made:
        body.append(f'<tr><th colspan="{1 + count * (len(AGES) + 1)}">{escape(text(label))}</th></tr>')
        for row in _concerned(beside_each_other(frames, count)).itertuples(index=False):
            cells = [cell_text(value, language, public=subject.public, short=True) for value in row]
            body.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    ages = "".join(f'<th scope="col">{escape(text(age))}</th>' for _ in range(count) for age in (*SHORT_AGES, "all"))
    names = "".join(f'<th scope="colgroup" colspan="{len(AGES) + 1}">{escape(name)}</th>' for name in subject.names)
    head = (
        f"<tr><td></td>{names}</tr>" if count > 1 else ""
    ) + f'<tr><th scope="col">{escape(text("District"))}</th>{ages}</tr>'
    signs = ", ".join([*([text("×: withheld")] if subject.public else []), text("?: unknown")])
    return (
        f"<section><h2>{escape(text('People by district and age'))}</h2>"
        f'<table class="people"><thead>{head}</thead><tbody>{"".join(body)}</tbody></table>'
        f'<p class="small">{escape(signs)}</p></section>'
    )


def _charts(subject: Subject) -> str:
    """All charts of a single run; of several the course of the evacuation in each: the tables tell the rest."""
    if subject.public:
        return ""  # bars of small counts can be read off
    drawn, several = [], len(subject.runs) > 1
    for number, told in enumerate(subject.runs):
        charts = run_charts(told.states, min(subject.step, len(told.states) - 1), subject.language) if told.states else ()
        if several:
            series = evacuation_series(told.states)
            charts = (charts[0].properties(height=130),) if series is not None and anybody_moves(series) else ()
        caption = f"<figcaption>{escape(subject.names[number])}</figcaption>" if several else ""
        drawn += [f"<figure>{chart_svg(chart, width=520 if several else 340)}{caption}</figure>" for chart in charts]
    title = escape(subject.language.text("Charts"))
    return f'<section class="charts"><h2>{title}</h2>{"".join(drawn)}</section>' if drawn else ""


def _passports(subject: Subject) -> Iterable[str]:
    language = subject.language
    text = language.text
    before: set[str] = set()  # what holds for an earlier run too is not told again
    known: list[tuple[str, str]] = []
    for number, told in enumerate(subject.runs):
        passport: dict[str, Any] = subject.passport(number)
        said_of = [
            [text(n.template, **n.values) for n in of] for of in (assumptions_of(told.scenario, subject.city), told.run.notes)
        ]
        assumed, notes = ("".join(f"<li>{escape(s)}</li>" for s in each if s not in before) for each in said_of)
        before |= {sentence for each in said_of for sentence in each}
        facts = passport_facts(passport, language)
        name = f": {subject.names[number]}" if len(subject.runs) > 1 else ""
        title, granted = escape(text("Passport") + name), escape(text("What is taken for granted"))
        said = f"<h3>{escape(text('Notes'))}</h3><ul>{notes}</ul>" if notes else ""
        taken = f"<h3>{granted}</h3><ul>{assumed}</ul>" if assumed else ""
        if not number:
            known = facts
            listed = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in facts)
            yield f'<section class="passport"><h2>{title}</h2>{taken}{said}<dl>{listed}</dl></section>'
            continue
        own = " · ".join(f"{label} {value}" for label, value in facts if (label, value) not in known)
        alike = text("As for the first, and:") if taken or said else text("As for the first.")
        own_facts = f'<p class="small">{escape(own)}</p>'
        yield (
            f'<section class="passport"><h2>{title}</h2>{own_facts}<p class="small">{escape(alike)}</p>{taken}{said}</section>'
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
