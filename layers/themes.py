"""Themes: what buildings, roads and water can be coloured by; each names what it reads, so that a page offers what there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers import codes
from layers.coding import RANK
from layers.flood_scales import HAZARD_CLASSES, WATER_ARRIVALS, WATER_SPEEDS
from layers.language import mark
from layers.mobility_scales import (
    CUT_OFF_TIMES,
    DEPENDENTS,
    DETOURS,
    FIRE_TIMES,
    HOSPITAL_TIMES,
    ROAD_CLOSINGS,
    ROAD_SPEEDS,
    SHELTER_ACCESS,
    TIMES_LEFT,
    TRAFFIC,
    TRAFFIC_DELAYS,
    TRAVEL_TIMES,
    UPSTAIRS,
)
from layers.scales import ARRIVAL_TIME, DEPTH_SCALES, RANK_SCALES, ROAD_PASSABILITY, Scale, scale_named
from twin.scenario.rules import GROUPS
from twin.state import State

GROUP_LABELS = dict(
    zip(
        GROUPS,
        (mark("Walkers"), mark("Walkers who are older or with a child"), mark("Cars"), mark("Large or emergency vehicles")),
        strict=True,
    )
)
"""Who moves; translation keys."""


@dataclass(frozen=True)
class Theme:
    """One way to colour a layer.

    Parameters
    ----------
    name
        Stands in links ("minutes_left").
    title
        Translation key.
    scales
        The colour scale, or several that the reader chooses from by name.
    reads
        Names of the variables that it needs.
    codes
        From a state and the row of a group to bytes.
    by_group
        Whether it is another picture for each group: then the page asks for whom.
    surface
        For water: the variable that tells how high it stands in this picture.
    order
        For cells that are merged into one: whether the highest or the lowest number is the gravest.
    """

    name: str
    title: str
    scales: tuple[Scale, ...]
    reads: tuple[str, ...]
    codes: Callable[[State, int], NDArray[np.uint8]]
    by_group: bool = False
    surface: str = "water_depth"
    order: Literal["highest", "lowest"] = "highest"

    def scale(self, name: str) -> Scale:
        """The scale of that name, else the first."""
        return scale_named(name, self.scales)

    def told_by(self, states: Sequence[State]) -> bool:
        """Whether the states hold what it reads, and it applies to them."""
        if not states or not all(state.has(name) for state in states for name in self.reads):
            return False
        last, first = states[-1], self.reads[0]
        variable, values = last.variables[first], last.field(first)
        if "group" in variable.dims or "not_applicable" not in variable.missing or not values.size:
            return True  # of a group: that nobody gets away is an answer
        # Every state has the fields of the flood engine, of traffic, of hospitals; where there is none they apply nowhere.
        return not bool((values == variable.value_of("not_applicable")).all())


def _rank(variable: str) -> Callable[[State, int], NDArray[np.uint8]]:
    return lambda state, group: RANK.encode(state.field(variable))  # noqa: ARG005


BUILDING_THEMES: tuple[Theme, ...] = (
    Theme("now", mark("Depth rank now"), RANK_SCALES, ("building_rank",), _rank("building_rank")),
    Theme("peak", mark("Deepest rank so far"), RANK_SCALES, ("building_rank_peak",), _rank("building_rank_peak")),
    Theme("official", mark("Official rank"), RANK_SCALES, ("building_official_rank",), _rank("building_official_rank")),
    Theme("arrival", mark("First arrival of water"), (ARRIVAL_TIME,), ("building_arrival",), codes.arrival_codes),
    Theme("minutes_left", mark("Time left to set out"), (TIMES_LEFT,), ("building_time_left", "building_time_left_high"),
          codes.time_left_codes, by_group=True),
    Theme("shelter_time", mark("Time to a shelter"), (TRAVEL_TIMES,), ("building_shelter_time",), codes.way_codes,
          by_group=True),
    Theme("detour", mark("Detour on the way to a shelter"), (DETOURS,), ("building_detour",), codes.detour_codes,
          by_group=True),
    Theme("hospital_time", mark("Time to a hospital"), (HOSPITAL_TIMES,), ("building_hospital_time",), codes.hospital_codes),
    Theme("fire_time", mark("Time until a fire engine comes"), (FIRE_TIMES,), ("building_fire_response_time",),
          codes.fire_codes),
    Theme("access", mark("Who is cut off"), (SHELTER_ACCESS,), ("building_access",), codes.access_codes, by_group=True),
    Theme("cut_off", mark("Cut off since when"), (CUT_OFF_TIMES,), ("building_cut_off_since", "building_access"),
          codes.cut_off_codes, by_group=True),
    Theme("refuge", mark("Where going upstairs is officially possible"), (UPSTAIRS,), ("building_refuge",),
          codes.refuge_codes),
)  # fmt: skip
WATER_THEMES: tuple[Theme, ...] = (
    Theme("depth", mark("Depth now"), DEPTH_SCALES, ("water_depth",), codes.depth_codes),
    Theme("peak", mark("Greatest depth so far"), DEPTH_SCALES, ("flow_max_depth",), codes.peak_codes, surface="flow_max_depth"),
    Theme("arrival", mark("First arrival of water"), (WATER_ARRIVALS,), ("flow_arrival",), codes.water_arrival_codes,
          surface="flow_max_depth", order="lowest"),
    Theme("hazard", mark("Hazard class so far"), (HAZARD_CLASSES,), ("flow_hazard_class",), codes.hazard_codes,
          surface="flow_max_depth"),
    Theme("speed", mark("Speed now"), (WATER_SPEEDS,), ("flow_speed", "water_depth"), codes.speed_codes),
)  # fmt: skip
ROAD_THEMES: tuple[Theme, ...] = (
    Theme("passability", mark("Who can pass now"), (ROAD_PASSABILITY,), ("road_open", "road_depth"), codes.road_codes),
    Theme("speed", mark("Speed now"), (ROAD_SPEEDS,), ("road_speed",), codes.road_speed_codes, by_group=True),
    Theme("closing", mark("When it closes"), (ROAD_CLOSINGS,), ("road_closing", "road_speed"), codes.closing_codes,
          by_group=True),
    Theme("traffic", mark("Everyday traffic"), (TRAFFIC,), ("road_flow", "road_speed"), codes.traffic_codes),
    Theme("traffic_delay", mark("Delay by everyday traffic"), (TRAFFIC_DELAYS,), ("road_delay", "road_speed"),
          codes.delay_codes),
    Theme("dependents", mark("People who depend on it alone"), (DEPENDENTS,), ("road_people_dependent",),
          codes.dependent_codes, by_group=True),
)  # fmt: skip


def theme_named(name: str, themes: Sequence[Theme]) -> Theme:
    """The theme of that name, the first one where the name is not among them."""
    return next((theme for theme in themes if theme.name == name), themes[0])


def offered(themes: Sequence[Theme], states: Sequence[State]) -> dict[str, str]:
    """Names and titles of the themes that states can show; all of them while there are no states."""
    return {theme.name: theme.title for theme in themes if not states or theme.told_by(states)}


def asks_for_group(name: str, themes: Sequence[Theme]) -> bool:
    """Whether a theme is another picture for walkers, cars and so on."""
    return theme_named(name, themes).by_group
