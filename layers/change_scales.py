"""Colour scales of differences between two answers: blue for the better, orange for the worse, and a pattern for each."""

from __future__ import annotations

from layers.coding import Categories, Coding
from layers.language import mark
from layers.legend import Colour, Pattern
from layers.scales import ColourClass, Scale

DEPTH_CHANGE = Coding("depth_change", "m", (-1.0, -0.3, -0.05, 0.05, 0.3, 1.0), ("dry",))
"""Depth in the second answer less that in the first; "dry" = no water in either."""
MINUTES_CHANGE = Coding("minutes_change", "min", (-30.0, -10.0, -1.0, 1.0, 10.0, 30.0), ("won", "lost"))
"""Minutes gained; "won" and "lost" where one of the answers has no end, or no way, to count minutes by."""
USE_CHANGE = Categories("use_change", ("same", "opened", "closed"))

# Light in the middle, dark at both ends, blue against orange: told apart with any colour vision; in grey by the patterns.
_LESS: tuple[Colour, ...] = ((0, 68, 136), (51, 126, 184), (160, 200, 228))
_MORE: tuple[Colour, ...] = ((246, 200, 140), (222, 130, 40), (146, 66, 0))
_SAME: Colour = (236, 236, 232)

DEPTH_CHANGES = Scale(
    "depth_change",
    mark("Depth of water: difference"),
    DEPTH_CHANGE,
    (
        ColourClass(mark("shallower by 1 m or more"), _LESS[0]),
        ColourClass(mark("shallower by 0.3 to 1 m"), _LESS[1], lower=-1.0),
        ColourClass(mark("shallower by 0.05 to 0.3 m"), _LESS[2], lower=-0.3),
        ColourClass(mark("the same within 0.05 m"), _SAME, Pattern.DOTS, -0.05, alpha=110),
        ColourClass(mark("deeper by 0.05 to 0.3 m"), _MORE[0], Pattern.DIAGONAL, 0.05),
        ColourClass(mark("deeper by 0.3 to 1 m"), _MORE[1], Pattern.DENSE_DIAGONAL, 0.3),
        ColourClass(mark("deeper by 1 m or more"), _MORE[2], Pattern.DENSE_CROSS, 1.0),
        ColourClass(mark("no water in either"), (228, 227, 222), lower="dry", alpha=0),
    ),
)
_MINUTES = (
    ColourClass(mark("loses 30 min or more"), _MORE[2], Pattern.DENSE_CROSS),
    ColourClass(mark("loses 10 to 30 min"), _MORE[1], Pattern.DENSE_DIAGONAL, -30.0),
    ColourClass(mark("loses 1 to 10 min"), _MORE[0], Pattern.DIAGONAL, -10.0),
    ColourClass(mark("the same within 1 min"), _SAME, lower=-1.0),
    ColourClass(mark("gains 1 to 10 min"), _LESS[2], lower=1.0),
    ColourClass(mark("gains 10 to 30 min"), _LESS[1], lower=10.0),
    ColourClass(mark("gains 30 min or more"), _LESS[0], lower=30.0),
)
TIME_LEFT_CHANGES = Scale(
    "time_left_change",
    mark("Time left to set out: difference"),
    MINUTES_CHANGE,
    (
        *_MINUTES,
        ColourClass(mark("gains: from no safe departure, or to one without an end here"), _LESS[0], Pattern.LEVEL, "won"),
        ColourClass(mark("loses: to no safe departure, or from one without an end here"), (40, 20, 0), Pattern.BARS, "lost"),
    ),
    mark("More time is a gain. The earlier end of what is known, in both answers."),
)
TRAVEL_TIME_CHANGES = Scale(
    "travel_time_change",
    mark("Time to a shelter: difference"),
    MINUTES_CHANGE,
    (
        *_MINUTES,
        ColourClass(mark("gains a way to a shelter"), _LESS[0], Pattern.LEVEL, "won"),
        ColourClass(mark("loses every way to a shelter"), (40, 20, 0), Pattern.BARS, "lost"),
    ),
    mark("A shorter way is a gain."),
)
ROAD_CHANGES = Scale(
    "road_change",
    mark("Roads for cars: difference"),
    USE_CHANGE,
    (
        ColourClass(mark("open or closed in both"), (255, 255, 255), lower="same"),
        ColourClass(mark("open in the second only"), _LESS[0], lower="opened", width=1.6),
        ColourClass(mark("closed in the second only"), _MORE[2], Pattern.BARS, "closed", width=1.6),
    ),
    shape="line",
)
