"""Evacuation in towns that a person can solve: who goes, when, by which way, who is caught; people conserved at every step."""

from __future__ import annotations

import numpy as np
import pytest
from network_towns import WATER_HOOKS, pool, town
from shapely import box
from towns import table

from geodata.errors import InputError
from twin.hooks.evacuation import EvacuationHook, people_by_status
from twin.hooks.travel import TravelHook
from twin.mobility.budget import PeopleBudget
from twin.mobility.parties import draws, make_parties
from twin.model import Twin
from twin.scenario import load_scenario
from twin.store import MemoryStore
from twin.testing import check_hook

ORDER = "{kind: evacuation_order, level: 4, share: 1, start: 10 min, response: [{at: 0, value: 0}, {at: 1, value: 1}]}"


def question(order=ORDER, *, water="{source: hazard_map, curve: [{at: 0, value: 0}]}", step="10 min", extra=""):
    measures = f"mobility: {{preparation: 5 min}}, measures: [{order}]{extra}"
    return load_scenario(f"{{name: e, duration: 2 h, step: {step}, water: {water}, {measures}}}")


def row_town(**changes):
    """Two houses of 2.2 and 4.4 people 10 m north of a road of 300 m to a shelter at its east end."""
    return town(
        **{
            "lines": [[(50, 200), (350, 200)]], "houses": [(50, 210), (50, 190)], "shelters": [(350, 200)],
            "residents": [2.2, 4.4], **changes,
        }
    )  # fmt: skip


def run(city, scenario):
    twin = Twin(city, MemoryStore(), (*WATER_HOOKS, TravelHook(), EvacuationHook()))
    states = [state for state, _ in twin.run(scenario, [PeopleBudget()])]
    total = np.nansum(city.buildings["residents"])
    for state in states:
        assert sum(people_by_status(state.field("party_status"), state.field("party_people")).values()) == pytest.approx(total)
        assert state.field("shelter_occupancy").sum() == pytest.approx(
            state.field("party_people")[state.field("party_status") == 2].sum(), rel=1e-6
        )
    return states


def at(states, seconds):
    return next(state for state in states if state.time == seconds)


def test_people_leave_after_order_and_preparation_and_arrive_after_the_way():
    states = run(row_town(), question())
    # Order at 600 s, at most 1 s to react, 300 s preparation, 10 m and 300 m at 1 m/s.
    done = states[-1].field("party_done")
    assert len(done) == 3
    assert ((done >= 1210) & (done <= 1211 + 2 * 2.2 / 2.4)).all()
    assert states[-1].field("shelter_occupancy").tolist() == pytest.approx([6.6])
    assert at(states, 600).field("party_status").tolist() == [0, 0, 0]
    assert at(states, 1200).field("road_evacuees").tolist() == pytest.approx([6.6])
    assert (states[-1].field("party_ordered") == 600).all()


def test_nobody_goes_without_an_order_and_only_a_share_with_one():
    city = row_town(residents=[220.0, 220.0])
    few, many = (
        run(city, question(ORDER.replace("share: 1", f"share: {share}")))[-1].field("party_status") for share in (0.2, 0.6)
    )
    assert 0.1 < (few == 2).mean() < 0.3
    assert 0.5 < (many == 2).mean() < 0.7
    assert ((few == 2) <= (many == 2)).all(), "who goes at a small share goes at a larger one"
    assert (run(city, question(order=""))[-1].field("party_status") == 0).all()


def test_level_3_moves_those_who_need_time_and_level_5_nobody():
    city = row_town()
    houses = city.buildings
    houses["residents_75_over"] = [2.2, 0.0]
    city = row_town(tables={"buildings": houses})
    careful = run(city, question(ORDER.replace("level: 4", "level: 3")))[-1]
    assert careful.field("party_status").tolist() == [2, 0, 0]
    # At 0.5 m/s: 620 s.
    assert careful.field("party_done")[0] == pytest.approx(600 + 300 + 620, abs=1.5)
    five = run(city, question(ORDER.replace("level: 4", "level: 5")))[-1]
    assert five.field("party_status").tolist() == [0, 0, 0]
    stopped = run(city, question(ORDER + ", {kind: evacuation_order, level: 5, share: 1, start: 14 min}"))[-1]
    assert stopped.field("party_status").tolist() == [0, 0, 0]


def test_level_5_also_stops_those_who_wait_for_water_at_the_door_to_go():
    falls = "{source: hazard_map, curve: [{at: 0, value: 1}, {at: 30 min, value: 1}, {at: 31 min, value: 0}]}"
    ended = ORDER + ", {kind: evacuation_order, level: 5, share: 1, start: 25 min}"
    states = run(row_town(high=pool(3, 6, 2.0)), question(ended, water=falls))
    assert at(states, 1200).field("party_status").tolist() == [5, 5, 5]
    assert states[-1].field("party_status").tolist() == [0, 0, 0]


def test_an_order_within_a_step_acts_at_its_moment_and_cuts_no_step():
    slowly = "start: 13 min, response: [{at: 0, value: 0}, {at: 2 min, value: 1}]}"
    order = (
        f"{{kind: evacuation_order, level: 4, share: 1, {slowly}, {{kind: evacuation_order, level: 5, share: 0, start: 19 min}}"
    )
    city, rules = row_town(residents=[22.0, 44.0]), ", rules: {walker: 0.5}"
    assert question(order, extra=rules).boundaries() == tuple(range(0, 7201, 600))
    coarse, exact = (run(city, question(order, step=step, extra=rules))[-1] for step in ("10 min", "1 min"))
    for name in ("party_status", "party_ordered", "party_out", "party_done"):
        assert coarse.field(name) == pytest.approx(exact.field(name), abs=1e-6), name
    assert set(exact.field("party_status")) == {0, 2}, "some had not set out when the last order came"


