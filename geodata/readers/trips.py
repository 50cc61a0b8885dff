"""Trips of an ordinary day: an origin–destination table as a CSV file of one relation a line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.text_table import read_text_table
from geodata.report import ImportReport
from geodata.source import Source, SourceTable
from geodata.tables import TABLES

COLUMNS = ("origin", "destination", "vehicles_per_hour")
MOST = 1e6
"""Vehicles an hour of one relation that are believed."""


def is_trips(path: Path) -> bool:
    """Whether a file is a table of trips: a CSV with the columns of `COLUMNS`.

    Examples
    --------
    >>> is_trips(Path("town.gpkg"))
    False
    """
    if path.suffix.lower() not in (".csv", ".tsv", ".txt") or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.readline(20_000).decode("utf-8-sig", errors="ignore").casefold()
    return all(column in head for column in COLUMNS)


def read_trips(path: Path, *, report: ImportReport) -> list[Source]:
    """Trips between areas, named by the ids that the city's areas have.

    Parameters
    ----------
    path
        The file.
    report
        Takes what was read, added up and left out.

    Raises
    ------
    InputError
        When no line of it can be used.
    """
    frame = read_text_table(path).frame
    frame = frame.rename(columns={name: str(name).strip().casefold() for name in frame.columns})
    amount = pd.to_numeric(frame["vehicles_per_hour"], errors="coerce")
    ends = frame[["origin", "destination"]].astype("str").apply(lambda column: column.str.strip())
    good = ((amount >= 0) & (amount <= MOST) & (ends != "").all(axis=1)).to_numpy(bool)
    lines = [f"line {number + 2}" for number in frame.index[~good]]
    report.dropped("trips", "relation without two areas, or without a number of vehicles from 0 to a million", len(lines),
                   source=path.name, examples=lines)  # fmt: skip
    if not good.any():
        raise InputError(
            "{path} has no line with an origin, a destination and vehicles_per_hour; correct the table of trips.", path=path
        )
    table = ends[good].assign(vehicles_per_hour=amount[good])
    together = table.groupby(["origin", "destination"], as_index=False, sort=True)["vehicles_per_hour"].sum()
    report.repaired("trips", "relation given more than once: added up", len(table) - len(together), source=path.name)
    report.read("trips", len(together), source=path.name)
    return [SourceTable("trips", TABLES["trips"].completed(together), Provenance(path.name))]
