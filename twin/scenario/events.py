"""Events made from a few figures that people have at hand: how high, how much, how long, when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, get_args

from twin.scenario.curve import CurvePoint
from twin.scenario.engine import Engine, Rain, Side
from twin.scenario.storm import DesignStorm
from twin.scenario.water import HazardMapWater, Stage, Water

MINUTE, HOUR = 60, 3600
BLOCKS = 12
"""A storm is told in so many blocks."""
AFTER_PEAK = 0.6
"""Share of a hazard map that is left at the end."""


def rise_and_fall(low: float, high: float, last: float, *, peak_at: int, duration: int) -> list[dict[str, float]]:
    """A curve that rises in a straight line to its highest point and falls to its last one.

    Examples
    --------
    >>> rise_and_fall(0.0, 1.0, 0.6, peak_at=3600, duration=7200)
    [{'at': 0, 'value': 0.0}, {'at': 3600, 'value': 1.0}, {'at': 7200, 'value': 0.6}]
    """
    peak_at = min(max(peak_at, 0), duration)
    points = {0: low, peak_at: high}
    if duration > peak_at:
        points[duration] = last
    return [{"at": at, "value": value} for at, value in points.items()]


def official(*, map_id: str, scale: str, share: float, peak_at: int, duration: int) -> dict[str, Any]:
    """Water of an official map that rises to a share of its depths.

    Parameters
    ----------
    map_id
        Id of one map; "" = all of the scale.
    scale
        "L1", "L2", …
    share
        Share of the greatest depth that it reaches, 0 to 1.
    peak_at, duration
        When it is highest, and how long the scenario lasts, s.
    """
    curve = rise_and_fall(0.0, share, round(share * AFTER_PEAK, 4), peak_at=peak_at, duration=duration)
    return {"source": "hazard_map", "map": map_id, "scale": scale, "curve": curve}


def stage(*, above: str, highest: float, start: float, peak_at: int, duration: int) -> dict[str, Any]:
    """Still water that rises from a level to its highest one and falls halfway back, m."""
    last = round((start + highest) / 2, 3)
    return {
        "source": "stage",
        "above": above,
        "levels": rise_and_fall(start, highest, last, peak_at=peak_at, duration=duration),
    }


def storm(total: float, length: int) -> list[dict[str, float]]:
    """Rates of a storm, mm/h, in blocks that rise to the middle and fall again; they add up to the total.

    Parameters
    ----------
    total
        mm.
    length
        s.

    Examples
    --------
    >>> rates = storm(60.0, 3600)
    >>> round(sum(rate["value"] * 300 / 3600 for rate in rates), 6), rates[-1]
    (60.0, {'at': 3600, 'value': 0.0})
    """
    block = max(length // BLOCKS, 1)
    weights = [1 + min(number, BLOCKS - 1 - number) for number in range(BLOCKS)]
    rates = [
        {"at": number * block, "value": total * weight / sum(weights) * HOUR / block} for number, weight in enumerate(weights)
    ]
    return [*rates, {"at": BLOCKS * block, "value": 0.0}]


KERB = 0.1
"""Depth from which rain that stands about counts as a flood, m; the height of a kerb, a choice of this project. Rain wets every
cell: counted from a centimetre, each cloudburst would flood the whole city."""


SIDES: tuple[Side, ...] = get_args(Side)


def engine(
    base: Water | None, *, rain: float, rain_length: int, river: float | None, tide: float | None, peak_at: int, duration: int,
    rivers_full: bool, cell: dict[str, Any] | None = None, design: DesignStorm | None = None, keep: bool = True,
    sides: Sequence[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Water that the flood engine computes.

    Parameters
    ----------
    base
        What it is made from: inflows, level edges and ground of an engine event stay, and are scaled to the new figures.
    rain, rain_length
        mm in so many seconds; 0 = none.
    river
        Greatest discharge of the inflows, m³/s: all of them are scaled so that the largest reaches it; None = as they are.
    tide
        Highest level at the edges, m above the city's datum: those that are told are raised to it, else ``sides`` stand at it;
        None = no water stands at the edges.
    peak_at, duration
        When a new tide is highest, and how long the scenario lasts, s.
    rivers_full
        Whether water bodies stand at their normal level at the start.
    cell
        Where the storm is, as `twin.scenario.engine.StormCell` has it; None = everywhere.
    design
        A storm by how often it comes, in place of ``rain`` and ``rain_length``.
    keep
        Whether a rain of these very figures stays as it was told (a hyetograph, a storm, a rain field).
    sides
        Sides of the terrain at which that level stands; None = as they are, or all of them.
    """
    known: dict[str, Any] = (
        base.model_dump(mode="json", exclude_defaults=True) if isinstance(base, Engine) else {"source": "engine"}
    )
    if rivers_full or known.get("initial") != "level":  # still water that somebody told stays
        known["initial"] = "rivers" if rivers_full else "dry"
    # A rain of which nothing was changed stays as it was told: a hyetograph, a rain field.
    same = isinstance(base, Engine) and rain_figures(base.rain) == (rain, rain_length or HOUR)
    told = known.get("rain") if keep and same else None
    if design is not None:
        told = {"storm": design.model_dump(mode="json", exclude_defaults=True)}
    known["rain"] = told or ({"rates": storm(rain, rain_length)} if rain else None)
    if known["rain"] and not known["rain"].get("field"):
        known["rain"].pop("cell", None)
        if cell is not None:
            known["rain"].pop("pattern", None)
            known["rain"]["cell"] = cell
    inflows = [*known.get("inflows", ()), *known.get("inflow_edges", ())]
    if river is not None and inflows:
        greatest = max(point["value"] for inflow in inflows for point in inflow["discharge"])
        for inflow in inflows:
            for point in inflow["discharge"]:
                point["value"] = round(point["value"] * river / greatest, 3) if greatest else river
    edges: list[dict[str, Any]] = known.pop("level_edges", [])
    if tide is not None:
        low = min(0.0, tide)
        edges = edges or [
            {"sides": list(SIDES), "levels": rise_and_fall(low, tide, (low + tide) / 2, peak_at=peak_at, duration=duration)}
        ]
        if sides is not None:
            edges[0]["sides"] = list(sides)
        highest = max(point["value"] for edge in edges for point in edge["levels"])
        for edge in edges:
            for point in edge["levels"]:
                point["value"] = round(point["value"] + tide - highest, 3)
        known["level_edges"] = edges
    return known


