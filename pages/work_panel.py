"""What was computed and what was reused, and the computations that are going on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from geodata.city import City
from layers.language import Language, mark
from pages import service
from pages.answer import Answer, why
from twin.difference import HookDifference
from twin.jobs import Job
from twin.scenario import Scenario

STATUS = {
    "queued": mark("waiting"),
    "running": mark("computing"),
    "done": mark("done"),
    "failed": mark("failed"),
    "cancelled": mark("stopped"),
    "stale": mark("done, results gone"),
}


HOOKS = {
    "hazard": mark("Depth of water"),
    "inundation": mark("Flowing water"),
    "official_map": mark("Official maps"),
    "exposure": mark("Depth at buildings"),
    "official_rank": mark("Official ranks"),
    "road_depth": mark("Depth on roads"),
    "passability": mark("Roads open or closed"),
    "shelter_depth": mark("Depth at shelters"),
    "shelters": mark("Shelters"),
    "facilities": mark("Facilities"),
    "gauges": mark("Gauges"),
    "travel": mark("Speed on the roads"),
    "access": mark("Ways to shelters and hospitals"),
    "cut_off_since": mark("Who is cut off, since when"),
    "critical_roads": mark("Roads that matter most"),
    "refuge": mark("Refuge upstairs"),
    "evacuation": mark("Evacuation"),
    "traffic": mark("Traffic"),
    "impact": mark("Damage"),
    "power": mark("Power"),
    "minutes_left": mark("Time left to leave"),
    "shelter_plan": mark("Plan of shelters"),
    "supply": mark("Who has power"),
    "assets": mark("Value of buildings"),
    "queued_arrivals": mark("Arrivals after queues"),
    "presence": mark("Where people are"),
}
"""What the hooks are called where people read of them; others by their names."""
WHAT = {
    "closed": mark("what is closed"),
    "opened": mark("what is opened"),
    "orders": mark("evacuation orders"),
    "measures": mark("what is done about the water"),
    "share": mark("how much of the official map is reached"),
    "lower bound": mark("which official maps there are"),
    "maps": mark("which official maps there are"),
    "level": mark("the level of the water"),
    "above": mark("what the level is measured from"),
    "connected": mark("that only ground joined to the water gets wet"),
    "source": mark("where the water comes from"),
    "engine": mark("where the water comes from"),
    "solver": mark("the equations of the flow"),
    "judges flow": mark("the equations of the flow"),
    "alpha": mark("the share of the longest stable time step"),
    "theta": mark("the weight of a face's own discharge"),
    "roughness": mark("the roughness of the ground"),
    "buildings": mark("what buildings are to the flow"),
    "raised by": mark("by how much buildings are raised"),
    "infiltration": mark("what the ground takes"),
    "sewers": mark("what storm sewers take"),
    "sewer areas": mark("where there are storm sewers"),
    "open edges": mark("over which edges water leaves"),
    "rain": mark("the rain"),
    "rain cell": mark("where the storm is"),
    "rain pattern": mark("where it rains more and where less"),
    "inflow": mark("what flows in"),
    "level edges": mark("the level at the edge"),
    "initial": mark("the water at the start"),
    "holes": mark("what becomes of holes in the terrain"),
    "rules": mark("who can pass through water"),
    "limits": mark("who can pass through water"),
    "wet": mark("the depth from which on a place counts as flooded"),
    "floor": mark("the water above its floor that a shelter stands"),
    "hazards": mark("what kind of flood it is"),
    "walking": mark("how fast people walk"),
    "night": mark("day or night"),
    "people": mark("where people are counted"),
    "people per car": mark("the number of people in a car"),
    "careful share": mark("the share who need time among people of unknown age"),
    "seed": mark("the seed of everything random"),
    "duration": mark("how long it lasts"),
    "step": mark("the moments told"),
    "time": mark("the moments told"),
    "start": mark("the moments told"),
    "instant": mark("the hour of the day"),
    "observations": mark("the observations"),
    "preparation": mark("how long people prepare"),
    "demand": mark("everyday traffic"),
    "curves": mark("the damage curves"),
    "rate error": mark("the error of damage rates"),
    "error": mark("the error of values"),
    "floor height": mark("how high floors lie where nobody says"),
    "storey height": mark("the height of a storey"),
    "critical height": mark("the water that stops a facility where nobody says"),
}
"""Parts of a question, by how the names of their values begin; others by these names."""


def reused(city: City, scenario: Scenario, asked: Answer, spoken: Language) -> None:
    """What the change touched, in words; found out when somebody wants to know."""
    text = spoken.text
    title = text("What was computed again, and why")
    with st.expander(title, icon=":material/account_tree:", key="reused_box", on_change="rerun") as box:
        if not box.open:
            return
        told = why(city, scenario, asked)
        if told:
            for line in _reasons([each for each in told if each.fate != "reused"], spoken):
                st.markdown("- " + line)
            kept = [_hook_name(each.hook, spoken) for each in told if each.fate == "reused"]
            if kept:
                st.markdown(text("Reused: {names}.", names=text(", ").join(kept)))
        elif asked.job is None and asked.run is not None:
            st.markdown(text("All of this answer was known already; nothing was computed again."))
        run = asked.run
        if run is not None and asked.job is None:
            st.caption(
                text(
                    "When this answer was computed, {reused} of its {all} parts were there already; {computed} were made, in "
                    "{wall} s.",
                    reused=run.hooks_reused, computed=run.hooks_computed, all=run.hooks_reused + run.hooks_computed,
                    wall=round(run.wall, 1),
                )
            )  # fmt: skip


def _hook_name(name: str, spoken: Language) -> str:
    """A hook, or a group of hooks that feed each other, in words."""
    return " + ".join(spoken.text(HOOKS.get(part, part.replace("_", " "))) for part in name.split("+"))


def _reasons(told: Sequence[HookDifference], spoken: Language) -> Iterator[str]:
    """Why hooks are computed, in words; those with the same reason in one sentence."""
    alike: dict[tuple[str, str, str, str], list[str]] = {}
    for each in told:
        values = each.reason.values
        causes = spoken.text(", ").join(_hook_name(name, spoken) for name in each.causes)
        key = (each.reason.template, values.get("minute", ""), values.get("what", ""), causes)
        alike.setdefault(key, []).append(_hook_name(each.hook, spoken))
    for (template, minute, what, causes), hooks in alike.items():
        changed = dict.fromkeys(part_words(part, spoken) for part in what.split(", "))
        yield spoken.text(
            template, hook=spoken.text(", ").join(hooks), minute=minute, what=spoken.text(", ").join(changed), cause=causes
        )  # fmt: skip


def part_words(part: str, spoken: Language) -> str:
    """A part of a question, by the longest beginning of its name that has words."""
    known = max((name for name in WHAT if part.startswith(name)), key=len, default="")
    return spoken.text(WHAT[known]) if known else part


def jobs(spoken: Language) -> None:
    """Everything that was asked for here, also before the page was opened anew."""
    text = spoken.text
    listed = service.jobs()
    open_now = sum(each.job.unfinished for each in listed)
    title = text("Computations ({count} going on)", count=open_now) if open_now else text("Computations")
    # With another count in its title the box is another one to Streamlit: it opens as the one before stood.
    before = bool(st.session_state.get("jobs_open"))
    with st.expander(title, before, icon=":material/manufacturing:", key="jobs_box", on_change="rerun") as box:
        st.session_state["jobs_open"] = box.open
        if box.open:
            _jobs(spoken)


@st.fragment(run_every=2.0)
def _jobs(spoken: Language) -> None:
    listed, zone = service.jobs(), service.city().time_zone
    for each in listed[:8]:
        job, asked = each.job, spoken.instant(each.job.created, zone)  # drafts of one question are named alike
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"**{spoken.text(each.title)}** · {asked} · {_status(job, each.position, spoken)}")
            if job.unfinished:
                st.button("", icon=":material/close:", key=f"stop_{job.id}", help=spoken.text("Cancel"),
                          on_click=_stop, args=(job,))  # fmt: skip
    if not listed:
        st.caption(spoken.text("Nothing has been computed yet."))


def _stop(job: Job) -> None:
    """Stop a computation; when it is that of the question on the workbench, the page does not ask for it again."""
    service.stop(job.id)
    scenario = Scenario.model_validate(job.payload["scenario"])
    on = st.session_state.get("bench")
    if on is not None and on.scenario == scenario:
        st.session_state["stopped"] = scenario


def _status(job: Job, position: int | None, spoken: Language) -> str:
    if job.status == "failed" and job.error is not None:
        return spoken.text(job.error.template, **dict(job.error.values))
    if position is not None:
        return spoken.text("number {position} in the queue", position=position)
    if job.status == "running" and job.total:
        return spoken.text("step {done} of {total}", done=job.done, total=job.total)
    return spoken.text(STATUS.get(job.status, job.status))
