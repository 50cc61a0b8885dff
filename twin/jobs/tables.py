"""The tables of job records, the same on SQLite and PostgreSQL, and how an older database becomes a current one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, ForeignKey, Index, String, insert, select, text, update
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from geodata.errors import InputError
from twin.jobs.job import Job, Message

SCHEMA_VERSION = 1
_CREATION_LOCK = 0x43495459  # any number that other programs on the same PostgreSQL are unlikely to lock


class Instant(TypeDecorator[datetime]):
    """An offset-aware instant; SQLite keeps no offset, so that everything is kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's
        """To UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From UTC."""
        return value if value is None or value.tzinfo is not None else value.replace(tzinfo=UTC)


class Table(DeclarativeBase):
    """Base of all tables."""


class SchemaVersionRow(Table):
    """Which version the tables are of; one row."""

    __tablename__ = "schema_version"

    version: Mapped[int] = mapped_column(primary_key=True)


class JobRow(Table):
    """One job; `twin.jobs.job.Job` says what the columns mean."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), index=True)
    owner: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(16), index=True)
    done: Mapped[int]
    total: Mapped[int]
    message: Mapped[dict[str, Any]] = mapped_column(JSON)
    cancel_requested: Mapped[bool]
    attempt: Mapped[int]
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    result: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    created: Mapped[datetime] = mapped_column(Instant, index=True)
    started: Mapped[datetime | None] = mapped_column(Instant)
    finished: Mapped[datetime | None] = mapped_column(Instant)
    heartbeat: Mapped[datetime] = mapped_column(Instant)

    def as_job(self) -> Job:
        """The record apart from its row."""
        return Job(
            id=self.id,
            key=self.key,
            owner=self.owner,
            kind=self.kind,
            payload=self.payload,
            status=self.status,  # type: ignore[arg-type]  # the column holds nothing else
            done=self.done,
            total=self.total,
            message=Message(**self.message),
            cancel_requested=self.cancel_requested,
            attempt=self.attempt,
            error=None if self.error is None else Message(**self.error),
            result=self.result,
            created=self.created,
            started=self.started,
            finished=self.finished,
            heartbeat=self.heartbeat,
        )


_OPEN = text("status IN ('queued', 'running') AND NOT cancel_requested")
Index("one_open_job_per_key", JobRow.key, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)


class RequestRow(Table):
    """Who waits for a job: several people may have asked for the same."""

    __tablename__ = "job_requests"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True, index=True)
    created: Mapped[datetime] = mapped_column(Instant)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()
"""How version 1 becomes 2, 2 becomes 3, …: one function each, in order."""


def bring_up_to_date(
    connection: Connection,
    *,
    migrations: tuple[Callable[[Connection], None], ...] = MIGRATIONS,
    tables: type[DeclarativeBase] = Table,
    versions: type[DeclarativeBase] = SchemaVersionRow,
) -> None:
    """Create the tables, or bring those of an earlier version up to date, in the transaction of ``connection``.

    Parameters
    ----------
    connection
        Of the database.
    migrations
        How each version becomes the next.
    tables
        Base of the tables; other parts of the program have tables of their own in the same database.
    versions
        The one among them that holds the version, in one row with the column ``version``.

    Raises
    ------
    InputError
        When the tables are of a later version.
    """
    if connection.dialect.name == "postgresql":  # two that start at once would both create; SQLite's write lock sees to it
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _CREATION_LOCK})
    tables.metadata.create_all(connection, tables=[versions.__table__])  # type: ignore[list-item]  # typed as FromClause
    current = 1 + len(migrations)
    found = connection.scalar(select(versions.__table__.c.version))
    if found is None:
        tables.metadata.create_all(connection)
        connection.execute(insert(versions).values(version=current))
        return
    if found > current:
        raise InputError(
            "The database is of a later version ({found}) than this program knows ({known}); update the program.",
            found=found,
            known=current,
        )
    for migrate in migrations[found - 1 :]:
        migrate(connection)
    if found < current:
        connection.execute(update(versions).values(version=current))
