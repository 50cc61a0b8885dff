"""Colour scales of who gets away: time left, travel time, access, refuge, roads by group, people on them, shelters."""

from __future__ import annotations

from dataclasses import replace

from layers.coding import ACCESS, CLOSING, CUT_OFF, DELAY, FILL, PEOPLE, REFUGE, ROAD_SPEED, TIME_LEFT, VEHICLES, WAY
from layers.flood_scales import CIVIDIS
from layers.language import mark
from layers.legend import Colour, Pattern
from layers.scales import ColourClass, Scale

CALM: Colour = (232, 231, 226)
BLACK: Colour = (28, 28, 28)
# Okabe–Ito.
VERMILLION: Colour = (213, 94, 0)
BLUE: Colour = (0, 114, 178)
SKY: Colour = (86, 180, 233)
GREEN: Colour = (0, 158, 115)
CLOSED: Colour = (196, 30, 20)

TIMES_LEFT = Scale(
    "minutes_left",
    "Time left to set out, at least",
    TIME_LEFT,
    (
        ColourClass("less than 15 min", CIVIDIS[5]),
        ColourClass("15 to 30 min", CIVIDIS[4], lower=900.0),
        ColourClass("30 min to 1 h", CIVIDIS[3], lower=1800.0),
        ColourClass("1 to 2 h", CIVIDIS[2], lower=3600.0),
        ColourClass("2 to 4 h", CIVIDIS[1], lower=7200.0),
        ColourClass("4 h or more", CIVIDIS[0], lower=14400.0),
        ColourClass("not closed within this run: no promise", CALM, Pattern.DOTS, "open"),
        ColourClass("too late: no safe departure any more", BLACK, Pattern.BARS, "late"),
        ColourClass("no departure that is known to be safe", (120, 120, 120), Pattern.DENSE_CROSS, "doubtful"),
    ),
    mark("The earlier end of what is known, roads free of queues, preparation counted."),
)
TRAVEL_TIMES = Scale(
    "shelter_time",
    "Time to the nearest shelter that can be used",
    WAY,
    (
        ColourClass("less than 5 min", CIVIDIS[0]),
        ColourClass("5 to 10 min", CIVIDIS[1], lower=300.0),
        ColourClass("10 to 20 min", CIVIDIS[2], lower=600.0),
        ColourClass("20 to 40 min", CIVIDIS[3], lower=1200.0),
        ColourClass("40 min to 1 h", CIVIDIS[4], lower=2400.0),
        ColourClass("1 h or more", CIVIDIS[5], lower=3600.0),
        ColourClass("no way to a shelter now", BLACK, Pattern.BARS, "unreachable"),
    ),
    mark("Without queues and without preparation."),
)
DETOURS = Scale(
    "detour",
    "How much longer the way to a shelter is than on a dry day",
    WAY,
    (
        ColourClass("less than 1 min", CALM),
        ColourClass("1 to 5 min", CIVIDIS[1], lower=60.0),
        ColourClass("5 to 10 min", CIVIDIS[2], lower=300.0),
        ColourClass("10 to 20 min", CIVIDIS[3], lower=600.0),
        ColourClass("20 to 40 min", CIVIDIS[4], lower=1200.0),
        ColourClass("40 min or more", CIVIDIS[5], lower=2400.0),
        ColourClass("no way to a shelter now", BLACK, Pattern.BARS, "unreachable"),
    ),
    mark("Without queues and without preparation."),
)
HOSPITAL_TIMES = replace(
    TRAVEL_TIMES,
    name="hospital_time",
    title=mark("Time by car to the nearest hospital without water"),
    classes=(*TRAVEL_TIMES.classes[:-1], replace(TRAVEL_TIMES.classes[-1], label=mark("no known way to a hospital now"))),
    note=mark("Over roads that are known to be open now, without queues."),
)
FIRE_TIMES = replace(
    TRAVEL_TIMES,
    name="fire_time",
    title=mark("Time of a fire engine from the nearest station without water"),
    classes=(*TRAVEL_TIMES.classes[:-1], replace(TRAVEL_TIMES.classes[-1], label=mark("no known way for a fire engine now"))),
    note=mark("Over roads that are known to be open now, without queues."),
)
SHELTER_ACCESS = Scale(
    "access",
    "Way to a shelter now",
    ACCESS,
    (
        ColourClass("has a way", CALM, lower="reaches"),
        ColourClass("cut off by the water or a closure", VERMILLION, Pattern.BARS, "cut_off"),
        ColourClass("no way even on a dry day", BLUE, Pattern.CROSS, "never_joined"),
        ColourClass("no road near", SKY, Pattern.DOTS, "no_road"),
    ),
)
CUT_OFF_TIMES = Scale(
    "cut_off",
    "Cut off since",
    CUT_OFF,
    (
        ColourClass("the first 30 min", CIVIDIS[5]),
        ColourClass("30 min to 1 h", CIVIDIS[4], lower=1800.0),
        ColourClass("1 to 2 h", CIVIDIS[3], lower=3600.0),
        ColourClass("2 to 4 h", CIVIDIS[2], lower=7200.0),
        ColourClass("4 h or later", CIVIDIS[1], lower=14400.0),
        ColourClass("has a way", CALM, Pattern.DOTS, "joined"),
        ColourClass("no way even on a dry day, or no road near", BLUE, Pattern.CROSS, "never_joined"),
    ),
    mark("No known way to a shelter that can be used: unknown roads are not counted on."),
)
UPSTAIRS = Scale(
    "refuge",
    "Going upstairs, by official maps alone",
    REFUGE,
    (
        ColourClass("officially possible", GREEN, Pattern.LEVEL, "upstairs"),
        ColourClass("leave: upstairs is officially no refuge", VERMILLION, Pattern.DIAGONAL, "leave"),
    ),
    mark("Unknown where an official map is missing. A scenario can only withdraw the advice."),
)
ROAD_SPEEDS = Scale(
    "road_speed",
    "Speed on the road now",
    ROAD_SPEED,
    (
        ColourClass("below 2 km/h", CIVIDIS[5]),
        ColourClass("2 to 4 km/h", CIVIDIS[4], lower=2.0),
        ColourClass("4 to 10 km/h", CIVIDIS[3], lower=4.0),
        ColourClass("10 to 20 km/h", CIVIDIS[2], lower=10.0),
        ColourClass("20 to 40 km/h", CIVIDIS[1], lower=20.0),
        ColourClass("40 km/h or more", CIVIDIS[0], lower=40.0),
        ColourClass("closed to them", CLOSED, Pattern.BARS, "closed", width=1.5),
    ),
    shape="line",
)
ROAD_CLOSINGS = Scale(
    "closing",
    "Road closes after",
    CLOSING,
    (
        ColourClass("less than 30 min", CIVIDIS[5], width=1.3),
        ColourClass("30 min to 1 h", CIVIDIS[4], lower=1800.0, width=1.2),
        ColourClass("1 to 2 h", CIVIDIS[3], lower=3600.0, width=1.1),
        ColourClass("2 to 4 h", CIVIDIS[2], lower=7200.0),
        ColourClass("4 h or later", CIVIDIS[1], lower=14400.0),
        ColourClass("not closed within this run: no promise", (255, 255, 255), lower="open"),
        ColourClass("closed from the start", CLOSED, Pattern.BARS, "closed", width=1.5),
    ),
    shape="line",
)
TRAFFIC = Scale(
    "traffic",
    "Cars an hour, both directions",
    VEHICLES,
    (
        ColourClass("hardly any", (255, 255, 255)),
        ColourClass("below 50 cars", CIVIDIS[0], lower=0.5, width=1.1),
        ColourClass("50 to 200 cars", CIVIDIS[1], lower=50.0, width=1.2),
        ColourClass("200 to 500 cars", CIVIDIS[2], lower=200.0, width=1.5),
        ColourClass("500 to 1,000 cars", CIVIDIS[3], lower=500.0, width=1.8),
        ColourClass("1,000 to 2,000 cars", CIVIDIS[4], lower=1000.0, width=2.2),
        ColourClass("2,000 cars or more", CIVIDIS[5], lower=2000.0, width=2.6),
        ColourClass("closed to cars", CLOSED, Pattern.BARS, "closed", width=1.5),
    ),
    mark("Everyday traffic with nobody faster by another way; evacuees are not counted in."),
    shape="line",
)
TRAFFIC_DELAYS = Scale(
    "traffic_delay",
    "How much longer a car takes than on the empty road",
    DELAY,
    (
        ColourClass("less than 5 s", (255, 255, 255)),
        ColourClass("5 to 15 s", CIVIDIS[1], lower=5.0, width=1.2),
        ColourClass("15 to 30 s", CIVIDIS[2], lower=15.0, width=1.5),
        ColourClass("30 s to 1 min", CIVIDIS[3], lower=30.0, width=1.8),
        ColourClass("1 to 2 min", CIVIDIS[4], lower=60.0, width=2.2),
        ColourClass("2 min or more", CIVIDIS[5], lower=120.0, width=2.6),
        ColourClass("closed to cars", CLOSED, Pattern.BARS, "closed", width=1.5),
    ),
    mark("Everyday traffic, on each stretch of road, in the slower direction."),
    shape="line",
)
DEPENDENTS = Scale(
    "dependents",
    "People who would lose every way if this road alone were lost",
    PEOPLE,
    (
        ColourClass("nobody", (255, 255, 255)),
        ColourClass("below 10 people", CIVIDIS[1], lower=0.01, width=1.2),
        ColourClass("10 to 30 people", CIVIDIS[2], lower=10.0, width=1.5),
        ColourClass("30 to 100 people", CIVIDIS[3], lower=30.0, width=1.8),
        ColourClass("100 to 300 people", CIVIDIS[4], lower=100.0, width=2.2),
        ColourClass("300 people or more", CIVIDIS[5], lower=300.0, width=2.6),
    ),
    shape="line",
)
EVACUEES = Scale(
    "evacuees",
    "People on their way, by road",
    PEOPLE,
    (
        ColourClass("nobody", (255, 255, 255), alpha=0, width=0.0),
        # Green as the shelters they go to: blue lines among water would be taken for water.
        ColourClass("below 10 people", (0, 122, 88), lower=0.01, width=0.9),
        ColourClass("10 to 30 people", (0, 106, 76), lower=10.0, width=1.3),
        ColourClass("30 to 100 people", (0, 88, 62), lower=30.0, width=1.8),
        ColourClass("100 to 300 people", (0, 68, 48), lower=100.0, width=2.4),
        ColourClass("300 people or more", (0, 50, 34), lower=300.0, width=3.0),
    ),
    mark("Arrows in the direction in which they go; while time is played, they move."),
    shape="line",
)
CAUGHT = Scale(
    "caught",
    "People caught on roads that closed, so far",
    PEOPLE,
    (
        ColourClass("nobody", (255, 255, 255), alpha=0, width=0.0),
        # Neither the colour nor the pattern of a closed road, on which they are.
        ColourClass("below 10 people", BLACK, Pattern.ALARM, 0.01, width=2.2),
        ColourClass("10 people or more", BLACK, Pattern.ALARM, 10.0, width=3.2),
    ),
    shape="line",
)
SHELTER_FILL = Scale(
    "fill",
    "Places taken in shelters",
    FILL,
    (
        ColourClass("less than half", SKY),
        ColourClass("half to nine tenths", BLUE, lower=50.0),
        ColourClass("more than nine tenths", (140, 60, 0), Pattern.DIAGONAL, 90.0),
        ColourClass("full: people are turned away", BLACK, Pattern.BARS, "full"),
        ColourClass("people are there, capacity not stated", (204, 121, 167), Pattern.DOTS, "uncounted"),
    ),
    mark("The bar shows the share, the number the people who came by the evacuation."),
)
