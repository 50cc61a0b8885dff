"""How numbers and categories become one byte per element: 255 unknown, 254 not applicable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.errors import InputError

UNKNOWN = 255
NOT_APPLICABLE = 254
LARGEST_CODE = 253


@dataclass(frozen=True)
class Coding:
    """Numbers to bytes by ascending bounds: code 0 lies below the first bound, code i from bound i−1 up to bound i.

    Every colour scale of a quantity cuts at some of these bounds, so the same bytes serve all scales of that quantity and
    a change of scale sends nothing but a colour table.

    Parameters
    ----------
    name
        What is coded ("depth").
    unit
        Unit of ``bounds``.
    bounds
        Ascending; they and the states number at most 253.
    states
        What a value can be instead of a number ("never"): each has a code of its own, from 253 downwards, so that none is
        ever taken for a number, for another state, or for unknown.

    Examples
    --------
    >>> DEPTH.encode([0.0, 0.5, 3.0, float("nan")]).tolist()
    [0, 50, 100, 255]
    >>> float(DEPTH.lower_bounds[50])
    0.5
    >>> WAY.encode([600.0, float("inf")], states={"unreachable": [False, True]}).tolist()
    [10, 253]
    """

    name: str
    unit: str
    bounds: tuple[float, ...]
    states: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        largest = LARGEST_CODE - len(self.states)
        if len(self.bounds) > largest or any(b <= a for a, b in zip(self.bounds, self.bounds[1:], strict=False)):
            raise ValueError(f"bounds of {self.name} must ascend and number at most {largest}")

    def code_of(self, state: str) -> int:
        """The code of one of ``states``."""
        return LARGEST_CODE - self.states.index(state)

    def encode(
        self,
        values: ArrayLike,
        *,
        not_applicable: ArrayLike | None = None,
        states: Mapping[str, ArrayLike] = MappingProxyType({}),
    ) -> NDArray[np.uint8]:
        """Bytes of the same shape as ``values``.

        Parameters
        ----------
        values
            Numbers in ``unit``; NaN is unknown.
        not_applicable
            True where the quantity has no meaning (a depth inside a wall, an arrival that never comes).
        states
            True where a value is in a state of that name; a later one wins over an earlier one.

        Raises
        ------
        InputError
            When a value is infinite and in no state: no infinite sentinel may pass as a depth.
        """
        array = np.asarray(values)
        if array.dtype not in (np.float32, np.float64):
            array = array.astype(np.float64)
        masks = [(self.code_of(name), mask) for name, mask in states.items()]
        if not_applicable is not None:
            masks.append((NOT_APPLICABLE, not_applicable))
        told = [(code, np.broadcast_to(np.asarray(mask, dtype=bool), array.shape)) for code, mask in masks]
        unknown = np.isnan(array)
        infinite = np.isinf(array)
        for _, mask in told:
            infinite &= ~mask
        if infinite.any():
            raise InputError(
                "{count} values of {name} are infinite and cannot be drawn; give NaN where a value is unknown.",
                count=int(infinite.sum()),
                name=self.name,
            )
        codes = np.searchsorted(np.asarray(self.bounds, dtype=array.dtype), array, side="right").astype(np.uint8)
        codes[unknown] = UNKNOWN
        for code, mask in told:
            codes[mask] = code
        return codes

    @cached_property
    def lower_bounds(self) -> NDArray[np.float64]:
        """Lower bound of each of the 256 codes: −inf for code 0, NaN for unknown, not applicable and unused codes."""
        made = np.full(256, np.nan)
        made[0] = -np.inf
        made[1 : len(self.bounds) + 1] = self.bounds
        return made


@dataclass(frozen=True)
class Categories:
    """Named categories to bytes: the code is the place in ``members``.

    Examples
    --------
    >>> PASSABILITY.encode(["open", "closed", ""]).tolist()
    [0, 3, 255]
    """

    name: str
    members: tuple[str, ...]

    def encode(self, values: ArrayLike | Sequence[str], *, not_applicable: ArrayLike | None = None) -> NDArray[np.uint8]:
        """Bytes of the same shape; text is looked up ("" is unknown), numbers are codes already (NaN, −1, 255 are unknown).

        Raises
        ------
        InputError
            When a value is no member.
        """
        array = np.asarray(values)
        if array.dtype.kind in "OUST":
            text, place = np.unique(array.astype(str), return_inverse=True)
            known = {member: code for code, member in enumerate(self.members)} | {"": UNKNOWN, "nan": UNKNOWN, "<NA>": UNKNOWN}
            strange = [value for value in text.tolist() if value not in known]
            if strange:
                raise InputError(
                    "{value} is none of {members}; correct the values of {name}.",
                    value=strange[0],
                    members=", ".join(self.members),
                    name=self.name,
                )
            codes = np.array([known[value] for value in text.tolist()], dtype=np.uint8)[place].reshape(array.shape)
        else:
            number = array.astype(np.float64)
            unknown = np.isnan(number) | (number == -1) | (number == UNKNOWN)
            outside = ~unknown & ~((number >= 0) & (number < len(self.members)) & (number == np.floor(number)))
            if outside.any():
                raise InputError(
                    "{value} is no code of {name}; codes run from 0 to {largest}.",
                    value=number[outside].flat[0],
                    name=self.name,
                    largest=len(self.members) - 1,
                )
            codes = np.where(unknown, UNKNOWN, number).astype(np.uint8)
        if not_applicable is not None:
            codes[np.broadcast_to(np.asarray(not_applicable, dtype=bool), codes.shape)] = NOT_APPLICABLE
        return codes


def _steps(*pieces: tuple[float, float, float]) -> tuple[float, ...]:
    """Bounds from (start, stop, step) pieces, rounded so that class bounds such as 0.5 are met exactly."""
    return tuple(round(float(value), 6) for start, stop, step in pieces for value in np.arange(start, stop - step / 2, step))


_TWENTY_FOUR = (
    1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3, 4.7, 5.0, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1,
)  # fmt: skip

#: Depth of water above ground. Below 1 cm counts as dry; 1–2 cm steps where people walk, coarser further up.
DEPTH = Coding(
    "depth",
    "m",
    _steps((0.01, 0.5, 0.01), (0.5, 3.0, 0.05), (3.0, 5.0, 0.1), (5.0, 10.0, 0.25), (10.0, 20.0, 0.5), (20.0, 42.0, 1.0)),
)
#: Seconds since the start of the scenario, in steps of five minutes up to 20 hours.
ARRIVAL = Coding("arrival", "s", _steps((300.0, 72300.0, 300.0)))
#: Rank of the official Japanese maps, 0 where the map says that no water comes.
RANK = Categories("rank", ("0", "1", "2", "3", "4", "5", "6"))
PASSABILITY = Categories("passability", ("open", "slow", "closed_to_cars", "closed"))
USABILITY = Categories("usability", ("usable", "unusable", "not_for_this_hazard"))
SENSOR_STATE = Categories("sensor_state", ("normal", "raised", "alarm", "stale"))
#: AIDR Guideline 7-3, the highest so far; "dry" where no water came.
HAZARD_CLASS = Categories("hazard_class", ("dry", "H1", "H2", "H3", "H4", "H5", "H6"))
#: Whether the flow stayed within what the solver is valid for.
TRUST = Categories("trust", ("trusted", "caution", "outside"))
#: Speed of flowing water.
WATER_SPEED = Coding("water_speed", "m/s", _steps((0.05, 1.0, 0.05), (1.0, 4.0, 0.1), (4.0, 12.5, 0.5)))
#: When water came to a place on the ground, since the start; "dry" = not so far in this run.
WATER_ARRIVAL = Coding("water_arrival", "s", _steps((60.0, 7200.0, 60.0), (7200.0, 43500.0, 300.0)), ("dry",))
#: Time left to set out. "open" = not closed within this run, which is no promise; "late" = no safe departure any more;
#: "doubtful" = none that is known to be safe.
TIME_LEFT = Coding("time_left", "s", _steps((60.0, 7200.0, 60.0), (7200.0, 43500.0, 300.0)), ("open", "late", "doubtful"))
#: Time of a way to a place; "unreachable" = there is none now.
WAY = Coding("way", "s", _steps((60.0, 7200.0, 60.0), (7200.0, 43500.0, 300.0)), ("unreachable",))
#: Since when a building is cut off; "joined" = it is not; "never_joined" = it has no way even on a dry day.
CUT_OFF = Coding("cut_off", "s", _steps((60.0, 7200.0, 60.0), (7200.0, 43500.0, 300.0)), ("joined", "never_joined"))
ACCESS = Categories("access", ("reaches", "cut_off", "never_joined", "no_road"))
REFUGE = Categories("refuge", ("leave", "upstairs"))
#: Speed of people and vehicles on a road; "closed" to them now.
ROAD_SPEED = Coding("road_speed", "km/h", _steps((0.5, 10.0, 0.5), (10.0, 121.0, 1.0)), ("closed",))
#: When a road closes; "open" = not closed within this run; "closed" = from the start.
CLOSING = Coding("closing", "s", _steps((60.0, 7200.0, 60.0), (7200.0, 43500.0, 300.0)), ("open", "closed"))
#: Numbers of people in 24 steps a decade, since a street may hold two or two thousand; code 0 = nobody.
PEOPLE = Coding(
    "people", "1", (0.01, *(float(f"{mantissa * 10**decade:.3g}") for decade in range(6) for mantissa in _TWENTY_FOUR))
)
#: Vehicles an hour on a road, in the same steps; "closed" to cars now.
VEHICLES = Coding("vehicles", "h-1", (0.5, *PEOPLE.bounds[1:]), ("closed",))
#: How much longer a car takes on a road than on an empty one; "closed" to cars now.
DELAY = Coding("delay", "s", _steps((1.0, 60.0, 1.0), (60.0, 600.0, 10.0), (600.0, 3660.0, 60.0)), ("closed",))
#: Share of a shelter's places that are taken, in tenths; "full" = nobody more fits in; "uncounted" = people are there, and
#: nobody says how many it takes.
FILL = Coding("fill", "%", tuple(float(tenth) for tenth in range(10, 100, 10)), ("full", "uncounted"))
#: For layers that carry no value of their own.
PLAIN = Categories("plain", ("plain",))
