"""The strip of a comparison: what changes most for people, in a few figures."""

from __future__ import annotations

from collections.abc import Sequence

from layers.headline import Headline, Tone
from layers.language import Language
from layers.report.figures import figure_text
from twin.comparison import compared_figures
from twin.outcome import OUTCOMES
from twin.privacy import release_counts
from twin.run import Run

MOST = 5
TOLD = (
    "people_caught", "people_cut_off", "people_without_departure", "people_exposed", "buildings_flooded", "damage/middle",
    "roads_closed_m", "shelters_unusable", "flooded_area_m2",
)  # fmt: skip
"""Figures of which less is better, the gravest first."""


def compared_headlines(first: Run, second: Run, language: Language, *, public: bool = False) -> tuple[Headline, ...]:
    """At most five differences between two finished runs, those of people first; how sure they are stands in the table.

    Parameters
    ----------
    first, second
        The runs; the difference is the second's to the first's.
    language
        The reader's.
    public
        Whether counts of people follow the privacy rule.
    """
    declared = {outcome.name: outcome for outcome in OUTCOMES}
    figures = {figure.name: figure for figure in compared_figures((first, second))}
    people = [{n: f.values[k] for n, f in figures.items() if f.people} for k in (0, 1)]
    kept: Sequence[dict[str, float | None]] = release_counts(people) if public else people
    made = []
    for name in TOLD:
        figure = figures.get(name)
        change = figure.differences[1] if figure else None
        if figure is None or not change or (figure.people and None in (kept[0].get(name), kept[1].get(name))):
            continue
        outcome = declared[name.partition("/")[0]]
        sign = "+" if change > 0 else "−"
        money = f" {first.outcomes.get('damage_currency')}" if outcome.unit == "currency" else ""
        before, after = (figure_text(float(value or 0.0), outcome, language) for value in figure.values)
        sentence = f"{language.text(_SHORT[name])}: {before} → {after}"
        tone: Tone = "warning" if change > 0 else "plain"
        made.append(Headline(f"{sign}{figure_text(abs(change), outcome, language)}{money}", sentence, tone))
    return tuple(made[:MOST]) or (Headline("=", language.text("no difference in the headline figures")),)


_SHORT = {
    "people_caught": "people caught on closed roads",
    "people_cut_off": "people cut off on foot",
    "people_without_departure": "people without a known safe departure",
    "people_exposed": "people in flooded buildings",
    "buildings_flooded": "buildings flooded",
    "damage/middle": "damage",
    "roads_closed_m": "of road closed",
    "shelters_unusable": "shelters that cannot be used",
    "flooded_area_m2": "ground under water",
}
