"""Runs on real workers: killed and gone on with, side by side while a server answers, cancelled without losing anything."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geodata.package import open_city, write_package
from geodata.report import ImportReport
from tests.twin.towns import small_town
from twin.analysis import installed_analyses
from twin.jobs import Job, Jobs
from twin.run import Run, RunFolder
from twin.scenario import Scenario
from twin.simulation import simulate
from twin.store import MemoryStore
from twin.workers import Workers

ROOT = Path(__file__).parents[2]
NOTED = "tests.twin.noted_runs:simulate_noted"
PLAIN = "twin.simulation:simulate_job"
MANY = 150

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workers")]


def question(name: str, *, steps: int = MANY, top: float = 1.0) -> Scenario:
    """Water that rises a little in every step, so that every step is computed."""
    return Scenario.model_validate(
        {
            "name": name, "duration": steps * 60, "step": 60,
            "water": {"source": "hazard_map", "curve": [{"at": 0, "value": 0.0}, {"at": steps * 60, "value": top}]},
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "town"
    write_package(small_town(), ImportReport(), path)
    return path


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    with Jobs(tmp_path_factory.mktemp("database") / "jobs.sqlite") as jobs:
        yield jobs


@pytest.fixture(scope="module")
def workers(jobs: Jobs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    functions = {"simulate": NOTED}
    with Workers(jobs, functions=functions, folder=tmp_path_factory.mktemp("dask"), count=2) as workers:
        workers.start()
        until(lambda: workers.ready, 120)
        yield workers


def until(condition: Callable[[], Any], seconds: float = 200) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return found


def payload(town: Path, scenario: Scenario, folder: Path) -> dict[str, Any]:
    return {
        "city": str(town),
        "scenario": scenario.model_dump(mode="json"),
        "workspace": str(folder / "home"),
        "diary": str(folder / "diary.txt"),
    }


def undisturbed(town: Path, scenario: Scenario, folder: Path) -> Run:
    """The same run in this process, in a store of its own."""
    return simulate(open_city(town), scenario, store=MemoryStore(), folder=folder / "undisturbed")


def numbers(run: Run) -> list[tuple[int, dict[str, str]]]:
    """What hooks gave at every step; analyses look at a whole run, and one that was stopped has none."""
    looks_ahead = {variable.name for analysis in installed_analyses() for variable in analysis.writes}
    return [(step.end, {n: v for n, v in step.fields.items() if n not in looks_ahead}) for step in run.steps]


def reached(jobs: Jobs, job: Job, done: int) -> None:
    """Wait until a run has taken so many steps."""

    def there() -> bool:
        now = jobs.get(job.id)
        assert now.unfinished, (now.status, now.error)
        return now.done >= done

    until(there)


def ended(jobs: Jobs, job: Job) -> Job:
    until(lambda: not jobs.get(job.id).unfinished)
    return jobs.get(job.id)


def run_of(job: Job, folder: Path) -> Run:
    return RunFolder(folder / "home" / "runs" / job.result["run"]).load()


def test_a_run_whose_workers_are_killed_gives_the_same_numbers(
    jobs: Jobs, workers: Workers, town: Path, tmp_path: Path
) -> None:
    random = np.random.default_rng(20260914)
    scenario = question("killed again and again")
    expected = undisturbed(town, scenario, tmp_path)
    job = workers.submit("simulate", payload(town, scenario, tmp_path), "aoi")
    diary = tmp_path / "diary.txt"
    moments = np.sort(random.choice(np.arange(5, MANY * 3 // 4), size=3, replace=False)).tolist()
    killed: list[int] = []
    for moment in moments:
        reached(jobs, job, moment)
        time.sleep(random.uniform(0, 0.05))  # anywhere in a step: reading, computing, writing a field or the manifest
        victim = int(diary.read_text().split()[-1])
        assert victim not in killed, "the run went on in another process"
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        killed.append(victim)
        until(lambda: len(diary.read_text().split()) > len(killed))
    job = ended(jobs, job)
    assert (job.status, job.error, job.attempt) == ("done", None, 4)
    run = run_of(job, tmp_path)
    assert run.status == "done"
    assert numbers(run) == numbers(expected)
    assert run.outcomes == expected.outcomes
    assert job.result["steps_reused"] >= moments[-1], "what was computed before the last kill was kept"


CLI = "from twin.command_line import main; raise SystemExit(main())"


def test_a_killed_command_goes_on_where_it_was(town: Path, tmp_path: Path) -> None:
    scenario = question("killed command")
    expected = undisturbed(town, scenario, tmp_path)
    (tmp_path / "scenario.yaml").write_text(scenario.to_yaml())
    words = ["simulate", str(town), str(tmp_path / "scenario.yaml"), "--out", str(tmp_path / "run"), "--json"]
    environment = os.environ | {"CITY_TWIN_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", CLI, *words]
    first = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    folder = RunFolder(tmp_path / "run")
    until((tmp_path / "run" / "run.json").exists)
    until(lambda: len(folder.load().steps) >= 20)
    first.kill()
    out, _ = first.communicate()
    assert (first.returncode, out) == (-signal.SIGKILL, b"")
    half = folder.load()
    assert half.status == "running"
    assert 20 <= len(half.steps) < MANY
    assert numbers(half) == numbers(expected)[: len(half.steps)], "a manifest is whole at any moment"
    second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    result = json.loads(second.stdout)
    assert result["steps_reused"] >= len(half.steps)
    assert result["steps_computed"] + result["steps_reused"] == MANY + 1
    assert numbers(folder.load()) == numbers(expected)


def test_a_cancelled_run_keeps_what_it_computed(jobs: Jobs, workers: Workers, town: Path, tmp_path: Path) -> None:
    scenario = question("cancelled", top=0.9)
    job = workers.submit("simulate", payload(town, scenario, tmp_path), "aoi")
    reached(jobs, job, 10)
    jobs.cancel(job.id)
    job = ended(jobs, job)
    assert (job.status, job.error) == ("cancelled", None)
    (manifest,) = (tmp_path / "home" / "runs").glob("*/run.json")
    run = RunFolder(manifest.parent).load()
    assert run.status == "cancelled"
    assert 10 <= len(run.steps) < MANY
    assert "buildings_flooded" in run.outcomes
    again = ended(jobs, workers.submit("simulate", payload(town, scenario, tmp_path), "aoi"))
    assert again.id != job.id
    assert again.status == "done"
    assert again.result["steps_reused"] >= len(run.steps)
    assert numbers(run_of(again, tmp_path))[: len(run.steps)] == numbers(run)


SERVER = """
import json, sys
import uvicorn
from starlette.applications import Starlette
from layers.routes import grant_all, map_routes
from twin.jobs import Jobs
from twin.workers import Workers

