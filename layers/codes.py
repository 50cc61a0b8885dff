"""From a state to the bytes that the map is coloured by: one function for each quantity that is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.coding import (
    ARRIVAL,
    CLOSING,
    CUT_OFF,
    DELAY,
    DEPTH,
    FILL,
    HAZARD_CLASS,
    NOT_APPLICABLE,
    PEOPLE,
    ROAD_SPEED,
    TIME_LEFT,
    TRUST,
    UNKNOWN,
    VEHICLES,
    WATER_ARRIVAL,
    WATER_SPEED,
    WAY,
    Coding,
)
from layers.scales import SHELTER_USE, passability
from twin.hooks.access import NEVER_JOINED, NO_ROAD
from twin.hooks.passability import OPEN
from twin.hooks.shelters import NOT_DESIGNATED
from twin.mobility.parties import PARTY_SIZE
from twin.scenario.rules import GROUPS
from twin.state import State
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE

Codes = NDArray[np.uint8]


def road_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001 (every code function takes a group)
    """Codes of `layers.coding.PASSABILITY` from what cars and walkers may do, [road]."""
    open_to = state.field("road_open")
    cars, walkers = open_to[GROUPS.index("car")], open_to[GROUPS.index("walker")]
    # A footpath is judged by those who may use it: a car that never could does not close it.
    cars = np.where(cars == NOT_APPLICABLE_CODE, walkers, cars)
    walkers = np.where(walkers == NOT_APPLICABLE_CODE, cars, walkers)
    code = passability(cars == OPEN, walkers == OPEN, state.field("road_depth") >= 0.01).astype(np.uint8)
    code[cars == UNKNOWN_CODE] = UNKNOWN
    code[cars == NOT_APPLICABLE_CODE] = NOT_APPLICABLE
    return code


def road_speed_codes(state: State, group: int = 0) -> Codes:
    """Codes of `layers.coding.ROAD_SPEED`, [road]."""
    speed = state.field("road_speed")[group].astype(np.float64)
    return ROAD_SPEED.encode(speed * 3.6, not_applicable=np.isneginf(speed), states={"closed": speed == 0})


def closing_codes(state: State, group: int = 0) -> Codes:
    """Codes of `layers.coding.CLOSING`, [road]: when it first closes, by what is known of the whole run."""
    closing, now = state.field("road_closing")[group], state.field("road_speed")[group]
    states = {"open": np.isposinf(closing), "closed": (closing <= 0) & (now <= 0) & np.isfinite(closing)}
    return CLOSING.encode(closing, not_applicable=np.isneginf(closing), states=states)


def dependent_codes(state: State, group: int = 0) -> Codes:
    """Codes of `layers.coding.PEOPLE`, [road]: who would lose every way if this road alone were lost; by car for vehicles."""
    by_car = GROUPS[group] in ("car", "large_vehicle") and state.has("road_people_dependent_by_car")
    return PEOPLE.encode(state.field("road_people_dependent_by_car" if by_car else "road_people_dependent"))


def evacuee_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.PEOPLE`, [2 × road]: evacuees on it now who go along its line, then those who go against it."""
    all_of_them = state.field("road_evacuees").astype(np.float64)
    against = state.field("road_evacuees_against").astype(np.float64)
    # What is left of sums of shares of people is no person.
    along = np.where(all_of_them - against < 1e-6, 0.0, all_of_them - against)
    return PEOPLE.encode(np.concatenate([along, against]))


def caught_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.PEOPLE`, [road]: evacuees caught on it so far."""
    return PEOPLE.encode(state.field("road_caught"))


def arrival_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.ARRIVAL`, [building]; not applicable where no water came so far."""
    arrival = state.field("building_arrival")
    return ARRIVAL.encode(arrival, not_applicable=np.isposinf(arrival))


def time_left_codes(state: State, group: int = 0) -> Codes:
    """Codes of `layers.coding.TIME_LEFT`, [building], of the earlier end.

    Where no departure is known to be safe although one may be, by roads that are unknown or that close at a moment which the
    outputs do not tell exactly, it reads "doubtful": neither too late nor open.
    """
    least, most = state.field("building_time_left")[group], state.field("building_time_left_high")[group]
    none = np.isneginf(least)
    states = {"open": np.isposinf(least), "late": none, "doubtful": none & ~np.isneginf(most)}
    return TIME_LEFT.encode(least, states=states)


def way_codes(state: State, group: int = 0) -> Codes:
    """Codes of `layers.coding.WAY`, [building]: time to the nearest shelter that can be used."""
    time = state.field("building_shelter_time")[group]
    return WAY.encode(time, states={"unreachable": np.isposinf(time)})


def detour_codes(state: State, group: int = 0) -> Codes:
    """Codes of `layers.coding.WAY`, [building]: how much longer the way to a shelter is than on a dry day."""
    return _service_codes(state.field("building_detour")[group])


def hospital_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.WAY`, [building]: time by car to the nearest hospital without water."""
    return _service_codes(state.field("building_hospital_time"))


