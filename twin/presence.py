"""Where people are when it happens: residents at home, or those who are there on a workday by day.

The one place that decides it, for everything that counts people in danger. `PresenceHook` writes what follows from it into
every state; hooks, figures, tables and reports read it there (`people_of`), not in the city. What is no count of people in
danger stays with residents: the estimate of everyday traffic, the facts of a building.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from geodata.city import City
from twin.scenario import Scenario
from twin.variables import BUILDING_PEOPLE, BUILDING_PEOPLE_BY_AGE, PEOPLE_COUNTED

if TYPE_CHECKING:
    from twin.state import State  # whose number of parties hangs on where people are

Where = Literal["at_home", "by_day"]
WHERE: tuple[Where, ...] = ("at_home", "by_day")
"""In the order of the codes of `PEOPLE_COUNTED`."""
COLUMN: dict[Where, str] = {"at_home": "residents", "by_day": "people_by_day"}
"""The column of the buildings that tells how many they are."""
WORKDAYS, DAY_FROM, DAY_TO = 5, 9, 17
"""By day: from Monday to Friday, from 9:00 until 17:00. Holidays are not known."""


def wanted(scenario: Scenario) -> Where:
    """Where a scenario counts people: as it says, else by the clock that its start is written in; without a date at home.

    It holds for the whole run: nobody comes home from work in the midst of a flood.

    Examples
    --------
    >>> monday = Scenario.model_validate({"name": "x", "duration": 0, "start": "2026-09-14T10:00:00+09:00"})
    >>> [wanted(monday.model_copy(update=other)) for other in ({}, {"people": "at_home"}, {"start": None})]
    ['by_day', 'at_home', 'at_home']
    """
    if scenario.people != "auto":
        return scenario.people
    start = scenario.start
    if start is None or start.weekday() >= WORKDAYS or not DAY_FROM <= start.hour < DAY_TO:
        return "at_home"
    return "by_day"


def presence_of(scenario: Scenario, city: City) -> Where:
    """Where people are counted: as the scenario wants it, as far as the city tells it."""
    return "by_day" if wanted(scenario) == "by_day" and tells_by_day(city) else "at_home"


def tells_by_day(city: City) -> bool:
    """Whether a city says of any building how many are in it by day."""
    return bool(city.table("buildings")[COLUMN["by_day"]].notna().any())


def counted(state: State) -> Where:
    """Where the people of a state are counted."""
    # Runs of versions that knew no other place counted them at home.
    return WHERE[int(state.field(PEOPLE_COUNTED))] if state.has(PEOPLE_COUNTED) else "at_home"


def people_of(state: State) -> NDArray[np.float64]:
    """People of each building where the scenario counts them, NaN = unknown, [building]."""
    if state.has(BUILDING_PEOPLE):
        return np.asarray(state.field(BUILDING_PEOPLE))
    return np.asarray(state.city.table("buildings")[COLUMN["at_home"]].to_numpy(np.float64))


def people_of_age(state: State, age: str) -> NDArray[np.float64]:
    """Of these, those of an age band of `twin.variables.AGES`, NaN = unknown, [building]."""
    variable = BUILDING_PEOPLE_BY_AGE[age]
    if state.has(variable):
        return np.asarray(state.field(variable))
    return np.asarray(state.city.table("buildings")[f"residents_{age}"].to_numpy(np.float64))
