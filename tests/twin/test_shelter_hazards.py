"""For which kind of flood a shelter must be designated, where the engine computes the water."""

from __future__ import annotations

from typing import Any

import pytest
from towns import small_town

from twin.hooks.shelters import hazards_of
from twin.question import Question
from twin.scenario import Scenario

LEVEL = [{"at": 0, "value": 2.0}]
STRETCH: dict[str, Any] = {"line": [[131.4, 33.7], [131.41, 33.7]], "levels": LEVEL}
SIDES: dict[str, Any] = {"sides": ["south"], "levels": LEVEL}
INFLOW: dict[str, Any] = {"sides": ["west"], "discharge": [{"at": 0, "value": 50}]}
BREACH = {"kind": "levee_breach", "at": [131.4, 33.7], "width": 50.0}


@pytest.mark.parametrize(
    ("water", "measures", "hazards"),
    [
        ({"rain": {"rates": [{"at": 0, "value": 40}]}}, [], ["inland_flood"]),
        ({"inflow_edges": [INFLOW]}, [], ["river_flood"]),
        ({"level_edges": [STRETCH]}, [], ["high_tide"]),
        ({"level_edges": [STRETCH], "initial": "rivers"}, [], ["high_tide"]),
        ({"level_edges": [STRETCH], "initial": "rivers", "initial_level": 5}, [BREACH], ["river_flood"]),
        ({"level_edges": [STRETCH], "inflow_edges": [INFLOW]}, [], ["river_flood"]),
        ({"level_edges": [SIDES], "inflow_edges": [INFLOW]}, [], ["high_tide", "river_flood"]),
        ({"level_edges": [SIDES]}, [BREACH], ["high_tide", "river_flood"]),
        ({}, [], ["river_flood"]),
    ],
)
def test_the_water_tells_which_shelters_count(water: dict[str, Any], measures: list[Any], hazards: list[str]) -> None:
    asked = Scenario.model_validate(
        {"name": "asked", "duration": 600, "water": {"source": "engine", **water}, "measures": measures}
    )
    assert hazards_of(Question(asked, small_town())) == hazards
