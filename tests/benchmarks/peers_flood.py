"""The flood engine beside engines that people would pick instead: same terrain, same hour, same alpha, one interleaved run.

``python tests/benchmarks/peers_flood.py [--environment DIR] [--repeat 2] [--seconds 3600] [--cases rain-250 inflow-1000]``

Installs itzi-core, landlab and ANUGA into an environment of their own (they do not share ours: itzi-core wants Python 3.12 and
more, ANUGA and landlab pin other libraries). SFINCS is used when a ``sfincs`` binary stands in the path, and named as absent
otherwise. Prints seconds, ratios, RMSE of greatest depth and agreement of the wet area (CSI) against itzi: nobody shall buy
speed with accuracy. Beside the clock stands the time of the processors, which other work on the machine bends less.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PEERS = ("itzi-core>=0.8", "landlab>=2.11", "requireit<=0.7.0", "anuga>=4.1")
ALPHA, CELL, ROUGHNESS = 0.5, 10.0, 0.05
WET = 0.05


def case_of(name: str) -> dict[str, np.ndarray]:
    """Ground (m), rain (m/s), inflow (m/s) and first depth (m) of a case."""
    kind, size = name.split("-")
    rows = int(size)
    y, x = np.mgrid[:rows, :rows]
    ground = 0.002 * CELL * x + 0.8 * np.sin(y * 0.05) * np.cos(x * 0.04) + 0.5 * np.sin(x * 0.11 + y * 0.07)
    inflow = np.zeros((rows, rows))
    if kind == "inflow":
        middle = rows // 2
        inflow[middle - 5 : middle + 5, 40] = 100.0 / (10 * CELL**2)  # 100 m³/s, as through a breach
    depth = np.zeros((rows, rows))
    if kind == "breach":  # a lake behind a levee that is open over 80 m
        levee, middle = rows // 8, rows // 2
        ground[:, :levee] = ground[:, levee].mean()
        depth[:, :levee] = 4.0
        ground[np.r_[: middle - 4, middle + 4 : rows], levee] += 8.0
    rain = np.array(50e-3 / 3600 if kind == "rain" else 0.0)
    return {"ground": ground, "rain": rain, "inflow": inflow, "depth": depth}


def clock() -> np.ndarray:
    """Seconds of the clock and of the processors."""
    return np.array([time.perf_counter(), time.process_time()])


def ours(case: dict[str, np.ndarray], seconds: float, *, full: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Seconds and greatest depth of our engine; kernels are ready before the clock starts."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from twin.flood.budget import Budget
    from twin.flood.curve import Curve
    from twin.flood.domain import Domain
    from twin.flood.engine import warm_up
    from twin.flood.full_solver import ShallowWaterSolver
    from twin.flood.solver import Forcing, LocalInertialSolver, Scheme
    from twin.flood.sources import Inflow, StillSources

    warm_up()
    began = clock()
    domain = Domain(case["ground"], ROUGHNESS, CELL)
    domain.depth[:] = case["depth"]
    rain = float(case["rain"])
    cells = np.argwhere(case["inflow"] > 0)
    controls = []
    if len(cells):
        total = float(case["inflow"].sum()) * CELL**2
        controls = [StillSources(), Inflow(domain.set_sources(cells), Curve((0.0,), (total,)))]
    kind = ShallowWaterSolver if full else LocalInertialSolver
    solver = kind(domain, Scheme(alpha=0.4 if full else ALPHA), threads=2)
    solver.run(Forcing(lambda a, b: rain * (b - a), lambda t: rain * t, controls), 0.0, seconds, Budget())
    return clock() - began, domain.inner(domain.peak).copy()


def itzi(case: dict[str, np.ndarray], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """itzi-core 0.8, its own defaults but for alpha."""
    from datetime import datetime, timedelta

    from itzi_core.const import TemporalType
    from itzi_core.data_containers import SimulationConfig, SurfaceFlowParameters
    from itzi_core.domain_data import DomainData
    from itzi_core.simulation_builder import SimulationBuilder

    rows, columns = case["ground"].shape
    start = datetime(2000, 1, 1)  # noqa: DTZ001 (itzi takes naive instants)
    config = SimulationConfig(
        start_time=start, end_time=start + timedelta(seconds=seconds), record_step=timedelta(seconds=seconds),
        temporal_type=TemporalType.RELATIVE, input_map_names={}, output_map_names={},
        surface_flow_parameters=SurfaceFlowParameters(cfl=ALPHA, theta=0.9),
    )  # fmt: skip
    extent = DomainData(north=rows * CELL, south=0, east=columns * CELL, west=0, rows=rows, cols=columns, crs_wkt="")
    simulation = SimulationBuilder(config, np.zeros((rows, columns), bool)).with_domain_data(extent).build()
    simulation.set_array("ground_elevation", case["ground"].astype(np.float32))
    simulation.set_array("friction", np.full((rows, columns), ROUGHNESS, np.float32))
    simulation.set_array("rainfall_rate", np.full((rows, columns), float(case["rain"]), np.float32))
    simulation.set_array("inflow", case["inflow"].astype(np.float32))
    simulation.set_array("water_depth", case["depth"].astype(np.float32))
    simulation.initialize()
    began = clock()
    simulation.update_until(timedelta(seconds=seconds))
    wall = clock() - began
    return wall, np.asarray(simulation.get_array("max_water_depth"), float)


def landlab(case: dict[str, np.ndarray], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """landlab's OverlandFlow."""
    from landlab import RasterModelGrid
    from landlab.components import OverlandFlow

    grid = RasterModelGrid(case["ground"].shape, xy_spacing=CELL)
    grid.add_field("topographic__elevation", case["ground"][::-1].ravel().astype(float), at="node")
    depth = grid.add_zeros("surface_water__depth", at="node")
    depth += case["depth"][::-1].ravel()
    grid.set_closed_boundaries_at_grid_edges(True, True, True, True)
    flow = OverlandFlow(
        grid, alpha=ALPHA, mannings_n=ROUGHNESS, theta=0.9, rainfall_intensity=float(case["rain"]), steep_slopes=False
    )
    inflow = case["inflow"][::-1].ravel()
    greatest, now = depth.copy(), 0.0
    began = clock()
    while now < seconds:
        step = min(flow.calc_time_step(), seconds - now, 10.0)
        depth += inflow * step
        flow.overland_flow(dt=step)
        np.maximum(greatest, depth, out=greatest)
        now += step
    return clock() - began, greatest.reshape(case["ground"].shape)[::-1]


