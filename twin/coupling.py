"""Hooks that feed each other in a circle step together on a short interval and look like one hook from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.grid import Grid
from twin.asset import Asset
from twin.hook import Current, Inputs, Parameters, Previous, Read, SimulationHook, Static
from twin.question import Question, Step
from twin.variable import Variable

DEFAULT_INTERVAL = 60


@dataclass(frozen=True)
class CoupledGroup:
    """Several hooks that read each other's current fields.

    Inside a step they run one after the other, in the order of ``members``, every ``interval`` seconds (counted from the
    scenario's start, so that results do not depend on how the run is cut into steps). A field that a later member writes is
    read as it stood one interval before.

    Parameters
    ----------
    members
        The hooks.
    interval
        Coupling interval, s; part of every key.
    """

    members: tuple[SimulationHook, ...]
    interval: int = DEFAULT_INTERVAL

    @property
    def name(self) -> str:
        """Names of the members, joined."""
        return "+".join(member.name for member in self.members)

    @property
    def version(self) -> str:
        """Versions of the members, joined."""
        return "+".join(member.version for member in self.members)

    @property
    def writes(self) -> tuple[Variable, ...]:
        """What the members write."""
        return tuple(variable for member in self.members for variable in member.writes)

    @property
    def reads(self) -> tuple[Read, ...]:
        """What the members read from outside, and what they remember from the step before."""
        inner = {variable.name for variable in self.writes}
        reads: dict[Read, None] = {}
        for member in self.members:
            for read in member.reads:
                if isinstance(read, Current) and read.variable.name in inner:
                    reads[Previous(read.variable)] = None
                else:
                    reads[read] = None
        return tuple(_merged(reads))

    def parameters(self, question: Question, step: Step) -> Parameters:
        """Parameters of every member in every interval of the step."""
        return {
            "intervals": [
                {"duration": part.duration, "members": [member.parameters(question, part) for member in self.members]}
                for part in self._intervals(step)
            ]
        }

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002 (the intervals carry their own)
        """Step the members in turn through every interval."""
        fields: dict[str, NDArray[Any]] = {}
        inner = {variable.name for variable in self.writes}
        for interval in parameters["intervals"]:
            before = dict(fields)
            for member, own in zip(self.members, interval["members"], strict=True):
                view = _MemberInputs(inputs, inner, fields, before)
                written = member.step(view, own, interval["duration"])
                sizes = {dim: inputs.size(dim) for variable in member.writes for dim in variable.dims}
                fields |= {v.name: v.check(written[v.name], sizes) for v in member.writes}
        return fields

    def _intervals(self, step: Step) -> list[Step]:
        if step.duration == 0:
            return [step]
        first = (step.start // self.interval + 1) * self.interval
        cuts = [step.start, *range(first, step.end, self.interval), step.end]
        return [Step(a, b) for a, b in pairwise(cuts)]


def _merged(reads: Mapping[Read, None]) -> list[Read]:
    """Reads with the columns of one table put together, as a hook may declare each layer once."""
    merged: dict[str, Static] = {}
    others: list[Read] = []
    for read in reads:
        if not isinstance(read, Static):
            others.append(read)
        elif read.layer in merged and read.columns and merged[read.layer].columns:
            columns = dict.fromkeys((*merged[read.layer].columns, *read.columns))
            merged[read.layer] = Static(read.layer, tuple(columns))
        elif read.layer in merged:
            merged[read.layer] = Static(read.layer)
        else:
            merged[read.layer] = read
    return [*others, *merged.values()]


@dataclass(frozen=True, eq=False)
class _MemberInputs:
    """Inputs of one member: fields of the group where they are fresher than those from outside."""

    outside: Inputs
    inner: set[str]
    fields: Mapping[str, NDArray[Any]]
    before: Mapping[str, NDArray[Any]]

    def current(self, variable: Variable) -> NDArray[Any]:
        if variable.name not in self.inner:
            return self.outside.current(variable)
        if variable.name in self.fields:
            return _guarded(self.fields[variable.name])
        return self.outside.previous(variable)

    def previous(self, variable: Variable) -> NDArray[Any]:
        if variable.name in self.before:
            return _guarded(self.before[variable.name])
        return self.outside.previous(variable)

    def table(self, name: str) -> pd.DataFrame:
        return self.outside.table(name)

    def raster(self, name: str) -> NDArray[Any]:
        return self.outside.raster(name)

    def overlay(self, name: str) -> Mapping[str, NDArray[Any]]:
        return self.outside.overlay(name)

    def asset(self, asset: Asset) -> Any:
        return self.outside.asset(asset)

    def size(self, dim: str) -> int:
        return self.outside.size(dim)

    def grid(self) -> Grid:
        return self.outside.grid()

    def pulse(self, share: float) -> None:
        self.outside.pulse(share)


def _guarded(array: NDArray[Any]) -> NDArray[np.generic]:
    view = array.view()
    view.flags.writeable = False
    return view
