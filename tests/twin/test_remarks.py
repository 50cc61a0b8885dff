"""What makes no sense is said in one sentence before anything is computed; what is odd is said, and can be asked."""

from __future__ import annotations

import pytest

from geodata.errors import InputError
from twin.drafting import DEFAULTS, draft, length_of, made_of, places_from
from twin.flood.refusal import FAR_LEVEE, nearest_levee
from twin.levels import building_ground
from twin.model import Twin
from twin.question import Question
from twin.remarks import places_of, remarks_on
from twin.scenario import Scenario
from twin.scenario.edit import changed, with_measure, with_times, without_measure
from twin.store import MemoryStore


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    from geodata.importer import import_sample
    from geodata.package import open_city

    folder = tmp_path_factory.mktemp("remarks") / "kawabe"
    import_sample(out=folder, buildings=100, seed=3)
    return open_city(folder)


@pytest.fixture(scope="module")
def middle(city):
    west, south, east, north = city.grid.bounds_wgs84
    return (west + east) / 2, (south + north) / 2


def asked(*measures, water=None) -> Scenario:
    water = water or {"source": "engine", "rain": {"rates": [{"at": 0, "value": 10.0}]}}
    return Scenario.model_validate({"name": "flood", "duration": 7200, "water": water, "measures": list(measures)})


def barrier(*places, **more):
    return {"kind": "flood_barrier", "line": [list(p) for p in places], "height": 1.0, **more}


def near(middle, *steps):
    """Places around the middle, by ten-thousandths of a degree (about 10 m)."""
    return [(middle[0] + dx * 1e-4, middle[1] + dy * 1e-4) for dx, dy in steps]


def order(*places, **more):
    return {"kind": "evacuation_order", "level": 4, "share": 0.3, "polygon": [list(p) for p in places], **more}


def cases(middle):
    line = near(middle, (0, 0), (5, 0))
    loop = near(middle, (0, 0), (5, 5), (5, 0), (0, 5))
    shelter = {"shelters": ["s1"]}
    return {
        "has no length": asked(barrier(middle, middle)),
        "crosses itself; draw it without a loop, or as two lines": asked(barrier(*loop)),
        "lies outside of": asked(barrier((0.0, 0.0), (0.0, 0.1))),
        "has no extent": asked(order(middle, middle, middle)),
        "border of the area of Evacuation order crosses itself": asked(order(*loop)),
        "The area of Evacuation order lies outside": asked(order((0.0, 0.0), (0.1, 0.0), (0.0, 0.1))),
        "open and close the shelter s1 at the same time": asked(
            {"kind": "shelter_opened", **shelter}, {"kind": "shelter_closed", **shelter, "start": 600}
        ),
        "order the same people at the same time with different shares": asked(
            order(*near(middle, (0, 0), (5, 0), (0, 5))), order(*near(middle, (0, 0), (5, 0), (0, 5)), share=0.6)
        ),
        "stand on the same line at the same time with different tops": asked(barrier(*line), barrier(*line, height=2.0)),
    }


def test_what_cannot_be_asked_is_refused_before_anything_is_computed(city, middle):
    store = MemoryStore()
    for sentence, scenario in cases(middle).items():
        with pytest.raises(InputError) as caught:
            Twin(city, store).ask(scenario)
        assert sentence in str(caught.value)


def test_what_is_odd_can_be_asked_and_is_said(city, middle):
    line = near(middle, (0, 0), (5, 0))
    stage = {"source": "stage", "above": "river", "levels": [{"at": 0, "value": 1.0}]}
    odd = {
        "is not computed": asked(barrier(*line), water=stage),
        "it holds nothing back": asked({**barrier(*line), "height": None, "crest": -50.0}),
    }
    for sentence, scenario in odd.items():
        remarks = remarks_on(Question(scenario, city))
        assert [(r.grave, r.measure) for r in remarks] == [(False, 0)], sentence
        assert sentence in remarks[0].note.text
        Twin(city, MemoryStore()).ask(scenario)


def of_event(city, water, **more) -> str:
    said = remarks_on(Question(changed(asked(water=water), **more), city))
    assert all(remark.measure is None and not remark.grave for remark in said), "odd, and can be asked"
    return " ".join(remark.note.text for remark in said)