def anuga(case: dict[str, np.ndarray], seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """ANUGA on one triangle per cell (the four of every second cell), no inflow."""
    import anuga as engine

    rows, columns = case["ground"].shape
    domain = engine.rectangular_cross_domain(columns // 2, rows // 2, len1=columns * CELL, len2=rows * CELL)
    domain.set_store(False)
    domain.set_flow_algorithm("DE0")
    x, y = domain.centroid_coordinates[:, 0], domain.centroid_coordinates[:, 1]
    place = (np.clip(((rows * CELL - y) / CELL).astype(int), 0, rows - 1), np.clip((x / CELL).astype(int), 0, columns - 1))
    domain.set_quantity("elevation", case["ground"][place], location="centroids")
    domain.set_quantity("friction", ROUGHNESS)
    domain.set_quantity("stage", (case["ground"] + case["depth"])[place], location="centroids")
    wall = engine.Reflective_boundary(domain)
    domain.set_boundary(dict.fromkeys(("left", "right", "top", "bottom"), wall))
    if case["rain"]:
        engine.Rate_operator(domain, rate=float(case["rain"]), factor=1.0)
    greatest = np.zeros(len(x))
    began = clock()
    for _ in domain.evolve(yieldstep=60.0, finaltime=seconds):
        depth = domain.quantities["stage"].centroid_values - domain.quantities["elevation"].centroid_values
        np.maximum(greatest, depth, out=greatest)
    spent = clock() - began
    made = np.zeros((rows, columns))
    np.maximum.at(made, place, greatest)
    return spent, made


ENGINES = {"itzi": itzi, "landlab": landlab, "anuga": anuga}


def environment(folder: Path) -> Path:
    """The Python of an environment that holds the peers, made when it is not there."""
    python = folder / "bin" / "python"
    if not python.exists():
        known = [
            shutil.which("python3.13"),
            shutil.which("python3.12"),
            *map(str, sorted(Path.home().glob(".pyenv/versions/3.1[23]*/bin/python"))),
        ]
        base = next((path for path in known if path), None)
        if base is None:
            sys.exit("itzi-core needs Python 3.12 or later; install one.")
        subprocess.run([base, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return python


def in_other(python: Path, engine: str, name: str, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Run an engine in the peers' environment, two threads."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.npz"
        subprocess.run(
            [str(python), __file__, "--inside", engine, "--cases", name, "--seconds", str(seconds), "--target", str(target)],
            check=True, env={**os.environ, "OMP_NUM_THREADS": "2"}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        made = np.load(target)
        return made["wall"], made["depth"]


def likeness(one: np.ndarray, other: np.ndarray) -> str:
    """RMSE and CSI of two greatest depths."""
    wet, both = (one > WET) | (other > WET), (one > WET) & (other > WET)
    return f"{np.sqrt(np.mean((one - other) ** 2)):.4f} | {both.sum() / max(wet.sum(), 1):.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "peers")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--cases", nargs="+", default=["rain-250", "inflow-250", "inflow-1000"])
    parser.add_argument("--engines", nargs="+", default=["itzi", "landlab"], choices=sorted(ENGINES))
    parser.add_argument("--inside", choices=sorted(ENGINES), help=argparse.SUPPRESS)
    parser.add_argument("--target", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        wall, depth = ENGINES[given.inside](case_of(given.cases[0]), given.seconds)
        np.savez(given.target, wall=wall, depth=depth)
        return
    python = environment(given.environment)
    tell = sys.stdout.write
    sfincs = shutil.which("sfincs") or "ABSENT, not measured"
    tell(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; sfincs: {sfincs}\n\n")
    tell("| case | engine | s, best | times ours | processor s | times ours | RMSE to itzi, m | CSI | load |\n")
    tell("|" + "---|" * 9 + "\n")
    for name in given.cases:
        case = case_of(name)
        best: dict[str, np.ndarray] = {}
        depths: dict[str, np.ndarray] = {}
        for _ in range(given.repeat):
            for engine in ("local inertial", "full", *given.engines):
                if engine in ENGINES:
                    wall, depth = in_other(python, engine, name, given.seconds)
                else:
                    wall, depth = ours(case, given.seconds, full=engine == "full")
                best[engine], depths[engine] = np.minimum(wall, best.get(engine, np.inf)), depth
        for engine, wall in best.items():
            same = likeness(depths[engine], depths["itzi"]) if "itzi" in depths else " | "
            times = wall / best["local inertial"]
            spent = f"{wall[0]:.2f} | {times[0]:.1f} | {wall[1]:.2f} | {times[1]:.1f}"
            tell(f"| {name} | {engine} | {spent} | {same} | {os.getloadavg()[0]:.1f} |\n")


if __name__ == "__main__":
    main()
