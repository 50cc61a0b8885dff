"""Speed and memory of the flood engine: cell updates per second, growth with wet cells, an hour of rain.

Run ``python tests/benchmarks/bench_flood.py [--quick]``. It measures; it never fails on a figure. Each figure is the best of
some short runs, with the load of the machine beside it; "per core" divides by processor time instead of the clock, which
a busy machine bends less.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from twin.flood.budget import Budget
from twin.flood.domain import Domain
from twin.flood.engine import warm_up
from twin.flood.full_solver import ShallowWaterSolver
from twin.flood.infiltration import HORTON, Soil
from twin.flood.solver import Forcing, LocalInertialSolver, Scheme, Solver

RAIN = 50e-3 / 3600
TARGETS = {"local inertial": 250, "full": 60}


def ground(size: int) -> np.ndarray:
    """A rolling slope."""
    y, x = np.mgrid[:size, :size]
    return 0.02 * x + 0.5 * np.sin(y * 0.02) * np.cos(x * 0.03)


def all_wet(size: int, kind: type[Solver], threads: int) -> tuple[Solver, Forcing]:
    """Everything on: rain, soil, roughness that varies, products."""
    roughness = 0.03 + 0.02 * np.random.default_rng(0).random((size, size))
    domain = Domain(ground(size), roughness, 10.0)
    domain.depth[:] = 0.5
    domain.soils = (Soil(), Soil(HORTON, 2e-5, 1e-6, 1e-3))
    scheme = Scheme(alpha=0.4) if kind is ShallowWaterSolver else Scheme()
    return kind(domain, scheme, threads=threads), Forcing(lambda a, b: RAIN * (b - a), lambda t: RAIN * t)


def rate(size: int, kind: type[Solver], threads: int, seconds: float, repeat: int = 3) -> tuple[float, float]:
    """Million cell updates per second of clock and of processor time (per core in use)."""
    solver, forcing = all_wet(size, kind, threads)
    budget = Budget()
    solver.run(forcing, 0, 5, budget)
    best_wall = best_cpu = 0.0
    now = 5.0
    for _ in range(repeat):
        steps, wall, cpu = solver.steps, time.perf_counter(), time.process_time()
        solver.run(forcing, now, now + seconds, budget)
        now += seconds
        updates = size * size * (solver.steps - steps) / 1e6
        best_wall = max(best_wall, updates / (time.perf_counter() - wall))
        best_cpu = max(best_cpu, updates / (time.process_time() - cpu))
    return best_wall, best_cpu


def wet_disc(size: int) -> tuple[float, int, int]:
    """Seconds for a pond of fixed size that spreads on a dry plane, the wet cells at the end, the cells updated per step."""
    domain = Domain(np.zeros((size, size)), 0.05, 10.0)
    middle = size // 2
    domain.depth[middle - 40 : middle + 40, middle - 40 : middle + 40] = 3.0
    solver = LocalInertialSolver(domain, threads=1)
    solver.run(Forcing(), 0, 60, Budget())
    began, steps, updates = time.process_time(), solver.steps, solver.updates
    solver.run(Forcing(), 60, 360, Budget())
    spent, updates = time.process_time() - began, (solver.updates - updates) // (solver.steps - steps)
    return spent, int((domain.depth > 1e-3).sum()), updates


def wet_share(size: int, share: float) -> tuple[float, int, int]:
    """The same for still water over a share of the rows."""
    domain = Domain(ground(size), 0.05, 10.0)
    domain.depth[: int(size * share)] = 0.5
    solver = LocalInertialSolver(domain, threads=1)
    solver.run(Forcing(), 0, 5, Budget())
    began, steps, updates = time.process_time(), solver.steps, solver.updates
    solver.run(Forcing(), 5, 35, Budget())
    steps = solver.steps - steps
    return (time.process_time() - began) / steps, int((domain.depth > 1e-3).sum()), (solver.updates - updates) // steps


def longest_silence(size: int, kind: type[Solver]) -> float:
    """Longest time between two signs of life, s, on two threads."""
    solver, forcing = all_wet(size, kind, 2)
    moments = [time.perf_counter()]
    solver.run(forcing, 0, 10, Budget(), pulse=lambda _: moments.append(time.perf_counter()))
    return float(np.diff(moments).max())


def hour_of_rain(size: int, threads: int) -> tuple[float, float, int]:
    """Clock and processor seconds for an hour of 50 mm/h on dry rolling ground, and the steps."""
    domain = Domain(ground(size), 0.05, 10.0)
    solver = LocalInertialSolver(domain, threads=threads)
    wall, cpu = time.perf_counter(), time.process_time()
    solver.run(Forcing(lambda a, b: RAIN * (b - a), lambda t: RAIN * t), 0, 3600, Budget())
    return time.perf_counter() - wall, time.process_time() - cpu, solver.steps


def bytes_per_cell(size: int = 2000) -> float:
    """Bytes that the arrays of a domain and its solver hold, per cell."""
    solver, _ = all_wet(size, LocalInertialSolver, 2)
    arrays = [v for v in (*vars(solver.domain).values(), *vars(solver).values()) if isinstance(v, np.ndarray)]
    return sum(array.nbytes for array in arrays if array.dtype != bool) / size**2


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    quick = parser.parse_args().quick
    began = time.perf_counter()
    warm_up()
    tell = sys.stdout.write
    tell(f"kernels ready in {time.perf_counter() - began:.1f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n\n")
    tell("| solver | cells | threads | million updates/s | per core | target | load |\n|---|---|---|---|---|---|---|\n")
    for kind, name, seconds in ((LocalInertialSolver, "local inertial", 40.0), (ShallowWaterSolver, "full", 15.0)):
        for size in (250, 1000) if quick else (250, 1000, 2000):
            for threads in (1, 2):
                span = seconds * (10 if size == 250 else 1)
                wall, cpu = rate(size, kind, threads, span, repeat=2 if quick else 3)
                tell(
                    f"| {name} | {size}² | {threads} | {wall:.0f} | {cpu:.0f} | {TARGETS[name]} | {os.getloadavg()[0]:.1f} |\n"
                )
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        wall, cpu = rate(1000, LocalInertialSolver, 2, 40.0, repeat=2)
        small, _ = rate(250, LocalInertialSolver, 2, 400.0, repeat=2)
    finally:
        busy.terminate()
        busy.wait()
    tell(f"\nwith one more busy process: 1000² {wall:.0f}, 250² {small:.0f} million/s on two threads\n")
    sizes = (250, 500, 1000) if quick else (250, 500, 1000, 2000, 4000)
    tell("\n| grid | pond of the same size: wet cells at the end | cells updated per step | processor s for 5 min |\n")
    tell("|---|---|---|---|\n")
    for size in sizes:
        spent, wet, updates = wet_disc(size)
        tell(f"| {size}² | {wet} | {updates} | {spent:.2f} |\n")
    tell("\n| grid | wet share | wet cells | cells updated per step | processor ns per wet cell and step |\n")
    tell("|---|---|---|---|---|\n")
    for size in sizes:
        for share in (0.1, 1.0):
            spent, wet, updates = wet_share(size, share)
            tell(f"| {size}² | {share:.0%} | {wet} | {updates} | {spent / wet * 1e9:.1f} |\n")
    tell(f"\nlongest silence at 1000²: {longest_silence(1000, LocalInertialSolver):.3f} s, ")
    tell(f"full {longest_silence(1000, ShallowWaterSolver):.3f} s\n")
    for size in (250,) if quick else (250, 1000):
        wall, cpu, steps = hour_of_rain(size, 2)
        tell(f"\nrain for an hour, {size}²: {wall:.1f} s ({cpu:.1f} s CPU), {steps} steps, load {os.getloadavg()[0]:.1f}\n")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    tell(f"\narrays: {bytes_per_cell():.1f} bytes per cell; peak of this process {most:.2f} GB\n")


if __name__ == "__main__":
    main()
