"""Damage to each building from the greatest depth so far: share of its value, and money with its band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.impact.curves import Curve, Houses, curves_of, shares_lost
from twin.impact.ministry import GROUP_LIMITS, GROUPS, NAME, ministry_curves
from twin.impact.variables import (
    CONTENTS_VALUE,
    DAMAGE_SHARE,
    DAMAGE_SHARE_HIGH,
    DAMAGE_SHARE_LOW,
    GROUND_GRADIENT,
    LOSS,
    LOSS_HIGH,
    LOSS_LOW,
    STRUCTURE_VALUE,
    VALUE_HIGH,
    VALUE_LOW,
)
from twin.question import Question, Step
from twin.variable import Variable
from twin.variables import BUILDING_DEPTH_PEAK, BUILDING_DEPTH_PEAK_LOW

_TALL = 3


@dataclass(frozen=True)
class ImpactHook:
    """Damage by depth–damage curves. Nothing is counted twice: building and contents apart, or both as one.

    The loss of a building of three and more storeys counts the storeys that the water reaches; a lower one counts whole.
    """

    name: str = "impact"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(BUILDING_DEPTH_PEAK),
        Current(BUILDING_DEPTH_PEAK_LOW),
        Current(GROUND_GRADIENT),
        Current(STRUCTURE_VALUE),
        Current(CONTENTS_VALUE),
        Current(VALUE_LOW),
        Current(VALUE_HIGH),
        Static("buildings", ("use", "storeys", "floor_height")),
        Static("damage_curves"),
    )
    writes: tuple[Variable, ...] = (DAMAGE_SHARE, DAMAGE_SHARE_LOW, DAMAGE_SHARE_HIGH, LOSS, LOSS_LOW, LOSS_HIGH)

    def parameters(self, question: Question, step: Step) -> Parameters:
        """The curves, and what is taken where nobody says.

        Raises
        ------
        InputError
            When the scenario names curves that the city does not have.
        """
        rules = question.scenario.impact
        if step.duration == 0 and rules.curves != NAME:
            known = sorted(set(question.city.table("damage_curves")["curves"]))
            if rules.curves not in known:
                raise InputError(
                    "{city} has no damage curves {curves}; it has {known}.",
                    city=question.city.name, curves=rules.curves, known=", ".join([NAME, *known]),
                )  # fmt: skip
        return {
            "curves": rules.curves, "rate_error": rules.rate_error, "floor_height": rules.floor_height,
            "storey_height": rules.storey_height, "wet": question.scenario.rules.wet,
        }  # fmt: skip

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Shares and losses so far."""
        buildings = inputs.table("buildings")
        floor = buildings["floor_height"].to_numpy(np.float64)
        houses = Houses(
            buildings["use"].to_numpy(str),
            buildings["storeys"].astype("Float64").to_numpy(np.float64, na_value=np.nan),
            np.where(np.isnan(floor), parameters["floor_height"], floor),
        )
        high = inputs.current(BUILDING_DEPTH_PEAK).astype(np.float64)
        low = np.fmin(inputs.current(BUILDING_DEPTH_PEAK_LOW).astype(np.float64), high)
        table = inputs.table("damage_curves")
        structure, contents = (
            _shares(parameters, table, inputs.current(GROUND_GRADIENT), houses, low, high, part)
            for part in ("structure", "contents")
        )
        reached_high = reached(high, houses, parameters["storey_height"])
        reached_low = reached(low, houses, parameters["storey_height"])
        structure_value, contents_value = inputs.current(STRUCTURE_VALUE), inputs.current(CONTENTS_VALUE)
        least, most = inputs.current(VALUE_LOW), inputs.current(VALUE_HIGH)
        losses = [
            (structure[end] * structure_value + contents[end] * contents_value) * storeys * factor
            for end, storeys, factor in ((0, reached_low, least), (1, reached_high, 1.0), (2, reached_high, most))
        ]
        # who stays dry loses nothing, whatever it is worth
        dry = high < parameters["wet"]
        for number, loss in enumerate(losses):
            losses[number] = np.where(dry, 0.0, loss)
        return {
            DAMAGE_SHARE_LOW.name: structure[0] * reached_low,
            DAMAGE_SHARE.name: structure[1] * reached_high,
            DAMAGE_SHARE_HIGH.name: structure[2] * reached_high,
            LOSS_LOW.name: losses[0],
            LOSS.name: losses[1],
            LOSS_HIGH.name: losses[2],
        }


def reached(depth: NDArray[np.float64], houses: Houses, storey_height: float) -> NDArray[np.float64]:
    """Share of the storeys that water reaches: all of one or two, those below the water of a higher building.

    Examples
    --------
    >>> houses = Houses(np.array(["apartment", "house"]), np.array([10.0, 2.0]), np.array([0.5, 0.5]))
    >>> reached(np.array([4.0, 4.0]), houses, 3.0).tolist()
    [0.2, 1.0]
    """
    storeys = np.nan_to_num(houses.storeys, nan=1.0)
    wet = np.clip(np.ceil((depth - houses.floor) / storey_height), 1.0, np.maximum(storeys, 1.0))
    return np.where(storeys >= _TALL, wet / np.maximum(storeys, 1.0), 1.0)


def _shares(
    parameters: Parameters, table: pd.DataFrame, gradient: NDArray[Any], houses: Houses, low: NDArray[np.float64],
    high: NDArray[np.float64], part: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Shares of one part; Japan's manual by the gradient of the ground, where it is unknown as on steep ground."""
    error, wet = parameters["rate_error"], parameters["wet"]
    if parameters["curves"] != NAME:
        return shares_lost(curves_of(table, parameters["curves"], error=error), houses, low, high, part=part, wet=wet)
    group = np.where(np.isnan(gradient), len(GROUPS) - 1, np.searchsorted(GROUP_LIMITS, gradient, side="right"))
    made = tuple(np.full(len(low), np.nan) for _ in range(3))
    for number, name in enumerate(GROUPS):
        mine = group == number
        if mine.any():
            some = Houses(houses.use[mine], houses.storeys[mine], houses.floor[mine])
            found = shares_lost(_manual(name, error), some, low[mine], high[mine], part=part, wet=wet)
            for end, values in zip(made, found, strict=True):
                end[mine] = values
    return made[0], made[1], made[2]


@lru_cache(maxsize=32)
def _manual(name: str, error: float) -> tuple[Curve, ...]:
    """Curves of the manual, which are the same for every step of every run."""
    return curves_of(ministry_curves(), name, error=error)
