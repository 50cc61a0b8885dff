"""One question, frozen and hashable: where the water comes from, the measures, how long, how fine, which seed."""

from twin.scenario.engine import Engine
from twin.scenario.measures import Measure, RoadClosure, RoadOpened, ShelterClosed, ShelterOpened
from twin.scenario.mobility import EvacuationOrder, MobilityRules
from twin.scenario.scenario import Scenario, load_scenario, scenario_schema
from twin.scenario.water import HazardMapWater, Stage, Water

__all__ = [
    "Engine",
    "EvacuationOrder",
    "HazardMapWater",
    "Measure",
    "MobilityRules",
    "RoadClosure",
    "RoadOpened",
    "Scenario",
    "ShelterClosed",
    "ShelterOpened",
    "Stage",
    "Water",
    "load_scenario",
    "scenario_schema",
]
