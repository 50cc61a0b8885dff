"""What the flood engine refuses before anything is computed, each in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.city import City
from geodata.errors import InputError
from geodata.phrase import Phrase
from geodata.rain_layers import rain_layer, rain_times
from twin.flood.boundaries import Edge, chosen_stretch, edge_of
from twin.flood.terrain import outside_and_holes, require_ground
from twin.question import Question
from twin.scenario.engine import HEAVIEST_RAIN, Engine, InflowEdge, LevelEdge
from twin.scenario.flood_measures import FLOOD_KINDS, LeveeBreach

BREACH_REACH = 50.0
"""A levee is looked for within this distance of a breach, m (at least two cells, at least half its width)."""
FAR_LEVEE = (
    "{what} at {longitude}, {latitude} has no levee within {reach} m; the nearest one is {distance} m away, at {place}. "
    "Move it there, or give its bottom where the bank stands in the terrain itself."
)
BANK = 0.3
"""Ground that stands so much above what lies beside it counts as a bank, m."""
ROUGHNESS = (0.005, 1.0)
"""Manning's n that can be, s/m^(1/3)."""


def require_answerable(question: Question, engine: Engine) -> None:
    """Refuse what the city cannot answer, before anything is computed.

    Raises
    ------
    InputError
        Terrain that is absent or has holes; a place outside of the city; a breach where there is no levee; unknown names; an
        edge that is none; roughness or rain rasters that cannot be.
    """
    city = question.city
    require_ground(city.elevation, city.grid, city=city.name, holes=engine.holes)
    _require_roughness(city)
    _require_rain(city, engine)
    if engine.initial == "rivers" and not {"river_level", "water_mask"} <= set(city.layers.names("raster")):
        raise InputError("{city} has no water bodies that state their level; set initial: dry.", city=city.name)
    known = set(city.table("areas")["id"]) if engine.sewer_areas else set()
    for name in engine.sewer_areas:
        if name not in known:
            raise InputError("{city} has no area {name}; correct sewer_areas.", city=city.name, name=name)
    for inflow in engine.inflows:
        require_inside(city, inflow.places, f"The inflow {inflow.name or list(inflow.places[0])}")
    _require_edges(city, engine)
    for measure in question.scenario.measures:
        if measure.kind in FLOOD_KINDS:
            _require_measure(city, measure)


def _require_measure(city: City, measure: Any) -> None:
    what = f"The {measure.kind.replace('_', ' ')} {measure.name}".strip()
    for attribute in ("at", "outlet"):
        if getattr(measure, attribute, None) is not None:
            require_inside(city, [getattr(measure, attribute)], what)
    if hasattr(measure, "ends"):
        require_inside(city, measure.ends, what)
    if hasattr(measure, "line"):
        require_inside(city, measure.line, what, known=False)
    if isinstance(measure, LeveeBreach):
        require_levee(city, measure, what)
    facility = getattr(measure, "facility", "")
    if facility and facility not in set(city.table("facilities")["id"]):
        raise InputError(
            "{what} is powered by {facility}, which {city} does not have.", what=what, facility=facility, city=city.name
        )


