"""What a reader of figures about roads, access and evacuation must know: what the city lacks, and what was not judged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.city import City
from twin.hooks.depths import judges_flow
from twin.mobility.graph import FARTHEST_DOOR
from twin.mobility.network import Network, building_doors, network_digest, network_of
from twin.mobility.orders import addressed_places
from twin.mobility.parties import careful_share_of, people_of_unknown_age
from twin.presence import COLUMN
from twin.question import Note, Question, note
from twin.scenario import EvacuationOrder


def mobility_notes(question: Question) -> tuple[Note, ...]:
    """Notes on the network, the shelters, the orders, and on what is judged of water on roads."""
    return (*_of_city(question.city), *_of_water(question), *_of_orders(question))


def _of_water(question: Question) -> Iterator[Note]:
    if question.scenario.water is not None and not judges_flow(question.scenario):
        yield note("Whether roads can be passed is judged by depth alone: how fast the water moves is not known here.")


def _of_city(city: City) -> Iterator[Note]:
    roads, buildings, shelters = (city.table(name) for name in ("roads", "buildings", "shelters"))
    if not len(roads):
        yield note("{city} has no roads: nobody's way to a shelter is known, and nobody is moved.", city=city.name)
        return
    if not len(shelters):
        yield note("{city} has no shelters: there is no way to one from anywhere.", city=city.name)
    digest = network_digest(city)
    network = network_of(digest, city)
    homes = building_doors(digest, city, "walker")
    far = int((homes.node < 0).sum())
    if far:
        yield note(
            "1 of {all} buildings has no road within {distance} m: its people reach nothing, and are counted apart."
            if far == 1
            else "{count} of {all} buildings have no road within {distance} m: their people reach nothing, and are counted "
            "apart.",
            count=far, all=len(buildings), distance=FARTHEST_DOOR,
        )  # fmt: skip
    doors = network.doors(shelters["geometry"], "walker")
    alone = int((doors.node < 0).sum())
    if alone:
        yield note(
            "1 shelter has no road within {distance} m: nobody reaches it."
            if alone == 1
            else "{count} shelters have no road within {distance} m: nobody reaches them.",
            count=alone,
            distance=FARTHEST_DOOR,
        )
    part = _parts(network)
    there = doors.node >= 0
    lived = np.unique(part[homes.node[homes.node >= 0]])
    islands = int((~np.isin(part[doors.node[there]], lived)).sum())
    if islands:
        yield note(
            "1 shelter stands on a road that no building is joined to: nobody reaches it on foot."
            if islands == 1
            else "{count} shelters stand on roads that no building is joined to: nobody reaches them on foot.",
            count=islands,
        )


def _parts(network: Network) -> NDArray[np.int32]:
    """Number of the part of the network on foot that each node belongs to."""
    graph = network.graph
    used = np.flatnonzero(network.walkers & (graph.start >= 0))
    ends = (graph.start[used], graph.end[used])
    links = coo_array((np.ones(len(used), np.int8), ends), shape=(graph.nodes, graph.nodes))
    return np.asarray(connected_components(links, directed=False)[1])


def _of_orders(question: Question) -> Iterator[Note]:
    city = question.city
    people = city.table("buildings")[COLUMN[question.presence]].to_numpy(np.float64)
    orders = [measure for measure in question.scenario.measures if isinstance(measure, EvacuationOrder)]
    if orders and not np.nansum(people) > 0:
        yield note("{city} says of no building how many people are there: no order moves anybody.", city=city.name)
        return
    unknown = people_of_unknown_age(city, question.presence)
    nobody_careful = careful_share_of(question.scenario, city) == 0
    for order in orders:
        named = order.name or f"level {order.level}"
        inside = addressed_places(
            city.table("buildings")["geometry"],
            city.table("areas"),
            city.grid.crs,
            areas_named=order.areas,
            polygon=order.polygon,
        )
        if not np.nansum(people[inside]) > 0:
            yield note("The order {order} addresses no building in which anybody is known to be: it moves nobody.", order=named)
        elif order.level == 3 and nobody_careful and not (people[inside & ~(unknown > 0)] > 0).any():
            yield note(
                "The order {order} moves nobody: it addresses those who need time, and how old people are is not known.",
                order=named,
            )  # fmt: skip
