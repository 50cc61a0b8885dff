"""A small Dask cluster in a process of its own, which ends with the process that started it.

It is not started inside the web server: the server replaces its main module while a page runs, and a worker that is started
(or restarted) at that moment would run the page again. It also keeps the scheduler's work away from the server's answers.

The two talk through pipes: options in, the address and the keys to it out; when the pipe closes, the cluster ends. The
cluster listens on the loopback interface only and speaks TLS with keys made for this one start: without them, anybody with
an account on the machine could have the workers run what they like.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import IO, Any

import click
import dask
from distributed import Client, Future, Nanny, Scheduler, SpecCluster, Worker, fire_and_forget
from distributed.security import Security

from geodata.errors import CityTwinError
from twin.work import function_named

_LOOPBACK = "127.0.0.1"
_SECURITY = ("tls_ca_file", "tls_client_cert", "tls_client_key")
_CONNECT_SECONDS = 15
_END_SECONDS = 10.0
LOG = "workers.log"

SETTINGS: dict[str, Any] = {
    "distributed.logging.distributed": "error",
    "distributed.scheduler.http.routes": [],  # no pages about what runs, to nobody
    "distributed.worker.http.routes": [],
    # Dask gives a worker up for ever when it is not back so soon after it died. On a busy machine it may not be, and a second
    # death within that time counts as not being back either.
    "distributed.deploy.lost-worker-timeout": "1000 days",
    "distributed.admin.large-graph-warning-threshold": "100MB",
    # Dask has the allocator give every array back to the system at once, which makes each new one cost page faults: steps that
    # work on many arrays of some 100 kB take twice as long.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
    "distributed.worker.profile.enabled": False,  # nobody looks at Dask's samples of what runs
    # Nor at how its processes feel, fifty times a second: workers that wait took a tenth of a processor.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.monitor-interval": "1s",
}
"""Dask's settings; it has no telemetry to switch off."""


class Cluster:
    """Worker processes, one thread each, under a scheduler on the loopback interface.

    Parameters
    ----------
    lanes
        For every worker, which work it is for.
    warm
        What every worker calls as it starts, as "module:function".
    folder
        Where Dask keeps its temporary files, and ``workers.log``.

    Raises
    ------
    CityTwinError
        When it does not start; the log says more.
    """

    def __init__(self, *, lanes: Sequence[str], folder: Path, warm: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)}
        with (folder / LOG).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "twin.cluster"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C in a terminal is for the server, which then ends the cluster
            )
        try:
            answer = self._ask({"lanes": list(lanes), "folder": str(folder), "warm": warm})
        except (OSError, ValueError) as error:
            self.close()
            raise CityTwinError("The workers did not start; {log} says why.", log=str(folder / LOG)) from error
        self.address: str = answer["address"]
        self._keys: dict[str, str] = answer["keys"]

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        """Of the process that holds the scheduler and starts the workers."""
        return self._process.pid

    def security(self) -> Security:
        """What a `Client` needs to be let in."""
        return Security(**self._keys, require_encryption=True)  # type: ignore[no-untyped-call]  # Dask is half typed

    def close(self) -> None:
        """End the workers, the scheduler and the process, and wait until they are gone."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        for end in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(timeout=_END_SECONDS)
            except subprocess.TimeoutExpired:
                end()
            else:
                return
        self._process.wait()

    def _ask(self, options: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(options).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def connect(address: str, security: Security | None) -> Client:
    """A client of a scheduler.

    Raises
    ------
    OSError
        When it does not answer.
    """
    dask.config.set(SETTINGS)
    return Client(address, security=security, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]


def send(
    client: Client, function: Callable[..., None], *arguments: str, name: str, outlive: bool, lane: str | None = None,
    urgent: bool = False,
) -> Future[Any]:  # fmt: skip
    """Have a worker of a lane, or any, call a function; with ``outlive`` it goes on when the client is gone."""
    future: Future[Any] = client.submit(
        function, *arguments, key=name, pure=False, resources={lane: 1} if lane else None, priority=int(urgent)
    )
    if outlive:
        fire_and_forget(future)  # type: ignore[no-untyped-call]
    return future


def main() -> None:
    """Run a cluster until standard input ends."""
    options = json.loads(sys.stdin.readline())
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a worker prints belongs in the log
    serve(options, answer, sys.stdin)


def serve(options: dict[str, Any], answer: IO[str], until_closed: IO[str]) -> None:
    """Start a cluster, tell how to reach it, and end it when the one who asked is gone."""
    with (
        dask.config.set({**SETTINGS, "temporary-directory": options["folder"]}),
        _cluster(options) as cluster,
    ):
        keys = {name: getattr(cluster.security, name) for name in _SECURITY}
        with answer:
            json.dump({"address": cluster.scheduler_address, "keys": keys}, answer)
            answer.write("\n")
        until_closed.read()


def _cluster(options: dict[str, Any]) -> SpecCluster:
    security = Security.temporary()  # type: ignore[no-untyped-call]
    here = {"host": _LOOPBACK, "protocol": "tls", "security": security, "dashboard_address": f"{_LOOPBACK}:0"}
    common = {
        **here, "nthreads": 1, "local_directory": options["folder"], "dashboard": False,
        # imported while the worker starts, not while the first job waits
        "preload": ["twin.work", "twin.cluster"], "preload_argv": [[], [options["warm"]]],
    }  # fmt: skip
    workers = {
        number: {"cls": Nanny, "options": {**common, "resources": {lane: 1}}} for number, lane in enumerate(options["lanes"])
    }
    scheduler = {"cls": Scheduler, "options": {**here, "dashboard": False}}
    return SpecCluster(workers=workers, scheduler=scheduler, security=security)  # type: ignore[no-untyped-call]


@click.command()
@click.argument("warm", default="")
def dask_setup(worker: Worker, warm: str) -> None:  # noqa: ARG001 -- Dask gives it
    """Called by Dask in each worker as it starts: get ready beside the first job, not before it."""
    if warm:
        Thread(target=function_named(warm), name="warming up", daemon=True).start()


if __name__ == "__main__":
    main()
