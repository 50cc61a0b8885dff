"""The scenario on the workbench: which one is open in this session, and every change to it saved before it is computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from geodata.city import City
from geodata.errors import CityTwinError, InputError
from geodata.phrase import Phrase
from layers.language import Language, mark
from layers.wording import event_title, measure_title
from pages import service
from twin.duration import Span
from twin.flood.refusal import nearest_levee
from twin.jobs import Message
from twin.jobs.database import DatabaseError
from twin.library import Library, Saved
from twin.question import Question
from twin.remarks import Remark, remarks_on
from twin.scenario import Scenario
from twin.scenario.edit import changed, plain_measures, with_measure, with_times, without_measure
from twin.scenario.kinds import title_of
from twin.scenario.packed import packed, unpacked
from twin.scenario.presets import begun_with, cloudburst

ADDED = mark("{measure} added")
CHANGED = mark("{measure} changed")
REMOVED = mark("{measure} removed")
MOVED = mark("{measure} from {start} to {end}")
MEASURES = mark("The measures changed")
KEPT = mark("A change that waited to be saved")
EVENT = mark("The event changed")
NAMED = mark("Renamed")
UNSAVED = mark(
    "Not saved yet ({why}). Your change stays on this page and in its address, and is saved by itself as soon as that can be "
    "done. Until then keep the page open, or take its YAML file under “File”."
)
BACK = mark(
    "What could not be saved before this page was loaded again is back: it is saved by itself as soon as that can be done."
)
WAITS = "waits"
"""Field of the address that keeps what is not saved yet: the version that it was made on, and the scenario."""
ELSEWHERE = mark("The link asks for “{name}”, a scenario of {city}; open that city, or begin with what this one offers.")
CONFLICT = mark(
    "Somebody else changed “{name}” meanwhile. Their change stands; yours is kept in a scenario of its own, “{copy}”, "
    "which is open now."
)


@dataclass(frozen=True)
class Unsaved:
    """A change on the workbench that is not in the library.

    Parameters
    ----------
    before
        What was there before it.
    what
        What was done last, for the history.
    why
        What kept the library from taking it; None = nobody has tried.
    """

    before: Scenario
    what: Message
    why: object = None


@dataclass(frozen=True)
class Bench:
    """What is on the workbench.

    Parameters
    ----------
    scenario
        The question.
    saved
        Its record in the library; None as long as nobody has changed anything: looking leaves nothing behind.
    unsaved
        What is to be saved yet, where the library could not take it (a full disk).
    """

    scenario: Scenario
    saved: Saved | None = None
    unsaved: Unsaved | None = None


@dataclass(frozen=True)
class Telling:
    """A sentence about what was done last: template and values; ``at`` names the form that it belongs to, "" for none."""

    template: str
    values: dict[str, Any]
    grave: bool = False
    at: str = ""


@cache
def _library(url: str) -> Library:
    return Library(url)


def library() -> Library:
    """The saved scenarios, in the same database as the jobs."""
    return _library(service.workspace().database)


def shelf() -> str:
    """Under which name the scenarios of this city stand in the library."""
    return service.city_path().name


def bench(city: City) -> Bench:
    """What is on the workbench: of this session, else of the link, else the first thing that the city offers."""
    found: Bench | None = st.session_state.get("bench")
    if found is not None and st.session_state.get("bench_city") == shelf():
        return found
    named = st.query_params.get("saved", "")
    opened = None
    if named:
        try:
            opened = library().get(named)
        except CityTwinError as error:
            tell(error.template, error.values, grave=True)
    if opened is not None and opened.city != shelf():
        tell(ELSEWHERE, {"name": opened.name, "city": opened.city}, grave=True)
        opened = None
    offered = begun_with(city)
    first = offered.get(st.query_params.get("scenario", ""), next(iter(offered.values())))
    begun = _that_waited(opened) or (Bench(first) if opened is None else Bench(opened.scenario, opened))
    put(begun)
    return begun


def _that_waited(opened: Saved | None) -> Bench | None:
    """A change that could not be saved before the page was loaded again: the address kept it, and what it was made on."""
    number, _, letters = st.query_params.get(WAITS, "").partition("~")
    if not letters or not number.isdecimal() or (opened is None) != (number == "0") or service.for_the_public():
        return None
    try:
        scenario = unpacked(letters)
    except CityTwinError as error:
        tell(error.template, error.values, grave=True)
        return None
    if opened is not None and opened.scenario == scenario:
        return None  # it was saved meanwhile
    tell(BACK, {})
    if opened is None:
        return Bench(scenario, None, Unsaved(scenario, Message(KEPT)))
    # The version that it was made on, not the one that stands by now: then it is seen that somebody else was faster.
    return Bench(scenario, dataclasses.replace(opened, number=int(number)), Unsaved(opened.scenario, Message(KEPT)))


def put(on: Bench) -> None:
    """Lay something on the workbench; the address of the page leads back to it."""
    st.session_state["bench"], st.session_state["bench_city"] = on, shelf()
    st.query_params.pop("asked", None)  # a link's scenario gives way to what is done with it
    kept = None if on.unsaved is None else packed(on.scenario)
    if kept is None:
        st.query_params.pop(WAITS, None)
    else:
        st.query_params[WAITS] = f"{on.saved.number if on.saved else 0}~{kept}"
    if on.saved is None:
        st.query_params.pop("saved", None)
    else:
        st.query_params["saved"] = on.saved.id


def tell(template: str, values: dict[str, Any], *, grave: bool = False, at: str = "") -> None:
    """Say a sentence on the page, until the person does the next thing: a page runs again by itself while it computes."""
    st.session_state.setdefault("tellings", []).append(Telling(template, values, grave, at))


def told(spoken: Language, *, at: str = "") -> None:
    """Show what the last deed has to say of the form ``at``, where the person looks who filled it in; "" for the rest."""
    for telling in st.session_state.get("tellings", []):
        if telling.at == at:
            (st.error if telling.grave else st.info)(spoken.text(telling.template, **telling.values))


def attempt(deed: Callable[..., Any], *given: Any, at: str = "") -> bool:
    """Do what a person asked for; when it cannot be done, say why, in the form ``at``. Returns whether it was done."""
    st.session_state["tellings"] = []
    try:
        deed(*given)
    except CityTwinError as error:
        tell(error.template, error.values, grave=True, at=at)
        return False
    return True


def save(city: City, scenario: Scenario, spoken: Language, what: str, **values: Any) -> None:
    """Save a change of the scenario on the workbench; the first one makes its record, with what was there before it."""
    on = bench(city)
    if on.saved is None and on.unsaved is None and scenario.name == on.scenario.name:
        scenario = changed(scenario, name=first_name(on.scenario, scenario, spoken))
    before = on.scenario if on.unsaved is None else on.unsaved.before
    put(Bench(scenario, on.saved, Unsaved(before, Message(what, values))))
    if not save_what_waits(city, spoken):
        st.toast(spoken.text("Not saved yet: the head of the panel tells why."), icon=":material/save:")


def save_what_waits(city: City, spoken: Language) -> bool:
    """Save what is on the workbench and not in the library; where that fails it stays. Returns whether all is saved."""
    on = bench(city)
    if on.unsaved is None:
        return True
    held = on.saved
    try:
        held = held or library().create(shelf(), on.unsaved.before)
        change(held, on.scenario, on.unsaved.what, spoken)
    except DatabaseError as error:
        put(Bench(on.scenario, held, dataclasses.replace(on.unsaved, why=error.values["reason"])))
        return False
    return True


def change(held: Saved, scenario: Scenario, message: Message, spoken: Language, **names: str) -> None:
    """Save a change of a record; where somebody else was first, it goes into a copy, and the person is told."""
    saved = library().change(
        held.id, scenario, based_on=held.number, what=message, copy_name=spoken.text("{name} (copy)", name="{name}"), **names
    )
    if saved.conflict:
        tell(CONFLICT, {"name": held.name, "copy": saved.name}, grave=True)
    put_saved(saved)


def put_saved(saved: Saved) -> None:
    """Lay a saved scenario on the workbench."""
    put(Bench(saved.scenario, saved))


def first_name(before: Scenario, scenario: Scenario, spoken: Language) -> str:
    """What a scenario is called until somebody gives it a name: its event, and the measure that came first."""
    added = [measure for measure in scenario.measures if measure not in before.measures]
    return " + ".join([spoken.text(scenario.name), *(measure_title(m, spoken) for m in added[:1])])[:200]


def renamed(city: City, before: Scenario, after: Scenario, spoken: Language) -> str:
    """The name of a scenario with another event: where it told the event, it tells the new one."""
    events = {event_title(before, spoken), *(name for s in begun_with(city).values() for name in (s.name, spoken.text(s.name)))}
    told, plus, measures = before.name.partition(" + ")
    if told in events:
        return (event_title(after, spoken) + plus + measures)[:200]
    return before.name


def change_event(city: City, after: Scenario, spoken: Language) -> None:
    """Another event."""
    before = bench(city).scenario
    save(city, changed(after, name=renamed(city, before, after, spoken)), spoken, EVENT)


def add(city: City, measure: dict[str, Any], spoken: Language) -> None:
    """One more measure; it is selected."""
    scenario = with_measure(bench(city).scenario, measure)
    save(city, scenario, spoken, ADDED, measure=title_of(scenario.measures[-1]))
    st.session_state["measure"] = len(scenario.measures) - 1


def replace(city: City, number: int, measure: dict[str, Any], spoken: Language) -> None:
    """Another measure in the place of one."""
    scenario = with_measure(bench(city).scenario, measure, number)
    save(city, scenario, spoken, CHANGED, measure=title_of(scenario.measures[number]))


def remove(city: City, number: int, spoken: Language) -> None:
    """A measure less."""
    scenario = bench(city).scenario
    title = title_of(scenario.measures[number])
    save(city, without_measure(scenario, number), spoken, REMOVED, measure=title)
    st.session_state["measure"] = None


def put_measures(city: City, measures: Sequence[dict[str, Any]], spoken: Language) -> None:
    """Other measures altogether."""
    save(city, changed(bench(city).scenario, measures=list(measures)), spoken, MEASURES)


def shift(city: City, number: int, *, start: int, end: int | None, spoken: Language) -> None:
    """Another start and end of a measure."""
    scenario = bench(city).scenario
    held = scenario.measures[number]
    shown = {"start": Span(start), "end": Phrase("the end") if end is None else Span(end)}
    moved = with_times(scenario, number, start=start, end=end)
    save(city, moved, spoken, MOVED, measure=title_of(held), **shown)


def to_levee(city: City, number: int, spoken: Language) -> None:
    """Move a breach onto the nearest levee."""
    plain = plain_measures(bench(city).scenario)[number]
    found = nearest_levee(city, tuple(plain["at"]))
    if found is not None:
        replace(city, number, plain | {"at": list(found[1])}, spoken)


def compute_water(city: City, spoken: Language) -> None:
    """The same measures against a storm whose water the flood engine computes."""
    storm = cloudburst()
    water = storm.model_dump(mode="json", exclude_defaults=True)["water"]
    scenario = bench(city).scenario
    # What lasts longer stays as long: a measure may start late.
    duration = max(scenario.duration, storm.duration)
    asked = changed(
        scenario, water=water, step=storm.step, output_interval=None, duration=duration,
        rules=scenario.rules.model_copy(update={"wet": storm.rules.wet}),
    )  # fmt: skip
    change_event(city, asked, spoken)


def move_storm(city: City, at: tuple[float, float], spoken: Language) -> None:
    """The same storm with its middle at another longitude and latitude."""
    scenario = bench(city).scenario
    plain = scenario.model_dump(mode="json", exclude_defaults=True)
    plain["water"]["rain"]["cell"]["at"] = list(at)
    save(city, changed(scenario, water=plain["water"]), spoken, EVENT)


def undo(city: City) -> None:
    """Back to the version before."""
    saved = bench(city).saved
    if saved is not None:
        put_saved(library().undo(saved.id, based_on=saved.number))
    st.session_state["measure"] = None


def redo(city: City) -> None:
    """Forward to the version that was undone."""
    saved = bench(city).saved
    if saved is not None:
        put_saved(library().redo(saved.id, based_on=saved.number))
    st.session_state["measure"] = None


def remarks(city: City, scenario: Scenario) -> tuple[Remark, ...]:
    """What is to be said of a scenario before it is computed."""
    return remarks_on(Question(scenario, city))


def number_of(name: str, scenario: Scenario) -> int | None:
    """Which measure a shape or a bar of the map stands for; None when it is gone."""
    digits = name.removeprefix("measure-")
    return int(digits) if digits.isdecimal() and int(digits) < len(scenario.measures) else None


def require_measure(name: str, scenario: Scenario) -> int:
    """As `number_of`.

    Raises
    ------
    InputError
        When it is gone.
    """
    number = number_of(name, scenario)
    if number is None:
        raise InputError("That measure is no longer there; it was removed or undone meanwhile.")
    return number
