"""The strip of headline figures: at most five sentences made from outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from layers.fact import minutes_text, people_text
from layers.language import Language, mark

Tone = Literal["plain", "warning", "unknown"]
MOST = 5
WORRYING_MASS_ERROR = 1e-4
"""Share of the water lost or made from which a reader must know of it."""
PEOPLE = (
    ("people_caught", mark("person caught on a closed road"), mark("people caught on closed roads")),
    ("people_cut_off", mark("person cut off on foot"), mark("people cut off on foot")),
    ("people_without_departure", mark("person without a known safe departure"), mark("people without a known safe departure")),
)
"""Bad news of people, told of one and of more, and only where there are any; the gravest first."""


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

    Which they are hangs on what the run tells: first whatever shakes all the others, then people in danger, then places that
    lack time or room, then water, roads and shelters.

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
    grave = [*_doubts(outcomes, language), *_people(outcomes, language), *_places(outcomes, language)]
    usual = _usual(outcomes, language)
    unknown = outcomes.get("buildings_unknown")
    room = MOST - (1 if unknown else 0)
    # The people in the water stand first among the usual figures, and behind nothing but people in worse danger.
    made = [*grave[: room - 1], *usual][:room]
    if unknown is not None and (unknown or len(made) < MOST - 1):
        sentence = text("building of unknown depth" if unknown == 1 else "buildings of unknown depth")
        made.append(Headline(language.number(unknown, 0), sentence, "unknown" if unknown else "plain"))
    return tuple(made)


def _doubts(outcomes: Mapping[str, Any], language: Language) -> list[Headline]:
    """What shakes all other figures: water that the computation lost or made."""
    error = outcomes.get("mass_error")
    if error is None or abs(error) < WORRYING_MASS_ERROR:
        return []
    share = f"{language.number(100 * abs(error), 3)} %"
    return [Headline(share, language.text("of the water lost or made by the computation: mistrust the figures"), "warning")]


def _people(outcomes: Mapping[str, Any], language: Language) -> list[Headline]:
    """People in danger, and those of whom it is not known."""
    text, made = language.text, []
    for name, alone, sentence in PEOPLE:
        if name == "people_without_departure" and (outcomes.get(name) or 0) <= (outcomes.get("people_cut_off") or 0):
            continue  # who has no way has no departure either: that was told
        people = outcomes.get(name)
        if name in outcomes and people is None:
            made.append(Headline(text("unknown"), _whose(text(sentence), outcomes, language), "unknown"))
            continue
        unsure = people - outcomes.get("people_cut_off_for_certain", people) if name == "people_cut_off" and people else 0
        if people and people > unsure:
            told = people_text(people - unsure, language)
            whose = _whose(text(alone if told == "1" else sentence), outcomes, language)
            made.append(Headline(told, whose, "warning"))
        if unsure > 0:
            # Nobody is called cut off of whom that is not known, and nobody who is not known to have a way is left out.
            told = people_text(unsure, language)
            words = text(
                "person of whom no way to a shelter is known" if told == "1" else "people of whom no way to a shelter is known"
            )
            made.append(Headline(told, _whose(words, outcomes, language), "unknown"))
    return made


def _whose(sentence: str, outcomes: Mapping[str, Any], language: Language) -> str:
    """What is counted of people, and that it is by day where it is: who reads no more than that thinks of homes."""
    return language.text("{what}, by day", what=sentence) if outcomes.get("people_counted") == "by_day" else sentence


def _places(outcomes: Mapping[str, Any], language: Language) -> list[Headline]:
    """Places that lack time or room, and how long the way to safety takes."""
    text, made = language.text, []
    if outcomes.get("care_places_out_of_time"):
        sentence = text(
            "care home, hospital or school short of time"
            if outcomes["care_places_out_of_time"] == 1
            else "care homes, hospitals, schools short of time"
        )
        made.append(Headline(language.number(outcomes["care_places_out_of_time"], 0), sentence, "warning"))
    elif outcomes.get("care_minutes_spare"):
        least = min(outcomes["care_minutes_spare"].values())
        sentence = text("to spare at the care home, hospital or school with the least")
        made.append(Headline(minutes_text(60 * least, language), sentence))
    if outcomes.get("shelters_over_capacity"):
        full = outcomes["shelters_over_capacity"]
        made.append(Headline(language.number(full, 0), text("shelter full" if full == 1 else "shelters full"), "warning"))
    if (outcomes.get("traffic_extra_s") or 0) >= 1:
        sentence = text("longer for a car trip of an ordinary day, on average")
        made.append(Headline(language.duration(outcomes["traffic_extra_s"]), sentence, "warning"))
    if outcomes.get("traffic_trips_lost_per_hour"):
        told = people_text(outcomes["traffic_trips_lost_per_hour"], language)
        sentence = text("car trip an hour that finds no way" if told == "1" else "car trips an hour that find no way")
        made.append(Headline(told, sentence, "warning"))
    if outcomes.get("people_on_the_way"):
        told = people_text(outcomes["people_on_the_way"], language)
        sentence = text("person on the way to a shelter" if told == "1" else "people on their way to shelters")
        made.append(Headline(told, sentence))
    elif outcomes.get("clearance_s"):
        sentence = text("from the order until the last of those who left had arrived")
        made.append(Headline(minutes_text(outcomes["clearance_s"] + 59, language), sentence))
    return made


def _usual(outcomes: Mapping[str, Any], language: Language) -> list[Headline]:
    """Water, roads and shelters, told even where there is nothing to fear."""
    text, made = language.text, []

    def add(name: str, sentence: str, *, alone: str = "", scale: float = 1, digits: int = 0, unit: str = "") -> None:
        if name not in outcomes:
            return
        value = outcomes[name]
        if value is None:
            made.append(Headline(text("unknown"), sentence, "unknown"))
        else:
            told = language.number(value / scale, digits) + unit
            made.append(Headline(told, alone if alone and told == "1" else sentence, "warning" if value else "plain"))

    exposed, alone = text("people in flooded buildings"), text("person in a flooded building")
    add("people_exposed", _whose(exposed, outcomes, language), alone=_whose(alone, outcomes, language))
    add("buildings_flooded", text("buildings flooded"), alone=text("building flooded"))
    if any(outcomes.get(f"roads_{state}_m") for state in ("closed", "open", "unknown")):
        add("roads_closed_m", text("of road closed"), scale=1000, digits=1, unit=" km")
    if "shelters_usable" in outcomes:
        total = sum(outcomes[f"shelters_{state}"] for state in ("usable", "unusable", "unknown"))
        if total:
            sentence = text("of {total} shelters usable, {unknown} unknown", total=total, unknown=outcomes["shelters_unknown"])
            made.append(Headline(language.number(outcomes["shelters_usable"], 0), sentence))
    return made
