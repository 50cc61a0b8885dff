"""The variables of the built-in hooks, each declared once."""

from __future__ import annotations

from twin.variable import Variable

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

# Roads, access and evacuation (issue 4). Times to a place count the way from the door; unknown edges are not passable.
ROAD_SPEED = Variable(
    "road_speed",
    ("group", "road"),
    "m s-1",
    "speed of a group on the road edge now, free of queues; 0 = closed",
    missing=("unknown", "not_applicable"),
)
BUILDING_SHELTER_TIME = Variable(
    "building_shelter_time",
    ("group", "building"),
    "s",
    "time to the nearest usable shelter now, by roads known to be open, without queues and without preparation",
    missing=("unknown", "unreachable"),
)
BUILDING_SHELTER = Variable(
    "building_shelter",
    ("group", "building"),
    "1",
    "row of that shelter in the table of shelters",
    missing=("unreachable",),
)
BUILDING_DETOUR = Variable(
    "building_detour",
    ("group", "building"),
    "s",
    "how much longer the way to a shelter is than on a dry day",
    missing=("unknown", "not_applicable", "unreachable"),
)
ACCESS_CODES = {0: "reaches a shelter", 1: "cut off", 2: "no way to a shelter even on a dry day", 3: "no road near"}
BUILDING_ACCESS = Variable(
    "building_access",
    ("group", "building"),
    "1",
    "whether a group reaches a usable shelter from the building now; unknown = only if unknown roads or shelters can be used",
    dtype="uint8",
    missing=("unknown",),
    codes=ACCESS_CODES,
)
BUILDING_HOSPITAL_TIME = Variable(
    "building_hospital_time",
    ("building",),
    "s",
    "time by car to the nearest hospital without water; not applicable = the city's data have none",
    missing=("not_applicable", "unreachable"),
)
BUILDING_FIRE_STATION_TIME = Variable(
    "building_fire_station_time",
    ("building",),
    "s",
    "time by car to the nearest fire station without water; not applicable = the city's data have none",
    missing=("not_applicable", "unreachable"),
)
BUILDING_FIRE_RESPONSE_TIME = Variable(
    "building_fire_response_time",
    ("building",),
    "s",
    "time of an emergency vehicle from the nearest fire station without water; not applicable = the city's data have none",
    missing=("not_applicable", "unreachable"),
)
BUILDING_CUT_OFF_SINCE = Variable(
    "building_cut_off_since",
    ("group", "building"),
    "s",
    "start of the step in which the building lost its last known way to a shelter; never = it has one",
    kind="prognostic",
    dtype="float64",
    missing=("never",),
    initial=float("inf"),
)
ROAD_PEOPLE_DEPENDENT = Variable(
    "road_people_dependent",
    ("road",),
    "1",
    "residents who would lose every way on foot to a usable shelter if this edge alone were lost",
)
ROAD_CLOSING = Variable(
    "road_closing",
    ("group", "road"),
    "s",
    "last moment at which the edge is known to be open before it first closes; never = not closed within this run",
    dtype="float64",
    missing=("unknown", "not_applicable", "never"),
)
ROAD_REOPENING = Variable(
    "road_reopening",
    ("group", "road"),
    "s",
    "first moment at which the edge is known to be open again after it first closed; never = not within this run",
    dtype="float64",
    missing=("unknown", "not_applicable", "never"),
)
BUILDING_TIME_LEFT = Variable(
    "building_time_left",
    ("time", "group", "building"),
    "s",
    "time left to decide to leave, lower end: end of the first unbroken window of safe departures; never = not closed within "
    "this run; not applicable = no safe departure at this moment",
    missing=("not_applicable", "never"),
)
BUILDING_TIME_LEFT_HIGH = Variable(
    "building_time_left_high",
    ("time", "group", "building"),
    "s",
    "time left to decide to leave, upper end: roads close as late as the outputs allow, unknown ones are open",
    missing=("not_applicable", "never"),
)
FACILITY_TIME_SPARE = Variable(
    "facility_time_spare",
    ("time", "facility"),
    "s",
    "time left by large vehicle, lower end, minus the time the facility needs to bring everyone out",
    missing=("unknown", "not_applicable", "never"),
)

