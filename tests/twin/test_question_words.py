"""Every setting of a scenario has words of its own, so that no name out of a file stands in the midst of a sentence."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from geodata.errors import InputError
from twin.question_words import MEASURE_PARTS, PARTS
from twin.questions_compared import what_differs
from twin.scenario import Measure, Scenario, load_scenario

TOLD_OTHERWISE = {"version", "name", "description", "measures", "people", "hooks", "water source"}


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The parts that a setting may hold, unions and `Annotated` opened; what stands in a list is told as one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif typing.get_origin(annotation) is not tuple:
        for argument in typing.get_args(annotation):
            yield from models(argument)


def settings(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = list(models(field.annotation))
        for part in inner:
            yield from settings(part, f"{path} {name}".strip())
        if not inner:
            yield f"{path} {name}".strip()


def test_every_setting_of_a_scenario_has_words() -> None:
    found = set(settings(Scenario)) - TOLD_OTHERWISE
    assert {"mobility careful_share", "water rain storm factor", "rules car"} <= found
    assert found - set(PARTS) == set()


@pytest.mark.parametrize("model", list(models(Measure)), ids=lambda model: model.__name__)
def test_every_setting_of_a_measure_has_words(model: type[BaseModel]) -> None:
    assert set(model.model_fields) - {"name", "kind"} <= set(MEASURE_PARTS)


def test_values_are_told_in_words_and_with_their_units() -> None:
    water = {"source": "stage", "above": "river", "levels": [{"at": 0, "value": 1.0}]}
    one = Scenario.model_validate({"name": "now", "duration": 60, "water": water})
    other = Scenario.model_validate(
        {"name": "then", "duration": 60, "water": {**water, "above": "datum"}, "rules": {"car": 0.1},
         "mobility": {"night": "night", "careful_share": 0.4}}
    )  # fmt: skip
    assert [note.text for note in what_differs(one, other)] == [
        "the share who need time among people of unknown age is 40 % in then, not given in now.",
        "whether it is day or night is always at night in then, by the clock in now.",
        "the depth that cars pass is 0.1 m in then, 0.15 m in now.",
        "what the level is measured from is the datum of the city's heights in then, the normal level of the river in now.",
    ]


@pytest.mark.parametrize("given", ["soon", "40 d", "", "1.5 s"])
def test_a_time_that_cannot_be_is_told_in_one_sentence(given: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(f"{{name: x, duration: '{given}'}}")
    assert ".." not in str(caught.value)
    assert "duration" in str(caught.value)


def test_a_japanese_writes_times_in_japanese() -> None:
    assert load_scenario("{name: 洪水, duration: 1時間30分, step: １０分}").duration == 5400