if __name__ == "__main__":
    database, folder, port, payloads = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
    with Jobs(database) as jobs, Workers(jobs, functions={"simulate": FUNCTION}, folder=folder, count=2) as workers:
        for payload in payloads:
            workers.submit("simulate", payload, "aoi")
        app = Starlette(routes=map_routes(grant_all, lambda name, *, encoding="": None))
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")
"""


def answered(port: int) -> float | None:
    """Seconds until /health answered; None while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.perf_counter()
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"ok": True})
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()
    return time.perf_counter() - began


def test_two_runs_at_once_while_the_server_answers(town: Path, tmp_path: Path) -> None:
    scenarios = [question("one", top=0.8), question("two", top=0.7)]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    payloads = json.dumps([payload(town, scenario, tmp_path) for scenario in scenarios])
    script = SERVER.replace("FUNCTION", repr(PLAIN))
    database = tmp_path / "jobs.sqlite"
    with subprocess.Popen([sys.executable, "-c", script, database, tmp_path / "dask", str(port), payloads], cwd=ROOT) as server:
        try:
            until(lambda: answered(port) is not None)
            with Jobs(database) as jobs:
                waits: list[float] = []
                until(lambda: all(job.status == "running" and job.done > 2 for job in jobs.list("aoi")))
                while all(job.unfinished for job in jobs.list("aoi")):
                    waits.append(answered(port) or 0.0)
                    time.sleep(0.02)
                done = {job.payload["scenario"]["name"]: ended(jobs, job) for job in jobs.list("aoi")}
        finally:
            server.send_signal(signal.SIGINT)
    assert len(waits) >= 5
    assert statistics.median(waits) < 0.2
    assert [(job.status, job.error) for job in done.values()] == [("done", None)] * 2
    begun, over = [job.started for job in done.values()], [job.finished for job in done.values()]
    assert max(begun) < min(over), "at the same time"
    for scenario in scenarios:
        assert numbers(run_of(done[scenario.name], tmp_path)) == numbers(undisturbed(town, scenario, tmp_path / scenario.name))
