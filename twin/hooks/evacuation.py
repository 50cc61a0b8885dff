"""People who leave after an order: through queues on the roads to shelters with room, or caught where a road closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.errors import InputError
from twin.hook import Current, Inputs, Parameters, Previous, Read, Static
from twin.hooks.access import pace_of
from twin.hooks.passability import require_ids
from twin.hooks.travel import walking_speeds
from twin.mobility.capacity import car_capacity, foot_capacity
from twin.mobility.crowd import Crowd, Entrances, Ways, advance
from twin.mobility.layers import Layers, stack_layers
from twin.mobility.network import (
    BUILDING_READ,
    NETWORK_READS,
    Network,
    building_doors,
    group_number,
    network_digest,
    network_of,
)
from twin.mobility.parties import RESIDENT_COLUMNS, Parties, draws, make_parties
from twin.mobility.queue import ARRIVED, AT_HOME, CAUGHT, KEPT_IN, ON_THE_WAY, STRANDED
from twin.question import Question, Step
from twin.scenario import EvacuationOrder
from twin.scenario.rules import Group
from twin.variable import Variable
from twin.variables import (
    BUILDING_DEPTH,
    PARTY_DONE,
    PARTY_NODE,
    PARTY_ORDERED,
    PARTY_PEOPLE,
    PARTY_RANK,
    PARTY_READY,
    PARTY_SHELTER,
    PARTY_SLOT,
    PARTY_STATUS,
    ROAD_CAUGHT,
    ROAD_EVACUEES,
    ROAD_SPEED,
    SHELTER_OCCUPANCY,
    SHELTER_TURNED_AWAY,
    SHELTER_USABLE,
)

LAYERS: tuple[Group, ...] = ("walker", "careful_walker", "car")
GOES, WHEN, BY_CAR = range(3)
REMEMBERED = (
    PARTY_STATUS, PARTY_ORDERED, PARTY_NODE, PARTY_SLOT, PARTY_READY, PARTY_RANK, PARTY_SHELTER, PARTY_DONE,
    SHELTER_TURNED_AWAY,
)  # fmt: skip


def setting_out(
    parties: Parties, addressed: Sequence[NDArray[np.bool_]], orders: Sequence[Mapping[str, Any]], seed: int, preparation: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When each party sets out, and the start of the order it follows, s; inf = it stays.

    Parameters
    ----------
    addressed
        For each order, whether a building is addressed, [buildings].
    orders
        ``level``, ``start``, ``end``, ``share``, ``response`` and ``response_careful`` (pairs of time and share).
    seed
        Decides who goes and when: the same for the same seed, and who goes at a share goes at every higher one.
    """
    goes, when = (draws(seed, len(parties), what) for what in (GOES, WHEN))
    out, ordered = (np.full(len(parties), np.inf) for _ in range(2))
    for mask, order in sorted(zip(addressed, orders, strict=True), key=lambda pair: (pair[1]["start"], pair[1]["level"])):
        concerned = mask[parties.building]
        start = float(order["start"])
        if order["level"] == 5:
            # Nobody is sent onto the roads any more: who has not set out stays.
            late = concerned & (out > start)
            out[late], ordered[late] = np.inf, np.inf
            continue
        if order["level"] == 3:
            concerned = concerned & parties.careful
        moment = np.full(len(parties), np.inf)
        for careful, name in ((False, "response"), (True, "response_careful")):
            curve = np.array(order[name] or order["response"], np.float64)
            chosen = concerned & (goes < order["share"]) & (parties.careful == careful)
            moment[chosen] = start + _inverse(curve, when[chosen]) + preparation
        if order["end"] is not None:
            moment[moment >= order["end"]] = np.inf
        earlier = moment < out
        out[earlier], ordered[earlier] = moment[earlier], start
    return out, ordered


def _inverse(curve: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Time at which a rising curve of (time, share) passes each share."""
    rising = np.concatenate([[True], np.diff(curve[:, 1]) > 0])
    return np.asarray(np.interp(share, curve[rising, 1], curve[rising, 0]))


@dataclass(frozen=True)
class EvacuationHook:
    """Residents as parties of about a household, walking or driving, until they are in a shelter, caught, or stranded.

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
        Static(BUILDING_READ.layer, (*BUILDING_READ.columns, *RESIDENT_COLUMNS)),
        Static("shelters", ("geometry", "capacity")),
        Static("areas", ("id", "geometry")),
    )
    writes: tuple[Variable, ...] = (
        *REMEMBERED, PARTY_PEOPLE, SHELTER_OCCUPANCY, ROAD_EVACUEES, ROAD_CAUGHT,
    )  # fmt: skip

    def parameters(self, question: Question, step: Step) -> Parameters:
        """The orders given before the end of the step, and what people do then; nothing while there are none."""
        scenario = question.scenario
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
            "walking": walking_speeds(scenario, step.end),
            "limits": {group: getattr(scenario.rules, group) for group in LAYERS},
            "network": network_digest(question.city),
        }  # fmt: skip

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:
        """Where everybody is at the end of the step."""
        parties = make_parties(inputs.table("buildings"))
        if not parameters["orders"] or duration == 0:
            kept = {variable.name: inputs.previous(variable) for variable in REMEMBERED}
            return kept | _shown(kept, parties.people, inputs.size("shelter"), inputs.size("road"))
        network = network_of(parameters["network"], inputs)
        stretch = _Stretch(network, stack_layers(network.graph, len(LAYERS)), inputs, parameters, parties, duration)
        return stretch.run()