def test_levels_are_told_apart_from_the_ground_of_the_buildings(city):
    lowest, middle, highest = building_ground(city)
    heights = city.buildings["ground_elevation"]
    assert (lowest, middle, highest) == pytest.approx((heights.min(), heights.median(), heights.max()), abs=0.5), (
        "the terrain agrees with what the buildings say of themselves"
    )

    def stage(level, above="datum"):
        return {"source": "stage", "above": above, "levels": [{"at": 0, "value": level}]}

    def tide(level, **more):
        return {"source": "engine", "level_edges": [{"sides": ["east"], "levels": [{"at": 0, "value": level}]}], **more}

    for water in (stage(lowest - 1), tide(lowest - 1)):
        assert f"below the ground of every building: the lowest stands at {lowest:.1f} m" in of_event(city, water)
    for water in (stage(highest + 1), tide(highest + 1)):
        assert f"above the ground of every building: the highest stands at {highest:.1f} m" in of_event(city, water)
    assert "of every building" not in of_event(city, stage(middle))
    raining = tide(lowest - 1, rain={"rates": [{"at": 0, "value": 10.0}, {"at": 600, "value": 0.0}]})
    assert "of every building" not in of_event(city, raining), "the rain may wet them"
    assert "no higher than normal" in of_event(city, stage(0.0, "river"))
    assert of_event(city, stage(1.0, "river")) == ""


def test_rain_after_the_end_and_shelters_that_nobody_speaks_of_are_told(city):
    rain = {"source": "engine", "rain": {"rates": [{"at": 0, "value": 10.0}, {"at": 3 * 3600, "value": 0.0}]}}
    assert "It rains for 3 h, and the scenario lasts 2 h" in of_event(city, rain)
    assert of_event(city, rain, duration=3 * 3600) == ""
    # The sample city lies inland: its shelters say nothing of the sea.
    tide = {"source": "engine", "level_edges": [{"sides": ["east"], "levels": [{"at": 0, "value": 9.0}]}]}
    assert "whether it is meant for high tide" in of_event(city, tide)
    opened = with_measure(asked(water=tide), {"kind": "shelter_opened", "shelters": [str(city.shelters["id"].iloc[0])]})
    assert "meant for" not in " ".join(remark.note.text for remark in remarks_on(Question(opened, city)))


def test_what_follows_each_other_is_no_contradiction(city):
    one, other = {"kind": "shelter_opened", "shelters": ["s1"], "end": 600}, {"kind": "shelter_closed", "shelters": ["s1"]}
    assert remarks_on(Question(asked(one, {**other, "start": 600}), city)) == ()


@pytest.mark.parametrize("kind", sorted(DEFAULTS))
def test_every_kind_has_defaults_that_can_be_asked(city, middle, kind):
    places = near(middle, (0, 0), (5, 0), (0, 5))
    ids = list(city.table(made_of(kind))["id"][:2]) if made_of(kind) else []
    plain = draft(kind, city, places=places[:2] if kind in ("culvert", "flood_barrier") else places, ids=ids, moment=600)
    scenario = asked(plain)
    assert scenario.measures[0].kind == kind
    assert scenario.measures[0].start == (600 if kind == "levee_breach" else 0)
    grave = [remark.note.template for remark in remarks_on(Question(scenario, city)) if remark.grave]
    assert grave == ([FAR_LEVEE] if kind == "levee_breach" else []), "only a breach needs more than open ground"
    if not ids:
        assert places_of(scenario.measures[0])[0] == pytest.approx(middle)


def test_a_line_is_measured_in_metres(city, middle):
    x, y = city.grid.to_wgs84.transform(*middle, direction="INVERSE")
    there = city.grid.to_wgs84.transform(x + 30, y + 40)
    assert length_of(city, [middle, there]) == pytest.approx(50, abs=0.01)


def test_the_nearest_levee_is_found(city):
    crest = city.table("crests").geometry.iloc[0]
    x, y = crest.coords[0]
    away, _ = nearest_levee(city, city.grid.to_wgs84.transform(x, y))
    assert away < 0.01


