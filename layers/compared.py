"""The strip of a comparison: what changes most for people, in a few figures."""

from __future__ import annotations

from layers.headline import Headline, Tone
from layers.language import Language, mark
from layers.report.figures import figure_text, released
from twin.comparison import flattened
from twin.outcome import OUTCOMES
from twin.run import Run

MOST = 5
TOLD = (
    "people_caught", "people_cut_off", "people_without_departure", "people_exposed", "buildings_flooded", "damage/middle",
    "roads_closed_m", "shelters_unusable", "flooded_area_m2",
)  # fmt: skip
"""Figures of which less is better, the gravest first."""


HERE = {"at_home": mark("{figure} at home"), "by_day": mark("{figure} by day")}
"""Where people are counted, when the two answers do not count them alike."""


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
    flat = [flattened(run.outcomes) for run in (first, second)]
    told = released(flat) if public else flat
    made, elsewhere = [], first.outcomes.get("people_counted") != second.outcomes.get("people_counted")
    for name in TOLD:
        one, other = (each.get(name) for each in told)
        if one is None or other is None or one == other:
            continue
        change = other - one
        outcome = declared[name.partition("/")[0]]
        sign = "+" if change > 0 else "−"
        money = f" {first.outcomes.get('damage_currency')}" if outcome.unit == "currency" else ""
        before, after = (figure_text(float(value), outcome, language) for value in (one, other))
        if outcome.people and elsewhere:
            before, after = (
                language.text(HERE.get(run.outcomes.get("people_counted", ""), "{figure}"), figure=shown)
                for run, shown in ((first, before), (second, after))
            )
        sentence = language.text(_SHORT[name])
        if not money:  # sums are long, and stand in the table
            sentence += f": {before} → {after}"
        tone: Tone = "warning" if change > 0 else "plain"
        made.append(Headline(f"{sign}{figure_text(abs(change), outcome, language)}{money}", sentence, tone))
    return tuple(made[:MOST]) or (Headline("=", language.text("no difference in the headline figures")),)


_SHORT = {
    "people_caught": mark("people caught on closed roads"),
    "people_cut_off": mark("people cut off on foot"),
    "people_without_departure": mark("people without a known safe departure"),
    "people_exposed": mark("people in flooded buildings"),
    "buildings_flooded": mark("buildings flooded"),
    "damage/middle": mark("of damage"),
    "roads_closed_m": mark("of road closed"),
    "shelters_unusable": mark("shelters that cannot be used"),
    "flooded_area_m2": mark("ground under water"),
}
