"""How many processors this process may use."""

from __future__ import annotations

import os

ENVIRONMENT = "CITY_TWIN_THREADS"


def processors() -> int:
    """Threads to work with: what CITY_TWIN_THREADS says, else the processors that this process may run on.

    Examples
    --------
    >>> processors() >= 1
    True
    """
    named = os.environ.get(ENVIRONMENT, "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