def require_inside(city: City, positions: Sequence[Sequence[float]], what: str | Phrase, *, known: bool = True) -> None:
    """Refuse a place outside of the city, or (unless ``known`` is False) where its ground is unknown.

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
                what=what, longitude=round(longitude, 6), latitude=round(latitude, 6), city=city.name,
                **dict(zip(("west", "south", "east", "north"), (round(v, 5) for v in city.grid.bounds_wgs84), strict=True)),
            )  # fmt: skip
        # Which unknown ground is a hole takes a look at the whole terrain: only where the ground is unknown.
        if known and not np.isfinite(city.elevation[cell]) and outside_and_holes(city.elevation)[0][cell]:
            raise InputError(
                "{what} at {longitude}, {latitude} lies where the terrain of {city} is unknown; move it to known ground.",
                what=what, longitude=round(longitude, 6), latitude=round(latitude, 6), city=city.name,
            )  # fmt: skip


def _require_roughness(city: City) -> None:
    values = city.raster("roughness") if "roughness" in city.layers.names("raster") else np.zeros(0)
    stated = city.table("land_use")["manning"].to_numpy(float)
    for where, numbers in (("The roughness raster", np.asarray(values).ravel()), ("The land use", stated)):
        with np.errstate(invalid="ignore"):
            absurd = numbers[(numbers < ROUGHNESS[0]) | (numbers > ROUGHNESS[1])]
        if len(absurd):
            raise InputError(
                "{where} of {city} holds a Manning roughness of {value}; it lies from {low} to {high} s/m^(1/3): correct it "
                "and import it again.",
                where=where, city=city.name, value=f"{float(absurd[0]):g}", low=ROUGHNESS[0], high=ROUGHNESS[1],
            )  # fmt: skip


def _require_rain(city: City, engine: Engine) -> None:
    rasters = city.layers.names("raster")
    if engine.rain is None:
        return
    if engine.rain.pattern:
        if engine.rain.pattern not in rasters:
            raise InputError(
                "{city} has no raster {name}, which the rain's pattern names.", city=city.name, name=engine.rain.pattern
            )
        _require_rates(city, engine.rain.pattern, most=np.inf)
    if engine.rain.field:
        times = rain_times(rasters, engine.rain.field)
        if len(times) < 2:
            known = sorted({name.split("/")[1] for name in rasters if name.startswith("rain/")})
            raise InputError(
                "{city} has no rain field {name}; it has {known}.",
                city=city.name, name=engine.rain.field, known=", ".join(known) or "none: import one with --rain",
            )  # fmt: skip
        for time in times:
            _require_rates(city, rain_layer(engine.rain.field, time), most=HEAVIEST_RAIN)


def _require_rates(city: City, name: str, *, most: float) -> None:
    """Refuse a raster of rain that is unknown, negative or absurd anywhere on known ground."""
    values = city.raster(name)
    ground = ~outside_and_holes(city.elevation)[0]
    unknown = ground & np.isnan(values)
    if unknown.any():
        raise InputError(
            "The rain of {name} is unknown in 1 cell of known ground; fill it before the import, since unknown rain is not "
            "no rain."
            if unknown.sum() == 1
            else "The rain of {name} is unknown in {count} cells of known ground; fill them before the import, since "
            "unknown rain "
            "is not no rain.",
            name=name, count=int(unknown.sum()),
        )  # fmt: skip
    wrong = ground & ((values < 0) | (values > most))
    if wrong.any():
        raise InputError(
            "{name} holds a rain of {value}; it must not be negative, nor more than {most} mm/h.",
            name=name, value=f"{float(values[wrong][0]):g}", most=int(HEAVIEST_RAIN),
        )  # fmt: skip


def _require_edges(city: City, engine: Engine) -> None:
    if not (engine.level_edges or engine.inflow_edges):
        return
    outside, holes = outside_and_holes(city.elevation)
    edge = edge_of(outside, ~outside | holes)
    taken: dict[tuple[int, int, bool, int], str] = {}
    parts: tuple[LevelEdge | InflowEdge, ...] = (*engine.level_edges, *engine.inflow_edges)
    for part in parts:
        what = ("The level edge " if isinstance(part, LevelEdge) else "The inflow edge ") + (part.name or str(list(part.sides)))
        chosen = stretch_of(city, edge, part)
        if not len(chosen):
            raise InputError(
                "{what} touches no edge of the terrain within {near} m; move its line to the rim, or make near greater.",
                what=what, near=part.near,
            )  # fmt: skip
        for face in zip(chosen.rows.tolist(), chosen.columns.tolist(), chosen.down.tolist(), chosen.side.tolist(), strict=True):
            if face in taken:
                raise InputError(
                    "{what} and {other} name the same part of the edge; each part can follow one of them only.",
                    what=what, other=taken[face].replace("The", "the", 1),
                )  # fmt: skip
            taken[face] = what


def stretch_of(city: City, edge: Edge, part: LevelEdge | InflowEdge) -> Edge:
    """The part of an edge that a scenario names."""
    return chosen_stretch(
        edge, sides=part.sides, path=metres(city, part.line) if part.line else None, near=part.near, cell=city.grid.cell
    )


def metres(city: City, positions: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Longitudes and latitudes as m east and m south of the grid's north-western corner, [positions, 2]."""
    longitudes, latitudes = np.asarray(positions, float).T
    x, y = city.grid.to_wgs84.transform(longitudes, latitudes, direction="INVERSE")
    return np.column_stack([np.asarray(x) - city.grid.west, city.grid.north - np.asarray(y)])


def require_levee(city: City, breach: LeveeBreach, what: str | Phrase) -> None:
    """Refuse a breach where nothing can give way: no levee in reach, and no bank in the terrain above its bottom.

    Raises
    ------
    InputError
        It tells where the nearest levee stands, if the city knows any.
    """
    x, y = city.grid.to_wgs84.transform(*breach.at, direction="INVERSE")
    reach = max(BREACH_REACH, 2 * city.grid.cell, breach.width / 2)
    nearest = nearest_levee(city, breach.at)
    if nearest is not None and nearest[0] <= reach:
        return
    cell = city.grid.cell_of(x, y)
    if cell is not None and breach.bottom is not None:
        size = max(2, round(reach / city.grid.cell))
        part = city.elevation[max(cell[0] - size, 0) : cell[0] + size + 1, max(cell[1] - size, 0) : cell[1] + size + 1]
        if np.isfinite(part).any() and float(np.nanmax(part)) - max(breach.bottom, float(np.nanmin(part))) >= BANK:
            return
    here = {"what": what, "longitude": f"{breach.at[0]:.6f}", "latitude": f"{breach.at[1]:.6f}"}
    if nearest is None:
        raise InputError(
            "{what} at {longitude}, {latitude}: this city knows no levee; give its bottom where a bank stands in the terrain.",
            **here,
        )  # fmt: skip
    raise InputError(
        FAR_LEVEE, **here, reach=round(reach), distance=round(nearest[0]), place=f"{nearest[1][0]:.6f}, {nearest[1][1]:.6f}",
    )  # fmt: skip


def nearest_levee(city: City, place: tuple[float, float]) -> tuple[float, tuple[float, float]] | None:
    """Distance to the nearest levee or wall, m, and the place on it; None where the city knows none."""
    crests = city.table("crests")
    if not len(crests):
        return None
    here = shapely.Point(*city.grid.to_wgs84.transform(*place, direction="INVERSE"))
    lines = crests.geometry.to_numpy()
    away = shapely.distance(lines, here)
    number = int(np.argmin(away))
    there = shapely.line_interpolate_point(lines[number], shapely.line_locate_point(lines[number], here))
    longitude, latitude = city.grid.to_wgs84.transform(shapely.get_x(there), shapely.get_y(there))
    return float(away[number]), (round(float(longitude), 7), round(float(latitude), 7))
