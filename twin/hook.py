"""The contract of simulation hooks: what they declare, what they receive, and the door through which they come in.

A hook updates the twin. It declares what it reads and writes, and which part of the question matters to it; its ``step``
receives exactly that and nothing else. Third parties add hooks through the entry-point group ``city_twin.hooks``; the
built-in ones come in by the same door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol, runtime_checkable

import pandas as pd
from numpy.typing import NDArray

from geodata.errors import CityTwinError
from geodata.grid import Grid
from twin.asset import Asset
from twin.question import Question, Step
from twin.scenario import Scenario
from twin.variable import Variable

ENTRY_POINTS = "city_twin.hooks"


class HookError(CityTwinError):
    """A hook broke its contract."""


@dataclass(frozen=True)
class Current:
    """A field of this very step, written by a hook that ran before."""

    variable: Variable


@dataclass(frozen=True)
class Previous:
    """A field as it stood at the end of the step before; before the first step its initial value.

    Parameters
    ----------
    variable
        The field.
    coupled
        Whether the writer hangs on this hook in turn (a flooded substation stops the pump that drains it): the two then form
        a group that steps on the coupling interval, and the field is read as it stood one interval before.
    """

    variable: Variable
    coupled: bool = False


@dataclass(frozen=True)
class Static:
    """A layer of the city: a table (only the named columns), a raster or an overlay.

    Parameters
    ----------
    layer
        Name of the table, raster or overlay.
    columns
        Columns of a table that matter. A change of any other column recomputes nothing.
    """

    layer: str
    columns: tuple[str, ...] = ()


Read = Current | Previous | Static
Parameters = Mapping[str, Any]
"""Plain values (numbers, texts, booleans, None, lists, mappings) and `Asset` references."""


class Inputs(Protocol):
    """What a hook receives: the declared inputs, read-only. Anything else raises `HookError`."""

    def current(self, variable: Variable) -> NDArray[Any]:
        """A field of this step."""

    def previous(self, variable: Variable) -> NDArray[Any]:
        """A field of the step before."""

    def table(self, name: str) -> pd.DataFrame:
        """The declared columns of a table."""

    def raster(self, name: str) -> NDArray[Any]:
        """A raster of the city, NaN = unknown; all NaN where the city has none."""

    def overlay(self, name: str) -> Mapping[str, NDArray[Any]]:
        """The arrays of a stored join."""

    def asset(self, asset: Asset) -> Any:
        """The content of an asset that stands in this step's parameters."""

    def size(self, dim: str) -> int:
        """Length of a dimension."""

    def grid(self) -> Grid:
        """The grid of the city."""

    def pulse(self, share: float) -> None:
        """Say how much of the step is done, 0–1: what takes longer than a second should, a few times a second.

        A hook learns nothing from it, so it is no input and stands in no key. It raises when nobody wants the result any
        more: let that pass through, and leave nothing behind.
        """


@runtime_checkable
class ChangingHook(Protocol):
    """A hook that reads something more for some questions: it is spared the rest of the time."""

    def for_question(self, scenario: Scenario, written: frozenset[str]) -> SimulationHook:
        """The hook as a scenario needs it; itself where that changes nothing.

        Parameters
        ----------
        scenario
            What is asked.
        written
            Names of the variables that the hooks of the twin write.
        """


@runtime_checkable
class SimulationHook(Protocol):
    """One process of the city.

    ``step`` must be a pure function of its arguments: no hidden state between steps, no clock, no files, no global random
    numbers. `twin.testing.check_hook` perturbs what was not declared and fails if the output moves.
    """

    @property
    def name(self) -> str:
        """Short name, unique among the hooks of a twin."""

    @property
    def version(self) -> str:
        """Version of the method; together with a digest of the source it enters every key."""

    @property
    def reads(self) -> tuple[Read, ...]:
        """What it reads."""

    @property
    def writes(self) -> tuple[Variable, ...]:
        """What it writes; each variable has one writer only."""

    def __hash__(self) -> int:
        """A hook never changes: frozen dataclasses are hashable."""

    def parameters(self, question: Question, step: Step) -> Parameters:
        """The part of the question that matters in this step: a measure that starts later is absent before."""

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:
        """The written fields at the end of the step, by variable name.

        Parameters
        ----------
        inputs
            The declared inputs.
        parameters
            The very object that ``parameters`` returned.
        duration
            Length of the step, s; 0 for the first, which sets the state at time 0.
        """


def installed_hooks() -> tuple[SimulationHook, ...]:
    """One of each hook that installed packages offer, the built-in ones included, ordered by name.

    Raises
    ------
    HookError
        When an entry point cannot be loaded or offers something that is not a hook, or two share a name.
    """
    found: dict[str, SimulationHook] = {}
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: (entry.name, entry.value)):
        try:
            hook = entry.load()()
        except (ImportError, AttributeError, TypeError) as error:
            raise HookError(
                "The hook {name} ({value}) cannot be loaded ({detail}); repair or remove its package.",
                name=entry.name,
                value=entry.value,
                detail=error,
            ) from error
        if not isinstance(hook, SimulationHook):
            raise HookError(
                "The hook {name} ({value}) does not follow the hook contract; see twin.hook.SimulationHook.",
                name=entry.name,
                value=entry.value,
            )
        if hook.name in found and type(found[hook.name]) is not type(hook):
            raise HookError("Two installed hooks are called {name}; remove one of the packages.", name=hook.name)
        found[hook.name] = hook
    return tuple(found[name] for name in sorted(found))
