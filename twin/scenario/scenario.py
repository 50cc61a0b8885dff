"""A scenario: one question about one city, read from YAML with a published JSON Schema."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import AwareDatetime, Field, JsonValue, ValidationError, model_validator

from geodata.errors import InputError
from geodata.faults import FaultError, faults_of
from geodata.phrase import listed, phrase
from twin.duration import Span
from twin.scenario.base import Part, Seconds
from twin.scenario.impact import ImpactRules
from twin.scenario.measures import Measure
from twin.scenario.mobility import MobilityRules
from twin.scenario.rules import PassageRules
from twin.scenario.water import Water

LARGEST_FILE = 5_000_000
MOST_STEPS = 20_000


class Scenario(Part):
    """One question: where the water comes from, what people do, for how long, how fine, with which seed.

    Examples
    --------
    >>> scenario = Scenario.model_validate({"name": "high river", "duration": "1 h", "step": "10 min",
    ...     "water": {"source": "stage", "levels": [{"at": 0, "value": 1.5}]}})
    >>> scenario.boundaries()
    (0, 600, 1200, 1800, 2400, 3000, 3600)
    """

    version: Literal[1] = Field(default=1, description="Version of the scenario format.")
    name: str = Field(min_length=1, max_length=200, description="What people call the scenario.")
    description: str = Field(default="", max_length=10_000, description="The question in words.")
    start: AwareDatetime | None = Field(
        default=None, description="Instant with its offset from UTC at which it starts; none = timeless."
    )
    people: Literal["auto", "at_home", "by_day"] = Field(
        default="auto",
        description='Where people are counted. "at_home": residents; "by_day": who is there on a workday; "auto": by day '
        "if it starts from Monday to Friday, 9:00 to 17:00 of its own clock, else at home; timeless at home.",
    )
    duration: Seconds = Field(description="How long it lasts.")
    step: Seconds = Field(default=600, description="Time between states; the results do not depend on what is shown.")
    output_interval: Seconds | None = Field(default=None, description="Time between shown states, a multiple of step.")
    seed: int = Field(default=0, ge=0, lt=2**63, description="Seed of everything random.")
    water: Water | None = Field(default=None, description="Where the water comes from; none = a dry day.")
    measures: tuple[Measure, ...] = Field(default=(), max_length=10_000, description="What people do.")
    rules: PassageRules = Field(default_factory=PassageRules, description="Rules for going through water.")
    impact: ImpactRules = Field(default_factory=ImpactRules, description="Damage curves, floors, when facilities stop.")
    mobility: MobilityRules = Field(default_factory=MobilityRules, description="Pace, preparation, everyday traffic.")

    hooks: dict[str, dict[str, JsonValue]] = Field(
        default_factory=dict, description="Settings of hooks that are not built in, by the hook's name."
    )

    def __hash__(self) -> int:
        """Equal scenarios have equal text."""
        return hash(self.model_dump_json())

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.step < 1:
            raise FaultError("step is 0 s; give at least 1 s")
        if self.duration // self.step > MOST_STEPS:
            raise FaultError(
                "{duration} in steps of {step} are more than {most} steps; give a longer step",
                duration=Span(self.duration), step=Span(self.step), most=MOST_STEPS,
            )  # fmt: skip
        if self.output_interval is not None and (self.output_interval < self.step or self.output_interval % self.step):
            raise FaultError(
                "output_interval {interval} is no multiple of step {step}",
                interval=Span(self.output_interval), step=Span(self.step),
            )  # fmt: skip
        for number, measure in enumerate(self.measures, 1):
            if measure.start > self.duration:
                raise FaultError(
                    "measure {number} starts at {start}, after the end at {end}",
                    number=number, start=Span(measure.start), end=Span(self.duration),
                )  # fmt: skip
        return self

    def boundaries(self) -> tuple[int, ...]:
        """Seconds at which a step ends, from 0 on: multiples of ``step``, starts and ends of measures that cut steps."""
        moments = {0, self.duration, *range(0, self.duration + 1, self.step)}
        cutting = [measure for measure in self.measures if measure.cuts_steps]
        moments |= {m.start for m in cutting} | {m.end for m in cutting if m.end is not None}
        return tuple(sorted(moment for moment in moments if moment <= self.duration))

    def shown(self) -> tuple[int, ...]:
        """Seconds of the states that are shown."""
        interval = self.output_interval or self.step
        return tuple(sorted({*range(0, self.duration + 1, interval), self.duration}))

    def instant(self, seconds: float) -> datetime | None:
        """The instant of a moment of the scenario, or None when it is timeless."""
        return None if self.start is None else self.start + timedelta(seconds=seconds)

    def to_yaml(self) -> str:
        """The scenario as a file that `load_scenario` reads back to an equal one."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True)


def load_scenario(source: Path | str) -> Scenario:
    """Read a scenario file, or its text when a ``str`` is given.

    Raises
    ------
    InputError
        All faults at once: unknown keys, wrong types, impossible times.

    Examples
    --------
    >>> load_scenario("{name: dry day, duration: 1 h}").duration
    3600
    >>> load_scenario("{name: dry day, duration: 1 h, colour: red}")
    Traceback (most recent call last):
    geodata.errors.InputError: The scenario has 1 fault: colour: Extra inputs are not permitted. ...
    """
    where = phrase("The scenario")
    if isinstance(source, Path):
        where = phrase("The scenario {path}", path=source)
        try:
            if source.stat().st_size > LARGEST_FILE:
                raise InputError(
                    "{where} is larger than {size} bytes; a scenario is a small text file.", where=where, size=LARGEST_FILE
                )
            text = source.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                "{where} cannot be read ({detail}); give a YAML file.",
                where=where,
                detail=getattr(error, "strerror", None) or "not UTF-8 text",
            ) from None
    else:
        text = source
    try:
        values = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a SafeLoader that refuses repeated keys and aliases)
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(
            "{where} is not valid YAML ({detail}); correct that place.", where=where, detail=" ".join(str(error).split())[:300]
        ) from None
    if not isinstance(values, dict):
        raise InputError("{where} holds no settings; give at least name and duration.", where=where)
    try:
        return Scenario.model_validate(values)
    except ValidationError as error:
        faults = faults_of(error, whole="scenario")
        raise InputError(
            "{where} has 1 fault: {faults}. See the settings in docs/scenarios.md."
            if len(faults) == 1
            else "{where} has {count} faults: {faults}. See the settings in docs/scenarios.md.",
            where=where,
            count=len(faults),
            faults=listed(faults),
        ) from None


def scenario_schema() -> dict[str, Any]:
    """The published JSON Schema of scenario files."""
    return Scenario.model_json_schema(mode="validation")


class _StrictLoader(yaml.SafeLoader):
    """YAML without aliases (a few lines could unfold to gigabytes) and without keys given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"the key {sorted(twice)[0]} is given twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)
