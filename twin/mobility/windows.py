"""When roads, doors and shelters can be passed over a whole run, known at its outputs only: windows that end at deadlines.

Between two outputs nothing is known. The lower end of every figure takes what is open at one output and closed at the next
for closed from the first of the two on, and what is closed and then open for open from the second on; the upper end the other
way round. What is open at the last output is "not closed within this run": its deadline is inf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

OpenAt = Callable[[int], NDArray[np.bool_]]
"""Whether elements are open at an output, by its number."""


class Deadlines(NamedTuple):
    """What can be counted on by those who set out between an output and the next.

    Parameters
    ----------
    number
        Number of the output.
    deadline
        Moment until which each element stays open, s; inf = not closed within this run, −inf = not open now.
    opened
        True when an element can be counted on that could not be at the output before: then a search made for an earlier
        output does not hold for this one.
    """

    number: int
    deadline: NDArray[np.float64]
    opened: bool


def deadlines(open_at: OpenAt, times: NDArray[np.float64], *, late: bool = False) -> Iterator[Deadlines]:
    """Deadlines output by output, the last one first.

    Nobody sets out counting on something that is closed at that moment, even if it will open again.

    Parameters
    ----------
    open_at
        Whether elements are open at an output.
    times
        Moments of the outputs, s, rising.
    late
        False for the lower end (closing times are rounded down to the last open output), True for the upper one.

    Examples
    --------
    >>> states = np.array([[True], [False], [True]])
    >>> [(d.number, d.deadline.tolist(), d.opened) for d in deadlines(states.__getitem__, np.array([0.0, 60.0, 300.0]))]
    [(2, [inf], True), (1, [-inf], False), (0, [0.0], True)]
    """
    last = len(times) - 1
    now = np.asarray(open_at(last))
    closing = np.where(now, np.inf, -np.inf)
    counted = closing
    for number in range(last, 0, -1):
        before = np.asarray(open_at(number - 1))
        earlier = np.where(before, np.where(now, closing, times[number] if late else times[number - 1]), -np.inf)
        # At the upper end what is open at the next output is open already, from just after this one.
        previous = np.maximum(earlier, closing) if late else earlier
        yield Deadlines(number, counted, opened=bool((counted > previous).any()))
        now, closing, counted = before, earlier, previous
    yield Deadlines(0, counted, opened=True)


def first_closing(open_at: OpenAt, times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Last moment at which each element is known to be open before it first closes, and first at which it is open again.

    Both in s, inf = not within this run; an element closed from the start closes at the first output.

    Examples
    --------
    >>> states = np.array([[True, True], [False, True], [True, True]])
    >>> [each.tolist() for each in first_closing(states.__getitem__, np.array([0.0, 60.0, 300.0]))]
    [[0.0, inf], [300.0, inf]]
    """
    closed, opened = (np.full(np.shape(open_at(0)), np.inf) for _ in range(2))
    for number in range(len(times)):
        state = np.asarray(open_at(number))
        closed = np.where(np.isinf(closed) & ~state, times[max(number - 1, 0)], closed)
        opened = np.where(np.isfinite(closed) & np.isinf(opened) & state, times[number], opened)
    return closed, opened


def lasting(values: NDArray[Any], end: float) -> NDArray[np.float64]:
    """Moments after the run's end as inf: they say only that nothing closes within the run."""
    return np.where(values > end, np.inf, values)
