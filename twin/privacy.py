"""Counts of people that leave the operational roles: none of 1 to 10 can be read, directly or by subtraction.

Operational views show exact counts: to withhold there would hide the four people who are cut off. What is published (a public
link, a report for publication) goes through here. Small counts are withheld first, then as many others as it takes that no
small count follows from sums and totals. What is left is rounded to multiples of 20: whatever anybody subtracts from whatever
(scenarios, moments, a report of last year, another reader's link) gives 0 or at least 20, never a count of 1 to 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

SMALLEST = 11
"""The smallest count of people that may be published beside 0 (DOMAIN.md, k ≥ 11)."""
BASE = 20
"""What is published are multiples of this; more than `SMALLEST` − 1, so that differences name no few people either."""
Counts = NDArray[np.float64]


def rounded(count: Any) -> Any:
    """Counts as they are published: the nearest multiple of `BASE`; NaN stays.

    Examples
    --------
    >>> rounded(0.0), rounded(11.0), rounded(134.0)
    (0.0, 20.0, 140.0)
    """
    nearest = np.floor(np.asarray(count, np.float64) / BASE + 0.5) * BASE
    return float(nearest) if nearest.ndim == 0 else nearest


def is_small(count: Counts | float, *, smallest: int = SMALLEST) -> Any:
    """Whether a count would point at few people: more than none and fewer than ``smallest``.

    Examples
    --------
    >>> is_small(0.0), is_small(4.0), is_small(11.0)
    (False, True, False)
    """
    small = (np.asarray(count) > 0) & (np.asarray(count) < smallest)
    return bool(small) if small.ndim == 0 else small


def with_totals(counts: Counts) -> Counts:
    """Counts [rows, columns] with a last row and a last column of sums; unknown (NaN) makes its sums unknown.

    Examples
    --------
    >>> with_totals(np.array([[1.0, 2.0]])).tolist()
    [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]
    """
    wide = np.hstack([counts, counts.sum(axis=1, keepdims=True)])
    return np.vstack([wide, wide.sum(axis=0, keepdims=True)])


def release_table(counts: Counts, *, smallest: int = SMALLEST) -> Counts:
    """A table of people with its totals as it may be published; see `release_tables`.

    Examples
    --------
    The 4 are withheld, the rest is rounded: 40 less 40 does not tell them.

    >>> release_table(np.array([[4.0, 30.0], [50.0, 60.0]])).tolist()
    [[nan, 40.0, 40.0], [60.0, 60.0, 120.0], [60.0, 100.0, 140.0]]
    """
    return release_tables([counts], smallest=smallest)[0]


def release_tables(tables: Sequence[Counts], *, smallest: int = SMALLEST) -> list[Counts]:
    """Tables of people, one for each scenario published together, with their totals, as they may be published.

    Withheld is: every count from 1 to ``smallest`` − 1, totals included; and then, cell by cell, the smallest others until for
    each of these the published rest leaves a range of at least ``smallest`` − 1 people, as linear programmes over all sums
    tell (cell suppression; Willenborg and de Waal, Elements of Statistical Disclosure Control, 2001,
    doi 10.1007/978-1-4613-0121-9, ch. 6). The rest is rounded, which mostly hides a small count already, and keeps differences
    between scenarios from naming few.

    Parameters
    ----------
    tables
        People by two marks, for example district and age band, [rows, columns] each, same shape and order. NaN = unknown.
    smallest
        The smallest count that may be published beside 0.

    Returns
    -------
    For each table the counts with a last row and a last column of totals, [rows + 1, columns + 1]; NaN = withheld or unknown.
    """
    shown: list[Counts] = []
    for table in (with_totals(np.asarray(each, np.float64)) for each in tables):
        withheld = _protected(table, np.asarray(is_small(table, smallest=smallest)) & ~np.isnan(table), smallest)
        shown.append(rounded(np.where(withheld, np.nan, table)))
    return shown


def release_counts(counts: Sequence[Mapping[str, float | None]], *, smallest: int = SMALLEST) -> list[dict[str, float | None]]:
    """Single counts of people, one mapping for each scenario published together, as they may be published.

    A small count is withheld, the rest is rounded: no difference between two of them (people cut off, and those of them for
    certain; the same in another scenario) is a small count.

    Examples
    --------
    >>> release_counts([{"cut off": 120.0, "for certain": 116.0, "caught": 0.0}, {"cut off": 118.0, "for certain": 3.0}])
    [{'cut off': 120.0, 'for certain': 120.0, 'caught': 0.0}, {'cut off': 120.0, 'for certain': None}]
    """
    return [
        {
            name: None if count is None or is_small(count, smallest=smallest) else rounded(count)
            for name, count in mapping.items()
        }
        for mapping in counts
    ]


def reachable(table: Counts, withheld: NDArray[np.bool_], cell: tuple[int, int]) -> tuple[float, float]:
    """The least and the greatest value that a withheld cell could have, from all that is published.

    Parameters
    ----------
    table
        Exact counts with totals, [rows + 1, columns + 1].
    withheld
        Which cells are not published; the others are known as they are rounded.
    cell
        Row and column of the cell.
    """
    free = withheld | np.isnan(table)
    shown = rounded(table)
    least = np.where(free | (shown == 0), 0.0, np.maximum(shown - BASE / 2, SMALLEST))
    most = np.where(free, np.inf, np.where(shown == 0, 0.0, shown + BASE / 2))
    place = np.arange(table.size).reshape(table.shape)
    sums = np.zeros((sum(table.shape), table.size))
    for line, members in zip(sums, [*place, *place.T], strict=True):
        line[members] = [1.0] * (len(members) - 1) + [-1.0]
    goal = np.zeros(table.size)
    goal[place[cell]] = 1.0
    bounds = np.column_stack([least.ravel(), most.ravel()])
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * goal, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds)
        ends.append(sign * float(found.fun) if found.status == 0 else sign * -np.inf)
    return ends[0], ends[1]


def _protected(table: Counts, sensitive: NDArray[np.bool_], smallest: int) -> NDArray[np.bool_]:
    """The cells to withhold, so that none of the sensitive ones follows from the others."""
    withheld = sensitive.copy()
    waiting = [(int(row), int(column)) for row, column in np.argwhere(sensitive)]
    while waiting:
        low, high = reachable(table, withheld, waiting[0])
        if high - low >= smallest - 1:
            waiting.pop(0)
            continue
        further = _next_to(table, withheld, waiting[0])
        if further is None:
            waiting.pop(0)  # every cell of its lines is withheld: nothing more could be
        else:
            withheld[further] = True
    return withheld


def _next_to(table: Counts, withheld: NDArray[np.bool_], cell: tuple[int, int]) -> tuple[int, int] | None:
    """The next cell to withhold for a cell: beside it, else beside what is bound to it; totals last, small ones first."""
    rows, columns = {cell[0]}, {cell[1]}
    candidates: list[tuple[int, int]] = []
    while True:
        candidates = [
            (row, column)
            for row, column in np.ndindex(*table.shape)
            if (row in rows or column in columns) and not withheld[row, column] and np.isfinite(table[row, column])
        ]
        inner = [at for at in candidates if at[0] < table.shape[0] - 1 and at[1] < table.shape[1] - 1]
        if inner:
            return min(inner, key=lambda at: (table[at] == 0, table[at], at))
        bound = [(int(r), int(c)) for r, c in np.argwhere(withheld) if r in rows or c in columns]
        wider = rows | {r for r, _ in bound}, columns | {c for _, c in bound}
        if wider == (rows, columns):
            return min(candidates, key=lambda at: (table[at] == 0, table[at], at), default=None)
        rows, columns = wider
