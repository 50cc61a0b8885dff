"""Water that the flood engine moves through the city."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.flood.budget import WARN_AT, Budget, FloodError
from twin.flood.domain import Domain
from twin.flood.engine import solver_of
from twin.flood.question import engine_parameters
from twin.flood.setting import Setting
from twin.flood.solver import UnstableError
from twin.flood.terrain import beside_buildings
from twin.flood.variables import (
    DIAGNOSTIC,
    EFFECTIVE_GROUND,
    FLOW_ACCOUNT,
    FLOW_ARRIVAL,
    FLOW_DEPTH,
    FLOW_DEPTH_RESIDUAL,
    FLOW_HAZARD_CLASS,
    FLOW_MAX_DEPTH,
    FLOW_MAX_FORCE,
    FLOW_TRUST,
    FLOW_WATER_DEPTH,
    FLOW_WET_TIME,
    FLUX_X,
    FLUX_Y,
    PROGNOSTIC,
    SOIL_WATER,
)
from twin.hook import Inputs, Parameters, Previous, Read, Static
from twin.question import Question, Step
from twin.scenario.engine import Engine
from twin.variable import Variable

_KEPT = (  # variable, array of the domain
    (FLOW_DEPTH, "h"), (FLOW_DEPTH_RESIDUAL, "r"), (SOIL_WATER, "taken"), (FLOW_MAX_DEPTH, "peak"), (FLOW_MAX_FORCE, "force"),
    (FLOW_ARRIVAL, "arrival_"), (FLOW_WET_TIME, "wet"), (FLOW_HAZARD_CLASS, "hazard_"), (FLOW_TRUST, "froude_"),
)  # fmt: skip
_PRODUCTS = (FLOW_MAX_DEPTH, FLOW_MAX_FORCE, FLOW_ARRIVAL, FLOW_WET_TIME, FLOW_HAZARD_CLASS, FLOW_TRUST)


@dataclass(frozen=True)
class InundationHook:
    """Depth and discharge of water that the engine computes; nothing at all where a scenario's water comes from elsewhere."""

    name: str = "inundation"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Static("elevation"),
        Static("roughness"),
        Static("river_level"),
        Static("water_mask"),
        Static("land_use", ("kind", "manning", "geometry")),
        Static("crests", ("crest_elevation", "geometry")),
        Static("areas", ("id", "geometry")),
        Static("facilities", ("id", "critical_height", "geometry")),
        Static("footprint_cells"),
        *(Previous(variable) for variable in PROGNOSTIC),
    )
    writes: tuple[Variable, ...] = (*PROGNOSTIC, *DIAGNOSTIC)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """What of the engine's question matters in this step."""
        water = question.scenario.water
        return engine_parameters(question, water, step) if isinstance(water, Engine) else {"engine": False}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:
        """Move the water through the step.

        Raises
        ------
        FloodError
            When the computation goes wrong: place and time are named.
        """
        if not parameters["engine"]:
            return _absent(inputs)
        setting = Setting(inputs, parameters)
        domain, budget = setting.domain, Budget(np.array(inputs.previous(FLOW_ACCOUNT)))
        if duration == 0:
            setting.initial_water()
            domain.peak[: domain.framed_rows] = domain.h[: domain.framed_rows]
            budget.add("stored_at_start", domain.volume())
            budget.close(domain.volume())
        else:
            _restore(inputs, setting)
            start = float(parameters["start"])
            solver = solver_of(parameters, domain, threads=len(os.sched_getaffinity(0)))
            try:
                solver.run(setting.forcing, start, start + duration, budget)
            except UnstableError as fault:
                raise _placed(fault, inputs) from None
            solver.close(budget)
            budget.require(start + duration)
        return _fields(setting, budget)


def _absent(inputs: Inputs) -> dict[str, NDArray[Any]]:
    """No engine: no water moves, and its products do not apply."""
    made = {}
    for variable in (*PROGNOSTIC, *DIAGNOSTIC):
        shape = [inputs.size(dim) for dim in variable.dims]
        value = variable.value_of("not_applicable") if "not_applicable" in variable.missing else 0.0
        made[variable.name] = np.full(shape, value, variable.dtype)
    return made


def _restore(inputs: Inputs, setting: Setting) -> None:
    domain = setting.domain
    for variable, name in _KEPT:
        values = inputs.previous(variable)
        if variable in _PRODUCTS:
            nothing = np.inf if variable is FLOW_ARRIVAL else 0
            values = np.where(domain.blocked, np.asarray(nothing, values.dtype), values)
        domain.inner(getattr(domain, name))[:] = values
    domain.flux_x[:] = inputs.previous(FLUX_X)
    domain.flux_y[:] = inputs.previous(FLUX_Y)


def _placed(fault: UnstableError, inputs: Inputs) -> FloodError:
    grid = inputs.grid()
    row, column = min(max(fault.row, 0), grid.rows - 1), min(max(fault.column, 0), grid.columns - 1)
    longitude, latitude = grid.to_wgs84.transform(grid.x[column], grid.y[row])
    return FloodError(
        "The flood computation became unstable at {longitude}, {latitude} after {time} s; the states before are good. "
        "Give a smaller alpha, or solver: full.",
        longitude=round(longitude, 6), latitude=round(latitude, 6), time=round(fault.time),
    )  # fmt: skip


def _fields(setting: Setting, budget: Budget) -> dict[str, NDArray[Any]]:
    domain, built, outside = setting.domain, setting.built, setting.outside
    made: dict[str, NDArray[Any]] = {variable.name: domain.inner(getattr(domain, name)).copy() for variable, name in _KEPT}
    made[FLUX_X.name], made[FLUX_Y.name] = domain.flux_x.copy(), domain.flux_y.copy()
    made[FLOW_ACCOUNT.name] = budget.values
    made[FLOW_WATER_DEPTH.name] = beside_buildings(domain.depth, built, ground=setting.ground)
    made[FLOW_MAX_DEPTH.name] = beside_buildings(made[FLOW_MAX_DEPTH.name], built, ground=setting.ground)
    for variable in (FLOW_MAX_FORCE, FLOW_WET_TIME, FLOW_HAZARD_CLASS, FLOW_TRUST):
        made[variable.name] = beside_buildings(made[variable.name], built)
    arrival = made[FLOW_ARRIVAL.name]
    earliest = -beside_buildings(np.where(np.isinf(arrival), -np.float32(1e30), -arrival), built)
    made[FLOW_ARRIVAL.name] = np.where(earliest >= 1e29, np.float32(np.inf), earliest).astype(np.float32)
    made[EFFECTIVE_GROUND.name] = _effective_ground(setting.domain, setting)
    for variable in (*_PRODUCTS, FLOW_WATER_DEPTH, EFFECTIVE_GROUND):
        made[variable.name][outside] = variable.value_of("unknown")
    return made


def _effective_ground(domain: Domain, setting: Setting) -> NDArray[np.float32]:
    ground = domain.inner(domain.z).astype(np.float64) + domain.base
    return np.where(domain.blocked, setting.ground, ground).astype(np.float32)


def worrying(budget: NDArray[Any]) -> bool:
    """Whether a balance is off by more than a reader should not know of (1e-4)."""
    return bool(Budget(np.asarray(budget)).error > WARN_AT)
