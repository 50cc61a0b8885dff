"""How well an ensemble uses two workers, and how its cost grows with its members.

Run: ``python tests/benchmarks/bench_ensemble.py``. Efficiency on two workers is time on one / (2 × time on two): at best 1.
Starting the workers is timed apart: it is paid once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from geodata.importer import import_sample
from twin.ensemble.spec import EnsembleSpec
from twin.ensemble.study import run_ensemble
from twin.scenario import Scenario
from twin.workspace import Workspace

BASE = {
    "name": "cloudburst", "duration": 1200, "step": 600,
    "water": {
        "source": "engine", "buildings": "ignored", "rain": {"rates": [{"at": 0, "value": 100}, {"at": 1200, "value": 0}]},
    },
}  # fmt: skip
BUILDINGS = 2000


def spec(members: int, seed: int) -> EnsembleSpec:
    """Uncertain roughness and rain: nothing of a member can be reused by another."""
    return EnsembleSpec.model_validate({
        "scenario": "-", "members": members, "seed": seed,
        "uncertain": [
            {"what": "water.roughness", "spread": {"kind": "uniform", "low": 0.03, "high": 0.08}},
            {"what": "water.rain.rates", "act": "scale", "spread": {"kind": "uniform", "low": 0.7, "high": 1.3}},
        ],
    })  # fmt: skip


def timed(city: Path, members: int, workers: int, seed: int) -> float:
    """Seconds per member of an ensemble in a workspace of its own, once its workers are at work."""
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        ends: list[float] = []

        def told(_: str, done: int, total: int) -> None:
            ends.append(time.perf_counter())
            del done, total

        run_ensemble(
            city, spec(members, seed), Scenario.model_validate(BASE), workspace=Workspace(Path(home)), workers=workers,
            progress=told,
        )  # fmt: skip
        ended = time.perf_counter()
    # The first member of each worker pays for starting it and for loading the kernels: what comes after is the rate.
    started = workers * 2
    rate = (ends[-1] - ends[started - 1]) / max(members - started, 1)
    sys.stdout.write(f"{members:3d} members, {workers} workers: {ended - began:.1f} s in all, then {rate:.2f} s a member\n")
    return rate


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        import_sample(out=city, buildings=BUILDINGS, seed=1)
        timed(city, 6, 2, seed=9)  # compiles the kernels
        timed(city, 10, 2, seed=2)
        one, two = timed(city, 20, 1, seed=1), timed(city, 20, 2, seed=1)
        sys.stdout.write(f"efficiency on two workers: {one / (2 * two):.2f} (target 0.85)\n")


if __name__ == "__main__":
    main()
