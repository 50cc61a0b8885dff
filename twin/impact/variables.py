"""Variables of damage, value, service and power."""

from __future__ import annotations

from twin.flood.variables import FACILITY_POWERED
from twin.variable import MissingState, Variable

__all__ = ["FACILITY_POWERED"]

_UNKNOWN: tuple[MissingState, ...] = ("unknown",)

GROUND_GRADIENT = Variable(
    "building_gradient", ("building",), "1", "gradient of the ground around the building, as damage rates distinguish it",
    missing=_UNKNOWN,
)  # fmt: skip
STRUCTURE_VALUE = Variable(
    "building_structure_value", ("building",), "currency", "value of the building, or of building and contents as one",
    dtype="float64", missing=_UNKNOWN,
)  # fmt: skip
CONTENTS_VALUE = Variable(
    "building_contents_value", ("building",), "currency",
    "value of what is in the building; 0 where it counts with the building",
    dtype="float64", missing=_UNKNOWN,
)  # fmt: skip
VALUE_LOW = Variable("building_value_low", ("building",), "1", "lower end of the values, as a share of them", missing=_UNKNOWN)
VALUE_HIGH = Variable(
    "building_value_high", ("building",), "1", "upper end of the values, as a multiple of them", missing=_UNKNOWN
)

DAMAGE_SHARE = Variable(
    "building_damage_share", ("building",), "1", "share of the building's value lost so far", missing=_UNKNOWN
)
DAMAGE_SHARE_LOW = Variable(
    "building_damage_share_low", ("building",), "1", "lower end of that share: least depth, mildest curve", missing=_UNKNOWN
)
DAMAGE_SHARE_HIGH = Variable(
    "building_damage_share_high",
    ("building",),
    "1",
    "upper end of that share: greatest depth, harshest curve",
    missing=_UNKNOWN,
)
LOSS = Variable(
    "building_loss", ("building",), "currency", "value lost so far, building and contents, nothing counted twice",
    dtype="float64", missing=_UNKNOWN,
)  # fmt: skip
LOSS_LOW = Variable("building_loss_low", ("building",), "currency", "lower end of the loss", dtype="float64", missing=_UNKNOWN)
LOSS_HIGH = Variable(
    "building_loss_high", ("building",), "currency", "upper end of the loss", dtype="float64", missing=_UNKNOWN
)

SERVICE_CODES = {
    0: "out of service: water", 1: "in service", 2: "in service on its own power", 3: "out of service: no power",
}  # fmt: skip
FACILITY_SERVICE = Variable(
    "facility_service", ("facility",), "1", "whether a facility can do its work now", dtype="uint8", missing=_UNKNOWN,
    codes=SERVICE_CODES,
)  # fmt: skip
FACILITY_OUT_TIME = Variable(
    "facility_out_time", ("facility",), "s", "time out of service so far", kind="prognostic", dtype="float64",
    missing=_UNKNOWN, initial=0.0,
)  # fmt: skip
FACILITY_DARK_TIME = Variable(
    "facility_dark_time", ("facility",), "s", "time on its own power so far, since mains power last failed", kind="prognostic",
    dtype="float64", missing=_UNKNOWN, initial=0.0,
)  # fmt: skip
FACILITY_LASTS = Variable(
    "facility_lasts", ("facility",), "s", "how long it still lasts without mains power, from fuel, battery and rooftop solar",
    dtype="float64", missing=("unknown", "never"),
)  # fmt: skip
AREA_POWERED = Variable(
    "area_powered", ("area",), "1", "whether mains power reaches the area", dtype="uint8",
    missing=("unknown", "not_applicable"),
    codes={0: "dark", 1: "powered"},
)  # fmt: skip
BUILDING_POWERED = Variable(
    "building_powered", ("building",), "1", "whether mains power reaches the building", dtype="uint8",
    missing=("unknown", "not_applicable"), codes={0: "dark", 1: "powered"},
)  # fmt: skip
SHELTER_LASTS = Variable(
    "shelter_lasts", ("shelter",), "s", "how long its lights, water and radio still last without mains power", dtype="float64",
    missing=("unknown", "never"),
)  # fmt: skip
SHELTER_DARK_TIME = Variable(
    "shelter_dark_time", ("shelter",), "s", "time on its own power so far, since mains power last failed", kind="prognostic",
    dtype="float64", missing=_UNKNOWN, initial=0.0,
)  # fmt: skip
