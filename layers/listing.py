"""Tables that say what the map shows, for those who read rather than look: the equivalent of the map without a picture."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.card import rank_text
from layers.language import Language
from twin.outcome import people_in
from twin.scenario.rules import GROUPS
from twin.state import State
from twin.variable import NOT_APPLICABLE_CODE, UNKNOWN_CODE


def ranks_table(state: State, language: Language) -> pd.DataFrame:
    """Buildings and people by highest rank so far, the unknown in a row of their own."""
    rank = state.field("building_rank_peak")
    text = language.text
    rows = [{
        text("Depth rank"): rank_text(number, language), text("Buildings"): int((rank == number).sum()),
        text("Residents, where known"): people_in(state, rank == number),
    } for number in (*range(7), UNKNOWN_CODE)]  # fmt: skip
    return pd.DataFrame(rows)


def districts_table(state: State, language: Language) -> pd.DataFrame:
    """Buildings flooded and unknown, and residents of flooded ones, by district; a building belongs where its middle lies."""
    text = language.text
    areas = state.city.areas
    areas = areas[areas["kind"].isin(("district", "ward", "census", "school_district"))]
    if not len(areas):
        return pd.DataFrame()
    buildings = state.city.buildings
    middles = buildings[["geometry"]].set_geometry(buildings.geometry.representative_point())
    inside = middles.sjoin(areas[["id", "geometry"]], predicate="within").groupby(level=0)["id"].first()
    district = inside.reindex(buildings.index)
    rank = state.field("building_rank_peak")
    flooded = (rank >= 1) & (rank != UNKNOWN_CODE)
    frame = pd.DataFrame({
        "district": district, "all": 1, "flooded": flooded, "unknown": rank == UNKNOWN_CODE,
        "people": np.where(flooded, np.nan_to_num(buildings["residents"].to_numpy(np.float64)), 0.0),
    })  # fmt: skip
    totals = frame.groupby("district")[["all", "flooded", "unknown", "people"]].sum()
    totals = totals.reindex(areas["id"]).fillna(0)
    totals.insert(0, "name", areas["name"].to_numpy())
    totals.columns = [
        text("District"),
        text("Buildings"),
        text("flooded so far"),
        text("unknown"),
        text("Residents of flooded buildings, where known"),
    ]
    return totals.sort_values(totals.columns[-1], ascending=False).reset_index(drop=True)


def shelters_table(state: State, language: Language) -> pd.DataFrame:
    """Every shelter: usable or not, why, depth."""
    text, shelters = language.text, state.city.shelters
    usable, reason = state.field("shelter_usable"), state.field("shelter_reason")
    codes = state.variables["shelter_reason"].codes
    words = {0: "cannot be used", 1: "can be used"}
    return pd.DataFrame({
        text("Shelter"): shelters["name"], text("Now"): [text(words.get(u, "unknown")) for u in usable.tolist()],
        text("Why"): [text(codes[r]) for r in reason.tolist()],
        text("Depth, m"): np.round(state.field("shelter_depth").astype(np.float64), 2),
        text("Capacity"): shelters["capacity"], text("Address"): shelters["address"],
    })  # fmt: skip


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
    """Roads that cars cannot pass, or of which it is unknown, with their length; the longest first."""
    text, roads = language.text, state.city.roads
    cars = state.field("road_open")[GROUPS.index("car")]
    chosen = np.flatnonzero((cars != 1) & (cars != NOT_APPLICABLE_CODE))
    some = roads.iloc[chosen]
    frame = pd.DataFrame({
        text("Road"): some["name"].where(some["name"] != "", some["id"]),
        text("Class"): [text(value) if value else text("unknown") for value in some["class"]],
        text("Cars"): [text("unknown" if c == UNKNOWN_CODE else "closed") for c in cars[chosen].tolist()],
        text("Depth, m"): np.round(state.field("road_depth")[chosen].astype(np.float64), 2),
        text("Length, m"): some.geometry.length.round(0),
    })  # fmt: skip
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
