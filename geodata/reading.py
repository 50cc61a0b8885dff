"""What a reader is, and what it may need: the common shape of all formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geodata.crs import Bounds
from geodata.mapping import MappingFile
from geodata.progress import Progress, silent
from geodata.report import ImportReport
from geodata.source import Source


@dataclass(frozen=True)
class Context:
    """What every reader may need.

    Parameters
    ----------
    report
        Takes what was done.
    crs
        CRS of sources that name none.
    near
        (west, south, east, north) in degrees where the city lies, as far as it is known by now.
    mapping
        The mapping file.
    progress
        Told how far it is.
    elsewhere
        Files (resolved) that a folder need not yield, since they are named with --terrain, --hazard or --duration.
    """

    report: ImportReport
    crs: str | None = None
    near: Bounds | None = None
    mapping: MappingFile | None = None
    progress: Progress = silent
    elsewhere: frozenset[Path] = frozenset()


@dataclass(frozen=True)
class Reader:
    """One format: how to know it and how to read it. A lower ``rank`` is read first and wins where two tell of a building."""

    name: str
    rank: int
    knows: Callable[[Path, Context], bool]
    read: Callable[[Path, Context], list[Source]]
    read_several: Callable[[tuple[Path, ...], Context], list[Source]] | None = None


@dataclass(frozen=True)
class Reading:
    """One thing to read: a file or folder, or several files that are one data set."""

    reader: Reader
    paths: tuple[Path, ...]

    def sources(self, context: Context) -> list[Source]:
        """What the reader hands over."""
        if len(self.paths) > 1:
            assert self.reader.read_several is not None  # only such readers are given several
            return self.reader.read_several(self.paths, context)
        return self.reader.read(self.paths[0], context)
