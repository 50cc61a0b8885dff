"""Checks that hold a hook to its contract, for hook authors' tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.city import City, LayersInMemory
from twin.hook import Current, HookError, Previous, SimulationHook, Static
from twin.inputs import StepInputs
from twin.keys import assets_in
from twin.mobility.parties import party_count
from twin.question import Question, Step
from twin.scenario import Scenario
from twin.state import sizes_of
from twin.variables import BUILDING_PEOPLE

Fields = Mapping[str, NDArray[Any]]


def check_hook(hook: SimulationHook, city: City, scenario: Scenario, fields: Fields | None = None) -> None:
    """Raise `HookError` when a hook breaks its contract on this city and scenario.

    It must write what it declares, within its variables' bounds; change no input; give the same output for the same inputs,
    whatever it was asked before (no hidden state); and its output must not move when anything moves that it has not declared:
    other layers, other columns, other fields, other objects.

    Parameters
    ----------
    hook
        The hook.
    city
        A small city. Every layer and column that the hook does not declare is perturbed.
    scenario
        What is asked; all its steps are tried.
    fields
        Content for the fields that the hook reads, by variable name; random values from 0 to 3 for those not given.
    """
    fields = _some_fields(hook, city, fields or {})
    question, other = Question(scenario, city), Question(scenario, perturbed(city, hook, scenario))
    steps = question.steps
    first = [_outputs(hook, question, step, fields) for step in steps]
    again = [_outputs(hook, question, step, fields) for step in reversed(steps)][::-1]
    moved = [_outputs(hook, other, step, fields) for step in steps]
    for number, step in enumerate(steps):
        for name, values in first[number].items():
            if not _equal(values, again[number][name]):
                raise HookError(
                    "{hook} gives another {field} for the same inputs at {time} s when its steps are asked for in "
                    "another order: it keeps state between steps; declare it as a variable.",
                    hook=hook.name,
                    field=name,
                    time=step.end,
                )
            if not _equal(values, moved[number][name]):
                raise HookError(
                    "{hook} gives another {field} at {time} s although only undeclared inputs changed; declare what it reads.",
                    hook=hook.name,
                    field=name,
                    time=step.end,
                )


def perturbed(city: City, hook: SimulationHook, scenario: Scenario) -> City:
    """The city with every layer and column changed that the hook neither declares nor names as an asset; shapes are kept."""
    question = Question(scenario, city)
    named = {a.name for step in question.steps for a in assets_in(hook.parameters(question, step))}
    declared = {read.layer: read.columns for read in hook.reads if isinstance(read, Static)}
    tables: dict[str, pd.DataFrame] = {}
    for name in city.layers.names("table"):
        table = city.table(name)
        whole = name in named or (name in declared and not declared[name])
        tables[name] = table if whole else _perturbed_table(table, declared.get(name, ()))
    rasters = {
        name: city.raster(name) if name in declared or name in named else city.raster(name) + np.float32(1.7)
        for name in city.layers.names("raster")
    }
    overlays = {
        name: {part: np.array(values) for part, values in city.overlay(name).items()} for name in city.layers.names("overlay")
    }
    for name in overlays.keys() - declared.keys():
        overlays[name] = {part: values[::-1].copy() if values.ndim else values for part, values in overlays[name].items()}
    return replace(city, layers=LayersInMemory(tables, rasters, overlays))


def _perturbed_table(table: pd.DataFrame, kept: Iterable[str]) -> pd.DataFrame:
    changed = table.copy()
    for name in table.columns.difference([*kept, "id"]):
        column = table[name]
        if isinstance(column, geopandas.GeoSeries):
            changed[name] = column.translate(37.0, -21.0)
        elif pd.api.types.is_bool_dtype(column.dtype):
            changed[name] = ~column.fillna(False)
        elif pd.api.types.is_numeric_dtype(column.dtype):
            changed[name] = column.fillna(0) + 1
        elif pd.api.types.is_datetime64_any_dtype(column.dtype):
            changed[name] = column + pd.Timedelta(days=1)
        else:
            changed[name] = column + "~"
    if "id" in table.columns and "id" not in kept:
        changed["id"] = table["id"] + "~"
    return changed


def _some_fields(hook: SimulationHook, city: City, given: Fields) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(7)
    fields = dict(given)
    variables = [read.variable for read in hook.reads if isinstance(read, Current | Previous)]
    for variable in sorted(variables, key=lambda each: "party" in each.dims):  # how many parties hangs on the people there
        if variable.name not in fields:
            sizes = _sizes(city, fields)
            values = random.uniform(0, 3, [sizes[dim] for dim in variable.dims])
            allowed = sorted(variable.codes) or [0, 1]
            if variable.dtype == "uint8":
                values = random.choice(allowed, values.shape)
            fields[variable.name] = values.astype(variable.dtype)
    return fields


def _sizes(city: City, fields: Fields) -> dict[str, int]:
    people = fields.get(BUILDING_PEOPLE.name)
    return {**sizes_of(city), **({} if people is None else {"party": int(party_count(people).sum())})}


def _outputs(hook: SimulationHook, question: Question, step: Step, fields: Fields) -> dict[str, NDArray[Any]]:
    parameters = hook.parameters(question, step)
    sizes = _sizes(question.city, fields)
    copies = {name: np.array(values) for name, values in fields.items()}
    inputs = StepInputs(hook, question.city, sizes, assets_in(parameters), copies.__getitem__, copies.get)
    written = hook.step(inputs, parameters, step.duration)
    declared = {variable.name: variable for variable in hook.writes}
    if written.keys() != declared.keys():
        raise HookError(
            "The hook {hook} wrote {written}; it declares {declared}.",
            hook=hook.name,
            written=", ".join(sorted(written)),
            declared=", ".join(sorted(declared)),
        )
    for name, values in copies.items():
        if not _equal(values, fields[name]):
            raise HookError("The hook {hook} changed its input {field}; copy before writing.", hook=hook.name, field=name)
    return {name: np.array(variable.check(written[name], sizes)) for name, variable in declared.items()}


def _equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
