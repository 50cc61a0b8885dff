"""The network of a city with the doors of its places: made once per content of the tables, shared by all hooks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.city import City
from geodata.fingerprint import digest_of_names
from geodata.overlays.kernel import frozen
from twin.hook import Static
from twin.mobility.graph import (
    NODE_COLUMNS,
    ROAD_COLUMNS,
    Doors,
    Entries,
    RoadGraph,
    build_graph,
    entries,
    find_doors,
)
from twin.mobility.layers import Layers, stack_layers
from twin.mobility.speeds import vehicle_speed
from twin.named import Named
from twin.scenario.rules import GROUPS, Group

NETWORK_READS = (Static("roads", ROAD_COLUMNS), Static("nodes", NODE_COLUMNS))
BUILDING_READ = Static("buildings", ("geometry",))
EVACUATION_LAYERS = 3
"""Walkers, careful walkers, cars (`twin.hooks.evacuation`)."""
VEHICLES: tuple[Group, ...] = ("car", "large_vehicle")


class Tables(Protocol):
    """Where tables come from: the inputs of a hook or of an analysis."""

    def table(self, name: str) -> pd.DataFrame:
        """The declared columns of a table."""


@dataclass(frozen=True, eq=False)
class Network:
    """Roads as a graph, and what their table says of each edge.

    Parameters
    ----------
    graph
        The graph.
    oneway
        "", "both", "forward" or "backward" for vehicles, [edges].
    vehicle_speed
        Dry free-flow speed of vehicles, m/s, [edges].
    cars, walkers
        Who may use an edge when dry; unknown counts as yes, bool [edges].
    lanes
        Lanes per direction, [edges].
    width
        Carriageway, m, [edges].
    """

    graph: RoadGraph
    oneway: NDArray[Any]
    vehicle_speed: NDArray[np.float64]
    cars: NDArray[np.bool_]
    walkers: NDArray[np.bool_]
    lanes: NDArray[np.float64]
    width: NDArray[np.float64]

    def usable(self, group: Group) -> NDArray[np.bool_]:
        """Edges a group may use when dry."""
        return self.cars if group in VEHICLES else self.walkers

    def slot_times(self, group: Group, speed: NDArray[Any]) -> NDArray[np.float64]:
        """Time of each slot [2 edges], s, from the speed on each edge; inf where it is 0, unknown or not for the group.

        Vehicles keep to one-way streets, walkers do not.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.repeat(np.where(speed > 0, self.graph.length / speed, np.inf), 2)
        if group in VEHICLES:
            times[self.against] = np.inf
        return times

    def doors(self, places: Any, group: Group) -> Doors:
        """Where places (geometries) enter the network for a group."""
        shapes = np.asarray(places, dtype=object)
        absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        points = shapely.centroid(np.where(absent, shapely.Point(np.nan, np.nan), shapes))
        found = self.car_entries if group in VEHICLES else self.foot_entries
        return find_doors(found, shapely.get_coordinates(points).reshape(-1, 2))

    @cached_property
    def direction(self) -> NDArray[np.int8]:
        """Direction in which vehicles may travel each edge: 0 both, 1 along its line, 2 against it, [edges]."""
        return np.where(self.oneway == "forward", 1, np.where(self.oneway == "backward", 2, 0)).astype(np.int8)

    @cached_property
    def against(self) -> NDArray[np.int64]:
        """Slots that go against a one-way street."""
        edges = np.flatnonzero(self.direction)
        return np.asarray(2 * edges + (self.direction[edges] == 1), np.int64)

    @cached_property
    def layers(self) -> Layers:
        """The network once for each way of moving of an evacuation."""
        return stack_layers(self.graph, EVACUATION_LAYERS)

    @cached_property
    def foot_entries(self) -> Entries:
        """Where people enter on foot."""
        return entries(self.graph, self.walkers)

    @cached_property
    def car_entries(self) -> Entries:
        """Where vehicles enter."""
        return entries(self.graph, self.cars)


def network_digest(city: City) -> str:
    """Name of the content that a network and the doors of buildings are made of; hooks carry it in their parameters."""
    reads = (*NETWORK_READS, BUILDING_READ)
    return digest_of_names({read.layer: city.fingerprint_of(read.layer, read.columns) for read in reads})


def network_of(digest: str, tables: Tables) -> Network:
    """The network of some tables; ``digest`` must be that of `network_digest`: equal digests share one network."""
    return _network(Named(digest, tables))


def building_doors(digest: str, tables: Tables, group: Group) -> Doors:
    """Doors of all buildings for walkers or for vehicles, kept like the network."""
    return place_doors(digest, "buildings", "", tables, group)


def doors_digest(city: City, layer: str) -> str:
    """Name of the content of the places of a table."""
    return city.fingerprint_of(layer, BUILDING_READ.columns)


def place_doors(digest: str, layer: str, places: str, tables: Tables, group: Group) -> Doors:
    """Doors of all places of a table for walkers or for vehicles, kept like the network.

    Parameters
    ----------
    digest
        As for `network_of`.
    layer, places
        The table, and its `doors_digest`.
    """
    by_vehicle = group in VEHICLES
    return _doors(Named((digest, layer, places, by_vehicle), (digest, layer, by_vehicle, tables)))


def facing(graph: RoadGraph, slot_times: NDArray[np.float64], *, towards: bool) -> NDArray[np.float64]:
    """Times of arcs for a search that starts at the destinations (``towards``) or at the origins."""
    return graph.backward(slot_times) if towards else graph.forward(slot_times)


def group_number(group: Group) -> int:
    """Row of a group in fields over ``group``."""
    return GROUPS.index(group)


# Memory, not state: what is kept is a pure function of the content that the digest names.
@lru_cache(maxsize=4)
def _network(asked: Named[Tables]) -> Network:
    tables = asked.take()
    roads = tables.table("roads")
    graph = build_graph(roads, tables.table("nodes"))
    both = ~np.isin(np.asarray(roads["oneway"], dtype=object), ("forward", "backward"))
    lanes = roads["lanes"].astype("Float64").to_numpy(np.float64, na_value=1.0)
    return Network(
        graph,
        np.asarray(roads["oneway"], dtype=object),
        frozen(vehicle_speed(roads), np.float64),
        frozen(roads["cars"].astype("boolean").fillna(True), np.bool_),
        frozen(roads["walkers"].astype("boolean").fillna(True), np.bool_),
        frozen(np.maximum(np.where(both, lanes / 2.0, lanes), 1.0), np.float64),
        frozen(roads["width"].astype("Float64").to_numpy(np.float64, na_value=np.nan), np.float64),
    )


@lru_cache(maxsize=16)
def _doors(asked: Named[tuple[str, str, bool, Tables]]) -> Doors:
    digest, layer, by_vehicle, tables = asked.take()
    found = network_of(digest, tables).doors(tables.table(layer)["geometry"], "car" if by_vehicle else "walker")
    return Doors(frozen(found.node, np.int64), frozen(found.distance, np.float64))
