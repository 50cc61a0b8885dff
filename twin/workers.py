"""Runs jobs on Dask workers, never in the process that serves pages.

Whoever asks only writes a job record; a thread of its own brings it to a worker, notices what died, and begins it again.
"""

from __future__ import annotations

import atexit
import importlib
import logging
import math
import os
import tempfile
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from geodata.errors import CityTwinError, InputError
from twin.cancelled import Cancelled
from twin.jobs import Job, Jobs
from twin.jobs.job import WITHIN
from twin.jobs.jobs import result_is_there

if TYPE_CHECKING:
    from distributed import Client, Future

    from twin.cluster import Cluster

log = logging.getLogger(__name__)

FUNCTION = "function"
"""Under this name a payload says what does the work, as "module:function"."""

Lane = Literal["look", "quick", "long", "any"]
"""Which workers do a job: those kept free for looks, those for runs that are quick, those for the others; or any."""

QUICK_SECONDS = 3.0
"""A run that takes more of a processor leaves the workers for quick runs and goes on on another: nobody waits behind it there.
Not seconds of the clock: on a busy machine every run would be long, and wait behind those that are."""
_QUICK_PATIENCE = 10  # but when it comes to so many times that by the clock, it leaves all the same
_TELL_SECONDS = 0.1
_WITHIN_SECONDS = 0.25
_LATER = 2  # what long runs give way by to everybody else (niceness)
_PULSE_SECONDS = 2.0
_LOOK_SECONDS = 0.5
_WAITING_SECONDS = 0.05  # while a job waits for room
_ANSWER_SECONDS = 15
_COME_BACK_SECONDS = 90.0
UNEXPECTED = (
    "The run stopped unexpectedly ({kind}: {detail}); try it again, "
    "and if it happens again send the log to whoever looks after this server."
)


class SteppedAside(Exception):  # noqa: N818 -- not an error: the job goes on elsewhere, where it was
    """Raised in a job's function when it takes too long for where it runs."""


class Reporter:
    """What a job's function gets to say how far it is. Calling it raises `Cancelled` when the job is to stop.

    ``reporter(done, total, message, **values)``: steps done, of how many, and what is being done (a template and its values).
    It may be called as often as you like: what comes in quick succession is passed over, but for the last step.
    """

    def __init__(self, jobs: Jobs, job: Job, *, lane: Lane = "any") -> None:
        self._jobs = jobs
        self._job = job
        self._quick = lane == "quick"
        self._began, self._spent = time.monotonic(), time.process_time()
        self._said = -math.inf
        self._last: tuple[int, int, str, Mapping[str, object]] = (0, 0, "", {})

    def __call__(self, done: int, total: int, message: str = "", /, **values: object) -> None:
        """Report progress.

        Raises
        ------
        Cancelled
            When the job is to stop.
        SteppedAside
            When it is to go on on another worker: whoever lets this pass through keeps what was computed.
        """
        self._last = (done, total, message, values)
        self._say(values, every=0.0 if done >= total else _TELL_SECONDS)

    def within(self, share: float) -> None:
        """Report how much of the step that is being taken is done, 0–1; raises as calling does."""
        self._say({**self._last[3], WITHIN: round(share, 3)}, every=_WITHIN_SECONDS)

    def _say(self, values: Mapping[str, object], *, every: float) -> None:
        now = time.monotonic()
        if now - self._said < every:
            return
        done, total, message, _ = self._last
        if self._jobs.heartbeat(self._job.id, done, total, message, values, attempt=self._job.attempt):
            raise Cancelled("The run was cancelled.")
        self._said = now
        if self._quick and done < total and self._is_long(now):
            raise SteppedAside

    def _is_long(self, now: float) -> bool:
        return time.process_time() - self._spent > QUICK_SECONDS or now - self._began > _QUICK_PATIENCE * QUICK_SECONDS


JobFunction = Callable[[Mapping[str, Any], Reporter], Any]
"""Does the work of a job: ``function(payload, reporter)`` returns a result of plain values."""


