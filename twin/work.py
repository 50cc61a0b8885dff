"""A job is done: by whichever process takes it up, which says how far it is and writes down how it ended."""

from __future__ import annotations

import importlib
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal, Self

from geodata.errors import CityTwinError
from twin.cancelled import Cancelled
from twin.jobs import Job, Jobs
from twin.jobs.job import WITHIN

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
