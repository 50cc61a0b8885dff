"""A small sample city for the tests of the pages, and a workspace of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from geodata.importer import import_sample
from geodata.package import open_city
from twin.scenario.presets import presets
from twin.simulation import run_id, simulate
from twin.workspace import Workspace


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(city package, workspace) in which the first scenario of the city has been run."""
    folder = tmp_path_factory.mktemp("served")
    city, home = folder / "kawabe", Workspace(folder / "home")
    import_sample(out=city, buildings=400, seed=3)
    opened = open_city(city)
    for scenario in presets(opened).values():
        simulate(opened, scenario, store=home.store(), folder=home.runs / run_id(opened, scenario), city_path=city)
    return city, home.path


@pytest.fixture
def environment(served: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The served city and workspace, and nothing cached from another test."""
    monkeypatch.setenv("CITY_TWIN_CITY", str(served[0]))
    monkeypatch.setenv("CITY_TWIN_HOME", str(served[1]))
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()
