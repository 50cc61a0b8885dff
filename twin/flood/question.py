"""What of a scenario matters to the flood engine in one step, as plain values; and whether the city can answer it at all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from geodata.city import City
from geodata.errors import InputError
from twin.flood.curve import Curve
from twin.flood.storm import hyetograph
from twin.flood.terrain import require_ground
from twin.question import Question, Step
from twin.scenario.curve import CurvePoint
from twin.scenario.engine import Engine
from twin.scenario.flood_measures import FLOOD_KINDS, LeveeBreach

BREACH_REACH = 50.0
"""A levee is looked for within this distance of a breach, m (at least two cells, at least half its width)."""
BANK = 0.3
"""Ground that stands so much above what lies beside it counts as a bank, m."""


def engine_parameters(question: Question, engine: Engine, step: Step) -> dict[str, Any]:
    """Plain values for one step: curves cut to the step, measures that act in it."""
    if step.duration == 0:
        require_answerable(question, engine)
    rain, before = _rain(engine, step)
    return {
        "engine": True,
        "start": step.start,
        "solver": engine.solver,
        "alpha": engine.alpha if engine.alpha is not None else {"local_inertial": 0.5, "full": 0.4}[engine.solver],
        "theta": engine.theta,
        "roughness": engine.roughness,
        "buildings": engine.buildings,
        "raised_by": engine.raised_by,
        "initial": engine.initial,
        "infiltration": engine.infiltration.model_dump() if engine.infiltration else None,
        "sewers": engine.sewers,
        "sewer_areas": list(engine.sewer_areas),
        "open_edges": list(engine.open_edges),
        "rain": rain,
        "rain_before": before,
        "rain_pattern": question.asset("raster", engine.rain.pattern) if engine.rain and engine.rain.pattern else None,
        "inflows": [
            {"at": list(i.at), "radius": i.radius, "discharge": cut(i.discharge, step)} for i in engine.inflows
        ],
        "level_edges": [
            {"sides": list(e.sides), "line": [list(p) for p in e.line], "near": e.near, "levels": cut(e.levels, step)}
            for e in engine.level_edges
        ],
        "measures": [
            measure.model_dump(exclude={"name", "end"} if isinstance(measure, LeveeBreach) else {"name", "start", "end"})
            for measure in question.scenario.measures
            if measure.kind in FLOOD_KINDS and _acts(measure, step)
        ],
    }  # fmt: skip


def cut(points: Sequence[CurvePoint], step: Step) -> list[list[float]]:
    """The part of a curve that a step can see, as [time, value].

    Examples
    --------
    >>> cut((CurvePoint(at=0, value=0.0), CurvePoint(at=100, value=10.0)), Step(20, 60))
    [[20.0, 2.0], [60.0, 6.0]]
    """
    curve = Curve.of([(p.at, p.value) for p in points])
    inner = [[float(p.at), float(p.value)] for p in points if step.start < p.at < step.end]
    ends = [[float(step.start), curve.at(step.start)], [float(step.end), curve.at(step.end)]]
    return [ends[0], *inner, ends[1]] if step.duration else [ends[0]]


def _rain(engine: Engine, step: Step) -> tuple[list[list[float]], float]:
    """Rates within the step, and the depth before it where the soil asks for it."""
    if engine.rain is None:
        return [[0.0, 1.0], [0.0]], 0.0
    bars = hyetograph(engine.rain)
    edges = [float(step.start), *(t for t in bars.times if step.start < t < step.end), float(step.end)]
    rates = [bars.integral(a, b) / (b - a) if b > a else 0.0 for a, b in pairwise(edges)]
    remembers = engine.infiltration is not None and engine.infiltration.law == "curve_number"
    return [edges, rates], bars.integral(0.0, step.start) if remembers else 0.0


def _acts(measure: Any, step: Step) -> bool:
    return bool(measure.start < step.end and (measure.end is None or measure.end > step.start)) or (
        step.duration == 0 and measure.acts_at(step.start)
    )


def require_answerable(question: Question, engine: Engine) -> None:
    """Refuse what the city cannot answer, before anything is computed.

    Raises
    ------
    InputError
        Terrain that is absent or has holes; a place outside of the city; a breach where there is no levee; unknown names.
    """
    city = question.city
    require_ground(city.elevation, city.grid, city=city.name, holes=engine.holes)
    rasters = city.layers.names("raster")
    if engine.rain and engine.rain.pattern and engine.rain.pattern not in rasters:
        raise InputError(
            "{city} has no raster {name}, which the rain's pattern names.", city=city.name, name=engine.rain.pattern
        )
    if engine.initial == "rivers" and not {"river_level", "water_mask"} <= set(rasters):
        raise InputError("{city} has no water bodies that state their level; set initial: dry.", city=city.name)
    known = set(city.table("areas")["id"]) if engine.sewer_areas else set()
    for name in engine.sewer_areas:
        if name not in known:
            raise InputError("{city} has no area {name}; correct sewer_areas.", city=city.name, name=name)
    for inflow in engine.inflows:
        require_inside(city, [inflow.at], f"The inflow {inflow.name or list(inflow.at)}")
    for measure in question.scenario.measures:
        if measure.kind not in FLOOD_KINDS:
            continue
        what = f"The {measure.kind.replace('_', ' ')} {measure.name}".strip()
        for attribute in ("at", "outlet"):
            if getattr(measure, attribute, None) is not None:
                require_inside(city, [getattr(measure, attribute)], what)
        for attribute in ("line", "ends"):
            if getattr(measure, attribute, None) is not None:
                require_inside(city, getattr(measure, attribute), what)
        if isinstance(measure, LeveeBreach):
            _require_levee(city, measure, what)
        facility = getattr(measure, "facility", "")
        if facility and facility not in set(city.table("facilities")["id"]):
            raise InputError(
                "{what} is powered by {facility}, which {city} does not have.", what=what, facility=facility, city=city.name
            )


def require_inside(city: City, positions: Sequence[Sequence[float]], what: str) -> None:
    """Refuse a place outside of the city's known ground.

    Raises
    ------
    InputError
    """
    for longitude, latitude in positions:
        x, y = city.grid.to_wgs84.transform(longitude, latitude, direction="INVERSE")
        cell = city.grid.cell_of(x, y) if np.isfinite(x + y) else None
        if cell is None:
            raise InputError(
                "{what} at {longitude}, {latitude} lies outside of {city}; the terrain reaches from {west}, {south} to {east}, "
                "{north}.",
                what=what, longitude=longitude, latitude=latitude, city=city.name,
                **dict(zip(("west", "south", "east", "north"), (round(v, 5) for v in city.grid.bounds_wgs84), strict=True)),
            )  # fmt: skip


def _require_levee(city: City, breach: LeveeBreach, what: str) -> None:
    x, y = city.grid.to_wgs84.transform(*breach.at, direction="INVERSE")
    reach = max(BREACH_REACH, 2 * city.grid.cell, breach.width / 2)
    crests = city.table("crests")
    if len(crests) and bool(shapely.dwithin(crests.geometry.to_numpy(), shapely.Point(x, y), reach).any()):
        return
    cell = city.grid.cell_of(x, y)
    if cell is not None and breach.bottom is not None:
        size = max(2, round(reach / city.grid.cell))
        part = city.elevation[max(cell[0] - size, 0) : cell[0] + size + 1, max(cell[1] - size, 0) : cell[1] + size + 1]
        if np.isfinite(part).any() and float(np.nanmax(part)) - max(breach.bottom, float(np.nanmin(part))) >= BANK:
            return
    raise InputError(
        "{what} at {longitude}, {latitude} has no levee within {reach} m; move it to one, or give its bottom where the bank "
        "stands in the terrain itself.",
        what=what, longitude=breach.at[0], latitude=breach.at[1], reach=round(reach),
    )  # fmt: skip


def notes_of(question: Question, engine: Engine) -> tuple[str, ...]:
    """What a reader of the results must know about how the question was understood."""
    city = question.city
    notes = [
        "Water is computed by the local inertial scheme: where it runs faster than half its wave speed (Froude number above "
        "0.5) depths are to be read with caution, and velocities not trusted; choose solver: full there."
        if engine.solver == "local_inertial"
        else "Water is computed by the full shallow water equations."
    ]
    unknown = int(np.isnan(city.elevation).sum())
    if unknown:
        notes.append(
            f"{unknown} cells have no elevation: depth is unknown there, and water leaves over their rim as over the edge."
        )
    for inflow in engine.inflows:
        x, y = city.grid.to_wgs84.transform(*inflow.at, direction="INVERSE")
        cell = city.grid.cell_of(x, y)
        if cell is None:
            continue
        part = city.elevation[max(cell[0] - 20, 0) : cell[0] + 21, max(cell[1] - 20, 0) : cell[1] + 21]
        here = city.elevation[cell]
        if np.isfinite(here) and float((part < here - 1.0).mean()) > 0.9:
            notes.append(f"The inflow {inflow.name or inflow.at} lies on dry high ground; check its place.")
    return tuple(notes)
