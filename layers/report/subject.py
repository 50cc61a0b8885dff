"""What a report is about: runs of one city, the moment shown, whom it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from geodata.city import City
from layers.changes import told_differences
from layers.language import Language
from layers.scene import Look
from layers.view import View
from twin.comparison import require_comparable
from twin.ensemble.kept import KeptEnsemble
from twin.passport import passport_of
from twin.run import Run
from twin.scenario import Scenario
from twin.state import State


@dataclass(frozen=True)
class Told:
    """One run with its shown states, and the ensemble that asks its question with uncertain inputs, where there is one."""

    run: Run
    states: tuple[State, ...]
    ensemble: KeptEnsemble | None = None

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
    mode
        Of what the maps of differences tell: "depth", "time_left" or "travel_time"; what the runs do not tell gives way to what
        they do.
    """

    city: City
    runs: tuple[Told, ...]
    language: Language
    view: View | None = None
    look: Look = field(default_factory=Look)
    public: bool = False
    mode: str = "depth"

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

    @property
    def maps(self) -> tuple[int | tuple[int, int], ...]:
        """What the pictures show: each run by its number, then the differences to the first run, where one can be told."""
        runs = range(len(self.runs))
        return (*runs, *((0, number) for number in runs if number and self.difference(number) is not None))

    def difference(self, number: int) -> str | None:
        """What the map of the difference of a run to the first one tells; None where both tell nothing alike."""
        pair = self.state(0), self.state(number)
        if pair[0] is None or pair[1] is None:
            return None
        told = told_differences([pair[0]], [pair[1]])
        return self.mode if self.mode in told else next(iter(told), None)

    def passport(self, number: int) -> dict[str, Any]:
        """The passport of a run."""
        return passport_of(self.runs[number].run, self.city)
