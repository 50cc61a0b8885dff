"""What buildings, roads and water are coloured by: every number keeps its class, every way of being missing its own code."""

from __future__ import annotations

import numpy as np
import pytest

from layers import codes
from layers.coding import CLOSING, CUT_OFF, FILL, NOT_APPLICABLE, PEOPLE, ROAD_SPEED, TIME_LEFT, UNKNOWN, WATER_ARRIVAL, WAY
from layers.flat_map import ALARM_INK
from layers.legend import Pattern
from layers.mobility_scales import CAUGHT, EVACUEES, SHELTER_FILL, TIMES_LEFT
from layers.scales import DEPTH_SCALES, ROAD_PASSABILITY, UNKNOWN_CLASS
from layers.scene import Look
from layers.themes import BUILDING_THEMES, GROUP_LABELS, ROAD_THEMES, WATER_THEMES, asks_for_group, offered, theme_named
from tests.layers.states import VARIABLES, at_moment, state_of
from tests.twin.towns import small_town, table
from twin.state import sizes_of

INF, NAN = np.inf, np.nan
ALL = [*BUILDING_THEMES, *WATER_THEMES, *ROAD_THEMES]
MAY_BE_UNKNOWN = [theme for theme in ALL if any("unknown" in VARIABLES[name].missing for name in theme.reads)]


def labels(scale, made):
    return [entry.label for entry in scale.class_of(np.asarray(made))]


@pytest.mark.parametrize("theme", MAY_BE_UNKNOWN, ids=lambda theme: f"{theme.name}-{theme.reads[0]}")
def test_what_is_unknown_is_hatched_in_every_theme(theme):
    """Every variable that may be unknown, unknown everywhere: no theme shows anything else than unknown."""
    city = small_town()
    unknown = {}
    for name in theme.reads:
        variable = at_moment(VARIABLES[name])
        unknown[name] = variable.value_of("unknown") if "unknown" in variable.missing else (variable.initial or 0.0)
    if theme.name == "closing":
        unknown["road_speed"] = 1.0
    made = theme.codes(state_of(city, **unknown), 0)
    assert (made == UNKNOWN).all()
    for scale in theme.scales:
        assert set(labels(scale, made)) == {UNKNOWN_CLASS.label}
        assert scale.table()[1, UNKNOWN, 0] == Pattern.STRIPES


@pytest.mark.parametrize("theme", ALL, ids=lambda theme: f"{theme.name}-{theme.reads[0]}")
def test_themes_name_variables_that_exist_and_give_one_byte_per_element(theme):
    city = small_town()
    fields = {name: at_moment(VARIABLES[name]).initial or 0.0 for name in theme.reads}
    state = state_of(city, **fields)
    sizes = sizes_of(city)
    dims = [dim for dim in at_moment(VARIABLES[theme.reads[0]]).dims if dim != "group"]
    made = theme.codes(state, 1 if theme.by_group else 0)
    assert made.dtype == np.uint8
    assert made.shape == tuple(sizes[dim] for dim in dims)


def test_time_left_tells_open_late_and_doubtful_apart():
    left = np.full((4, 4), INF, np.float32)
    left[0] = [900.0, INF, -INF, -INF]
    high = left.copy()
    high[0] = [1200.0, INF, -INF, INF]
    made = codes.time_left_codes(state_of(small_town(), building_time_left=left, building_time_left_high=high), 0)
    assert made.tolist()[1:] == [TIME_LEFT.code_of(name) for name in ("open", "late", "doubtful")]
    assert labels(TIMES_LEFT, made) == [
        "15 to 30 min",
        "not closed within this run: no promise",
        "too late: no safe departure any more",
        "no departure that is known to be safe",
    ]
    entries = {entry.label: entry for entry in TIMES_LEFT.legend().entries}
    special = [entries[label] for label in labels(TIMES_LEFT, made)[1:]] + [entries["unknown"]]
    assert len({entry.pattern for entry in special}) == 4, "the four ways of having no number look alike in grey"


