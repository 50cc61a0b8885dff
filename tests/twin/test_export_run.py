"""A run in other programs' formats: what stands in it, what is unknown, where it comes from, what is computed again."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from geodata.package import write_package
from geodata.report import ImportReport
from tests.twin.towns import small_town
from twin.command_line import main
from twin.course import Courses
from twin.run import RunFolder
from twin.workspace import Workspace

RISING = """
name: rising water
start: 2026-09-14T18:00:00+09:00
duration: 1 h
step: 20 min
water:
  source: hazard_map
  curve: [{at: 0, value: 0}, {at: 40 min, value: 1}, {at: 1 h, value: 0}]
"""
EAST_UNKNOWN = np.tile(np.array([3, 2, 1, 0, np.nan, np.nan, np.nan, np.nan], np.float32), (4, 1))


@dataclass(frozen=True)
class Place:
    """A town, a run on it, and where exports may go."""

    home: Path
    town: Path
    run: Path

    def export(self, kind: str, name: str, *options: str) -> Path:
        out = self.home / "out" / name
        assert main(["export", str(self.run), "--format", kind, "--out", str(out), *options]) == 0
        return out


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Place:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return prepare(tmp_path_factory.mktemp("place"), monkeypatch, hazard_high=EAST_UNKNOWN)


@pytest.fixture
def place(first: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A copy of its own: tests damage it."""
    monkeypatch.setenv("CITY_TWIN_HOME", str(tmp_path / "home"))
    for name in ("home", "town", "run"):
        shutil.copytree(first.home / name, tmp_path / name)
    made = Place(tmp_path, tmp_path / "town", tmp_path / "run")
    manifest = json.loads((made.run / "run.json").read_text())
    manifest["run"]["city_path"] = str(made.town)
    (made.run / "run.json").write_text(json.dumps(manifest))
    return made


def prepare(home: Path, monkeypatch: pytest.MonkeyPatch, scenario: str = RISING, **town: Any) -> Place:
    monkeypatch.setenv("CITY_TWIN_HOME", str(home / "home"))
    made = Place(home, home / "town", home / "run")
    write_package(small_town(**town), ImportReport(), made.town)
    (home / "rising.yaml").write_text(scenario)
    assert main(["simulate", str(made.town), str(home / "rising.yaml"), "--out", str(made.run)]) == 0
    return made


def by_id(table: pd.DataFrame, column: str) -> list[Any]:
    ordered = table.set_index("id")[column].sort_index()
    return [None if pd.isna(value) else value for value in ordered.tolist()]


def check_tables(buildings: pd.DataFrame, roads: pd.DataFrame, shelters: pd.DataFrame) -> None:
    """What a person works out by hand; b2 and b3 lie where no map says anything."""
    assert by_id(buildings, "building_depth_peak") == [3, 1, None, None]
    assert by_id(buildings, "building_depth") == [0, 0, None, None]
    assert by_id(buildings, "building_rank_peak") == [3, 2, None, None], "unknown is empty, not 0"
    assert by_id(buildings, "building_official_rank") == [3, 2, None, None]
    assert by_id(buildings, "building_arrival") == [0, 1200, None, None]
    assert by_id(buildings, "building_arrival_state") == ["known", "known", "unknown", "unknown"]
    assert by_id(buildings, "building_wet_time") == [2400, 1200, None, None]
    assert by_id(buildings, "name") == ["Alder", "Birch", "Cedar", "Elm"]
    assert by_id(roads, "car_state") == ["open", "open", None], "bridge, r0, r1"
    assert by_id(roads, "car_closed_from") == [None, 1200, None]
    assert by_id(roads, "car_closed_until") == [None, 3600, None]
    assert by_id(roads, "car_course") == ["open 0-", "open 0-1200; closed 1200-3600; open 3600-", "unknown 0-"]
    assert by_id(roads, "walker_state") == ["not applicable", "open", None]
    assert by_id(roads, "road_depth_peak") == [0, 3, None]
    assert by_id(shelters, "shelter_usable") == ["usable", None, "unusable"]
    assert by_id(shelters, "shelter_reason") == ["usable", "depth unknown", "not designated for this hazard"]
    assert by_id(shelters, "unusable_from") == [1200, None, 0]
    assert by_id(shelters, "unusable_until") == [3600, None, None]


def test_geopackage(place: Place) -> None:
    out = place.export("gpkg", "run.gpkg")
    layers = {name: geopandas.read_file(out, layer=name) for name in geopandas.list_layers(out)["name"]}
    check_tables(layers["buildings"], layers["roads"], layers["shelters"])
    assert layers["buildings"].crs == "EPSG:6677"
    passport = {row["part"]: row["content"] for row in layers["passport"].to_dict("records")}
    assert json.loads(passport["city"])["fictional"] is True
    assert "run" in set(layers["attributions"]["layer"])


