"""What the library gives out: a scenario as it stands, one of its versions, a line of a list, the grid of events × plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from twin.jobs.job import Message
from twin.scenario import Scenario


@dataclass(frozen=True)
class Saved:
    """A saved scenario as it stands; it does not follow what happens afterwards.

    Parameters
    ----------
    id
        Name of the record.
    city
        The city it was made for, as the pages name it.
    scenario
        The question.
    event, plan
        What people call its event (the water and the times) and its plan (the measures).
    number
        The version that stands. Whoever changes the scenario says which version they have seen.
    can_undo, can_redo
        Whether there is a version before, or one that was undone.
    changed
        When it last changed.
    author
        Who changed it last.
    branched_from
        (id, version) of the scenario that it was copied from; empty id = none.
    conflict
        True right after a change that met somebody else's: this is the copy that holds it, the other one stands untouched.
    archived
        Whether it was put away.
    """

    id: str
    city: str
    scenario: Scenario
    event: str
    plan: str
    number: int
    can_undo: bool
    can_redo: bool
    changed: datetime
    author: str = ""
    branched_from: tuple[str, int] = ("", 0)
    conflict: bool = False
    archived: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.scenario.name


@dataclass(frozen=True)
class Version:
    """One version of a saved scenario: when, who, and what was done to the version before."""

    number: int
    parent: int
    name: str
    author: str
    made: datetime
    what: Message


@dataclass(frozen=True)
class Summary:
    """A line of the list."""

    id: str
    name: str
    event: str
    plan: str
    measures: int
    number: int
    changed: datetime
    author: str
    archived: bool


@dataclass(frozen=True)
class Listing:
    """A part of the list, latest changes first, and how many there are in all."""

    items: tuple[Summary, ...]
    total: int


@dataclass(frozen=True)
class Cell:
    """A scenario in the grid.

    ``event_differs`` says that its event has another content than the first of its row; likewise the plan.
    """

    id: str
    name: str
    event_differs: bool
    plan_differs: bool


@dataclass(frozen=True)
class Grid:
    """Events × plans of a city: names of the rows and columns, and the scenarios at their crossings, latest first."""

    events: tuple[str, ...]
    plans: tuple[str, ...]
    cells: Mapping[tuple[str, str], tuple[Cell, ...]]
