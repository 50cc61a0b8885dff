"""People by district and age at the moment of a report; private where published."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from layers.cards.area import concerned
from layers.people import area_kind
from layers.people_table import people_frames
from layers.report.subject import Subject
from twin.breakdown import people_by_area

SHORT_AGES = ("0–14", "15–64", "65–74", "75+")
"""Age bands where there is no room for words, in the order of `twin.variables.AGES`."""


def people_counts(subject: Subject) -> list[tuple[str, dict[int, pd.DataFrame]]]:
    """People by district and age band, of each thing that happens to them and each run (by its number) that tells of it.

    In a report that is published small counts are withheld, and as many others as it takes (`twin.privacy`); all runs together.
    The last row and column of a table are the totals.
    """
    states = {n: state for n in range(len(subject.runs)) if (state := subject.state(n)) is not None}
    if not states:
        return []
    kind = area_kind(next(iter(states.values())))
    what = {number: concerned(state) for number, state in states.items()}
    made = []
    for label in dict.fromkeys(label for of in what.values() for label in of):
        tables = {n: people_by_area(states[n], of[label], kind=kind) for n, of in what.items() if label in of}
        if not any((table["people"] > 0).any() for table in tables.values()):
            continue
        shown = people_frames(list(tables.values()), subject.language, public=subject.public)
        frames = dict(zip(tables, shown, strict=True))
        made.append((label, frames))
    return made


def people_tables(subject: Subject) -> list[tuple[str, pd.DataFrame]]:
    """The tables of `people_counts` one after the other, with their titles."""
    several = len(subject.runs) > 1
    return [
        (subject.language.text(label) + (f" — {subject.names[number]}" if several else ""), frame)
        for label, frames in people_counts(subject)
        for number, frame in frames.items()
    ]


def beside_each_other(frames: Mapping[int, pd.DataFrame], count: int) -> pd.DataFrame:
    """Tables of one thing, by number, as one wide table: the districts once, then the columns of each in turn.

    Parameters
    ----------
    frames
        As `people_counts` gives them.
    count
        Of how many; the columns of one that is not there are empty.

    Examples
    --------
    >>> one = pd.DataFrame({"District": ["east", "all"], "all": [3.0, 3.0]})
    >>> beside_each_other({0: one, 2: one}, 3).to_numpy().tolist()
    [['east', 3.0, '', 3.0], ['all', 3.0, '', 3.0]]
    """
    first = next(iter(frames.values()))
    wide = first.iloc[:, :1]
    for number in range(count):
        own = frames.get(number, first.assign(**dict.fromkeys(first.columns[1:], "")))
        named = own.set_axis([own.columns[0], *(f"{number} {column}" for column in own.columns[1:])], axis="columns")
        wide = wide.join(named.set_index(own.columns[0]), on=own.columns[0])
    return wide
