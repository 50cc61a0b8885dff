"""A process that compiles the kernels itself computes the same bits as one that finds them compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
RUN = """
import sys, tempfile
from pathlib import Path
from geodata.fingerprint import digest_of_array
from tests.twin.test_desk import bowl
from twin.scenario import Scenario
from twin.simulation import simulate, states_of
from twin.store import FolderStore

city = bowl(150, 5.0)
for solver in ("local_inertial", "full"):
    water = {
        "source": "engine", "solver": solver, "rain": {"rates": [{"at": 0, "value": 60}]},
        "infiltration": {"law": "horton", "first_rate": 40, "rate": 5, "decay": 2},
        "level_edges": [{"sides": ["west"], "levels": [{"at": 0, "value": 2.0}]}], "open_edges": ["east"],
    }
    asked = Scenario.model_validate({"name": solver, "duration": 600, "step": 300, "water": water})
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder) / "fields")
        run = simulate(city, asked, store=store, folder=Path(folder) / "run")
        last = list(states_of(run, city, store))[-1]
        print(solver, run.outcomes["mass_error"], run.outcomes["flooded_volume_m3"], *(
            digest_of_array(last.field(name)) for name in ("flow_depth", "flux_x", "flux_y", "flow_max_force", "flow_account")
        ))
"""


@pytest.mark.slow
def test_the_process_that_compiles_computes_the_same_bits_as_those_that_follow(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def told() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", RUN], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    compiled = told()
    assert [line.split()[0] for line in compiled] == ["local_inertial", "full"]
    assert any(tmp_path.rglob("*.nbc")), "nothing was kept: both processes compile"
    assert told() == compiled
