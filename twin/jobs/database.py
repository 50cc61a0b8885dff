"""Opens the database for what people write: SQLite in a file by default, PostgreSQL by its URL."""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from geodata.errors import CityTwinError, InputError
from geodata.phrase import Phrase
from twin.jobs.tables import bring_up_to_date

_BUSY_MILLISECONDS = 30_000
_WRITING = "city_twin_writing"


class DatabaseError(CityTwinError):
    """The database cannot be opened, read or written: nothing of what was to be written is kept."""


class Database:
    """A database with its tables, open until `close`. Safe for threads; other processes open their own by `url`.

    Parameters
    ----------
    url
        ``sqlite:////path/of/file`` or ``postgresql+psycopg://…``; a path alone is an SQLite file.
    schema
        Creates the tables that are wanted, or brings them up to date.
    durable
        Whether what is acknowledged outlives a power cut too, at the price of a wait for the disk.

    Raises
    ------
    InputError
        When the URL names no database that can be used here.
    DatabaseError
        When the database cannot be opened.
    """

    def __init__(
        self, url: str | os.PathLike[str], *, schema: Callable[[Connection], None] = bring_up_to_date, durable: bool = False
    ) -> None:
        self._url = _checked_url(url)
        self.name = self._url.render_as_string(hide_password=True)
        try:
            self._engine = create_engine(self._url, pool_pre_ping=self._url.get_backend_name() == "postgresql")
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise InputError(
                "The database {url} needs a driver that is not installed ({reason}); install city-twin[postgres].",
                url=self.name,
                reason=str(error),
            ) from error
        # Whoever forgets to close, or ends with the process, leaves no open connection behind (Python 3.13 complains of it).
        weakref.finalize(self, self._engine.dispose)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", partial(_set_up_sqlite, synchronous="FULL" if durable else "NORMAL"))
            event.listen(self._engine, "begin", _begin_sqlite)
        self._writer = self._engine.execution_options(**{_WRITING: True})
        try:
            with self._explained(), self._writer.begin() as connection:
                schema(connection)
        except CityTwinError:
            self._engine.dispose()
            raise

    @property
    def url(self) -> str:
        """For another process, password included."""
        return self._url.render_as_string(hide_password=False)

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine."""
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads; on SQLite no writer holds it up."""
        with self._explained(), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that writes in one transaction: all of it or, when the block raises, nothing.

        Raises
        ------
        IntegrityError
            When another transaction was faster; try again.
        """
        with self._explained(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise DatabaseError(
                "The database {url} cannot be used ({reason}); check that it is running, writable and has room.",
                url=self.name,
                reason=_reason(error),
            ) from error


def _reason(error: SQLAlchemyError) -> str | Phrase:
    """Why, in the database's own words, but for what everybody may come upon."""
    told = str(getattr(error, "orig", None) or error).splitlines()[0]
    return Phrase("the disk is full") if told == "database or disk is full" else told


def _checked_url(url: str | os.PathLike[str]) -> URL:
    text = os.fspath(url)
    if "://" not in text:
        text = f"sqlite:///{Path(text).absolute()}"
    try:
        parsed = make_url(text)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise InputError(
            "{url} is no URL of a database; give sqlite:////path/of/a/file or postgresql+psycopg://user@host/name.", url=text
        ) from error
    if backend not in ("sqlite", "postgresql"):
        raise InputError("A database of kind {kind} is not supported; use sqlite or postgresql.", kind=backend)
    if backend == "postgresql":
        return parsed
    if parsed.database in (None, "", ":memory:"):
        raise InputError("A database in memory cannot be shared with the workers; give the path of a file: sqlite:////path.")
    path = Path(parsed.database or "").absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CityTwinError(
            "The folder of the database {path} cannot be made ({reason}); choose another place.",
            path=str(path),
            reason=error.strerror or type(error).__name__,
        ) from error
    return parsed.set(database=str(path))


def _set_up_sqlite(connection: Any, _record: Any, *, synchronous: str) -> None:
    """On every connection: readers never wait (WAL), writers wait for each other, and we begin transactions ourselves.

    synchronous=NORMAL: a power cut may lose the last moments, never consistency; a job lost that way is asked for again.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    _write_ahead(cursor)
    for pragma in (f"synchronous={synchronous}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Of those who open a new file at once, SQLite lets one change its journal and refuses the others without waiting."""
    end = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the write lock at once: one that begins as a reader may find later that it cannot have it."""
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
