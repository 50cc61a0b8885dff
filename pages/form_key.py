"""Names of the fields of forms, under which the page remembers what was typed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from geodata.city import City
from pages import bench


def key_of(name: str, city: City, more: str = "") -> str:
    """A key that changes with the scenario, so that a form shows what stands, not what was typed for another."""
    saved = bench.bench(city).saved
    version = f"{saved.id}_{saved.number}" if saved else bench.bench(city).scenario.name
    return f"{name}_{version}_{more}"


def emptied(key: str, value: Any) -> str:
    """The key of a field that can be emptied again: one that is given a value of its own returns to it when it is emptied."""
    st.session_state.setdefault(key, value)
    return key
