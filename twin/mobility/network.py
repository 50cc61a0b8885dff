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
    directed,
    entries,
    find_doors,
)
from twin.mobility.speeds import vehicle_speed
from twin.scenario.rules import GROUPS, Group

NETWORK_READS = (Static("roads", ROAD_COLUMNS), Static("nodes", NODE_COLUMNS))
BUILDING_READ = Static("buildings", ("geometry",))
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
            times = np.where(speed > 0, self.graph.length / speed, np.inf)
        return directed(times, self.oneway if group in VEHICLES else None)

    def doors(self, places: Any, group: Group) -> Doors:
        """Where places (geometries) enter the network for a group."""
        shapes = np.asarray(places, dtype=object)
        absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        points = shapely.centroid(np.where(absent, shapely.Point(np.nan, np.nan), shapes))
        found = self.car_entries if group in VEHICLES else self.foot_entries
        return find_doors(found, shapely.get_coordinates(points).reshape(-1, 2))

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
    return _network(_Order(digest, tables))


def building_doors(digest: str, tables: Tables, group: Group) -> Doors:
    """Doors of all buildings for walkers or for vehicles, kept like the network."""
    order = _Order(digest, tables)
    return _vehicle_doors(order) if group in VEHICLES else _foot_doors(order)


def facing(graph: RoadGraph, slot_times: NDArray[np.float64], *, towards: bool) -> NDArray[np.float64]:
    """Times of arcs for a search that starts at the destinations (``towards``) or at the origins."""
    return graph.backward(slot_times) if towards else graph.forward(slot_times)


def group_number(group: Group) -> int:
    """Row of a group in fields over ``group``."""
    return GROUPS.index(group)


class _Order:
    """A network to be made; equal by digest alone. It lets go of the tables once the network is made."""

    __slots__ = ("digest", "tables")

    def __init__(self, digest: str, tables: Tables) -> None:
        self.digest = digest
        self.tables: Tables | None = tables

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Order) and other.digest == self.digest

    def take(self) -> Tables:
        tables, self.tables = self.tables, None
        assert tables is not None, "an order is carried out once"
        return tables


# Memory, not state: what is kept is a pure function of the content that the digest names.
@lru_cache(maxsize=4)
def _network(order: _Order) -> Network:
    tables = order.take()
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


@lru_cache(maxsize=4)
def _foot_doors(order: _Order) -> Doors:
    tables = order.take()
    return network_of(order.digest, tables).doors(tables.table("buildings")["geometry"], "walker")


@lru_cache(maxsize=4)
def _vehicle_doors(order: _Order) -> Doors:
    tables = order.take()
    return network_of(order.digest, tables).doors(tables.table("buildings")["geometry"], "car")
