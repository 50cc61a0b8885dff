"""How numbers and categories become one byte per element: 255 unknown, 254 not applicable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

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
        Ascending, at most 253.

    Examples
    --------
    >>> DEPTH.encode([0.0, 0.5, 3.0, float("nan")]).tolist()
    [0, 50, 100, 255]
    >>> float(DEPTH.lower_bounds[50])
    0.5
    """

    name: str
    unit: str
    bounds: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.bounds) > LARGEST_CODE or any(b <= a for a, b in zip(self.bounds, self.bounds[1:], strict=False)):
            raise ValueError(f"bounds of {self.name} must ascend and number at most {LARGEST_CODE}")

    def encode(self, values: ArrayLike, *, not_applicable: ArrayLike | None = None) -> NDArray[np.uint8]:
        """Bytes of the same shape as ``values``.

        Parameters
        ----------
        values
            Numbers in ``unit``; NaN is unknown.
        not_applicable
            True where the quantity has no meaning (a depth inside a wall, an arrival that never comes).

        Raises
        ------
        InputError
            When a value is infinite: no infinite sentinel may pass as a depth.
        """
        array = np.asarray(values)
        if array.dtype not in (np.float32, np.float64):
            array = array.astype(np.float64)
        mask = None if not_applicable is None else np.broadcast_to(np.asarray(not_applicable, dtype=bool), array.shape)
        unknown = np.isnan(array)
        infinite = np.isinf(array) if mask is None else np.isinf(array) & ~mask
        if infinite.any():
            raise InputError(
                "{count} values of {name} are infinite and cannot be drawn; give NaN where a value is unknown.",
                count=int(infinite.sum()),
                name=self.name,
            )
        codes = np.searchsorted(np.asarray(self.bounds, dtype=array.dtype), array, side="right").astype(np.uint8)
        codes[unknown] = UNKNOWN
        if mask is not None:
            codes[mask] = NOT_APPLICABLE
        return codes

    @cached_property
    def lower_bounds(self) -> NDArray[np.float64]:
        """Lower bound of each of the 256 codes: −inf for code 0, NaN for unknown, not applicable and unused codes."""
        made = np.full(256, np.nan)
        made[0] = -np.inf
        made[1 : len(self.bounds) + 1] = self.bounds
        return made

    @cached_property
    def typical(self) -> NDArray[np.float32]:
        """A value for each of the 256 codes to draw with: the middle of its interval, 0 for code 0, NaN where unknown."""
        made = np.full(256, np.nan, dtype=np.float32)
        edges = np.asarray(self.bounds)
        made[0] = 0.0
        made[1 : len(edges)] = (edges[:-1] + edges[1:]) / 2
        made[len(edges)] = edges[-1]
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
#: For layers that carry no value of their own.
PLAIN = Categories("plain", ("plain",))
