"""The states of a run as one NetCDF file after the CF conventions, written step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyproj
import shapely
from netCDF4 import Dataset

from geodata.city import City
from twin.presence import presence_of
from twin.scenario import Scenario
from twin.scenario.rules import GROUPS
from twin.state import DIM_TABLES, State, sizes_of
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE, Variable

_COMPRESSION: dict[str, Any] = {"zlib": True, "complevel": 4, "shuffle": True}


def write_netcdf(
    path: Path, city: City, scenario: Scenario, states: Iterable[State], *,
    count: int, attributes: Mapping[str, str], seen: Callable[[int], None],
) -> dict[str, int]:  # fmt: skip
    """Write states along ``time``; one step is in memory at a time.

    Codes carry ``flag_values`` and ``flag_meanings``; unknown is the fill value (NaN, or 255 for codes). A float that is
    missing in another way is infinite, as its attribute ``missing_states`` says.

    Parameters
    ----------
    path
        The file.
    city, scenario
        What the states are of.
    states
        In order of time; all have the same variables.
    count
        How many.
    attributes
        Global attributes.
    seen
        Called with the number of states written.

    Returns
    -------
    Values written, by variable.

    References
    ----------
    CF Metadata Conventions 1.11.
    """
    written: dict[str, int] = {}
    with Dataset(path, "w", format="NETCDF4") as dataset:
        dataset.setncatts({"Conventions": "CF-1.11", **attributes})
        for number, state in enumerate(states):
            if number == 0:
                _prepare(dataset, city, scenario, state.variables.values(), count)
            dataset["time"][number] = state.time
            for name in state.variables:
                values = state.field(name)
                dataset[name][number, ...] = values
                written[name] = written.get(name, 0) + int(values.size)
            seen(number + 1)
    return written


def _prepare(dataset: Dataset, city: City, scenario: Scenario, variables: Iterable[Variable], count: int) -> None:
    """Dimensions, coordinates and empty variables."""
    variables = tuple(variables)
    sizes = sizes_of(city, presence_of(scenario, city))
    dataset.createDimension("time", count)
    _coordinate(dataset, "time", "f8", **_time_attributes(scenario))
    for dim in dict.fromkeys(dim for variable in variables for dim in variable.dims):
        dataset.createDimension(dim, sizes[dim])
        if dim in DIM_TABLES:
            _elements(dataset, city, dim)
    if {"y", "x"} & dataset.dimensions.keys():
        _grid(dataset, city)
    if "group" in dataset.dimensions:
        _texts(dataset, "group", ("group",), list(GROUPS), "who wants to pass")
    for variable in variables:
        _variable(dataset, variable, sizes)


def _time_attributes(scenario: Scenario) -> dict[str, str]:
    if scenario.start is None:
        return {"units": "s", "long_name": "time since the start of the scenario, which names no date", "axis": "T"}
    start = scenario.start.astimezone(UTC)
    units = f"seconds since {start:%Y-%m-%d %H:%M:%S}"
    return {"units": units, "calendar": "standard", "standard_name": "time", "axis": "T", "comment": "UTC"}


def _elements(dataset: Dataset, city: City, dim: str) -> None:
    """Ids of the elements, and a place of each in longitude and latitude."""
    table = city.table(DIM_TABLES[dim])
    _texts(dataset, dim, (dim,), table["id"].tolist(), f"id in the table {DIM_TABLES[dim]}")
    if dim == "sensor":
        _texts(dataset, "sensor_unit", ("sensor",), table["unit"].tolist(), "unit of the readings")
    if not isinstance(table, geopandas.GeoDataFrame):
        return
    places = shapely.get_coordinates(shapely.point_on_surface(table.geometry.to_crs("EPSG:4326").to_numpy()))
    for name, unit, values in (("longitude", "degrees_east", places[:, 0]), ("latitude", "degrees_north", places[:, 1])):
        made = dataset.createVariable(f"{dim}_{name}", "f8", (dim,), **_COMPRESSION)
        made.setncatts({"standard_name": name, "units": unit})
        made[:] = values


def _grid(dataset: Dataset, city: City) -> None:
    dataset.createVariable("crs", "i4").setncatts(pyproj.CRS.from_user_input(city.grid.crs).to_cf())
    for axis, values in (("x", city.grid.x), ("y", city.grid.y)):
        _coordinate(dataset, axis, "f8", standard_name=f"projection_{axis}_coordinate", units="m", axis=axis.upper())
        dataset[axis][:] = values


def _coordinate(dataset: Dataset, name: str, dtype: str, **attributes: str) -> None:
    dataset.createVariable(name, dtype, (name,)).setncatts(attributes)


def _texts(dataset: Dataset, name: str, dims: tuple[str, ...], values: list[str], meaning: str) -> None:
    made = dataset.createVariable(name, str, dims)
    made.long_name = meaning
    if values:
        made[:] = np.array(values, dtype=object)


def _variable(dataset: Dataset, variable: Variable, sizes: Mapping[str, int]) -> None:
    shape = [sizes[dim] for dim in variable.dims]
    fill: Any = UNKNOWN_CODE if variable.dtype == "uint8" else np.nan
    made = dataset.createVariable(
        variable.name, np.dtype(variable.dtype), ("time", *variable.dims),
        fill_value=fill if "unknown" in variable.missing else False,
        chunksizes=[1, *(max(1, min(size, 1 << 20)) for size in shape)], **_COMPRESSION,
    )  # fmt: skip
    made.set_auto_maskandscale(False)
    made.setncatts(_attributes(variable))


def _attributes(variable: Variable) -> dict[str, Any]:
    attributes: dict[str, Any] = {"long_name": variable.meaning}
    if variable.unit == "sensor unit":
        attributes["ancillary_variables"] = "sensor_unit"
    else:
        attributes["units"] = variable.unit
    if variable.standard_name:
        attributes["standard_name"] = variable.standard_name
    if variable.codes:
        words = dict(variable.codes)
        if "not_applicable" in variable.missing:
            words[NOT_APPLICABLE_CODE] = "not applicable"
        attributes["flag_values"] = np.array(sorted(words), np.uint8)
        attributes["flag_meanings"] = " ".join(words[code].replace(" ", "_") for code in sorted(words))
    if variable.missing:
        attributes["missing_states"] = ", ".join(f"{state}: {variable.value_of(state):g}" for state in variable.missing)
    if {"y", "x"} <= set(variable.dims):
        attributes["grid_mapping"] = "crs"
    places = [f"{dim}_longitude {dim}_latitude" for dim in variable.dims if dim in DIM_TABLES]
    return attributes | ({"coordinates": " ".join(places)} if places else {})
