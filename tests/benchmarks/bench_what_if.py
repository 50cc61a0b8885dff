"""How long a person waits for what a change does: ``python tests/benchmarks/bench_what_if.py``.

A desk with its workers, as the server has it, on the sample city with 50,000 buildings and 21,000 road links, an evacuation of
36 steps. Measured from the submission of a changed scenario to the state at the visible moment, and to all states; then the
flood engine's previews on the usual sample city. What the browser adds is measured in ``bench_map.py``.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
VISIBLE = 3 * 3600


def main() -> None:
    """Measure looks, whole runs and previews."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="Changes of each kind.")
    parser.add_argument("--kinds", nargs="*", default=["road", "shelter", "order", "map"])
    options = parser.parse_args()

    from geodata.importer import import_sample
    from geodata.package import open_city
    from twin.desk import Desk
    from twin.scenario import Scenario, load_scenario
    from twin.workspace import Workspace

    large, small = ROOT / "var" / "bench" / "kawabe-50000", ROOT / "var" / "cities" / "kawabe"
    for path, count in ((large, 50_000), (small, 8000)):
        if not (path / "city.toml").exists():
            import_sample(out=path, buildings=count, seed=1)
    city = open_city(large)
    base = load_scenario(ROOT / "examples" / "evacuation.yaml")
    dice = random.Random(5)
    print(
        f"{len(city.buildings):,} buildings, {len(city.roads):,} roads, {len(base.boundaries())} steps, load {os.getloadavg()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Workspace(Path(folder) / "home"))
        try:
            began = time.perf_counter()
            desk.start([large, small])
            until(lambda: not desk.jobs.unfinished())
            print(f"workers started, cities opened: {time.perf_counter() - began:.1f} s")
            began = time.perf_counter()
            until(lambda: desk.ask(large, city, base, "bench").job is None)
            print(f"first run: {time.perf_counter() - began:.1f} s")
            desk.look(
                large, city, changed(base, kind="road_closure", roads=[some(city.roads, dice)]), VISIBLE, "bench", wait=60
            )
            walls: dict[str, list[float]] = defaultdict(list)
            for kind, change in changes(base, city, dice, options.rounds, Scenario):
                if kind not in options.kinds:
                    continue
                seen, whole, worker = [], [], []
                for scenario in change:
                    began = time.perf_counter()
                    look = desk.look(large, city, scenario, VISIBLE, "bench", wait=60)
                    assert look.state is not None, look.job
                    seen.append(time.perf_counter() - began)
                    worker.append(look.job.result["wall"] if look.job else 0.0)
                    until(lambda: steps_of(desk.ask(large, city, scenario, "bench").run) == len(scenario.boundaries()))  # noqa: B023
                    whole.append(time.perf_counter() - began)
                    until(lambda: desk.ask(large, city, scenario, "bench").job is None)  # noqa: B023
                    run = desk.ask(large, city, scenario, "bench").run
                    for step in run.steps if run else ():
                        for hook in step.computed:
                            record = desk.store.find(step.keys[hook])
                            if record is not None:
                                walls[hook].append(record.wall)
                print(
                    f"{kind:<10} visible step: median {median(seen):.2f} s, p95 {worst(seen):.2f} s "
                    f"(worker {median(worker):.2f} s); all steps: median {median(whole):.2f} s, worst {max(whole):.2f} s"
                )
                print(f"           left out of the look: {', '.join(look.left_out)}")
            print(f"{'hook':<16}{'steps':>7}{'median ms':>11}{'sum s a run':>13}")
            runs = options.rounds * len(options.kinds)
            for hook, times in sorted(walls.items(), key=lambda each: -sum(each[1])):
                print(f"{hook:<16}{len(times):>7}{1000 * median(times):>11.1f}{sum(times) / runs:>13.2f}")
            previews(desk, small)
        finally:
            desk.close()


def previews(desk: Any, path: Path) -> None:
    """Time from the question to the last state of its preview."""
    from geodata.package import open_city
    from twin.scenario import load_scenario

    city = open_city(path)
    for name in ("levee-breach", "cloudburst", "river-flood"):
        scenario = load_scenario(ROOT / "examples" / f"{name}.yaml")
        began = time.perf_counter()
        until(lambda: settled(desk.preview(path, city, scenario, "bench")))  # noqa: B023
        preview = desk.preview(path, city, scenario, "bench")
        states = desk.preview_states(city, preview)
        depth = states[-1].field("water_depth")
        wall = time.perf_counter() - began
        wet = f"{(depth > 0).mean():.1%} wet"
        print(f"preview of {name}: {wall:.2f} s, cells of {preview.cell:g} m, {len(states)} states, {wet}")


def settled(preview: Any) -> bool:
    """Whether a preview is whole; a failed one is told."""
    assert preview.job is None or preview.job.error is None, preview.job.error.text
    return preview.job is None


def changes(base: Any, city: Any, dice: random.Random, rounds: int, scenario: Any) -> Iterator[tuple[str, list[Any]]]:
    """Kinds of changes, with some of each."""
    yield "road", [changed(base, kind="road_closure", roads=[some(city.roads, dice)]) for _ in range(rounds)]
    yield "shelter", [changed(base, kind="shelter_closed", shelters=[some(city.shelters, dice)]) for _ in range(rounds)]
    orders, maps = [], []
    for number in range(rounds):
        plain = base.model_dump(mode="json")
        plain["measures"][1]["start"] = 1800 + 60 * (number + 1)
        orders.append(scenario.model_validate(plain))
        plain = base.model_dump(mode="json")
        plain["water"]["scale"] = "L1"
        plain["water"]["curve"][2]["value"] = 1 - 0.01 * number
        maps.append(scenario.model_validate(plain))
    yield "order", orders
    yield "map", maps


def changed(base: Any, **measure: Any) -> Any:
    """The scenario with one more measure, from the start."""
    plain = base.model_dump(mode="json")
    return type(base).model_validate({**plain, "measures": [*plain["measures"], {"start": 0, **measure}]})


def some(table: Any, dice: random.Random) -> str:
    """The id of an element."""
    return str(table["id"].iloc[dice.randrange(len(table))])


def steps_of(run: Any) -> int:
    """Steps of a run so far."""
    return 0 if run is None else len(run.steps)


def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    while not condition():
        time.sleep(0.1)


def worst(times: list[float]) -> float:
    """The 95th of a hundred."""
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


if __name__ == "__main__":
    main()
