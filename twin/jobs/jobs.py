"""The list of jobs in a database: pages submit and poll, workers report. Any number of processes share it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, not_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geodata.errors import InputError
from twin.jobs.database import Database
from twin.jobs.job import UNFINISHED, Job, check_plain, key_of
from twin.jobs.tables import JobRow, RequestRow

MOST_ATTEMPTS = 5
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN = and_(JobRow.status.in_(UNFINISHED), not_(JobRow.cancel_requested))


def result_is_there(job: Job) -> bool:
    """Whether every file that a result names under ``path`` or ``…_path`` still exists."""
    if not isinstance(job.result, Mapping):
        return True
    paths = [value for name, value in job.result.items() if name == "path" or name.endswith("_path")]
    return all(isinstance(path, str) and Path(path).exists() for path in paths)


class Jobs:
    """Job records.

    Parameters
    ----------
    url
        Database: a path or URL as `twin.jobs.database.Database` takes it. Close it, or use it in a ``with`` block.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Jobs(Path(folder) / "jobs.sqlite") as jobs:
    ...     job = jobs.submit("simulate", {"city": "/cities/kawabe"}, "aoi")
    ...     again = jobs.submit("simulate", {"city": "/cities/kawabe"}, "ren")
    ...     job.status, again.id == job.id, [other.id == job.id for other in jobs.list("ren")]
    ('queued', True, [True])
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        self._database = Database(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @property
    def url(self) -> str:
        """For another process."""
        return self._database.url

    # ---- those who ask ----

    def submit(
        self,
        kind: str,
        payload: Mapping[str, Any],
        owner: str,
        *,
        still_valid: Callable[[Job], bool] = result_is_there,
        job_id: str | None = None,
    ) -> Job:
        """Ask for work. An equal request that is not finished, or is done with a result that still stands, is joined.

        Parameters
        ----------
        kind, payload
            What to do; plain values only, files by their paths.
        owner
            Who asks.
        still_valid
            Tells of a job that is done whether its result still stands; one whose result does not becomes "stale".
        job_id
            Name for the job if it is a new one: who gets a job of that name knows that nobody else has it in hand.

        Raises
        ------
        CityTwinError
            When the payload is not made of plain values, or is large.
        """
        key = key_of(kind, payload)
        while True:
            spent = self._spent(key, still_valid)
            try:
                with self._database.writing() as session:
                    return self._join_or_add(session, key, kind, payload, owner, spent, job_id or uuid.uuid4().hex)
            except IntegrityError:  # on PostgreSQL two may ask for the same at the same moment: the second one joins
                continue

    def get(self, job_id: str) -> Job:
        """A job as it stands.

        Raises
        ------
        InputError
            When there is none of that name.
        """
        with self._database.reading() as session:
            return _row(session, job_id).as_job()

    def list(self, owner: str | None = None, *, kind: str | None = None, limit: int = 100) -> tuple[Job, ...]:
        """Jobs that somebody, or anybody, asked for, latest first; of one kind or any."""
        query = select(JobRow).order_by(JobRow.created.desc(), JobRow.id).limit(limit)
        if kind is not None:
            query = query.where(JobRow.kind == kind)
        return self._those_of(owner, query)

    def unfinished(self, owner: str | None = None) -> tuple[Job, ...]:
        """Jobs that wait or run, in the order in which they were asked for."""
        return self._those_of(owner, select(JobRow).where(JobRow.status.in_(UNFINISHED)).order_by(JobRow.created, JobRow.id))

    def _those_of(self, owner: str | None, query: Select[JobRow]) -> tuple[Job, ...]:
        if owner is not None:
            query = query.where(exists().where(RequestRow.job_id == JobRow.id, RequestRow.owner == owner))
        with self._database.reading() as session:
            return tuple(row.as_job() for row in session.scalars(query))

    def cancel(self, job_id: str, *, owner: str | None = None) -> Job:
        """Ask for a job to stop. What is queued is cancelled at once, what runs stops at its next step.

        Parameters
        ----------
        job_id
            The job.
        owner
            Who no longer wants it: as long as somebody else does, it goes on. None = stop it for everybody.

        Raises
        ------
        InputError
            When there is none of that name.
        """
        with self._database.writing() as session:
            row = _row(session, job_id, lock=True)
            if owner is not None:
                session.execute(delete(RequestRow).where(RequestRow.job_id == job_id, RequestRow.owner == owner))
                if session.scalar(select(func.count()).where(RequestRow.job_id == job_id)):
                    return row.as_job()
            if row.status in UNFINISHED:
                row.cancel_requested = True
            if row.status == "queued":
                _end(row, "cancelled")
            return row.as_job()

    def forget(self, *, older_than: float) -> int:
        """Delete the records of jobs that ended so many seconds ago; returns how many."""
        with self._database.writing() as session:
            old = JobRow.finished < _now() - timedelta(seconds=older_than)
            ids = list(session.scalars(select(JobRow.id).where(old, JobRow.status.not_in(UNFINISHED))))
            session.execute(delete(JobRow).where(JobRow.id.in_(ids)))
            return len(ids)

    # ---- those who work ----

    def start(self, job_id: str) -> Job | None:
        """Take a job in hand; None when it is finished or cancelled.

        A job that "runs" is taken over, because its worker may be dead: the attempt is counted, and the worker of an earlier
        attempt, should it live after all, is told to stop and is not listened to any more.
        """
        with self._database.writing() as session:
            row = session.get(JobRow, job_id, with_for_update=True)
            if row is None or row.status not in UNFINISHED:
                return None
            if row.cancel_requested:
                _end(row, "cancelled")
                return None
            row.status = "running"
            row.attempt += 1
            row.started = row.heartbeat = _now()
            return row.as_job()

    def heartbeat(
        self,
        job_id: str,
        done: int | None = None,
        total: int | None = None,
        message: str | None = None,
        values: Mapping[str, Any] | None = None,
        *,
        attempt: int | None = None,
    ) -> bool:
        """Give a sign of life, with or without progress; returns whether to stop.

        Parameters
        ----------
        job_id
            The job.
        done, total
            Steps.
        message, values
            What is being done: a template and its values.
        attempt
            Which attempt speaks (of the job that `start` returned); None = whichever.
        """
        changes: dict[str, Any] = {"heartbeat": _now()}
        if done is not None:
            changes["done"] = done
        if total is not None:
            changes["total"] = total
        if message is not None:
            changes["message"] = _message(message, values)
        query = update(JobRow).where(_spoken_for(job_id, attempt)).values(changes).returning(JobRow.cancel_requested)
        with self._database.writing() as session:
            cancel_requested = session.scalar(query)
        return cancel_requested is None or cancel_requested

    def finish(self, job_id: str, result: Any = None, *, attempt: int | None = None) -> bool:
        """Record what came of a job; False when nobody waits for it from this attempt.

        Raises
        ------
        CityTwinError
            When the result is not made of plain values.
        """
        check_plain("result", result)
        with self._database.writing() as session:
            row = session.scalar(select(JobRow).where(_spoken_for(job_id, attempt)).with_for_update())
            if row is not None:
                row.result = result
                row.done = max(row.done, row.total)
                _end(row, "done")
            return row is not None

    def fail(self, job_id: str, template: str, values: Mapping[str, Any] | None = None, *, attempt: int | None = None) -> bool:
        """Record why a job failed; False when nobody waits for it from this attempt."""
        with self._database.writing() as session:
            row = session.scalar(select(JobRow).where(_spoken_for(job_id, attempt)).with_for_update())
            if row is not None:
                row.error = _message(template, values)
                _end(row, "failed")
            return row is not None

    def stopped(self, job_id: str, *, attempt: int | None = None) -> bool:
        """Record that a job has stopped because it was cancelled."""
        with self._database.writing() as session:
            row = session.scalar(select(JobRow).where(_spoken_for(job_id, attempt)).with_for_update())
            if row is not None:
                _end(row, "cancelled")
            return row is not None

    def step_aside(self, job_id: str, *, attempt: int) -> bool:
        """Queue a job again that is to go on elsewhere; that does not count as an attempt."""
        with self._database.writing() as session:
            row = session.scalar(select(JobRow).where(_spoken_for(job_id, attempt)).with_for_update())
            if row is not None:
                row.status, row.heartbeat = "queued", _now()
                row.attempt -= 1
            return row is not None

    # ---- those who see to it that nothing is forgotten ----

    def wait(self, job_ids: Iterable[str]) -> None:
        """Give a sign of life for jobs that wait for a free worker."""
        with self._database.writing() as session:
            session.execute(
                update(JobRow).where(JobRow.id.in_(list(job_ids)), JobRow.status == "queued").values(heartbeat=_now())
            )

    def release(self, job_ids: Iterable[str]) -> None:
        """Let others adopt these jobs at once: whoever had them in hand is gone for certain."""
        with self._database.writing() as session:
            session.execute(
                update(JobRow).where(JobRow.id.in_(list(job_ids)), JobRow.status.in_(UNFINISHED)).values(heartbeat=_LONG_AGO)
            )

    def adopt_stale(self, older_than: float) -> tuple[Job, ...]:
        """Queue again the jobs that gave no sign of life for so many seconds; each goes to one adopter only.

        A job begun `MOST_ATTEMPTS` times is given up: it probably kills its workers.

        Returns
        -------
        tuple of Job
            Those that the caller now has to see to.
        """
        adopted = []
        with self._database.writing() as session:
            silent = JobRow.heartbeat < _now() - timedelta(seconds=older_than)
            query = select(JobRow).where(JobRow.status.in_(UNFINISHED), silent).with_for_update(skip_locked=True)
            for row in session.scalars(query):
                if row.cancel_requested:
                    _end(row, "cancelled")
                elif row.attempt >= MOST_ATTEMPTS:
                    row.error = _message(
                        "The run was begun {attempts} times and each time its worker died; "
                        "give it more memory or ask a smaller question.",
                        {"attempts": row.attempt},
                    )
                    _end(row, "failed")
                else:
                    row.status = "queued"
                    row.heartbeat = _now()
                    adopted.append(row.as_job())
        return tuple(adopted)

    def _spent(self, key: str, still_valid: Callable[[Job], bool]) -> tuple[str, ...]:
        """Done jobs of this key whose results are gone; asked outside the transaction, for it may look at files."""
        with self._database.reading() as session:
            done = [row.as_job() for row in session.scalars(select(JobRow).where(JobRow.key == key, JobRow.status == "done"))]
        return tuple(job.id for job in done if not still_valid(job))

    def _join_or_add(
        self, session: Session, key: str, kind: str, payload: Mapping[str, Any], owner: str, spent: tuple[str, ...], job_id: str
    ) -> Job:
        session.execute(update(JobRow).where(JobRow.id.in_(spent), JobRow.status == "done").values(status="stale"))
        row = session.scalar(select(JobRow).where(JobRow.key == key, _OPEN)) or session.scalar(
            select(JobRow).where(JobRow.key == key, JobRow.status == "done").order_by(JobRow.finished.desc()).limit(1)
        )
        now = _now()
        if row is None:
            row = JobRow(
                id=job_id,
                key=key,
                owner=owner,
                kind=kind,
                payload=dict(payload),
                status="queued",
                done=0,
                total=0,
                message=_message("", None),
                cancel_requested=False,
                attempt=0,
                created=now,
                heartbeat=now,
            )
            session.add(row)
            session.flush()
        if session.get(RequestRow, (row.id, owner)) is None:
            session.add(RequestRow(job_id=row.id, owner=owner, created=now))
        return row.as_job()


def _spoken_for(job_id: str, attempt: int | None) -> ColumnElement[bool]:
    condition = and_(JobRow.id == job_id, JobRow.status.in_(UNFINISHED))
    return condition if attempt is None else and_(condition, JobRow.status == "running", JobRow.attempt == attempt)


def _row(session: Session, job_id: str, *, lock: bool = False) -> JobRow:
    row = session.get(JobRow, job_id, with_for_update=lock or None)
    if row is None:
        raise InputError("There is no job {job}; it may have been deleted since: ask again.", job=job_id)
    return row


def _end(row: JobRow, status: str) -> None:
    row.status = status
    row.finished = row.heartbeat = _now()


def _message(template: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Template and values as JSON can keep them: anything that is no plain value becomes its text."""
    plain = {
        name: value if isinstance(value, str | int | bool | None) or _finite(value) else str(value)
        for name, value in (values or {}).items()
    }
    return {"template": template, "values": plain}


def _finite(value: object) -> bool:
    return isinstance(value, float) and abs(value) < float("inf")


def _now() -> datetime:
    return datetime.now(UTC)
