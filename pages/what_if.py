"""What-if: put a question on the map, see the answer change.

The order of this page is that of the reader's patience: the answer to the moment shown, the map, and only then the words about
it and the other moments, each into the place that was kept for it.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from layers.headline import headlines
from layers.map_events import MapEvents
from pages import answer, bench, figures_panel, map_frame, parts, question_panel, selected, service, sharing
from twin.outcome import outcomes_of

spoken = service.language()
text = spoken.text
city = service.city()
chosen = st.session_state

sharing.lay_on_bench(sharing.restore(city, spoken))
on = bench.bench(city)
scenario = on.scenario
remarks = bench.remarks(city, scenario)
fault = service.fault_of(city, scenario)
stopped = chosen.get("stopped") == scenario
wanted = int(chosen.get("step", answer.first_step(scenario)))
moment = answer.begin_of(scenario, wanted)
asked = answer.answer(city, scenario, wanted, ask=fault is None and not stopped, stopped=stopped and fault is None)
states = asked.states
step = min(wanted, max(len(states) - 1, 0))

with st.sidebar:
    question_place = st.container()
    share_place = st.container()
    with st.expander(text("Look"), icon=":material/palette:"):
        map_frame.search(city, spoken)
        look = map_frame.colours(spoken)

scene = service.scene(city, states, scenario, spoken, look)
if "step" not in chosen:  # until the reader moves time, the map stands at the highest water, as soon as that is known
    chosen["first_step"] = step
home = replace(service.home(city, scene), step=chosen.get("first_step", step))
answer_line = st.container(key="answer_line", horizontal=True, vertical_alignment="center")


def heard(events: MapEvents) -> None:
    """What was done on the map or the timeline."""
    selected.heard(events, city, scenario, moment, spoken)


# Until the change is answered, the map, the ways and who is affected tell of the question as it was before.
stale = bool(states) and asked.origins[step] == "before" and asked.base is not None
told_of = asked.base if stale and asked.base is not None else scenario
badge = asked.badge(step, spoken, question_panel.speaks_against(remarks, fault))
overlays = selected.overlays(city, told_of, states, step, spoken)
events = map_frame.show(
    city, scene, states, home, look, spoken,
    sketch=selected.sketch(city, scenario, states[step].time if states else 0, spoken), overlays=overlays,
    bars=selected.bars(city, scenario, spoken), badge=badge, heard=heard, moments=scenario.shown(),
)  # fmt: skip

asked = answer.in_hand(city, scenario, asked)

with answer_line:
    with st.container(key="strip"):
        st.html(parts.strip(headlines(outcomes_of(states[step]), spoken) if states else ()))
    with st.container(key="status", width="content"):
        if asked.job is not None:
            answer.follow(city, scenario, asked, wanted, spoken)
        elif stopped:
            st.button(
                text("Stopped. Compute it"), icon=":material/play_arrow:", key="resume",
                on_click=chosen.pop, args=("stopped", None),
            )  # fmt: skip

place = chosen.get("moment_place")
if place is not None and states:
    place.html(parts.moment(scenario, states[step], city, spoken, named=False))

with question_place:
    question_panel.panel(city, scenario, asked, remarks, fault, moment, spoken)

with share_place:
    sharing.control(
        city, [scenario], [] if asked.run is None or asked.job is not None else [asked.run], home, look, spoken, events=events,
        step=step, saved=on.saved.id if on.saved else "", public_page="",
    )  # fmt: skip

if asked.job is None and asked.run is not None:  # some layers come with the whole answer only
    sharing.tell_missing_layers(scene, spoken)

# A preview does not tell everything that a card or a table says: then it says what the thing is, and its state follows.
told = states if all(map(service.showable, states)) else ()
figures_panel.panel(city, scenario, told, step, spoken)

if chosen.get("selection"):
    with st.container(key="panel"):
        if stale:
            st.caption(text("Before your last change"))
        parts.selection_card(
            city, chosen["selection"], told, step, spoken,
            lambda: selected.actions(city, scenario, told_of, states, step, spoken),
        )  # fmt: skip
