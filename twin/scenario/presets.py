"""Scenarios that a city offers before anybody has written one: its official maps, its river."""

from __future__ import annotations

import numpy as np

from geodata.city import City
from twin.scenario.curve import CurvePoint
from twin.scenario.events import KERB, storm
from twin.scenario.scenario import Scenario
from twin.scenario.water import HazardMapWater, Stage

HOUR = 3600
RISE_AND_RECEDE = tuple(CurvePoint(at=at * HOUR, value=share) for at, share in ((0, 0.0), (3, 1.0), (4, 1.0), (6, 0.6)))


def official_map(scale: str) -> Scenario:
    """The official maps of a scale, risen to within three hours, standing for one, receding."""
    return Scenario(
        name=f"Official flood map, {scale}", duration=6 * HOUR, step=HOUR // 3,
        water=HazardMapWater(source="hazard_map", scale=scale, curve=RISE_AND_RECEDE),
    )  # fmt: skip


def presets(city: City) -> dict[str, Scenario]:
    """Scenarios by a short name that fits in a link, the gravest official map first.

    Without any hazard map or terrain there is the dry day alone.
    """
    found: dict[str, Scenario] = {}
    scales = {m.scale for m in city.hazard_maps.values() if m.hazard != "landslide" and m.tells_depth}
    for scale in sorted(scales, key=lambda s: (s not in ("L1", "L2"), s != "L2", s)):
        found[f"official-{scale.lower() or 'map'}"] = official_map(scale or "L2")
    rasters = city.layers.names("raster")
    if {"elevation", "river_level"} <= set(rasters):
        levels = tuple(CurvePoint(at=round(at * HOUR), value=rise) for at, rise in ((0, 0.5), (2, 4.5), (4, 3.0)))
        found["river-stage"] = Scenario(
            name="River 4.5 m above normal",
            duration=4 * HOUR,
            step=HOUR // 3,
            water=Stage(source="stage", above="river", levels=levels),
        )
    if not found and "elevation" in rasters:
        lowest = float(np.nanmin(city.elevation))
        levels = (CurvePoint(at=0, value=lowest), CurvePoint(at=3 * HOUR, value=lowest + 3.0))
        found["still-water"] = Scenario(
            name="Still water 3 m above the lowest ground", duration=3 * HOUR, step=HOUR // 3,
            water=Stage(source="stage", above="datum", levels=levels),
        )  # fmt: skip
    found["dry"] = Scenario(name="Dry day", duration=0, step=HOUR)
    return found


def cloudburst() -> Scenario:
    """A storm over the whole city whose water the flood engine computes: what a person who draws a barrier may begin with."""
    return Scenario.model_validate({
        "name": "Cloudburst, 100 mm in an hour", "duration": 2 * HOUR, "step": HOUR // 6,
        "water": {"source": "engine", "rain": {"rates": storm(100.0, HOUR)}}, "rules": {"wet": KERB},
    })  # fmt: skip


def begun_with(city: City) -> dict[str, Scenario]:
    """What a person may begin a question of their own with: the city's own scenarios, and a storm where there is terrain."""
    engine = {"cloudburst": cloudburst()} if "elevation" in city.layers.names("raster") else {}
    return {**presets(city), **engine}
