"""A district: how many people are there, whose buildings are flooded, who is cut off and who was caught, by age."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.fact import Fact, people_text
from layers.language import Language, mark
from layers.people import WHOSE, share_with_status
from twin.breakdown import people_by_area
from twin.hooks.access import CUT_OFF, NEVER_JOINED, NO_ROAD
from twin.mobility.queue import ARRIVED, CAUGHT
from twin.presence import counted
from twin.state import State
from twin.variable import UNKNOWN_CODE
from twin.variables import AGES

AGE_LABELS = dict(
    zip(AGES, (mark("aged 0 to 14"), mark("aged 15 to 64"), mark("aged 65 to 74"), mark("aged 75 or older")), strict=True)
)


ARRIVALS = mark("Arrived in shelters")
SHORT = 1800.0
"""Time left below which people are counted as short of it, s."""


def concerned(state: State) -> dict[str, NDArray[np.float64]]:
    """Which buildings, or which share of their people, each total counts, by its translation key; NaN = unknown, [building]."""
    rank = state.field("building_rank_peak")
    made = {mark("In buildings flooded so far"): _known(rank >= 1, rank == UNKNOWN_CODE)}
    if state.has("building_access"):
        code = state.field("building_access")[0]
        made[mark("Cut off on foot now")] = _known(code == CUT_OFF, code == UNKNOWN_CODE)
    if state.has("building_time_left") and state.has("building_access"):
        least, code = state.field("building_time_left")[0], state.field("building_access")[0]
        # Who has no way on a dry day either has not run out of time.
        short = (least < SHORT) & ~np.isin(code, (NEVER_JOINED, NO_ROAD))
        made[mark("Less than 30 min left on foot, or too late")] = _known(short, np.isnan(least))
    if state.has("party_status") and np.isfinite(state.field("party_ordered")).any():
        made[ARRIVALS] = share_with_status(state, (ARRIVED,))
        made[mark("Caught on roads")] = share_with_status(state, (CAUGHT,))
    return made


def _known(chosen: NDArray[np.bool_], unknown: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.asarray(np.where(unknown, np.nan, chosen.astype(np.float64)))


def area_facts(state: State, index: int, language: Language) -> list[Fact]:
    """What a state tells of the people of an area."""
    area = state.city.table("areas").iloc[index]
    text = language.text
    facts: list[Fact] = []
    for label, chosen in concerned(state).items():
        table = people_by_area(state, chosen, kind=str(area["kind"]))
        rows = table[table["area"] == area["id"]]
        if not len(rows):
            return [Fact(text(WHOSE[counted(state)]), text("no building lies here"))]
        row = rows.iloc[0]
        if not facts:
            facts.append(Fact(text(WHOSE[counted(state)]), people_text(float(row["everybody"]), language)))
        facts += _total(text(label), row, language, bad=label != ARRIVALS)
    return facts


def _total(label: str, row: pd.Series, language: Language, *, bad: bool) -> list[Fact]:
    people, unknown = float(row["people"]), float(row["unknown"])
    words = people_text(people, language)
    if unknown > 0:
        words += " · " + language.text("unknown of {people}", people=people_text(unknown, language))
    tone = "unknown" if math.isnan(people) else "warning" if people > 0 and bad else "plain"
    facts = [Fact(label, words, tone)]
    if people > 0:
        ages = [
            f"{language.text(AGE_LABELS[age])}: {people_text(float(row[f'people_{age}']), language)}"
            for age in AGES
            if not math.isnan(float(row[f"people_{age}"]))
        ]
        if ages:
            facts.append(Fact("", " · ".join(ages)))
    return facts
