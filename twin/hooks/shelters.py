"""Which shelters can be used, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.hooks.passability import require_ids
from twin.question import Question, Step
from twin.scenario import Engine, HazardMapWater, ShelterClosed, ShelterOpened, Stage
from twin.scenario.flood_measures import LeveeBreach
from twin.variable import UNKNOWN_CODE, Variable
from twin.variables import SHELTER_DEPTH, SHELTER_REASON, SHELTER_USABLE

FLAGS = ("river_flood", "inland_flood", "high_tide", "tsunami")
USABLE, WATER, NOT_DESIGNATED, MEASURE, DEPTH_UNKNOWN, NOT_STATED = range(6)


def suitability(shelters: pd.DataFrame, hazards: list[str]) -> NDArray[np.float64]:
    """1 where a shelter is designated for all hazards, 0 where it is not for one, NaN where the source does not say."""
    result = np.ones(len(shelters))
    for hazard in hazards:
        flag = shelters[hazard].astype("Float64").to_numpy(np.float64, na_value=np.nan)
        result = np.where((result == 0) | (flag == 0), 0.0, result + flag - 1)
    return result


def hazards_of(question: Question) -> list[str]:
    """The hazards that shelters must be designated for: those of the official maps, else what the water's source means.

    What the engine computes is a river flood where a river comes in, stands above normal, or breaks its levee; high tide where
    the rim stands at a level, unless it is a stretch of it where that river leaves; inland flood where it rains.
    """
    water = question.scenario.water
    if isinstance(water, HazardMapWater):
        return sorted({m.hazard for m in question.hazard_maps()[0]} & set(FLAGS))
    if isinstance(water, Stage):
        return ["river_flood" if water.above == "river" else "high_tide"]
    if isinstance(water, Engine):
        river = bool(water.inflows or water.inflow_edges) or (water.initial == "rivers" and water.initial_level > 0)
        # a river in flood leaves over a stretch of the rim; a whole side at a level is the sea
        sea = any(edge.sides or not river for edge in water.level_edges)
        broken = any(isinstance(measure, LeveeBreach) for measure in question.scenario.measures)
        said = {"inland_flood": water.rain is not None, "river_flood": river or broken, "high_tide": sea}
        return sorted(hazard for hazard, meant in said.items() if meant) or ["river_flood"]
    return []


@dataclass(frozen=True)
class SheltersHook:
    """A shelter is usable when the water stays below its floor and it is designated for the hazard, or opened by a measure.

    Unknown depth, and a source that does not say what the shelter is for, make it unknown, not usable.
    """

    name: str = "shelters"
    version: str = "3"
    reads: tuple[Read, ...] = (
        Current(SHELTER_DEPTH),
        Static("shelters", ("id", "floor_height", *FLAGS)),
    )
    writes: tuple[Variable, ...] = (SHELTER_USABLE, SHELTER_REASON)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """The hazards that shelters must be designated for, and the shelters that measures open or close."""
        scenario = question.scenario
        hazards = hazards_of(question)
        acting = {
            kind: sorted({s for m in scenario.measures if isinstance(m, kind) and m.acts_at(step.end) for s in m.shelters})
            for kind in (ShelterClosed, ShelterOpened)
        }
        for ids in acting.values():
            require_ids(question, "shelters", ids)
        return {
            "hazards": hazards,
            "closed": acting[ShelterClosed],
            "opened": acting[ShelterOpened],
            "wet": scenario.rules.wet,
            "floor": scenario.rules.shelter_floor,
        }

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """State and reason at the end of the step."""
        shelters = inputs.table("shelters")
        depth = inputs.current(SHELTER_DEPTH)
        floor = shelters["floor_height"].fillna(0).to_numpy(np.float64) + parameters["floor"]
        suitable = suitability(shelters, parameters["hazards"])
        suitable[shelters["id"].isin(parameters["opened"]).to_numpy(np.bool_)] = 1.0
        reason = np.full(len(shelters), USABLE, np.uint8)
        reason[np.isnan(suitable)] = NOT_STATED
        reason[np.isnan(depth)] = DEPTH_UNKNOWN
        reason[suitable == 0] = NOT_DESIGNATED
        reason[depth >= np.maximum(floor, parameters["wet"])] = WATER
        reason[shelters["id"].isin(parameters["closed"]).to_numpy(np.bool_)] = MEASURE
        usable = np.select([reason == USABLE, np.isin(reason, (DEPTH_UNKNOWN, NOT_STATED))], [1, UNKNOWN_CODE], 0)
        return {SHELTER_USABLE.name: usable.astype(np.uint8), SHELTER_REASON.name: reason}
