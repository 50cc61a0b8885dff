"""Runs inside the peers' environment: itzi on rain, ANUGA on a breach. ``python peer_runs.py ENGINE CASE.npz TARGET.npz``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))


def itzi(case) -> dict[str, np.ndarray]:
    """Greatest depth of itzi-core at the case's alpha."""
    import peers_flood

    peers_flood.ALPHA, peers_flood.CELL, peers_flood.ROUGHNESS = (float(case[k]) for k in ("alpha", "cell", "roughness"))
    none = np.zeros_like(case["ground"])
    given = {"ground": case["ground"], "rain": case["rain"], "inflow": none, "depth": none}
    return {"peak": peers_flood.itzi(given, float(case["seconds"]))[1]}


def anuga(case) -> dict[str, np.ndarray]:
    """Depth and speed at the case's moments, and greatest depth, means of squares of 2 × 2 cells; walls all round.

    A square holds four triangles, so that a triangle is as large as a cell.
    """
    import anuga as engine

    rows, columns = case["ground"].shape
    cell = float(case["cell"])
    domain = engine.rectangular_cross_domain(columns // 2, rows // 2, len1=columns * cell, len2=rows * cell)
    domain.set_store(False)
    domain.set_flow_algorithm("DE1")
    x, y = domain.centroid_coordinates[:, 0], domain.centroid_coordinates[:, 1]
    place = (np.clip(((rows * cell - y) / cell).astype(int), 0, rows - 1), np.clip((x / cell).astype(int), 0, columns - 1))
    ground = case["ground"][place]
    domain.set_quantity("elevation", ground, location="centroids")
    domain.set_quantity("friction", float(case["roughness"]))
    domain.set_quantity("stage", ground + case["depth"][place], location="centroids")
    domain.set_boundary(dict.fromkeys(("left", "right", "top", "bottom"), engine.Reflective_boundary(domain)))
    square = (place[0] // 2, place[1] // 2)

    def mean(values) -> np.ndarray:
        total = np.zeros((rows // 2, columns // 2))
        np.add.at(total, square, values)
        return total / 4

    times, depths, speeds, peak = [], [], [], 0.0
    for time in domain.evolve(yieldstep=float(case["every"]), finaltime=float(case["seconds"])):
        depth = domain.quantities["stage"].centroid_values - domain.quantities["elevation"].centroid_values
        u, v = (domain.quantities[k].centroid_values for k in ("xmomentum", "ymomentum"))
        times.append(time)
        depths.append(mean(depth))
        speeds.append(mean(np.where(depth > 1e-2, np.hypot(u, v) / np.maximum(depth, 1e-2), 0.0)))
        peak = np.maximum(peak, depths[-1])
    return {"times": np.array(times), "depth": np.array(depths), "speed": np.array(speeds), "peak": peak}


if __name__ == "__main__":
    name, source, target = sys.argv[1:]
    np.savez(target, **{"itzi": itzi, "anuga": anuga}[name](dict(np.load(source))))
