"""A quantity that can stand in a state: declared once, with dims, unit, meaning and the ways in which it can be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geodata.errors import CityTwinError

MissingState = Literal["unknown", "not_applicable", "never", "unreachable"]
Kind = Literal["prognostic", "diagnostic"]

UNKNOWN_CODE = 255
"""Unknown, in a variable of codes (uint8)."""
NOT_APPLICABLE_CODE = 254
"""Not applicable, in a variable of codes (uint8)."""

_FLOAT = {"unknown": np.nan, "not_applicable": -np.inf, "never": np.inf, "unreachable": np.inf}
_CODE = {"unknown": UNKNOWN_CODE, "not_applicable": NOT_APPLICABLE_CODE}


class VariableError(CityTwinError):
    """A hook wrote something that its variable does not allow."""


@dataclass(frozen=True)
class Variable:
    """One quantity of the twin.

    Parameters
    ----------
    name
        Physical name in full words ("water_depth").
    dims
        Dimensions in axis order, for example ("y", "x") or ("building",). Row 0 lies in the north.
    unit
        SI unit; "1" for counts and codes.
    meaning
        One sentence. A CF standard name stands in ``standard_name`` where there is one.
    kind
        "prognostic" — needed to go on from a state, kept without loss; "diagnostic" — can be computed again.
    dtype
        "float32", "float64" or "uint8" (codes).
    missing
        The ways in which a value can be missing. In floats unknown is NaN, not applicable −inf, never and unreachable +inf
        (a variable declares at most one of these two); in codes unknown is 255 and not applicable 254.
    codes
        For uint8: what each code means. For counts in uint8 leave it empty.
    initial
        Value before the first step, for what is read as previous; None = unknown.
    standard_name
        CF standard name, if any.

    Examples
    --------
    >>> depth = Variable("water_depth", ("y", "x"), "m", "depth of water above the ground", missing=("unknown",))
    >>> depth.count_missing(np.array([[0.0, np.nan]], np.float32))
    {'unknown': 1}
    >>> depth.check(np.array([[0.0, np.inf]], np.float32), {"y": 1, "x": 2})
    Traceback (most recent call last):
    twin.variable.VariableError: water_depth holds values that it does not declare (1, the first is inf at (0, 1)); ...
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    meaning: str
    kind: Kind = "diagnostic"
    dtype: Literal["float32", "float64", "uint8"] = "float32"
    missing: tuple[MissingState, ...] = ()
    codes: Mapping[int, str] = field(default_factory=dict, hash=False)
    initial: float | None = None
    standard_name: str = ""

    def __post_init__(self) -> None:
        if {"never", "unreachable"} <= set(self.missing):
            raise VariableError(
                "{name} declares both never and unreachable; a variable can tell only one of them.", name=self.name
            )
        if self.dtype == "uint8" and {"never", "unreachable"} & set(self.missing):
            raise VariableError("{name} holds codes; give never and unreachable codes of their own.", name=self.name)

    def value_of(self, state: MissingState) -> float:
        """The value that stands for a missing state."""
        if state not in self.missing:
            raise VariableError("{name} does not declare {state}; add it to its missing states.", name=self.name, state=state)
        return float(_CODE[state] if self.dtype == "uint8" else _FLOAT[state])

    def is_missing(self, values: NDArray[Any], state: MissingState) -> NDArray[np.bool_]:
        """Where values are missing in that way, same shape; all False when the state is not declared."""
        if state not in self.missing:
            return np.zeros(np.shape(values), dtype=np.bool_)
        value = self.value_of(state)
        return np.isnan(values) if np.isnan(value) else np.asarray(values == value)

    def count_missing(self, values: NDArray[Any]) -> dict[str, int]:
        """How many values are missing, by declared state."""
        return {state: int(np.count_nonzero(self.is_missing(values, state))) for state in self.missing}

    def full(self, sizes: Mapping[str, int]) -> NDArray[Any]:
        """An array of the initial value (unknown where none is declared)."""
        value = self.initial if self.initial is not None else self.value_of("unknown")
        return np.full([sizes[dim] for dim in self.dims], value, dtype=self.dtype)

    def check(self, values: Any, sizes: Mapping[str, int]) -> NDArray[Any]:
        """The values in their dtype, or a `VariableError`: wrong shape, undeclared missing values, undeclared codes.

        Parameters
        ----------
        values
            Array over ``dims``.
        sizes
            Length of every dimension.
        """
        array = np.asarray(values, dtype=self.dtype, order="C")
        expected = tuple(sizes[dim] for dim in self.dims)
        if array.shape != expected:
            raise VariableError(
                "{name} has shape {shape}; its dims {dims} want {expected}.",
                name=self.name,
                shape=array.shape,
                dims=self.dims,
                expected=expected,
            )
        wrong = ~self._allowed(array)
        if wrong.any():
            count, first = int(wrong.sum()), tuple(int(i[0]) for i in np.nonzero(wrong))
            raise VariableError(
                "{name} holds values that it does not declare ({count}, the first is {value} at {first}); declare the missing "
                "state or correct the hook.",
                name=self.name,
                count=count,
                value=array[first],
                first=first,
            )
        return array

    def _allowed(self, array: NDArray[Any]) -> NDArray[np.bool_]:
        if self.dtype != "uint8":
            allowed = np.isfinite(array)
        elif self.codes:
            allowed = np.isin(array, list(self.codes))
        else:
            allowed = array < NOT_APPLICABLE_CODE
        for state in self.missing:
            allowed |= self.is_missing(array, state)
        return np.asarray(allowed)
