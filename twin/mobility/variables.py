"""The variables of roads, access and evacuation, each declared once.

Times to a place count the way from the door; unknown edges are not passable.
"""

from __future__ import annotations

from twin.variable import Variable

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
    "people who would lose every way on foot to a usable shelter if this edge alone were lost",
)
ROAD_PEOPLE_DEPENDENT_BY_CAR = Variable(
    "road_people_dependent_by_car",
    ("road",),
    "1",
    "people who would lose every way by car to a usable shelter if this edge alone were lost; one-way streets are taken in "
    "both directions, so it is a lower end",
)
ROAD_DEADLINE = Variable(
    "road_deadline",
    ("time", "group", "road"),
    "s",
    "moment until which those who set out now can count on the road edge, lower end; never = not closed within this run; not "
    "applicable = closed or unknown now",
    missing=("not_applicable", "never"),
)
ROAD_SLOWEST = Variable(
    "road_slowest_speed",
    ("group", "road"),
    "m s-1",
    "slowest speed at which the edge is passed at any moment of the run; 0 = not for this group",
)
SHELTER_DEADLINE = Variable(
    "shelter_deadline",
    ("time", "shelter"),
    "s",
    "moment until which those who set out now can count on the shelter, lower end; never = not closed within this run; not "
    "applicable = not usable or unknown now",
    missing=("not_applicable", "never"),
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
FACILITY_TIME_LEFT = Variable(
    "facility_time_left",
    ("time", "facility"),
    "s",
    "time left to decide to leave by large vehicle, lower end; never = not closed within this run; not applicable = no safe "
    "departure at this moment",
    missing=("not_applicable", "never"),
)
FACILITY_TIME_SPARE = Variable(
    "facility_time_spare",
    ("time", "facility"),
    "s",
    "time left by large vehicle, lower end (none counts as 0), minus the time the facility needs to bring everyone out; "
    "unknown = the time it needs is not known; not applicable = no place whose people need help",
    missing=("unknown", "not_applicable", "never"),
)

PARTY_CODES = {
    0: "not set out",
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
    "where each party of people stands in the evacuation",
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
PARTY_OUT = Variable(
    "party_out",
    ("party",),
    "s",
    "moment at which the party left its door; never = not yet",
    kind="prognostic",
    dtype="float64",
    missing=("never",),
    initial=float("inf"),
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
ROAD_EVACUEES_AGAINST = Variable(
    "road_evacuees_against", ("road",), "1", "of the evacuees on the road edge now, those who move from its end to its start"
)
ROAD_EVACUEES_BY_CAR = Variable("road_evacuees_by_car", ("road",), "1", "of the evacuees on the road edge now, those in cars")
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

BUILDING_QUEUE_DELAY = Variable(
    "building_queue_delay",
    ("building",),
    "s",
    "how much longer than without queues those of the building who reached a shelter were on the way, longest; not applicable "
    "= nobody of it reached one",
    missing=("unknown", "not_applicable"),
)
BUILDING_LAST_ARRIVAL = Variable(
    "building_last_arrival",
    ("building",),
    "s",
    "moment at which the last of the building who set out reached a shelter; never = not all of them did; not applicable = "
    "nobody set out",
    dtype="float64",
    missing=("not_applicable", "never"),
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
