"""What closures do to everyone else's day: car traffic in user equilibrium, beside that of a dry day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.hooks.passability import require_ids
from twin.keys import canonical
from twin.mobility.assignment import Equilibrium, Links, assign, gravity
from twin.mobility.capacity import car_capacity
from twin.mobility.network import NETWORK_READS, Network, group_number, network_digest, network_of
from twin.mobility.shortest import nearest
from twin.mobility.variables import ROAD_DELAY, ROAD_FLOW, ROAD_SPEED, TRAFFIC_EXTRA_TIME, TRAFFIC_UNSERVED
from twin.named import Named
from twin.question import Question, Step
from twin.variable import Variable

HOMES = ("house", "apartment", "mixed")
TRIP_COLUMNS = ("origin", "destination", "vehicles_per_hour")
GAP, ROUNDS = 5e-3, 60
ZONES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "areas": ("id", "kind", "geometry"), "buildings": ("residents", "storeys", "use", "geometry"),
})  # fmt: skip
"""What the zones between which people travel are made of."""


class Trips(NamedTuple):
    """Nodes at which trips begin and end, and vehicles per hour."""

    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    amount: NDArray[np.float64]


def car_links(network: Network, speed: NDArray[Any]) -> Links:
    """The network as links of cars, in vehicles an hour."""
    graph = network.graph
    flow, _ = car_capacity(graph.length, network.lanes, network.vehicle_speed, 1.0)
    times = network.slot_times("car", speed)
    return Links(graph.indptr, graph.heads, times[graph.slots], np.repeat(flow * 3600.0, 2)[graph.slots])


def zone_totals(areas: pd.DataFrame, buildings: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Residents, and floor of workplaces (footprint × storeys, m²), of each area."""
    shapes = np.asarray(buildings["geometry"], dtype=object)
    points = shapely.centroid(shapes)
    place, zone = shapely.STRtree(np.asarray(areas["geometry"], dtype=object)).query(points, predicate="within")
    residents = np.nan_to_num(buildings["residents"].to_numpy(np.float64))
    storeys = buildings["storeys"].astype("Float64").to_numpy(np.float64, na_value=1.0)
    work = np.where(np.isin(buildings["use"].to_numpy(), (*HOMES, "shed", "")), 0.0, shapely.area(shapes) * storeys)
    people = np.bincount(zone, residents[place], len(areas)).astype(np.float64)
    jobs = np.bincount(zone, work[place], len(areas)).astype(np.float64)
    return people, jobs if jobs.sum() > 0 else people