def test_cars_drive_at_their_speed_and_in_line():
    states = run(row_town(), question(ORDER.replace("share: 1", "share: 1, by_car: 1")))
    done = np.sort(states[-1].field("party_done"))
    free = 900 + 10 + 300 / (20 / 3.6)
    # 1 person a second passes (0.5 cars of 2 people a second): 2.2 s between parties.
    assert done == pytest.approx(free + np.array([0, 2.2, 4.4]), abs=1.1)


def test_who_is_on_a_road_that_closes_is_caught_there():
    rising = "{source: hazard_map, curve: [{at: 0, value: 0}, {at: 20 min, value: 0}, {at: 21 min, value: 1}]}"
    states = run(
        row_town(high=pool(20, 20, 2.0)), question(water=rising, step="10 min", order=ORDER.replace("start: 10", "start: 14"))
    )
    # They are on the road from 1150 s on and need 300 s; at 1200 s it is open, at 1800 s it is not.
    assert at(states, 1200).field("party_status").tolist() == [1, 1, 1]
    assert states[-1].field("party_status").tolist() == [3, 3, 3]
    assert states[-1].field("road_caught").tolist() == pytest.approx([6.6])
    assert (states[-1].field("party_done") == 1200).all(), "the start of the step in which the road closed"


def test_water_at_the_door_keeps_people_in_until_it_is_gone():
    falls = "{source: hazard_map, curve: [{at: 0, value: 1}, {at: 30 min, value: 1}, {at: 31 min, value: 0}]}"
    states = run(row_town(high=pool(3, 6, 2.0)), question(water=falls))
    assert at(states, 1800).field("party_status").tolist() == [5, 5, 5]
    assert states[-1].field("party_status").tolist() == [2, 2, 2]


def test_full_shelters_turn_people_to_the_next_one():
    city = row_town(
        lines=[[(50, 200), (250, 200)], [(250, 200), (350, 200)]], shelters=[(250, 200), (350, 200)],
        shelter_columns={"capacity": [3.0, 100.0]},
    )  # fmt: skip
    last = run(city, question())[-1]
    assert last.field("shelter_occupancy").tolist() == pytest.approx([2.2, 4.4])
    assert last.field("shelter_turned_away")[0] > 0
    assert (last.field("shelter_occupancy") <= [3.0, 100.0]).all()


def test_no_way_is_stranded_and_counted():
    shut = ORDER + ", {kind: road_closure, roads: [r0]}"
    assert run(row_town(), question(shut))[-1].field("party_status").tolist() == [4, 4, 4]


def test_an_order_addresses_areas_or_a_polygon():
    areas = table("areas", [box(0, 200, 400, 400), box(0, 0, 1, 1)], id=["north", "nobody"], kind=["district"] * 2)
    city = row_town(tables={"areas": areas})
    north = run(city, question(ORDER.replace("share: 1", "share: 1, areas: [north]")))[-1]
    assert north.field("party_status").tolist() == [2, 0, 0]
    nobody = run(city, question(ORDER.replace("share: 1", "share: 1, areas: [nobody]")))[-1]
    assert nobody.field("party_status").tolist() == [0, 0, 0]
    with pytest.raises(InputError, match="no areas with the ids nowhere"):
        run(city, question(ORDER.replace("share: 1", "share: 1, areas: [nowhere]")))


def test_faults_of_orders_are_told():
    with pytest.raises(InputError, match=r"share: Field required"):
        load_scenario("{name: x, duration: 1 h, measures: [{kind: evacuation_order, level: 4}]}")
    with pytest.raises(InputError, match="do not rise"):
        load_scenario(
            "{name: x, duration: 1 h, measures: [{kind: evacuation_order, level: 4, share: 1, "
            "response: [{at: 0, value: 0.5}, {at: 9, value: 0.1}]}]}"
        )


def test_the_seed_decides_who_goes():
    city = row_town(residents=[220.0, 220.0])
    order = ORDER.replace("share: 1", "share: 0.5")
    one, again, other = (
        run(city, question(order, extra=f", seed: {seed}"))[-1].field("party_status").tolist() for seed in (1, 1, 2)
    )
    assert one == again != other
    assert draws(3, 5, 0).tolist() == draws(3, 9, 0)[:5].tolist()


def test_parties_add_up_to_the_residents():
    city = row_town(residents=[5.0, np.nan])
    parties = make_parties(city.buildings["residents"].to_numpy())
    assert parties.people.sum() == pytest.approx(5.0)
    assert len(parties) == 3


def test_the_hook_keeps_its_contract():
    areas = table("areas", [box(0, 200, 400, 400)], id=["north"], kind=["district"])
    city = row_town(tables={"areas": areas})
    fields = {
        "building_people": np.array([2.2, 4.4]), "building_people_0_14": np.zeros(2), "building_people_75_over": np.zeros(2),
        "party_status": np.array([0, 1, 1], np.uint8), "party_node": np.array([0.0, 0, 1]),
        "party_slot": np.array([-np.inf, 0, -np.inf]),
        "party_ready": np.array([np.inf, 900, 900]), "party_rank": np.array([0.0, 1, 2]), "party_shelter": np.full(3, -np.inf),
        "party_done": np.full(3, np.inf), "party_ordered": np.full(3, np.inf), "party_out": np.array([np.inf, 600, 600]),
    }  # fmt: skip
    check_hook(EvacuationHook(), city, question(ORDER.replace("share: 1", "share: 1, areas: [north]")), fields)
