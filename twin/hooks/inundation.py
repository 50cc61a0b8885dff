"""Water that the flood engine moves through the city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.processors import processors
from twin.flood.budget import Budget, FloodError
from twin.flood.domain import Domain
from twin.flood.engine import solver_of
from twin.flood.products import hazard_class
from twin.flood.question import engine_parameters
from twin.flood.setting import Setting
from twin.flood.solver import UnstableError
from twin.flood.terrain import beside_buildings
from twin.flood.variables import (
    DIAGNOSTIC,
    EFFECTIVE_CREST,
    EFFECTIVE_GROUND,
    FACILITY_POWERED,
    FLOW_ACCOUNT,
    FLOW_ARRIVAL,
    FLOW_DEPTH,
    FLOW_DEPTH_RESIDUAL,
    FLOW_FORCE,
    FLOW_GROUND_FLOOR_TIME,
    FLOW_HAZARD_CLASS,
    FLOW_HAZARD_NOW,
    FLOW_MAX_DEPTH,
    FLOW_MAX_FORCE,
    FLOW_SPEED,
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
from twin.scenario import Engine, Scenario
from twin.variable import UNKNOWN_CODE, Variable

_KEPT = (  # variable, array of the domain
    (FLOW_DEPTH, "h"), (FLOW_DEPTH_RESIDUAL, "r"), (SOIL_WATER, "taken"), (FLOW_MAX_DEPTH, "peak"), (FLOW_MAX_FORCE, "force"),
    (FLOW_ARRIVAL, "arrival_"), (FLOW_WET_TIME, "wet"), (FLOW_GROUND_FLOOR_TIME, "floor"),
    (FLOW_HAZARD_CLASS, "hazard_"), (FLOW_TRUST, "froude_"),
)  # fmt: skip
_HIGHEST_BESIDE = (  # within a blocked building as beside it
    FLOW_MAX_FORCE, FLOW_WET_TIME, FLOW_GROUND_FLOOR_TIME, FLOW_HAZARD_CLASS, FLOW_TRUST,
)  # fmt: skip
_PRODUCTS = (FLOW_MAX_DEPTH, FLOW_ARRIVAL, *_HIGHEST_BESIDE)
_TRUSTED_FROUDE = 0.5
_POWER = Previous(FACILITY_POWERED, coupled=True)


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

    def for_question(self, scenario: Scenario, written: frozenset[str]) -> InundationHook:
        """With pumps that stand still when their facility has no power, where the scenario has such pumps.

        Flood and power then feed each other and step together on the coupling interval; other questions are spared that.
        """
        tied = any(getattr(measure, "facility", "") for measure in scenario.measures if measure.kind == "pump")
        if not (tied and isinstance(scenario.water, Engine) and FACILITY_POWERED.name in written) or _POWER in self.reads:
            return self
        return replace(self, reads=(*self.reads, _POWER))

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
        powered = inputs.previous(FACILITY_POWERED) if _POWER in self.reads else None
        setting = Setting(inputs, parameters, powered)
        domain, budget = setting.domain, Budget(np.array(inputs.previous(FLOW_ACCOUNT)))
        if duration == 0:
            setting.initial_water()
            domain.peak[: domain.framed_rows] = domain.h[: domain.framed_rows]
            budget.add("stored_at_start", domain.volume())
            budget.close(domain.volume())
        else:
            _restore(inputs, setting)
            start = float(parameters["start"])
            solver = solver_of(parameters, domain, threads=processors())
            try:
                solver.run(
                    setting.forcing, start, start + duration, budget,
                    pulse=lambda now: inputs.pulse((now - start) / duration),
                )  # fmt: skip
            except UnstableError as fault:
                raise _placed(fault, inputs) from None
            solver.close(budget)
            budget.require(start + duration)
        return _fields(setting, budget, parameters, float(parameters["start"]) + duration)


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


def _fields(setting: Setting, budget: Budget, given: Parameters, time: float) -> dict[str, NDArray[Any]]:
    domain, built, outside = setting.domain, setting.built, setting.outside
    made: dict[str, NDArray[Any]] = {variable.name: domain.inner(getattr(domain, name)).copy() for variable, name in _KEPT}
    made[FLUX_X.name], made[FLUX_Y.name] = domain.flux_x.copy(), domain.flux_y.copy()
    made[FLOW_ACCOUNT.name] = budget.values
    made[FLOW_WATER_DEPTH.name] = beside_buildings(domain.depth, built, ground=setting.ground)
    made[FLOW_MAX_DEPTH.name] = beside_buildings(made[FLOW_MAX_DEPTH.name], built, ground=setting.ground)
    for variable in _HIGHEST_BESIDE:
        made[variable.name] = beside_buildings(made[variable.name], built)
    arrival = made[FLOW_ARRIVAL.name]
    earliest = -beside_buildings(np.where(np.isinf(arrival), -np.float32(1e30), -arrival), built)
    made[FLOW_ARRIVAL.name] = np.where(earliest >= 1e29, np.float32(np.inf), earliest).astype(np.float32)
    if given["solver"] == "full":
        made[FLOW_TRUST.name][:] = 0  # fast flow is what it is for
    speed = _speed(domain, faces=given["solver"] == "local_inertial")
    now = {FLOW_SPEED: speed, FLOW_FORCE: speed * domain.depth, FLOW_HAZARD_NOW: hazard_class(domain.depth, speed)}
    for variable, values in now.items():  # what is unknown counts as the highest, so that no building hides it
        unknown = np.isnan(values) if variable.dtype == "float32" else values == UNKNOWN_CODE
        carried = beside_buildings(np.where(unknown, np.float32(np.inf), values), built)
        made[variable.name] = np.where(np.isinf(carried), variable.value_of("unknown"), carried).astype(variable.dtype)
    made[EFFECTIVE_GROUND.name] = _effective_ground(domain, setting)
    made[EFFECTIVE_CREST.name] = setting.barriers.by_cell(domain, time)
    for variable in (*_PRODUCTS, *DIAGNOSTIC):
        made[variable.name][outside] = variable.value_of("unknown")
    return made


def _speed(domain: Domain, *, faces: bool) -> NDArray[np.float32]:
    """Speed in each cell, m/s, [rows, columns]; NaN where the local inertial solver (discharges on faces) cannot say it."""
    x, y, depth = domain.flux_x, domain.flux_y, domain.depth
    east, south = (0.5 * (x[:, :-1] + x[:, 1:]), 0.5 * (y[:-1] + y[1:])) if faces else (x[:, :-1], y[:-1])
    moving = depth > 1e-3
    speed = np.where(moving, np.hypot(east, south) / np.where(moving, depth, 1.0), 0.0).astype(np.float32)
    if faces:
        speed[speed > _TRUSTED_FROUDE * np.sqrt(9.81 * depth)] = np.nan
    return speed


def _effective_ground(domain: Domain, setting: Setting) -> NDArray[np.float32]:
    ground = domain.inner(domain.z).astype(np.float64) + domain.base
    return np.where(domain.blocked, setting.ground, ground).astype(np.float32)
