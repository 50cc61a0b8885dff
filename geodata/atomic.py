"""Files and folders that appear whole or not at all: written beside their place, then renamed into it."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from geodata.errors import InputError

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; on success it takes the place of ``path``, on any failure it is removed.

    Parameters
    ----------
    path
        Where the file shall appear. Its folder is created; an existing file is replaced in one step.

    Raises
    ------
    InputError
        When ``path`` is a folder, or its folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "figures.csv"
    >>> with atomic_file(target) as temporary:
    ...     _ = temporary.write_text("depth")
    >>> target.read_text()
    'depth'
    """
    path = Path(path).absolute()
    if path.is_dir():
        raise InputError("{path} is a folder; name a file that shall be written.", path=path)
    # the suffix stays last: writers choose their format by it
    temporary = _sibling(path, "new", path.suffix)
    try:
        yield temporary
        if temporary.is_dir():
            raise InputError("{path} came out as a folder; choose a format that is one file.", path=path)
        _flush(temporary)
        temporary.replace(path)
        _flush(path.parent)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path, *, may_replace: Callable[[Path], bool], kind: str) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; on success it takes its place, on any failure the old one is untouched.

    Parameters
    ----------
    path
        Where the folder shall appear.
    may_replace
        Whether an existing, non-empty folder there is ours to replace.
    kind
        What ours is called, for the message ("city package").

    Raises
    ------
    InputError
        When something that may not be replaced is there, or the folder above cannot be written.
    """
    path = Path(path).absolute()
    refuse_foreign(path, may_replace=may_replace, kind=kind)
    temporary = _sibling(path, "new", "")
    temporary.mkdir()
    try:
        yield temporary
        for folder, _, files in os.walk(temporary):
            for name in files:
                _flush(Path(folder, name))
            _flush(Path(folder))
        # once more: a long import leaves time for something else to appear there
        refuse_foreign(path, may_replace=may_replace, kind=kind)
        if path.exists():
            _exchange(temporary, path)
        else:
            temporary.rename(path)
        _flush(path.parent)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)


def refuse_foreign(path: Path, *, may_replace: Callable[[Path], bool], kind: str) -> None:
    """Raise `InputError` where ``path`` holds something that is not ours to replace: long work shall not begin in vain."""
    path = Path(path).absolute()
    if path.is_file():
        raise InputError("{path} is a file; name a new folder for the {kind}.", path=path, kind=kind)
    if path.is_dir() and any(path.iterdir()) and not may_replace(path):
        raise InputError(
            "{path} exists and is not a {kind}, so it is not replaced; name another folder, or remove it yourself.",
            path=path,
            kind=kind,
        )


def _sibling(path: Path, word: str, suffix: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(
            "The folder {folder} cannot be created ({reason}); choose another place.",
            folder=path.parent,
            reason=fault.strerror,
        ) from None
    if not os.access(path.parent, os.W_OK):
        raise InputError("The folder {folder} cannot be written; choose another place.", folder=path.parent)
    return path.with_name(f".{path.stem[:100]}.{word}-{secrets.token_hex(6)}{suffix}")


def _exchange(new: Path, old: Path) -> None:
    """Swap two folders in one step, so that no moment is without a package; where the system cannot, in two."""
    with suppress(AttributeError):  # renameat2 is Linux with glibc ≥ 2.28
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        if rename(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE) == 0:
            return
    aside = _sibling(old, "old", "")
    old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        aside.rename(old)
        raise
    aside.rename(new)


def _flush(path: Path) -> None:
    """Bring a file or folder to the disk before a rename makes it visible."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