def test_parquet(place: Place) -> None:
    out = place.export("parquet", "run")
    check_tables(*(geopandas.read_parquet(out / f"{name}.parquet") for name in ("buildings", "roads", "shelters")))
    passport = json.loads((out / "passport.json").read_text())
    run = RunFolder(place.run).load()
    assert passport["run"]["scenario"] == run.scenario
    assert passport["run"]["versions"] == run.versions
    assert passport["run"]["outcomes"]["buildings_unknown"] == 2
    assert (passport["city"]["fingerprint"], passport["city"]["fictional"]) == (run.city_fingerprint, True)
    assert "made by hand" in {source["source"] for source in passport["sources"]}
    columns = pd.read_parquet(out / "columns.parquet")
    for name in ("buildings", "roads", "shelters", "sensors", "facilities"):
        told = set(columns[columns["layer"] == name]["column"])
        there = set(pd.read_parquet(out / f"{name}.parquet").columns)
        assert there - told <= {"attributes", "geometry"}, "every column is explained"
        assert told <= there


def test_csv(place: Place) -> None:
    out = place.export("csv", "run")
    check_tables(*(pd.read_csv(out / f"{name}.csv") for name in ("buildings", "roads", "shelters")))
    outcomes = pd.read_csv(out / "outcomes.csv", keep_default_na=False)
    ranks = outcomes[outcomes["outcome"] == "buildings_by_rank"].set_index("part")["value"].astype(float)
    assert (ranks["3"], ranks["2"], ranks["unknown"]) == (1, 1, 2)
    place.export("csv", "run")
    assert main(["export", str(place.run), "--format", "csv", "--out", str(place.town)]) == 2, "a city is no earlier export"
    assert (place.town / "city.toml").exists()


def test_cog(place: Place) -> None:
    out = place.export("cog", "run")
    with rasterio.open(out / "water_depth_peak.tif") as peak:
        assert np.array_equal(peak.read(1), EAST_UNKNOWN, equal_nan=True)
        assert np.isnan(peak.nodata)
        assert peak.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    shown = sorted(path.name for path in (out / "water_depth").iterdir())
    assert shown == [f"{moment:07d}_s.tif" for moment in (0, 1200, 2400, 3600)]
    with rasterio.open(out / "water_depth" / "0001200_s.tif") as step:
        assert np.array_equal(step.read(1)[0], [1.5, 0.5, 0, 0, *[np.nan] * 4], equal_nan=True)
    assert json.loads((out / "passport.json").read_text())["run"]["status"] == "done"


def test_netcdf(place: Place) -> None:
    out = place.export("netcdf", "run.nc")
    with xr.open_dataset(out) as told:
        assert told["time"].to_numpy()[1] == np.datetime64("2026-09-14T09:20:00")
        assert told["water_depth"].dims == ("time", "y", "x")
        assert np.array_equal(told["water_depth"].max("time"), EAST_UNKNOWN, equal_nan=True)
        assert told["water_depth"].attrs["standard_name"] == "flood_water_thickness"
        assert told["crs"].attrs["grid_mapping_name"] == "transverse_mercator"
        assert told["building"].to_numpy().tolist() == ["b0", "b1", "b2", "b3"]
        assert np.isposinf(told["building_arrival"].isel(time=0).to_numpy()[0])
        assert np.isnan(told["building_rank"].isel(time=-1).to_numpy()[2])
        assert told["road_open"].sel(group="car").isel(time=2).to_numpy()[0] == 0
        assert told["road_open"].attrs["flag_meanings"] == "closed open not_applicable"
        assert told["road_open"].attrs["flag_values"].tolist() == [0, 1, 254]
        assert abs(told["building_latitude"].to_numpy()[0] - 36) < 0.01
        assert told.attrs["fictional"] == "true"
        assert json.loads(told.attrs["passport"])["run"]["scenario"]["name"] == "rising water"
    with xr.open_dataset(out, decode_cf=False) as raw:
        assert raw["building_rank"].to_numpy()[-1].tolist() == [0, 0, 255, 255]


def test_the_file_says_what_the_states_say(place: Place) -> None:
    from geodata.package import open_city
    from twin.simulation import states_of

    run = RunFolder(place.run).load()
    out = place.export("netcdf", "run.nc")
    with xr.open_dataset(out, decode_cf=False) as told:
        for number, state in enumerate(states_of(run, open_city(place.town), Workspace.default().store())):
            for name in state.variables:
                assert told[name].dtype == state.field(name).dtype
                assert np.array_equal(
                    told[name].to_numpy()[number], state.field(name), equal_nan=state.field(name).dtype != np.uint8
                )


def test_only_shown_steps_go_out_but_peaks_are_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rare = RISING.replace("step: 20 min", "step: 20 min\noutput_interval: 1 h").replace(
        "start: 2026-09-14T18:00:00+09:00\n", ""
    )
    place = prepare(tmp_path, monkeypatch, rare)
    with xr.open_dataset(place.export("netcdf", "run.nc"), decode_times=False) as told:
        assert told["time"].to_numpy().tolist() == [0, 3600]
        assert told["time"].attrs["units"] == "s", "a timeless scenario has no dates"
        assert told["building_depth_peak"].to_numpy()[-1].tolist() == [3, 1, 0, 0]
    roads = pd.read_csv(place.export("csv", "run") / "roads.csv")
    assert by_id(roads, "road_depth_peak")[1] == 3
    assert by_id(roads, "car_course")[1] == "open 0-", "no shown step has it closed"
    buildings = pd.read_csv(place.home / "out" / "run" / "buildings.csv")
    assert by_id(buildings, "building_arrival_state") == ["known", "known", "never", "never"]
    assert by_id(buildings, "building_arrival") == [0, 1200, None, None]


