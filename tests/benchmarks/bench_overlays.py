"""Time and memory of the overlays, beside exactextract on the same data.

Run ``python tests/benchmarks/bench_overlays.py [--buildings 100000 1000000]``. It measures; it never fails on a figure.
Footprints are turned rectangles and L-shapes of 20 to 300 m², in Hilbert order as in a city package, on a city of 10 km at
5 m cells. exactextract answers maximum and mean for a sample, and its time is extrapolated to all of them, and says so.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import geopandas
import numpy as np
import shapely
from pyproj import CRS

sys.path.insert(0, str(Path(__file__).parents[2]))

from geodata.grid import Grid
from geodata.network import build_network
from geodata.overlays import (
    footprint_cells,
    length_above,
    lowest_cells,
    maximum,
    mean,
    nearest_nodes,
    segment_cells,
    summarise,
)
from geodata.report import ImportReport

Result = TypeVar("Result")
GRID = Grid(west=0.0, north=10_000.0, cell=5.0, rows=2000, columns=2000, crs="EPSG:6677")
SAMPLE = 3000


def houses(count: int, random: np.random.Generator) -> np.ndarray:
    """Rectangles and L-shapes, turned, in Hilbert order."""
    centre = random.uniform(20.0, 9980.0, (count, 2))
    size = np.exp(random.normal(np.log([11.0, 8.0]), 0.3, (count, 2)))
    notch = np.where(random.random((count, 1)) < 0.4, random.uniform(0.3, 0.7, (count, 2)), 0.0)
    half, inner = size / 2.0, size / 2.0 - size * notch
    corner = np.stack(
        [
            np.column_stack([-half[:, 0], -half[:, 1]]),
            np.column_stack([half[:, 0], -half[:, 1]]),
            np.column_stack([half[:, 0], inner[:, 1]]),
            np.column_stack([inner[:, 0], inner[:, 1]]),
            np.column_stack([inner[:, 0], half[:, 1]]),
            np.column_stack([-half[:, 0], half[:, 1]]),
        ],
        axis=1,
    )
    angle = random.uniform(0.0, np.pi, count)
    turn = np.stack([np.stack([np.cos(angle), -np.sin(angle)], -1), np.stack([np.sin(angle), np.cos(angle)], -1)], -2)
    shapes = shapely.polygons(np.einsum("nij,nkj->nki", turn, corner) + centre[:, None])
    order = geopandas.GeoSeries(shapes).hilbert_distance().to_numpy().argsort()
    return np.asarray(shapes[order])


def streets(count: int, random: np.random.Generator) -> np.ndarray:
    """Blocks of a jittered street grid, as plain lines that meet at their ends."""
    side = max(int(np.sqrt(count / 2.0)), 2)
    spacing = 9960.0 / (side - 1)
    places = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1) * spacing + 20.0
    places += random.uniform(-0.2, 0.2, places.shape) * spacing
    along = np.stack([places[:, :-1], places[:, 1:]], 2).reshape(-1, 2, 2)
    across = np.stack([places[:-1], places[1:]], 2).reshape(-1, 2, 2)
    return np.asarray(shapely.linestrings(np.clip(np.concatenate([along, across]), 1.0, 9999.0)))


def timed(work: Callable[[], Result], *, repeat: int = 1) -> tuple[float, Result]:
    """Shortest wall time of some runs, and what the last one returned."""
    best = np.inf
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def exactextract_time(shapes: np.ndarray, depth: np.ndarray, random: np.random.Generator) -> float | None:
    """Seconds that exactextract would take for all shapes, from a sample of neighbours; None where it is not installed."""
    try:
        import exactextract
        from exactextract.raster import NumPyRasterSource
    except ImportError:
        return None
    start = int(random.integers(0, max(len(shapes) - SAMPLE, 1)))
    frame = geopandas.GeoDataFrame(geometry=shapes[start : start + SAMPLE], crs=GRID.crs)
    source = NumPyRasterSource(depth.astype(np.float64), *GRID.bounds, srs_wkt=CRS(GRID.crs).to_wkt())
    wall, _ = timed(lambda: exactextract.exact_extract(source, frame, ["max", "mean"], output="pandas"))
    return wall * len(shapes) / len(frame)


def rows_for(count: int) -> list[tuple[str, str]]:
    """What is measured at one number of buildings."""
    random = np.random.default_rng(7)
    shapes = houses(count, random)
    depth = np.clip(random.normal(0.2, 1.0, GRID.shape), 0.0, None).astype(np.float32)
    elevation = random.normal(5.0, 2.0, GRID.shape).astype(np.float32)
    steps = np.repeat(depth[None], 24, axis=0)

    # The first call of each kernel compiles it, or loads it from the cache.
    few = footprint_cells(shapes[:1000], GRID)
    maximum(few, depth), mean(few, depth), summarise(few, lowest_cells(few, elevation), depth)

    build, found = timed(lambda: footprint_cells(shapes, GRID))
    low_wall, lowest = timed(lambda: lowest_cells(found, elevation))
    update, _ = timed(lambda: summarise(found, lowest, depth), repeat=7)
    many, _ = timed(lambda: maximum(found, steps))
    index_wall, index = timed(found.transposed)
    changed = (np.arange(200)[:, None] * GRID.columns + np.arange(200)).ravel() + 700 * GRID.columns + 900

    def what_if() -> Any:
        part = found.take(found.touched_by(changed))
        return maximum(part, depth), mean(part, depth)

    little, _ = timed(what_if, repeat=7)
    lines = streets(count // 5, random)
    frame = geopandas.GeoDataFrame({"id": [f"r{number}" for number in range(len(lines))]}, geometry=lines, crs=GRID.crs)
    network_wall, (roads, nodes) = timed(lambda: build_network(frame, report=ImportReport()))
    segment_cells(lines[:100], GRID)
    road_build, road_cells = timed(lambda: segment_cells(roads.geometry.to_numpy(), GRID))
    length_above(road_cells, depth, 0.15)
    road_update, _ = timed(lambda: (maximum(road_cells, depth), length_above(road_cells, depth, 0.15)), repeat=7)
    near, _ = timed(lambda: nearest_nodes(shapes, nodes.geometry.to_numpy()))
    theirs = exactextract_time(shapes, depth, random)
    return [
        ("cells per building", f"{len(found.cells) / count:.1f}"),
        ("footprints ↔ cells, build", f"{build:.2f} s"),
        ("  memory of it", f"{found.nbytes / 1e6:.0f} MB"),
        ("lowest cell, build", f"{low_wall * 1e3:.0f} ms"),
        ("update: max + mean + lowest", f"{update * 1e3:.1f} ms"),
        ("24 steps at once: max", f"{many * 1e3:.0f} ms"),
        ("cells → buildings, build", f"{index_wall * 1e3:.0f} ms"),
        ("  memory of it", f"{(index.indptr.nbytes + index.elements.nbytes) / 1e6:.0f} MB"),
        ("what-if on 1 % of cells: max + mean", f"{little * 1e3:.1f} ms"),
        ("network, build (road edges)", f"{network_wall:.2f} s ({len(roads):,})"),
        ("road edges ↔ cells, build", f"{road_build:.2f} s"),
        ("update: max + closed length", f"{road_update * 1e3:.1f} ms"),
        ("building → node", f"{near:.2f} s"),
        ("exactextract: max + mean", "not installed" if theirs is None else f"{theirs:.0f} s (extrapolated from {SAMPLE:,})"),
        ("peak memory of this process", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB"),
    ]


def main() -> None:
    """Print one table, a column per number of buildings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--buildings", type=int, nargs="+", default=[100_000, 1_000_000])
    counts = parser.parse_args().buildings
    columns = [rows_for(count) for count in counts]
    print("| overlay | " + " | ".join(f"{count:,} buildings" for count in counts) + " |")
    print("|---|" + "---|" * len(counts))
    for row in zip(*columns, strict=True):
        print(f"| {row[0][0]} | " + " | ".join(value for _, value in row) + " |")


if __name__ == "__main__":
    main()
