"""Tables that say what the map shows, for those who read rather than look: the equivalent of the map without a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from layers.cards.area import AGE_LABELS, concerned
from layers.fact import rank_text
from layers.language import Language, mark
from layers.people import WHOSE, area_kind
from twin.breakdown import people_by_area
from twin.mobility.care_list import care_list
from twin.mobility.series import evacuation_series
from twin.outcome import people_in
from twin.presence import counted
from twin.scenario import EvacuationOrder, Scenario
from twin.scenario.rules import GROUPS
from twin.state import State
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE
from twin.variables import AGES

WHEREABOUTS = {
    "at_home": mark("not set out"),
    "on_the_way": mark("on the way"),
    "in_shelters": mark("in shelters"),
    "caught": mark("caught on roads"),
    "stranded": mark("without a way on to a shelter with room"),
    "kept_in": mark("kept in by water at the door"),
}
"""Where people of an evacuation can be: fields of `twin.mobility.series.EvacuationSeries`, with translation keys."""


def ranks_table(state: State, language: Language) -> pd.DataFrame:
    """Buildings and people by highest rank so far, the unknown in a row of their own."""
    rank = state.field("building_rank_peak")
    text = language.text
    rows = [{
        text("Depth rank"): rank_text(number, language), text("Buildings"): int((rank == number).sum()),
        text("{whose}, where known", whose=text(WHOSE[counted(state)])): people_in(state, rank == number),
    } for number in (*range(7), UNKNOWN_CODE)]  # fmt: skip
    return pd.DataFrame(rows)


def districts_table(state: State, language: Language) -> pd.DataFrame:
    """People by district: all, in flooded buildings, cut off, in shelters, caught; a building belongs where its middle lies."""
    text, kind = language.text, area_kind(state)
    if not (state.city.table("areas")["kind"] == kind).any():
        return pd.DataFrame()
    made = pd.DataFrame()
    for label, chosen in concerned(state).items():
        table = people_by_area(state, chosen, kind=kind)
        if made.empty:
            made[text("District")] = table["name"].where(table["area"] != "", text("in no district"))
            made[text("{whose}, where known", whose=text(WHOSE[counted(state)]))] = table["everybody"].round()
        made[text(label)] = table["people"].round()
        if (table["unknown"] > 0).any():
            made[text("{what}: unknown of", what=text(label))] = table["unknown"].round()
    return made.sort_values(made.columns[2], ascending=False).reset_index(drop=True)


def ages_table(state: State, language: Language) -> pd.DataFrame:
    """People by age band: in flooded buildings, cut off, in shelters, caught; nothing where nobody states ages."""
    text = language.text
    rows = []
    for label, chosen in concerned(state).items():
        table = people_by_area(state, chosen, kind=area_kind(state))
        sums = {age: table[f"people_{age}"].sum(min_count=1) for age in AGES}
        rows.append({
            text("People"): text(label), text("all"): round(float(table["people"].sum())),
            **{text(AGE_LABELS[age]): np.round(total) for age, total in sums.items()},
            text("unknown"): round(float(table["unknown"].sum())),
        })  # fmt: skip
    return pd.DataFrame(rows)


def evacuation_table(state: State, language: Language) -> pd.DataFrame:
    """Where the people of the evacuation are now; nothing where nobody was told to leave."""
    series = evacuation_series([state])
    if series is None or not np.isfinite(state.field("party_ordered")).any():
        return pd.DataFrame()
    text = language.text
    rows = [(text(label), float(np.round(getattr(series, name)[0]))) for name, label in WHEREABOUTS.items()]
    return pd.DataFrame(rows, columns=[text("Where"), text("People")])


Figures = Mapping[str, Any]
"""Outcomes of a run by name; see `twin.outcome`."""
ORDER_FIGURES = (
    ("people_in_shelters", mark("in shelters")),
    ("people_caught", mark("caught on roads")),
    ("shelters_over_capacity", mark("Shelters full")),
    ("people_stranded", mark("without a way on to a shelter with room")),
    ("people_kept_in", mark("kept in by water at the door")),
    ("people_on_the_way", mark("on the way at the end")),
)
"""What of a run tells how an evacuation went, with translation keys."""


def orders_table(told: Sequence[tuple[Scenario, Figures | None]], asked: Scenario, language: Language) -> pd.DataFrame:
    """How the evacuation goes with other shares, or with its orders given at other times.

    Parameters
    ----------
    told
        Scenarios that differ in their orders alone, with the figures of their runs; None = not there yet.
    asked
        The question as it was put: its row is marked.
    language
        The reader's.
    """
    text = language.text
    rows = []
    for scenario, found in told:
        orders = [measure for measure in scenario.measures if isinstance(measure, EvacuationOrder)]
        going = [order for order in orders if order.level != 5]
        shares = sorted({order.share for order in going})
        row: dict[str, Any] = {
            text("Orders"): " · ".join(
                text("level {level} at +{time}", level=order.level, time=language.duration(order.start)) for order in orders
            )
            or text("none within the run"),
            text("Go, %"): ", ".join(language.number(100 * share, 0) for share in shares),
            text("As asked"): "●" if scenario.measures == asked.measures else "",
        }
        cleared = "" if found is None else text("not within the run")
        if found is not None and found.get("clearance_s") is not None:
            cleared = language.number(np.ceil(found["clearance_s"] / 60), 0)
        row[text("All arrived after, min")] = cleared
        for name, label in ORDER_FIGURES:
            value = None if found is None else found.get(name)
            row[text(label)] = np.nan if value is None else round(float(value))
        rows.append(row)
    return pd.DataFrame(rows)


def care_table(state: State, language: Language) -> pd.DataFrame:
    """Care homes, hospitals and schools: the time left minus the time they need, the least first."""
    if not state.has("facility_time_left"):
        return pd.DataFrame()
    text, listed = language.text, care_list(state)

    def minutes(seconds: pd.Series) -> pd.Series:
        finite = seconds.where(np.isfinite(seconds))
        return np.floor(finite / 60)

    return pd.DataFrame({
        text("Facility"): listed["name"], text("Kind"): [text(kind.replace("_", " ")) for kind in listed["kind"]],
        text("Judgement"): [text(word) for word in listed["verdict"]],
        text("Left minus needed, min"): minutes(listed["spare"]), text("Time left, min"): minutes(listed["left"]),
        text("Time needed, min"): np.ceil(listed["needed"] / 60), text("People who need help here"): listed["users"],
    })  # fmt: skip


def shelters_table(state: State, language: Language) -> pd.DataFrame:
    """Every shelter: usable or not, why, depth, who came, how full it is."""
    text, shelters = language.text, state.city.shelters
    usable, reason = state.field("shelter_usable"), state.field("shelter_reason")
    codes = state.variables["shelter_reason"].codes
    words = {0: "cannot be used", 1: "can be used"}
    frame = pd.DataFrame({
        text("Shelter"): shelters["name"], text("Now"): [text(words.get(u, "unknown")) for u in usable.tolist()],
        text("Why"): [text(codes[r]) for r in reason.tolist()],
        text("Depth, m"): np.round(state.field("shelter_depth").astype(np.float64), 2),
        text("Capacity"): shelters["capacity"],
    })  # fmt: skip
    if state.has("shelter_occupancy"):
        inside, capacity = state.field("shelter_occupancy").astype(np.float64), shelters["capacity"].to_numpy(np.float64)
        frame[text("People who came")] = inside.round()
        with np.errstate(divide="ignore", invalid="ignore"):
            frame[text("Places taken, %")] = np.where(capacity > 0, 100 * inside / capacity, np.nan).round()
        frame[text("Turned away so far")] = state.field("shelter_turned_away").round()
    frame[text("Address")] = shelters["address"]
    return frame


def facilities_table(state: State, language: Language) -> pd.DataFrame:
    """Every facility with its depth, the deepest first."""
    text, facilities = language.text, state.city.facilities
    frame = pd.DataFrame({
        text("Facility"): facilities["name"], text("Kind"): [text(k.replace("_", " ")) for k in facilities["kind"]],
        text("Depth, m"): np.round(state.field("facility_depth").astype(np.float64), 2), text("Users"): facilities["users"],
        text("Time to leave, min"): (facilities["time_to_leave"] / 60).round(), text("Address"): facilities["address"],
    })  # fmt: skip
    return frame.sort_values(text("Depth, m"), ascending=False, na_position="first").reset_index(drop=True)


def closed_roads_table(state: State, language: Language) -> pd.DataFrame:
    """Roads that cars cannot pass, or of which it is unknown, and who is concerned; the longest first."""
    text, roads, row = language.text, state.city.roads, GROUPS.index("car")
    cars = state.field("road_open")[row]
    chosen = np.flatnonzero((cars != 1) & (cars != NOT_APPLICABLE_CODE))
    some = roads.iloc[chosen]
    frame = pd.DataFrame({
        text("Road"): some["name"].where(some["name"] != "", some["id"]),
        text("Class"): [text(value) if value else text("unknown") for value in some["class"]],
        text("Cars"): [text("unknown" if c == UNKNOWN_CODE else "closed") for c in cars[chosen].tolist()],
        text("Depth, m"): np.round(state.field("road_depth")[chosen].astype(np.float64), 2),
        text("Length, m"): some.geometry.length.round(0),
    })  # fmt: skip
    for variable, label in (
        ("road_closing", text("Closes after, min")),
        ("road_reopening", text("Opens again after, min")),
    ):
        if state.has(variable):
            moments = state.field(variable)[row][chosen].astype(np.float64)
            frame[label] = np.where(np.isfinite(moments), np.round(moments / 60), np.nan)
    for variable, label in (
        ("road_people_dependent", text("People who depend on it alone")),
        ("road_evacuees", text("Evacuees on it now")),
        ("road_caught", text("Evacuees caught on it so far")),
    ):
        if state.has(variable) and (variable == "road_people_dependent" or state.field(variable).any()):
            frame[label] = state.field(variable)[chosen].astype(np.float64).round()
    return frame.sort_values(text("Length, m"), ascending=False).reset_index(drop=True)


def sensors_table(state: State, language: Language) -> pd.DataFrame:
    """Every sensor: what it would read in this scenario and what it did read at that moment."""
    text, sensors = language.text, state.city.sensors
    would = state.field("sensor_reading")
    return pd.DataFrame({
        text("Sensor"): sensors["name"], text("Kind"): [text(k.replace("_", " ")) for k in sensors["kind"]],
        text("Would read"): np.where(np.isfinite(would), would, np.nan).round(2),
        text("Did read"): state.field("sensor_observed").round(2), text("Unit"): sensors["unit"],
    })  # fmt: skip
