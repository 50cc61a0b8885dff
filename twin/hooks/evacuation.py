"""People who leave after an order: through queues on the roads to shelters with room, or caught where a road closes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from geodata.fingerprint import digest_of_array
from geodata.overlays.kernel import frozen
from twin.hook import Current, Inputs, Parameters, Previous, Read, Static
from twin.hooks.access import pace_of
from twin.hooks.passability import require_ids
from twin.hooks.travel import walking_speeds
from twin.mobility.capacity import car_capacity, foot_capacity
from twin.mobility.crowd import Crowd, Entrances, Ways, advance
from twin.mobility.layers import Layers
from twin.mobility.network import (
    BUILDING_READ,
    NETWORK_READS,
    Network,
    building_doors,
    doors_digest,
    group_number,
    network_digest,
    network_of,
    place_doors,
)
from twin.mobility.orders import BY_CAR, addressed_buildings, setting_out
from twin.mobility.parties import SLOW, Parties, careful_share_of, draws, make_parties
from twin.mobility.queue import ARRIVED, AT_HOME, CAUGHT, KEPT_IN, ON_THE_WAY, STRANDED
from twin.mobility.stretch import begin, count, remember
from twin.mobility.variables import (
    PARTY_DONE,
    PARTY_NODE,
    PARTY_ORDERED,
    PARTY_OUT,
    PARTY_PEOPLE,
    PARTY_RANK,
    PARTY_READY,
    PARTY_SHELTER,
    PARTY_SLOT,
    PARTY_STATUS,
    ROAD_CAUGHT,
    ROAD_EVACUEES,
    ROAD_EVACUEES_AGAINST,
    ROAD_EVACUEES_BY_CAR,
    ROAD_SPEED,
    SHELTER_OCCUPANCY,
    SHELTER_TURNED_AWAY,
)
from twin.named import Named
from twin.question import Question, Step
from twin.scenario import EvacuationOrder
from twin.scenario.rules import Group
from twin.variable import Variable
from twin.variables import BUILDING_DEPTH, BUILDING_PEOPLE, BUILDING_PEOPLE_BY_AGE, SHELTER_USABLE

LAYERS: tuple[Group, ...] = ("walker", "careful_walker", "car")
AREA_COLUMNS = ("id", "geometry")
PEOPLE_READ = (BUILDING_PEOPLE, *(BUILDING_PEOPLE_BY_AGE[age] for age in SLOW))
"""What parties are made of."""
REMEMBERED = (
    PARTY_STATUS, PARTY_ORDERED, PARTY_OUT, PARTY_NODE, PARTY_SLOT, PARTY_READY, PARTY_RANK, PARTY_SHELTER, PARTY_DONE,
    SHELTER_TURNED_AWAY,
)  # fmt: skip


@dataclass(frozen=True)
class EvacuationHook:
    """People as parties of about a household, walking or driving, until they are in a shelter, caught, or stranded.

    They set out from where the scenario counts them: home, or where they are by day.

    A road can be used during a step when it is known to be open at both its ends. Who is on a road that closes is caught, and
    stays so. Shelters take people up to their capacity, one of unknown capacity all; at the door of a full one people turn to
    the next. Water at the door deeper than the group may pass keeps people in.
    """

    name: str = "evacuation"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Current(ROAD_SPEED),
        Previous(ROAD_SPEED),
        Current(SHELTER_USABLE),
        Current(BUILDING_DEPTH),
        *(Previous(variable) for variable in REMEMBERED),
        *NETWORK_READS,
        *(Current(variable) for variable in PEOPLE_READ),
        BUILDING_READ,
        Static("shelters", ("geometry", "capacity")),
        Static("areas", AREA_COLUMNS),
    )
    writes: tuple[Variable, ...] = (
        *REMEMBERED, PARTY_PEOPLE, SHELTER_OCCUPANCY, ROAD_EVACUEES, ROAD_EVACUEES_AGAINST, ROAD_EVACUEES_BY_CAR, ROAD_CAUGHT,
    )  # fmt: skip

    def parameters(self, question: Question, step: Step) -> Parameters:
        """The orders given before the end of the step, and what people do then; nothing while there are none."""
        scenario, city = question.scenario, question.city
        orders = [m for m in scenario.measures if isinstance(m, EvacuationOrder) and m.start < step.end]
        require_ids(question, "areas", sorted({area for order in orders for area in order.areas}))
        if not orders:
            return {"orders": []}
        return {
            "orders": [
                {
                    "level": order.level, "start": order.start, "end": order.end, "areas": list(order.areas),
                    "polygon": [list(corner) for corner in order.polygon], "share": order.share, "by_car": order.by_car,
                    "response": [[point.at, point.value] for point in order.response],
                    "response_careful": [[point.at, point.value] for point in order.response_careful],
                }
                for order in orders
            ],
            "start": step.start,
            "seed": scenario.seed,
            "preparation": scenario.mobility.preparation,
            "people_per_car": scenario.mobility.people_per_car,
            "careful_share": careful_share_of(scenario, city),
            "walking": walking_speeds(scenario, step.end),
            "limits": {group: getattr(scenario.rules, group) for group in LAYERS},
            "network": network_digest(city),
            "shelters": doors_digest(city, "shelters"),
            "areas": city.fingerprint_of("areas", AREA_COLUMNS),
        }  # fmt: skip

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:
        """Where everybody is at the end of the step."""
        parties = _parties_of(inputs, parameters)
        if not parameters["orders"] or duration == 0:
            kept = {variable.name: inputs.previous(variable) for variable in REMEMBERED}
            return kept | _shown(kept, parties.people, inputs)
        network = network_of(parameters["network"], inputs)
        return _Stretch(network, network.layers, inputs, parameters, parties, duration).run()


def _shown(kept: Mapping[str, NDArray[Any]], people: NDArray[np.float64], inputs: Inputs) -> dict[str, NDArray[Any]]:
    """What follows from where the parties are."""
    fields = (frozen(kept[variable.name]) for variable in (PARTY_STATUS, PARTY_NODE, PARTY_SLOT, PARTY_SHELTER))
    nodes, car = max(inputs.size("node"), 1), LAYERS.index("car")
    counted = count(*fields, frozen(people), nodes, car, inputs.size("road"), inputs.size("shelter"))
    told = (SHELTER_OCCUPANCY, ROAD_EVACUEES, ROAD_EVACUEES_AGAINST, ROAD_EVACUEES_BY_CAR, ROAD_CAUGHT)
    return {PARTY_PEOPLE.name: people} | {v.name: values for v, values in zip(told, counted, strict=True)}


# Memory, not state, here and below: pure functions of the content that the names tell.
@lru_cache(maxsize=4)
def _parties(people: Named[tuple[Inputs, Parameters]]) -> Parties:
    inputs, parameters = people.take()
    told = {name: parameters[name] for name in ("careful_share", "seed") if name in parameters}
    return make_parties(*map(inputs.current, PEOPLE_READ), **told)


def _people_name(inputs: Inputs) -> tuple[str, ...]:
    """Name of the content that parties are made of."""
    return tuple(digest_of_array(inputs.current(variable)) for variable in PEOPLE_READ)


def _parties_of(inputs: Inputs, parameters: Parameters) -> Parties:
    chosen = tuple(str(parameters.get(name)) for name in ("careful_share", "seed"))
    return _parties(Named((*_people_name(inputs), *chosen), (inputs, parameters)))


class Decision(NamedTuple):
    """What orders make each party do; see `twin.mobility.stretch.begin`."""

    out: NDArray[np.float64]
    barred: NDArray[np.float64]
    order: NDArray[np.float64]
    layer: NDArray[np.int64]
    home: NDArray[np.int64]
    leg: NDArray[np.float64]


@lru_cache(maxsize=12)
def _decision(asked: Named[tuple[Inputs, Parameters]]) -> Decision:
    inputs, parameters = asked.take()
    parties, orders = _parties_of(inputs, parameters), parameters["orders"]
    addressed = [addressed_buildings(inputs, order) for order in orders]
    out, ordered, barred = setting_out(parties, addressed, orders, parameters["seed"], parameters["preparation"])
    by_car = max(order["by_car"] for order in orders)
    drives = draws(parameters["seed"], len(parties), BY_CAR) < by_car
    layer = np.where(drives, LAYERS.index("car"), np.where(parties.careful, LAYERS.index("careful_walker"), 0))
    home, leg = np.full(len(parties), -1, np.int64), np.zeros(len(parties))
    for number, group in enumerate(LAYERS):
        doors = building_doors(parameters["network"], inputs, group)
        mine = layer == number
        found = doors.node[parties.building[mine]]
        home[mine] = np.where(found >= 0, found + number * inputs.size("node"), -1)
        leg[mine] = np.nan_to_num(doors.distance[parties.building[mine]]) / pace_of(group, parameters["walking"])
    return Decision(*map(frozen, (out, barred, ordered, layer.astype(np.int64), home, leg)))


class Queues(NamedTuple):
    """Queue of each arc; people per second, and people held, of each queue."""

    sharing: NDArray[np.int64]
    flow: NDArray[np.float64]
    room: NDArray[np.float64]


@lru_cache(maxsize=4)
def _queues(network: Network, people_per_car: float) -> Queues:
    graph = network.graph
    foot = foot_capacity(graph.length, network.width)
    car = car_capacity(graph.length, network.lanes, network.vehicle_speed, people_per_car)
    flow, room = (np.concatenate([np.repeat(one, 2), np.repeat(other, 2)]) for one, other in zip(foot, car, strict=True))
    by_car = network.layers.layer == LAYERS.index("car")
    return Queues(*map(frozen, (network.layers.slots + np.where(by_car, 2 * graph.edges, 0), flow, room)))


@dataclass(frozen=True, eq=False)
class _Stretch:
    """One step of one evacuation."""

    network: Network
    layers: Layers
    inputs: Inputs
    parameters: Parameters
    parties: Parties
    duration: int

    def run(self) -> dict[str, NDArray[Any]]:
        inputs, start = self.inputs, float(self.parameters["start"])
        ways = self._ways()
        told = (
            PARTY_STATUS, PARTY_ORDERED, PARTY_OUT, PARTY_NODE, PARTY_SLOT, PARTY_READY, PARTY_RANK, PARTY_SHELTER, PARTY_DONE,
        )  # fmt: skip
        limits = np.array([self.parameters["limits"][group] for group in LAYERS], np.float64)
        *moving, left, ordered = begin(
            start, start + self.duration, max(self.layers.nodes, 1), self.layers.place, ways.free, limits,
            inputs.current(BUILDING_DEPTH), self.parties.building, *self._decision(), *map(inputs.previous, told),
        )  # fmt: skip
        crowd = Crowd(self.parties.people, *moving)
        inside = crowd.shelter >= 0
        occupancy = np.bincount(crowd.shelter[inside], crowd.people[inside], inputs.size("shelter"))
        capacity = inputs.table("shelters")["capacity"].to_numpy(np.float64)
        space = np.asarray(np.where(np.isnan(capacity), np.inf, capacity) - occupancy, np.float64)
        turned = advance(ways, self._entrances(), space, crowd, start=start, end=start + self.duration)
        status, node, slot, ready, shelter = remember(
            crowd.status, crowd.node, crowd.entry, crowd.arc, crowd.ready, crowd.shelter, self.layers.slots,
            inputs.previous(PARTY_SLOT),
        )  # fmt: skip
        kept: dict[str, NDArray[Any]] = {
            PARTY_STATUS.name: status, PARTY_ORDERED.name: ordered, PARTY_OUT.name: left, PARTY_NODE.name: node,
            PARTY_SLOT.name: slot, PARTY_READY.name: ready, PARTY_RANK.name: crowd.rank, PARTY_SHELTER.name: shelter,
            PARTY_DONE.name: crowd.done, SHELTER_TURNED_AWAY.name: inputs.previous(SHELTER_TURNED_AWAY) + turned,
        }  # fmt: skip
        return kept | _shown(kept, self.parties.people, inputs)

    def _ways(self) -> Ways:
        network, graph = self.network, self.network.graph
        times = []
        for group in LAYERS:
            number = group_number(group)
            before, now = (speed[number] for speed in (self.inputs.previous(ROAD_SPEED), self.inputs.current(ROAD_SPEED)))
            # What is known to be open at both ends of the step, at its slower speed.
            with np.errstate(invalid="ignore"):
                both = np.where((before > 0) & (now > 0), np.minimum(before, now), 0.0)
            times.append(network.slot_times(group, both)[graph.slots])
        return Ways(self.layers, np.concatenate(times), *_queues(network, self.parameters["people_per_car"]))

    def _entrances(self) -> Entrances:
        usable, given = self.inputs.current(SHELTER_USABLE), self.parameters
        node, walk, row = [], [], []
        for number, group in enumerate(LAYERS):
            doors = place_doors(given["network"], "shelters", given["shelters"], self.inputs, group)
            there = np.flatnonzero((usable == 1) & (doors.node >= 0))
            node.append(doors.node[there] + number * self.layers.nodes)
            walk.append(doors.distance[there] / pace_of(group, given["walking"]))
            row.append(there)
        return Entrances(np.concatenate(node).astype(np.int64), np.concatenate(walk), np.concatenate(row).astype(np.int64))

    def _decision(self) -> Decision:
        parameters = self.parameters
        hangs_on = ("orders", "seed", "preparation", "careful_share", "walking", "network", "areas")
        name = orjson.dumps({name: parameters[name] for name in hangs_on}, option=orjson.OPT_SORT_KEYS)
        return _decision(Named((name, _people_name(self.inputs)), (self.inputs, parameters)))


def people_by_status(status: NDArray[np.uint8], people: NDArray[np.float64]) -> dict[str, float]:
    """People by where they stand.

    Examples
    --------
    >>> people_by_status(np.array([0, 2, 2], np.uint8), np.array([1.0, 2.0, 2.5]))["in_shelters"]
    4.5
    """
    names = {"at_home": AT_HOME, "on_the_way": ON_THE_WAY, "in_shelters": ARRIVED, "caught": CAUGHT, "stranded": STRANDED,
             "kept_in": KEPT_IN}  # fmt: skip
    return {name: float(people[status == code].sum()) for name, code in names.items()}
