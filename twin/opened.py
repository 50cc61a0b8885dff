"""Cities, field stores and twins that a process keeps open between jobs: opening them takes longer than many an answer."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from geodata.city import City
from geodata.package import DOCUMENT, open_city
from twin.model import Twin
from twin.store import FolderStore
from twin.workspace import Workspace

CITIES = 2
"""A process keeps so many cities, the ones used last: each takes as much memory as what was read of it."""


def opened_city(path: Path) -> City:
    """The city of a package, opened once for as long as the package stands as it is.

    Raises
    ------
    InputError
        When there is none, or it is damaged.
    """
    document = path / DOCUMENT
    stamp = document.stat() if document.is_file() else None
    return _city(path, stamp.st_mtime_ns, stamp.st_ino) if stamp is not None else open_city(path)


@lru_cache(maxsize=CITIES)
def _city(path: Path, modified: int, inode: int) -> City:  # noqa: ARG001 -- a package that is written anew is opened anew
    return open_city(path)


@lru_cache(maxsize=2)
def opened_store(workspace: Workspace) -> FolderStore:
    """The field store of a workspace, with what this process holds of it in memory."""
    return workspace.store()


def opened_twin(city: City, workspace: Workspace) -> Twin:
    """The twin of a city with every installed hook and the store of a workspace."""
    return _twin(city, workspace)


@lru_cache(maxsize=2 * CITIES)
def _twin(city: City, workspace: Workspace) -> Twin:
    return Twin(city, opened_store(workspace))
