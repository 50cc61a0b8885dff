"""What the pages share in this server's process: cities, workers, runs, the reader's language."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError, InputError
from geodata.finder import Finder
from geodata.package import open_city
from layers.blobs import shared_blobs
from layers.language import LANGUAGES, Language
from layers.map_component import Driving
from layers.relief import Relief
from layers.scene import Look, Scene, home_view, relief_of, scene_of
from layers.timing import driving_of
from layers.view import View
from twin.desk import Asked, Desk, Listed, standing_run
from twin.difference import HookDifference, differences
from twin.jobs import Job
from twin.run import MANIFEST, Run, RunFolder
from twin.scenario import Scenario
from twin.scenario.presets import presets
from twin.simulation import run_id, states_of
from twin.state import State
from twin.store import FieldStore
from twin.workers import Workers
from twin.workspace import Workspace

OWNER = "everybody"
PUBLIC = "CITY_TWIN_PUBLIC"
"""Set by ``city-twin serve --public``: nothing is computed, and whatever is told may be published."""
LOOK_SECONDS = 0.6
"""So long a page waits for the moment that is looked at: a changed road takes less, and the map changes once."""
WORTH = 1.5
"""A growing run is drawn again when it tells so many times more moments than before: a page that flickers is no help."""
SWITCH_SECONDS = 0.001
"""So long a thread of this process keeps the interpreter while others wait for it: a fifth of what Python lets it."""
log = logging.getLogger(__name__)


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


def desk() -> Desk:
    """Where questions are put; the workers compute, never this process."""
    return _desk(workspace())


@cache
def _desk(at: Workspace) -> Desk:
    return Desk(at, scheduler=os.environ.get("CITY_TWIN_SCHEDULER"))


def store() -> FieldStore:
    """The field store that this process reads from."""
    return desk().store


def workers() -> Workers:
    """The workers that run scenarios; never this process."""
    return desk().workers


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Start the workers with the server and let them compute what the first reader of each city will ask for."""
    # What a page has sent goes out, and what a browser asks for comes in, while other threads compute.
    sys.setswitchinterval(SWITCH_SECONDS)
    Thread(target=_prepare, name="preparing the first answers", daemon=True).start()
    yield


def _prepare() -> None:
    paths = city_paths()
    if for_the_public():
        return
    try:
        desk().start(paths.values())
    except CityTwinError as error:
        log.warning("the workers are not started: %s", error)
        return
    for path in paths.values():
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


def for_the_public() -> bool:
    """Whether this server was started for the public: then nothing of it tells what may not be published."""
    return os.environ.get(PUBLIC, "") not in ("", "0")


def is_published(of: City, scenario: Scenario) -> bool:
    """Whether this server answers a scenario: for the public only what somebody inside has computed."""
    if not for_the_public():
        return True
    run = standing_run(workspace().runs / run_id(of, scenario), store())
    return run is not None and run.status == "done"


def ask(path: Path, of: City, scenario: Scenario) -> Asked:
    """The run of a scenario if it is there and whole, else as far as it is, and the job that computes the rest.

    Raises
    ------
    InputError
        When the city cannot answer it; on a server for the public, when nobody has computed it.
    """
    if for_the_public():
        run = standing_run(workspace().runs / run_id(of, scenario), store())
        if run is None or run.status != "done":
            raise InputError("The answer to {name} is not published here; ask whoever sent you the link.", name=scenario.name)
        return Asked(run, None)
    return desk().ask(path, of, scenario, OWNER)


ESSENTIAL = (
    "water_depth", "building_depth", "building_depth_low", "building_rank", "building_rank_peak", "building_official_rank",
    "building_arrival", "building_wet_time", "road_depth", "road_open", "shelter_depth", "shelter_usable", "shelter_reason",
    "facility_depth", "sensor_reading", "sensor_observed",
)  # fmt: skip
"""Without these a moment cannot be shown: a page waits for the run, or shows the preview, until they are there."""


