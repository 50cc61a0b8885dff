"""What the pages share in this server's process: cities, workers, runs, the reader's language."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread

import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError, InputError
from geodata.finder import Finder
from geodata.package import open_city
from layers.blobs import shared_blobs
from layers.language import LANGUAGES, Language
from layers.map_component import Driving
from layers.scene import Scene, home_view, scene_of
from layers.timing import driving_of
from layers.view import View
from twin.jobs import Job, Jobs
from twin.keys import source_digest
from twin.run import Run, RunFolder
from twin.scenario import Scenario
from twin.scenario.presets import presets
from twin.simulation import run_id, states_of
from twin.state import State
from twin.store import FolderStore
from twin.workers import Workers
from twin.workspace import Workspace

OWNER = "everybody"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """A question that a page has put: the run as far as it is, and the job that computes the rest."""

    run: Run | None
    job: Job | None


def language() -> Language:
    """The reader's language: from the switch, else from the link, else from the browser."""
    preferred = str(st.context.locale or "en").partition("-")[0]
    code = st.session_state.get("language") or st.query_params.get("lang") or preferred
    return Language(code if code in LANGUAGES else "en")


def workspace() -> Workspace:
    """Where computed fields, runs and the database are."""
    made = Workspace.default()
    made.path.mkdir(parents=True, exist_ok=True)
    return made


def store() -> FolderStore:
    """The field store that this process reads from."""
    return _store(workspace())


@cache
def _store(at: Workspace) -> FolderStore:
    return at.store()


def workers() -> Workers:
    """The workers that run scenarios; never this process."""
    return _workers(workspace())


@cache
def _workers(at: Workspace) -> Workers:
    made = Workers(
        Jobs(at.database), functions={"simulate": "twin.simulation:simulate_job"},
        scheduler=os.environ.get("CITY_TWIN_SCHEDULER"), folder=at.path / "workers",
    )  # fmt: skip
    made.start()
    return made


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Start the workers with the server and let them compute what the first reader of each city will ask for."""
    Thread(target=_prepare, name="preparing the first answers", daemon=True).start()
    yield


def _prepare() -> None:
    for path in city_paths().values():
        try:
            opened = open_city(path)
            first = next(iter(presets(opened).values()))
            ask(path, opened, first)
        except CityTwinError as error:
            log.warning("%s is not prepared: %s", path, error)


def city_paths() -> dict[str, Path]:
    """The city packages that are served: CITY_TWIN_CITY names one, or a folder of them."""
    named = Path(os.environ.get("CITY_TWIN_CITY", "var/cities/kawabe"))
    if (named / "city.toml").exists():
        return {named.name: named}
    return {found.parent.name: found.parent for found in sorted(named.glob("*/city.toml"))}


def city_path() -> Path:
    """The package of the city that the reader has chosen, else of the first one.

    Raises
    ------
    InputError
        When there is none.
    """
    paths = city_paths()
    chosen = st.session_state.get("city") or st.query_params.get("city", "")
    if not paths:
        raise InputError(
            "There is no city in {path}; make one with city-twin sample or city-twin import.",
            path=os.environ.get("CITY_TWIN_CITY", "var/cities/kawabe"),
        )
    return paths.get(chosen) or next(iter(paths.values()))


@st.cache_resource(max_entries=4)
def _opened(path: Path, modified: float) -> City:  # noqa: ARG001 (a package written anew is opened anew)
    return open_city(path)


def city() -> City:
    """The city that the reader has chosen."""
    path = city_path()
    return _opened(path, (path / "city.toml").stat().st_mtime)


@st.cache_resource(max_entries=4, hash_funcs={City: lambda opened: opened.fingerprint})
def finder(of: City) -> Finder:
    """The search of a city."""
    return Finder(of)


def ask(path: Path, of: City, scenario: Scenario) -> Asked:
    """The run of a scenario if it is there and whole, else the job that computes it."""
    folder = workspace().runs / run_id(of, scenario)
    run = _run(folder)
    if run is not None and run.status == "done":
        if all(map(store().has, run.digests)):
            return Asked(run, None)
        # Its fields were evicted: without its manifest the finished job counts as gone, and is done again.
        RunFolder(folder, store=store()).delete()
    payload = {
        "city": str(path.resolve()), "city_fingerprint": of.fingerprint, "sources": source_digest("twin"),
        "scenario": scenario.model_dump(mode="json"), "workspace": str(workspace().path),
    }  # fmt: skip
    return Asked(run, workers().submit("simulate", payload, OWNER))


def _run(folder: Path) -> Run | None:
    try:
        return RunFolder(folder).load()
    except InputError:
        return None


@st.cache_resource(
    max_entries=16, hash_funcs={City: lambda opened: opened.fingerprint, Run: lambda run: (run.id, len(run.steps))}
)
def shown_states(of: City, run: Run) -> tuple[State, ...]:
    """The states of a run that its scenario shows."""
    scenario = Scenario.model_validate(run.scenario)
    moments = set(scenario.shown())
    return tuple(state for state in states_of(run, of, store()) if state.time in moments)


@st.cache_resource(
    max_entries=32,
    hash_funcs={
        City: lambda opened: opened.fingerprint,
        Run: lambda run: (run.id, len(run.steps)),
        Language: lambda spoken: spoken.code,
    },
)
def scene(of: City, run: Run | None, spoken: Language, scale: str, theme: str) -> Scene:
    """The picture of a run, or of the city alone."""
    states = shown_states(of, run) if run is not None else ()
    driving: Driving | None = driving_of(Scenario.model_validate(run.scenario), states) if run is not None else None
    return scene_of(of, states, blobs=shared_blobs(), language=spoken, scale=scale, theme=theme, driving=driving)


@st.cache_resource(max_entries=16, hash_funcs={City: lambda opened: opened.fingerprint, Scene: lambda shown: shown.timeline})
def home(of: City, shown: Scene) -> View:
    """The view that the explore page opens with."""
    return home_view(of, shown.timeline.driving if shown.timeline else None)


def scenarios(of: City) -> dict[str, Scenario]:
    """What can be asked without writing a scenario, and what the reader has uploaded."""
    return {**presets(of), **st.session_state.get("uploaded", {})}
