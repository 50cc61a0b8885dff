"""What of a scenario matters to the flood engine in one step, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from geodata.rain_layers import rain_layer, rain_times
from twin.flood.curve import Curve
from twin.flood.refusal import require_answerable
from twin.flood.storm import hyetograph
from twin.question import Question, Step
from twin.scenario.curve import CurvePoint
from twin.scenario.engine import Engine, InflowEdge, LevelEdge
from twin.scenario.flood_measures import FLOOD_KINDS, LeveeBreach


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
        "initial_level": engine.initial_level if step.duration == 0 else 0.0,
        "infiltration": engine.infiltration.model_dump() if engine.infiltration else None,
        "sewers": engine.sewers,
        "sewer_areas": list(engine.sewer_areas),
        "open_edges": list(engine.open_edges),
        "rain": rain,
        "rain_before": before,
        "rain_pattern": question.asset("raster", engine.rain.pattern) if engine.rain and engine.rain.pattern else None,
        "rain_cell": engine.rain.cell.model_dump(mode="json") if engine.rain and engine.rain.cell else None,
        "rain_field": _frames(question, engine, step),
        "inflows": [
            {"places": [list(p) for p in i.places], "radius": i.radius, "discharge": cut(i.discharge, step)}
            for i in engine.inflows
        ],
        "inflow_edges": [{**_stretch(e), "discharge": cut(e.discharge, step)} for e in engine.inflow_edges],
        "level_edges": [{**_stretch(e), "levels": cut(e.levels, step)} for e in engine.level_edges],
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


def _stretch(edge: LevelEdge | InflowEdge) -> dict[str, Any]:
    return {"sides": list(edge.sides), "line": [list(p) for p in edge.line], "near": edge.near}


def frame_spans(times: Sequence[int], start: int) -> list[tuple[int, int, int]]:
    """When the rasters of a rain field hold, as (time of the raster, from, until); the last one as long as the one before it.

    Examples
    --------
    >>> frame_spans((0, 600, 900), 60)
    [(0, 60, 660), (600, 660, 960), (900, 960, 1260)]
    """
    ends = [*times[1:], times[-1] + (times[-1] - times[-2])]
    return [(time, start + time, start + end) for time, end in zip(times, ends, strict=True)]


def _frames(question: Question, engine: Engine, step: Step) -> list[list[Any]]:
    """The rasters of the rain field that hold within the step, each with its span and digest."""
    if engine.rain is None or not engine.rain.field:
        return []
    field = engine.rain.field
    times = rain_times(question.city.layers.names("raster"), field)
    return [
        [float(start), float(end), question.asset("raster", rain_layer(field, time))]
        for time, start, end in frame_spans(times, engine.rain.field_start)
        if start < step.end and end > step.start
    ]


def _rain(engine: Engine, step: Step) -> tuple[list[list[float]], float]:
    """Rates within the step, and the depth before it where the soil asks for it."""
    if engine.rain is None or engine.rain.field:
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