def run_job(job_id: str, database_url: str, lane: Lane = "any") -> None:
    """Do a job, in whichever process this is called: a worker's.

    Nothing is returned or raised: what came of it stands in the job record.
    """
    if lane == "long" and hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, 0, _LATER)
    jobs = _opened(database_url)
    job = jobs.start(job_id)
    if job is None:
        return
    with _Ending(jobs, job) as ending, _Pulse(jobs, job):
        ending.result = function_named(str(job.payload.get(FUNCTION, "")))(job.payload, Reporter(jobs, job, lane=lane))


@lru_cache(maxsize=1)
def _opened(database_url: str) -> Jobs:
    """The job records: opening them takes longer than writing to them, so a worker keeps them open."""
    return Jobs(database_url)


def function_named(name: str) -> JobFunction:
    """The function that "module:function" names.

    Raises
    ------
    CityTwinError
        When there is none.

    Examples
    --------
    >>> function_named("math:sqrt")(9.0)
    3.0
    """
    module, _, function = name.partition(":")
    try:
        found: JobFunction = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise CityTwinError(
            "The work {name} is not known here ({reason}); run workers and server from the same installation.",
            name=name,
            reason=str(error),
        ) from error
    return found


class _Ending:
    """Writes down how a job ended, whatever happened in it: the one place where every exception is met."""

    def __init__(self, jobs: Jobs, job: Job) -> None:
        self._jobs = jobs
        self._job = job
        self.result: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        job, attempt = self._job.id, self._job.attempt
        if error is None:
            try:
                self._jobs.finish(job, self.result, attempt=attempt)
            except CityTwinError as unfit:
                self._jobs.fail(job, unfit.template, unfit.values, attempt=attempt)
        elif isinstance(error, Cancelled):
            self._jobs.stopped(job, attempt=attempt)
        elif isinstance(error, SteppedAside):
            self._jobs.step_aside(job, attempt=attempt)
        elif isinstance(error, CityTwinError):
            self._jobs.fail(job, error.template, error.values, attempt=attempt)
        elif isinstance(error, Exception):
            log.error("job %s stopped unexpectedly", job, exc_info=error)
            self._jobs.fail(job, UNEXPECTED, {"kind": type(error).__name__, "detail": str(error)}, attempt=attempt)
        else:
            return False  # the worker is told to go: the job is begun again elsewhere
        return True


