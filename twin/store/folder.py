"""A field store in a folder, shared by any number of processes, with bounded memory in front of it.

::

    fields/3f/3f09…   one file per content: equal fields are kept once
    records/a1/a1b2…  one small JSON file per key
    pins/…            name of a saved run, then the digests that it protects, one a line
    locks/KEY.lock    held by whoever computes that key; the operating system lets go of it when the process dies
    partial/…         files being written; moved into place when whole, swept when their writer is gone

No index: the folder is the truth, each file checks itself, and a crash at any moment leaves nothing to repair.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from geodata.errors import CityTwinError
from geodata.fingerprint import digest_of_array
from twin.store.codec import DamagedField, check_storable, decode, encode, frozen
from twin.store.contract import FieldLost, Record, checked_name
from twin.store.memory import TOO_LARGE, FieldCache

_WAIT_SECONDS = 0.25
_POLL_SECONDS = 0.02
_PARTIAL_SECONDS = 600.0  # a file that nobody has written to for so long has lost its writer
_LOCK_SECONDS = 86_400.0
_RECOUNT_SHARE = 16  # count the folder again after writing a sixteenth of the limit: others write too
_EVICT_SHARE = 16  # make a sixteenth of the limit free at a time: counting takes a while in a large folder
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class _Entry:
    used: float
    kind: int  # 0 = field, 1 = record: of equal age the record stays longer, it is small and still tells digests
    size: int
    path: Path


class FolderStore:
    """A field store in a folder.

    Parameters
    ----------
    path
        The folder; made when absent.
    limit_bytes
        Bytes that fields and records may take. With n processes writing at once it may be passed by n/16 of itself for a
        moment.
    memory_bytes
        Bytes of arrays to hold in memory in front of the folder, per process.

    Raises
    ------
    CityTwinError
        When the folder cannot be made or written to.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = FolderStore(Path(folder.name), limit_bytes=1 << 20, memory_bytes=1 << 20)
    >>> record = store.put("0a1b", {"water_depth": np.array([0.0, 0.5])}, wall=0.1)
    >>> FolderStore(Path(folder.name)).field(record.fields["water_depth"])
    array([0. , 0.5])
    >>> folder.cleanup()
    """

    def __init__(self, path: str | os.PathLike[str], *, limit_bytes: int = 20 << 30, memory_bytes: int = 512 << 20) -> None:
        self.path = Path(path).absolute()
        self._folder = str(self.path)
        self.limit_bytes = limit_bytes
        self._memory = FieldCache(limit_bytes=memory_bytes)
        self._lock = threading.Lock()
        self._counted = 0  # bytes in the folder when last counted, and what this process wrote since
        self._since_count = 0
        with self._writing(0):
            self._make_folders()
        self.sweep()
        self._counted = sum(entry.size for entry in self._entries())

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another process as the name of the folder; nothing that is in memory goes along."""
        return (_opened, (str(self.path), self.limit_bytes, self._memory.limit_bytes))

    # ---- the contract ----

    def find(self, key: str) -> Record | None:
        """The record of a key, or None; its fields may have been evicted. A damaged record is deleted and absent."""
        path = self._record_path(key)
        try:
            record = _read_record(path.read_bytes(), key)
        except OSError:
            return None
        if record is None:
            _delete(path)
        else:
            _touch(path)
        return record

    def put(self, key: str, fields: Mapping[str, NDArray[Any]], *, wall: float) -> Record:
        """Keep what a computation gave; the record appears last, when every field is in place.

        Raises
        ------
        CityTwinError
            When the disk is full, the fields do not fit beside those of saved runs, or one cannot be kept exactly.
        """
        for name, values in fields.items():
            check_storable(name, values)
        digests = {name: digest_of_array(values) for name, values in fields.items()}
        keep = frozenset(digests.values())
        for name, values in fields.items():
            digest = digests[name]
            if values.nbytes <= self._memory.limit_bytes and self._memory.get(digest) is None:
                self._memory.add(digest, frozen(np.array(values, order="C")))
            if not _touch(self._field_name(digest)):
                self._write(self._field_path(digest), encode(values, digest), keep=keep)
        record = Record(key, digests, wall)
        self._write(self._record_path(key), _record_bytes(record), keep=keep)
        return record

    def field(self, digest: str) -> NDArray[Any]:
        """A field as a read-only array. A damaged entry is deleted, never served.

        Raises
        ------
        FieldLost
            When it was never there, was evicted, or its entry is damaged.
        """
        array = self._memory.get(digest)
        if array is not None:
            _touch(self._field_name(digest))
            return array
        path = self._field_path(digest)
        try:
            block = path.read_bytes()
            array = decode(block, digest)
        except OSError as error:
            raise FieldLost(digest=digest) from error
        except DamagedField as error:
            _delete(path)
            raise FieldLost(digest=digest) from error
        _touch(path)
        self._memory.add(digest, array)
        return array

    def has(self, digest: str) -> bool:
        """Whether a field is there; counts as a use of it. Whether it is whole, only `field` can tell."""
        return _touch(self._field_name(digest)) or self._memory.get(digest) is not None

    @contextmanager
    def flight(self, key: str, *, while_waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """Let only one thread of one process at a time compute a key."""
        lock = FileLock(self.path / "locks" / f"{checked_name(key)}.lock")
        while not self._acquired(lock):
            if while_waiting is not None:
                while_waiting()
        try:
            yield
        finally:
            lock.release()

    def pin(self, name: str, digests: Iterable[str]) -> frozenset[str]:
        """Protect fields under a name; returns the digests that are not in the folder."""
        wanted = sorted(set(map(checked_name, digests)))
        for digest in wanted:
            array = self._memory.get(digest)
            if not _touch(self._field_name(digest)) and array is not None:  # evicted, and still at hand
                self._write(self._field_path(digest), encode(array, digest), keep=frozenset(wanted))
        with self._evicting():  # what is there now is protected before anybody evicts again
            self._place(self._pin_path(name), "\n".join((json.dumps(name), *wanted, "")).encode())
            return frozenset(digest for digest in wanted if not os.path.exists(self._field_name(digest)))  # noqa: PTH110 -- see there

    def pins(self) -> tuple[str, ...]:
        """Every name that protects something."""
        names = []
        for path in (self.path / "pins").iterdir():
            with suppress(OSError, ValueError):
                names.append(str(json.loads(path.read_text("utf-8").partition("\n")[0])))
        return tuple(sorted(names))

    def unpin(self, name: str) -> None:
        """Let go of what a name protects."""
        _delete(self._pin_path(name))

    # ---- upkeep ----

    @property
    def used_bytes(self) -> int:
        """Bytes that fields and records take in the folder, counted now."""
        return sum(entry.size for entry in self._entries())

    def pinned(self) -> frozenset[str]:
        """Every digest that some saved run protects."""
        held: set[str] = set()
        for path in (self.path / "pins").iterdir():
            with suppress(OSError):
                held.update(path.read_text("ascii", errors="replace").split())
        return frozenset(held)

    def sweep(self, *, older_than: float = _PARTIAL_SECONDS) -> int:
        """Delete what killed writers left behind, and locks of long ago.

        Parameters
        ----------
        older_than
            Seconds since a partial file was last written to.

        Returns
        -------
        int
            How many partial files went.
        """
        gone = 0
        for path in (self.path / "partial").iterdir():
            if _age(path) > older_than:
                gone += _delete(path)
        for path in (self.path / "locks").iterdir():
            if path.name != "evict.lock" and _age(path) > _LOCK_SECONDS:
                lock = FileLock(path)
                if self._acquired(lock, timeout=0):
                    # Whoever waits for the deleted file finds, once it has the lock, that the file has no name any more, and
                    # starts over (filelock checks).
                    _delete(path)
                    lock.release()
        return gone

    def _write(self, path: Path, block: bytes, *, keep: AbstractSet[str]) -> None:
        """Make room for a file and put it in its place."""
        with self._lock:
            recount = self._since_count > self.limit_bytes // _RECOUNT_SHARE
            full = self._counted + self._since_count + len(block) > self.limit_bytes
        if recount or full:
            self._make_room(len(block), keep=keep)
        with self._lock:
            self._since_count += len(block)
        self._place(path, block)

    def _place(self, path: Path, block: bytes) -> None:
        """Write a file whole or not at all."""
        with self._writing(len(block)):
            try:
                self._place_once(path, block)
            except FileNotFoundError:  # swept because this process was asleep for long, or the whole folder was deleted
                self._make_folders()
                self._place_once(path, block)

    def _place_once(self, path: Path, block: bytes) -> None:
        path.parent.mkdir(exist_ok=True)
        partial = self.path / "partial" / uuid.uuid4().hex
        try:
            with partial.open("xb") as stream:
                # No fsync: after a power cut the checksum tells a torn file, and its content is computed again.
                stream.write(block)
            partial.replace(path)
        except OSError:
            _delete(partial)
            raise

    def _make_folders(self) -> None:
        for name in ("fields", "records", "pins", "locks", "partial"):
            (self.path / name).mkdir(parents=True, exist_ok=True)

    def _make_room(self, needed: int, *, keep: AbstractSet[str]) -> None:
        """Count the folder and, when it is too full, delete the least recently used of what nobody protects."""
        with self._evicting():
            entries = sorted(self._entries(), key=lambda entry: (entry.used, entry.kind))
            total = sum(entry.size for entry in entries)
            if total + needed > self.limit_bytes:
                pinned = self.pinned()
                held = pinned | keep
                target = self.limit_bytes - self.limit_bytes // _EVICT_SHARE
                for entry in entries:
                    if total + needed <= target:
                        break
                    if not (entry.kind == 0 and entry.path.name in held) and _delete(entry.path):
                        total -= entry.size
                if total + needed > self.limit_bytes:
                    held_bytes = sum(entry.size for entry in entries if entry.path.name in pinned)
                    raise CityTwinError(TOO_LARGE, size=needed, limit=self.limit_bytes, pinned=held_bytes)
            with self._lock:
                self._counted, self._since_count = total, 0

    @contextmanager
    def _evicting(self) -> Iterator[None]:
        lock = FileLock(self.path / "locks" / "evict.lock")
        while not self._acquired(lock):
            pass
        try:
            yield
        finally:
            lock.release()

    def _acquired(self, lock: FileLock, *, timeout: float = _WAIT_SECONDS) -> bool:
        with self._writing(0):
            try:
                lock.acquire(timeout=timeout, poll_interval=_POLL_SECONDS)
            except Timeout:  # an OSError too, but not one to report
                return False
        return True

    @contextmanager
    def _writing(self, size: int) -> Iterator[None]:
        """Say in one sentence what is wrong with the disk."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise CityTwinError(
                    "The disk that holds {path} is full ({size} bytes did not fit); free some room or choose another folder.",
                    path=str(self.path),
                    size=size,
                ) from error
            raise CityTwinError(
                "The field store {path} cannot be written ({reason}); check its permissions or choose another folder.",
                path=str(self.path),
                reason=error.strerror or type(error).__name__,
            ) from error

    def _entries(self) -> Iterator[_Entry]:
        for kind, name in enumerate(("fields", "records")):
            for path in (self.path / name).glob("*/*"):
                with suppress(FileNotFoundError):  # another process evicts at the same time
                    facts = path.stat()
                    yield _Entry(facts.st_mtime, kind, facts.st_size, path)

    def _field_name(self, digest: str) -> str:
        """As text: making a `Path` takes several times as long as the look into the folder that it is made for."""
        return f"{self._folder}/fields/{checked_name(digest)[:2]}/{digest}"

    def _field_path(self, digest: str) -> Path:
        return Path(self._field_name(digest))

    def _record_path(self, key: str) -> Path:
        return Path(f"{self._folder}/records/{checked_name(key)[:2]}/{key}")

    def _pin_path(self, name: str) -> Path:
        return self.path / "pins" / xxhash.xxh3_128_hexdigest(name.encode())


def _opened(path: str, limit_bytes: int, memory_bytes: int) -> FolderStore:
    return FolderStore(path, limit_bytes=limit_bytes, memory_bytes=memory_bytes)


def _record_bytes(record: Record) -> bytes:
    text = json.dumps({"key": record.key, "fields": dict(record.fields), "wall": record.wall}, sort_keys=True)
    return f"{xxhash.xxh3_128_hexdigest(text.encode())}\n{text}\n".encode()


def _read_record(content: bytes, key: str) -> Record | None:
    checksum, _, text = content.partition(b"\n")
    if xxhash.xxh3_128_hexdigest(text[:-1]).encode() != checksum or not text.endswith(b"\n"):
        return None
    facts = json.loads(text)
    return Record(facts["key"], facts["fields"], facts["wall"]) if facts["key"] == key else None


def _touch(path: str | Path) -> bool:
    """Note that an entry was used just now; False when it is not there."""
    now = time.time_ns()
    try:
        os.utime(path, ns=(now, now))
    except FileNotFoundError:
        return False
    except OSError:  # there, but on a read-only disk
        return True
    return True


def _delete(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
