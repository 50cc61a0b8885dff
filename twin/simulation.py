"""Run a scenario on a city from start to end, keeping the manifest up to date: in the command line and on workers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geodata.city import City
from geodata.errors import CityTwinError, InputError
from geodata.processors import processors
from twin.analysis import Finding, Series, analysed, installed_analyses, moment_variables, run_analysis
from twin.cancelled import Cancelled
from twin.duration import text_of
from twin.environment import environment
from twin.flood.caution import notes_of, result_notes
from twin.keys import source_digest
from twin.mobility.budget import PeopleBudget
from twin.mobility.notes import mobility_notes
from twin.model import Advance, Pulse, Twin
from twin.opened import opened_city, opened_store, opened_twin
from twin.outcome import OutcomeObserver, outcomes_of
from twin.question import Question
from twin.run import MANIFEST, Run, RunFolder, RunStep
from twin.scenario import Scenario
from twin.state import State
from twin.store import FieldStore
from twin.turns import take_turns
from twin.workspace import Workspace

if TYPE_CHECKING:
    from twin.work import Reporter  # brings the database along, which a command on one run does not need

Progress = Callable[[str, int, int], None]
"""Called with a text, the steps done and all steps; may raise to stop the run, which keeps what it has."""


def run_id(city: City, scenario: Scenario) -> str:
    """Name of a run: the same question asked of the same city has the same name.

    Examples
    --------
    The name begins with what people call the scenario, so that a folder of runs can be read.
    """
    digest = hashlib.blake2b(f"{city.fingerprint}\n{scenario.model_dump_json()}".encode(), digest_size=6).hexdigest()
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in scenario.name.lower())
    return f"{'-'.join(filter(None, words.split('-')))[:40] or 'run'}-{digest}"


def simulate(
    city: City, scenario: Scenario, *, store: FieldStore, folder: Path, city_path: Path | None = None,
    progress: Progress | None = None, pulse: Pulse | None = None, twin: Twin | None = None, preview: bool = False,
) -> Run:  # fmt: skip
    """Run a scenario, or what is left of it, and keep its manifest in a folder.

    Steps that the store knows are reused. Stopping at any moment, by an exception or by a kill, loses nothing that was
    computed: asked again, the run goes on where it was.

    Parameters
    ----------
    city, scenario
        The question.
    store
        Where fields are kept; those of the run are pinned there.
    folder
        Folder of the manifest; a run that is there already is replaced.
    city_path
        Where the city was opened from, as a hint for those who read the manifest.
    progress
        Told after every step.
    pulse
        Told in between how far a hook is that takes its time; may raise, as ``progress`` may.
    twin
        The twin of this city and store, if it is at hand, or one with some of the hooks only.
    preview
        Whether the run is there to be replaced by that of a finer city.

    Raises
    ------
    InputError
        When the city cannot answer the question, before anything is computed or written.
    """
    twin = twin or Twin(city, store)
    question = twin.ask(scenario)
    home = RunFolder(folder, store=store)
    notes = (*question.notes, *notes_of(question), *(() if preview else mobility_notes(question)))
    run = Run(
        run_id(city, scenario), scenario.model_dump(mode="json"), city.fingerprint, str(city_path or ""),
        notes=notes,
        versions={"city-twin": version("city-twin"), "sources": source_digest("twin")}
        | {hook.name: hook.version for hook in twin.order}
        | {analysis.name: analysis.version for analysis in installed_analyses()},
        environment=environment(), fidelity=city.fidelity, preview=preview,
    )  # fmt: skip
    home.save(run)
    observer, began, total = OutcomeObserver(), time.perf_counter(), len(question.steps)
    states: list[State] = []

    def within(hook: str, share: float) -> None:
        home.catch_up()
        if pulse is not None:
            pulse(hook, share)

    try:
        for number, (state, advance) in enumerate(twin.run(scenario, [observer, PeopleBudget()], pulse=within), 1):
            states.append(state)
            run = run.extended(_manifest_step(state, advance), wall=time.perf_counter() - began)
            home.save_soon(run)
            if progress is not None:
                progress(text_of(state.time), number, total)
        home.save(run)  # every state can be looked at while the analyses run
        findings = analyse(question, states, store)
    except Cancelled:
        home.save(replace(run, status="cancelled", outcomes=observer.values))
        raise
    except CityTwinError as error:
        told = {"template": error.template, "values": dict(error.values)}
        with suppress(CityTwinError):  # on a full disk neither can this be written: what is there stays as it is
            home.save(replace(run, status="failed", error=told, outcomes=observer.values))
        raise
    run = replace(run, notes=(*run.notes, *result_notes(states[-1])))
    run = replace(run.with_findings(findings), status="done", outcomes={
        **outcomes_of(analysed(states[0], 0, findings, installed_analyses(), store)), **observer.values,
    })  # fmt: skip
    home.save(run)
    return run


def analyse(question: Question, states: Sequence[State], store: FieldStore) -> tuple[Finding, ...]:
    """What hangs on the whole course of a run, such as the time left to get away at each of its moments.

    An analysis that reads what no hook of this run writes is left out.
    """
    there = states[-1].variables
    able = [a for a in installed_analyses() if all(r.variable.name in there for r in a.reads if isinstance(r, Series))]
    found = take_turns([set()] * len(able), lambda n: run_analysis(able[n], question, states, store), threads=processors())
    return tuple(found)


def _manifest_step(state: State, advance: Advance) -> RunStep:
    return RunStep(
        advance.step.start,
        advance.step.end,
        {deed.hook: deed.record.key for deed in advance.deeds},
        dict(state.digests),
        tuple(deed.hook for deed in advance.deeds if deed.computed),
    )


def states_of(run: Run, city: City, store: FieldStore) -> Iterator[State]:
    """The states of a finished or running run, without computing anything; those of a finished one tell what analyses found.

    Raises
    ------
    InputError
        When the city is not the one that the run was made on.
    """
    require_same_city(run, city)
    known = {**Twin(city, store).variables, **moment_variables(installed_analyses())}
    for step in run.steps:
        variables = {name: variable for name, variable in known.items() if name in step.fields}
        yield State(city, step.end, variables, step.fields, store.field)


def require_same_city(run: Run, city: City) -> None:
    """Raise `InputError` unless a run was made on this very city."""
    if run.city_fingerprint != city.fingerprint:
        raise InputError(
            "The run {run} was made on a city with the fingerprint {made}, this one has {now}; run the scenario again.",
            run=run.id, made=run.city_fingerprint, now=city.fingerprint,
        )  # fmt: skip


def summary(run: Run) -> dict[str, Any]:
    """What a script reads of a run: its outcomes, what was computed and what was reused.

    ``states`` counts the steps of the scenario. Where the flood engine computed the water, ``engine`` names its solver, and
    ``cells`` and ``steps`` are what it computed; else ``steps`` is the same as ``states``.
    """
    computed = sum(1 for step in run.steps if step.computed)
    water = run.scenario.get("water") or {}
    engine = {"engine": water["solver"], "cells": run.outcomes.get("engine_cells")} if water.get("source") == "engine" else {}
    return {
        "run": run.id, "scenario": run.scenario["name"], "city_fingerprint": run.city_fingerprint, "status": run.status,
        **run.outcomes,
        **engine, "states": len(run.steps), "steps": int(run.outcomes.get("engine_steps") or len(run.steps)),
        "steps_computed": computed, "steps_reused": len(run.steps) - computed,
        "hook_steps_computed": run.hooks_computed, "hook_steps_reused": run.hooks_reused,
        "notes": [note.text for note in run.notes], "wall_s": round(run.wall, 3),
    }  # fmt: skip


def simulate_job(payload: Mapping[str, Any], report: Reporter) -> dict[str, Any]:
    """A job for a worker: run a scenario on a city package.

    Parameters
    ----------
    payload
        ``city``: path of the package; ``scenario``: its plain values; ``workspace``: path of the workspace. Whoever
        asks adds the city's fingerprint and the digest of the sources: no answer of another city or version is taken for this.
    report
        Told after every step.
    """
    workspace = Workspace(Path(payload["workspace"]))
    path = Path(payload["city"])
    city, scenario = opened_city(path), Scenario.model_validate(payload["scenario"])
    name = run_id(city, scenario)
    report(0, len(scenario.boundaries()))
    run = simulate(
        city, scenario, store=opened_store(workspace), folder=workspace.runs / name, city_path=path,
        progress=lambda moment, done, total: report(done, total, "{moment}", moment=moment),
        pulse=lambda _, share: report.within(share), twin=opened_twin(city, workspace),
    )  # fmt: skip
    return {"path": str(workspace.runs / name / MANIFEST), **summary(run)}
