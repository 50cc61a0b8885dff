"""The course of codes over time, element by element, in little room: what was open when."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Course = tuple[tuple[int, int], ...]
"""(moment, code) wherever the code changes, the first moment included."""


class Courses:
    """Follows the codes of many elements through the states of a run.

    Elements that go through the same changes share one course: the memory taken grows with the elements and with the
    number of different courses, not with the steps.

    Parameters
    ----------
    count
        How many elements.

    Examples
    --------
    >>> courses = Courses(3)
    >>> for moment, codes in ((0, [1, 1, 255]), (600, [1, 0, 255]), (1200, [1, 1, 255])):
    ...     courses.see(moment, np.array(codes, np.uint8))
    >>> courses.first(0).tolist(), courses.until(0).tolist()
    ([nan, 600.0, nan], [nan, 1200.0, nan])
    >>> courses.texts({0: "closed", 1: "open", 255: "unknown"})
    ['open 0-', 'open 0-600; closed 600-1200; open 1200-', 'unknown 0-']
    """

    def __init__(self, count: int) -> None:
        self._which: NDArray[np.int64] = np.zeros(count, np.int64)
        self._courses: list[Course] = [()]
        self._before: NDArray[np.uint8] | None = None

    def see(self, moment: int, codes: NDArray[np.uint8]) -> None:
        """Take note of the codes of all elements at a moment; moments come in order."""
        if self._before is not None and np.array_equal(codes, self._before):
            return
        self._before = codes
        found, self._which = np.unique(self._which * 256 + codes, return_inverse=True)
        made = []
        for pair in found.tolist():
            course, code = self._courses[pair // 256], pair % 256
            made.append(course if course and course[-1][1] == code else (*course, (moment, code)))
        self._courses = made

    def first(self, code: int) -> NDArray[np.float64]:
        """First moment of a code, NaN = it never was."""
        return self._each([next((moment for moment, each in course if each == code), np.nan) for course in self._courses])

    def until(self, code: int) -> NDArray[np.float64]:
        """Moment at which a code was over for the last time; NaN = it never was, or it still is at the end."""
        return self._each([_end(course, code) for course in self._courses])

    def texts(self, words: Mapping[int, str]) -> list[str]:
        """The whole course of each element in words, from a moment to the next, s; the last part is open."""
        texts = [_text(course, words) for course in self._courses]
        return [texts[number] for number in self._which.tolist()]

    def _each(self, values: list[float]) -> NDArray[np.float64]:
        return np.asarray(values, np.float64)[self._which]


def _end(course: Course, code: int) -> float:
    ends = [course[place + 1][0] for place, (_, each) in enumerate(course[:-1]) if each == code]
    return ends[-1] if ends and course[-1][1] != code else float("nan")


def _text(course: Course, words: Mapping[int, str]) -> str:
    ends = [*(str(moment) for moment, _ in course[1:]), ""]
    return "; ".join(f"{words[code]} {moment}-{end}" for (moment, code), end in zip(course, ends, strict=True))
