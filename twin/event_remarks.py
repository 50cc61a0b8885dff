"""What is odd about the event of a question: water that comes too late, too low or too high, shelters that nobody speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from geodata.city import City
from twin.assumptions import late_rain
from twin.hooks.shelters import FLAGS, hazards_of
from twin.levels import building_ground
from twin.question import Note, Question, note
from twin.scenario import Engine, Scenario, ShelterOpened, Stage
from twin.scenario.events import highest_point


def event_notes(question: Question) -> Iterator[Note]:
    """Everything that is to be said of the event; all of it can be asked."""
    scenario, city = question.scenario, question.city
    yield from late_rain(scenario)
    level = _highest_level(scenario)
    if level is not None:
        yield from _of_level(city, level)
    water = scenario.water
    if isinstance(water, Stage) and water.above == "river" and highest_point(water.levels).value <= 0:
        yield note("The river stands no higher than normal: no water leaves it.")
    yield from _shelters(question)


def _highest_level(scenario: Scenario) -> float | None:
    """How high the water stands at most, m above the city's datum, where a level says so and nothing else brings water."""
    water = scenario.water
    if isinstance(water, Stage) and water.above == "datum":
        return highest_point(water.levels).value
    if isinstance(water, Engine) and water.level_edges and not (water.rain or water.inflows or water.inflow_edges):
        return max(highest_point(edge.levels).value for edge in water.level_edges)
    return None


def _of_level(city: City, level: float) -> Iterator[Note]:
    ground = building_ground(city)
    if ground is None:
        return
    if level < ground.lowest:
        yield note(
            "The water stands at {level} m at most, below the ground of every building: the lowest stands at {ground} m.",
            level=f"{level:g}", ground=f"{ground.lowest:.1f}",
        )  # fmt: skip
    elif level > ground.highest:
        yield note(
            "The water stands at {level} m, above the ground of every building: the highest stands at {ground} m.",
            level=f"{level:g}", ground=f"{ground.highest:.1f}",
        )  # fmt: skip


def _shelters(question: Question) -> Iterator[Note]:
    """Hazards for which no shelter is said to be meant, nor not to be."""
    shelters = question.city.shelters
    opened = any(isinstance(measure, ShelterOpened) for measure in question.scenario.measures)
    if not len(shelters) or opened:
        return
    for hazard in hazards_of(question):
        if hazard in FLAGS and shelters[hazard].isna().all():
            yield note(
                "No shelter of this city says whether it is meant for {hazard}, so none counts as usable. Open those that are, "
                "as a measure.",
                hazard=hazard.replace("_", " "),
            )  # fmt: skip
