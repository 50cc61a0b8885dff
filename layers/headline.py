"""The strip of headline figures: at most five sentences made from outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from layers.language import Language

Tone = Literal["plain", "warning", "unknown"]


@dataclass(frozen=True)
class Headline:
    """One figure of the strip.

    Parameters
    ----------
    figure
        The number with the separators of the language and its unit.
    sentence
        What it counts.
    tone
        "warning" for bad news, "unknown" for what is not known; shown by a sign as well as by colour.
    """

    figure: str
    sentence: str
    tone: Tone = "plain"


def headlines(outcomes: Mapping[str, Any], language: Language) -> tuple[Headline, ...]:
    """At most five figures, the gravest first; what is unknown always has its place.

    Parameters
    ----------
    outcomes
        Figures by name, as `twin.outcome.outcomes_of` gives them for one state.
    language
        The reader's.

    Examples
    --------
    >>> strip = headlines({"people_exposed": 1240.0, "buildings_flooded": 300, "buildings_unknown": 2}, Language("en"))
    >>> [(h.figure, h.sentence) for h in strip]
    [('1,240', 'people in flooded buildings'), ('300', 'buildings flooded'), ('2', 'buildings of unknown depth')]
    """
    text = language.text
    made: list[Headline] = []

    def add(
        name: str, sentence: str, tone: Tone = "warning", *, always: bool = True, scale: float = 1, digits: int = 0
    ) -> None:
        if name not in outcomes:
            return
        value = outcomes[name]
        if value is None:
            made.append(Headline(text("unknown"), sentence, "unknown"))
        elif always or value:
            unit = " km" if scale == 1000 else ""
            made.append(Headline(language.number(value / scale, digits) + unit, sentence, tone if value else "plain"))

    add("people_exposed", text("people in flooded buildings"))
    add("buildings_flooded", text("buildings flooded"))
    if any(outcomes.get(f"roads_{state}_m") for state in ("closed", "open", "unknown")):
        add("roads_closed_m", text("of road closed"), scale=1000, digits=1)
    if "shelters_usable" in outcomes:
        total = sum(outcomes[f"shelters_{state}"] for state in ("usable", "unusable", "unknown"))
        if total:
            sentence = text("of {total} shelters usable, {unknown} unknown", total=total, unknown=outcomes["shelters_unknown"])
            made.append(Headline(language.number(outcomes["shelters_usable"], 0), sentence))
    add("buildings_unknown", text("buildings of unknown depth"), "unknown", always=len(made) < 4)
    return tuple(made[:5])
