"""A shelter: usable or not and why, who is in it, and how full it is."""

from __future__ import annotations

import math

from layers.codes import fill_codes
from layers.coding import FILL
from layers.fact import Fact, depth_text, people_text, tone_of
from layers.language import Language, mark
from twin.state import State

USABLE = {0: (mark("cannot be used"), "warning"), 1: (mark("can be used"), "plain")}


def shelter_facts(state: State, index: int, language: Language) -> list[Fact]:
    """What a state tells of a shelter."""
    text = language.text
    depth = float(state.field("shelter_depth")[index])
    reason = state.variables["shelter_reason"].codes[int(state.field("shelter_reason")[index])]
    word, tone = USABLE.get(int(state.field("shelter_usable")[index]), ("unknown", "unknown"))
    return [
        Fact(text("Shelter"), text(word), tone),
        Fact(text("Why"), text(reason)),
        Fact(text("Depth now"), depth_text(depth, depth, language), tone_of(depth)),
        *_occupancy(state, index, language),
    ]


def _occupancy(state: State, index: int, language: Language) -> list[Fact]:
    if not state.has("shelter_occupancy"):
        return []
    text = language.text
    inside = float(state.field("shelter_occupancy")[index])
    capacity = float(state.city.table("shelters")["capacity"].astype("float64").iloc[index])
    people = people_text(inside, language)
    if math.isnan(capacity):
        words = text("{people}; nobody says how many it takes", people=people)
    else:
        words = text("{people} of {places}", people=people, places=language.number(capacity, 0))
    full = fill_codes(state)[index] == FILL.code_of("full")
    facts = [Fact(text("People who came"), words, "unknown" if math.isnan(capacity) else "warning" if full else "plain")]
    turned = float(state.field("shelter_turned_away")[index])
    if turned > 0:
        facts.append(Fact(text("Turned away so far"), people_text(turned, language), "warning"))
    return facts