def lose_fields(place: Place) -> Path:
    fields = Workspace(place.home / "home").path / "fields" / "fields"
    shutil.rmtree(fields)
    return fields


@pytest.mark.parametrize("kind", ["csv", "netcdf", "cog"])
def test_lost_fields_are_computed_again(place: Place, kind: str) -> None:
    whole = place.export(kind, "before")
    manifest = (place.run / "run.json").read_bytes()
    fields = lose_fields(place)
    again = place.export(kind, "after")
    assert (place.run / "run.json").read_bytes() == manifest, "the run stays as it was"
    assert any(fields.rglob("*"))
    if kind == "csv":
        assert (again / "buildings.csv").read_bytes() == (whole / "buildings.csv").read_bytes()
        assert (again / "roads.csv").read_bytes() == (whole / "roads.csv").read_bytes()


def test_a_damaged_field_is_computed_again(place: Place) -> None:
    fields = Workspace(place.home / "home").path / "fields" / "fields"
    for path in fields.glob("*/*"):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    buildings = pd.read_csv(place.export("csv", "run") / "buildings.csv")
    assert by_id(buildings, "building_depth_peak") == [3, 1, None, None]


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["export", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1, told.err
    return told.err


def test_numbers_that_cannot_be_had_again_are_not_replaced_by_others(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((place.run / "run.json").read_text())
    manifest["run"]["steps"][-1]["fields"]["water_depth"] = "0123456789abcdef0123456789abcdef"
    (place.run / "run.json").write_text(json.dumps(manifest))
    out = place.home / "out.csv"
    assert "this version of the program computes others" in refused(
        [str(place.run), "--format", "csv", "--out", str(out)], capsys
    )
    assert not out.exists()


def test_without_its_city_a_run_is_refused_until_the_city_is_found(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    moved = place.town.rename(place.home / "elsewhere")
    words = [str(place.run), "--format", "gpkg", "--out", str(place.home / "x.gpkg")]
    assert "is not at" in refused(words, capsys)
    place.export("gpkg", "found.gpkg", "--city", str(moved))
    write_package(small_town(), ImportReport(), place.town)
    assert "with the fingerprint" in refused(words, capsys)
    assert not (place.home / "x.gpkg").exists()


def test_what_a_run_cannot_be(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(place.home / "x")
    assert "A run cannot be written as cityjson" in refused([str(place.run), "--format", "cityjson", "--out", out], capsys)
    assert "--city goes with a run" in refused([str(place.town), "--format", "csv", "--out", out, "--city", "y"], capsys)
    (place.run / "run.json").write_text("{}")
    assert "is damaged" in refused([str(place.run), "--format", "csv", "--out", out], capsys)
    assert not Path(out).exists()


def test_what_was_computed_before_a_run_was_cancelled_can_be_exported(place: Place) -> None:
    manifest = json.loads((place.run / "run.json").read_text())
    manifest["run"] |= {"status": "cancelled", "steps": manifest["run"]["steps"][:2]}
    (place.run / "run.json").write_text(json.dumps(manifest))
    lose_fields(place)
    with xr.open_dataset(place.export("netcdf", "run.nc"), decode_times=False) as told:
        assert told["time"].to_numpy().tolist() == [0, 1200]
        assert "cancelled" in told.attrs["history"]


@given(st.lists(st.lists(st.sampled_from([0, 1, 254, 255]), min_size=3, max_size=3), min_size=1, max_size=12))
def test_courses_say_what_happened(steps: list[list[int]]) -> None:
    courses = Courses(3)
    for number, codes in enumerate(steps):
        courses.see(number * 10, np.array(codes, np.uint8))
    texts = courses.texts({0: "c", 1: "o", 254: "n", 255: "u"})
    first, until = courses.first(0), courses.until(0)
    for element in range(3):
        column = [codes[element] for codes in steps]
        unfolded = []
        for part in texts[element].split("; "):
            word, _, span = part.partition(" ")
            begin, _, end = span.partition("-")
            unfolded += [{"c": 0, "o": 1, "n": 254, "u": 255}[word]] * ((int(end or len(steps) * 10) - int(begin)) // 10)
        assert unfolded == column
        closed = [number * 10 for number, code in enumerate(column) if code == 0]
        assert np.array_equal(first[element], closed[0] if closed else np.nan, equal_nan=True)
        over = closed[-1] + 10 if closed and column[-1] != 0 else np.nan
        assert np.array_equal(until[element], over, equal_nan=True)
