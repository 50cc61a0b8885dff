"""Compare: two to four answers on one map, who gains and who loses, what differs and why, which plan saves most."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from geodata.errors import CityTwinError
from layers.blobs import shared_blobs
from layers.changes import beside, difference, told_differences
from layers.compared import compared_headlines
from layers.report.subject import Subject, Told
from layers.themes import GROUP_LABELS
from pages import choices, compared, map_frame, parts, service, sharing
from twin.comparison import MOST_RUNS, together
from twin.ensemble.kept import kept_of

spoken = service.language()
text = spoken.text
city = service.city()
chosen = st.session_state
link = sharing.restore(city, spoken)
public = sharing.is_public()

offered = choices.choices(city, link, spoken)
kept = [name for name in chosen.get("compared", ()) if name in offered]
chosen["compared"] = kept if "compared" in chosen else choices.first_choice(offered, link, spoken)

with st.sidebar:
    names = st.multiselect(
        text("Compare (the first is what the others are compared with)"), list(offered), key="compared",
        max_selections=MOST_RUNS, format_func=lambda name: offered[name].label,
        placeholder=text("Choose two to four"),
    )  # fmt: skip
    if not_listed := choices.not_listed(spoken):
        st.caption(not_listed)

if len(names) < 2:
    st.info(text("Choose two to four answers at the left; whatever is not computed yet is computed."))
    st.stop()

asked = []
for name in names:
    try:
        asked.append((name, service.ask(service.city_path(), city, offered[name].scenario)))
    except CityTwinError as error:
        st.error(f"{offered[name].label}: {spoken.error(error)}")
jobs = [found.job for _, found in asked if found.job is not None]
runs = [found.run for _, found in asked if found.run is not None and found.run.steps]
courses = together([service.shown_states(city, run) for run in runs])
if len(runs) < 2 or not all(courses):
    for job in jobs[:1]:
        parts.progress(job, spoken)
    st.stop()
told = tuple(Told(run, course, kept_of(run, service.workspace())) for run, course in zip(runs, courses, strict=True))
subject = Subject(city, told, spoken, public=public)

with st.sidebar:
    others = list(range(1, len(runs)))
    against = others[0]
    if len(others) > 1:
        against = st.radio(text("On the right"), others, key="against_run", format_func=lambda n: subject.names[n])
    differences = told_differences(courses[0], courses[against])
    modes = {"beside": text("Beside each other")}
    modes |= {what: text("Difference: {what}", what=text(title)) for what, title in differences.items()}
    if chosen.get("mode") not in modes:
        chosen["mode"] = link.mode if link and link.mode in modes and "mode" not in chosen else "beside"
    mode = st.radio(text("Show"), list(modes), key="mode", format_func=modes.get)
    share_place = st.container()
    with st.expander(text("Look"), icon=":material/palette:"):
        look = map_frame.colours(spoken)
        if mode in ("time_left", "travel_time") and "group" not in chosen:
            st.selectbox(text("For whom"), list(GROUP_LABELS), key="group", format_func=lambda name: text(GROUP_LABELS[name]))
        look = replace(look, group=chosen.get("group", look.group))

scenes = [service.scene(city, courses[n], subject.runs[n].scenario, spoken, look, people=not public) for n in (0, against)]
left, right = subject.names[0], subject.names[against]
if mode == "beside":
    scene, other = beside(scenes[0], scenes[1], shared_blobs(), left=left, right=right)
else:
    scene, other = difference(
        scenes[0], courses[0], courses[against], shared_blobs(), what=mode, group=look.group, left=left, right=right,
        surface=scenes[1],
    )  # fmt: skip
home = service.home(city, scene)
step = map_frame.step_shown(home, courses[0])
subject = replace(subject, view=replace(home, step=step), look=look)

with st.container(key="answer_line", horizontal=True, vertical_alignment="center"):
    with st.container(key="strip"):
        if not jobs:
            st.html(parts.strip(compared_headlines(runs[0], runs[against], spoken, public=public)))
    with st.container(key="status", width="content"):
        for job in jobs[:1]:
            parts.progress(job, spoken)

events = map_frame.show(city, scene, courses[0], home, look, spoken, other=other)
sharing.tell_missing_layers(scene, spoken)
with share_place:
    sharing.control(
        city, [told.scenario for told in subject.runs], runs, home, look, spoken, events=events, step=step, mode=mode,
    )  # fmt: skip
place = chosen.get("moment_place")
if place is not None:
    place.html(
        parts.moment(
            subject.runs[0].scenario, courses[0][step], city, spoken, named=False, beside=courses[against][step],
        )
    )  # fmt: skip
compared.tables(subject, against, step, spoken)
