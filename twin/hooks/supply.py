"""Which buildings and shelters mains power reaches, and how long shelters last without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.hook import Current, Inputs, Parameters, Previous, Read, Static
from twin.impact.power import area_rows, endurance, mains_at
from twin.impact.variables import AREA_POWERED, BUILDING_POWERED, SHELTER_DARK_TIME, SHELTER_LASTS
from twin.question import Question, Step
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE, Variable


@dataclass(frozen=True)
class SupplyHook:
    """Mains power by the area in which a place lies."""

    name: str = "supply"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(AREA_POWERED),
        Previous(SHELTER_DARK_TIME),
        Static("areas", ("geometry",)),
        Static("buildings", ("geometry",)),
        Static("shelters", ("geometry", "backup_hours", "solar_share")),
    )
    writes: tuple[Variable, ...] = (BUILDING_POWERED, SHELTER_DARK_TIME, SHELTER_LASTS)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (the areas tell all)
        """Nothing of the question but the power."""
        return {}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Supply at the end of the step."""
        lit, areas, shelters = inputs.current(AREA_POWERED), inputs.table("areas"), inputs.table("shelters")
        served = lit != NOT_APPLICABLE_CODE
        at_homes = np.full(inputs.size("building"), NOT_APPLICABLE_CODE, np.uint8)
        if served.any():
            shapes = np.asarray(inputs.table("buildings")["geometry"], dtype=object)
            at_homes = mains_at(area_rows(shapely.centroid(shapes), areas, served), lit)
        at_shelters = mains_at(area_rows(np.asarray(shelters["geometry"], dtype=object), areas, served), lit)
        store = endurance(shelters["backup_hours"].to_numpy(np.float64), shelters["solar_share"].to_numpy(np.float64))
        dark = (at_shelters == 0) | (at_shelters == UNKNOWN_CODE)
        dark_time = np.where(dark, inputs.previous(SHELTER_DARK_TIME) + duration, 0.0)
        return {
            BUILDING_POWERED.name: at_homes,
            SHELTER_DARK_TIME.name: dark_time,
            SHELTER_LASTS.name: np.maximum(store - dark_time, 0.0),
        }
