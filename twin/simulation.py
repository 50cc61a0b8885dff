"""Run a scenario on a city from start to end, keeping the manifest up to date: in the command line and on workers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from geodata.city import City
from geodata.errors import CityTwinError, InputError
from geodata.package import open_city
from twin.analysis import analysed, installed_analyses, run_analysis
from twin.duration import text_of
from twin.flood.question import notes_of
from twin.keys import source_digest
from twin.model import Advance, Twin
from twin.outcome import OutcomeObserver, outcomes_of
from twin.question import Question
from twin.run import MANIFEST, Run, RunFolder, RunStep
from twin.scenario import Engine, Scenario
from twin.state import State
from twin.store import FieldStore
from twin.workers import Cancelled, Reporter
from twin.workspace import Workspace

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
    progress: Progress | None = None,
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

    Raises
    ------
    InputError
        When the city cannot answer the question, before anything is computed or written.
    """
    twin = Twin(city, store)
    question = twin.ask(scenario)
    home = RunFolder(folder, store=store)
    run = Run(
        run_id(city, scenario), scenario.model_dump(mode="json"), city.fingerprint, str(city_path or ""),
        notes=(*(note.text for note in question.notes), *engine_notes(question)),
        versions={"city-twin": version("city-twin"), "sources": source_digest("twin")}
        | {hook.name: hook.version for hook in twin.order},
    )  # fmt: skip
    home.save(run)
    observer, began, total = OutcomeObserver(), time.perf_counter(), len(question.steps)
    states: list[State] = []
    try:
        for number, (state, advance) in enumerate(twin.run(scenario, [observer]), 1):
            states.append(state)
            run = run.extended(_manifest_step(state, advance), wall=time.perf_counter() - began)
            home.save_soon(run)
            if progress is not None:
                progress(text_of(state.time), number, total)
    except Cancelled:
        home.save(replace(run, status="cancelled", outcomes=observer.values))
        raise
    except CityTwinError as error:
        home.save(
            replace(
                run, status="failed", error={"template": error.template, "values": dict(error.values)}, outcomes=observer.values
            )
        )
        raise
    run = replace(run, status="done", outcomes={**look_ahead(question, states, store), **observer.values})
    home.save(run)
    return run


def engine_notes(question: Question) -> tuple[str, ...]:
    """What the flood engine says about its own result, when the scenario uses it."""
    water = question.scenario.water
    return notes_of(question, water) if isinstance(water, Engine) else ()


def look_ahead(question: Question, states: Sequence[State], store: FieldStore) -> dict[str, Any]:
    """Outcomes at the start of a run that hang on its whole course, such as the time left to get away."""
    analyses = installed_analyses()
    findings = [run_analysis(analysis, question, states, store) for analysis in analyses]
    return outcomes_of(analysed(states[0], 0, findings, analyses, store))


def _manifest_step(state: State, advance: Advance) -> RunStep:
    return RunStep(
        advance.step.start,
        advance.step.end,
        {deed.hook: deed.record.key for deed in advance.deeds},
        dict(state.digests),
        tuple(deed.hook for deed in advance.deeds if deed.computed),
    )


def states_of(run: Run, city: City, store: FieldStore) -> Iterator[State]:
    """The states of a finished or running run, without computing anything.

    Raises
    ------
    InputError
        When the city is not the one that the run was made on.
    """
    require_same_city(run, city)
    twin = Twin(city, store)
    for step in run.steps:
        yield twin.state(step.end, step.fields)


def require_same_city(run: Run, city: City) -> None:
    """Raise `InputError` unless a run was made on this very city."""
    if run.city_fingerprint != city.fingerprint:
        raise InputError(
            "The run {run} was made on a city with the fingerprint {made}, this one has {now}; run the scenario again.",
            run=run.id, made=run.city_fingerprint, now=city.fingerprint,
        )  # fmt: skip


def summary(run: Run) -> dict[str, Any]:
    """What a script reads of a run: its outcomes, what was computed and what was reused."""
    computed = sum(1 for step in run.steps if step.computed)
    return {
        "run": run.id, "scenario": run.scenario["name"], "city_fingerprint": run.city_fingerprint, "status": run.status,
        **run.outcomes,
        "steps": len(run.steps), "steps_computed": computed, "steps_reused": len(run.steps) - computed,
        "hook_steps_computed": run.hooks_computed, "hook_steps_reused": run.hooks_reused,
        "notes": list(run.notes), "wall_s": round(run.wall, 3),
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
    city, scenario = open_city(path), Scenario.model_validate(payload["scenario"])
    name = run_id(city, scenario)
    run = simulate(
        city, scenario, store=workspace.store(), folder=workspace.runs / name, city_path=path,
        progress=lambda moment, done, total: report(done, total, "{moment}", moment=moment),
    )  # fmt: skip
    return {"path": str(workspace.runs / name / MANIFEST), **summary(run)}
