"""How many people are in each building: residents at home, or those who are there by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.hook import Inputs, Parameters, Read, Static
from twin.presence import COLUMN, WHERE, presence_of
from twin.question import Question, Step
from twin.variable import Variable
from twin.variables import AGES, BUILDING_PEOPLE, BUILDING_PEOPLE_BY_AGE, PEOPLE_COUNTED


@dataclass(frozen=True)
class PresenceHook:
    """Puts the people whom a question counts into the state, where hooks and figures read them; see `twin.presence`.

    Ages are known of residents at home only: of those who are somewhere by day nobody says them.
    """

    name: str = "presence"
    version: str = "1"
    reads: tuple[Read, ...] = (Static("buildings", (*COLUMN.values(), *(f"residents_{age}" for age in AGES))),)
    writes: tuple[Variable, ...] = (PEOPLE_COUNTED, BUILDING_PEOPLE, *BUILDING_PEOPLE_BY_AGE.values())

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (one place for the whole run)
        """Where people are counted."""
        return {"people": presence_of(question.scenario, question.city)}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """The people, and their ages."""
        buildings, where = inputs.table("buildings"), parameters["people"]
        ages = {
            variable.name: buildings[f"residents_{age}"].to_numpy(np.float64) if where == "at_home"
            else np.full(len(buildings), np.nan)
            for age, variable in BUILDING_PEOPLE_BY_AGE.items()
        }  # fmt: skip
        return {
            PEOPLE_COUNTED.name: np.asarray(WHERE.index(where), np.uint8),
            BUILDING_PEOPLE.name: buildings[COLUMN[where]].to_numpy(np.float64),
            **ages,
        }
