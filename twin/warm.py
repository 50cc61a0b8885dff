"""Gets a worker ready before anybody waits for it: kernels are compiled, or loaded from the cache of an earlier start."""

from __future__ import annotations

import platformdirs
from filelock import FileLock

from twin.flood import engine
from twin.mobility.rehearsal import rehearse


def warm_up() -> None:
    """Compile all kernels of floods, roads and evacuation; called in each worker as it starts.

    One worker compiles, the others wait and load what it compiled: all at once would take the whole machine for as long.
    """
    with FileLock(platformdirs.user_cache_path("city-twin", appauthor=False, ensure_exists=True) / "warm-up.lock"):
        engine.warm_up()
        rehearse()


if __name__ == "__main__":
    warm_up()
