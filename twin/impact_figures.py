"""Headline figures of damage, service and power; `twin.outcome` makes them outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from twin.figure import Figure, known_people
from twin.hooks.power import OUT_BY_POWER, OUT_BY_WATER
from twin.impact.variables import (
    BUILDING_POWERED,
    DAMAGE_SHARE_HIGH,
    FACILITY_OUT_TIME,
    FACILITY_SERVICE,
    LOSS,
    LOSS_HIGH,
    LOSS_LOW,
)
from twin.state import State
from twin.variables import BUILDING_PEOPLE

CRITICAL = ("hospital", "clinic", "care_home", "fire_station", "police", "city_hall", "substation", "pump", "water_works")
"""Facilities whose failure hurts others."""
PEOPLE = BUILDING_PEOPLE.name


def damage(state: State) -> dict[str, float | None]:
    """Value lost so far with its band; None where nobody says what any of the damaged buildings is worth.

    Prices in several currencies or of several years (of several files) add up to nothing: then it is None, too.
    """
    if ", " in (money(state) or ""):
        return {"low": None, "middle": None, "high": None}
    damaged = ~(state.field(DAMAGE_SHARE_HIGH) == 0)  # or unknown
    told: dict[str, float | None] = {}
    for name, variable in (("low", LOSS_LOW), ("middle", LOSS), ("high", LOSS_HIGH)):
        loss = state.field(variable)[damaged]
        told[name] = None if len(loss) and np.isnan(loss).all() else float(np.nansum(loss))
    return told


def money(state: State) -> str | None:
    """Currency and year of the prices ("JPY 2025"); None where the city has none. Several are all named."""
    prices = state.city.table("asset_values")
    if not len(prices):
        return None
    return ", ".join(sorted({f"{currency} {year}" for currency, year in zip(prices["currency"], prices["year"], strict=True)}))


def money_of(runs: Iterable[Mapping[str, Any]]) -> str:
    """Currency and year of the damage that outcomes of runs tell; "" where none of them knows.

    Examples
    --------
    >>> money_of([{"damage_currency": "JPY 2025"}, {"damage_currency": None}])
    'JPY 2025'
    """
    return ", ".join(sorted({str(told["damage_currency"]) for told in runs if told.get("damage_currency")}))


def damage_unknown(state: State) -> int:
    """Buildings whose loss is unknown: of unknown depth, use or value."""
    return int(np.isnan(state.field(LOSS)).sum())


def facilities_out(state: State) -> int:
    """Critical facilities out of service now, by water or for want of power."""
    critical = np.isin(state.city.table("facilities")["kind"].to_numpy(str), CRITICAL)
    return int((np.isin(state.field(FACILITY_SERVICE), (OUT_BY_WATER, OUT_BY_POWER)) & critical).sum())


def hours_out(state: State) -> dict[str, float]:
    """Hours out of service so far of each critical facility that was, by id; longest first."""
    facilities, out = state.city.table("facilities"), state.field(FACILITY_OUT_TIME)
    critical = np.isin(facilities["kind"].to_numpy(str), CRITICAL) & (np.nan_to_num(out) > 0)
    rows = sorted(np.flatnonzero(critical).tolist(), key=lambda row: -out[row])
    return {str(facilities["id"].iloc[row]): round(float(out[row]) / 3600.0, 2) for row in rows}


def people_without_power(state: State) -> float:
    """People in areas without mains power now."""
    return float(known_people(state)[state.field(BUILDING_POWERED) == 0].sum())


FIGURES: tuple[Figure, ...] = (
    Figure(
        "damage", "currency", "value of buildings and contents lost so far: lower end, middle and upper end, as far as known",
        (LOSS.name, DAMAGE_SHARE_HIGH.name, LOSS_LOW.name, LOSS_HIGH.name), damage,
    ),
    Figure("damage_currency", "1", "currency and year of the prices of the damage", (LOSS.name,), money),
    Figure(
        "damage_unknown", "1", "buildings whose loss is unknown: of unknown depth, use or value", (LOSS.name,), damage_unknown,
    ),
    Figure(
        "facilities_out", "1", "critical facilities out of service, by water or for want of power, most over the run",
        (FACILITY_SERVICE.name,), facilities_out, greatest=True,
    ),
    Figure(
        "facilities_hours_out", "h", "hours out of service of each critical facility that was", (FACILITY_OUT_TIME.name,),
        hours_out,
    ),
    Figure(
        "people_without_power", "1", "people in areas without mains power, most over the run", (BUILDING_POWERED.name, PEOPLE),
        people_without_power, greatest=True, people=True,
    ),
)  # fmt: skip
