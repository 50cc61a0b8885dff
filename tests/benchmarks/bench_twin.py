"""How long a step takes, hook by hook, and how long when nothing has to be computed: ``python tests/benchmarks/bench_twin.py``.

Runs the official L2 map over the sample city with 100,000 buildings (``--buildings 1000000`` for a million) and prints a
table. The city is made once and kept in ``var/bench``.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Measure steps, reuse and the plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, nargs="*", default=[100_000])
    options = parser.parse_args()

    from geodata.importer import import_sample
    from geodata.package import open_city
    from twin.model import Twin
    from twin.scenario.presets import presets
    from twin.store import FolderStore

    for count in options.buildings:
        path = ROOT / "var" / "bench" / f"kawabe-{count}"
        if not (path / "city.toml").exists():
            began = time.perf_counter()
            import_sample(out=path, buildings=count, seed=1)
            print(f"sample city of {count:,} buildings made in {time.perf_counter() - began:.0f} s")
        city = open_city(path)
        scenario = presets(city)["official-l2"]
        folder = Path(tempfile.mkdtemp())
        store = FolderStore(folder, limit_bytes=20 << 30, memory_bytes=2 << 30)
        twin = Twin(city, store)
        began = time.perf_counter()
        twin.ask(scenario)
        first = next(iter(twin.run(scenario)))
        opening = time.perf_counter() - began
        print(f"\n{count:,} buildings, grid {city.grid.rows} × {city.grid.columns}, load average {os.getloadavg()[0]:.1f}")
        print(f"open, load what is read, first state: {opening:.2f} s")
        walls = defaultdict(list)
        began, steps = time.perf_counter(), 0
        for _, advance in twin.run(scenario):
            steps += 1
            for deed in advance.deeds:
                if deed.computed:
                    walls[deed.hook].append(deed.record.wall)
        computed = time.perf_counter() - began
        began = time.perf_counter()
        for _ in twin.run(scenario):
            pass
        reused = time.perf_counter() - began
        began = time.perf_counter()
        twin.plan(scenario)
        planned = time.perf_counter() - began
        print(f"{'hook':<20}{'computed':>9}{'median ms':>11}{'most ms':>9}")
        for hook, times in sorted(walls.items()):
            print(f"{hook:<20}{len(times):>9}{1000 * median(times):>11.1f}{1000 * max(times):>9.1f}")
        print(
            f"{steps} steps: {computed:.2f} s computed and stored ({1000 * computed / steps:.0f} ms a step), "
            f"{reused:.2f} s when all is known, {planned:.2f} s to plan"
        )
        print(
            f"store {sum(f.stat().st_size for f in folder.rglob('*') if f.is_file()) / 1e6:,.0f} MB, "
            f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
        )
        del first
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