def test_no_legend_calls_anything_safe_that_is_only_not_closed():
    for theme in ALL:
        for scale in theme.scales:
            for entry in scale.classes:
                if entry.lower in ("open", "joined"):
                    assert "safe" not in entry.label


def test_minutes_left_are_told_for_the_group_that_is_asked_for():
    left = np.full((4, 4), 60.0, np.float32)
    left[2] = 7200.0
    state = state_of(small_town(), building_time_left=left, building_time_left_high=left)
    walker, car = (codes.time_left_codes(state, row) for row in (0, 2))
    assert labels(TIMES_LEFT, walker)[0] == "less than 15 min"
    assert labels(TIMES_LEFT, car)[0] == "2 to 4 h"


def test_no_way_is_not_unknown_and_not_far():
    time = np.tile([300.0, INF, NAN, 3600.0], (4, 1))
    made = codes.way_codes(state_of(small_town(), building_shelter_time=time), 0)
    assert made[1] == WAY.code_of("unreachable")
    assert made[2] == UNKNOWN
    assert labels(theme_named("shelter_time", BUILDING_THEMES).scales[0], made) == [
        "5 to 10 min",
        "no way to a shelter now",
        "unknown",
        "1 h or more",
    ]


@pytest.mark.parametrize(
    ("theme", "variable", "none"),
    [
        ("hospital_time", "building_hospital_time", "no known way to a hospital now"),
        ("fire_time", "building_fire_response_time", "no known way for a fire engine now"),
    ],
)
def test_how_far_help_is_and_a_city_without_any_is_no_city_far_from_it(theme, variable, none):
    chosen = theme_named(theme, BUILDING_THEMES)
    made = chosen.codes(state_of(small_town(), **{variable: [200.0, INF, -INF, 1300.0]}), 0)
    assert made[2] == NOT_APPLICABLE
    assert labels(chosen.scales[0], made[[0, 1, 3]]) == ["less than 5 min", none, "20 to 40 min"]


def test_cut_off_since_when_or_never_joined_or_unknown():
    since, access = np.tile([0.0, INF, 1800.0, INF], (4, 1)), np.tile([1, 0, 255, 3], (4, 1))
    made = codes.cut_off_codes(state_of(small_town(), building_cut_off_since=since, building_access=access), 0)
    assert made.tolist() == [0, CUT_OFF.code_of("joined"), UNKNOWN, CUT_OFF.code_of("never_joined")]


def test_roads_closed_to_a_group_not_meant_for_it_or_unknown():
    speed = np.zeros((4, 3))
    speed[2] = [0.0, -INF, NAN]
    state = state_of(small_town(), road_speed=speed)
    assert codes.road_speed_codes(state, 2).tolist() == [ROAD_SPEED.code_of("closed"), NOT_APPLICABLE, UNKNOWN]
    speed[0] = [1.0, 5.0, 0.5]
    shown = labels(
        theme_named("speed", ROAD_THEMES).scales[0], codes.road_speed_codes(state_of(small_town(), road_speed=speed))
    )
    assert shown == ["2 to 4 km/h", "10 to 20 km/h", "below 2 km/h"]


def test_when_a_road_closes():
    closing = np.tile([INF, 0.0, 3600.0], (4, 1))
    made = codes.closing_codes(state_of(small_town(), road_closing=closing, road_speed=np.tile([1.0, 0.0, 1.0], (4, 1))), 0)
    assert made.tolist()[:2] == [CLOSING.code_of("open"), CLOSING.code_of("closed")]
    assert labels(theme_named("closing", ROAD_THEMES).scales[0], made)[2] == "1 to 2 h"


def test_evacuees_are_told_by_direction_and_nobody_draws_nothing():
    made = codes.evacuee_codes(state_of(small_town(), road_evacuees=[10.0, 0.0, 300.5], road_evacuees_against=[10.0, 0.0, 0.5]))
    assert labels(EVACUEES, made) == [
        "nobody", "nobody", "300 people or more", "10 to 30 people", "nobody", "below 10 people",
    ]  # fmt: skip
    widths = EVACUEES.table()[1, :, 1]
    assert widths[0] == 0
    told = widths[1 : len(PEOPLE.bounds) + 1].astype(int)
    assert (np.diff(told) >= 0).all(), "more people are drawn thinner"
    assert told[0] > 0


