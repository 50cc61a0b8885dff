"""What the parts of a question are called, and how their values are told, where two questions are compared in words.

Every setting of a scenario has words of its own: a name out of a file, in the midst of a sentence, is English in any language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from geodata.phrase import Phrase, phrase
from twin.duration import Span

WATERS = {
    "none": "none at all",
    "hazard_map": "that of official hazard maps",
    "stage": "still water at a given level",
    "engine": "computed by the flood engine",
}
"""Where the water comes from, in words."""
ABOVE = {"datum": "the datum of the city's heights", "river": "the normal level of the river"}
HAZARD = {
    "river_flood": "flood of a river", "inland_flood": "inland flood", "high_tide": "high tide", "tsunami": "a tsunami",
    "reservoir": "a reservoir that breaks",
}  # fmt: skip
SOLVER = {"local_inertial": "local inertial equations", "full": "full shallow water equations"}
BUILDINGS_ARE = {
    "blocked": "walls to the water", "raised": "higher ground", "porosity": "obstacles that take room", "ignored": "left out",
}  # fmt: skip
BEGINNING = {"dry": "all of it dry", "rivers": "only rivers hold water", "level": "still water at a level"}
HOLES = {"refuse": "holes are refused", "fill": "holes are filled"}
LAW = {
    "constant": "a constant rate",
    "horton": "Horton's law",
    "green_ampt": "Green–Ampt's law",
    "curve_number": "curve numbers",
}
NIGHT = {"auto": "by the clock", "day": "always by day", "night": "always at night"}
DEMAND = {"auto": "the best at hand", "table": "a table of trips", "gravity": "gravity"}
ZONE = {"district": "districts", "ward": "wards", "school_district": "school districts", "census": "census areas"}


def _metres(value: Any) -> Phrase:
    return phrase("{value} m", value=value)


def _percent(value: Any) -> Phrase:
    return phrase("{value} %", value=f"{100 * value:g}")


def _capacity(value: Any) -> Phrase:
    return phrase("{value} m³/s", value=value)


def _speed(value: Any) -> Phrase:
    return phrase("{value} m/s", value=value)


def _force(value: Any) -> Phrase:
    return phrase("{value} m²/s", value=value)


def _rate(value: Any) -> Phrase:
    return phrase("{value} mm/h", value=value)


def _one_of(words: Mapping[str, str]) -> Callable[[Any], Phrase]:
    return lambda value: Phrase(words.get(value, value))


Part = tuple[str, Callable[[Any], object]]
PARTS: dict[str, Part] = {
    "duration": ("the time computed", Span),
    "step": ("the length of a step", Span),
    "output_interval": ("the time between two moments shown", Span),
    "start": ("the hour of the day", str),
    "seed": ("the seed of everything random", str),
    "water map": ("the official map", str),
    "water scale": ("the scale of the official map", str),
    "water hazard": ("the kind of flood on the official maps", _one_of(HAZARD)),
    "water curve": ("how much of the official map is reached", str),
    "water above": ("what the level is measured from", _one_of(ABOVE)),
    "water levels": ("the level of the water", str),
    "water connected": ("that only ground joined to the water gets wet", str),
    "water solver": ("the equations of the flow", _one_of(SOLVER)),
    "water rain": ("the rain", str),
    "water rain rates": ("how much it rains, and when", str),
    "water rain pattern": ("where it rains more and where less", str),
    "water rain field": ("the rain field", str),
    "water rain field_start": ("the time at which the rain field begins", Span),
    "water rain storm": ("the storm", str),
    "water rain storm depths": ("the rain of the storm", str),
    "water rain storm interval": ("the length of a block of rain", Span),
    "water rain storm factor": ("the factor on the depths of the storm", str),
    "water rain storm return_period": ("the years between two such storms", str),
    "water rain storm source": ("whose statistics tell of the storm", str),
    "water rain storm name": ("of what these statistics are", str),
    "water rain storm valid": ("when these statistics begin to hold", str),
    "water rain cell": ("where the storm is", str),
    "water rain cell at": ("where the storm is", str),
    "water rain cell radius": ("how wide the storm is", _metres),
    "water inflows": ("what flows in", str),
    "water inflow_edges": ("what flows in", str),
    "water level_edges": ("the level at the edge", str),
    "water open_edges": ("over which edges water leaves", str),
    "water infiltration": ("what the ground takes", str),
    "water infiltration law": ("the law by which the ground takes water", _one_of(LAW)),
    "water infiltration rate": ("the rate at which the ground takes water in the end", _rate),
    "water infiltration first_rate": ("the rate at which the ground takes water at first", _rate),
    "water infiltration decay": ("how soon the ground takes less", str),
    "water infiltration suction": ("the suction of the ground", _metres),
    "water infiltration deficit": ("the room for water in the ground", str),
    "water infiltration curve_number": ("the curve number of the ground", str),
    "water sewers": ("what storm sewers take", _rate),
    "water sewer_areas": ("where there are storm sewers", str),
    "water roughness": ("the roughness of the ground", str),
    "water buildings": ("what buildings are to the flow", _one_of(BUILDINGS_ARE)),
    "water raised_by": ("by how much buildings are raised", _metres),
    "water initial": ("the water at the start", _one_of(BEGINNING)),
    "water initial_level": ("the level of the water at the start", _metres),
    "water holes": ("what becomes of holes in the terrain", _one_of(HOLES)),
    "water alpha": ("the share of the longest stable time step", str),
    "water theta": ("the weight of a face's own discharge", str),
    "rules walker": ("the depth that walkers pass by day", _metres),
    "rules careful_walker": ("the depth passed at night, with a child, or by older people", _metres),
    "rules car": ("the depth that cars pass", _metres),
    "rules large_vehicle": ("the depth that large vehicles pass", _metres),
    "rules walker_class": ("the hazard class that walkers pass by day", str),
    "rules careful_walker_class": ("the hazard class passed at night, with a child, or by older people", str),
    "rules car_force": ("the depth × velocity that cars pass", _force),
    "rules large_vehicle_force": ("the depth × velocity that large vehicles pass", _force),
    "rules shelter_floor": ("the water above its floor that a shelter stands", _metres),
    "rules wet": ("the depth from which on a place counts as flooded", _metres),
    "impact curves": ("the damage curves", str),
    "impact rate_error": ("the error of damage rates", _percent),
    "impact value_error": ("the error of values", _percent),
    "impact floor_height": ("how high floors lie where nobody says", _metres),
    "impact storey_height": ("the height of a storey", _metres),
    "impact critical_height": ("the water that stops a facility where nobody says", _metres),
    "mobility night": ("whether it is day or night", _one_of(NIGHT)),
    "mobility preparation": ("the time that people prepare", Span),
    "mobility walking_speed": ("how fast people walk", _speed),
    "mobility careful_walking_speed": ("how fast those walk who need time", _speed),
    "mobility night_factor": ("the walking speed at night, as a share of that by day", _percent),
    "mobility people_per_car": ("the number of people in a car", str),
    "mobility careful_share": ("the share who need time among people of unknown age", _percent),
    "mobility traffic": ("everyday traffic", str),
    "mobility traffic source": ("where everyday trips are from", _one_of(DEMAND)),
    "mobility traffic areas": ("the areas between which people travel", _one_of(ZONE)),
    "mobility traffic trips": ("the everyday trips", str),
    "mobility traffic trips_per_resident": ("the everyday trips of a resident in an hour", str),
    "mobility traffic decay": ("how far everyday trips go", str),
    "hooks": ("the settings of further hooks", str),
}
"""Parts of a question in words, and how their values are told; of what lies below one the name of its setting is told, too."""
MEASURE_PARTS: dict[str, Part] = {
    "start": ("the time at which it begins", Span),
    "end": ("the time at which it ends", Span),
    "growth": ("the time that it takes to grow", Span),
    "width": ("the width", _metres),
    "height": ("the height", _metres),
    "crest": ("the height of the crest", _metres),
    "bottom": ("the height of the bottom", _metres),
    "inverts": ("the heights of its bottom", str),
    "coefficient": ("the discharge coefficient", str),
    "flap": ("the flap against backflow", str),
    "radius": ("the radius", _metres),
    "volume": ("the volume", lambda value: phrase("{value} m³", value=value)),
    "capacity": ("the capacity", _capacity),
    "starts_at": ("the depth from which it runs", _metres),
    "level": ("the warning level", str),
    "share": ("the share of people who go", _percent),
    "by_car": ("the share of them by car", _percent),
    "response": ("how soon people set out", str),
    "response_careful": ("how soon those set out who need time", str),
    "areas": ("where it is given", str),
    "polygon": ("where it is", str),
    "line": ("where it is", str),
    "ends": ("where it is", str),
    "at": ("where it is", str),
    "outlet": ("where its water goes", str),
    "facility": ("what gives it power", str),
    "roads": ("which roads it is about", str),
    "shelters": ("which shelters it is about", str),
}
"""Parts of a measure in words, and how their values are told."""
