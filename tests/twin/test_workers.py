"""Jobs on real worker processes: side by side, killed, cancelled, joined, found again; the server answers meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from geodata.errors import CityTwinError, InputError
from twin.jobs import Job, Jobs
from twin.work import function_named
from twin.workers import Workers

ROOT = Path(__file__).parents[2]
HERE = "tests.twin.jobs_for_tests"
KINDS = {name: f"{HERE}:{name}" for name in ("count", "refuse", "stumble", "give_an_array", "die", "hog")}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    with Jobs(tmp_path_factory.mktemp("database") / "jobs.sqlite") as jobs:
        yield jobs


@pytest.fixture(scope="module")
def workers(jobs: Jobs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with Workers(jobs, functions=KINDS, folder=tmp_path_factory.mktemp("dask")) as workers:
        workers.start()
        until(lambda: workers.ready)
        yield workers


def counting(tmp_path: Path, seed: int, *, steps: int = 20, seconds: float = 0.1) -> dict[str, Any]:
    return {
        "seed": seed,
        "steps": steps,
        "seconds": seconds,
        "store": str(tmp_path / "store"),
        "diary": str(tmp_path / "diary.txt"),
    }


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


def ended(jobs: Jobs, job: Job) -> Job:
    until(lambda: not jobs.get(job.id).unfinished)
    return jobs.get(job.id)


def begun(jobs: Jobs, job: Job, done: int = 1) -> Job:
    until(lambda: jobs.get(job.id).done >= done)
    return jobs.get(job.id)


def diary(tmp_path: Path) -> list[tuple[int, int, int, float]]:
    lines = [line.split() for line in (tmp_path / "diary.txt").read_text().splitlines()]
    return [(int(seed), int(process), int(step), float(moment)) for seed, process, step, moment in lines]


def expected_digest(seed: int, steps: int) -> str:
    import numpy as np

    from geodata.fingerprint import digest_of_array

    state = np.full(100, seed, np.float64)
    for step in range(steps):
        state = np.sin(state * 1.7 + step)
    return digest_of_array(state)


def test_two_jobs_at_once_while_the_server_answers(jobs: Jobs, workers: Workers, tmp_path: Path) -> None:
    one = workers.submit("count", counting(tmp_path, 1), "aoi")
    two = workers.submit("count", counting(tmp_path, 2), "ren")
    seen = set()
    while any(jobs.get(asked.id).unfinished for asked in (one, two)):
        seen.add((jobs.get(one.id).done, jobs.get(two.id).done))
        time.sleep(0.02)
    assert len(seen) > 3, "how far they were was told while they ran"
    for asked, seed in ((one, 1), (two, 2)):
        job = jobs.get(asked.id)
        assert job.error is None
        assert (job.status, job.error, job.done, job.total) == ("done", None, 20, 20)
        assert job.message.text == "step 20 of 20"
        assert job.result == {"digest": expected_digest(seed, 20), "computed": 20}
    first, second = ([entry for entry in diary(tmp_path) if entry[0] == seed] for seed in (1, 2))
    assert first[0][1] != second[0][1], "two processes"
    assert os.getpid() not in {entry[1] for entry in diary(tmp_path)}, "never the server's"
    assert max(first[0][3], second[0][3]) < min(first[-1][3], second[-1][3]), "at the same time"


def test_a_worker_that_never_lets_go_holds_up_nobody(jobs: Jobs, workers: Workers) -> None:
    hogs = [workers.submit("hog", {"seconds": 3.0, "number": number}, "aoi") for number in range(2)]
    answers = 0
    while any(jobs.get(job.id).status == "running" or not jobs.get(job.id).attempt for job in hogs):
        answers += len(jobs.list("aoi")) >= len(hogs)
        time.sleep(0.02)
    assert answers > 5, "in the seconds in which both hogs let nothing else run in their processes"
    assert all(jobs.get(job.id).status == "done" for job in hogs)


@pytest.mark.parametrize("when", [1, 4])
def test_kill_9_of_a_worker_and_the_job_ends_with_the_same_result(
    jobs: Jobs, workers: Workers, tmp_path: Path, when: int
) -> None:
    job = workers.submit("count", counting(tmp_path, 10 + when, steps=8, seconds=0.15), "aoi")
    begun(jobs, job, when)
    victim = diary(tmp_path)[-1][1]
    os.kill(victim, signal.SIGKILL)
    job = ended(jobs, job)
    assert (job.status, job.error, job.attempt) == ("done", None, 2)
    assert job.result["digest"] == expected_digest(10 + when, 8)
    assert job.result["computed"] <= 8 - when, "the steps before the kill were found, not computed again"
    assert {entry[1] for entry in diary(tmp_path)} - {victim}


@pytest.mark.slow
def test_workers_that_die_again_and_again_come_back(jobs: Jobs, workers: Workers, tmp_path: Path) -> None:
    # Dask gives a worker up for ever when it is away 15 s after a death, be it for a second one (lost-worker-timeout).
    for number in range(5):
        job = workers.submit("count", counting(tmp_path, 100 + number, steps=6), "aoi")
        begun(jobs, job, 2)
        os.kill(diary(tmp_path)[-1][1], signal.SIGKILL)
        assert ended(jobs, job).result["digest"] == expected_digest(100 + number, 6)
    client = workers._client
    assert client is not None
    until(lambda: len(client.scheduler_info()["workers"]) == 2)


def test_cancel_stops_within_a_step(jobs: Jobs, workers: Workers, tmp_path: Path) -> None:
    job = workers.submit("count", counting(tmp_path, 20, steps=500), "aoi")
    begun(jobs, job)
    asked = time.time()
    assert jobs.cancel(job.id).cancel_requested
    assert ended(jobs, job).status == "cancelled"
    time.sleep(0.5)
    assert max(entry[3] for entry in diary(tmp_path)) < asked + 0.4
    again = workers.submit("count", counting(tmp_path, 20, steps=500), "aoi")
    assert again.id != job.id, "a cancelled job is not joined"
    begun(jobs, again)
    jobs.cancel(again.id)
    assert ended(jobs, again).status == "cancelled"


def test_equal_requests_join(jobs: Jobs, workers: Workers, tmp_path: Path) -> None:
    payload = counting(tmp_path, 30, steps=5)
    one, two = workers.submit("count", payload, "aoi"), workers.submit("count", payload, "ren")
    assert one.id == two.id
    assert ended(jobs, one).status == "done"
    assert workers.submit("count", payload, "mio").id == one.id, "a result that still stands is handed out"
    assert len(diary(tmp_path)) == 5
    assert all(one.id in {job.id for job in jobs.list(owner)} for owner in ("aoi", "ren", "mio"))


def test_failures_are_sentences(jobs: Jobs, workers: Workers, tmp_path: Path) -> None:
    refused = workers.submit("refuse", {"city": "川辺"}, "aoi")
    stumbled = workers.submit("stumble", {"zero": 0}, "aoi")
    array = workers.submit("give_an_array", {}, "aoi")
    unknown = workers.submit("?", {"function": f"{HERE}:nowhere"}, "aoi")
    error = ended(jobs, refused).error
    assert error is not None
    assert (error.template, error.values) == ("{city} has no roads; import some.", {"city": "川辺"})
    error = ended(jobs, stumbled).error
    assert error is not None
    assert error.text.startswith("The run stopped unexpectedly (ZeroDivisionError: division by zero); try it again")
    error = ended(jobs, array).error
    assert error is not None
    assert "something else than plain values" in error.text
    error = ended(jobs, unknown).error
    assert error is not None
    assert f"The work {HERE}:nowhere is not known here" in error.text
    assert all(jobs.get(job.id).status == "failed" for job in (refused, stumbled, array, unknown))
    assert "ZeroDivisionError" in (workers._folder / "workers.log").read_text(), "the traceback is in the log"


def test_work_of_no_known_kind_is_refused(workers: Workers) -> None:
    with pytest.raises(InputError, match="Nothing here does work of kind dance; the kinds are count"):
        workers.submit("dance", {}, "aoi")
    with pytest.raises(CityTwinError, match="is not known here"):
        function_named("")


def test_only_the_loopback_interface_is_listened_on(jobs: Jobs, workers: Workers) -> None:
    assert workers._cluster is not None
    host = psutil.Process(workers._cluster.process_id)
    listening = [
        connection.laddr.ip
        for process in (host, *host.children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3
    assert set(listening) == {"127.0.0.1"}


def test_nobody_gets_in_without_the_keys(workers: Workers) -> None:
    from distributed import Client

    assert workers._cluster is not None
    with pytest.raises((OSError, TypeError)):
        Client(workers._cluster.address, timeout=3, set_as_default=False)


@pytest.mark.slow
def test_a_job_that_kills_its_workers_is_given_up(jobs: Jobs, workers: Workers) -> None:
    job = ended(jobs, workers.submit("die", {}, "aoi"))
    assert job.status == "failed"
    assert job.error is not None
    assert job.error.template.startswith("The run stopped unexpectedly ({kind}: {detail})")
    assert job.error.values["kind"] == "KilledWorker"


@pytest.mark.slow
def test_a_second_server_finds_running_jobs_and_nothing_is_left_behind(tmp_path: Path) -> None:
    database = tmp_path / "jobs.sqlite"
    with Jobs(database) as jobs:
        first = Workers(jobs, functions=KINDS, folder=tmp_path / "dask")
        job = first.submit("count", counting(tmp_path, 40, steps=150, seconds=0.1), "aoi")
        begun(jobs, job, 3)
        with Jobs(database) as others:  # a page that is loaded again while the job runs
            found = others.list("aoi")
            assert [(other.id, other.status) for other in found] == [(job.id, "running")]
        assert first._cluster is not None
        host = psutil.Process(first._cluster.process_id)
        family = [host, *host.children(recursive=True)]
        first.close()
        until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family), 20)
        assert [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE] == [], "none of ours"
    with Jobs(database) as jobs, Workers(jobs, functions=KINDS, folder=tmp_path / "dask") as second:
        again = second.submit("count", counting(tmp_path, 40, steps=150, seconds=0.1), "ren")
        assert again.id == job.id
        job = ended(jobs, job)
        assert (job.status, job.error, job.attempt) == ("done", None, 2)
        assert job.result["digest"] == expected_digest(40, 150)
        assert job.result["computed"] < 150


SERVER = """
import sys, time
from twin.jobs import Jobs
from twin.workers import Workers
import json
workers = Workers(Jobs(sys.argv[1]), folder=sys.argv[2])
workers.submit("count", json.loads(sys.argv[3]), "aoi")
while not workers.ready: time.sleep(0.05)
print(workers._cluster.process_id, flush=True)
time.sleep(0 if sys.argv[4] == "ends" else 600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "ends"])
def test_workers_end_with_their_server(tmp_path: Path, how: str) -> None:
    import json

    payload = counting(tmp_path, 50, steps=300) | {"function": KINDS["count"]}
    server = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVER, tmp_path / "jobs.sqlite", tmp_path / "dask", json.dumps(payload), how],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    host = psutil.Process(int(server.stdout.readline()))
    family = [host, *host.children(recursive=True)]
    if how == "killed":
        server.kill()
    _, errors = server.communicate()
    if how == "ends":
        assert (server.returncode, errors) == (0, "")
    until(lambda: not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family), 20)