def luminance(colour):
    """Relative luminance by WCAG 2.2."""
    linear = [c / 3294.6 if c <= 10.3 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one, other):
    """Contrast by WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_people_caught_are_told_from_closed_roads_by_more_than_colour():
    closed = [entry for entry in ROAD_PASSABILITY.classes if entry.label.startswith("closed")]
    caught = [entry for entry in CAUGHT.classes if entry.width > 0]
    assert {entry.pattern for entry in caught} == {Pattern.ALARM}
    assert Pattern.ALARM not in {entry.pattern for entry in closed}
    for entry in caught:  # black or yellow: one of both stands out from any of them
        assert all(max(contrast(ink, other.colour) for ink in (entry.colour, ALARM_INK)) >= 3 for other in closed)
        assert contrast(entry.colour, ALARM_INK) >= 3
    drawn = [theme.scales for theme in ALL]
    assert not [entry for scales in drawn for scale in scales for entry in scale.classes if entry.pattern == Pattern.ALARM]


def test_people_on_their_way_are_not_taken_for_water():
    """Seen on every class of water with a contrast of 3:1, and greener than blue."""
    moving = [entry.colour for entry in EVACUEES.classes if entry.width > 0]
    assert all(green > blue for _, green, blue in moving)
    water = [entry.colour for entry in DEPTH_SCALES[0].classes if entry.lower in (0.01, 0.5, 3.0)]
    assert water
    assert min(contrast(one, other) for one in moving for other in water) >= 3


def test_what_is_drawn_as_nothing_has_no_line_in_the_legend():
    told = [entry.label for entry in EVACUEES.legend(shape="line").entries]
    assert "nobody" not in told
    assert told[0] == "below 10 people"
    assert told[-1] == UNKNOWN_CLASS.label


def test_detours_tell_none_some_and_no_way_apart():
    detour = np.zeros((4, 4), np.float32)
    detour[1] = [0.0, 200.0, INF, NAN]
    made = codes.detour_codes(state_of(small_town(), building_detour=detour), 1)
    assert labels(theme_named("detour", BUILDING_THEMES).scales[0], made) == [
        "less than 1 min", "1 to 5 min", "no way to a shelter now", UNKNOWN_CLASS.label,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "capacity", "turned", "expected"),
    [
        (0.0, 100.0, 0.0, "less than half"),
        (50.0, 100.0, 0.0, "half to nine tenths"),
        (91.0, 100.0, 0.0, "more than nine tenths"),
        (98.5, 100.0, 0.0, "full: people are turned away"),
        (40.0, 100.0, 3.0, "full: people are turned away"),
        (7.0, np.nan, 0.0, "people are there, capacity not stated"),
        (0.0, np.nan, 0.0, "not applicable"),
        (0.0, 0.0, 0.0, "unknown"),
    ],
)
def test_how_full_a_shelter_is(inside, capacity, turned, expected):
    city = town_with_capacity(capacity)
    made = codes.fill_codes(state_of(city, shelter_occupancy=inside, shelter_turned_away=turned))
    assert labels(SHELTER_FILL, made[:1]) == [expected]


def town_with_capacity(capacity):
    shelters = small_town().table("shelters")
    columns = {name: shelters[name].tolist() for name in ("id", "name", "river_flood")}
    return small_town(tables={"shelters": table("shelters", list(shelters.geometry), **columns, capacity=[capacity] * 3)})


def test_the_bar_of_a_full_shelter_has_the_code_that_the_browser_knows():
    """`component/fills.js` counts these two codes down from 253."""
    assert (FILL.code_of("full"), FILL.code_of("uncounted")) == (253, 252)


def test_water_that_never_came_is_not_unknown():
    arrival = np.full((4, 8), INF)
    arrival[0, :3] = [0.0, 1800.0, NAN]
    made = codes.water_arrival_codes(state_of(small_town(), flow_arrival=arrival))
    assert made[0, :4].tolist() == [0, 30, UNKNOWN, WATER_ARRIVAL.code_of("dry")]


def test_speed_is_unknown_where_the_solver_cannot_say_and_nothing_where_it_is_dry():
    speed, depth = np.zeros((4, 8)), np.zeros((4, 8))
    speed[0, :3], depth[0, :3] = [NAN, 1.5, 0.0], [1.0, 1.0, 0.0]
    made = codes.speed_codes(state_of(small_town(), flow_speed=speed, water_depth=depth))
    assert made[0, 0] == UNKNOWN
    assert made[0, 2] == NOT_APPLICABLE
    assert labels(theme_named("speed", WATER_THEMES).scales[0], made[0, 1:2]) == ["1 to 2 m/s"]


def test_products_of_the_engine_are_offered_only_where_its_water_flows():
    city = small_town()
    maps_alone = state_of(city, water_depth=1.0, flow_max_depth=-INF, flow_arrival=-INF, flow_hazard_class=254, flow_speed=-INF)
    engine = state_of(city, water_depth=1.0, flow_max_depth=1.0, flow_arrival=0.0, flow_hazard_class=1, flow_speed=0.0)
    assert list(offered(WATER_THEMES, [maps_alone])) == ["depth"]
    assert list(offered(WATER_THEMES, [engine])) == ["depth", "peak", "arrival", "hazard", "speed"]


def test_time_left_is_offered_only_when_the_run_has_ended():
    city = small_town()
    assert "minutes_left" not in offered(BUILDING_THEMES, [state_of(city, building_rank=0)])
    late = state_of(city, building_time_left=-INF, building_time_left_high=-INF)
    assert "minutes_left" in offered(BUILDING_THEMES, [late]), "too late for everybody is an answer"


def test_names_from_links_that_mean_nothing_give_the_first():
    assert theme_named("<script>", ROAD_THEMES).name == "passability"
    assert Look(group="nobody").row == 0
    assert asks_for_group("minutes_left", BUILDING_THEMES)
    assert not asks_for_group("official", BUILDING_THEMES)
    assert list(GROUP_LABELS)[Look(group="car").row] == "car"


def test_traffic_is_unknown_where_nobody_knows_whether_cars_can_go():
    speed = np.ones((4, 3))
    speed[2] = [5.0, 0.0, NAN]
    state = state_of(small_town(), road_flow=[250.0, 0.0, 40.0], road_delay=[12.0, 0.0, 0.0], road_speed=speed)
    flows, delays = codes.traffic_codes(state), codes.delay_codes(state)
    assert labels(theme_named("traffic", ROAD_THEMES).scales[0], flows) == ["200 to 500 cars", "closed to cars", "unknown"]
    assert labels(theme_named("traffic_delay", ROAD_THEMES).scales[0], delays) == ["5 to 15 s", "closed to cars", "unknown"]
    speed[2] = [-INF, 5.0, 5.0]
    footpath = state_of(small_town(), road_flow=0.0, road_delay=0.0, road_speed=speed)
    assert codes.traffic_codes(footpath).tolist() == [NOT_APPLICABLE, 0, 0]


def test_traffic_is_offered_only_where_it_was_asked_for():
    told, not_asked = (state_of(small_town(), road_flow=flow, road_speed=1.0) for flow in (3.0, -INF))
    assert "traffic" in offered(ROAD_THEMES, [told])
    assert "traffic" not in offered(ROAD_THEMES, [not_asked])


def test_a_city_without_a_hospital_is_not_coloured_by_the_way_to_one():
    none, some = (state_of(small_town(), building_hospital_time=time) for time in (-INF, [-INF, 60.0, INF, 60.0]))
    assert "hospital_time" not in offered(BUILDING_THEMES, [none])
    assert "hospital_time" in offered(BUILDING_THEMES, [some])
