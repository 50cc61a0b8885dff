"""A run's manifest is whole at every moment, pins its fields, and says clearly when it cannot be read."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from twin.question import Note, note
from twin.run import Run, RunFolder, RunStep
from twin.store import FolderStore

RUN = Run(
    "high-river",
    {"name": "高い川", "duration": 3600, "water": {"levels": [[0, 1.5]]}},
    "3f09",
    city_path="/cities/kawabe",
    steps=(
        RunStep(0, 600, {"hazard": "a0"}, {"water_depth": "d0"}, ("hazard",)),
        RunStep(600, 1200, {"hazard": "a1"}, {"water_depth": "d1"}),
    ),
    versions={"hazard": "1"},
    outcomes={"buildings_flooded": 3, "depth": 0.1, "unknown": None},
    notes=(note("{city} has no hazard map in {share} % of it.", city="Kawabe", share=50),),
    wall=1.25,
)


def test_a_run_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.save(RUN)
    assert RunFolder(tmp_path / "run").load() == RUN
    assert (RUN.hooks_computed, RUN.hooks_reused) == (1, 1)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]


def test_the_notes_of_a_manifest_of_an_earlier_version_are_read_as_sentences(tmp_path: Path) -> None:
    RunFolder(tmp_path).save(RUN)
    manifest = tmp_path / "run.json"
    written = json.loads(manifest.read_text())
    written["version"], written["run"]["notes"] = 1, ["Give water: {source: engine, …}."]
    manifest.write_text(json.dumps(written))
    (read,) = RunFolder(tmp_path).load().notes
    assert read == Note("Give water: {source: engine, …}.", {})
    assert read.text == "Give water: {source: engine, …}."


def test_each_step_is_on_disk_before_the_next(tmp_path: Path) -> None:
    folder, run = RunFolder(tmp_path / "run"), replace(RUN, steps=())
    folder.save(run)
    for step in RUN.steps:
        run = run.extended(step, wall=2.0)
        folder.save(run)
        assert RunFolder(tmp_path / "run").load().steps[-1] == step


def test_a_long_run_does_not_wait_for_its_manifest(tmp_path: Path) -> None:
    run = replace(RUN, steps=RUN.steps * 5000)
    folder = RunFolder(tmp_path / "run")
    assert folder.save_soon(run)
    assert not folder.save_soon(replace(run, status="done")), "the last writing is just over"
    assert RunFolder(tmp_path / "run").load().status == "running"
    deadline = time.monotonic() + 60
    while not folder.catch_up():
        assert time.monotonic() < deadline, "the time of the next writing never came"
        time.sleep(0.05)
    assert RunFolder(tmp_path / "run").load().status == "done", "what was put off is written in the midst of the next step"
    assert not folder.catch_up(), "nothing is behind"


def test_the_fields_of_a_saved_run_stay(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store", limit_bytes=30_000, memory_bytes=0)
    rng = np.random.default_rng(0)
    digest = store.put("a0", {"depth": rng.random(1000)}, wall=0).fields["depth"]
    folder = RunFolder(tmp_path / "run", store=store)
    folder.save(replace(RUN, steps=(RunStep(0, 600, {"hazard": "a0"}, {"depth": digest}),)))
    for n in range(10):
        store.put(f"b{n}", {"depth": rng.random(1000)}, wall=0)
    assert store.has(digest)
    folder.delete()
    assert not (tmp_path / "run").exists()
    for n in range(10):
        store.put(f"c{n}", {"depth": rng.random(1000)}, wall=0)
    assert not store.has(digest)


def test_runs_deleted_by_hand_let_go_of_their_fields(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.pin("something else", [])
    for name in ("消えた", "kept"):
        RunFolder(tmp_path / name, store=store).save(replace(RUN, steps=()))
    (tmp_path / "消えた" / "run.json").unlink()
    assert RunFolder.release_deleted(store) == 1
    assert store.pins() == (RunFolder(tmp_path / "kept").pin_name, "something else")


def test_runs_are_listed_latest_first_and_foreign_ones_passed_over(tmp_path: Path) -> None:
    for day, name in enumerate(["a", "b"], start=1):
        RunFolder(tmp_path / name).save(replace(RUN, id=name, created=RUN.created.replace(year=2000 + day)))
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "run.json").write_text('{"name": "something else"}')
    assert [run.id for run in RunFolder.list(tmp_path)] == ["b", "a"]
    assert RunFolder.list(tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "holds no run that can be read"),
        ("", "is damaged or was not made by this program"),
        ("{}", "is damaged or was not made by this program .format: "),
        ('{"format": "city-twin-run", "version": 1, "run": {"id": 3}}', "is damaged or was not made by this program .run.id"),
        ('{"format": "city-twin-run", "version": 99, "run": {"all": "new"}}', "saved by a later version"),
        ("[" * 100_000, "is damaged or was not made by this program"),
    ],
)
def test_a_damaged_or_foreign_manifest(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match=message):
        RunFolder(tmp_path).load()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.data())
def test_a_truncated_manifest_is_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    RunFolder(tmp_path / "run").save(RUN)
    manifest = tmp_path / "run" / "run.json"
    content = manifest.read_bytes()
    json.loads(content)
    manifest.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(InputError, match="is damaged"):
        RunFolder(tmp_path / "run").load()


def test_a_run_does_not_move_into_someone_elses_folder(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text("name = 'Kawabe'")
    with pytest.raises(InputError, match="exists and is not a run"):
        RunFolder(tmp_path).save(RUN)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="exists and is not a run"):
        RunFolder(tmp_path / "file").save(RUN)
    assert not (tmp_path / "run.json").exists()
