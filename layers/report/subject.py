"""What a report is about: runs of one city, the moment shown, whom it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from geodata.city import City
from layers.language import Language
from layers.scene import Look
from layers.view import View
from twin.comparison import require_comparable
from twin.passport import passport_of
from twin.run import Run
from twin.scenario import Scenario
from twin.state import State


@dataclass(frozen=True)
class Told:
    """One run with its shown states."""

    run: Run
    states: tuple[State, ...]

    @property
    def scenario(self) -> Scenario:
        """What was asked."""
        return Scenario.model_validate(self.run.scenario)


@dataclass(frozen=True)
class Subject:
    """What is reported.

    Parameters
    ----------
    city
        The city.
    runs
        The run, or two to four that are compared; differences are to the first.
    language
        The reader's.
    view
        Camera, step and layers of the pictures; None = the whole city at its worst moment.
    look
        Colours of the pictures.
    public
        Whether the report leaves the operational roles: counts of people then follow the privacy rule.
    pictures
        Map pictures as PNG, one for each run; a run without one is drawn flat.
    """

    city: City
    runs: tuple[Told, ...]
    language: Language
    view: View | None = None
    look: Look = field(default_factory=Look)
    public: bool = False
    pictures: Sequence[bytes | None] = ()

    def __post_init__(self) -> None:
        if len(self.runs) > 1:
            require_comparable([told.run for told in self.runs])

    @property
    def names(self) -> tuple[str, ...]:
        """What the runs are called, a number added where two are called the same."""
        given = [self.language.text(told.run.scenario["name"]) for told in self.runs]
        return tuple(f"{name} ({given[:n].count(name) + 1})" if name in given[:n] else name for n, name in enumerate(given))

    @property
    def step(self) -> int:
        """Number of the moment shown: that of the view, else the one with the most water."""
        if self.view is not None:
            return self.view.step
        first = self.runs[0].states
        if not first or not first[0].has("water_depth"):
            return 0
        flooded = [int((state.field("building_rank") % 255 > 0).sum()) for state in first]
        return flooded.index(max(flooded))

    def state(self, number: int) -> State | None:
        """State of a run at the moment shown; None when it has none."""
        states = self.runs[number].states
        return states[min(self.step, len(states) - 1)] if states else None

    def passport(self, number: int) -> dict[str, Any]:
        """The passport of a run."""
        return passport_of(self.runs[number].run, self.city)
