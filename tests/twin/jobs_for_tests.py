"""Work for workers in tests: importable there as ``tests.twin.jobs_for_tests``."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from geodata.errors import InputError
from twin.store import FolderStore
from twin.work import Reporter


def count(payload: Mapping[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Step ``steps`` times, each found in the store or computed; notes where and when it ran."""
    store = FolderStore(payload["store"])
    state, computed = np.full(100, payload["seed"], np.float64), 0
    for step in range(payload["steps"]):
        with Path(payload["diary"]).open("a") as diary:
            diary.write(f"{payload['seed']} {os.getpid()} {step} {time.time()}\n")
        key = f"count-{payload['seed']}-{step}"
        with store.flight(key):
            record = store.find(key)
            if record is None:
                time.sleep(payload["seconds"])
                record = store.put(key, {"state": np.sin(state * 1.7 + step)}, wall=payload["seconds"])
                computed += 1
            state = store.field(record.fields["state"])
        reporter(step + 1, payload["steps"], "step {done} of {total}", done=step + 1, total=payload["steps"])
    return {"digest": record.fields["state"], "computed": computed}


def refuse(payload: Mapping[str, Any], reporter: Reporter) -> None:
    raise InputError("{city} has no roads; import some.", city=payload["city"])


def stumble(payload: Mapping[str, Any], reporter: Reporter) -> float:
    return 1 / payload["zero"]


def give_an_array(payload: Mapping[str, Any], reporter: Reporter) -> Any:
    return np.zeros(3)


def die(payload: Mapping[str, Any], reporter: Reporter) -> None:
    os.kill(os.getpid(), 9)


def hog(payload: Mapping[str, Any], reporter: Reporter) -> int:
    """Keep the interpreter busy without ever letting go of its lock for long, as a bad kernel would."""
    until, rounds = time.time() + payload["seconds"], 0
    while time.time() < until:
        rounds += sum(range(10_000)) > 0
    return rounds