def rain_figures(rain: Rain | None) -> tuple[float, int]:
    """Total, mm, and length, s, of a rain; 0 mm of none, and of a rain field, which is not the same everywhere.

    Examples
    --------
    >>> rain_figures(Rain(rates=tuple(CurvePoint(**point) for point in storm(60.0, 3600))))
    (60.0, 3600)
    """
    if rain is None or rain.field:
        return 0.0, HOUR
    if rain.storm is not None:
        return round(rain.storm.total, 1), rain.storm.length
    points = rain.rates
    total = sum(one.value * (two.at - one.at) / HOUR for one, two in pairwise(points))
    return round(total, 1), points[-1].at


def storm_of(water: Water | None) -> DesignStorm | None:
    """The storm of a return period that brings the water, or part of it; None where no storm says how often it comes."""
    storm = water.rain.storm if isinstance(water, Engine) and water.rain is not None else None
    return None if storm is None or storm.return_period is None else storm


def highest_point(points: tuple[CurvePoint, ...]) -> CurvePoint:
    """The first of the highest points of a curve."""
    return max(points, key=lambda point: (point.value, -point.at))


def peak_of(water: Water | None) -> CurvePoint | None:
    """When and how high the water stands highest; None where no single curve says so."""
    if isinstance(water, HazardMapWater):
        return highest_point(water.curve)
    return highest_point(water.levels) if isinstance(water, Stage) else None
