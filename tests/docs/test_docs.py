"""The pages say what the program does: the schema is the one in force, examples fit it, code on the pages runs."""

from __future__ import annotations

import doctest
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from geodata.errors import InputError
from tests.twin.towns import small_town
from twin.hook import ENTRY_POINTS
from twin.scenario import Scenario, load_scenario

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8"))
SCENARIOS = sorted(
    path for path in (ROOT / "examples").glob("*.yaml") if re.search(r"^duration:", path.read_text(encoding="utf-8"), re.M)
)
ON_THE_PAGE = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8"), re.S)


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("make_schema", ROOT / "docs" / "make_schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(text: str) -> Any:
    """YAML as JSON has it: instants are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=lambda instant: instant.isoformat()))


def test_the_schema_and_the_table_of_settings_are_those_in_force() -> None:
    script = _script()
    assert script.published() == SCHEMA, "run python docs/make_schema.py"
    text = script.PAGE.read_text(encoding="utf-8")
    assert script.page(text) == text, "run python docs/make_schema.py"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_setting_is_explained() -> None:
    parts = [SCHEMA, *SCHEMA["$defs"].values()]
    settings = [(part.get("title"), name, facts) for part in parts for name, facts in part.get("properties", {}).items()]
    assert len(settings) > 30
    unexplained = [
        (part, name) for part, name, facts in settings
        if not facts.get("description") and "const" not in facts and name != "vehicles_per_hour"
    ]  # fmt: skip
    assert unexplained == []


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_the_ready_scenarios_fit_the_schema(path: Path) -> None:
    jsonschema.validate(plain(path.read_text(encoding="utf-8")), SCHEMA, jsonschema.Draft202012Validator)
    load_scenario(path)


def test_there_are_ready_scenarios() -> None:
    assert {"hazard-l1.yaml", "hazard-l2.yaml", "river-stage.yaml"} <= {path.name for path in SCENARIOS}


@pytest.mark.parametrize("text", ON_THE_PAGE, ids=lambda text: text.splitlines()[0])
def test_the_scenarios_on_the_page_fit(text: str) -> None:
    jsonschema.validate(plain(text), SCHEMA, jsonschema.Draft202012Validator)
    scenario = load_scenario(text)
    again = scenario.to_yaml()
    jsonschema.validate(plain(again), SCHEMA, jsonschema.Draft202012Validator)
    assert load_scenario(again) == scenario


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"}, {"duration": "soon"}, {"duration": -1}, {"seed": -1}, {"version": 2}, {"water": {"source": "tea"}},
        {"measures": [{"kind": "road_closure", "roads": []}]}, {"rules": {"car": 0}},
    ],
    ids=str,
)  # fmt: skip
def test_schema_and_reader_refuse_the_same(wrong: dict[str, Any]) -> None:
    values = {"name": "x", "duration": 60} | wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, SCHEMA, jsonschema.Draft202012Validator)
    with pytest.raises(InputError):
        load_scenario(json.dumps(values))


@pytest.mark.parametrize("text", ["90", "90 s", "1 h 20 min", "1h 20min", "0.5 h", "2 d", " 5 min "])
def test_schema_and_reader_know_the_same_durations(text: str) -> None:
    jsonschema.validate({"name": "x", "duration": text}, SCHEMA, jsonschema.Draft202012Validator)
    assert Scenario.model_validate({"name": "x", "duration": text, "step": "1 h"}).duration > 0


def test_the_code_on_the_page_about_hooks_runs() -> None:
    failed, tried = doctest.testfile(
        str(ROOT / "docs" / "hooks.md"), module_relative=False, globs={"small_town": small_town, "__name__": "__main__"},
        optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS,
    )  # fmt: skip
    assert tried > 10
    assert failed == 0
    assert ENTRY_POINTS in (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
