"""The field store when processes die, wait for each other, or find the disk full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from twin.store import FolderStore

ROOT = Path(__file__).parents[2]


def field(seed: int, size: int = 1000) -> np.ndarray:
    return np.random.default_rng(seed).random(size, dtype=np.float32)  # does not compress much


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


WRITER = """
import sys, numpy as np
from twin.store import FolderStore
store = FolderStore(sys.argv[1], limit_bytes=3_000_000, memory_bytes=0)
rng = np.random.default_rng(int(sys.argv[2]))
print("ready", flush=True)
for n in range(1_000_000):
    store.put(f"k{sys.argv[2]}-{n}", {"a": rng.random(40_000), "b": rng.random(3)}, wall=0)
"""


def test_kill_9_while_writing_leaves_a_usable_store(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    writers = [python(WRITER, tmp_path, seed) for seed in (1, 2)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    time.sleep(0.3 + rng.random() * 0.3)
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    store = FolderStore(tmp_path, limit_bytes=3_000_000, memory_bytes=0)
    records = [store.find(path.name) for path in (tmp_path / "records").glob("*/*")]
    assert len(records) > 2, "nothing was written before the kill: the test shows nothing"
    assert None not in records, "a record is whole or absent"
    for path in (tmp_path / "fields").glob("*/*"):
        assert store.field(path.name).dtype == np.float64  # every field that is there is whole
    assert store.used_bytes <= 3_000_000 * (1 + 2 / 16)
    store.sweep(older_than=0)
    assert list((tmp_path / "partial").iterdir()) == []
    for n in range(20):
        store.put(f"after-{n}", {"a": rng.random(40_000)}, wall=0)
        assert store.used_bytes <= 3_000_000


def test_a_partial_file_in_use_is_not_swept(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    fresh, old = tmp_path / "partial" / "fresh", tmp_path / "partial" / "old"
    fresh.write_bytes(b"half")
    old.write_bytes(b"half")
    os.utime(old, (time.time() - 3600, time.time() - 3600))
    assert store.sweep() == 1
    assert (fresh.exists(), old.exists()) == (True, False)


HOLDER = """
import sys, time
from twin.store import FolderStore
with FolderStore(sys.argv[1]).flight("a0"):
    print("holding", flush=True)
    time.sleep(60)
"""


def test_the_flight_of_a_killed_process_does_not_block(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    holder = python(HOLDER, tmp_path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "holding\n"
    waited: list[int] = []
    threading.Timer(0.6, lambda: holder.send_signal(signal.SIGKILL)).start()
    with store.flight("a0", while_waiting=lambda: waited.append(1)):
        assert waited, "another process held the key"
    holder.communicate()


COMPUTER = """
import sys, time, numpy as np
from twin.store import FolderStore
store = FolderStore(sys.argv[1])
print("ready", flush=True)
with store.flight("a0"):
    if store.find("a0") is None:
        time.sleep(0.3)
        store.put("a0", {"f": np.ones(3)}, wall=0.3)
        print("computed", flush=True)
"""


def test_only_one_process_computes_a_key(tmp_path: Path) -> None:
    said = [process.communicate()[0] for process in [python(COMPUTER, tmp_path) for _ in range(3)]]
    assert sum("computed" in text for text in said) == 1
    assert all("ready" in text for text in said)


FULL = """
import resource, sys, numpy as np
from geodata.errors import CityTwinError
from twin.store import FolderStore
store = FolderStore(sys.argv[1])
kept = store.put("small", {"f": np.arange(10.0)}, wall=0)
if sys.argv[2] == "quota":
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    store.put("large", {"a": np.arange(5.0), "f": np.random.default_rng(0).random(300_000)}, wall=0)
except CityTwinError as error:
    print(error)
assert store.find("large") is None
assert not list((store.path / "partial").iterdir())
store.put("after", {"f": np.arange(20.0)}, wall=0)
assert FolderStore(sys.argv[1]).field(kept.fields["f"])[9] == 9
print("usable")
"""


def full_disk(path: Path, kind: str) -> list[str]:
    process = python(FULL, path, kind)
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out.splitlines()


def test_a_file_size_limit_is_one_clear_error(tmp_path: Path) -> None:
    first, last = full_disk(tmp_path / "store", "quota")
    assert first.startswith(f"The disk that holds {tmp_path / 'store'} is full (")
    assert first.endswith("bytes did not fit); free some room or choose another folder.")
    assert last == "usable"


def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("NO FULL DISK TO TEST ON: mounting a small tmpfs needs root; the file size limit above stands for it")
    try:
        first, last = full_disk(tmp_path / "store", "tmpfs")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert first.startswith("The disk that holds")
    assert last == "usable"
