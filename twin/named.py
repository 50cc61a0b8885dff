"""Arguments known by the name of their content: what follows from them is computed once for all that have that name."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Named(Generic[_Value]):
    """An argument of a function under `functools.lru_cache`, equal to every other of the same name.

    Hooks and analyses remember in this way what follows from city layers alone, such as a network: that is memory, not state,
    as the name tells the whole content. The value is let go of when it is taken, so that a cache keeps results only.

    Parameters
    ----------
    name
        Digests of all that the result hangs on.
    value
        Where that content can be had.

    Examples
    --------
    >>> from functools import lru_cache
    >>> total = lru_cache(lambda numbers: sum(numbers.take()))
    >>> total(Named("1 to 3", [1, 2, 3])), total(Named("1 to 3", "never looked at"))
    (6, 6)
    """

    __slots__ = ("_value", "name")

    def __init__(self, name: Hashable, value: _Value) -> None:
        self.name = name
        self._value: list[_Value] = [value]

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and other.name == self.name

    def take(self) -> _Value:
        """The value, once."""
        return self._value.pop()
