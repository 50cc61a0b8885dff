"""A building: its water, who gets away from it and until when, and whether going upstairs is officially possible."""

from __future__ import annotations

import math

from layers.fact import Fact, depth_text, minutes_text, rank_text, tone_of
from layers.language import Language, mark
from layers.themes import GROUP_LABELS
from twin.mobility.variables import ACCESS_CODES, REFUGE_REASONS
from twin.scenario.rules import GROUPS
from twin.state import State
from twin.variable import UNKNOWN_CODE

SOON = 1800.0
"""Time left below which it is told as bad news, s."""
UPSTAIRS = {0: mark("leave: upstairs is officially no refuge"), 1: mark("officially possible")}


def building_facts(state: State, index: int, language: Language) -> list[Fact]:
    """What a state tells of a building, the gravest first."""
    return [
        *_water(state, index, language),
        *way_facts(state, index, language),
        *_services(state, index, language),
        *_refuge(state, index, language),
    ]


def _water(state: State, index: int, language: Language) -> list[Fact]:
    text = language.text
    high, low = (float(state.field(name)[index]) for name in ("building_depth", "building_depth_low"))
    ours, official = (int(state.field(name)[index]) for name in ("building_rank_peak", "building_official_rank"))
    arrival = float(state.field("building_arrival")[index])
    came = (
        text("not so far in this run")
        if arrival == math.inf
        else text("unknown")
        if math.isnan(arrival)
        else text("after {time} at the earliest", time=language.duration(arrival))
        if arrival
        else text("from the start")
    )
    wet = float(state.field("building_wet_time")[index])
    facts = [
        Fact(text("Depth now"), depth_text(high, low, language), tone_of(high)),
        Fact(text("Deepest so far"), rank_text(ours, language), "unknown" if ours == UNKNOWN_CODE else "plain"),
        Fact(text("Official rank here"), rank_text(official, language), "unknown" if official == UNKNOWN_CODE else "plain"),
        Fact(text("Water came"), came, "unknown" if math.isnan(arrival) else "plain"),
        Fact(text("Wet for"), text("unknown") if math.isnan(wet) else language.duration(wet), tone_of(wet, math.inf)),
    ]
    if UNKNOWN_CODE not in (ours, official) and ours < official:
        facts.insert(3, Fact(text("Mind"), text("An official map ranks this place higher than this scenario does."), "warning"))
    return facts


def way_facts(state: State, index: int, language: Language) -> list[Fact]:
    """For each group: time left to set out, the earlier end first, and the way to a shelter as it is now."""
    facts = []
    for row, group in enumerate(GROUPS[:3]):
        words: list[str] = []
        tones: list[str] = []
        for part in (left_words(state, row, index, language), _travel_words(state, row, index, language)):
            if part is not None:
                words.append(part[0])
                tones.append(part[1])
        if words:
            tone = next((tone for tone in ("warning", "unknown") if tone in tones), "plain")
            facts.append(Fact(language.text(GROUP_LABELS[group]), " · ".join(words), tone))
    since = float(state.field("building_cut_off_since")[0, index]) if state.has("building_cut_off_since") else math.inf
    if math.isfinite(since):
        facts.append(
            Fact(language.text("Cut off on foot since"), "+" + language.duration(since), "warning"),
        )
    return facts


def left_words(state: State, row: int, index: int, language: Language) -> tuple[str, str] | None:
    """Time left to set out in words, with its tone; None while the run has not ended."""
    if not state.has("building_time_left"):
        return None
    least = float(state.field("building_time_left")[row, index])
    most = float(state.field("building_time_left_high")[row, index])
    text = language.text
    if least == -math.inf:
        late = most == -math.inf
        return text("no safe departure any more" if late else "no departure that is known to be safe"), "warning"
    if least == math.inf:
        return text("not closed within this run"), "plain"
    tone = "warning" if least < SOON else "plain"
    if most == math.inf or math.isnan(most):
        return text("{time} left at least", time=minutes_text(least, language)), tone
    if most - least < 60:
        return text("{time} left", time=minutes_text(least, language)), tone
    return text("{least} to {most} left", least=minutes_text(least, language), most=minutes_text(most, language)), tone


def _travel_words(state: State, row: int, index: int, language: Language) -> tuple[str, str] | None:
    if not state.has("building_shelter_time"):
        return None
    time = float(state.field("building_shelter_time")[row, index])
    if math.isnan(time):
        return language.text("unknown whether there is a way"), "unknown"
    if time == math.inf:
        code = int(state.field("building_access")[row, index])
        return language.text(ACCESS_CODES.get(code, "unknown")), "warning"
    shelter = float(state.field("building_shelter")[row, index])
    name = str(state.city.table("shelters")["name"].iloc[int(shelter)]) if math.isfinite(shelter) else ""
    minutes = language.duration(max(round(time / 60), 1) * 60)
    return language.text("{time} to {shelter}", time=minutes, shelter=name), "plain"


def _services(state: State, index: int, language: Language) -> list[Fact]:
    """How far help is: the hospital by car, and the fire engine that comes."""
    facts = []
    for name, label, none in (
        ("building_hospital_time", mark("Hospital, by car"), mark("no known way to a hospital now")),
        ("building_fire_response_time", mark("Fire engine"), mark("no known way for a fire engine now")),
    ):
        time = float(state.field(name)[index]) if state.has(name) else -math.inf
        if time == math.inf:
            facts.append(Fact(language.text(label), language.text(none), "warning"))
        elif math.isfinite(time):
            facts.append(Fact(language.text(label), language.duration(max(round(time / 60), 1) * 60)))
    return facts


def _refuge(state: State, index: int, language: Language) -> list[Fact]:
    if not state.has("building_refuge"):
        return []
    text, code = language.text, int(state.field("building_refuge")[index])
    reason = text(REFUGE_REASONS[int(state.field("building_refuge_reason")[index])])
    label = text("Going upstairs")
    if code == UNKNOWN_CODE:
        return [Fact(label, f"{text('unknown')}: {reason}", "unknown")]
    if code == 1:
        return [Fact(label, text(UPSTAIRS[1]))]
    return [Fact(label, f"{text(UPSTAIRS[0])} ({reason})", "warning")]
