"""The frame of every page: title, style, the line above with city, pages and language."""

import streamlit as st

from geodata.errors import CityTwinError
from layers.language import LANGUAGES
from pages import service, style

spoken = service.language()
text = spoken.text
st.set_page_config(page_title="City Twin", page_icon=style.icon(), layout="wide", initial_sidebar_state="auto")
st.html(style.sheet())

pages = [
    st.Page("explore.py", title=text("Explore"), icon=":material/map:", default=True),
    st.Page("tables.py", title=text("Tables"), icon=":material/table_rows:"),
    st.Page("data.py", title=text("Data"), icon=":material/verified:"),
]
chosen = st.navigation(pages, position="hidden")

with st.container(horizontal=True, vertical_alignment="center", key="frame"):
    try:
        opened = service.city()
        st.markdown(f"**{opened.name}**", width="content")
    except CityTwinError as error:
        opened = None
        st.error(spoken.error(error))
    for page in pages:
        st.page_link(page, width="content")
    st.session_state.setdefault("moment_place", None)
    st.session_state["moment_place"] = st.empty()
    paths = service.city_paths()
    if len(paths) > 1:
        st.selectbox(text("City"), list(paths), key="city", label_visibility="collapsed", width=180)
    st.segmented_control(
        text("Language"), list(LANGUAGES), format_func=LANGUAGES.get, default=spoken.code, key="language",
        label_visibility="collapsed", width="content",
    )  # fmt: skip

if opened is not None:
    chosen.run()
