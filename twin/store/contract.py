"""What every field store promises, and the record it keeps of one keyed computation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from numpy.typing import NDArray

from geodata.errors import CityTwinError

_NAME = re.compile(r"[a-z0-9_-]{1,128}")


class FieldLost(CityTwinError):  # noqa: N818 -- the fact is the name, as in the other errors that callers wait for
    """A field was evicted or its entry was damaged: whoever needs it computes it again."""

    def __init__(
        self, template: str = "The field {digest} is no longer in the store; it has to be computed again.", **values: object
    ) -> None:
        super().__init__(template, **values)


@dataclass(frozen=True)
class Record:
    """What one keyed computation gave.

    Parameters
    ----------
    key
        Digest of everything that went in: lower-case letters, digits, ``-`` and ``_``.
    fields
        Digest of the content of every field it wrote (`geodata.fingerprint.digest_of_array`), by variable.
    wall
        Seconds it took.
    """

    key: str
    fields: Mapping[str, str]
    wall: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes (a mapping proxy alone cannot)."""
        return (Record, (self.key, dict(self.fields), self.wall))


class FieldStore(Protocol):
    """Fields by the digest of their content, records by the key of what went in. Safe for any number of threads.

    A record outlives its fields: they are evicted when room is short, and then `find` still answers, because the digests
    alone let a caller work out the keys of what comes after. A caller asks `has` for the fields it needs, and computes the
    missing ones again. Between `has` and `field` another process may evict: `FieldLost` is always possible.
    """

    def find(self, key: str) -> Record | None:
        """The record of a key, or None. No array is loaded; its fields may have been evicted: ask `has`."""

    def put(self, key: str, fields: Mapping[str, NDArray[Any]], *, wall: float) -> Record:
        """Keep what a computation gave: all of it or, when this raises, no record of it.

        Raises
        ------
        CityTwinError
            When there is no room, or a field is of a type that cannot be kept exactly.
        """

    def field(self, digest: str) -> NDArray[Any]:
        """A field as a read-only array.

        Raises
        ------
        FieldLost
            When it was never there, was evicted, or its entry is damaged.
        """

    def has(self, digest: str) -> bool:
        """Whether a field is there; counts as a use of it. No array is loaded."""

    def flight(self, key: str, *, while_waiting: Callable[[], None] | None = None) -> AbstractContextManager[None]:
        """Let only one at a time compute a key: the others wait, then find its record.

        Not re-entrant: a thread must not ask for a key that it holds. ``while_waiting`` is called about four times a second
        while another one holds the key, and may raise to give up.
        """

    def pin(self, name: str, digests: Iterable[str]) -> frozenset[str]:
        """Protect fields from eviction under a name (a run's id), in place of what that name protected before.

        Returns
        -------
        frozenset of str
            The digests that are not in the store (evicted before): they cannot be protected, only computed again.
        """

    def pins(self) -> tuple[str, ...]:
        """Every name that protects something."""

    def unpin(self, name: str) -> None:
        """Let go of what a name protects; an unknown name protects nothing."""


def checked_name(name: str) -> str:
    """A key or digest that is safe as the name of a file.

    Raises
    ------
    ValueError
        When it is not made of 1 to 128 lower-case letters, digits, ``-`` and ``_``.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no key: 1 to 128 lower-case letters, digits, '-' and '_' are")
    return name
