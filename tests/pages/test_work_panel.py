"""What was computed again, and why: every cause has words, none is a name out of the program."""

from __future__ import annotations

import pytest
from shapely import box
from towns import small_town, table

from layers.language import Language
from pages.work_panel import HOOKS, WHAT, part_words
from twin.difference import changed_parts, first_change
from twin.keys import canonical
from twin.model import Twin
from twin.question import Question
from twin.scenario import Scenario
from twin.store import MemoryStore

MEASURES = [
    {"kind": "evacuation_order", "level": 4, "share": 0.5, "start": 0},
    {"kind": "road_closure", "roads": ["r0"]},
]
ENGINE = {"source": "engine", "rain": {"rates": [{"at": 0, "value": 30}], "cell": {"at": [10, 50], "radius": 500}}}
QUESTIONS = {
    "map": {"source": "hazard_map", "curve": [{"at": 0, "value": 0.0}, {"at": 1200, "value": 1.0}]},
    "stage": {"source": "stage", "above": "datum", "levels": [{"at": 0, "value": 1.0}]},
    "engine": {**ENGINE, "infiltration": {"law": "constant", "rate": 5}},
    "nothing": None,
}
OF_THE_CITY = {"depth", "series", "records", "network", "places", "zones", "landslide layer", "shelters", "areas"}
"""Names of what the city holds: the same in any two questions about it."""


def asked(name: str, **changes: object) -> Scenario:
    dated = {"start": "2026-09-14T18:00:00+09:00", "mobility": {"traffic": {}}}
    return Scenario.model_validate(
        {"name": name, "duration": 1200, "step": 600, "water": QUESTIONS[name], "measures": MEASURES, **dated, **changes}
    )


@pytest.mark.parametrize("name", QUESTIONS)
def test_whatever_a_hook_takes_from_a_question_has_words(name: str) -> None:
    areas = table("areas", [box(0, 0, 80, 40)], id=["a"], name=["All"], kind=["district"])
    city, scenario = small_town(tables={"areas": areas}), asked(name)
    question = Question(scenario, city)
    for hook in Twin(city, MemoryStore()).of(scenario).order:
        assert all(part in HOOKS for part in hook.name.split("+"))
        given = canonical(hook.parameters(question, question.steps[-1]))
        paths = {path.replace("_", " ") for path in changed_parts(given, {})}
        unsaid = {path for path in paths if not any(path.startswith(known) for known in WHAT)}
        assert unsaid <= OF_THE_CITY, hook.name


def test_the_longest_beginning_is_taken() -> None:
    english = Language("en")
    assert part_words("floor height", english) == WHAT["floor height"]
    assert part_words("rules car", english) == WHAT["rules"]
    assert part_words("a setting of a hook of somebody's own", english) == "a setting of a hook of somebody's own"


def test_a_group_of_hooks_names_what_changed_in_its_members_and_no_intervals() -> None:
    """A pump that hangs on power couples the flood with the power."""
    city = small_town()
    pump = {"kind": "pump", "at": city.grid.to_wgs84.transform(5.0, 25.0), "capacity": 1, "facility": "f0"}
    slow, fast = (asked("engine", measures=[{**pump, "capacity": capacity}]) for capacity in (1, 2))
    rainy = asked("engine", measures=[pump], water={**ENGINE, "roughness": 0.1, "rain": {"rates": [{"at": 0, "value": 90}]}})
    hook = next(each for each in Twin(city, MemoryStore()).of(slow).order if "+" in each.name)
    assert first_change(hook, Question(fast, city), Question(slow, city)) == (0, ("measures",))
    assert first_change(hook, Question(rainy, city), Question(slow, city)) == (0, ("infiltration", "rain_cell", "roughness"))
