"""The desk at which pages put their questions: what is there is handed over, what is not is asked of the workers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from geodata.city import City
from geodata.errors import InputError
from twin.jobs import Job, Jobs
from twin.jobs.jobs import result_is_there
from twin.keys import source_digest
from twin.model import Twin
from twin.opened import opened_store, opened_twin
from twin.preview import preview_factor, preview_name, preview_states
from twin.run import Run, RunFolder
from twin.scenario import Scenario
from twin.simulation import run_id, states_of
from twin.state import State
from twin.store import FieldStore
from twin.workers import Workers
from twin.workspace import Workspace

RUN, LOOK, PREVIEW, PREPARE = "simulate", "look", "preview", "prepare"
FUNCTIONS = {
    RUN: "twin.simulation:simulate_job",
    LOOK: "twin.glance:look_job",
    PREVIEW: "twin.preview:preview_job",
    PREPARE: "twin.preview:prepare_job",
}
WARM = "twin.warm:warm_up"
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Asked:
    """A question that was put: the run as far as it is and can be shown, and the job that computes the rest, if any is left."""

    run: Run | None
    job: Job | None


@dataclass(frozen=True)
class Look:
    """One moment of a question, as far as it can be told at once.

    Parameters
    ----------
    state
        The state at that moment; None while it is not there, and for good when the job failed (``job.error`` says why).
    job
        The job that finds it; None when the run was there.
    left_out
        Variables that come with the whole run.
    """

    state: State | None
    job: Job | None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """A first answer on coarser cells.

    Parameters
    ----------
    run
        The run as far as it is; `Desk.preview_states` gives its pictures.
    job
        The job that computes it; None when it is whole.
    cell
        Length of its cells, m: the page says so.
    """

    run: Run | None
    job: Job | None
    cell: float


@dataclass(frozen=True)
class Listed:
    """A job in the list that a person sees.

    Parameters
    ----------
    job
        The job.
    title
        What people call the scenario.
    position
        Place in the queue, from 1; None when it runs or has ended.
    """

    job: Job
    title: str
    position: int | None


class Desk:
    """Where questions are put, for one process that serves pages.

    Parameters
    ----------
    workspace
        Where fields, runs and the job records are.
    scheduler
        Address of a Dask scheduler; None = workers on this machine.
    count, quick, looks
        How many workers do what (`Workers`).
    """

    def __init__(
        self, workspace: Workspace, *, scheduler: str | None = None, count: int = 2, quick: int = 1, looks: int = 1
    ) -> None:
        workspace.path.mkdir(parents=True, exist_ok=True)
        self.workspace = workspace
        self.store = opened_store(workspace)
        self.jobs = Jobs(workspace.database)
        self.workers = Workers(
            self.jobs, functions=FUNCTIONS, scheduler=scheduler, count=count, quick=quick, looks=looks,
            look_kinds={LOOK, PREVIEW, PREPARE}, warm=WARM, folder=workspace.path / "workers",
        )  # fmt: skip

    def close(self) -> None:
        """End the workers, and close the job records."""
        self.workers.close()
        self.jobs.close()

    def start(self, paths: Iterable[Path] = ()) -> None:
        """Start the workers in the background, and let them open these cities before anybody asks."""
        self.workers.start()
        for path in paths:
            payload = {"city": str(path.resolve()), "workspace": str(self.workspace.path), "now": time.time()}
            self.workers.submit(PREPARE, payload, "")

    def ask(self, path: Path, city: City, scenario: Scenario, owner: str) -> Asked:
        """The run of a scenario if it is there and whole, else as far as it is, and the job that computes the rest.

        Parameters
        ----------
        path, city
            The package, and the city opened from it.
        scenario
            The question.
        owner
            Who asks.
        """
        folder = self.workspace.runs / run_id(city, scenario)
        run = standing_run(folder, self.store)
        if run is not None and run.status == "done":
            return Asked(run, None)
        return Asked(run, self._submit(RUN, self._payload(path, city, scenario), owner, folder))

    def look(self, path: Path, city: City, scenario: Scenario, moment: int, owner: str, *, wait: float = 0.5) -> Look:
        """One moment of a scenario, before the run is there.

        Parameters
        ----------
        path, city, scenario, owner
            As for `ask`.
        moment
            Seconds since the scenario's start.
        wait
            Seconds to wait for it at most.
        """
        run = standing_run(self.workspace.runs / run_id(city, scenario), self.store)
        if run is not None and (step := next((step for step in run.steps if step.end == moment), None)) is not None:
            return Look(next(states_of(replace(run, steps=(step,)), city, self.store)), None)
        payload = {**self._payload(path, city, scenario), "moment": moment}
        job = self.workers.submit(LOOK, payload, owner, still_valid=partial(_fields_are_there, self.store))
        until = time.monotonic() + wait
        while job.unfinished and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
            job = self.jobs.get(job.id)
        if job.status != "done":
            return Look(None, job)
        return Look(self.twin(city).state(job.result["time"], job.result["fields"]), job, tuple(job.result["left_out"]))

    def preview(self, path: Path, city: City, scenario: Scenario, owner: str) -> Preview | None:
        """A first answer of the flood engine on coarser cells; None where no engine computes, or the city is small enough.

        Parameters
        ----------
        path, city, scenario, owner
            As for `ask`.
        """
        factor = preview_factor(city, scenario)
        if factor is None or factor == 1:
            return None
        folder = self.workspace.runs / preview_name(city, scenario, factor)
        run, cell = standing_run(folder, self.store), city.grid.cell * factor
        if run is not None and run.status == "done":
            return Preview(run, None, cell)
        payload = {**self._payload(path, city, scenario), "factor": factor}
        return Preview(run, self._submit(PREVIEW, payload, owner, folder), cell)

    def preview_states(self, city: City, preview: Preview) -> tuple[State, ...]:
        """The states of a preview, to be drawn as states of the city itself."""
        return () if preview.run is None else tuple(preview_states(preview.run, city, self.store))

    def jobs_of(self, owner: str | None = None, *, recent: int = 20) -> tuple[Listed, ...]:
        """Runs that somebody, or anybody, asked for: those that go on, those that wait in their order, then the latest others.

        Parameters
        ----------
        owner
            Who asked; None = anybody.
        recent
            How many that have ended.
        """
        queue = [job.id for job in self.jobs.unfinished() if job.status == "queued" and job.kind == RUN]
        mine = {job.id: job for job in (*self.jobs.unfinished(owner), *self.jobs.list(owner, kind=RUN, limit=recent))}
        place = {name: number for number, name in enumerate(queue, 1)}
        listed = [
            Listed(job, str(job.payload["scenario"]["name"]), place.get(job.id)) for job in mine.values() if job.kind == RUN
        ]
        return tuple(sorted(listed, key=lambda each: (not each.job.unfinished, each.position or 0)))

    def cancel(self, job_id: str, owner: str | None = None) -> Job:
        """Stop a job, or, while somebody else wants it, no longer wait for it; nothing that was computed is lost."""
        return self.jobs.cancel(job_id, owner=owner)

    def _payload(self, path: Path, city: City, scenario: Scenario) -> dict[str, Any]:
        return {
            "city": str(path.resolve()), "city_fingerprint": city.fingerprint, "sources": source_digest("twin"),
            "scenario": scenario.model_dump(mode="json"), "workspace": str(self.workspace.path),
        }  # fmt: skip

    def _submit(self, kind: str, payload: Mapping[str, Any], owner: str, folder: Path) -> Job:
        def valid(job: Job) -> bool:
            run = standing_run(folder, self.store) if result_is_there(job) else None
            return run is not None and run.status == "done"

        return self.workers.submit(kind, payload, owner, still_valid=valid)

    def twin(self, city: City) -> Twin:
        """The twin of a city with every installed hook, kept open."""
        return opened_twin(city, self.workspace)


def standing_run(folder: Path, store: FieldStore) -> Run | None:
    """The run in a folder as far as it can be shown: computed by these sources, up to the first step that lost a field.

    A run that was done and has lost fields counts as running: it is to be asked for again.
    """
    with suppress(InputError):
        run = RunFolder(folder).load()
        if run.versions.get("sources") != source_digest("twin"):
            return None
        there = next((n for n, step in enumerate(run.steps) if not all(map(store.has, step.fields.values()))), len(run.steps))
        if there == len(run.steps):
            return run
        return replace(run, steps=run.steps[:there], status="running" if run.status == "done" else run.status)
    return None


def _fields_are_there(store: FieldStore, job: Job) -> bool:
    return all(map(store.has, job.result["fields"].values()))
