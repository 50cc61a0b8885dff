"""The answer to the scenario on the workbench, as far as it is there: whole, of one moment, as a preview, or the one before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from geodata.city import City
from geodata.phrase import Phrase
from layers.language import Language, mark
from pages import service
from twin.difference import HookDifference
from twin.jobs import Job
from twin.jobs.database import DatabaseError
from twin.run import Run
from twin.scenario import Scenario
from twin.scenario.events import peak_of
from twin.state import State

Origin = Literal["run", "look", "preview", "before"]
BADGES: dict[Origin, str] = {
    "run": "",
    "look": "",
    "preview": mark("Preview on cells of {cell} m, at fewer moments: the full answer follows"),
    "before": mark("Before your last change"),
}
"""What stands over the map when the moment shown is not of the full answer."""


ASK_SECONDS = 0.3
"""So often a page that waits asks how far its answer is: all moments are promised within two seconds of a change."""


@dataclass(frozen=True)
class Answer:
    """What there is to see.

    Parameters
    ----------
    states
        One for each moment that can be shown.
    origins
        Where each comes from; the best there is.
    run
        The run, as far as it is.
    job
        What computes the rest; None when it is whole, was stopped, or cannot be asked, and until `in_hand`.
    cell
        Length of the cells of the preview, m.
    base
        The scenario whose answer was shown before this one.
    stopped
        Whether a person stopped it: nothing more follows.
    looked
        Whether the moment that is looked at is known by itself, even where it cannot be shown before others are known.
    refused
        Why it could not be put in hand just now: a full disk, and the like.
    wanting
        Whether something of it is to be computed yet.
    """

    states: tuple[State, ...] = ()
    origins: tuple[Origin, ...] = ()
    run: Run | None = None
    job: Job | None = None
    cell: float = 0.0
    base: Scenario | None = None
    stopped: bool = False
    looked: bool = False
    refused: Phrase | None = None
    wanting: bool = False

    def badge(self, step: int, spoken: Language, fault: Phrase | None = None) -> str:
        """What stands over the map at a moment; ``fault`` tells whoever looks at a drawing why it cannot be asked."""
        if fault is not None:
            return spoken.text("Not computed. {why}", why=fault)
        if not self.origins:
            return ""
        origin = self.origins[step]
        if origin == "preview" and self.stopped:
            return spoken.text("Preview on cells of {cell} m, at fewer moments: the full answer was stopped", cell=self.cell)
        return spoken.text(BADGES[origin], cell=self.cell)


def answer(city: City, scenario: Scenario, step: int, *, ask: bool, stopped: bool = False) -> Answer:
    """The best answer there is now, with the moment that is looked at; `in_hand` asks for the rest.

    Parameters
    ----------
    city, scenario
        The question.
    step
        Which moment the reader looks at: it comes first.
    ask
        Whether to compute it; else what was shown before stays, marked as such.
    stopped
        Whether it is not asked only because a person stopped it: what had been computed by then is shown.
    """
    before: tuple[Scenario, Run] | None = st.session_state.get("answered")
    if before is not None and before[1].city_fingerprint != city.fingerprint:
        before = None
    base = None if before is None else before[0]
    if not ask:
        kept = {} if before is None else _by_time(city, before[1])
        if stopped:
            run, preview, cell = service.kept_of(city, scenario)
            known: list[tuple[Origin, Mapping[float, State]]] = [
                ("run", {} if run is None else _by_time(city, run)),
                ("preview", _held(scenario.shown(), preview)),
                ("before", kept),
            ]
            return Answer(*_best(scenario.shown(), known), cell=cell, base=base, stopped=True)
        return Answer(tuple(kept.values()), tuple("before" for _ in kept), base=base)
    moments = scenario.shown()
    try:
        found = service.answer_of(city, scenario, moment_of(scenario, step))
    except DatabaseError as error:
        return replace(answer(city, scenario, step, ask=False), refused=Phrase(error.template, error.values))
    if found.run is not None and found.run.status == "done":
        states = service.shown_states(city, found.run)
        if before is None or before[0] != scenario:
            st.session_state["answered_before"] = base
        st.session_state["answered"] = (scenario, found.run)
        return Answer(states, tuple("run" for _ in states), found.run, None, base=st.session_state.get("answered_before"))
    sources: list[tuple[Origin, Mapping[float, State]]] = [
        ("run", {} if found.run is None else _by_time(city, found.run)),
        ("look", {} if found.look is None else {found.look.time: found.look}),
        ("preview", _held(moments, found.preview)),
    ]
    if before is not None:
        sources.append(("before", _by_time(city, before[1])))
    states, origins = _best(moments, sources)
    if not states and found.look is not None:
        states, origins = (found.look,), ("look",)
    return Answer(states, origins, found.run, cell=found.cell, base=base, looked=found.look is not None, wanting=True)


def in_hand(city: City, scenario: Scenario, asked: Answer) -> Answer:
    """The same answer, with what is missing of it put in hand: called once the map shows what is there."""
    if not asked.wanting:
        return asked
    try:
        job = service.in_hand(city, scenario)
    except DatabaseError as error:
        return replace(asked, run=None, refused=Phrase(error.template, error.values))
    if job is None:  # it has become whole meanwhile
        st.rerun()
    computed = _computed()
    if computed is None or computed[0] != scenario:
        st.session_state["computed"] = (scenario, asked.base)
    return replace(asked, job=job)


def why(city: City, scenario: Scenario, asked: Answer) -> tuple[HookDifference, ...]:
    """What was reused and what was computed for this answer, beside the one before; empty when it was all there."""
    computed = _computed()
    if computed is None or computed[0] != scenario:
        return ()
    return service.reasons(city, scenario, computed[1], asked.run if asked.job is None else None)


def _computed() -> tuple[Scenario, Scenario | None] | None:
    """The scenario that was computed for this reader, and the one before it."""
    found: tuple[Scenario, Scenario | None] | None = st.session_state.get("computed")
    return found


def first_step(scenario: Scenario) -> int:
    """Number of the moment that is shown before the reader has chosen one: that of the highest water, else the last."""
    moments, peak = scenario.shown(), peak_of(scenario.water)
    if peak is None:
        return len(moments) - 1
    return next((number for number, moment in enumerate(moments) if moment >= peak.at), len(moments) - 1)


def moment_of(scenario: Scenario, step: int) -> int:
    """Seconds of a moment that is shown, by its number."""
    moments = scenario.shown()
    return moments[min(step, len(moments) - 1)]


def begin_of(scenario: Scenario, step: int) -> int:
    """When something begins that comes about at the moment shown, s; from the start where no time would be left for it."""
    moment = moment_of(scenario, step)
    return moment if moment < scenario.duration else 0


def _best(
    moments: tuple[int, ...], sources: list[tuple[Origin, Mapping[float, State]]]
) -> tuple[tuple[State, ...], tuple[Origin, ...]]:
    """The best state of each moment, up to the first moment of which nothing is known."""
    states: list[State] = []
    origins: list[Origin] = []
    for moment in moments:
        best = next(((origin, known[moment]) for origin, known in sources if moment in known), None)
        if best is None:
            break
        origins.append(best[0])
        states.append(best[1])
    return tuple(states), tuple(origins)


def _held(moments: Sequence[int], preview: Sequence[State]) -> dict[float, State]:
    """The states of a preview, which has fewer moments: each holds until the next one."""
    known = sorted(preview, key=lambda state: state.time)
    times = [state.time for state in known]
    within = [moment for moment in moments if times and times[0] <= moment <= times[-1]]
    return {moment: replace(known[bisect_right(times, moment) - 1], time=moment) for moment in within}


def _by_time(city: City, run: Run) -> dict[float, State]:
    return {state.time: state for state in service.shown_states(city, run)}


@st.fragment(run_every=ASK_SECONDS)
def follow(city: City, scenario: Scenario, shown: Answer, step: int, spoken: Language) -> None:
    """How far the computation is, with a way to stop it; the page runs again when there is more to see."""
    text = spoken.text
    if shown.job is None:
        return
    job = service.workers().jobs.get(shown.job.id)
    if not job.unfinished:
        if job.error is not None:
            st.error(text(job.error.template, **dict(job.error.values)))
            return
        st.rerun()
    # Beyond what is shown nothing is known yet: the page also waits for the preview to come that far.
    # What has come in but cannot be shown yet is no news: a page that ran again for it would never be drawn.
    origin = shown.origins[step] if step < len(shown.origins) else "look" if shown.looked else ""
    told = shown.origins.count("run")
    if service.more_to_see(city, scenario, moment_of(scenario, step), origin=origin, told=told):
        st.rerun()
    words = (
        text("Computing: {done} of {total} steps", done=job.done, total=job.total)
        if job.share is not None
        else text("Waiting for a worker …")
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.share or 0.0, text=words)
        if st.button(text("Cancel"), key="cancel"):
            service.stop(job.id)
            st.session_state["stopped"] = scenario
            st.rerun()
