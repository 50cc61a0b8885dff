"""Zip files opened safely: no bombs, no paths that climb out, nothing half-written."""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geodata.errors import InputError

CHUNK = 1 << 20


@dataclass(frozen=True)
class ArchiveLimits:
    """How much an archive may hold before it is refused.

    Parameters
    ----------
    entries
        Most files.
    bytes_total
        Most bytes unpacked, all files together.
    ratio
        Most bytes unpacked per byte packed, over the whole archive; small archives (below ``ratio_from`` unpacked) are let be.
    """

    entries: int = 100_000
    bytes_total: int = 50 * 1024**3
    ratio: float = 200.0
    ratio_from: int = 50 * 1024**2


LIMITS = ArchiveLimits()


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive, by its content.

    Examples
    --------
    >>> is_archive(Path(__file__))
    False
    """
    try:
        return path.is_file() and zipfile.is_zipfile(path)
    except OSError:
        return False


@contextmanager
def opened_archive(path: Path, *, limits: ArchiveLimits = LIMITS, suffixes: tuple[str, ...] = ()) -> Iterator[Path]:
    """Unpack an archive into a temporary folder, which is removed afterwards.

    ``suffixes`` in lower case, such as ``(".gml", ".xml")``, unpacks only these files: a city model's pictures outweigh it.

    Raises
    ------
    InputError
        As `extract_archive`.
    """
    with tempfile.TemporaryDirectory(prefix="city-twin-") as name:
        extract_archive(path, Path(name), limits=limits, suffixes=suffixes)
        yield Path(name)


def extract_archive(path: Path, folder: Path, *, limits: ArchiveLimits = LIMITS, suffixes: tuple[str, ...] = ()) -> list[Path]:
    """Unpack an archive into a folder and return the files, sorted.

    Names are read as UTF-8 where the archive says so, else as Japanese Windows names (cp932) where they are that; backslashes
    part folders, since archives of 国土数値情報 write them so. Archives inside the archive are left packed.

    Raises
    ------
    InputError
        When the file is missing, damaged, encrypted, too large, packed more tightly than data ever are, or names a path outside
        the folder; nothing is left in the folder then.
    """
    written: list[Path] = []
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_size(path, entries, limits)
            targets = [(entry, _target(path, entry, folder)) for entry in entries]
            _check_names(path, [target for _, target in targets])
            left = limits.bytes_total
            targets = [(entry, target) for entry, target in targets if not suffixes or target.suffix.lower() in suffixes]
            for entry, target in targets:
                target.parent.mkdir(parents=True, exist_ok=True)
                written.append(target)
                left = _unpack(archive, entry, target, left, path)
    except FileNotFoundError:
        raise InputError("{path} does not exist; check the path.", path=path) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as problem:
        _remove(written)
        raise InputError("The archive {path} is damaged ({reason}); fetch it again.", path=path, reason=problem) from None
    except RuntimeError as problem:
        _remove(written)
        raise InputError(
            "The archive {path} cannot be opened ({reason}); give it without a password.", path=path, reason=problem
        ) from None
    except InputError:
        _remove(written)
        raise
    return sorted(written)


def _check_size(path: Path, entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(entries) > limits.entries:
        raise InputError(
            "The archive {path} holds {count} files, more than {limit}; unpack what is needed and give that folder.",
            path=path, count=len(entries), limit=limits.entries,
        )  # fmt: skip
    size = sum(entry.file_size for entry in entries)
    if size > limits.bytes_total:
        raise InputError(
            "The archive {path} unpacks to {size} bytes, more than {limit}; unpack what is needed and give that folder.",
            path=path, size=size, limit=limits.bytes_total,
        )  # fmt: skip
    packed = max(path.stat().st_size, 1)
    if size > limits.ratio_from and size / packed > limits.ratio:
        raise InputError(
            "The archive {path} unpacks to {ratio} times its size, as a zip bomb does; give the unpacked files.",
            path=path, ratio=round(size / packed),
        )  # fmt: skip


def _check_names(path: Path, targets: list[Path]) -> None:
    if len(set(targets)) < len(targets):
        raise InputError("The archive {path} holds two files of one name; unpack it by hand and give the folder.", path=path)


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry as it was meant, with forward slashes."""
    name = entry.orig_filename if isinstance(entry.orig_filename, str) else entry.filename
    if not entry.flag_bits & 0x800:  # the name is not declared to be UTF-8: zipfile has read it as cp437
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            raw = b""
        for encoding in ("utf-8", "cp932"):
            try:
                name = raw.decode(encoding) if raw else name
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _target(path: Path, entry: zipfile.ZipInfo, folder: Path) -> Path:
    name = unicodedata.normalize("NFC", entry_name(entry))
    parts = PurePosixPath(name).parts
    kind = stat.S_IFMT(entry.external_attr >> 16)
    climbs = name.startswith("/") or ".." in parts or re.match(r"^[A-Za-z]:", name) or "\0" in name or not parts
    if climbs or (kind and kind not in (stat.S_IFREG,)):
        raise InputError(
            "The archive {path} holds {name}, which would be written outside its folder or is no plain file; it is not opened. "
            "Unpack it by hand if you trust it.",
            path=path, name=name,
        )  # fmt: skip
    target = folder.joinpath(*parts)
    if not target.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            "The archive {path} holds {name}, which lies outside its folder; it is not opened.", path=path, name=name
        )
    return target


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int, path: Path) -> int:
    """Write one entry, counting what really comes out: the sizes an archive declares may lie."""
    with archive.open(entry) as source, target.open("wb") as sink:
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise InputError("The archive {path} unpacks to more than it declares; it is not opened.", path=path)
            sink.write(chunk)
    return left


def _remove(written: list[Path]) -> None:
    for target in written:
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)