@pytest.mark.slow
def test_the_cluster_is_started_again_when_it_is_killed(tmp_path: Path) -> None:
    with (
        Jobs(tmp_path / "jobs.sqlite") as jobs,
        Workers(jobs, functions=KINDS, folder=tmp_path / "dask", stale_after=5.0) as workers,
    ):
        job = workers.submit("count", counting(tmp_path, 60, steps=12), "aoi")
        begun(jobs, job, 2)
        assert workers._cluster is not None
        os.killpg(workers._cluster.process_id, signal.SIGKILL)
        job = ended(jobs, job)
        assert (job.status, job.error) == ("done", None)
        assert job.result["digest"] == expected_digest(60, 12)


def test_a_scheduler_that_does_not_answer_is_said_to_the_one_who_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import twin.cluster

    monkeypatch.setattr(twin.cluster, "_CONNECT_SECONDS", 1)
    with (
        Jobs(tmp_path / "jobs.sqlite") as jobs,
        Workers(jobs, functions=KINDS, scheduler="tcp://127.0.0.1:9") as workers,
    ):
        job = ended(jobs, workers.submit("count", counting(tmp_path, 70), "aoi"))
        assert job.error is not None
        assert job.error.text.startswith("There are no workers on tcp://127.0.0.1:9 (")


@pytest.mark.slow
def test_a_scheduler_of_somebody_else_goes_on_without_the_server(tmp_path: Path) -> None:
    from twin.cluster import Cluster

    cluster = Cluster(lanes=["long"], folder=tmp_path / "dask")
    try:
        with Jobs(tmp_path / "jobs.sqlite") as jobs:
            with Workers(jobs, functions=KINDS, scheduler=cluster.address, security=cluster.security()) as workers:
                job = workers.submit("count", counting(tmp_path, 80, steps=10), "aoi")
                begun(jobs, job, 2)
            job = ended(jobs, job)
            assert (job.status, job.attempt, job.result["computed"]) == ("done", 1, 10)
    finally:
        cluster.close()
