"""Runs side by side, checked on a town of four buildings."""

from __future__ import annotations

import json

import numpy as np
import pytest

from geodata.errors import InputError
from geodata.package import write_package
from geodata.report import ImportReport
from tests.twin.towns import small_town
from twin.command_line import main
from twin.comparison import (
    GAINS,
    LOSES,
    SAME,
    UNKNOWN,
    Gains,
    compared_figures,
    field_difference,
    first_differences,
    flattened,
    gains,
    in_a_sentence,
    require_comparable,
)
from twin.run import Run, RunFolder
from twin.scenario import load_scenario
from twin.simulation import simulate, states_of
from twin.store import FolderStore

CALM = "{name: calm, duration: 1 h, step: 30 min, water: {source: stage, levels: [{at: 0, value: 0.6}]}}"
HIGH = (
    "{name: high, duration: 1 h, step: 30 min, water: {source: stage, levels: [{at: 0, value: 0.6}, {at: 30 min, value: 5}]}}"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    home = tmp_path_factory.mktemp("compare")
    town = small_town()
    write_package(town, ImportReport(), home / "town")
    from geodata.package import open_city

    city = open_city(home / "town")
    store = FolderStore(home / "fields")
    runs = [
        simulate(city, load_scenario(text), store=store, folder=home / name, city_path=home / "town")
        for name, text in (("calm", CALM), ("high", HIGH))
    ]
    return home, city, store, runs


def test_differences_are_to_the_first_run(place):
    _, _, _, runs = place
    by_name = {figure.name: figure for figure in compared_figures(runs)}
    flooded = by_name["buildings_flooded"]
    assert flooded.differences[0] is None
    assert flooded.differences[1] == flooded.values[1] - flooded.values[0] > 0
    assert flooded.people is False
    assert by_name["people_exposed"].people is True


def test_what_is_unknown_widens_the_difference():
    runs = [
        Run("a", {}, "c", outcomes={"people_exposed": 10.0, "people_unknown": 5.0}),
        Run("b", {}, "c", outcomes={"people_exposed": 30.0, "people_unknown": 0.0}),
    ]
    figure = next(f for f in compared_figures(runs) if f.name == "people_exposed")
    band = figure.changes[1]
    assert (band.low, band.middle, band.high) == (15.0, 20.0, 20.0)


def test_unknown_is_no_difference():
    runs = [Run("a", {}, "c", outcomes={"clearance_s": None}), Run("b", {}, "c", outcomes={"clearance_s": 60.0})]
    assert compared_figures(runs)[0].differences == (None, None)


def test_runs_of_different_cities_are_refused():
    with pytest.raises(InputError, match="different cities"):
        require_comparable([Run("a", {}, "one"), Run("b", {}, "other")])
    with pytest.raises(InputError, match="two to 4"):
        require_comparable([Run("a", {}, "one")])


def test_fields_differ_from_the_moment_at_which_the_questions_do(place):
    _, _, _, runs = place
    found = first_differences(*runs)
    assert found["water_depth"] == 1800
    assert "building_official_rank" not in found
    assert first_differences(runs[0], runs[0]) == {}
    texts = [each.text for each in in_a_sentence(*runs, [])]
    assert "from 30 min on" in texts[-1]


def test_depth_differences_stay_unknown_where_one_is_unknown(place):
    _, city, store, runs = place
    calm, high = (list(states_of(run, city, store)) for run in runs)
    assert not field_difference(calm[0], high[0], "water_depth").any()
    later = field_difference(calm[-1], high[-1], "water_depth")
    known = ~np.isnan(calm[-1].field("water_depth")) & ~np.isnan(high[-1].field("water_depth"))
    assert np.array_equal(np.isnan(later), ~known)
    assert later[known].max() > 4


class _State:
    """What `gains` asks of a state, with times that a person can check."""

    def __init__(self, times):
        self.times = np.array([times] * 4, np.float64)

    def has(self, name):
        return True

    def field(self, variable):
        return self.times


@pytest.mark.parametrize(
    ("before", "after", "verdict", "minutes"),
    [
        (600.0, 1200.0, GAINS, 10.0),
        (1200.0, 600.0, LOSES, -10.0),
        (600.0, 630.0, SAME, 0.5),
        (-np.inf, 600.0, GAINS, np.inf),
        (np.inf, 600.0, LOSES, -np.inf),
        (np.inf, np.inf, SAME, 0.0),
        (np.nan, 600.0, UNKNOWN, np.nan),
    ],
)
def test_minutes_left_gained_and_lost(before, after, verdict, minutes):
    found = gains(_State([before]), _State([after]))
    assert found.verdict[0] == verdict
    assert found.minutes[0] == minutes or (np.isnan(minutes) and np.isnan(found.minutes[0]))


def test_a_shorter_way_is_a_gain():
    assert gains(_State([1200.0]), _State([600.0]), what="travel_time").verdict[0] == GAINS


def test_people_are_counted_where_their_number_is_known():
    found = Gains(
        "time_left", "walker", np.array([GAINS, GAINS, LOSES, UNKNOWN], np.uint8), np.array([5.0, 15.0, -3.0, np.nan])
    )
    people = found.people(np.array([10.0, 1.0, np.nan, 4.0]))
    assert people == {"gain": 11.0, "lose": 0.0, "same": 0.0, "unknown": 4.0}
    assert found.typical(np.array([10.0, 1.0, np.nan, 4.0]), GAINS) == 5.0
    assert found.typical(np.array([10.0, 1.0, np.nan, 4.0]), LOSES) is None


def test_flattened_names_parts():
    assert flattened({"a": {"b": 1.0}}) == {"a/b": 1.0}


def test_the_command_compares(place, capsys, monkeypatch):
    home, _, _, _ = place
    monkeypatch.setenv("CITY_TWIN_HOME", str(home))
    assert main(["compare", str(home / "calm"), str(home / "high"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcomes"]["buildings_flooded"]["differences"][1] > 0
    assert told["differs"][0]["fields"]["water_depth"] == 1800
    assert {each["group"] for each in told["minutes"]} == {"walker", "careful_walker", "car", "large_vehicle"}
    assert main(["compare", str(home / "calm"), str(home / "high")]) == 0
    assert "buildings_flooded" in capsys.readouterr().out
    assert main(["compare", str(home / "calm")]) == 2


def test_the_command_tells_the_passport_and_the_same_numbers_come_out_again(place, capsys, monkeypatch):
    home, _, _, runs = place
    monkeypatch.setenv("CITY_TWIN_HOME", str(home))
    assert main(["passport", str(home / "high"), "--json", "--again"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"]["scenario"] == runs[1].scenario
    assert told["city"]["fingerprint"] == runs[1].city_fingerprint
    assert told["reproduced"]["same"] is True
    assert told["environment"]["numpy"] == np.__version__
    assert any("still" in sentence for sentence in told["assumptions"])
    assert main(["passport", str(home / "high")]) == 0
    assert "assumed:" in capsys.readouterr().out


def test_a_passport_shows_when_numbers_do_not_come_out_again(place, capsys, monkeypatch):
    home, _, _, runs = place
    folder = RunFolder(home / "high")
    from dataclasses import replace

    first = replace(runs[1].steps[-1], fields={**runs[1].steps[-1].fields, "water_depth": "0" * 40})
    forged = replace(runs[1], steps=(*runs[1].steps[:-1], first))
    other = RunFolder(home / "forged")
    other.save(forged)
    assert main(["passport", str(home / "forged"), "--json", "--again"]) == 0
    assert json.loads(capsys.readouterr().out)["reproduced"] == {
        "same": False, "differing": {"water_depth": runs[1].steps[-1].end}, "changed": {},
    }  # fmt: skip
    assert folder.load() == runs[1]
