"""The desk with real workers: looks overtake, long runs step aside, nothing is lost by a cancel or a kill within a step."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from geodata.city import City, LayersInMemory
from geodata.grid import Grid
from geodata.joins import stored_overlays
from geodata.package import open_city, write_package
from geodata.report import ImportReport
from tests.twin.towns import small_town
from twin.desk import Desk, standing_run
from twin.jobs import Job
from twin.run import RunFolder
from twin.scenario import Scenario
from twin.simulation import run_id
from twin.workspace import Workspace

ROOT = Path(__file__).parents[2]
NICE = 2

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workers"), pytest.mark.timeout(600)]


def bowl(size: int, cell: float) -> City:
    """Terrain alone that falls to its middle, rough enough not to be compressed away."""
    y, x = np.mgrid[:size, :size]
    rough = np.random.default_rng(1).uniform(0, 0.2, (size, size))
    elevation = (0.02 * (np.abs(x - size / 2) + np.abs(y - size / 2)) + rough).astype(np.float32)
    grid = Grid(0.0, size * cell, cell, size, size, "EPSG:6677")
    return City("Bowl", grid, LayersInMemory({}, {"elevation": elevation}, stored_overlays({}, elevation, grid)))


def storm(name: str, *, duration: int, step: int) -> Scenario:
    rain = {"rates": [{"at": 0, "value": 80}]}
    water = {"source": "engine", "rain": rain, "open_edges": []}
    return Scenario.model_validate({"name": name, "duration": duration, "step": step, "water": water})


def long_storm(name: str, rain: float = 80.0) -> Scenario:
    """One step that takes minutes to compute, after the one that sets the state at time 0."""
    water = {"source": "engine", "rain": {"rates": [{"at": 0, "value": rain}]}, "open_edges": []}
    return Scenario.model_validate({"name": name, "duration": 40_000, "step": 40_000, "water": water})


def flood(name: str, top: float = 1.0) -> Scenario:
    curve = [{"at": 0, "value": 0.0}, {"at": 3600, "value": top}]
    return Scenario.model_validate(
        {"name": name, "duration": 3600, "step": 1200, "water": {"source": "hazard_map", "curve": curve}}
    )


def until(condition: Callable[[], Any], seconds: float = 240) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("cities")
    write_package(small_town(), ImportReport(), folder / "town")
    write_package(bowl(700, 1.0), ImportReport(), folder / "bowl")
    write_package(bowl(300, 5.0), ImportReport(), folder / "pan")
    return {name: folder / name for name in ("town", "bowl", "pan")}


@pytest.fixture(scope="module")
def desk(places: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(Workspace(tmp_path_factory.mktemp("home")), count=1, quick=1, looks=1)
    desk.start([places["town"]])
    until(lambda: desk.workers.ready)
    until(lambda: not desk.jobs.unfinished())
    yield desk
    desk.close()


def within_a_step(desk: Desk, job: Job) -> Job:
    """Wait until a job that runs has told of being in the midst of its long step; what a queued one told before is old."""

    def there() -> Job | None:
        now = desk.jobs.get(job.id)
        assert now.unfinished, (now.status, now.error)
        return now if now.status == "running" and now.message.values.get("within", 0) > 0 and now.done else None

    return until(there)


def ended(desk: Desk, job: Job) -> Job:
    until(lambda: not desk.jobs.get(job.id).unfinished)
    return desk.jobs.get(job.id)


def long_worker(desk: Desk) -> psutil.Process:
    """The process for long runs: the one that gives way to the others (Linux keeps that for each thread)."""
    assert desk.workers._cluster is not None
    family = psutil.Process(desk.workers._cluster.process_id).children(recursive=True)
    return next(process for process in family if any(nice == NICE for nice in niceness(process.pid)))


def niceness(pid: int) -> list[int]:
    """Of every thread of a process; field 19 of its line, counted behind the name."""
    tasks = Path(f"/proc/{pid}/task").glob("*/stat")
    return [int(task.read_text().rpartition(")")[2].split()[16]) for task in tasks]


def test_one_long_run_after_another_while_looks_and_short_runs_go_by(desk: Desk, places: dict[str, Path]) -> None:
    city, town = open_city(places["bowl"]), open_city(places["town"])
    first = desk.ask(places["bowl"], city, long_storm("first"), "aoi").job
    assert first is not None
    share = within_a_step(desk, first).share
    assert share is not None
    until(lambda: (desk.jobs.get(first.id).share or 0) > share)

    look = desk.look(places["town"], town, flood("seen"), 1200, "ren", wait=30)
    assert look.state is not None
    assert look.state.time == 1200
    assert look.state.field("water_depth").shape == town.grid.shape
    assert desk.jobs.get(first.id).status == "running", "it did not wait for the long run"
    again = desk.look(places["town"], town, flood("seen"), 1200, "ren", wait=30)
    assert again.job is not None
    assert look.job is not None
    assert again.job.id == look.job.id, "seen once, known for good"

    second = desk.ask(
        places["bowl"], city, long_storm("second", 81.0), "ren"
    ).job  # begins with the quick ones, and leaves them
    assert second is not None
    until(lambda: desk.jobs.get(second.id).status == "queued" and desk.jobs.get(second.id).done)
    short = desk.ask(places["town"], town, flood("short"), "mio").job
    assert short is not None
    assert ended(desk, short).status == "done"
    run = desk.ask(places["town"], town, flood("short"), "mio")
    assert run.job is None
    assert run.run is not None

    listed = desk.jobs_of()
    assert [(each.title, each.position, each.job.status) for each in listed] == [
        ("first", None, "running"), ("second", 1, "queued"), ("short", None, "done"),
    ]  # fmt: skip
    assert [each.title for each in desk.jobs_of("ren")] == ["second"]

    asked = time.monotonic()
    desk.cancel(first.id, "aoi")
    assert ended(desk, first).status == "cancelled"
    assert time.monotonic() - asked < 2.0, "in the midst of a step"
    kept = RunFolder(desk.workspace.runs / run_id(city, long_storm("first"))).load()
    assert (kept.status, [step.end for step in kept.steps]) == ("cancelled", [0])

    assert (within_a_step(desk, second).status, desk.jobs.get(second.id).attempt) == ("running", 1)
    os.kill(long_worker(desk).pid, signal.SIGKILL)
    until(lambda: desk.jobs.get(second.id).attempt == 2)
    within_a_step(desk, second)
    folder = RunFolder(desk.workspace.runs / run_id(city, long_storm("second", 81.0)))
    until(lambda: folder.load().steps)
    assert folder.load().steps[0].computed == (), "what was computed before the kill was found"
    desk.cancel(second.id)
    assert ended(desk, second).status == "cancelled"


def test_a_worker_killed_in_the_midst_of_an_engine_step_loses_no_finished_step(desk: Desk, places: dict[str, Path]) -> None:
    city, scenario = open_city(places["pan"]), storm("killed", duration=18_000, step=6000)
    job = desk.ask(places["pan"], city, scenario, "aoi").job
    assert job is not None

    def in_the_third_step() -> bool:
        now = desk.jobs.get(job.id)
        assert now.unfinished, (now.status, now.error)
        return now.done == 2 and now.message.values.get("within", 0) > 0

    until(in_the_third_step)
    os.kill(long_worker(desk).pid, signal.SIGKILL)
    folder = desk.workspace.runs / run_id(city, scenario)
    kept = RunFolder(folder).load()
    assert (kept.status, [step.end for step in kept.steps]) == ("running", [0, 6000])
    assert all("inundation" in step.computed for step in kept.steps)

    now = ended(desk, job)
    assert (now.status, now.attempt) == ("done", 2)
    whole = RunFolder(folder).load()
    assert [step.end for step in whole.steps] == [0, 6000, 12_000, 18_000]
    assert [step.computed for step in whole.steps[:2]] == [(), ()], "what was finished before the kill was found"
    assert "inundation" in whole.steps[2].computed
    for before, after in zip(kept.steps, whole.steps[:2], strict=True):
        assert before.fields.items() <= after.fields.items()  # and what is found at the end of a whole run


def test_a_run_that_lost_a_field_is_asked_for_again(desk: Desk, places: dict[str, Path]) -> None:
    town = open_city(places["town"])
    job = desk.ask(places["town"], town, flood("lost", 0.7), "aoi").job
    assert job is not None
    ended(desk, job)
    run = desk.ask(places["town"], town, flood("lost", 0.7), "aoi").run
    assert run is not None
    only = set(run.steps[2].fields.values()) - {d for step in run.steps[:2] for d in step.fields.values()}
    for digest in only:
        desk.store._field_path(digest).unlink(missing_ok=True)
        desk.store._memory._arrays.pop(digest, None)
    folder = desk.workspace.runs / run_id(town, flood("lost", 0.7))
    part = standing_run(folder, desk.store)
    assert part is not None
    assert (part.status, len(part.steps)) == ("running", 2)
    asked = desk.ask(places["town"], town, flood("lost", 0.7), "aoi")
    assert asked.job is not None
    assert asked.job.id != job.id
    assert ended(desk, asked.job).status == "done"
    whole = desk.ask(places["town"], town, flood("lost", 0.7), "aoi")
    assert whole.job is None
    assert whole.run is not None
    assert [step.fields for step in whole.run.steps] == [step.fields for step in run.steps]


CLI = "from twin.command_line import main; raise SystemExit(main())"


def test_a_disk_that_is_full_during_a_run_says_so_and_the_run_goes_on_later(tmp_path: Path) -> None:
    write_package(bowl(300, 10.0), ImportReport(), tmp_path / "bowl")
    scenario = storm("full", duration=1800, step=600)
    (tmp_path / "storm.yaml").write_text(scenario.to_yaml())
    words = ["simulate", str(tmp_path / "bowl"), str(tmp_path / "storm.yaml"), "--out", str(tmp_path / "run"), "--json"]
    environment = os.environ | {
        "CITY_TWIN_HOME": str(tmp_path / "home"),
        "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", ""),
    }
    environment = {name: value for name, value in environment.items() if value}
    command = [sys.executable, "-c", CLI, *words]

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))  # the system refuses what is longer, as a full disk does

    first = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, preexec_fn=no_room
    )  # fmt: skip
    assert first.returncode != 0
    assert "Traceback" not in first.stderr
    assert "is full" in first.stderr
    assert first.stdout == ""
    run = RunFolder(tmp_path / "run").load()
    assert run.status == "failed"
    assert run.error is not None
    assert "is full" in run.error["template"]
    assert list((tmp_path / "home" / "fields" / "partial").iterdir()) == [], "nothing half written"

    second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    run = RunFolder(tmp_path / "run").load()
    assert (run.status, len(run.steps)) == ("done", 4)
