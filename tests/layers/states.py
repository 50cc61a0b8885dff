"""States made by hand: fields by name, so that a person can check what is shown of them."""

from __future__ import annotations

from typing import Any

import numpy as np

import twin.flood.variables
import twin.mobility.variables
import twin.variables
from geodata.city import City
from twin.state import State, sizes_of
from twin.variable import Variable

VARIABLES = {
    value.name: value
    for module in (twin.variables, twin.mobility.variables, twin.flood.variables)
    for value in vars(module).values()
    if isinstance(value, Variable)
}


def at_moment(variable: Variable) -> Variable:
    """The variable as it stands in a state: without the dimension of time."""
    if variable.dims[:1] != ("time",):
        return variable
    return Variable(variable.name, variable.dims[1:], variable.unit, variable.meaning, variable.kind, variable.dtype,
                    variable.missing, variable.codes, variable.initial)  # fmt: skip


def state_of(city: City, time: int = 0, **fields: Any) -> State:
    """A state with these fields, each checked against its declaration; a number fills the whole field."""
    arrays, variables, sizes = {}, {}, sizes_of(city)
    for name, values in fields.items():
        variable = at_moment(VARIABLES[name])
        shape = [sizes[dim] for dim in variable.dims]
        variables[name] = variable
        arrays[name] = variable.check(np.broadcast_to(np.asarray(values, variable.dtype), shape).copy(), sizes)
    return State(city, time, variables, {name: f"{time}-{name}-{hash(arr.tobytes())}" for name, arr in arrays.items()},
                 lambda digest: arrays[digest.split("-")[1]])  # fmt: skip
