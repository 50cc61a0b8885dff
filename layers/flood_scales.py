"""Colour scales of what the flood engine tells of the ground: speed, arrival, hazard class, and where it can be trusted."""

from __future__ import annotations

from layers.coding import HAZARD_CLASS, TRUST, WATER_ARRIVAL, WATER_SPEED
from layers.language import mark
from layers.legend import Colour, Pattern
from layers.scales import ColourClass, Scale

CIVIDIS: tuple[Colour, ...] = ((254, 232, 56), (200, 184, 102), (148, 142, 119), (102, 105, 112), (53, 69, 108), (0, 34, 78))
"""Light to dark, readable with any colour vision and in grey."""
DOUBT: Colour = (126, 0, 84)
_CLEAR: Colour = (228, 227, 222)

HAZARD_CLASSES = Scale(
    "hazard",
    "Hazard class of the water, highest so far",
    HAZARD_CLASS,
    (
        ColourClass("no water so far in this run", _CLEAR, lower="dry", alpha=0),
        ColourClass("H1: shallow and slow", CIVIDIS[0], Pattern.LEVEL, "H1"),
        ColourClass("H2: unsafe for small cars", CIVIDIS[1], lower="H2"),
        ColourClass("H3: unsafe for vehicles, children and older people", CIVIDIS[2], lower="H3"),
        ColourClass("H4: unsafe for all people and vehicles", CIVIDIS[3], lower="H4"),
        ColourClass("H5: buildings at risk", CIVIDIS[4], Pattern.DIAGONAL, "H5"),
        ColourClass("H6: buildings may give way", CIVIDIS[5], Pattern.DENSE_CROSS, "H6"),
    ),
    mark("Classes of AIDR Guideline 7-3 by depth, speed and their product."),
)
WATER_SPEEDS = Scale(
    "speed",
    "Speed of the water now",
    WATER_SPEED,
    (
        ColourClass("below 0.25 m/s", CIVIDIS[0], Pattern.LEVEL),
        ColourClass("0.25 to 0.5 m/s", CIVIDIS[1], lower=0.25),
        ColourClass("0.5 to 1 m/s", CIVIDIS[2], lower=0.5),
        ColourClass("1 to 2 m/s", CIVIDIS[3], lower=1.0),
        ColourClass("2 to 4 m/s", CIVIDIS[4], lower=2.0),
        ColourClass("4 m/s or more", CIVIDIS[5], lower=4.0),
    ),
    mark("Unknown where the solver cannot tell the speed."),
)
WATER_ARRIVALS = Scale(
    "arrival",
    "Water first stood 5 cm deep after",
    WATER_ARRIVAL,
    (
        ColourClass("less than 15 min", CIVIDIS[5]),
        ColourClass("15 to 30 min", CIVIDIS[4], lower=900.0),
        ColourClass("30 min to 1 h", CIVIDIS[3], lower=1800.0),
        ColourClass("1 to 2 h", CIVIDIS[2], lower=3600.0),
        ColourClass("2 to 4 h", CIVIDIS[1], lower=7200.0),
        ColourClass("4 h or later", CIVIDIS[0], lower=14400.0),
        ColourClass("no water so far in this run", _CLEAR, Pattern.DOTS, "dry", alpha=0),
    ),
)
TRUSTED = Scale(
    "trust",
    "Where this solver is not made for the flow",
    TRUST,
    (
        ColourClass("within what it is made for", _CLEAR, lower="trusted", alpha=0),
        ColourClass("caution: Froude number above 0.5 at some time", DOUBT, Pattern.DIAGONAL, "caution", 255, gaps=True),
        ColourClass("outside: Froude number above 1 at some time", DOUBT, Pattern.DENSE_CROSS, "outside", 255, gaps=True),
    ),
    mark("Depth and speed are uncertain where it is hatched: ask again with the full solver (solver: full)."),
)
