"""Writes ``docs/scenario.schema.json`` and the tables of settings in ``docs/scenarios.md`` from the scenario itself.

Run it after a change of the scenario: ``python docs/make_schema.py``. A test holds both to what it would write.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twin.duration import text_of
from twin.scenario import scenario_schema

HERE = Path(__file__).parent
SCHEMA = HERE / "scenario.schema.json"
PAGE = HERE / "scenarios.md"
BEGIN, END = "<!-- settings: written by make_schema.py -->", "<!-- end of settings -->"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DURATION = r"^\s*(\d+|\d+(\.\d+)?\s*(s|min|h|d)(\s+\d+(\.\d+)?\s*(s|min|h|d))*)\s*$"
_UNIT = re.compile(r",\s(m|s|m/s|m2/s|m3/s)\.$")


def published() -> dict[str, Any]:
    """The JSON Schema as published: with its dialect, and with durations that editors can check."""
    return {"$schema": _DIALECT, "title": "City Twin scenario", **_checked_durations(scenario_schema())}


def _checked_durations(part: Any) -> Any:
    if isinstance(part, list):
        return [_checked_durations(each) for each in part]
    if not isinstance(part, dict):
        return part
    if _is_duration(part):
        whole = {"type": "integer", "minimum": part["ge"], "maximum": part["le"]}
        rest = {name: value for name, value in part.items() if name not in ("anyOf", "ge", "le")}
        return {"anyOf": [whole, {"type": "string", "pattern": _DURATION}], **rest}
    return {name: _checked_durations(value) for name, value in part.items()}


def _is_duration(part: dict[str, Any]) -> bool:
    return part.get("anyOf") == [{"type": "integer"}, {"type": "string"}] and "ge" in part


def settings() -> str:
    """Every setting with its values, unit and default, as Markdown tables: the scenario first, then its parts."""
    schema = scenario_schema()
    parts, order = schema["$defs"], ["Scenario"]
    for name in order:  # grows while it is walked: parts in the order in which they are met
        order += [each for each in _named(schema if name == "Scenario" else parts[name]) if each not in order]
    lines = []
    for name in (each for each in order if each != "JsonValue"):
        part = schema if name == "Scenario" else parts[name]
        about = "" if name == "Scenario" else inspect.cleandoc(part.get("description", ""))
        lines += [f"### {_title(name, part)}", "", *([_unmarked(about), ""] if about else [])]
        lines += ["| setting | values | unit | default | meaning |", "|---|---|---|---|---|"]
        required = part.get("required", ())
        lines += [_row(field, facts, field in required, parts) for field, facts in part["properties"].items()]
        lines.append("")
    return "\n".join(lines)


def _named(part: dict[str, Any]) -> Iterator[str]:
    """Names of the parts that the settings of a part refer to."""
    yield from re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(part.get("properties", {})))


def _title(name: str, part: dict[str, Any]) -> str:
    for field in ("source", "kind"):
        constant = part["properties"].get(field, {}).get("const")
        if constant:
            return f"`{field}: {constant}`"
    return {"Scenario": "The scenario", "CurvePoint": "A point of a curve"}.get(
        name, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
    )


def _unmarked(text: str) -> str:
    """A docstring as Markdown."""
    return text.replace("``", "`")


def _row(name: str, facts: dict[str, Any], required: bool, parts: dict[str, Any]) -> str:
    meaning = facts.get("description", "")
    unit = _UNIT.search(meaning)
    kind = _kind(facts, parts)
    shown = unit[1] if unit else ("s" if "duration" in kind else "")
    text = _UNIT.sub(".", meaning)
    default = "**required**" if required else _default(facts, kind)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (f"`{name}`", kind, shown, default, text)) + " |"


def _default(facts: dict[str, Any], kind: str) -> str:
    if "default" not in facts:
        return "see there" if "$ref" in facts else "none"
    value = facts["default"]
    if value is None or value in ("", []):
        return "none"
    if kind == "duration":
        return f"{value} ({text_of(value)})" if value else "0"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _kind(facts: dict[str, Any], parts: dict[str, Any]) -> str:
    """What may stand there, in words."""
    if _is_duration(facts):
        return "duration"
    if "const" in facts:
        return f"`{facts['const']}`"
    if "enum" in facts:
        return "one of " + ", ".join(f"`{value}`" if value != "" else "empty" for value in facts["enum"])
    if "$ref" in facts:
        return _link(facts["$ref"].rpartition("/")[2], parts)
    choices = facts.get("anyOf") or facts.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(_kind(each, parts) for each in choices if each != {"type": "null"}))
    if facts.get("type") == "array":
        if "prefixItems" in facts:
            return "[" + ", ".join(_kind(each, parts) for each in facts["prefixItems"]) + "]"
        return f"list of {_kind(facts['items'], parts)}"
    if facts.get("type") == "object":
        return "settings by name"
    word = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}[facts["type"]]
    if facts.get("format") == "date-time":
        return "instant with its offset"
    return word + _bounds(facts)


def _bounds(facts: dict[str, Any]) -> str:
    words = [("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("exclusiveMaximum", "below")]
    told = [f"{word} {_plain(facts[name])}" for name, word in words if name in facts]
    return f" {' '.join(told)}" if told else ""


def _plain(value: float) -> str:
    return "2⁶³" if value == 2**63 else f"{value:g}"


def _link(name: str, parts: dict[str, Any]) -> str:
    title = _title(name, parts[name])
    anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
    return f"[{title}](#{anchor})"


def page(text: str) -> str:
    """The page with the settings written anew between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{settings()}\n{END}{after}"


def main() -> None:
    """Write both."""
    SCHEMA.write_text(json.dumps(published(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