@dataclass(frozen=True)
class TrafficHook:
    """Trips between areas over the roads open to cars now, nobody faster by another way; against the same on a dry day.

    The trips come from the scenario's table, or from that of the city, or are estimated by gravity from residents and
    workplaces. Nothing is computed when the scenario does not ask for traffic.
    """

    name: str = "traffic"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(ROAD_SPEED),
        *NETWORK_READS,
        *(Static(layer, columns) for layer, columns in ZONES.items()),
    )
    writes: tuple[Variable, ...] = (ROAD_FLOW, ROAD_DELAY, TRAFFIC_EXTRA_TIME, TRAFFIC_UNSERVED)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (an ordinary day has no hours here)
        """The demand, or nothing."""
        demand = question.scenario.mobility.traffic
        if demand is None:
            return {"demand": None}
        require_ids(question, "areas", sorted({end for trip in demand.trips for end in (trip.origin, trip.destination)}))
        table = question.city.table("trips")
        asset = None
        if demand.source != "gravity" and not demand.trips and len(table):
            asset = question.asset("table", "trips", TRIP_COLUMNS)
        if demand.source == "table" and not demand.trips and asset is None:
            raise InputError(
                "{city} has no table of trips, and the scenario gives none; import one, or let gravity estimate them.",
                city=question.city.name,
            )
        estimated = asset is None and not demand.trips
        if estimated and not (question.city.table("areas")["kind"] == demand.areas).any():
            raise InputError(
                "{city} has no areas of kind {kind} to estimate traffic between; give trips, or another kind.",
                city=question.city.name,
                kind=demand.areas,
            )
        return {
            "demand": {
                "kind": demand.areas, "rate": demand.trips_per_resident, "decay": demand.decay, "table": asset,
                "trips": [[trip.origin, trip.destination, trip.vehicles_per_hour] for trip in demand.trips],
            },
            "network": network_digest(question.city),
            "zones": {layer: question.city.fingerprint_of(layer, columns) for layer, columns in ZONES.items()},
        }  # fmt: skip

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Flows and delays at the end of the step."""
        roads = inputs.size("road")
        if parameters["demand"] is None:
            nothing = np.full(roads, -np.inf)
            return {ROAD_FLOW.name: nothing, ROAD_DELAY.name: nothing, TRAFFIC_EXTRA_TIME.name: np.asarray(-np.inf),
                    TRAFFIC_UNSERVED.name: np.asarray(-np.inf)}  # fmt: skip
        network = network_of(parameters["network"], inputs)
        now = car_links(network, inputs.current(ROAD_SPEED)[group_number("car")])
        name = orjson.dumps(canonical(parameters), option=orjson.OPT_SORT_KEYS)
        (origin, destination, amount), usual = _dry_day(Named(name, (network, inputs, parameters["demand"])))
        found = assign(now, origin, destination, amount, gap=GAP, most=ROUNDS)
        graph = network.graph
        flow = np.bincount(graph.slots // 2, found.flow, roads)
        there = np.isfinite(now.free)
        waiting = np.where(there, found.time, 0.0) - np.where(there, now.free, 0.0)
        delay = np.zeros(roads)
        np.maximum.at(delay, graph.slots // 2, waiting)
        means = [_mean_time(each, float(amount.sum())) for each in (found, usual)]
        extra = means[0] - means[1] if all(np.isfinite(means)) else -np.inf
        return {
            ROAD_FLOW.name: flow,
            ROAD_DELAY.name: delay,
            TRAFFIC_EXTRA_TIME.name: np.asarray(extra),
            TRAFFIC_UNSERVED.name: np.asarray(max(found.unserved - usual.unserved, 0.0)),
        }


# Memory, not state: a pure function of what the name tells, and the same in every step.
@lru_cache(maxsize=8)
def _dry_day(asked: Named[tuple[Network, Inputs, Mapping[str, Any]]]) -> tuple[Trips, Equilibrium]:
    """The trips, and how they go on a day without water."""
    network, inputs, demand = asked.take()
    # In the precision of the field of speeds, so that a day without water differs from the dry day by nothing.
    dry = car_links(network, np.where(network.cars, network.vehicle_speed, 0.0).astype(np.float32))
    trips = _trips(network, dry, inputs, demand)
    return trips, assign(dry, *trips, gap=GAP, most=ROUNDS)


def _mean_time(found: Equilibrium, total: float) -> float:
    served = total - found.unserved
    spent = float((found.flow * np.where(np.isfinite(found.time), found.time, 0.0)).sum())
    return spent / served if served > 1e-9 else np.inf


def _trips(network: Network, dry: Links, inputs: Inputs, demand: Mapping[str, Any]) -> Trips:
    areas = inputs.table("areas")
    trips = demand["trips"]
    if demand["table"] is not None:
        trips = inputs.asset(demand["table"])[list(TRIP_COLUMNS)].to_numpy(object).tolist()
    if trips:
        named = {end for trip in trips for end in trip[:2]}
        areas = areas[areas["id"].isin(named)]
    else:
        areas = areas[areas["kind"] == demand["kind"]]
    node = network.doors(areas["geometry"], "car").node
    if trips:
        rows = pd.Index(areas["id"])
        matrix = np.zeros((len(areas), len(areas)))
        for origin, destination, amount in trips:
            matrix[rows.get_loc(origin), rows.get_loc(destination)] += amount
    else:
        people, jobs = zone_totals(areas, inputs.table("buildings"))
        time = np.full((len(areas), len(areas)), np.inf)
        for row in np.flatnonzero(node >= 0):
            cost = nearest(dry.indptr, dry.heads, dry.free, node[row : row + 1]).cost
            time[row] = np.where(node >= 0, cost[np.maximum(node, 0)], np.inf)
        matrix = gravity(people * demand["rate"], jobs, time, decay=demand["decay"])
    np.fill_diagonal(matrix, 0.0)
    start, end = np.nonzero(matrix)
    there = (node[start] >= 0) & (node[end] >= 0) & (node[start] != node[end])
    return Trips(node[start[there]], node[end[there]], matrix[start[there], end[there]])
