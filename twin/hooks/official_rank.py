"""The highest rank that any official map or record gives each building: it stands beside every result of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.overlays import FootprintCells, maximum
from twin.hook import Inputs, Parameters, Read, Static
from twin.hooks.official_map import RISK_COLUMNS
from twin.hooks.ranks import rank_of
from twin.question import Question, Step
from twin.variable import Variable
from twin.variables import BUILDING_OFFICIAL_RANK


@dataclass(frozen=True)
class OfficialRankHook:
    """Highest official rank per building over all flood maps and records of the city, whatever the scenario asks.

    A building is known when at least one map or record speaks of it.
    """

    name: str = "official_rank"
    version: str = "1"
    reads: tuple[Read, ...] = (Static("footprint_cells"), Static("buildings", ("id",)))
    writes: tuple[Variable, ...] = (BUILDING_OFFICIAL_RANK,)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (it holds at any time)
        """The maps; the scenario does not matter, but for the depth that counts as wet."""
        maps = [m for m in sorted(question.city.hazard_maps.values(), key=lambda m: m.id) if m.hazard != "landslide"]
        return {
            "depth": [
                {end: question.asset("raster", f"hazard/{m.id}/{end}") for end in ("high", "low")}
                for m in maps
                if m.kind == "depth"
            ],
            "series": [question.asset("raster", f"hazard/{m.id}/series") for m in maps if m.kind == "series"],
            "records": question.asset("table", "building_risks", RISK_COLUMNS)
            if any(m.kind == "attributes" for m in maps)
            else None,
            "wet": question.scenario.rules.wet,
        }

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Ranks; they do not change with time."""
        high = np.full(inputs.size("building"), np.nan, np.float32)
        low = high.copy()
        rows = FootprintCells.from_arrays(inputs.overlay("footprint_cells"))
        for part in parameters["depth"]:
            high = np.fmax(high, maximum(rows, inputs.asset(part["high"])))
            low = np.fmax(low, maximum(rows, inputs.asset(part["low"])))
        for series in parameters["series"]:
            for raster in inputs.asset(series):
                depth = maximum(rows, raster)
                high, low = np.fmax(high, depth), np.fmax(low, depth)
        if parameters["records"] is not None:
            records = inputs.asset(parameters["records"])
            floods = records[records["hazard"] != "landslide"]
            deepest = floods.groupby("building_id")[["depth_high", "depth_low"]].max()
            deepest = deepest.reindex(inputs.table("buildings")["id"])
            high = np.fmax(high, deepest["depth_high"].to_numpy(np.float32))
            low = np.fmax(low, deepest["depth_low"].to_numpy(np.float32))
        return {BUILDING_OFFICIAL_RANK.name: rank_of(high, low, wet=parameters["wet"])}
