"""Where going upstairs is officially possible: judged by official layers of the largest assumed scale alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.overlays import FootprintCells, maximum
from twin.asset import Asset
from twin.hook import Current, Inputs, Parameters, Read, Static
from twin.mobility.variables import BUILDING_REFUGE, BUILDING_REFUGE_REASON
from twin.question import Question, Step
from twin.variable import UNKNOWN_CODE, Variable
from twin.variables import BUILDING_DEPTH_PEAK

SUPPLIES_HOURS = 72.0
"""Supplies that households are asked to keep, three days [M]: water that stands longer asks people to leave."""
FLOOR = 3.0
(POSSIBLE, COLLAPSE, LANDSLIDE, NO_ROOM, TOO_LONG, WITHDRAWN, LAYER_MISSING, STOREYS_UNKNOWN) = range(8)
LANDSLIDE_WORDS = ("土砂", "landslide", "急傾斜", "地すべり")
RISKS = ("building_id", "hazard", "scale", "depth_high", "rank", "duration")


def storeys_needed(depth: NDArray[Any]) -> NDArray[np.float64]:
    """Storeys of a building whose highest floor stays above the water, by the official classes: up to 0.5 m one, 3 m two, 5 m three.

    Examples
    --------
    >>> storeys_needed(np.array([0.0, 0.4, 3.0, 4.0, 8.0, np.nan])).tolist()
    [1.0, 1.0, 2.0, 3.0, 4.0, nan]
    """  # noqa: E501 (the summary is one line)
    more = 3.0 + np.ceil(np.maximum(depth - 5.0, 0.0) / FLOOR)
    needed = np.where(depth < 0.5, 1.0, np.where(depth <= 3.0, 2.0, more))
    return np.where(np.isnan(depth), np.nan, needed)


def judge(
    *, depth: NDArray[Any], duration: NDArray[Any], collapse: NDArray[Any], landslide: NDArray[Any], storeys: NDArray[Any],
    scenario_depth: NDArray[Any],
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:  # fmt: skip
    """Whether going upstairs is officially possible, and why (not): what is certain against it beats what is unknown.

    Parameters
    ----------
    depth, duration
        Official depth, m, and how long the water stands, h, at the largest assumed scale, [building], or [hazard, building]
        where several kinds of flood are mapped; NaN = unknown. Water of one kind needs a duration of its own; dry ground needs
        none.
    collapse, landslide
        1 in such a zone, 0 not, NaN = the city has no such layer.
    storeys
        Of the building, NaN = unknown.
    scenario_depth
        Greatest depth of the scenario so far, m: it can only withdraw.
    """
    depths, durations = np.atleast_2d(depth), np.atleast_2d(duration)
    deepest: NDArray[np.float64] = np.fmax.reduce(depths)
    needed = storeys_needed(deepest)
    undated = ((depths > 0) & np.isnan(durations)).any(axis=0)
    too_long = (~(depths <= 0) & (durations > SUPPLIES_HOURS)).any(axis=0)
    missing = np.isnan(deepest) | np.isnan(collapse) | np.isnan(landslide) | undated
    with np.errstate(invalid="ignore"):
        reason = np.select(
            [
                collapse == 1, landslide == 1, storeys < needed, too_long,
                storeys < storeys_needed(scenario_depth), missing, np.isnan(storeys),
            ],
            [COLLAPSE, LANDSLIDE, NO_ROOM, TOO_LONG, WITHDRAWN, LAYER_MISSING, STOREYS_UNKNOWN],
            POSSIBLE,
        )  # fmt: skip
    unknown = np.isin(reason, (LAYER_MISSING, STOREYS_UNKNOWN))
    advice = np.where(unknown, UNKNOWN_CODE, np.where(reason == POSSIBLE, 1, 0))
    return advice.astype(np.uint8), reason.astype(np.uint8)


@dataclass(frozen=True)
class RefugeHook:
    """All three conditions: not at risk of being washed away, a room above the water, supplies for as long as it stands.

    The official depth and duration of the largest assumed scale (L2), house-collapse zones and landslide zones must all be
    known; else it is unknown. The duration comes from maps of how long water stands or from records of buildings, and is asked
    for each kind of flood that reaches the building. A scenario whose water comes higher than the map's can only withdraw the
    advice.
    """

    name: str = "refuge"
    version: str = "2"
    reads: tuple[Read, ...] = (
        Current(BUILDING_DEPTH_PEAK),
        Static("footprint_cells"),
        Static("buildings", ("id", "storeys", "geometry")),
        Static("areas", ("name", "kind", "geometry")),
    )
    writes: tuple[Variable, ...] = (BUILDING_REFUGE, BUILDING_REFUGE_REASON)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (official layers hold at any time)
        """The official maps of the largest assumed scale, and the records of buildings."""
        maps = sorted(question.city.hazard_maps.values(), key=lambda m: m.id)
        floods = [m for m in maps if m.hazard != "landslide" and m.scale == "L2"]

        def rasters(kind: str, part: str) -> dict[str, list[Asset]]:
            found = [m for m in floods if m.kind == kind]
            return {
                hazard: [question.asset("raster", f"hazard/{m.id}/{part}") for m in found if m.hazard == hazard]
                for hazard in sorted({m.hazard for m in found})
            }

        return {
            "depth": rasters("depth", "high"),
            "duration": rasters("duration", "hours"),
            "records": question.asset("table", "building_risks", RISKS) if question.city.count("building_risks") else None,
            "landslide_layer": any(m.hazard == "landslide" for m in maps),
        }

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Advice and reason at the end of the step."""
        buildings = inputs.table("buildings")
        count = len(buildings)
        rows = FootprintCells.from_arrays(inputs.overlay("footprint_cells"))
        told = {
            name: {hazard: [maximum(rows, inputs.asset(each)) for each in found] for hazard, found in parameters[name].items()}
            for name in ("depth", "duration")
        }
        slides = np.full(count, 0.0 if parameters["landslide_layer"] else np.nan)
        if parameters["records"] is not None:
            records = inputs.asset(parameters["records"])
            for hazard, deep, long in _of_records(records, buildings["id"]):
                told["depth"].setdefault(hazard, []).append(deep)
                told["duration"].setdefault(hazard, []).append(long)
            sliding = buildings["id"].isin(set(records["building_id"][records["hazard"] == "landslide"])).to_numpy(np.bool_)
            if parameters["landslide_layer"] or (records["hazard"] == "landslide").any():
                slides = np.where(sliding, 1.0, 0.0)
        collapse, zones = _zones(inputs.table("areas"), buildings["geometry"])
        advice, reason = judge(
            depth=_by_hazard(told, "depth", count), duration=_by_hazard(told, "duration", count), collapse=collapse,
            landslide=np.fmax(slides, zones),
            storeys=buildings["storeys"].astype("Float64").to_numpy(np.float64, na_value=np.nan),
            scenario_depth=inputs.current(BUILDING_DEPTH_PEAK),
        )  # fmt: skip
        return {BUILDING_REFUGE.name: advice, BUILDING_REFUGE_REASON.name: reason}


