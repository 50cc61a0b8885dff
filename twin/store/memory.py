"""Fields in memory: the least recently used go first; and a store that is nothing but that."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import CityTwinError
from geodata.fingerprint import digest_of_array
from twin.store.codec import check_storable, frozen
from twin.store.contract import FieldLost, Record, checked_name

_WAIT_SECONDS = 0.25
TOO_LARGE = (
    "There is no room for {size} bytes in a field store limited to {limit} bytes of which saved runs hold {pinned}; "
    "raise the limit or delete saved runs."
)


class FieldCache:
    """Read-only arrays by digest, up to a number of bytes; the least recently used goes first.

    Examples
    --------
    >>> cache = FieldCache(limit_bytes=100)
    >>> _ = cache.add("a", np.zeros(8)); _ = cache.add("b", np.zeros(4)); _ = cache.add("c", np.zeros(4))
    >>> cache.get("a") is None, cache.used_bytes
    (True, 64)
    """

    def __init__(self, *, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._arrays: OrderedDict[str, NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str) -> NDArray[Any] | None:
        """The array, or None; counts as a use of it."""
        with self._lock:
            array = self._arrays.get(digest)
            if array is not None:
                self._arrays.move_to_end(digest)
            return array

    def add(self, digest: str, array: NDArray[Any], *, keep: AbstractSet[str] = frozenset()) -> bool:
        """Take a read-only array in and let go of others, but of none in ``keep``; False when it does not fit."""
        with self._lock:
            if digest in self._arrays:
                self._arrays.move_to_end(digest)
                return True
            leaving, free = [], self.limit_bytes - self.used_bytes
            for other, held in self._arrays.items():
                if free >= array.nbytes:
                    break
                if other not in keep:
                    leaving.append(other)
                    free += held.nbytes
            if free < array.nbytes:
                return False
            for other in leaving:
                self.used_bytes -= self._arrays.pop(other).nbytes
            self._arrays[digest] = array
            self.used_bytes += array.nbytes
            return True

    def bytes_of(self, digests: AbstractSet[str]) -> int:
        """Bytes that some of the arrays take together."""
        with self._lock:
            return sum(array.nbytes for digest, array in self._arrays.items() if digest in digests)


class MemoryStore:
    """A field store that lives and dies with its process: for tests and one-off runs.

    Parameters
    ----------
    limit_bytes
        Bytes of fields to hold. Records are small and are all kept.

    Examples
    --------
    >>> store = MemoryStore()
    >>> record = store.put("0a1b", {"water_depth": np.array([0.0, 0.5])}, wall=0.1)
    >>> store.find("0a1b") == record
    True
    >>> store.field(record.fields["water_depth"])
    array([0. , 0.5])
    """

    def __init__(self, *, limit_bytes: int = 2 << 30) -> None:
        self._cache = FieldCache(limit_bytes=limit_bytes)
        self._records: dict[str, Record] = {}
        self._pins: dict[str, frozenset[str]] = {}
        self._lock = threading.RLock()
        self._flights: dict[str, threading.Lock] = {}
        self._flying: Counter[str] = Counter()

    @property
    def used_bytes(self) -> int:
        """Bytes of the fields held."""
        return self._cache.used_bytes

    def find(self, key: str) -> Record | None:
        """The record of a key, or None; its fields may have been evicted."""
        with self._lock:
            return self._records.get(checked_name(key))

    def put(self, key: str, fields: Mapping[str, NDArray[Any]], *, wall: float) -> Record:
        """Keep what a computation gave.

        Raises
        ------
        CityTwinError
            When it does not fit beside what is pinned, or a field cannot be kept exactly.
        """
        checked_name(key)
        for name, values in fields.items():
            check_storable(name, values)
        digests = {name: digest_of_array(values) for name, values in fields.items()}
        with self._lock:
            pinned = self._pinned()
            keep = pinned | frozenset(digests.values())
            for name, values in fields.items():
                if self._cache.get(digests[name]) is None and not self._cache.add(
                    digests[name], frozen(np.array(values, order="C")), keep=keep
                ):
                    raise CityTwinError(
                        TOO_LARGE, size=values.nbytes, limit=self._cache.limit_bytes, pinned=self._cache.bytes_of(pinned)
                    )
            record = self._records[key] = Record(key, digests, wall)
        return record

    def field(self, digest: str) -> NDArray[Any]:
        """A field as a read-only array.

        Raises
        ------
        FieldLost
            When it was never there or was evicted.
        """
        array = self._cache.get(checked_name(digest))
        if array is None:
            raise FieldLost(digest=digest)
        return array

    def has(self, digest: str) -> bool:
        """Whether a field is there; counts as a use of it."""
        return self._cache.get(checked_name(digest)) is not None

    @contextmanager
    def flight(self, key: str, *, while_waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Let only one thread at a time compute a key."""
        with self._lock:
            lock = self._flights.setdefault(checked_name(key), threading.Lock())
            self._flying[key] += 1
        try:
            while not lock.acquire(timeout=_WAIT_SECONDS):
                if while_waiting is not None:
                    while_waiting()
            try:
                yield
            finally:
                lock.release()
        finally:
            with self._lock:
                self._flying[key] -= 1
                if not self._flying[key]:
                    del self._flying[key], self._flights[key]

    def pin(self, name: str, digests: Iterable[str]) -> frozenset[str]:
        """Protect fields under a name; returns the digests that are not there."""
        with self._lock:
            self._pins[name] = frozenset(map(checked_name, digests))
            return frozenset(digest for digest in self._pins[name] if self._cache.get(digest) is None)

    def pins(self) -> tuple[str, ...]:
        """Every name that protects something."""
        with self._lock:
            return tuple(sorted(self._pins))

    def unpin(self, name: str) -> None:
        """Let go of what a name protects."""
        with self._lock:
            self._pins.pop(name, None)

    def _pinned(self) -> frozenset[str]:
        return frozenset().union(*self._pins.values())