def showable(state: State | None) -> State | None:
    """A state that was found at a glance, if it tells enough to be shown."""
    return state if state is not None and all(map(state.has, ESSENTIAL)) else None


@dataclass(frozen=True)
class Found:
    """What there is of an answer.

    Parameters
    ----------
    run
        The run, as far as it is.
    look
        The moment that the reader looks at, before the run has come to it.
    preview
        All moments on coarser cells.
    cell
        Length of these cells, m.
    """

    run: Run | None
    look: State | None = None
    preview: tuple[State, ...] = ()
    cell: float = 0.0


def answer_of(of: City, scenario: Scenario, moment: int, *, wait: float = LOOK_SECONDS) -> Found:
    """The answer to a scenario as far as it is there, and the moment shown; `in_hand` asks for the rest.

    They are two calls so that a page can show that moment before the other ones are computed: these want the processors that
    the page, the browser and the bytes of that moment need.

    Parameters
    ----------
    of, scenario
        The question.
    moment
        The moment that the reader looks at, s since the scenario's start.
    wait
        Seconds that the page may wait for that moment.
    """
    path, at = city_path(), desk()
    there = standing_run(workspace().runs / run_id(of, scenario), at.store)
    if there is not None and there.status == "done":
        return Found(there)
    preview = at.preview(path, of, scenario, OWNER)
    look = showable(at.look(path, of, scenario, moment, OWNER, wait=0.0 if preview else wait).state)
    if preview is None:
        return Found(there, look)
    return Found(there, look, at.preview_states(of, preview), preview.cell)


def in_hand(of: City, scenario: Scenario) -> Job | None:
    """What computes a scenario, put in hand if nothing does; None when all of it is there."""
    return desk().ask(city_path(), of, scenario, OWNER).job


def kept_of(of: City, scenario: Scenario) -> tuple[Run | None, tuple[State, ...], float]:
    """What is there of an answer that was stopped: the run as far as it came, the preview, the length of its cells, m."""
    path, at = city_path(), desk()
    run = standing_run(workspace().runs / run_id(of, scenario), at.store)
    preview = at.preview(path, of, scenario, OWNER)
    return (run, (), 0.0) if preview is None else (run, at.preview_states(of, preview), preview.cell)


def more_to_see(of: City, scenario: Scenario, moment: int, *, origin: str, told: int) -> bool:
    """Whether more has come in since a page was drawn that is worth drawing it again, before the run is whole.

    Parameters
    ----------
    of, scenario
        The question.
    moment
        The moment that the reader looks at, s.
    origin
        Where the state of that moment on the page comes from, see `pages.answer`.
    told
        How many moments on the page are of the run.
    """
    path, at = city_path(), desk()
    if origin not in ("run", "look") and showable(at.look(path, of, scenario, moment, OWNER, wait=0.0).state) is not None:
        return True
    if origin in ("", "before"):
        preview = at.preview(path, of, scenario, OWNER)
        if preview is not None and preview.run is not None and any(step.end >= moment for step in preview.run.steps):
            return True
    run = standing_run(workspace().runs / run_id(of, scenario), at.store)
    if run is None:
        return False
    moments = set(scenario.shown())
    there = len(moments & {step.end for step in run.steps})
    # All moments are there before the figures of the whole run are: they are not waited for.
    return there > WORTH * told + 2 or told < there == len(moments)


def stop(job_id: str) -> None:
    """Stop a computation; what is done is kept."""
    desk().cancel(job_id)


def jobs() -> tuple[Listed, ...]:
    """Computations that were asked for, those that are not finished first."""
    return desk().jobs_of(OWNER)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs={City: lambda opened: opened.fingerprint, Scenario: hash})