def _by_hazard(told: Mapping[str, Mapping[str, Sequence[NDArray[Any]]]], name: str, count: int) -> NDArray[np.float64]:
    """Greatest of what is told of each kind of flood, [hazard, building]; one row of NaN where nothing is told at all."""
    unknown = np.full(count, np.nan)
    hazards = sorted({*told["depth"], *told["duration"]}) or [""]
    return np.stack([np.fmax.reduce([unknown, *told[name].get(hazard, ())]) for hazard in hazards])


def _of_records(records: pd.DataFrame, ids: pd.Series) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
    """By kind of flood: greatest official depth, m, and longest duration, h, of the largest scale."""
    floods = records[(records["hazard"] != "landslide") & (records["scale"] == "L2")]
    for hazard, rows in floods.groupby("hazard"):
        # An open-ended rank (≥ 20 m) has its lower end as its upper one: no building of ours stands above that anyway.
        found = rows.groupby("building_id")[["depth_high", "duration"]].max().reindex(ids)
        yield str(hazard), found["depth_high"].to_numpy(np.float64), found["duration"].to_numpy(np.float64)


def _zones(areas: pd.DataFrame, places: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """1 in a house-collapse or landslide zone, 0 outside, NaN where the city has no such zones at all."""
    zones = areas[areas["kind"] == "hazard_zone"]
    slides = zones["name"].str.contains("|".join(LANDSLIDE_WORDS), case=False, regex=True).to_numpy(np.bool_)
    return _within(zones[~slides], places), _within(zones[slides], places)


def _within(zones: pd.DataFrame, places: Any) -> NDArray[np.float64]:
    if not len(zones):
        return np.full(len(places), np.nan)
    shapes = geopandas.GeoSeries(places)
    hit, _ = geopandas.GeoSeries(zones["geometry"]).sindex.query(shapes, predicate="intersects")
    inside = np.zeros(len(shapes))
    inside[hit] = 1.0
    return inside
