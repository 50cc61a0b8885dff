"""A road: who can pass, until when and from when again, who is on it, and who depends on it."""

from __future__ import annotations

import math

from layers.fact import Fact, depth_text, people_text, tone_of
from layers.language import Language, mark
from twin.scenario.rules import GROUPS
from twin.state import State
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE

GROUP_LABELS = dict(
    zip(
        GROUPS,
        (mark("Walkers by day"), mark("Walkers at night, older or with a child"), mark("Cars"), mark("Large vehicles")),
        strict=True,
    )
)
STATES = {
    0: (mark("closed"), "warning"),
    1: (mark("open"), "plain"),
    UNKNOWN_CODE: (mark("unknown"), "unknown"),
    NOT_APPLICABLE_CODE: (mark("not meant for them"), "plain"),
}


def road_facts(state: State, index: int, language: Language) -> list[Fact]:
    """What a state tells of a road."""
    text = language.text
    depth = float(state.field("road_depth")[index])
    facts = [Fact(text("Depth now"), depth_text(depth, depth, language), tone_of(depth))]
    for row, group in enumerate(GROUPS):
        code = int(state.field("road_open")[row, index])
        word, tone = STATES[code]
        words = [text(word)]
        if code != NOT_APPLICABLE_CODE:
            words += _course(state, row, index, language)
        facts.append(Fact(text(GROUP_LABELS[group]), " · ".join(words), tone))
    return [*facts, *_people(state, index, language), *_traffic(state, index, language)]


def _course(state: State, row: int, index: int, language: Language) -> list[str]:
    """When the road first closes within the run, and when it opens again."""
    if not state.has("road_closing"):
        return []
    closing, reopening = (float(state.field(name)[row, index]) for name in ("road_closing", "road_reopening"))
    if math.isnan(closing):
        return [language.text("unknown when it closes")]
    if closing == math.inf:
        return [language.text("not closed within this run")]
    if closing == -math.inf:
        return []
    words = [language.text("closes after {time}", time=language.duration(closing))]
    if math.isfinite(reopening):
        words.append(language.text("opens again after {time}", time=language.duration(reopening)))
    elif reopening == math.inf:
        words.append(language.text("not open again within this run"))
    return words


def _traffic(state: State, index: int, language: Language) -> list[Fact]:
    """Everyday traffic on the road, where it was asked for and cars are known to get there."""
    if not state.has("road_flow") or not math.isfinite(flow := float(state.field("road_flow")[index])):
        return []
    speed = float(state.field("road_speed")[GROUPS.index("car"), index])
    if math.isnan(speed):
        return [Fact(language.text("Everyday traffic"), language.text("unknown"), "unknown")]
    if speed <= 0:
        return []
    delay = float(state.field("road_delay")[index])
    words = language.text("{count} cars an hour, {delay} more than on the empty road", count=round(flow),
                          delay=language.duration(delay))  # fmt: skip
    return [Fact(language.text("Everyday traffic"), words)]


def _people(state: State, index: int, language: Language) -> list[Fact]:
    text, facts = language.text, []
    for name, label, warning in (
        ("road_evacuees", text("Evacuees on it now"), False),
        ("road_caught", text("Evacuees caught on it so far"), True),
        ("road_people_dependent", text("Would lose every way on foot without it"), False),
        ("road_people_dependent_by_car", text("Would lose every way by car without it"), False),
    ):
        if state.has(name):
            people = float(state.field(name)[index])
            if people or name == "road_people_dependent":
                facts.append(Fact(label, people_text(people, language), "warning" if warning else "plain"))
    return facts
