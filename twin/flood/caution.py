"""What a reader of the flood engine's results must know: how the question was understood, and how far to trust the result."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from geodata.city import City
from geodata.rain_layers import rain_times
from twin.flood.barriers import face_chain
from twin.flood.boundaries import edge_of
from twin.flood.budget import ENTRIES, WARN_AT
from twin.flood.question import frame_spans
from twin.flood.refusal import metres, stretch_of
from twin.flood.terrain import outside_and_holes
from twin.flood.variables import FLOW_ACCOUNT, FLOW_TRUST
from twin.question import Note, Question, note
from twin.scenario.engine import Engine
from twin.scenario.flood_measures import FLOOD_KINDS, FloodBarrier, Gate, RaisedRoad
from twin.state import State

AROUND = 20
"""Cells around an inflow that are looked at."""
HIGH = 1.0
"""An inflow lies on high ground when nearly everything around it lies so much lower, m …"""
SLOPE = 0.1
"""… or when it falls away as steeply as this towards the lowest place around: no river that floods a city is so steep."""
STREET = 10.0
"""Cells that are wider cannot tell a street from the houses along it, m."""


def notes_of(question: Question) -> tuple[Note, ...]:
    """What is odd but valid in a question to the flood engine, and how the engine understands it."""
    water = question.scenario.water
    if not isinstance(water, Engine):
        idle = sum(measure.kind in FLOOD_KINDS for measure in question.scenario.measures)
        if not idle:
            return ()
        return (
            note(
                "1 measure acts on flowing water only and changes nothing here, since the water of this scenario is not "
                "computed; "
                "give water: {source}."
                if idle == 1
                else "{count} measures act on flowing water only and change nothing here, since the water of this scenario "
                "is not "
                "computed; give water: {source}.",
                count=idle, source="{source: engine, …}",
            ),
        )  # fmt: skip
    return (*_of_the_method(question, water), *_of_the_water(question, water), *_of_lines(question))


def result_notes(state: State) -> tuple[Note, ...]:
    """What the state at the end of a run says of how far the flood engine can be trusted."""
    if not (state.has(FLOW_ACCOUNT) and state.has(FLOW_TRUST)):
        return ()
    account = state.field(FLOW_ACCOUNT)
    if not account[ENTRIES.index("steps")] > 0:
        return ()
    made = []
    error = float(account[ENTRIES.index("mass_error")])
    if not error <= WARN_AT:
        lost = note(
            "The flood engine lost track of {share} of the water, more than 0.01 %: read depths with caution; a smaller alpha "
            "helps.",
            share=f"{error:.2%}",
        )
        made.append(lost)
    trust = state.field(FLOW_TRUST)
    fast, faster = int((trust == 1).sum()), int((trust == 2).sum())
    if fast or faster:
        outside = note(
            "In 1 cell the water ran faster at some time than the local inertial scheme is valid for (Froude number above "
            "0.5): "
            "read the depth there with caution, and ask again with solver: full."
            if fast + faster == 1
            else "In {count} cells the water ran faster at some time than the local inertial scheme is valid for (Froude "
            "number "
            "above 0.5; above 1 in {beyond} of them): read depths there with caution, and ask again with solver: full.",
            count=fast + faster,
            beyond=faster,
        )
        made.append(outside)
    return tuple(made)


def _of_the_method(question: Question, engine: Engine) -> Iterator[Note]:
    city = question.city
    if engine.solver == "local_inertial":
        yield note(
            "Water is computed by the local inertial scheme: where it runs faster than half its wave speed (Froude number "
            "above 0.5) depths are to be read with caution, and velocities not trusted; choose solver: full there."
        )
    else:
        yield note("Water is computed by the full shallow water equations.")
    unknown = int(np.isnan(city.elevation).sum())
    if unknown and engine.holes == "fill" and outside_and_holes(city.elevation)[1].any():
        holes = int(outside_and_holes(city.elevation)[1].sum())
        yield note(
            "1 cell inside the terrain has no elevation; the nearest known ground was taken for it."
            if holes == 1
            else "{count} cells inside the terrain have no elevation; the nearest known ground was taken for them.",
            count=holes,
        )
    beyond = int(outside_and_holes(city.elevation)[0].sum())
    if beyond:
        yield note(
            "1 cell has no elevation: depth is unknown there, and water leaves over its rim as over the edge."
            if beyond == 1
            else "{count} cells have no elevation: depth is unknown there, and water leaves over their rim as over the edge.",
            count=beyond,
        )
    if city.grid.cell > STREET and len(city.buildings) and engine.buildings == "blocked":
        yield note(
            "Cells of {cell} m cannot tell a street from the houses along it: water may be held back where it would pass.",
            cell=city.grid.cell,
        )


def _of_the_water(question: Question, engine: Engine) -> Iterator[Note]:
    city = question.city
    for inflow in engine.inflows:
        if any(_stands_high(city, place) for place in inflow.places):
            name = inflow.name or str(list(inflow.places[0]))
            yield note("The inflow {inflow} lies on dry high ground; check its place.", inflow=name)
    outside, holes = outside_and_holes(city.elevation)
    edge = edge_of(outside, ~outside | holes) if engine.level_edges else None
    for part in engine.level_edges:
        assert edge is not None
        chosen = stretch_of(city, edge, part)
        lowest = float(np.nanmin(city.elevation[chosen.rows, chosen.columns])) if len(chosen) else np.nan
        if max(point.value for point in part.levels) <= lowest:
            yield note(
                "The level edge {edge} stays below the lowest ground of its stretch ({ground} m): no water comes in over it.",
                edge=part.name or ", ".join(part.sides), ground=round(lowest, 2),
            )  # fmt: skip
    if engine.rain is not None and engine.rain.field:
        spans = frame_spans(rain_times(city.layers.names("raster"), engine.rain.field), engine.rain.field_start)
        first, last = spans[0][1], spans[-1][2]
        if first > 0 or last < question.scenario.duration:
            yield note(
                "The rain field {name} tells of {start} s to {end} s; before and after it no rain falls here, though nobody "
                "knows that.",
                name=engine.rain.field, start=first, end=last,
            )  # fmt: skip


def _stands_high(city: City, place: tuple[float, float]) -> bool:
    x, y = city.grid.to_wgs84.transform(*place, direction="INVERSE")
    cell = city.grid.cell_of(x, y)
    if cell is None or not np.isfinite(city.elevation[cell]):
        return False
    rows, columns = (slice(max(at - AROUND, 0), at + AROUND + 1) for at in cell)
    around, ground = city.elevation[rows, columns], float(city.elevation[cell])
    with np.errstate(invalid="ignore"):
        on_top = float((around < ground - HIGH).mean()) > 0.9
    return on_top or ground - float(np.nanmin(around)) > SLOPE * AROUND * city.grid.cell


def _of_lines(question: Question) -> Iterator[Note]:
    """Barriers that hold nothing back."""
    city = question.city
    for measure in question.scenario.measures:
        if not isinstance(measure, FloodBarrier | Gate | RaisedRoad):
            continue
        name = f"{measure.kind.replace('_', ' ')} {measure.name}".strip()
        path = metres(city, measure.line)
        chain = face_chain(path[:, 0], path[:, 1], *city.grid.shape, city.grid.cell)
        if not len(chain):
            yield note(
                "The {measure} is shorter than a cell of {cell} m and has no effect; draw it longer.",
                measure=name, cell=city.grid.cell,
            )  # fmt: skip
            continue
        crest = getattr(measure, "crest", None)
        beside = np.fmax(
            city.elevation[chain.rows, chain.columns], city.elevation[chain.rows - chain.down, chain.columns - ~chain.down]
        )
        if crest is not None and not (crest > beside).any():
            yield note(
                "The crest of the {measure}, {crest} m, lies below the ground all along its line; it holds nothing back.",
                measure=name, crest=crest,
            )  # fmt: skip
