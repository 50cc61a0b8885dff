"""One question, frozen and hashable: where the water comes from, the measures, how long, how fine, which seed."""

from twin.scenario.measures import Measure, RoadClosure, ShelterClosed, ShelterOpened
from twin.scenario.scenario import Scenario, load_scenario, scenario_schema
from twin.scenario.water import HazardMapWater, Stage, Water

__all__ = [
    "HazardMapWater",
    "Measure",
    "RoadClosure",
    "Scenario",
    "ShelterClosed",
    "ShelterOpened",
    "Stage",
    "Water",
    "load_scenario",
    "scenario_schema",
]