def test_a_breach_away_from_a_levee_is_told_of_until_it_stands_on_one(city, middle):
    def told(water, at):
        scenario = asked({"kind": "levee_breach", "at": list(at), "width": 50}, water=water)
        return {remark.note.template: remark for remark in remarks_on(Question(scenario, city))}

    official = {"source": "hazard_map", "scale": "L2", "curve": [{"at": 0, "value": 1.0}]}
    away, there = nearest_levee(city, middle)
    computed, drawn = told(None, middle)[FAR_LEVEE], told(official, middle)[FAR_LEVEE]
    assert (computed.grave, drawn.grave) == (True, False), "where no water is computed it stops nothing"
    assert f"{round(away)} m away, at {there[0]:.6f}, {there[1]:.6f}" in computed.note.text
    assert FAR_LEVEE not in told(None, there)


def test_editing_leaves_the_given_scenario_as_it_is():
    one = asked({"kind": "road_closure", "roads": ["r1"]})
    two = with_measure(one, {"kind": "road_closure", "roads": ["r2"], "start": 600})
    later = with_times(two, 1, start=1200, end=1800)
    assert (len(one.measures), len(two.measures), later.measures[1].start, later.measures[1].end) == (1, 2, 1200, 1800)
    assert without_measure(two, 0).measures == two.measures[1:]
    with pytest.raises(InputError, match=r"That cannot be: .*after the end"):
        with_times(two, 1, start=9999, end=None)
    with pytest.raises(InputError, match="That cannot be"):
        changed(one, duration=-1)


def test_places_that_are_typed():
    assert places_from("131.4,33.7\n\n 131.5 33.8 ") == ((131.4, 33.7), (131.5, 33.8))
    for wrong in ("131.4", "a, b", "131.4, 33.7, 5", "nan, 3", "200, 3"):
        with pytest.raises(InputError, match="is not a longitude and a latitude"):
            places_from(wrong)


def said(city, *measures):
    """What is said of measures, and of which."""
    return [(remark.measure, remark.grave, remark.note.text) for remark in remarks_on(Question(asked(*measures), city))]


def test_a_road_that_is_closed_and_opened_at_once_says_which_counts(city):
    road = str(city.roads["id"].iloc[0])
    closed, reopened = {"kind": "road_closure", "roads": [road]}, {"kind": "road_opened", "roads": [road]}
    for pair in ((closed, reopened), (reopened, closed)):
        ((number, grave, words),) = said(city, *pair)
        assert (number, grave) == (1, False)
        assert words.startswith("Road opened again and Road closed open and close the road ")
    assert said(city, {**closed, "end": 600}, {**reopened, "start": 600}) == []


def test_barriers_that_cross_say_that_the_higher_counts(city, middle):
    across, along = barrier(*near(middle, (0, 0), (10, 0))), barrier(*near(middle, (5, -5), (5, 5)), height=2.0)
    assert [words for _, _, words in said(city, across, along)] == [
        "Flood barrier and Flood barrier meet: where they do, the higher of the two counts."
    ]
    assert said(city, across, barrier(*near(middle, (0, 9), (10, 9)))) == []


def test_orders_of_two_levels_for_the_same_people_say_what_comes_of_it(city, middle):
    here, over_there = near(middle, (0, 0), (5, 0), (0, 5)), near(middle, (20, 0), (25, 0), (20, 5))
    three, four, five = (order(*here, level=level) for level in (3, 4, 5))
    assert "level 4 addresses them all" in said(city, three, four)[0][2]
    assert said(city, three, {**four, "start": 600}) == [], "one follows the other, as they do"
    assert said(city, three, order(*over_there, level=4)) == []
    assert said(city, four, {**five, "start": 600}) == [], "whoever has not gone stays"
    ((_, grave, words),) = said(city, five, {**four, "start": 600})
    assert not grave
    assert words.startswith("From 10 min on the order of level 4 tells people to go whom that of level 5 tells to stay")
    assert said(city, {"kind": "evacuation_order", "level": 3, "share": 0.1}, order(*here)), "the whole city holds every place"


def test_a_shelter_is_called_by_its_name(city):
    first = city.shelters.iloc[0]
    both = [{"kind": kind, "shelters": [first["id"]]} for kind in ("shelter_opened", "shelter_closed")]
    assert f"the shelter {first['name']} at the same time" in said(city, *both)[0][2]