def _shown(kept: Mapping[str, NDArray[Any]], people: NDArray[np.float64], shelters: int, roads: int) -> dict[str, NDArray[Any]]:
    """What follows from where the parties are."""
    status, slot, shelter = kept[PARTY_STATUS.name], kept[PARTY_SLOT.name], kept[PARTY_SHELTER.name]
    inside, on_road = shelter >= 0, (slot >= 0) & (status == ON_THE_WAY)
    caught = (slot >= 0) & (status == CAUGHT)
    return {
        PARTY_PEOPLE.name: people,
        SHELTER_OCCUPANCY.name: np.bincount(shelter[inside].astype(np.int64), people[inside], shelters),
        ROAD_EVACUEES.name: np.bincount(slot[on_road].astype(np.int64) // 2, people[on_road], roads),
        ROAD_CAUGHT.name: np.bincount(slot[caught].astype(np.int64) // 2, people[caught], roads),
    }


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
        out, ordered, layer = self._decisions()
        crowd, ordered = self._crowd(ways, out, ordered, layer)
        caught_at = np.where((crowd.status == CAUGHT) & np.isinf(crowd.done), start, crowd.done)
        occupancy = np.bincount(crowd.shelter[crowd.shelter >= 0], crowd.people[crowd.shelter >= 0], inputs.size("shelter"))
        capacity = inputs.table("shelters")["capacity"].to_numpy(np.float64)
        space = np.asarray(np.where(np.isnan(capacity), np.inf, capacity) - occupancy, np.float64)
        turned = advance(ways, self._entrances(), space, crowd, start=start, end=start + self.duration)
        slot = np.where(crowd.arc >= 0, self.layers.slots[np.maximum(crowd.arc, 0)], -np.inf) if len(self.layers.slots) else (
            np.full(len(crowd.people), -np.inf)
        )  # fmt: skip
        was_caught = crowd.status == CAUGHT
        slot = np.where(was_caught, np.where(self._caught_slot >= 0, self._caught_slot, -np.inf), slot)
        kept: dict[str, NDArray[Any]] = {
            PARTY_STATUS.name: crowd.status.astype(np.uint8),
            PARTY_ORDERED.name: ordered,
            PARTY_NODE.name: np.where(crowd.node >= 0, crowd.node, -np.inf),
            PARTY_SLOT.name: slot,
            PARTY_READY.name: np.where(crowd.arc >= 0, crowd.ready, crowd.entry),
            PARTY_RANK.name: crowd.rank,
            PARTY_SHELTER.name: np.where(crowd.shelter >= 0, crowd.shelter, -np.inf),
            PARTY_DONE.name: np.where(was_caught, caught_at, crowd.done),
            SHELTER_TURNED_AWAY.name: inputs.previous(SHELTER_TURNED_AWAY) + turned,
        }
        return kept | _shown(kept, self.parties.people, inputs.size("shelter"), inputs.size("road"))

    @property
    def _caught_slot(self) -> NDArray[np.float64]:
        """Slots as they stood at the start: who is caught does not move any more."""
        return self.inputs.previous(PARTY_SLOT)

    def _ways(self) -> Ways:
        network, parameters, graph = self.network, self.parameters, self.network.graph
        times = []
        for group in LAYERS:
            number = group_number(group)
            before, now = (speed[number] for speed in (self.inputs.previous(ROAD_SPEED), self.inputs.current(ROAD_SPEED)))
            # What is known to be open at both ends of the step, at its slower speed.
            with np.errstate(invalid="ignore"):
                both = np.where((before > 0) & (now > 0), np.minimum(before, now), 0.0)
            times.append(network.slot_times(group, both)[graph.slots])
        foot = foot_capacity(graph.length, network.width)
        car = car_capacity(graph.length, network.lanes, network.vehicle_speed, parameters["people_per_car"])
        flow, room = (np.concatenate([np.repeat(one, 2), np.repeat(other, 2)]) for one, other in zip(foot, car, strict=True))
        by_car = self.layers.layer == LAYERS.index("car")
        sharing = self.layers.slots + np.where(by_car, 2 * graph.edges, 0)
        return Ways(self.layers, np.concatenate(times), sharing, flow, room)

    def _entrances(self) -> Entrances:
        shelters, usable = self.inputs.table("shelters")["geometry"], self.inputs.current(SHELTER_USABLE)
        node, walk, row = [], [], []
        for number, group in enumerate(LAYERS):
            doors = self.network.doors(shelters, group)
            there = np.flatnonzero((usable == 1) & (doors.node >= 0))
            node.append(doors.node[there] + number * self.layers.nodes)
            walk.append(doors.distance[there] / pace_of(group, self.parameters["walking"]))
            row.append(there)
        return Entrances(np.concatenate(node).astype(np.int64), np.concatenate(walk), np.concatenate(row).astype(np.int64))

    def _decisions(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        parties, parameters, orders = self.parties, self.parameters, self.parameters["orders"]
        addressed = [addressed_buildings(self.inputs, order) for order in orders]
        out, ordered = setting_out(parties, addressed, orders, parameters["seed"], parameters["preparation"])
        by_car = max(order["by_car"] for order in orders)
        drives = draws(parameters["seed"], len(parties), BY_CAR) < by_car
        layer = np.where(drives, LAYERS.index("car"), np.where(parties.careful, LAYERS.index("careful_walker"), 0))
        return out, ordered, layer

    def _crowd(
        self, ways: Ways, out: NDArray[np.float64], ordered: NDArray[np.float64], layer: NDArray[np.int64]
    ) -> tuple[Crowd, NDArray[np.float64]]:
        inputs, parties, start = self.inputs, self.parties, float(self.parameters["start"])
        status = inputs.previous(PARTY_STATUS).astype(np.int64)
        slot, ready = inputs.previous(PARTY_SLOT), inputs.previous(PARTY_READY)
        old_node = inputs.previous(PARTY_NODE)
        home, leg = np.full(len(parties), -1, np.int64), np.zeros(len(parties))
        kept_in = np.zeros(len(parties), np.bool_)
        depth = inputs.current(BUILDING_DEPTH)[parties.building] if len(parties) else np.zeros(0)
        for number, group in enumerate(LAYERS):
            doors = building_doors(self.parameters["network"], inputs, group)
            mine = layer == number
            found = doors.node[parties.building[mine]]
            home[mine] = np.where(found >= 0, found + number * self.layers.nodes, -1)
            leg[mine] = np.nan_to_num(doors.distance[parties.building[mine]]) / pace_of(group, self.parameters["walking"])
            kept_in[mine] = ~(depth[mine] <= self.parameters["limits"][group])
        at_home = (status == AT_HOME) | (status == KEPT_IN)
        due = at_home & (out < start + self.duration)
        status = np.where(due & kept_in, KEPT_IN, np.where(status == KEPT_IN, AT_HOME, status))
        status = np.where(due & ~kept_in & (home < 0), STRANDED, status)
        # Who leaves late because water stood at the door sets out when it is gone.
        entry = np.where(at_home, np.where(kept_in | (home < 0), np.inf, np.maximum(out, start) + leg), ready)
        entry = np.where(at_home & (out >= start), np.where(kept_in | (home < 0), np.inf, out + leg), entry)
        again = status == STRANDED
        node = np.where(at_home, home, np.nan_to_num(old_node, neginf=-1.0)).astype(np.int64)
        status = np.where(again & (node >= 0), ON_THE_WAY, status)
        entry = np.where(again, start, entry)
        moving = (slot >= 0) & (status == ON_THE_WAY)
        own_layer = np.where(at_home, layer, np.maximum(node, 0) // max(self.layers.nodes, 1))
        arc = self.layers.arc_of(own_layer, np.where(moving, slot, -1.0).astype(np.int64))
        stopped = moving & ~np.isfinite(ways.free[np.maximum(arc, 0)]) if len(ways.free) else moving
        status = np.where(stopped, CAUGHT, status)
        return Crowd(
            parties.people, status, node, entry, np.where(stopped, -1, arc), np.where(moving, ready, np.inf),
            inputs.previous(PARTY_RANK).copy(), np.nan_to_num(inputs.previous(PARTY_SHELTER), neginf=-1.0).astype(np.int64),
            inputs.previous(PARTY_DONE).copy(),
        ), np.where(at_home, ordered, inputs.previous(PARTY_ORDERED))  # fmt: skip


def addressed_buildings(inputs: Inputs, order: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Buildings that an order addresses: centroid in one of its areas or in its polygon; all when it names neither."""
    if not order["areas"] and not order["polygon"]:
        return np.ones(inputs.size("building"), np.bool_)
    points = shapely.centroid(np.asarray(inputs.table("buildings")["geometry"], dtype=object))
    parts: list[Any] = []
    if order["areas"]:
        areas = inputs.table("areas")
        parts += list(areas["geometry"][areas["id"].isin(order["areas"])])
    if order["polygon"]:
        ring = shapely.Polygon(order["polygon"])
        if not ring.is_valid:
            raise InputError("The polygon of an evacuation order crosses itself; draw it again.")
        parts += list(geopandas.GeoSeries([ring], crs="EPSG:4326").to_crs(inputs.grid().crs))
    whole = shapely.union_all(parts)
    shapely.prepare(whole)
    return np.asarray(shapely.contains_xy(whole, shapely.get_x(points), shapely.get_y(points)))


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
