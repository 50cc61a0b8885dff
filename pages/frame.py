"""The frame of every page: title, style, the line above with city, pages, moment and language."""

import streamlit as st

from geodata.errors import CityTwinError
from layers.language import LANGUAGES
from pages import service, sharing, style

spoken = service.language()
text = spoken.text
st.set_page_config(page_title="City Twin", page_icon=style.icon(), layout="wide", initial_sidebar_state="auto")
st.html(style.sheet())

pages = [
    st.Page("explore.py", title=text("Explore"), icon=":material/map:", default=True),
    st.Page("what_if.py", title=text("What if?"), icon=":material/edit_location_alt:"),
    st.Page("compare.py", title=text("Compare"), icon=":material/compare:"),
    st.Page("tables.py", title=text("Tables"), icon=":material/table_rows:"),
    st.Page("data.py", title=text("Data"), icon=":material/verified:"),
    st.Page("passport.py", title=text("Passport"), icon=":material/badge:"),
]
if sharing.is_public():
    pages = [page for page in pages if page.url_path in ("", "compare", "data", "passport")]
chosen = st.navigation(pages, position="hidden")
try:
    opened = service.city()
except CityTwinError as error:
    opened = None
    st.error(spoken.error(error))


def _leave() -> None:
    """Another city: what was selected or searched for in the one before is not there."""
    for name in ("selection", "fly_to", "measure", "tool"):
        st.session_state.pop(name, None)


with st.container(horizontal=True, vertical_alignment="center", key="frame"):
    paths = service.city_paths()
    if len(paths) > 1:
        st.session_state.setdefault("city", service.city_path().name)
        st.selectbox(text("City"), list(paths), key="city", on_change=_leave, label_visibility="collapsed", width=190)
    elif opened is not None:
        st.html(f'<div class="city">{opened.name}</div>', width="content")
    if opened is not None and opened.fictional:
        full, short = text("Fictional city: nothing here is real"), text("Fictional")
        st.html(
            f'<div class="fictional"><span class="full">{full}</span><span class="short">{short}</span></div>', width="content"
        )
    for page in pages:
        st.page_link(page, width="content")
    st.segmented_control(
        text("Language"), list(LANGUAGES), format_func=LANGUAGES.get, default=spoken.code, key="language",
        label_visibility="collapsed", width="content",
    )  # fmt: skip
    moment = st.empty()

if opened is not None:
    st.session_state["moment_place"] = moment
    chosen.run()
