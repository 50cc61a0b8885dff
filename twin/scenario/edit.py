"""Changed scenarios: a measure more, a measure less, another time, another event. The given one stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from geodata.errors import InputError
from geodata.faults import fault_of
from geodata.phrase import phrase
from twin.scenario.scenario import Scenario


def changed(scenario: Scenario, **fields: Any) -> Scenario:
    """The scenario with other fields, checked as a whole.

    Raises
    ------
    InputError
        When it is no scenario then; the first fault in words.

    Examples
    --------
    >>> changed(Scenario(name="flood", duration=60), duration=120).duration
    120
    >>> changed(Scenario(name="flood", duration=60), step=0)
    Traceback (most recent call last):
    geodata.errors.InputError: That cannot be: step is 0 s; give at least 1 s.
    """
    values = scenario.model_dump(mode="json", exclude_defaults=True) | fields
    try:
        return Scenario.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # Where a measure is at fault people see which: its place in the list and its kind would tell them nothing.
        way = [str(part) for part in first["loc"] if not isinstance(part, int)]
        where = " ".join(part.replace("_", " ") for part in (way[2:] if way[:1] == ["measures"] else way))
        reason = fault_of(first)
        if where:
            reason = phrase("{place}: {what}", place=where, what=reason)
        raise InputError("That cannot be: {reason}.", reason=reason) from None


def with_measure(scenario: Scenario, measure: dict[str, Any], number: int | None = None) -> Scenario:
    """The scenario with one more measure at the end, or with another one in the place of a measure.

    Parameters
    ----------
    scenario
        The scenario.
    measure
        Plain values of the measure.
    number
        Which measure it replaces, from 0; None = it is a new one.

    Raises
    ------
    InputError
        When the measure is none.
    """
    plain = plain_measures(scenario)
    if number is None:
        return changed(scenario, measures=[*plain, measure])
    return changed(scenario, measures=[*plain[:number], measure, *plain[number + 1 :]])


def without_measure(scenario: Scenario, number: int) -> Scenario:
    """The scenario without one of its measures."""
    plain = plain_measures(scenario)
    return changed(scenario, measures=[*plain[:number], *plain[number + 1 :]])


def with_times(scenario: Scenario, number: int, *, start: int, end: int | None) -> Scenario:
    """The scenario with a measure that acts from ``start`` to ``end``, s since its start.

    Raises
    ------
    InputError
        When it would end before it starts, or start after the end of the scenario.
    """
    return with_measure(scenario, {**plain_measures(scenario)[number], "start": start, "end": end}, number)


def plain_measures(scenario: Scenario) -> Sequence[dict[str, Any]]:
    """The measures as plain values, what is left to defaults left out."""
    return [measure.model_dump(mode="json", exclude_defaults=True) for measure in scenario.measures]
