"""Where this program keeps what it computes and what people write: field store, runs, database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from twin.store import FolderStore

ENVIRONMENT = "CITY_TWIN_HOME"
DEFAULT_LIMIT = 20_000_000_000
DEFAULT_MEMORY = 1_000_000_000


@dataclass(frozen=True)
class Workspace:
    """A folder with everything that is not a city.

    Parameters
    ----------
    path
        The folder.
    limit_bytes
        Room for computed fields on disk.
    memory_bytes
        Room for computed fields in memory, per process.
    """

    path: Path
    limit_bytes: int = DEFAULT_LIMIT
    memory_bytes: int = DEFAULT_MEMORY

    @classmethod
    def default(cls) -> Workspace:
        """The folder that CITY_TWIN_HOME names, else the user's data folder of this system."""
        named = os.environ.get(ENVIRONMENT)
        return cls(Path(named) if named else Path(platformdirs.user_data_dir("city-twin", appauthor=False)))

    @property
    def runs(self) -> Path:
        """Folder of run folders."""
        return self.path / "runs"

    @property
    def database(self) -> str:
        """URL of the database; CITY_TWIN_DATABASE names another one."""
        return os.environ.get("CITY_TWIN_DATABASE", f"sqlite:///{self.path / 'city-twin.sqlite'}")

    def store(self) -> FolderStore:
        """The field store, shared by all processes that use this workspace."""
        return FolderStore(self.path / "fields", limit_bytes=self.limit_bytes, memory_bytes=self.memory_bytes)
