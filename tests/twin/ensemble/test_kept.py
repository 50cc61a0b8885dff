"""Ensembles kept in a workspace: bands of figures and of differences, and nothing of an ensemble that is not this run's."""

from __future__ import annotations

import pytest

from twin.comparison import compared_figures, figures_of
from twin.ensemble.kept import KeptEnsemble, draws_of, keep, kept_of
from twin.ensemble.spec import EnsembleSpec
from twin.run import Run
from twin.workspace import Workspace


def run(name: str, **outcomes: object) -> Run:
    return Run(name, {}, "city", versions={"sources": "s"}, outcomes=outcomes)


def ensemble(draws: str = "d", **outcomes: tuple[float | None, ...]) -> KeptEnsemble:
    return KeptEnsemble(draws, "s", 3, 0, outcomes)


def test_an_ensemble_is_found_beside_the_run_of_its_question(tmp_path):
    workspace = Workspace(tmp_path)
    kept = ensemble(people_exposed=(1.0, None, 3.0))
    keep(kept, "one", workspace)
    assert kept_of(run("one"), workspace) == kept
    assert kept_of(run("other"), workspace) is None


def test_an_ensemble_of_another_program_or_a_damaged_one_gives_no_band(tmp_path):
    workspace = Workspace(tmp_path)
    file = keep(ensemble(), "one", workspace)
    assert kept_of(Run("one", {}, "city", versions={"sources": "later"}), workspace) is None
    file.write_text(file.read_text()[:-20])
    assert kept_of(run("one"), workspace) is None


def figure(name, runs, ensembles):
    return next(each for each in figures_of(runs, ensembles) if each.name == name)


def test_a_band_holds_the_members_and_what_is_unknown():
    runs = [run("one", people_exposed=10.0, people_unknown=5.0)]
    (band,) = figure("people_exposed", runs, [ensemble(people_exposed=(4.0, 10.0, 12.0))]).bands
    assert band.low == pytest.approx(4.6)
    assert (band.middle, band.high) == (10.0, 15.0)


def test_members_that_drew_the_same_are_compared_one_by_one():
    runs = [run("one", max_depth_m=2.0), run("other", max_depth_m=1.0)]
    first = ensemble(max_depth_m=(1.0, 2.0, 3.0))
    alike = ensemble(max_depth_m=(0.0, 1.0, 2.0))
    (_, change) = figure("max_depth_m", runs, [first, alike]).changes
    assert (change.low, change.middle, change.high) == (-1.0, -1.0, -1.0), "one metre less in every member"
    (_, change) = figure("max_depth_m", runs, [first, ensemble("other", max_depth_m=(0.0, 1.0, 2.0))]).changes
    assert change.low < -2.5
    assert change.high > 0.5


def test_damage_is_wrong_in_the_same_direction_in_both_runs():
    runs = [
        run("one", damage={"low": 50.0, "middle": 100.0, "high": 150.0}),
        run("other", damage={"low": 45.0, "middle": 90.0, "high": 135.0}),
    ]
    found = next(each for each in compared_figures(runs) if each.name == "damage/middle")
    assert (found.bands[0].low, found.bands[0].high) == (50.0, 150.0)
    assert (found.changes[1].low, found.changes[1].middle, found.changes[1].high) == (-15.0, -10.0, -5.0)


def test_minutes_left_have_an_upper_end():
    runs = [run("one", median_minutes_left=20.0, median_minutes_left_high=30.0)]
    (band,) = figure("median_minutes_left", runs, None).bands
    assert (band.low, band.high) == (20.0, 30.0)
    (band,) = figure("median_minutes_left", [run("one", median_minutes_left=20.0, median_minutes_left_high=None)], None).bands
    assert band is None, "not closed within the run: no end is known"


def test_what_is_drawn_does_not_hang_on_the_question():
    spec = {"scenario": "a.yaml", "members": 3, "uncertain": [{"what": "seed", "spread": {"kind": "choice", "values": [1]}}]}
    digests = [
        draws_of(EnsembleSpec.model_validate(spec | changed))
        for changed in ({}, {"scenario": "b.yaml"}, {"depths": [1.0]}, {"seed": 1}, {"members": 4})
    ]
    assert digests[0] == digests[1] == digests[2]
    assert len(set(digests)) == 3
