"""The variables of the built-in hooks, each declared once."""

from __future__ import annotations

from twin.variable import Variable

AGES = ("0_14", "15_64", "65_74", "75_over")
"""Age bands of people."""
OPEN_CODES = {0: "closed", 1: "open"}
WATER_REASONS = {
    0: "usable",
    1: "water above the floor",
    2: "not designated for this hazard",
    3: "closed by a measure",
    4: "depth unknown",
    5: "suitability not stated",
}

WATER_DEPTH = Variable(
    "water_depth",
    ("y", "x"),
    "m",
    "depth of water above the ground, upper end of what is known",
    missing=("unknown",),
    standard_name="flood_water_thickness",
)
WATER_DEPTH_LOW = Variable(
    "water_depth_low",
    ("y", "x"),
    "m",
    "depth of water above the ground, lower end of what is known",
    missing=("unknown",),
)
OFFICIAL_DEPTH = Variable(
    "official_depth", ("y", "x"), "m", "greatest depth on the official maps of the scenario, upper end", missing=("unknown",)
)
OFFICIAL_DEPTH_LOW = Variable(
    "official_depth_low",
    ("y", "x"),
    "m",
    "greatest depth on the official maps of the scenario, lower end",
    missing=("unknown",),
)
OFFICIAL_BUILDING = Variable(
    "official_building",
    ("building",),
    "m",
    "greatest depth in the official records of each building, upper end",
    missing=("unknown",),
)
OFFICIAL_BUILDING_LOW = Variable(
    "official_building_low",
    ("building",),
    "m",
    "greatest depth in the official records of each building, lower end",
    missing=("unknown",),
)
OFFICIAL_GREATEST = Variable(
    "official_greatest", (), "m", "greatest depth anywhere on the official maps and records of the scenario", dtype="float64"
)
BUILDING_WATER = Variable(
    "building_water",
    ("building",),
    "m",
    "depth at the building as an official record of that very building implies, upper end",
    missing=("unknown",),
)
BUILDING_WATER_LOW = Variable(
    "building_water_low",
    ("building",),
    "m",
    "depth at the building as an official record of that very building implies, lower end",
    missing=("unknown",),
)

PEOPLE_COUNTED = Variable(
    "people_counted",
    (),
    "1",
    "where the people of this run are counted",
    dtype="uint8",
    codes={0: "residents at home", 1: "people by day"},
)
BUILDING_PEOPLE = Variable(
    "building_people",
    ("building",),
    "1",
    "people of the building where the run counts them: residents, or who is there by day",
    dtype="float64",
    missing=("unknown",),
)
BUILDING_PEOPLE_BY_AGE = {
    age: Variable(
        f"building_people_{age}",
        ("building",),
        "1",
        f"of these, aged {age.replace('_over', ' or more').replace('_', '–')}",
        dtype="float64",
        missing=("unknown",),
    )
    for age in AGES
}
"""By age band."""

BUILDING_DEPTH = Variable(
    "building_depth",
    ("building",),
    "m",
    "greatest depth touching the footprint now, upper end",
    missing=("unknown",),
)
BUILDING_DEPTH_LOW = Variable(
    "building_depth_low",
    ("building",),
    "m",
    "greatest depth touching the footprint now, lower end",
    missing=("unknown",),
)
BUILDING_DEPTH_MEAN = Variable(
    "building_depth_mean",
    ("building",),
    "m",
    "mean depth over the footprint now, by covered area",
    missing=("unknown",),
)
BUILDING_DEPTH_LOWEST = Variable(
    "building_depth_lowest",
    ("building",),
    "m",
    "depth at the lowest ground under the footprint now",
    missing=("unknown",),
)
BUILDING_RANK = Variable(
    "building_rank",
    ("building",),
    "1",
    "depth rank now by the official classes, 0 = dry",
    dtype="uint8",
    missing=("unknown",),
    codes={rank: f"rank {rank}" for rank in range(7)},
)
BUILDING_DEPTH_PEAK = Variable(
    "building_depth_peak",
    ("building",),
    "m",
    "greatest depth so far, upper end",
    kind="prognostic",
    missing=("unknown",),
    initial=0.0,
)
BUILDING_DEPTH_PEAK_LOW = Variable(
    "building_depth_peak_low",
    ("building",),
    "m",
    "greatest depth so far, lower end",
    kind="prognostic",
    missing=("unknown",),
    initial=0.0,
)
BUILDING_RANK_PEAK = Variable(
    "building_rank_peak",
    ("building",),
    "1",
    "highest depth rank so far, 0 = dry",
    dtype="uint8",
    missing=("unknown",),
    codes={rank: f"rank {rank}" for rank in range(7)},
)
BUILDING_ARRIVAL = Variable(
    "building_arrival",
    ("building",),
    "s",
    "start of the step in which water first came to the building, since the scenario's start: not earlier than this",
    kind="prognostic",
    dtype="float64",
    missing=("unknown", "never"),
    initial=float("inf"),
)
BUILDING_WET_TIME = Variable(
    "building_wet_time",
    ("building",),
    "s",
    "time with water at the building so far",
    kind="prognostic",
    dtype="float64",
    missing=("unknown",),
    initial=0.0,
)
BUILDING_OFFICIAL_RANK = Variable(
    "building_official_rank",
    ("building",),
    "1",
    "highest depth rank that any official map or record gives this building, 0 = dry on every map that covers it",
    dtype="uint8",
    missing=("unknown",),
    codes={rank: f"rank {rank}" for rank in range(7)},
)

ROAD_DEPTH = Variable(
    "road_depth",
    ("road",),
    "m",
    "greatest depth on the road edge now, upper end",
    missing=("unknown",),
)
ROAD_OPEN = Variable(
    "road_open",
    ("group", "road"),
    "1",
    "whether a group can pass the road edge now",
    dtype="uint8",
    missing=("unknown", "not_applicable"),
    codes=OPEN_CODES,
)

SENSOR_READING = Variable(
    "sensor_reading",
    ("sensor",),
    "sensor unit",
    "what the sensor would read in this scenario",
    dtype="float64",
    missing=("unknown", "not_applicable"),
)
SENSOR_OBSERVED = Variable(
    "sensor_observed",
    ("sensor",),
    "sensor unit",
    "what the sensor did read at that moment",
    dtype="float64",
    missing=("unknown",),
)

SHELTER_DEPTH = Variable("shelter_depth", ("shelter",), "m", "depth at the shelter now, upper end", missing=("unknown",))
SHELTER_USABLE = Variable(
    "shelter_usable",
    ("shelter",),
    "1",
    "whether the shelter can be used now",
    dtype="uint8",
    missing=("unknown",),
    codes={0: "unusable", 1: "usable"},
)
SHELTER_REASON = Variable(
    "shelter_reason",
    ("shelter",),
    "1",
    "why the shelter can or cannot be used",
    dtype="uint8",
    codes=WATER_REASONS,
)

FACILITY_DEPTH = Variable("facility_depth", ("facility",), "m", "depth at the facility now, upper end", missing=("unknown",))
