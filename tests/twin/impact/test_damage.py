"""Damage by hand, and curves as their sources have them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.package import write_package
from geodata.readers.damage import is_damage, read_damage
from geodata.report import ImportReport
from geodata.tables import TABLES
from tests.twin.towns import small_town, table
from twin.command_line import main
from twin.hooks.assets import values_of
from twin.impact.curves import Houses, curves_of, shares_lost
from twin.impact.ministry import ministry_curves
from twin.impact.power import endurance, powered_areas, stopped_by_water
from twin.model import Twin
from twin.scenario import load_scenario
from twin.store import MemoryStore

FLOOD = "{name: flood, duration: 1 h, step: 30 min, water: {source: hazard_map}}"


def houses(*uses, storeys=2.0, floor=0.5):
    count = len(uses)
    return Houses(np.array(uses), np.full(count, storeys), np.full(count, floor))


@pytest.mark.parametrize(
    ("depth", "rate"),
    [(0.0, 0.0), (0.2, 0.047), (0.5, 0.189), (0.99, 0.189), (1.0, 0.253), (1.6, 0.406), (2.6, 0.592), (9.0, 0.8)],
)
def test_the_ministrys_rates_by_depth_above_a_floor_half_a_metre_up(depth, rate):
    curves = curves_of(ministry_curves(), "MLIT A", error=0.3)
    at = np.array([depth])
    low, middle, high = shares_lost(curves, houses("house"), at, at, part="structure", wet=0.01)
    assert middle[0] == pytest.approx(rate)
    assert low[0] == pytest.approx(rate * 0.7)
    assert high[0] == pytest.approx(min(rate * 1.3, 1.0))


@given(st.floats(0, 12), st.floats(0, 12), st.sampled_from(["MLIT A", "MLIT B", "MLIT C"]))
def test_deeper_water_never_destroys_less(one, other, name):
    curves = curves_of(ministry_curves(), name, error=0.3)
    depth = np.sort(np.array([one, other]))
    for part in ("structure", "contents"):
        for share in shares_lost(curves, houses("house", "house"), depth, depth, part=part, wet=0.01):
            assert share[0] <= share[1] + 1e-12


def test_what_is_unknown_is_no_damage_of_zero():
    curves = curves_of(ministry_curves(), "MLIT A", error=0.3)
    depth = np.array([np.nan, 1.0, 0.0])
    share = shares_lost(curves, houses("house", "", ""), depth, depth, part="structure", wet=0.01)[1]
    assert np.isnan(share[:2]).all()
    assert share[2] == 0.0  # dry ground loses nothing, whatever stands there


def test_building_and_contents_as_one_are_not_counted_twice():
    points = pd.DataFrame(
        [
            {"curves": "one", "use": "house", "part": "total", "storeys_low": 1, "storeys_high": 200, "above": "ground",
             "depth": depth, "rate": rate}
            for depth, rate in ((0.0, 0.0), (2.0, 1.0))
        ]
    )  # fmt: skip
    curves = curves_of(TABLES["damage_curves"].completed(points), "one", error=0.0)
    depth = np.array([1.0])
    assert shares_lost(curves, houses("house"), depth, depth, part="structure", wet=0.01)[1][0] == 0.5
    assert shares_lost(curves, houses("house"), depth, depth, part="contents", wet=0.01)[1][0] == 0.0
    prices = pd.DataFrame([{"use": "house", "part": "total", "per": "floor_area", "value": 10.0, "value_low": np.nan,
                            "value_high": 15.0}])  # fmt: skip
    buildings = pd.DataFrame({"use": ["house", "office"], "floor_area": [100.0, 100.0]})
    structure, contents, low, high = values_of(buildings, np.array([None, None]), prices, error=0.2)
    assert structure[0] == 1000.0
    assert contents[0] == 0.0
    assert (low[0], high[0]) == (0.8, 1.5)
    assert np.isnan(structure[1])


def town():
    buildings = small_town().table("buildings").assign(use="house", floor_area=100.0, storeys=2, floor_height=0.5)
    prices = TABLES["asset_values"].completed(
        pd.DataFrame(
            [
                {"use": "house", "part": part, "per": "floor_area", "value": value, "currency": "JPY", "year": 2025}
                for part, value in (("structure", 1000.0), ("contents", 100.0))
            ]
        )
    )
    return small_town(tables={"buildings": buildings, "asset_values": prices})


def test_the_loss_of_a_town_by_hand():
    # depths under the four houses: 3, 1, 0, 0 m; flat ground rises 1 in 10: the steepest group
    states = [state for state, _ in Twin(town(), MemoryStore()).run(load_scenario(FLOOD))]
    last = states[-1]
    depth = last.field("building_depth_peak")
    assert depth.tolist() == [3.0, 1.0, 0.0, 0.0]
    rates = [(0.690, 0.928), (0.325, 0.326), (0.0, 0.0), (0.0, 0.0)]
    expected = [100 * (1000 * structure + 100 * contents) for structure, contents in rates]
    assert last.field("building_loss") == pytest.approx(np.array(expected))
    low, high = last.field("building_loss_low"), last.field("building_loss_high")
    assert (low[:2] < last.field("building_loss")[:2]).all()
    assert (high[:2] > last.field("building_loss")[:2]).all()


def test_a_city_without_prices_has_shares_and_no_money():
    states = [state for state, _ in Twin(small_town(), MemoryStore()).run(load_scenario(FLOOD))]
    from twin.outcome import outcomes_of

    told = outcomes_of(states[-1])
    assert told["damage"] == {"low": None, "middle": None, "high": None}
    assert told["damage_currency"] is None


def test_money_of_several_currencies_is_never_added_up(tmp_path):
    from twin.outcome import outcomes_of

    both = town()
    prices = both.table("asset_values")
    prices["currency"] = ["JPY", "EUR"]
    mixed = small_town(tables={"buildings": both.table("buildings"), "asset_values": prices})
    *_, state = (state for state, _ in Twin(mixed, MemoryStore()).run(load_scenario(FLOOD)))
    told = outcomes_of(state)
    assert told["damage"] == {"low": None, "middle": None, "high": None}
    assert told["damage_currency"] == "EUR 2025, JPY 2025"
    file = tmp_path / "values.csv"
    file.write_text("use,part,value,currency,year\nhouse,structure,1000,JPY,2025\nhouse,contents,10,EUR,2010\n")
    with pytest.raises(InputError, match="EUR 2010, JPY 2025, which cannot be added up"):
        read_damage(file, report=ImportReport())


def test_curves_that_the_city_lacks_are_named():
    with pytest.raises(InputError, match="has no damage curves JRC Asia; it has MLIT"):
        Twin(town(), MemoryStore()).ask(load_scenario(FLOOD[:-1] + ", impact: {curves: JRC Asia}}"))


def test_water_stops_and_power_follows():
    facilities = table("facilities", [], id=[], kind=[])  # an empty one has no areas to darken
    areas = pd.DataFrame({"id": ["a", "b", "c"]})
    assert powered_areas(facilities, areas, np.zeros(0, np.uint8)).tolist() == [254, 254, 254]
    grid = pd.DataFrame({"kind": ["substation"] * 4, "area_id": ["a", "a", "b", "b"]})
    assert powered_areas(grid, areas, np.array([1, 0, 1, 1], np.uint8)).tolist() == [1, 0, 254]
    assert powered_areas(grid, areas, np.array([1, 255, 255, 0], np.uint8)).tolist() == [255, 1, 254]
    assert stopped_by_water(np.array([0.0]), np.array([0.0]), 0.3).tolist() == [0]
    assert endurance(np.array([0.0]), np.array([0.5])).tolist() == [0.0]


@pytest.mark.realdata
def test_jrc_and_hazus_as_published(realdata):
    folder = realdata / "damage_curves"
    report = ImportReport()
    jrc = read_damage(folder / "JRC_damage_functions.csv", report=report)[0].frame
    curves = curves_of(jrc, "JRC Asia", error=0.0)
    depth = np.array([0.5, 1.0, 3.0])
    found = shares_lost(curves, houses("house", "house", "house"), depth, depth, part="structure", wet=0.01)[1]
    # Huizinga et al. 2017, table of Asia, residential: 0.33, 0.49, 0.87
    assert found == pytest.approx(np.array([0.33, 0.49, 0.87]), abs=0.01)
    hazus = read_damage(folder / "Hazus_IWR_curves.csv", report=report)[0].frame
    TABLES["damage_curves"].check(hazus)
    TABLES["damage_curves"].check(jrc)
    at_floor = hazus[(hazus["use"] == "house") & (hazus["storeys_low"] == 1) & (hazus["depth"] == 0.3048)]
    assert (at_floor["rate_low"] <= at_floor["rate"]).all()
    assert (at_floor["rate"] <= at_floor["rate_high"]).all()
    assert any(line.deed == "dropped" for line in report.lines)


@pytest.mark.parametrize(
    ("rows", "words"),
    [("house,structure,0,0.1\nhouse,structure,1,50", "not percent"), ("house,structure,0,0.9\nhouse,structure,1,0.5", "falls")],
)
def test_a_city_s_own_table_is_checked(tmp_path, rows, words):
    file = tmp_path / "curves.csv"
    file.write_text("use,part,depth,rate\n" + rows)
    assert is_damage(file)
    with pytest.raises(InputError, match=words):
        read_damage(file, report=ImportReport())


def test_a_city_s_own_tables_are_read(tmp_path):
    curves, prices = tmp_path / "curves.csv", tmp_path / "prices.csv"
    curves.write_text("use,part,depth,rate\nhouse,structure,0,0\nhouse,structure,2,0.5\n")
    prices.write_text("use,part,value,currency,year\nhouse,structure,1200,EUR,2020\n")
    read = read_damage(curves, report=ImportReport())[0]
    assert read.table == "damage_curves"
    assert set(read.frame["curves"]) == {"own"}
    money = read_damage(prices, report=ImportReport())[0]
    assert money.table == "asset_values"
    assert money.frame["per"].tolist() == ["floor_area"]


def test_money_is_compared_with_its_currency_and_year(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CITY_TWIN_HOME", str(tmp_path / "home"))
    write_package(town(), ImportReport(), tmp_path / "town")
    for name, curve in (("deep", "1.0"), ("half", "0.5")):
        text = f"{{name: {name}, duration: 0, water: {{source: hazard_map, curve: [{{at: 0, value: {curve}}}]}}}}"
        (tmp_path / f"{name}.yaml").write_text(text)
        asked = [str(tmp_path / each) for each in ("town", f"{name}.yaml", name)]
        assert main(["simulate", asked[0], asked[1], "--out", asked[2]]) == 0
    capsys.readouterr()
    runs = [str(tmp_path / name) for name in ("deep", "half")]
    assert main(["compare", *runs, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["outcomes"]
    assert (told["damage/middle"]["unit"], told["damage/middle"]["money"]) == ("JPY 2025", True)
    assert told["buildings_flooded"]["money"] is False
    assert main(["compare", *runs]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "damage/middle" in line]
    assert "JPY 2025" in line
