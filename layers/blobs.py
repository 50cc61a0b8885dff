"""Bytes for the browser by name: bounded memory, made when first asked for, made once."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import xxhash
import zstandard

Factory = Callable[[], bytes]


@dataclass(frozen=True)
class BlobStatistics:
    """What a store holds, in bytes."""

    blobs: int
    bytes_held: int
    promises: int


class Blobs:
    """A store of named bytes with bounded memory.

    What is put in with `put` is named by its content; when memory is short the least recently used is gone for good. What is
    promised with `promise` is named by what it is made from, is made when first asked for, and is made again after it was
    dropped: promise what a page may ask for long after, put what is small.

    Parameters
    ----------
    limit
        Bytes held at most: as much again may be held by what was put in.
    promises
        Promises remembered at most; the least recently used is forgotten first.

    Examples
    --------
    >>> blobs = Blobs()
    >>> name = blobs.put(b"water")
    >>> blobs.get(name)
    b'water'
    >>> blobs.get(blobs.promise(("roads", "v1"), lambda: b"roads"))
    b'roads'
    >>> blobs.get("no such") is None
    True
    """

    def __init__(self, *, limit: int = 512 * 2**20, promises: int = 200_000) -> None:
        self._limit, self._most_promises = limit, promises
        self._held: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._promises: OrderedDict[str, Factory] = OrderedDict()
        self._given: OrderedDict[str, bytes] = OrderedDict()
        self._size = self._given_size = 0
        self._lock = threading.Lock()
        self._making: dict[tuple[str, str], threading.Lock] = {}

    def put(self, content: bytes) -> str:
        """Keep bytes under the digest of their content, which is returned."""
        name = xxhash.xxh3_128_hexdigest(content)
        with self._lock:
            if name not in self._given:
                self._given[name] = content
                self._given_size += len(content)
            self._given.move_to_end(name)
            while self._given_size > self._limit and len(self._given) > 1:
                _, dropped = self._given.popitem(last=False)
                self._given_size -= len(dropped)
        return name

    def promise(self, made_from: tuple[str, ...], factory: Factory) -> str:
        """Remember how to make bytes; the name is the digest of ``made_from``, which must tell everything they depend on."""
        name = xxhash.xxh3_128_hexdigest("\x1f".join(made_from).encode())
        with self._lock:
            self._promises.setdefault(name, factory)
            self._promises.move_to_end(name)
            while len(self._promises) > self._most_promises:
                self._promises.popitem(last=False)
        return name

    def get(self, name: str, *, encoding: str = "") -> bytes | None:
        """The bytes, or None for an unknown name.

        Parameters
        ----------
        name
            As returned by `put` or `promise`.
        encoding
            "" as they are, "gzip" or "zstd" compressed (made once, then kept).
        """
        key = (name, encoding)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            if name in self._given:
                self._given.move_to_end(name)
                if not encoding:
                    return self._given[name]
            elif name in self._promises:
                self._promises.move_to_end(name)
            else:
                return None
            factory = self._promises.get(name)
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._held:
                    return self._held[key]
            if encoding:
                plain = self.get(name)
                if plain is None:
                    return None
                content = compress(plain, encoding)
            elif factory is not None:
                content = factory()
            else:
                return None
            with self._lock:
                self._making.pop(key, None)
                self._held[key] = content
                self._size += len(content)
                while self._size > self._limit and len(self._held) > 1:
                    _, dropped = self._held.popitem(last=False)
                    self._size -= len(dropped)
            return content

    def statistics(self) -> BlobStatistics:
        """How much is held now."""
        with self._lock:
            return BlobStatistics(len(self._held) + len(self._given), self._size + self._given_size, len(self._promises))


@cache
def shared_blobs() -> Blobs:
    """The store of this server's process: pages promise into it, the routes serve from it."""
    return Blobs()


def compress(content: bytes, encoding: str) -> bytes:
    """Compressed bytes for the HTTP content coding "gzip" or "zstd"."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=6).compress(content)
    return gzip.compress(content, compresslevel=5, mtime=0)
