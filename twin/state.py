"""One instant of a scenario: time and read-only fields, loaded when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr
import xxhash
from numpy.typing import NDArray

from geodata.city import City
from geodata.errors import InputError
from twin.mobility.parties import party_count
from twin.presence import COLUMN, Where
from twin.scenario.rules import GROUPS
from twin.variable import Variable

DIM_TABLES: Mapping[str, str] = MappingProxyType({
    "building": "buildings", "road": "roads", "node": "nodes", "sensor": "sensors", "shelter": "shelters",
    "facility": "facilities", "area": "areas",
})  # fmt: skip
"""Which table of the city lies behind a dimension."""


ACCOUNT = 10
"""Entries of the balance of a flood computation, see `twin.flood.budget`."""


# Memory, not state; as many as the places of two cities and of their previews: no city is held for longer.
@lru_cache(maxsize=8)
def sizes_of(city: City, where: Where = "at_home") -> Mapping[str, int]:
    """Length of every dimension of a city's states; ``where`` people are counted tells how many parties they make."""
    counts = {dim: len(city.table(table)) for dim, table in DIM_TABLES.items()}
    rows, columns = city.grid.shape
    counts["party"] = int(party_count(city.table("buildings")[COLUMN[where]]).sum())
    return MappingProxyType(
        {
            **counts,
            "y": rows,
            "x": columns,
            "y_face": rows + 1,
            "x_face": columns + 1,
            "group": len(GROUPS),
            "account": ACCOUNT,
        }
    )


@dataclass(frozen=True, eq=False)
class State:
    """The twin at one moment.

    Parameters
    ----------
    city
        What it is a state of.
    time
        Seconds since the scenario's start.
    variables
        The variables that stand in it, by name.
    digests
        Name of the content of every field.
    load
        Gives the array of a digest.
    """

    city: City
    time: int
    variables: Mapping[str, Variable]
    digests: Mapping[str, str]
    load: Callable[[str], NDArray[Any]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", MappingProxyType(dict(self.variables)))
        object.__setattr__(self, "digests", MappingProxyType(dict(self.digests)))

    @cached_property
    def content(self) -> str:
        """Name of its content: two states of the same name are the same."""
        parts = [str(self.time), *(f"{name}={digest}" for name, digest in sorted(self.digests.items()))]
        return xxhash.xxh3_128_hexdigest("\x1f".join(parts).encode())

    def has(self, variable: Variable | str) -> bool:
        """Whether a field stands in the state."""
        return (variable if isinstance(variable, str) else variable.name) in self.digests

    def field(self, variable: Variable | str) -> NDArray[Any]:
        """A field as a read-only array over the variable's dims.

        Raises
        ------
        InputError
            When no hook of the twin writes it.
        """
        name = variable if isinstance(variable, str) else variable.name
        if name not in self.digests:
            raise InputError("The state has no {name}; it has {known}.", name=name, known=", ".join(sorted(self.digests)))
        array = self.load(self.digests[name])
        array.flags.writeable = False
        return array

    @property
    def dataset(self) -> xr.Dataset:
        """All fields as one Dataset with coordinates, units and meanings; elements named by their ids."""
        fields, used = {}, set()
        for name, variable in self.variables.items():
            attributes: dict[str, Any] = {"units": variable.unit, "long_name": variable.meaning}
            if variable.standard_name:
                attributes["standard_name"] = variable.standard_name
            if variable.codes:
                attributes["flag_values"] = np.array(sorted(variable.codes), np.uint8)
                attributes["flag_meanings"] = " ".join(variable.codes[c].replace(" ", "_") for c in sorted(variable.codes))
            fields[name] = xr.Variable(variable.dims, self.field(name), attributes)
            used |= set(variable.dims)
        coordinates: dict[str, Any] = {"time": self.time}
        for dim in used & DIM_TABLES.keys():
            coordinates[dim] = self.city.table(DIM_TABLES[dim])["id"].to_numpy(dtype=object)
        if "y" in used:
            coordinates |= {"y": self.city.grid.y, "x": self.city.grid.x}
        if "group" in used:
            coordinates["group"] = list(GROUPS)
        return xr.Dataset(fields, coords=coordinates, attrs={"city": self.city.name, "crs": self.city.grid.crs})