def fault_of(of: City, scenario: Scenario) -> tuple[str, dict[str, object]] | None:
    """Why a scenario cannot be asked of a city, as template and values; None when it can."""
    try:
        desk().twin(of).ask(scenario)
    except InputError as error:
        return error.template, dict(error.values)
    return None


@st.cache_resource(max_entries=32, hash_funcs={City: lambda opened: opened.fingerprint})
def rows(of: City, table: str) -> dict[str, int]:
    """Row of each element of a table by its id."""
    return {name: number for number, name in enumerate(of.table(table)["id"])}


def outcomes_of_run(name: str) -> Mapping[str, Any] | None:
    """Figures of a run that is whole; None when it is not there or has not ended."""
    folder = workspace().runs / name
    run = RunFolder(folder).load() if (folder / MANIFEST).exists() else None
    return run.outcomes if run is not None and run.status == "done" else None


@st.cache_resource(
    max_entries=64,
    hash_funcs={
        City: lambda opened: opened.fingerprint, Scenario: hash, Run: lambda run: (run.id, run.status, len(run.steps)),
    },
)  # fmt: skip
def reasons(of: City, scenario: Scenario, base: Scenario | None, run: Run | None) -> tuple[HookDifference, ...]:
    """What is reused and what is computed again beside another scenario, and why; of a run that is whole, what was."""
    before = None if base is None or run is None else standing_run(workspace().runs / run_id(of, base), store())
    return differences(of, store(), scenario, base, run=run, before=before)


@st.cache_resource(
    max_entries=16, show_spinner=False,
    hash_funcs={City: lambda opened: opened.fingerprint, Run: lambda run: (run.id, len(run.steps))},
)  # fmt: skip
def shown_states(of: City, run: Run) -> tuple[State, ...]:
    """The states of a run that its scenario shows."""
    scenario = Scenario.model_validate(run.scenario)
    moments = set(scenario.shown())
    return tuple(state for state in states_of(run, of, store()) if state.time in moments)


@st.cache_resource(
    max_entries=32,
    show_spinner=False,  # a word of it would come over the network before the map does
    hash_funcs={
        City: lambda opened: opened.fingerprint,
        State: lambda state: state.content,
        Scenario: hash,
        Language: lambda spoken: spoken.code,
    },
)
def scene(
    of: City, states: tuple[State, ...], scenario: Scenario, spoken: Language, look: Look, *, people: bool = True
) -> Scene:
    """The picture of the states of a scenario; of the city alone when there are none."""
    driving: Driving | None = driving_of(scenario, states) if states else None
    return scene_of(
        of, states, blobs=shared_blobs(), language=spoken, look=look, driving=driving, people=people, relief=relief(of)
    )


@st.cache_resource(max_entries=4, hash_funcs={City: lambda opened: opened.fingerprint})
def relief(of: City) -> Relief:
    """The terrain of a city as drawn, the same for all its scenes."""
    return relief_of(of)


@st.cache_resource(
    max_entries=16, show_spinner=False,
    hash_funcs={City: lambda opened: opened.fingerprint, Scene: lambda shown: shown.timeline},
)  # fmt: skip
def home(of: City, shown: Scene) -> View:
    """The view that the explore page opens with."""
    return home_view(of, shown.timeline.driving if shown.timeline else None)


def scenarios(of: City) -> dict[str, Scenario]:
    """What can be asked: what the reader has made on the workbench, what needs no writing, what the reader has uploaded."""
    on = st.session_state.get("bench")
    offered = {**presets(of), **st.session_state.get("uploaded", {})}
    if for_the_public():
        published = {name: scenario for name, scenario in offered.items() if is_published(of, scenario)}
        return published or offered
    if on is None or st.session_state.get("bench_city") != city_path().name:
        return offered
    if on.saved is None:
        # what a link laid there, too: the tables tell of the question that was on the map
        return offered if on.scenario in offered.values() else {"workbench": on.scenario, **offered}
    return {on.saved.id: on.scenario, **offered}
