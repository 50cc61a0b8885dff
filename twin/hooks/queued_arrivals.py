"""What queues cost: how much longer than free flow those who set out were on the way, home by home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.analysis import AnalysisRead, Course, Series
from twin.hook import Parameters
from twin.hooks.evacuation import LAYERS
from twin.mobility.network import group_number
from twin.mobility.parties import make_parties
from twin.mobility.queue import ARRIVED
from twin.mobility.variables import (
    BUILDING_LAST_ARRIVAL,
    BUILDING_QUEUE_DELAY,
    BUILDING_SHELTER_TIME,
    PARTY_DONE,
    PARTY_NODE,
    PARTY_OUT,
    PARTY_STATUS,
)
from twin.question import Question
from twin.variable import Variable
from twin.variables import BUILDING_PEOPLE


@dataclass(frozen=True)
class QueuedArrivalsAnalysis:
    """Stands beside the time left, which is free of queues: what people lost in queues, on detours and at full shelters.

    A party's time from its door to a shelter is compared with the free time to the shelter that was nearest when it left.
    """

    name: str = "queued_arrivals"
    version: str = "1"
    reads: tuple[AnalysisRead, ...] = (
        Series(PARTY_STATUS), Series(PARTY_OUT), Series(PARTY_DONE), Series(PARTY_NODE), Series(BUILDING_SHELTER_TIME),
        Series(BUILDING_PEOPLE),
    )  # fmt: skip
    writes: tuple[Variable, ...] = (BUILDING_QUEUE_DELAY, BUILDING_LAST_ARRIVAL)

    def parameters(self, question: Question) -> Parameters:  # noqa: ARG002 (the course tells all)
        """Nothing."""
        return {}

    def analyse(self, course: Course, parameters: Parameters) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Longest delay and last arrival of each building."""
        last = len(course.times) - 1
        building = make_parties(course.at(BUILDING_PEOPLE, last)).building
        status, left, done = (course.at(variable, last) for variable in (PARTY_STATUS, PARTY_OUT, PARTY_DONE))
        layer = np.maximum(course.at(PARTY_NODE, last), 0) // max(course.size("node"), 1)
        came = status == ARRIVED
        free = np.full(len(building), np.nan)
        moment = np.searchsorted(course.times, left, side="right") - 1
        for number in np.unique(moment[came]):
            times = course.at(BUILDING_SHELTER_TIME, int(number))
            for place, group in enumerate(LAYERS):
                mine = came & (moment == number) & (layer == place)
                free[mine] = times[group_number(group), building[mine]]
        homes = course.size("building")
        delay = np.full(homes, -np.inf)
        lost = np.where(np.isfinite(free[came]), np.maximum(done[came] - left[came] - free[came], 0.0), np.nan)
        with np.errstate(invalid="ignore"):  # an unknown delay makes that of the building unknown
            np.maximum.at(delay, building[came], lost)
        arrival = np.full(homes, -np.inf)
        out = np.isfinite(left)
        np.maximum.at(arrival, building[out], np.where(came[out], done[out], np.inf))
        return {BUILDING_QUEUE_DELAY.name: delay, BUILDING_LAST_ARRIVAL.name: arrival}
