"""`streamlit run tests/browser/hamlet_app.py`: the map's routes and one page to draw on."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import streamlit as st

from layers.blobs import shared_blobs
from layers.routes import grant_all, map_routes

app = st.App(Path(__file__).with_name("hamlet_page.py"), routes=map_routes(grant_all, shared_blobs().get))
