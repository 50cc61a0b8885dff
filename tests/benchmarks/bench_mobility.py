"""Time of the questions that people ask of the road network, beside scipy, igraph, rustworkx and networkx where installed.

Run ``python tests/benchmarks/bench_mobility.py [--edges 1000000]``. It measures; it never fails on a figure. The roads are a
jittered street grid of two-way edges, numbered at random as files have them. Wall and CPU time of the shortest of some rounds,
the libraries taking turns within a round, so that a busy machine hurts all of them alike.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

sys.path.insert(0, str(Path(__file__).parents[2]))

from twin.mobility.capacity import foot_capacity
from twin.mobility.crowd import Entrances, Ways, advance, new_crowd
from twin.mobility.departure import latest_departure, time_left
from twin.mobility.graph import Doors, RoadGraph, build_graph, directed
from twin.mobility.layers import stack_layers
from twin.mobility.one_way import way_from
from twin.mobility.shortest import nearest
from twin.mobility.windows import deadlines

SHELTERS = 200
SPACING = 60.0


def street_grid(edges: int, random: np.random.Generator) -> RoadGraph:
    """A city of about so many edges, built from tables as a real one is."""
    side = max(int(np.sqrt(edges / 2.0)), 2)
    number = np.arange(side * side).reshape(side, side)
    start = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    end = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    place = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) * SPACING
    place += random.uniform(-0.25, 0.25, place.shape) * SPACING
    ids = np.array([f"n{name}" for name in random.permutation(side * side)], dtype=object)
    mixed = random.permutation(len(start))
    lines = shapely.linestrings(np.stack([place[start[mixed]], place[end[mixed]]], axis=1))
    shuffled = random.permutation(side * side)
    nodes = geopandas.GeoDataFrame({"id": ids[shuffled]}, geometry=shapely.points(place[shuffled]))
    roads = geopandas.GeoDataFrame({"from_node": ids[start[mixed]], "to_node": ids[end[mixed]]}, geometry=lines)
    return build_graph(roads, nodes)


def rounds(works: dict[str, Callable[[], Any]], count: int) -> dict[str, tuple[float, float]]:
    """Least wall and CPU time of each, in turns."""
    best = dict.fromkeys(works, (np.inf, np.inf))
    for _ in range(count):
        for name, work in works.items():
            wall, processor = time.perf_counter(), time.process_time()
            work()
            spent = time.perf_counter() - wall, time.process_time() - processor
            best[name] = min(best[name][0], spent[0]), min(best[name][1], spent[1])
    return best


def others(graph: RoadGraph, times: np.ndarray, goals: np.ndarray) -> dict[str, Callable[[], Any]]:
    """The same question asked of libraries: new weights, then the time to the nearest goal for every node."""
    weights, count = graph.backward(times), graph.nodes
    tails = np.repeat(np.arange(count), np.diff(graph.indptr))
    works: dict[str, Callable[[], Any]] = {
        "scipy": lambda: dijkstra(
            csr_array((weights, graph.heads, graph.indptr), shape=(count, count)), indices=goals, min_only=True
        )
    }
    # They know no search from many places at once: one more node before all goals serves.
    extra = np.column_stack([np.full(len(goals), count), goals])
    try:
        import igraph

        net = igraph.Graph(n=count + 1, edges=np.vstack([np.column_stack([tails, graph.heads]), extra]), directed=True)
        cost = np.concatenate([weights, np.zeros(len(goals))])
        works["igraph"] = lambda: net.distances(source=count, weights=cost)
    except ImportError:
        pass
    try:
        import rustworkx

        rust = rustworkx.PyDiGraph()
        rust.add_nodes_from(range(count + 1))
        listed = zip(
            [*tails.tolist(), *extra[:, 0].tolist()], [*graph.heads.tolist(), *goals.tolist()],
            [*weights.tolist(), *[0.0] * len(goals)], strict=True,
        )  # fmt: skip
        rust.add_edges_from(list(listed))
        works["rustworkx"] = lambda: rustworkx.dijkstra_shortest_path_lengths(rust, count, float)
    except ImportError:
        pass
    try:
        import networkx as nx

        slow = nx.DiGraph()
        slow.add_weighted_edges_from(zip(tails.tolist(), graph.heads.tolist(), weights.tolist(), strict=True))
        works["networkx"] = lambda: nx.multi_source_dijkstra_path_length(slow, set(goals.tolist()))
    except ImportError:
        pass
    return works


def shortest_and_minutes(edges: int, random: np.random.Generator) -> list[tuple[str, str]]:
    """Nearest shelter, and minutes left, on one large network."""
    built = time.perf_counter()
    graph = street_grid(edges, random)
    built = time.perf_counter() - built
    goals = random.integers(0, graph.nodes, SHELTERS)
    times = directed(graph.length, None)
    homes = random.integers(0, graph.nodes, graph.nodes)
    works: dict[str, Callable[[], Any]] = {
        "city-twin": lambda: nearest(graph.indptr, graph.heads, graph.backward(times), goals).cost[homes],
        **others(graph, times, goals),
    }
    nearest(graph.indptr, graph.heads, graph.backward(times), goals)
    found = rounds(works, 3)
    outputs = np.arange(13) * 1800.0
    closes = np.where(random.random(graph.edges) < 0.3, random.integers(1, 12, graph.edges), 99)
    doors = Doors(homes, np.full(len(homes), 10.0))
    ones = np.ones(len(homes), bool)

    def minutes_left() -> Any:
        moment = next(d for d in deadlines(lambda number: closes > number, outputs) if d.number == 0)
        latest, _ = latest_departure(graph, times, moment.deadline, goals, np.full(SHELTERS, np.inf), end=float(outputs[-1]))
        return time_left(
            outputs[:1], lambda _: latest, doors, doors.distance, deadlines(lambda _: ones, outputs[:1]), preparation=900.0
        )

    minutes_left()
    left = rounds({"minutes left now, one group": minutes_left}, 3)
    speed, none = np.ones(graph.edges), np.zeros(0, np.int8)

    def one_door() -> Any:
        return [way_from(graph, speed, none, int(home), 0.0, goals, np.zeros(SHELTERS)) for home in homes[:4]]

    one_door()
    left |= rounds({"ways from one door, four groups": one_door}, 3)
    table = [("edges, nodes", f"{graph.edges:,}, {graph.nodes:,}"), ("build from tables", f"{built:.1f} s")]
    for name, (wall, processor) in {**{f"nearest shelter, {k}": v for k, v in found.items()}, **left}.items():
        table.append((name, f"{wall:.3f} s wall, {processor:.3f} s CPU"))
    return table


def evacuation(edges: int, people: int, hours: float, random: np.random.Generator) -> list[tuple[str, str]]:
    """People on foot to shelters with room, in steps of ten minutes."""
    graph = street_grid(edges, random)
    layers = stack_layers(graph, 1)
    flow, room = (np.repeat(each, 2) for each in foot_capacity(graph.length, np.full(graph.edges, np.nan)))
    ways = Ways(layers, directed(graph.length, None)[layers.slots], layers.slots, flow, room)
    goals = random.integers(0, graph.nodes, SHELTERS)
    entrances = Entrances(goals, np.full(SHELTERS, 10.0), np.arange(SHELTERS))
    parties = int(people / 2.2)

    def run() -> Any:
        space = np.full(SHELTERS, people / SHELTERS * 1.5)
        crowd = new_crowd(np.full(parties, 2.2), homes, leave)
        for start in np.arange(0.0, hours * 3600.0, 600.0):
            advance(ways, entrances, space, crowd, start=start, end=start + 600.0)
        return crowd

    homes, leave = random.integers(0, graph.nodes, parties), random.uniform(0, 5400, parties)
    run()
    wall, processor = rounds({"run": run}, 2)["run"]
    arrived = int((run().status == 2).sum())
    return [
        (f"evacuation of {people:,} people, {edges:,} edges, {hours:g} h", f"{wall:.2f} s wall, {processor:.2f} s CPU"),
        ("  of them in shelters at the end", f"{arrived / parties:.0%}"),
    ]


def closure(random: np.random.Generator) -> list[tuple[str, str]]:
    """One road closed: all four groups anew, to the nearest shelter."""
    graph = street_grid(20_000, random)
    goals, homes = random.integers(0, graph.nodes, 50), random.integers(0, graph.nodes, 20_000)
    times = directed(graph.length, None)

    def answer() -> None:
        for _ in range(4):
            changed = times.copy()
            changed[2 * 77 : 2 * 77 + 2] = np.inf
            nearest(graph.indptr, graph.heads, graph.backward(changed), goals).cost[homes]

    answer()
    wall, processor = rounds({"closure": answer}, 5)["closure"]
    return [("one road closed, 20,000 edges, four groups", f"{wall * 1e3:.1f} ms wall, {processor * 1e3:.1f} ms CPU")]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=100_000)
    chosen = parser.parse_args()
    random = np.random.default_rng(7)
    rows = [("load of the machine before", f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")]
    rows += shortest_and_minutes(chosen.edges, random)
    rows += evacuation(chosen.edges // 5, chosen.people, 3.0, random)
    rows += closure(random)
    rows += [("load of the machine after", f"{os.getloadavg()[0]:.1f}")]
    print("| roads | |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
