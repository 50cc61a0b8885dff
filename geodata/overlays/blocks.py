"""Work in fixed blocks of rows on several threads: the same numbers at any thread count."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from geodata.processors import processors

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all) as blocks finish."""


def run_blocks(
    work: Callable[[int, int], Result],
    count: int,
    *,
    block: int,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Call ``work(start, stop)`` for every block of ``count`` rows and return the results in order.

    Blocks depend on ``block`` alone, never on the number of threads, so results cannot depend on it either.

    Parameters
    ----------
    work
        A function that releases the GIL for most of its time.
    count
        Rows in all; 0 gives an empty list.
    block
        Rows per block.
    threads
        Threads to use; None = one per core this process may use.
    progress
        Called in the caller's thread.

    Examples
    --------
    >>> run_blocks(lambda start, stop: stop - start, 5, block=2)
    [2, 2, 1]
    """
    ranges = [(start, min(start + block, count)) for start in range(0, count, block)]
    threads = min(threads or processors(), len(ranges))
    results: list[Result] = []

    def keep(result: Result) -> None:
        results.append(result)
        if progress is not None:
            progress(min(len(results) * block, count), count)

    if threads <= 1:
        for start, stop in ranges:
            keep(work(start, stop))
        return results
    with ThreadPoolExecutor(threads) as pool:
        for result in pool.map(lambda pair: work(*pair), ranges):
            keep(result)
    return results
