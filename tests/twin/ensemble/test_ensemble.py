"""Ensembles: drawing, counting, and a real one on workers with members that fail."""

from __future__ import annotations

import json

import geopandas
import numpy as np
import pytest

from geodata.errors import InputError
from geodata.package import write_package
from geodata.report import ImportReport
from tests.twin.towns import small_town
from twin.command_line import main
from twin.ensemble.sampling import draws, members_of
from twin.ensemble.spec import EnsembleSpec, load_spec
from twin.ensemble.summary import Likelihood, bands
from twin.flood.storm import hyetograph
from twin.scenario import load_scenario

BASE = """
name: uncertain stage
duration: 20 min
step: 10 min
water: {source: stage, levels: [{at: 0, value: 1.5}, {at: 10 min, value: 2.5}]}
measures: [{kind: road_closure, roads: [r0], start: 5 min}]
"""


def spec(**changes):
    values = {
        "scenario": "base.yaml", "members": 40, "seed": 3,
        "uncertain": [{"what": "water.levels", "act": "shift", "spread": {"kind": "uniform", "low": -1.0, "high": 1.0}}],
    }  # fmt: skip
    return EnsembleSpec.model_validate(values | changes)


def test_the_same_seed_draws_the_same_members_and_another_others():
    assert np.array_equal(draws(spec()), draws(spec()))
    assert not np.array_equal(draws(spec()), draws(spec(seed=4)))


def test_members_cover_the_range_evenly():
    found = np.sort(draws(spec())[:, 0])
    # one member in each fortieth of the range: what a Latin hypercube promises
    assert np.array_equal(np.floor((found + 1.0) / 2.0 * 40), np.arange(40))


def test_a_curve_is_shifted_whole_and_a_time_is_a_number():
    uncertain = [
        {"what": "water.levels", "act": "scale", "spread": {"kind": "choice", "values": [2.0]}},
        {"what": "measures.0.start", "spread": {"kind": "triangular", "low": 60, "mode": 120, "high": 600}},
        {"what": "mobility.walking_speed", "spread": {"kind": "normal", "mean": 1.0, "deviation": 0.05}},
    ]
    member = members_of(spec(uncertain=uncertain, members=2), load_scenario(BASE))[0]
    assert [point.value for point in member.water.levels] == [3.0, 5.0]
    assert 60 <= member.measures[0].start <= 600
    assert 0.8 <= member.mobility.walking_speed <= 1.2


def test_the_size_of_a_storm_is_uncertain_and_its_name_is_not():
    rain = "{storm: {return_period: 100, depths: [{duration: 1 h, depth: 80}]}}"
    storm = load_scenario(f"{{name: s, duration: 1 h, water: {{source: engine, rain: {rain}}}}}")
    grown = [{"what": "water.rain.storm.factor", "spread": {"kind": "choice", "values": [1.25]}}]
    member = members_of(spec(uncertain=grown, members=2), storm)[0]
    assert hyetograph(member.water.rain).integral(0, 3600) == pytest.approx(0.1)
    called = [{"what": "water.rain.storm.return_period", "spread": {"kind": "choice", "values": [50.0]}}]
    with pytest.raises(InputError, match=r"only names the storm, its depths stay; let water\.rain\.storm\.factor vary"):
        members_of(spec(uncertain=called), storm)


@pytest.mark.parametrize(
    ("what", "words"), [("water.rain.rate", "has nothing at"), ("measures.7.start", "has nothing at"), ("name", "is no number")]
)
def test_places_that_are_not_there_are_named(what, words):
    uncertain = [{"what": what, "spread": {"kind": "uniform", "low": 0, "high": 1}}]
    with pytest.raises(InputError, match=words):
        members_of(spec(uncertain=uncertain), load_scenario(BASE))


def test_values_that_a_scenario_may_not_have_are_named():
    uncertain = [{"what": "mobility.walking_speed", "spread": {"kind": "uniform", "low": -2, "high": -1}}]
    with pytest.raises(InputError, match="Member 1 is no valid scenario"):
        members_of(spec(uncertain=uncertain), load_scenario(BASE))


def test_likelihood_counts_unknown_apart():
    seen = Likelihood(3, (0.5,))
    for peak in ([1.0, 0.0, np.nan], [1.0, 0.6, np.nan]):
        seen.see(np.array(peak, np.float32))
    assert seen.least().tolist() == [[1.0, 0.5, 0.0]]
    assert seen.most().tolist() == [[1.0, 0.5, 1.0]]


def test_bands_tell_how_many_do_not_know():
    assert bands([{"a": {"b": 1.0}}, {"a": {"b": None}}, {"a": {"b": 3.0}}])["a/b"]["unknown"] == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("members: 3", "Field required"),
        ("{", "not valid YAML"),
        ("scenario: x\nmembers: 1\nuncertain: []", "greater than or equal"),
    ],
)
def test_faulty_specifications(tmp_path, text, words):
    (tmp_path / "spec.yaml").write_text(text)
    with pytest.raises(InputError, match=words):
        load_spec(tmp_path / "spec.yaml")


ENGINE = """
name: leaking main
duration: 10 min
step: 5 min
water:
  source: engine
  inflows: [{at: [139.8333, 36.0], radius: 15, discharge: [{at: 0, value: 0.5}]}]
"""


@pytest.mark.slow
def test_members_run_on_workers_and_those_that_fail_are_reported(tmp_path, monkeypatch, capsys):
    town = small_town()
    longitude, latitude = town.grid.to_wgs84.transform(35.0, 20.0)
    write_package(town, ImportReport(), tmp_path / "town")
    (tmp_path / "base.yaml").write_text(ENGINE.replace("139.8333, 36.0", f"{longitude}, {latitude}"))
    (tmp_path / "spec.yaml").write_text(
        "scenario: base.yaml\nmembers: 4\ndepths: [0.05]\nuncertain:\n"
        "  - {what: water.inflows.0.discharge, act: scale, spread: {kind: uniform, low: 0.5, high: 2.0}}\n"
        # two of four members have their main far outside the city: they cannot be answered
        "  - {what: water.inflows.0.at.0, act: shift, spread: {kind: choice, values: [0.0, 5.0]}}\n"
    )
    monkeypatch.setenv("CITY_TWIN_HOME", str(tmp_path / "home"))
    command = ["ensemble", str(tmp_path / "town"), str(tmp_path / "spec.yaml"), "--json", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["done"] == 2
    assert len(told["failed"]) == 2
    assert all("outside" in each["why"] for each in told["failed"])
    assert told["outcomes"]["max_depth_m"]["low"] < told["outcomes"]["max_depth_m"]["high"]
    (file,) = (tmp_path / "home" / "ensembles").iterdir()
    kept = json.loads(file.read_text())["ensemble"]
    assert (kept["members"], kept["failed"]) == (4, 2)
    assert sum(value is None for value in kept["outcomes"]["max_depth_m"]) == 2, "members that failed count in nothing"
    frame = geopandas.read_parquet(tmp_path / "out" / "buildings.parquet")
    assert frame["deeper_than_0.05_m"].between(0, 1).all()
    assert main(["ensemble", str(tmp_path / "town"), str(tmp_path / "spec.yaml"), "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "does not answer" in capsys.readouterr().err
