"""``city-twin simulate`` as scripts rely on it: one JSON object, nothing computed twice, one sentence for what cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geodata.package import write_package
from geodata.report import ImportReport
from tests.twin.towns import small_town
from twin.command_line import main
from twin.run import RunFolder

GOOD = """
name: rising water
duration: 1 h
step: 20 min
water:
  source: hazard_map
  curve: [{at: 0, value: 0}, {at: 40 min, value: 1}, {at: 1 h, value: 0.5}]
"""
CONTRACT = {
    "buildings_flooded": int, "buildings_unknown": int, "buildings_by_rank": dict, "people_exposed": float,
    "roads_closed_m": float, "shelters_unusable": int, "steps_computed": int, "steps_reused": int, "wall_s": float,
}  # fmt: skip
HALF = np.tile(np.array([3, 2, 1, 0, np.nan, np.nan, np.nan, np.nan], np.float32), (4, 1))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "town"
    write_package(small_town(), ImportReport(), path)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CITY_TWIN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def written(folder: Path, text: str = GOOD) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def simulated(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["simulate", *map(str, words), "--json"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    result = json.loads(told.out)
    assert isinstance(result, dict)
    assert len(told.out.strip().splitlines()) == 1
    return result


def test_the_json_contract(town: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = simulated(capsys, town, written(tmp_path), "--out", tmp_path / "run")
    for name, kind in CONTRACT.items():
        assert isinstance(result[name], kind), name
    # 3 m at the first house with 2 people, 1 m at the second with 3, nothing at the others
    assert result["buildings_flooded"] == 2
    assert result["buildings_unknown"] == 0
    assert result["buildings_by_rank"] == {"0": 2, "1": 0, "2": 1, "3": 1, "4": 0, "5": 0, "6": 0, "unknown": 0}
    assert result["people_exposed"] == 5
    # r0 (30 m) is closed; the bridge stands above the water; the tunnel r1 in the east stays dry
    assert result["roads_closed_m"] == 30
    assert result["shelters_unusable"] == 2
    assert (result["steps_computed"], result["steps_reused"]) == (4, 0)
    assert result["out"] == str(tmp_path / "run")
    assert RunFolder(tmp_path / "run").load().outcomes["buildings_flooded"] == 2


def test_the_second_time_computes_nothing(town: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = simulated(capsys, town, written(tmp_path))
    again = simulated(capsys, town, written(tmp_path))
    assert first["steps_computed"] == again["steps_reused"] == 4
    assert (again["steps_computed"], again["hook_steps_computed"]) == (0, 0)
    assert again["out"] == first["out"], "the same question has the same place"
    assert Path(first["out"]).parent == home / "runs"
    differing = {"steps_computed", "steps_reused", "hook_steps_computed", "hook_steps_reused", "wall_s"}
    assert {k: v for k, v in first.items() if k not in differing} == {k: v for k, v in again.items() if k not in differing}


def test_damaged_fields_are_computed_again_and_never_served(
    town: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = simulated(capsys, town, written(tmp_path))
    numbers = [step.fields for step in RunFolder(Path(first["out"])).load().steps]
    for path in (home / "fields" / "fields").glob("*/*"):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    longer = written(tmp_path, GOOD.replace("duration: 1 h", "duration: 80 min"))
    again = simulated(capsys, town, longer)
    assert [step.fields for step in RunFolder(Path(again["out"])).load().steps][:4] == numbers
    assert again["buildings_by_rank"] == first["buildings_by_rank"]


def test_a_map_of_half_the_city_leaves_the_rest_unknown(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_package(small_town(hazard_high=HALF), ImportReport(), tmp_path / "town")
    result = simulated(capsys, tmp_path / "town", written(tmp_path))
    assert result["buildings_unknown"] == 2
    assert result["buildings_by_rank"] == {"0": 0, "1": 0, "2": 1, "3": 1, "4": 0, "5": 0, "6": 0, "unknown": 2}
    assert result["people_unknown"] == 4, "of the two houses in the east, one says how many live there"
    assert result["roads_unknown_m"] == 40
    assert result["shelters_unknown"] == 1


def test_for_people(town: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(town), str(written(tmp_path))]) == 0
    out = capsys.readouterr().out
    assert "2  buildings flooded" in out
    assert "4 steps (4 computed, 0 reused)" in out


def _text(text: str) -> Callable[[Path], Path]:
    return lambda folder: written(folder, text)


def _folder(folder: Path) -> Path:
    (folder / "scenario.yaml").mkdir()
    return folder / "scenario.yaml"


def _binary(folder: Path) -> Path:
    (folder / "scenario.yaml").write_bytes(b"\xff\xfe\x00\x01")
    return folder / "scenario.yaml"


BOMB = 'a: &a ["lol","lol","lol","lol"]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nname: *c\nduration: 1 h\n'
CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "an unknown key": (_text(GOOD + "colour: red\n"), "colour"),
    "an unknown key inside": (_text(GOOD.replace("source:", "depth: 3\n  source:")), "depth"),
    "an unknown source": (_text(GOOD.replace("hazard_map", "tea")), "tea"),
    "two faults at once": (_text("name: x\nduration: soon\nseed: -1\n"), "2 faults"),
    "no duration": (_text("name: x\n"), "duration"),
    "a negative duration": (_text(GOOD.replace("duration: 1 h", "duration: -5")), "duration"),
    "more than a month": (_text(GOOD.replace("duration: 1 h", "duration: 40 d")), "duration"),
    "no step": (_text(GOOD.replace("step: 20 min", "step: 0")), "step is 0 s"),
    "too many steps": (_text(GOOD.replace("20 min", "1 s").replace("1 h", "2 d")), "more than 20000 steps"),
    "a start without an offset": (_text(GOOD + "start: 2026-09-14T18:00:00\n"), "start"),
    "times that do not rise": (_text(GOOD.replace("40 min", "2 h")), "do not rise"),
    "a share above one": (_text(GOOD.replace("value: 1}", "value: 1.5}")), "outside 0 to 1"),
    "a measure that ends before it starts": (
        _text(GOOD + "measures: [{kind: road_closure, roads: [r0], start: 30 min, end: 10 min}]\n"),
        "not after its start",
    ),
    "a measure after the end": (_text(GOOD + "measures: [{kind: road_closure, roads: [r0], start: 2 h}]\n"), "after the end"),
    "an unknown road": (_text(GOOD + "measures: [{kind: road_closure, roads: [r0, nowhere street]}]\n"), "nowhere street"),
    "an unknown road that is closed late": (
        _text(GOOD + "measures: [{kind: road_closure, roads: [elsewhere], start: 50 min}]\n"),
        "elsewhere",
    ),
    "an unknown shelter": (_text(GOOD + "measures: [{kind: shelter_closed, shelters: [s9]}]\n"), "s9"),
    "an unknown map": (_text(GOOD.replace("source:", "map: tsunami-l2\n  source:")), "tsunami-l2"),
    "no map of that hazard": (_text(GOOD.replace("source:", "hazard: tsunami\n  source:")), "no official flood map"),
    "a level that the city does not know": (
        _text("name: x\nduration: 1 h\nwater: {source: stage, above: river, levels: [{at: 0, value: 1}]}\n"),
        "river level",
    ),
    "no YAML": (_text("name: [unclosed\n  : ]["), "not valid YAML"),
    "a picture": (_binary, "cannot be read"),
    "a list": (_text("- name\n- duration\n"), "holds no settings"),
    "an empty file": (_text(""), "holds no settings"),
    "a key twice": (_text(GOOD + "name: another\n"), "given twice"),
    "a key that is a list": (_text("? [name]\n: x\n"), "not valid YAML"),
    "a number as key": (_text("1: x\nname: y\nduration: 1 h\n"), "1"),
    "an alias bomb": (_text(BOMB), "aliases are not allowed"),
    "a deep nest": (_text("name: " + "[" * 5000), "not valid YAML"),
    "a program": (_text("name: !!python/object/apply:os.system ['true']\nduration: 1 h\n"), "not valid YAML"),
    "a folder": (_folder, "cannot be read"),
    "no file": (lambda folder: folder / "nowhere.yaml", "cannot be read"),
    "a file that is too large": (_text("#" * 5_000_001), "larger than"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_scenario_that_cannot_be(
    case: str, town: Path, home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make, words = CASES[case]
    status = main(["simulate", str(town), str(make(tmp_path)), "--out", str(tmp_path / "run"), "--json"])
    told = capfd.readouterr()
    assert status == 2, told
    assert told.out == ""
    lines = told.err.strip().splitlines()
    assert len(lines) == 1, told.err
    assert words in lines[0], lines[0]
    assert lines[0].endswith(".")
    assert "Traceback" not in lines[0]
    assert not (tmp_path / "run").exists()
    kept = [path for name in ("fields/fields", "fields/records", "fields/pins", "runs") for path in (home / name).rglob("*")]
    assert kept == []


def test_a_city_without_any_map(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dataclasses import replace

    write_package(replace(small_town(), hazard_maps={}), ImportReport(), tmp_path / "town")
    assert main(["simulate", str(tmp_path / "town"), str(written(tmp_path)), "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "has no official flood map; import one with --hazard" in told.err
    assert not (home / "runs").exists()


def test_no_city(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(tmp_path / "nowhere"), str(written(tmp_path))]) == 2
    assert "does not exist" in capsys.readouterr().err
    assert not home.exists(), "nothing written"


def test_a_folder_that_is_no_run_is_not_touched(
    town: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.jpg").write_text("meow")
    for out in (photos, town, photos / "cat.jpg"):
        before = sorted(path.name for path in out.iterdir()) if out.is_dir() else out.read_bytes()
        assert main(["simulate", str(town), str(written(tmp_path)), "--out", str(out)]) == 2
        told = capsys.readouterr()
        assert "exists and is not a run" in told.err
        assert len(told.err.strip().splitlines()) == 1
        assert (sorted(path.name for path in out.iterdir()) if out.is_dir() else out.read_bytes()) == before
    assert not list((home / "fields" / "records").rglob("*")), "nothing was computed in vain"
    run = tmp_path / "run"
    for _ in range(2):
        assert main(["simulate", str(town), str(written(tmp_path)), "--out", str(run)]) == 0, "a run of ours is replaced"