class _Pulse:
    """Gives a sign of life every two seconds, however long a step takes."""

    def __init__(self, jobs: Jobs, job: Job) -> None:
        self._jobs = jobs
        self._job = job
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse of job {job.id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(_PULSE_SECONDS):
            try:
                self._jobs.heartbeat(self._job.id, attempt=self._job.attempt)
            except CityTwinError as error:  # a database that is busy for a moment
                log.warning("no sign of life from job %s: %s", self._job.id, error)


class _Onwards:
    """Logs what went wrong and goes on: nothing is lost, everything is tried again, and without a dispatcher nothing runs."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if isinstance(error, Exception):
            log.error("the dispatcher goes on after an error", exc_info=error)
            return True
        return False


class Workers:
    """Brings jobs to workers.

    Parameters
    ----------
    jobs
        The job records. They must stay open until `close`.
    functions
        What does the work of each kind of job, as "module:function"; a payload may name its own instead.
    scheduler
        Address of a Dask scheduler whose workers have this program installed and reach the same files and database;
        None = a small cluster on this machine, started with the first job (or by `start`).
    security
        For that scheduler: a `distributed.Security`.
    count
        Workers of the cluster on this machine for work of any length.
    quick
        And those for runs that take `QUICK_SECONDS` at most, when the others are busy.
    looks
        And those for the kinds of work in ``look_kinds``, which wait for nothing else.
    look_kinds
        Kinds of work that somebody waits for, looking at the page.
    warm
        Called in every worker as it starts, as "module:function", so that nobody's first click waits for compilers.
    folder
        Where the cluster keeps temporary files and its log; None = a temporary folder, gone after `close`.
    stale_after
        A job that gave no sign of life for so many seconds is begun again.

    Notes
    -----
    `submit` writes one row and returns; everything that may take time happens in a thread of its own.
    """

    def __init__(
        self,
        jobs: Jobs,
        *,
        functions: Mapping[str, str] | None = None,
        scheduler: str | None = None,
        security: Any = None,
        count: int = 2,
        quick: int = 0,
        looks: int = 0,
        look_kinds: Collection[str] = (),
        warm: str = "",
        folder: str | Path | None = None,
        stale_after: float = 30.0,
    ) -> None:
        self.jobs = jobs
        self._functions = MappingProxyType(dict(functions or {}))
        self._scheduler = scheduler
        self._security = security
        self._room: dict[Lane, int] = {"look": looks, "quick": quick, "long": count}
        self._look_kinds = frozenset(look_kinds)
        self._warm = warm
        self._temporary = tempfile.TemporaryDirectory(prefix="city-twin-workers-") if folder is None else None
        self._folder = Path(folder or self._temporary.name)  # type: ignore[union-attr]  # one of the two is there
        self._stale_after = stale_after
        self._inbox: deque[Job] = deque()
        self._futures: dict[str, Future[Any]] = {}
        self._lanes: dict[str, Lane] = {}  # of what has been sent
        self._stepped_aside: set[str] = set()
        self._cluster: Cluster | None = None
        self._client: Client | None = None
        self._next_round = 0.0
        self._last_seen = 0.0  # when there was a worker
        self._wake = threading.Event()
        self._wanted = threading.Event()  # workers are wanted, even if there is no job yet
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="city twin's dispatcher", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the workers before there is a job, in the background."""
        self._wanted.set()
        self._wake.set()

    @property
    def ready(self) -> bool:
        """Whether workers have been started and reached."""
        client = self._client
        return client is not None and client.status == "running"

    def submit(
        self, kind: str, payload: Mapping[str, Any], owner: str, *, still_valid: Callable[[Job], bool] = result_is_there
    ) -> Job:
        """Ask for work: record it, or join an equal request, and return at once.

        Parameters
        ----------
        kind
            What kind of work.
        payload
            What it needs: plain values, files by their paths.
        owner
            Who asks.
        still_valid
            Tells of an equal job that is done whether its result still stands (`Jobs.submit`).

        Raises
        ------
        InputError
            When nothing does that kind of work.
        CityTwinError
            When the payload is not made of plain values.
        """
        if FUNCTION not in payload:
            if kind not in self._functions:
                raise InputError(
                    "Nothing here does work of kind {kind}; the kinds are {kinds}.", kind=kind, kinds=", ".join(self._functions)
                )
            payload = {**payload, FUNCTION: self._functions[kind]}
        mine = uuid.uuid4().hex
        job = self.jobs.submit(kind, payload, owner, still_valid=still_valid, job_id=mine)
        if job.id == mine:  # else somebody has it in hand already
            self._inbox.append(job)
            self._wake.set()
        return job

    def close(self) -> None:
        """End the workers on this machine and wait until they are gone; what they did is begun again by whoever comes next.

        Jobs on somebody else's scheduler go on.
        """
        atexit.unregister(self.close)
        self._closing.set()
        self._wake.set()
        self._thread.join()
        if self._temporary is not None:
            self._temporary.cleanup()

    # ---- in the thread ----

    def _look_after(self) -> None:
        while not self._closing.is_set():
            with _Onwards():
                self._look()
            self._wake.wait(_WAITING_SECONDS if self._inbox else _LOOK_SECONDS)
            self._wake.clear()
        with _Onwards():
            self._let_go()

    def _look(self) -> None:
        if self._broken():
            log.error("the workers are gone; others are started")
            self._let_go()
        self._reap()
        if time.monotonic() > self._next_round:
            self.jobs.wait([*self._futures, *(job.id for job in self._inbox)])
            mine = {*self._futures, *(job.id for job in self._inbox)}
            self._inbox.extend(job for job in self.jobs.adopt_stale(self._stale_after) if job.id not in mine)
            self._next_round = time.monotonic() + self._stale_after / 10
            self._count_workers()
        if self._inbox or self._wanted.is_set():
            try:
                self._connect()
            except (CityTwinError, OSError) as error:
                self._give_up(error)
        for job in list(self._inbox):
            lane = self._free_lane(job)
            if lane is not None:
                self._dispatch(job, lane)
                self._inbox.remove(job)

    def _connect(self) -> None:
        if self._client is not None:
            return
        from twin import cluster  # noqa: PLC0415 -- Dask takes a second to import: here no page waits for it

        if self._scheduler is None:
            lanes = [lane for lane, count in self._room.items() for _ in range(count)]
            self._cluster = cluster.Cluster(lanes=lanes, warm=self._warm, folder=self._folder)
            self._client = cluster.connect(self._cluster.address, self._cluster.security())
        else:
            self._client = cluster.connect(self._scheduler, self._security)
        self._last_seen = time.monotonic()

    def _free_lane(self, job: Job) -> Lane | None:
        """Where a job can begin now; None = it waits. On somebody else's scheduler all go at once."""
        if self._cluster is None:
            return "any"
        free = {lane: room - sum(other == lane for other in self._lanes.values()) for lane, room in self._room.items()}
        if job.kind in self._look_kinds and self._room["look"]:
            return "look" if free["look"] > 0 else None
        if free["long"] > 0:
            return "long"
        return "quick" if free["quick"] > 0 and job.id not in self._stepped_aside else None

    def _dispatch(self, job: Job, lane: Lane) -> None:
        from twin.cluster import send  # noqa: PLC0415 -- see above

        assert self._client is not None
        name = f"city-twin-job-{job.id}-{uuid.uuid4().hex}"
        future = send(
            self._client, run_job, job.id, self.jobs.url, lane, name=name, lane=None if lane == "any" else lane,
            urgent=job.kind in self._look_kinds, outlive=self._cluster is None,
        )  # fmt: skip
        self._futures[job.id], self._lanes[job.id] = future, lane

    def _reap(self) -> None:
        """Let go of what has ended; a job whose workers died again and again has no record of its end yet."""
        for job_id in [job_id for job_id, future in self._futures.items() if future.status != "pending"]:
            future, lane = self._futures.pop(job_id), self._lanes.pop(job_id)
            if future.status == "error":
                error = future.exception(timeout=_ANSWER_SECONDS)  # type: ignore[no-untyped-call]  # Dask is half typed
                log.error("job %s was given up: %s", job_id, error)
                if isinstance(error, CityTwinError):  # the worker could not reach the job records
                    self.jobs.fail(job_id, error.template, error.values)
                else:
                    self.jobs.fail(job_id, UNEXPECTED, {"kind": type(error).__name__, "detail": str(error)})
            elif lane == "quick" and (job := self.jobs.get(job_id)).status == "queued":
                self._stepped_aside.add(job_id)
                self._inbox.append(job)
                continue
            self._stepped_aside.discard(job_id)

    def _give_up(self, error: Exception) -> None:
        """Workers cannot be had: say so to everybody who waits, rather than let them wait."""
        self._wanted.clear()
        self._let_go()
        where = self._scheduler or "this machine"
        for job in self._inbox:
            self.jobs.fail(
                job.id,
                "There are no workers on {where} ({reason}); whoever looks after this server has to see to it.",
                {"where": where, "reason": str(error)},
            )
        self._inbox.clear()

    def _count_workers(self) -> None:
        if self._client is not None and self._client.scheduler_info()["workers"]:
            self._last_seen = time.monotonic()

    def _broken(self) -> bool:
        """Whether the cluster on this machine has died, or none of its workers has come back for long."""
        if self._client is None:
            return False
        if self._cluster is None:
            return self._client.status not in ("running", "connecting")
        return not self._cluster.alive or time.monotonic() - self._last_seen > _COME_BACK_SECONDS

    def _let_go(self) -> None:
        """End client and cluster; when the workers are certainly gone, let others begin their jobs again at once."""
        if self._client is not None:
            self._client.close(timeout=2)  # type: ignore[no-untyped-call]
            self._client = None
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None
            self.jobs.release([*self._futures, *(job.id for job in self._inbox)])
            self._next_round = 0.0
        self._futures.clear()
        self._lanes.clear()
