"""The one entry: names the pages and mounts the routes. ``streamlit run app.py``, or ``city-twin serve DIR``."""

from pathlib import Path

import streamlit as st

from layers.blobs import shared_blobs
from layers.routes import grant_all, map_routes
from pages.service import lifespan

app = st.App(Path(__file__).parent / "pages" / "frame.py", routes=map_routes(grant_all, shared_blobs().get), lifespan=lifespan)