def fire_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.WAY`, [building]: time of a fire engine from the nearest station without water."""
    return _service_codes(state.field("building_fire_response_time"))


def _service_codes(time: NDArray[np.float64]) -> Codes:
    return WAY.encode(time, not_applicable=np.isneginf(time), states={"unreachable": np.isposinf(time)})


def access_codes(state: State, group: int = 0) -> Codes:
    """Codes of `layers.coding.ACCESS`, [building]; the variable's own codes, 255 unknown among them."""
    return np.asarray(state.field("building_access")[group], np.uint8)


def cut_off_codes(state: State, group: int = 0) -> Codes:
    """Codes of `layers.coding.CUT_OFF`, [building]; unknown where it hangs on unknown roads or shelters alone."""
    since, access = state.field("building_cut_off_since")[group], state.field("building_access")[group]
    code = CUT_OFF.encode(
        since, states={"joined": np.isposinf(since), "never_joined": np.isin(access, (NEVER_JOINED, NO_ROAD))}
    )
    code[access == UNKNOWN_CODE] = UNKNOWN
    return code


def refuge_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.REFUGE`, [building]."""
    return np.asarray(state.field("building_refuge"), np.uint8)


def depth_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.DEPTH` of the water now, [y, x]."""
    return DEPTH.encode(state.field("water_depth"))


def traffic_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.VEHICLES`, [road]; see `_for_cars`."""
    return _for_cars(state, "road_flow", VEHICLES)


def delay_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.DELAY`, [road]; see `_for_cars`."""
    return _for_cars(state, "road_delay", DELAY)


def _for_cars(state: State, name: str, coding: Coding) -> Codes:
    """What traffic does on roads: unknown where it is unknown whether cars can go there, nothing where no car may."""
    values, speed = state.field(name), state.field("road_speed")[GROUPS.index("car")]
    values = np.where(np.isnan(speed), np.nan, values)
    return coding.encode(values, not_applicable=np.isneginf(values) | np.isneginf(speed), states={"closed": speed == 0})


def peak_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.DEPTH` of the greatest depth so far, [y, x]."""
    depth = state.field("flow_max_depth")
    return DEPTH.encode(depth, not_applicable=np.isneginf(depth))


def water_arrival_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.WATER_ARRIVAL`, [y, x]."""
    arrival = state.field("flow_arrival")
    return WATER_ARRIVAL.encode(arrival, not_applicable=np.isneginf(arrival), states={"dry": np.isposinf(arrival)})


def hazard_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.HAZARD_CLASS`, highest so far, [y, x]."""
    return _same_codes(state.field("flow_hazard_class"), len(HAZARD_CLASS.members))


def speed_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.WATER_SPEED` now, [y, x]; not applicable on dry ground, unknown where the solver cannot say."""
    speed, depth = state.field("flow_speed"), state.field("water_depth")
    return WATER_SPEED.encode(speed, not_applicable=np.isneginf(speed) | (depth < 0.01))


def trust_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.TRUST`, [y, x]; nothing to say where the ground is unknown."""
    codes = _same_codes(state.field("flow_trust"), len(TRUST.members))
    return np.where(codes == UNKNOWN, NOT_APPLICABLE, codes).astype(np.uint8)


def shelter_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.USABILITY`, [shelter]."""
    usable, reason = state.field("shelter_usable"), state.field("shelter_reason")
    code = SHELTER_USE.coding.encode(np.where(usable == 1, 0.0, 1.0))
    code[reason == NOT_DESIGNATED] = 2
    code[usable == UNKNOWN_CODE] = UNKNOWN
    return code


def fill_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.FILL`, [shelter]; not applicable where nobody is and no place is known or usable."""
    inside = state.field("shelter_occupancy").astype(np.float64)
    capacity = state.city.table("shelters")["capacity"].to_numpy(np.float64)
    full = ((inside > 0) & (capacity - inside < PARTY_SIZE)) | (state.field("shelter_turned_away") > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(capacity > 0, 100.0 * inside / capacity, np.nan)
    usable = state.field("shelter_usable") == 1 if state.has("shelter_usable") else True
    nobody = (inside == 0) & (np.isnan(capacity) | ~np.asarray(usable, dtype=bool))
    uncounted = np.isnan(capacity) & (inside > 0)
    return FILL.encode(share, not_applicable=nobody, states={"uncounted": uncounted, "full": full})


def sensor_codes(state: State, group: int = 0) -> Codes:  # noqa: ARG001
    """Codes of `layers.coding.SENSOR_STATE`, [sensor]: the reading against the thresholds that its source states."""
    sensors, reading = state.city.table("sensors"), readings_of(state)
    highest = sensors["danger_level"].to_numpy(np.float64)
    lowest = np.fmin(sensors["caution_level"].to_numpy(np.float64), sensors["standby_level"].to_numpy(np.float64))
    code = np.select([reading >= highest, reading >= lowest], [2, 1], 0).astype(np.uint8)
    code[np.isnan(reading)] = UNKNOWN
    return code


def readings_of(state: State) -> NDArray[np.float64]:
    """What each sensor did read, else what it would read; NaN where neither is known, [sensor]."""
    if not (state.has("sensor_reading") and state.has("sensor_observed")):
        return np.full(len(state.city.table("sensors")), np.nan)  # a preview does not tell it: unknown
    would = state.field("sensor_reading")
    observed = state.field("sensor_observed")
    return np.where(np.isnan(observed), np.where(np.isfinite(would), would, np.nan), observed)


def _same_codes(values: NDArray[Any], members: int) -> Codes:
    """Codes of a variable that are those of the coding already, 255 and 254 included; anything else is unknown."""
    known = (values < members) | (values >= NOT_APPLICABLE_CODE)
    return np.where(known, values, UNKNOWN).astype(np.uint8)
