"""The tables of saved scenarios, beside those of the jobs in the same database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import JSON, Connection, ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from twin.jobs.tables import Instant, bring_up_to_date

MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()
"""How version 1 becomes 2, 2 becomes 3, …: one function each, in order."""


class LibraryTable(DeclarativeBase):
    """Base of the library's tables."""


class LibraryVersionRow(LibraryTable):
    """Which version the library's tables are of; one row."""

    __tablename__ = "library_version"

    version: Mapped[int] = mapped_column(primary_key=True)


class PartRow(LibraryTable):
    """An event or a plan by the digest of its content: a thousand versions with one storm hold the storm once."""

    __tablename__ = "library_parts"

    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class ScenarioRow(LibraryTable):
    """A saved scenario: which version stands, and what a list shows of it."""

    __tablename__ = "library_scenarios"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    city: Mapped[str]
    name: Mapped[str]
    event: Mapped[str]
    plan: Mapped[str]
    event_digest: Mapped[str] = mapped_column(String(32))
    plan_digest: Mapped[str] = mapped_column(String(32))
    measures: Mapped[int]
    searched: Mapped[str]
    author: Mapped[str]
    head: Mapped[int]
    latest: Mapped[int]
    created: Mapped[datetime] = mapped_column(Instant)
    changed: Mapped[datetime] = mapped_column(Instant)
    archived: Mapped[bool]
    branched_id: Mapped[str] = mapped_column(String(32))
    branched_number: Mapped[int]


Index("library_by_change", ScenarioRow.city, ScenarioRow.archived, ScenarioRow.changed)


class VersionRow(LibraryTable):
    """One version of a saved scenario. None is ever changed or deleted."""

    __tablename__ = "library_versions"

    scenario_id: Mapped[str] = mapped_column(ForeignKey("library_scenarios.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    parent: Mapped[int]
    name: Mapped[str]
    description: Mapped[str]
    event: Mapped[str]
    plan: Mapped[str]
    event_digest: Mapped[str] = mapped_column(ForeignKey("library_parts.digest"))
    plan_digest: Mapped[str] = mapped_column(ForeignKey("library_parts.digest"))
    author: Mapped[str]
    made: Mapped[datetime] = mapped_column(Instant)
    what: Mapped[dict[str, Any]] = mapped_column(JSON)


library_schema = partial(bring_up_to_date, migrations=MIGRATIONS, tables=LibraryTable, versions=LibraryVersionRow)
