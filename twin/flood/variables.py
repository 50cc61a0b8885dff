"""The variables of the flood engine."""

from __future__ import annotations

from twin.flood.products import HAZARD_CLASSES, TRUST
from twin.variable import MissingState, Variable

_ABSENT: tuple[MissingState, ...] = ("unknown", "not_applicable")
_CELLS = ("y", "x")

FLOW_DEPTH = Variable(
    "flow_depth", _CELLS, "m", "depth that the flood engine moves; none where no water can enter or the ground is unknown",
    kind="prognostic", initial=0.0,
)  # fmt: skip
FLOW_DEPTH_RESIDUAL = Variable(
    "flow_depth_residual", _CELLS, "m", "what the digits of flow_depth leave over", kind="prognostic", initial=0.0
)
FLUX_X = Variable(
    "flux_x", ("y", "x_face"), "m2 s-1",
    "unit discharge eastward: on the west face of each cell (local inertial) or in the cell (full solver)",
    kind="prognostic", initial=0.0,
)  # fmt: skip
FLUX_Y = Variable(
    "flux_y", ("y_face", "x"), "m2 s-1",
    "unit discharge southward: on the north face of each cell (local inertial) or in the cell (full solver)",
    kind="prognostic", initial=0.0,
)  # fmt: skip
SOIL_WATER = Variable("soil_water", _CELLS, "m", "depth that the soil has taken so far", kind="prognostic", initial=0.0)
FLOW_ACCOUNT = Variable(
    "flow_account", ("account",), "m3", "volumes since the start; the first is a number of steps, the last a share",
    kind="prognostic", dtype="float64", initial=0.0,
)  # fmt: skip

FLOW_WATER_DEPTH = Variable(
    "flow_water_depth", _CELLS, "m", "depth of water above the ground now as the flood engine computes it",
    missing=_ABSENT, standard_name="flood_water_thickness",
)  # fmt: skip
EFFECTIVE_GROUND = Variable(
    "effective_ground", _CELLS, "m", "ground that the water meets now, with raised and washed away parts", missing=_ABSENT
)
FLOW_MAX_DEPTH = Variable(
    "flow_max_depth", _CELLS, "m", "greatest depth so far", kind="prognostic", missing=_ABSENT, initial=0.0
)
FLOW_MAX_FORCE = Variable(
    "flow_max_force", _CELLS, "m2 s-1", "greatest depth × velocity so far", kind="prognostic", missing=_ABSENT, initial=0.0
)
FLOW_ARRIVAL = Variable(
    "flow_arrival", _CELLS, "s", "when water first stood 5 cm deep, since the scenario's start, to about 20 s",
    kind="prognostic", missing=(*_ABSENT, "never"), initial=float("inf"),
)  # fmt: skip
FLOW_WET_TIME = Variable(
    "flow_wet_time", _CELLS, "s", "time with 5 cm of water and more so far", kind="prognostic", missing=_ABSENT, initial=0.0
)
FLOW_GROUND_FLOOR_TIME = Variable(
    "flow_ground_floor_time", _CELLS, "s", "time with 0.5 m of water and more so far", kind="prognostic", missing=_ABSENT,
    initial=0.0,
)  # fmt: skip
FLOW_HAZARD_CLASS = Variable(
    "flow_hazard_class", _CELLS, "1", "highest hazard class so far by depth, velocity and their product (AIDR 7-3)",
    kind="prognostic", dtype="uint8", missing=_ABSENT, codes=HAZARD_CLASSES, initial=0.0,
)  # fmt: skip
FLOW_TRUST = Variable(
    "flow_trust", _CELLS, "1", "whether the flow stayed within what the solver is valid for",
    kind="prognostic", dtype="uint8", missing=_ABSENT, codes=TRUST, initial=0.0,
)  # fmt: skip

FLOW_SPEED = Variable(
    "flow_speed", _CELLS, "m s-1",
    "speed of the water now; unknown where the local inertial solver cannot say it (Froude number above 0.5)", missing=_ABSENT,
)  # fmt: skip
FLOW_FORCE = Variable("flow_force", _CELLS, "m2 s-1", "depth × velocity now; unknown where the speed is", missing=_ABSENT)
FLOW_HAZARD_NOW = Variable(
    "flow_hazard_now", _CELLS, "1",
    "hazard class now by depth, velocity and their product (AIDR 7-3); unknown where the speed is",
    dtype="uint8", missing=_ABSENT, codes=HAZARD_CLASSES,
)  # fmt: skip
ROAD_FLOW_FORCE = Variable(
    "road_flow_force", ("road",), "m2 s-1",
    "greatest depth × velocity on the road edge now; not applicable where only depth is judged", missing=_ABSENT,
)  # fmt: skip
ROAD_FLOW_HAZARD = Variable(
    "road_flow_hazard", ("road",), "1",
    "highest hazard class on the road edge now; not applicable where only depth is judged",
    dtype="uint8", missing=_ABSENT, codes=HAZARD_CLASSES,
)  # fmt: skip
EFFECTIVE_CREST = Variable(
    "effective_crest", _CELLS, "m",
    "highest crest now of what stands on the faces of the cell: levee, wall, barrier, gate; none where nothing stands",
    missing=_ABSENT,
)  # fmt: skip

FACILITY_POWERED = Variable(
    "facility_powered", ("facility",), "1", "whether a facility has power now", dtype="uint8", missing=_ABSENT,
    codes={0: "no power", 1: "powered"}, initial=1.0,
)  # fmt: skip
"""Written by whoever knows of power; a pump named with this facility stands still without it."""

PROGNOSTIC = (
    FLOW_DEPTH, FLOW_DEPTH_RESIDUAL, FLUX_X, FLUX_Y, SOIL_WATER, FLOW_ACCOUNT, FLOW_MAX_DEPTH, FLOW_MAX_FORCE, FLOW_ARRIVAL,
    FLOW_WET_TIME, FLOW_GROUND_FLOOR_TIME, FLOW_HAZARD_CLASS, FLOW_TRUST,
)  # fmt: skip
DIAGNOSTIC = (FLOW_WATER_DEPTH, FLOW_SPEED, FLOW_FORCE, FLOW_HAZARD_NOW, EFFECTIVE_GROUND, EFFECTIVE_CREST)
