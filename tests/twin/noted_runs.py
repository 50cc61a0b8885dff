"""Runs on workers that note in which process they go on: importable there as ``tests.twin.noted_runs``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.simulation import simulate_job
from twin.work import Reporter


def simulate_noted(payload: Mapping[str, Any], report: Reporter) -> dict[str, Any]:
    """`simulate_job`, with the process written down."""
    with Path(payload["diary"]).open("a") as diary:
        diary.write(f"{os.getpid()}\n")
    return simulate_job(payload, report)
