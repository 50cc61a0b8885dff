"""A sensor: what it would read in the scenario, and what it did read at that moment."""

from __future__ import annotations

import math

from layers.fact import Fact, tone_of
from layers.language import Language
from twin.state import State


def sensor_facts(state: State, index: int, language: Language) -> list[Fact]:
    """What a state tells of a sensor."""
    unit = str(state.city.table("sensors")["unit"].iloc[index])

    def words(value: float) -> str:
        if math.isnan(value):
            return language.text("unknown")
        return language.text("not computed here") if value == -math.inf else f"{language.number(value)} {unit}"

    would, did = (float(state.field(name)[index]) for name in ("sensor_reading", "sensor_observed"))
    return [
        Fact(language.text("Would read in this scenario"), words(would), tone_of(would, math.inf)),
        Fact(language.text("Did read at that moment"), words(did), tone_of(did, math.inf)),
    ]
