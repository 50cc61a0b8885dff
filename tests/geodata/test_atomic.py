from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from geodata import atomic
from geodata.atomic import atomic_file, atomic_folder
from geodata.errors import InputError


def _ours(folder: Path) -> bool:
    return (folder / "mark").exists()


def _fail(word: str) -> None:
    raise RuntimeError(word)


def _write_and_fail(path: Path) -> None:
    with atomic_file(path) as file:
        file.write_text("tw")
        _fail("midway")


def _make(path: Path, text: str, then: Callable[[], None] = lambda: None) -> None:
    with atomic_folder(path, may_replace=_ours, kind="thing") as folder:
        (folder / "mark").write_text(text)
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text(text)
        then()


def test_a_folder_appears_whole_and_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "town"
    _make(target, "one")
    _make(target, "two")
    assert (target / "deep" / "file").read_text() == "two"
    assert [path.name for path in target.parent.iterdir()] == ["town"]


def test_a_failure_leaves_the_old_folder_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "town"
    _make(target, "one")
    with pytest.raises(RuntimeError, match="midway"):
        _make(target, "two", then=lambda: _fail("midway"))
    assert (target / "mark").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_a_foreign_folder_is_never_replaced(tmp_path: Path) -> None:
    target = tmp_path / "photos"
    target.mkdir()
    (target / "cat.jpg").write_text("meow")
    with pytest.raises(InputError, match="is not a thing"):
        _make(target, "one")
    assert (target / "cat.jpg").read_text() == "meow"
    with pytest.raises(InputError, match="is a file"):
        _make(target / "cat.jpg", "one")


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    _make(tmp_path / "town", "one")
    assert (tmp_path / "town" / "mark").read_text() == "one"


def test_what_turns_up_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "town"

    def someone_else() -> None:
        target.mkdir()
        (target / "cat.jpg").write_text("meow")

    with pytest.raises(InputError, match="not replaced"):
        _make(target, "one", then=someone_else)
    assert [path.name for path in target.iterdir()] == ["cat.jpg"]


def test_without_renameat2_two_renames_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "town"
    _make(target, "one")
    monkeypatch.setattr(atomic.ctypes, "CDLL", lambda *_, **__: object())
    _make(target, "two")
    assert (target / "mark").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_a_file_appears_whole_or_not(tmp_path: Path) -> None:
    target = tmp_path / "a" / "figures.csv"
    with atomic_file(target) as file:
        assert file.suffix == ".csv"
        file.write_text("one")
    with pytest.raises(RuntimeError, match="midway"):
        _write_and_fail(target)
    assert target.read_text() == "one"
    assert [path.name for path in target.parent.iterdir()] == ["figures.csv"]
    with pytest.raises(InputError, match="is a folder"), atomic_file(tmp_path):
        pass