PARTY_CODES = {
    0: "at home",
    1: "on the way",
    2: "in a shelter",
    3: "caught on a road that closed",
    4: "no way on to a shelter with room",
    5: "kept in by water at the door",
}
PARTY_STATUS = Variable(
    "party_status",
    ("party",),
    "1",
    "where each party of residents stands in the evacuation",
    kind="prognostic",
    dtype="uint8",
    codes=PARTY_CODES,
    initial=0.0,
)
PARTY_ORDERED = Variable(
    "party_ordered",
    ("party",),
    "s",
    "start of the order after which the party goes; never = it does not go",
    kind="prognostic",
    dtype="float64",
    missing=("never",),
    initial=float("inf"),
)
PARTY_NODE = Variable(
    "party_node",
    ("party",),
    "1",
    "node of the network where the party stands or stood last, by layer of travel",
    kind="prognostic",
    dtype="float64",
    missing=("not_applicable",),
    initial=float("-inf"),
)
PARTY_SLOT = Variable(
    "party_slot",
    ("party",),
    "1",
    "road edge and direction that the party is on: 2 × row of the edge, + 1 against its line; not applicable = on none",
    kind="prognostic",
    dtype="float64",
    missing=("not_applicable",),
    initial=float("-inf"),
)
PARTY_READY = Variable(
    "party_ready",
    ("party",),
    "s",
    "moment from which the party can leave its road edge or its door; never = not foreseen",
    kind="prognostic",
    dtype="float64",
    missing=("never",),
    initial=float("inf"),
)
PARTY_RANK = Variable(
    "party_rank",
    ("party",),
    "1",
    "order in which parties entered the road edge they are on",
    kind="prognostic",
    dtype="float64",
    initial=0.0,
)
PARTY_SHELTER = Variable(
    "party_shelter",
    ("party",),
    "1",
    "row of the shelter that the party is in; not applicable = in none",
    kind="prognostic",
    dtype="float64",
    missing=("not_applicable",),
    initial=float("-inf"),
)
PARTY_DONE = Variable(
    "party_done",
    ("party",),
    "s",
    "moment at which the party reached its shelter, or was caught; never = not yet",
    kind="prognostic",
    dtype="float64",
    missing=("never",),
    initial=float("inf"),
)
PARTY_PEOPLE = Variable("party_people", ("party",), "1", "people in the party", dtype="float64")
SHELTER_OCCUPANCY = Variable("shelter_occupancy", ("shelter",), "1", "people in the shelter who came by the evacuation")
SHELTER_TURNED_AWAY = Variable(
    "shelter_turned_away",
    ("shelter",),
    "1",
    "people turned away at the door so far because the shelter was full",
    kind="prognostic",
    dtype="float64",
    initial=0.0,
)
ROAD_EVACUEES = Variable("road_evacuees", ("road",), "1", "evacuees on the road edge now")
ROAD_CAUGHT = Variable("road_caught", ("road",), "1", "evacuees caught on the road edge when it closed, so far")

REFUGE_REASONS = {
    0: "officially possible",
    1: "in a house-collapse zone",
    2: "in a landslide zone",
    3: "no room above the water",
    4: "the water stands longer than supplies last",
    5: "withdrawn: this scenario's water is deeper than the official map's",
    6: "an official layer is missing",
    7: "number of storeys unknown",
}
BUILDING_REFUGE = Variable(
    "building_refuge",
    ("building",),
    "1",
    "whether going upstairs is officially possible, by official maximum-scale maps only; a scenario can only withdraw it",
    dtype="uint8",
    missing=("unknown",),
    codes={0: "leave", 1: "upstairs possible"},
)
BUILDING_REFUGE_REASON = Variable("building_refuge_reason", ("building",), "1", "why", dtype="uint8", codes=REFUGE_REASONS)
ROAD_FLOW = Variable(
    "road_flow",
    ("road",),
    "h-1",
    "vehicles an hour on the edge, both directions, in user equilibrium; not applicable = traffic was not asked for",
    missing=("not_applicable",),
)
ROAD_DELAY = Variable(
    "road_delay",
    ("road",),
    "s",
    "time by car on the edge above the free one, slower direction",
    missing=("not_applicable",),
)
TRAFFIC_EXTRA_TIME = Variable(
    "traffic_extra_time",
    (),
    "s",
    "mean time that a trip takes longer than on a dry day, over the trips that still have a way",
    dtype="float64",
    missing=("not_applicable",),
)
TRAFFIC_UNSERVED = Variable(
    "traffic_unserved",
    (),
    "h-1",
    "trips an hour that no open way joins, and that had one on a dry day",
    dtype="float64",
    missing=("not_applicable",),
)

BUILDING_PLANNED_SHELTER = Variable(
    "building_planned_shelter",
    ("building",),
    "1",
    "row of the shelter to which most people of the building go when all shelters are filled as well as can be",
    missing=("not_applicable", "unreachable"),
)
BUILDING_PLANNED_TIME = Variable(
    "building_planned_time",
    ("building",),
    "s",
    "time on foot to that shelter",
    missing=("not_applicable", "unreachable"),
)
PLAN_PERSON_SECONDS = Variable("plan_person_seconds", (), "s", "walking time of all people by the best plan", dtype="float64")
PLAN_LEFT_OVER = Variable("plan_left_over", (), "1", "people without room within reach by the best plan", dtype="float64")
NEAREST_PERSON_SECONDS = Variable(
    "nearest_person_seconds", (), "s", "walking time of all people if everyone goes to the nearest with room", dtype="float64"
)
NEAREST_LEFT_OVER = Variable(
    "nearest_left_over", (), "1", "people without room within reach if everyone goes to the nearest with room", dtype="float64"
)
