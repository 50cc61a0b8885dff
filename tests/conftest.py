"""What every test may use: where the real data are, and where a Chromium is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

# No deadline: tests do not time; busy machines are slow at odd moments.
hypothesis.settings.register_profile("city_twin", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("city_twin")

REAL_DATA = Path(os.environ.get("CITY_TWIN_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real city data beside the project; without it the test is skipped, with the reason shown."""
    if not (REAL_DATA / "README.md").exists():
        pytest.skip(f"REAL DATA ABSENT: {REAL_DATA} is not there; set CITY_TWIN_REAL_DATA to run this test")
    return REAL_DATA


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium to drive; without one the test is skipped, with the reason shown."""
    found = os.environ.get("CITY_TWIN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("NO CHROMIUM FOUND: install Debian's `chromium` to run the browser tests")
    return found
