"""Measures ranked by what they save in a year: expected annual values over a set of events, never over one event alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from geodata.errors import InputError
from twin.question import Note, note


@dataclass(frozen=True)
class Band:
    """A figure with its lower and upper end."""

    low: float
    middle: float
    high: float

    def minus(self, other: Band) -> Band:
        """The difference of two figures that are wrong in the same direction: event by event, end by end."""
        ends = sorted((self.low - other.low, self.high - other.high))
        return Band(
            min(ends[0], self.middle - other.middle), self.middle - other.middle, max(ends[1], self.middle - other.middle)
        )


def expected_annual(values: Mapping[str, float], chances: Mapping[str, float], *, harmless: float | None = None) -> Band:
    """Value to expect in an average year, from its values in events of known annual chance.

    The area under the curve of value over annual exceedance probability, by the trapezoidal rule between the events. Beyond the
    rarest event the value is unknown: the lower end takes nothing there, the upper end twice the value of the rarest event, the
    middle its value unchanged. Towards frequent events the value falls to 0 at the chance ``harmless``; without one, nothing
    is added there.

    Parameters
    ----------
    values
        Value in each event, any unit.
    chances
        Chance of each event to be reached or exceeded in a year, 0 to 1 (1 / return period).
    harmless
        Annual chance of the most frequent event that causes nothing.

    Raises
    ------
    InputError
        When there is no event, an event has no chance, or a chance lies outside 0 to 1.

    Examples
    --------
    >>> expected_annual({"1 in 10": 0.0, "1 in 100": 100.0}, {"1 in 10": 0.1, "1 in 100": 0.02}).high
    8.0
    """
    if not values:
        raise InputError("There is no event to rank by; give at least one with its annual chance.")
    for name in values:
        chance = chances.get(name)
        if chance is None or not 0.0 < chance <= 1.0:
            raise InputError(
                "The event {event} has the annual chance {chance}; give one above 0 and up to 1: 0.01 is 1 in 100 years.",
                event=name, chance="unknown" if chance is None else chance,
            )  # fmt: skip
    pairs = sorted((chances[name], values[name]) for name in values)
    if harmless is not None and harmless > pairs[-1][0]:
        pairs.append((harmless, 0.0))
    rising, height = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    between = float(np.trapezoid(height, rising))
    tail = float(height[0] * rising[0])
    return Band(between, between + tail, between + 2.0 * tail)


@dataclass(frozen=True)
class Plan:
    """A set of measures with what each event does under it.

    Parameters
    ----------
    name
        What people call it.
    values
        Value of the figure in each event, for example damage or people exposed.
    failed
        The same when the measures fail (a barrier breaks); empty = not looked at.
    failure
        Chance that they fail when the event comes.
    cost
        A year's cost in the unit of the values, None = not given.
    """

    name: str
    values: Mapping[str, float]
    failed: Mapping[str, float] | None = None
    failure: float = 0.0
    cost: float | None = None

    @classmethod
    def failing(
        cls, name: str, values: Mapping[str, float], nothing: Mapping[str, float], *, percent: float, cost: float | None = None
    ) -> Plan:
        """A plan that fails in so many of a hundred events, and then leaves what doing nothing leaves.

        Examples
        --------
        >>> Plan.failing("wall", {"flood": 0.0}, {"flood": 100.0}, percent=10.0).by_event()
        {'flood': 10.0}
        """
        return cls(name, values, nothing, percent / 100.0, cost)

    def by_event(self) -> dict[str, float]:
        """Value of each event, the chance of failure weighed in.

        Raises
        ------
        InputError
            When a chance of failure is given without what happens then, or lies outside 0 to 1.
        """
        if not 0.0 <= self.failure <= 1.0:
            raise InputError(
                "The plan {plan} has the chance of failure {chance}; give one from 0 to 1.", plan=self.name, chance=self.failure
            )
        if not self.failure:
            return dict(self.values)
        missing = sorted(set(self.values) - set(self.failed or {}))
        if missing:
            raise InputError(
                "The plan {plan} may fail, but nothing says what {events} does then; run it with the measures failed.",
                plan=self.name, events=", ".join(missing),
            )  # fmt: skip
        failed = self.failed or {}
        return {event: (1.0 - self.failure) * value + self.failure * failed[event] for event, value in self.values.items()}


@dataclass(frozen=True)
class Ranked:
    """One plan in the ranking: what is to be expected in a year, what it saves against doing nothing, and what is left of that.

    ``net`` is what it saves less its cost, None without a cost.
    """

    plan: str
    expected: Band
    saved: Band
    net: float | None


@dataclass(frozen=True)
class Ranking:
    """Plans, the one that saves most first, and what a reader must know."""

    rows: tuple[Ranked, ...]
    notes: tuple[Note, ...]


def rank(nothing: Plan, plans: Sequence[Plan], chances: Mapping[str, float], *, harmless: float | None = None) -> Ranking:
    """Rank plans by what they save in a year against doing nothing.

    Parameters
    ----------
    nothing
        The events without any measure.
    plans
        The plans; each must have the same events.
    chances, harmless
        As in `expected_annual`.

    Raises
    ------
    InputError
        When a plan lacks an event.

    Examples
    --------
    >>> nothing = Plan("nothing", {"1 in 10": 10.0, "1 in 100": 100.0})
    >>> wall = Plan("wall", {"1 in 10": 0.0, "1 in 100": 90.0})
    >>> [row.plan for row in rank(nothing, [wall], {"1 in 10": 0.1, "1 in 100": 0.01}).rows]
    ['wall']
    """
    for plan in plans:
        missing = sorted(set(nothing.values) ^ set(plan.values))
        if missing:
            raise InputError(
                "The plan {plan} and doing nothing do not share the events {events}; run both for every event.",
                plan=plan.name, events=", ".join(missing),
            )  # fmt: skip
    base = expected_annual(nothing.by_event(), chances, harmless=harmless)
    rows = []
    for plan in plans:
        expected = expected_annual(plan.by_event(), chances, harmless=harmless)
        saved = base.minus(expected)
        rows.append(Ranked(plan.name, expected, saved, None if plan.cost is None else saved.middle - plan.cost))
    rows.sort(key=lambda row: (-(row.net if row.net is not None else row.saved.middle), row.plan))
    return Ranking(tuple(rows), tuple(_notes(nothing, plans, chances)))


def _notes(nothing: Plan, plans: Sequence[Plan], chances: Mapping[str, float]) -> list[Note]:
    told = []
    if len(nothing.values) == 1:
        told.append(note("This ranking rests on one event only: another event may turn it round."))
    rarest = min(nothing.values, key=lambda event: chances[event])
    told.append(
        note(
            "Beyond the rarest event, {event}, its own value is taken; the lower end takes nothing there, the upper end twice "
            "as much.",
            event=rarest,
        )
    )
    risky = [plan for plan in plans if plan.failure]
    told += [
        note(
            "{plan}: a chance of {percent} % that it fails when the event comes is counted in.",
            plan=plan.name,
            percent=100 * plan.failure,
        )
        for plan in risky
    ]
    sure = [plan.name for plan in plans if not plan.failure]
    if sure:
        told.append(note("The chance that measures fail is left out for: {plans}.", plans=", ".join(sure)))
    return told
