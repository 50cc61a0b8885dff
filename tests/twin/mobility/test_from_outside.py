"""Roads, orders and trips as people hand them in: faults told in clear words, with a defined result, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata.package import open_city, read_report
from geodata.tables import TABLES
from twin.command_line import main

CRS = "EPSG:32654"
X, Y = 380_000.0, 3_950_000.0


def lines(*ways):
    return [shapely.LineString([(X + x, Y + y) for x, y in way]) for way in ways]


def write_town(folder: Path, *, roads=None, shelters=((200, 0),), maxspeed=None) -> list[str]:
    """Files of a town: houses along a road of 300 m, two districts, shelters."""
    ways = roads if roads is not None else [[(0, 0), (100, 0)], [(100, 0), (300, 0)]]
    names = [str(number) for number in range(1, len(ways) + 1)]
    made = geopandas.GeoDataFrame({"osm_id": names, "highway": "primary"}, geometry=lines(*ways), crs=CRS)
    if maxspeed is not None:
        made["maxspeed"] = maxspeed
    made.to_file(folder / "roads.gpkg")
    places = [shapely.box(X + x, Y + 5, X + x + 8, Y + 13) for x in (0, 50, 250)]
    houses = geopandas.GeoDataFrame({"id": ["a", "b", "c"], "residents": [2.0, 3.0, 4.0]}, geometry=places, crs=CRS)
    TABLES["buildings"].completed(houses).to_parquet(folder / "buildings.parquet")
    districts = [shapely.box(X - 50, Y - 50, X + 150, Y + 50), shapely.box(X + 150, Y - 50, X + 350, Y + 50)]
    geopandas.GeoDataFrame({"id": ["west", "east"], "kind": "district"}, geometry=districts, crs=CRS).to_file(
        folder / "areas.gpkg"
    )
    files = ["roads.gpkg", "buildings.parquet", "areas.gpkg"]
    if shelters:
        points = geopandas.GeoSeries([shapely.Point(X + x, Y + y) for x, y in shelters], crs=CRS).to_crs(4326)
        table = pd.DataFrame(
            {"id": [f"s{n}" for n in range(len(points))], "lon": points.x, "lat": points.y, "river_flood": "yes"}
        )
        table.to_csv(folder / "shelters.csv", index=False)
        files.append("shelters.csv")
    return [str(folder / file) for file in files]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CITY_TWIN_HOME", str(tmp_path / "home"))
    return tmp_path


def imported(home: Path, sources: list[str]) -> Path:
    out = home / "town"
    assert main(["import", *sources, "--out", str(out)]) == 0
    return out


def simulated(home: Path, town: Path, scenario: str, capsys) -> dict:
    (home / "question.yaml").write_text(scenario, encoding="utf-8")
    capsys.readouterr()
    assert main(["simulate", str(town), str(home / "question.yaml"), "--out", str(home / "run"), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


DRY = "{name: dry, duration: 10 min, step: 10 min}"


def test_speed_limits_that_nobody_believes_are_told_and_the_class_speaks(home: Path):
    town = imported(home, write_town(home, maxspeed=["3", "300"]))
    told = [line for line in read_report(town).lines if "not believed" in line.what]
    assert sum(line.count for line in told) == 2
    assert told[0].examples == ["1: 3 km/h", "2: 300 km/h"]
    assert open_city(town).roads["speed_limit"].isna().all()


def test_edges_without_length_are_dropped_and_told(home: Path):
    town = imported(home, write_town(home, roads=[[(0, 0), (100, 0)], [(100, 0), (300, 0)], [(50, 0), (50, 0)]]))
    told = [line for line in read_report(town).lines if line.what == "edge without length"]
    assert [(line.deed, line.count, line.examples) for line in told] == [("dropped", 1, ["3"])]
    assert len(open_city(town).roads) == 2


def test_no_shelter_is_unreachable_and_said(home: Path, capsys):
    result = simulated(home, imported(home, write_town(home, shelters=())), DRY, capsys)
    assert "roads has no shelters: there is no way to one from anywhere." in result["notes"]
    assert (result["people_never_joined"], result["people_cut_off"]) == (9, 0)


def test_a_shelter_on_an_island_is_unreachable_not_zero(home: Path, capsys):
    roads = [[(0, 0), (100, 0)], [(100, 0), (300, 0)], [(700, 700), (800, 700)]]
    result = simulated(home, imported(home, write_town(home, roads=roads, shelters=((750, 700),))), DRY, capsys)
    assert result["people_never_joined"] == 9
    assert result["median_minutes_left"] is None, "they have not run out of time: they have no way at all"
    assert result["people_without_departure"] == 9
    assert "1 shelter stands on a road that no building is joined to: nobody reaches it on foot." in result["notes"]


def test_buildings_far_from_roads_are_counted_apart(home: Path, capsys):
    result = simulated(home, imported(home, write_town(home, roads=[[(0, 2500), (100, 2500)]])), DRY, capsys)
    assert result["people_never_joined"] == 9
    assert any(note.startswith("3 of 3 buildings have no road within 1000 m") for note in result["notes"])


def test_an_order_for_an_area_with_nobody_moves_nobody_and_says_so(home: Path, capsys):
    town = imported(home, write_town(home))
    west, south, east, north = (
        geopandas.GeoSeries([shapely.box(X + 100, Y - 40, X + 200, Y - 20)], crs=CRS).to_crs(4326).total_bounds
    )
    ring = f"[[{west}, {south}], [{east}, {south}], [{east}, {north}], [{west}, {north}]]"
    order = f"{{kind: evacuation_order, name: to the field, level: 4, share: 1, polygon: {ring}}}"
    result = simulated(home, town, f"{{name: e, duration: 1 h, measures: [{order}]}}", capsys)
    assert "The order to the field addresses no building in which anybody is known to be: it moves nobody." in result["notes"]
    assert (result["people_in_shelters"], result["clearance_s"]) == (0, None)


def test_a_road_that_the_city_does_not_have_is_refused_before_anything_is_computed(home: Path, capsys):
    town = imported(home, write_town(home))
    (home / "q.yaml").write_text("{name: c, duration: 1 h, measures: [{kind: road_opened, roads: [nowhere]}]}")
    assert main(["simulate", str(town), str(home / "q.yaml"), "--out", str(home / "run")]) == 2
    assert "no roads with the ids nowhere" in capsys.readouterr().err
    assert not (home / "run").exists()


def test_a_table_of_trips_comes_with_the_city_and_is_what_traffic_asks(home: Path, capsys):
    (home / "od.csv").write_text(
        "Origin,Destination,vehicles_per_hour\nwest,east,300\nwest,east,60\nwest,nowhere,5\n,east,5\nwest,east,many\n"
    )
    town = imported(home, [*write_town(home), str(home / "od.csv")])
    assert open_city(town).table("trips")["vehicles_per_hour"].tolist() == [360]
    told = {line.what: line.count for line in read_report(town).lines if line.layer == "trips"}
    assert told["relation given more than once: added up"] == 1
    assert told["relation without two areas, or without a number of vehicles from 0 to a million"] == 2
    assert told["it belongs to none of the {owner} that were kept"] == 1
    traffic = "{name: t, duration: 0, step: 1 h, mobility: {traffic: {source: table}}}"
    simulated(home, town, traffic, capsys)
    from twin.run import RunFolder
    from twin.simulation import states_of
    from twin.workspace import Workspace

    state = next(states_of(RunFolder(home / "run").load(), open_city(town), Workspace.default().store()))
    assert np.nanmax(state.field("road_flow")) == pytest.approx(360)


def test_asking_for_a_table_of_trips_that_is_not_there_is_refused(home: Path, capsys):
    town = imported(home, write_town(home))
    (home / "q.yaml").write_text("{name: t, duration: 0, step: 1 h, mobility: {traffic: {source: table}}}")
    assert main(["simulate", str(town), str(home / "q.yaml"), "--out", str(home / "run")]) == 2
    assert "has no table of trips" in capsys.readouterr().err


def test_what_analyses_find_stands_in_the_manifest_the_exports_and_the_store(home: Path, capsys):
    from twin.run import RunFolder
    from twin.simulation import states_of
    from twin.workspace import Workspace

    town = imported(home, write_town(home))
    shut = "{name: shut, duration: 1 h, step: 10 min, measures: [{kind: road_closure, roads: ['1'], start: 30 min}]}"
    result = simulated(home, town, shut, capsys)
    run, store = RunFolder(home / "run").load(), Workspace.default().store()
    assert set(run.findings) >= {"minutes_left", "shelter_plan", "queued_arrivals"}
    assert {"building_time_left", "facility_time_left", "building_planned_shelter"} <= set(run.steps[0].fields)
    assert run.digests <= store.pinned()
    first, *_, last = states_of(run, open_city(town), store)
    left = first.field("building_time_left")[0]
    assert np.isfinite(left[0])
    assert np.isposinf(left[1:]).all(), "their doors are beyond the closed road"
    assert np.isneginf(last.field("building_time_left")[0][0])
    assert result["median_minutes_left"] is None, "nothing closes for most people: no promise of safety"
    out = home / "tables"
    assert main(["export", str(home / "run"), "--format", "csv", "--out", str(out)]) == 0
    told = pd.read_csv(out / "buildings.csv").set_index("id")
    assert told["building_time_left_walker"]["a"] == pytest.approx(left[0])
    assert told["building_time_left_walker_state"].tolist() == ["known", "never", "never"]
