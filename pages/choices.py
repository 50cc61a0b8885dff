"""What can be compared: the scenario of the workbench, what the city offers, the library, and every run that is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError
from layers.language import Language
from layers.link import Link
from pages import bench, service
from twin.run import MANIFEST, Run, RunFolder
from twin.scenario import Scenario
from twin.scenario.edit import changed
from twin.scenario.presets import begun_with

MOST_SAVED = 100
MOST_RUNS = 50


@dataclass(frozen=True)
class Choice:
    """A scenario that can be compared, and what it is called in the list."""

    label: str
    scenario: Scenario


def name_of(scenario: Scenario) -> str:
    """A name for a question by its content: the same wherever it is found."""
    return hashlib.blake2b(scenario.model_dump_json().encode(), digest_size=8).hexdigest()


def choices(city: City, link: Link | None, spoken: Language) -> dict[str, Choice]:
    """What can be chosen, by `name_of` it; those nearest to the reader first."""
    found: dict[str, Choice] = {}
    for choice in _all(city, link, spoken):
        if service.is_published(city, choice.scenario):
            found.setdefault(name_of(choice.scenario), choice)
    return found


def not_listed(spoken: Language) -> str:
    """A sentence where more is saved than is offered; "" where all of it is."""
    if service.for_the_public():
        return ""
    total = bench.library().list(bench.shelf(), limit=1).total
    if total <= MOST_SAVED:
        return ""
    return spoken.text(
        "Offered are the latest {count} of {total} saved scenarios; an older one is offered once it is open in What-if.",
        count=MOST_SAVED, total=total,
    )  # fmt: skip


def first_choice(offered: dict[str, Choice], link: Link | None, spoken: Language) -> list[str]:
    """What is compared before anybody has chosen: what the link says, else the workbench with and without its measures."""
    linked = [name_of(scenario) for scenario in (link.scenarios if link else ())]
    if len(linked) > 1:
        return linked
    benched = [name_of(choice.scenario) for choice in _benched(spoken)]
    return benched if len(benched) > 1 else list(offered)[:2]


def _all(city: City, link: Link | None, spoken: Language) -> Iterator[Choice]:
    text = spoken.text
    for scenario in link.scenarios if link else ():
        yield Choice(text(scenario.name), scenario)
    yield from _benched(spoken)
    for scenario in begun_with(city).values():
        yield Choice(text(scenario.name), scenario)
    shown: Scenario | None = st.session_state.get("shown_scenario")
    if shown is not None:
        yield Choice(text(shown.name), shown)
    if service.for_the_public():
        return  # names of drafts are nobody's business
    for item in bench.library().list(bench.shelf(), limit=MOST_SAVED).items:
        try:
            yield Choice(item.name, bench.library().get(item.id).scenario)
        except CityTwinError:  # written by a newer version: the rest can still be compared
            continue
    for run in _runs(city):
        scenario = Scenario.model_validate(run.scenario)
        yield Choice(f"{text(scenario.name)} · {spoken.instant(run.created, city.time_zone)}", scenario)


def _benched(spoken: Language) -> Iterator[Choice]:
    """The scenario of the workbench, after the same without its measures."""
    on = st.session_state.get("bench")
    if on is None or st.session_state.get("bench_city") != bench.shelf():
        return
    if on.scenario.measures:
        name = spoken.text("{name}: nothing done", name=spoken.text(on.scenario.name))[:200]
        yield Choice(name, changed(on.scenario, measures=[], name=name))
    yield Choice(spoken.text(on.scenario.name), on.scenario)


def _runs(city: City) -> Iterator[Run]:
    """Runs of this very city, latest first."""
    folder = service.workspace().runs
    manifests = sorted(folder.glob(f"*/{MANIFEST}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for manifest in manifests[:MOST_RUNS]:
        try:
            run = _manifest(str(manifest.parent), manifest.stat().st_mtime)
        except (CityTwinError, OSError):  # half written, or taken away meanwhile
            continue
        if run.city_fingerprint == city.fingerprint and not run.preview:
            yield run


@st.cache_resource(max_entries=2 * MOST_RUNS)
def _manifest(folder: str, written: float) -> Run:  # noqa: ARG001 (a manifest written anew is read anew)
    return RunFolder(folder).load()
