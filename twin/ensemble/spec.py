"""What is uncertain, and by how much: the specification of an ensemble, read from YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from geodata.errors import InputError
from geodata.faults import FaultError, faults_of
from geodata.phrase import listed
from twin.scenario import Scenario, load_scenario
from twin.scenario.base import Part

MOST_MEMBERS = 10_000


class Uniform(Part):
    """Every value between two ends is equally likely."""

    kind: Literal["uniform"]
    low: float
    high: float

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low <= self.high:
            raise FaultError("low {low} lies above high {high}", low=self.low, high=self.high)
        return self


class Triangular(Part):
    """Most likely at a value between two ends."""

    kind: Literal["triangular"]
    low: float
    mode: float
    high: float

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise FaultError("low {low}, mode {mode} and high {high} must rise", low=self.low, mode=self.mode, high=self.high)
        return self


class Normal(Part):
    """A bell around a mean, cut off at four standard deviations."""

    kind: Literal["normal"]
    mean: float
    deviation: float = Field(gt=0)


class Choice(Part):
    """One of several values, all equally likely."""

    kind: Literal["choice"]
    values: tuple[float, ...] = Field(min_length=1, max_length=1000)


Spread = Annotated[Uniform | Triangular | Normal | Choice, Field(discriminator="kind")]


class Uncertain(Part):
    """One input that is not known exactly."""

    what: str = Field(
        min_length=1, description='Place in the scenario: "water.roughness", "measures.0.start", "water.inflows.0.discharge".'
    )
    act: Literal["set", "scale", "shift"] = Field(
        default="set",
        description='"set" the number, "scale" it, or "shift" it by as much; of a curve every value is scaled or shifted.',
    )
    spread: Spread = Field(description="How likely each value is.")


class EnsembleSpec(Part):
    """A question, what is uncertain in it, and how many runs to make."""

    scenario: str = Field(description="Scenario file, beside this one.")
    members: int = Field(ge=2, le=MOST_MEMBERS, description="How many runs.")
    seed: int = Field(default=0, ge=0, lt=2**63, description="The same seed draws the same members.")
    uncertain: tuple[Uncertain, ...] = Field(min_length=1, max_length=100, description="What is not known exactly.")
    depths: tuple[Annotated[float, Field(gt=0, le=50)], ...] = Field(
        default=(0.1, 0.5, 3.0), min_length=1, max_length=20, description="Depths whose likelihood is told of each building, m."
    )


def load_spec(path: Path) -> tuple[EnsembleSpec, Scenario]:
    """Read a specification, and the scenario that it names.

    Raises
    ------
    InputError
        When a file is not there, is not YAML, or has faults: all of them at once.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "{path} cannot be read ({detail}); give a YAML file.", path=str(path), detail=getattr(error, "strerror", "not text")
        ) from None
    except yaml.YAMLError as error:
        raise InputError(
            "{path} is not valid YAML ({detail}); correct that place.",
            path=str(path),
            detail=" ".join(str(error).split())[:300],
        ) from None
    try:
        spec = EnsembleSpec.model_validate(values)
    except ValidationError as error:
        raise InputError(
            "The ensemble {path} has faults: {faults}. See docs/scenarios.md.",
            path=str(path),
            faults=listed(faults_of(error, whole="ensemble")),
        ) from None
    return spec, load_scenario((path.parent / spec.scenario).resolve())
