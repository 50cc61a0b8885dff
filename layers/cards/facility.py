"""A facility: its water, and whether the time left is enough for the people who need help."""

from __future__ import annotations

import math

from layers.fact import Fact, depth_text, minutes_text, tone_of
from layers.language import Language
from twin.state import State


def facility_facts(state: State, index: int, language: Language) -> list[Fact]:
    """What a state tells of a facility."""
    text = language.text
    depth = float(state.field("facility_depth")[index])
    facts = [Fact(text("Depth now"), depth_text(depth, depth, language), tone_of(depth))]
    if not state.has("facility_time_spare"):
        return facts
    spare = float(state.field("facility_time_spare")[index])
    if spare == -math.inf and not _has_departure(state, index):
        facts.append(Fact(text("Time left by large vehicle"), text("no safe departure any more"), "warning"))
        return facts
    if state.has("facility_time_left"):
        left = float(state.field("facility_time_left")[index])
        if math.isfinite(left):
            facts.append(Fact(text("Time left by large vehicle"), minutes_text(left, language)))
    facts.append(Fact(text("Left minus the time it needs"), *spare_words(spare, language)))
    return facts


def _has_departure(state: State, index: int) -> bool:
    return not state.has("facility_time_left") or float(state.field("facility_time_left")[index]) != -math.inf


def spare_words(spare: float, language: Language) -> tuple[str, str]:
    """Time left minus the time needed, in words, with its tone.

    Examples
    --------
    >>> spare_words(-1200.0, Language("en")), spare_words(float("inf"), Language("en"))[0]
    (('20 min too little', 'warning'), 'not closed within this run')
    """
    text = language.text
    if math.isnan(spare):
        return text("unknown: nobody says how long it needs"), "unknown"
    if spare == math.inf:
        return text("not closed within this run"), "plain"
    if spare == -math.inf:
        return text("not asked: nobody there needs help"), "plain"
    if spare < 0:
        return text("{time} too little", time=language.duration(math.ceil(-spare / 60) * 60)), "warning"
    return text("{time} to spare", time=minutes_text(spare, language)), "plain"
