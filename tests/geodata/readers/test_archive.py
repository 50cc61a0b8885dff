"""Zip archives: ordinary ones open, dangerous and damaged ones are refused in one sentence and leave nothing behind."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from geodata.errors import InputError
from geodata.readers.archive import ArchiveLimits, extract_archive, is_archive, opened_archive


def make_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_an_ordinary_archive_is_unpacked_and_removed_again(tmp_path):
    path = make_zip(tmp_path / "town.zip", {"town/a.txt": b"one", "town/b.txt": b"two"})
    assert is_archive(path)
    with opened_archive(path) as folder:
        kept = folder
        assert (folder / "town" / "a.txt").read_bytes() == b"one"
    assert not kept.exists()


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "C:\\evil.txt", "..\\evil.txt"])
def test_a_path_that_climbs_out_is_refused(tmp_path, name):
    path = make_zip(tmp_path / "evil.zip", {"good.txt": b"good", name: b"bad"})
    target = tmp_path / "out" / "deeper"
    target.mkdir(parents=True)
    with pytest.raises(InputError, match="not opened"):
        extract_archive(path, target)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_a_symbolic_link_is_refused(tmp_path):
    path = tmp_path / "link.zip"
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(InputError, match="no plain file"):
        extract_archive(path, tmp_path / "out")


def test_a_bomb_is_refused_by_its_ratio(tmp_path):
    path = make_zip(tmp_path / "bomb.zip", {"zeros.bin": bytes(60 * 1024**2)})
    with pytest.raises(InputError, match="zip bomb"):
        extract_archive(path, tmp_path / "out")
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_a_bomb_is_refused_by_its_size_and_by_its_number_of_files(tmp_path):
    path = make_zip(tmp_path / "many.zip", {f"{number}.txt": b"x" * 100 for number in range(20)})
    with pytest.raises(InputError, match="20 files, more than 10"):
        extract_archive(path, tmp_path / "out", limits=ArchiveLimits(entries=10))
    with pytest.raises(InputError, match="2000 bytes, more than 1000"):
        extract_archive(path, tmp_path / "out", limits=ArchiveLimits(bytes_total=1000))


def test_a_damaged_a_missing_and_an_empty_archive_say_so(tmp_path):
    path = make_zip(tmp_path / "town.zip", {"a.txt": bytes(range(256)) * 50})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="damaged"):
        extract_archive(path, tmp_path / "out")
    with pytest.raises(InputError, match="does not exist"):
        extract_archive(tmp_path / "none.zip", tmp_path / "out")
    broken = make_zip(tmp_path / "broken.zip", {"a.txt": b"hello hello hello hello" * 40})
    data = bytearray(broken.read_bytes())
    data[45] ^= 0xFF  # within the packed bytes
    broken.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        extract_archive(broken, tmp_path / "out")


def test_japanese_names_and_backslashes_are_read_as_meant(tmp_path):
    path = tmp_path / "A31.zip"
    raw = "20_想定最大規模\\A31b-20.txt".encode("cp932")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("PLACEHOLDERPLACEHOLDER"[: len(raw)].ljust(len(raw), "P"), b"x")
    name = "PLACEHOLDERPLACEHOLDER"[: len(raw)].ljust(len(raw), "P").encode()
    path.write_bytes(path.read_bytes().replace(name, raw))
    with opened_archive(path) as folder:
        assert [str(file.relative_to(folder)) for file in folder.rglob("*.txt")] == ["20_想定最大規模/A31b-20.txt"]
