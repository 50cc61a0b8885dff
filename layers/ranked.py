"""Figures of events under plans, and their ranking as a table in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pandas as pd

from layers.language import Language
from layers.report.figures import released
from twin.comparison import flattened
from twin.ranking import Band, Ranking

_COMPACT = 1e6


@dataclass(frozen=True)
class Field:
    """Figures of events under plans, whole: every plan has every event.

    Parameters
    ----------
    events, plans
        Their names.
    outcomes
        Figures by event and plan.
    money
        Currency and year of the damage, "" = none.
    years
        Once in how many years an event is reached or exceeded, where the event itself says so.
    left_out
        Plans that cannot be ranked, with the events that they have no answer for.
    """

    events: tuple[str, ...]
    plans: tuple[str, ...]
    outcomes: Mapping[tuple[str, str], Mapping[str, Any]]
    money: str = ""
    years: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Mapping[tuple[str, str], Mapping[str, Any]], *, years: Mapping[str, float] | None = None) -> Self:
        """The largest part of what was found that is whole: the events of the best-known plan, the plans that have them all."""
        by_plan: dict[str, list[str]] = {}
        for event, plan in found:
            by_plan.setdefault(plan, []).append(event)
        # The events that most plans share.
        shared = max(
            (tuple(sorted(events)) for events in by_plan.values()),
            key=lambda events: (sum(set(events) <= set(other) for other in by_plan.values()) > 1, len(events)),
            default=(),
        )
        plans = tuple(plan for plan, events in by_plan.items() if set(shared) <= set(events))
        kept = {(event, plan): flattened(found[event, plan]) for event in shared for plan in plans}
        money = next((str(each["damage_currency"]) for each in kept.values() if each.get("damage_currency")), "")
        left_out = {
            plan: tuple(event for event in shared if event not in events)
            for plan, events in by_plan.items()
            if plan not in plans
        }
        return cls(shared, plans, kept, money, dict(years or {}), left_out)

    def published(self) -> Self:
        """The same with counts of people as they may be published: what is withheld cannot be ranked by."""
        return replace(self, outcomes=dict(zip(self.outcomes, released(list(self.outcomes.values())), strict=True)))

    def tells(self, figure: str) -> bool:
        """Whether every event under every plan has this figure."""
        return bool(self.outcomes) and all(isinstance(each.get(figure), int | float) for each in self.outcomes.values())

    def values(self, figure: str) -> dict[str, dict[str, float]]:
        """The figure of each event, by plan."""
        return {plan: {event: float(self.outcomes[event, plan][figure]) for event in self.events} for plan in self.plans}


def ranked_frame(ranking: Ranking, language: Language, *, money: str = "") -> pd.DataFrame:
    """The ranking, the plan that saves most first.

    Parameters
    ----------
    ranking
        As `twin.ranking.rank` gives it.
    language
        The reader's.
    money
        Currency and year where the figures are money; else they are people.
    """
    text = language.text

    def number(value: float) -> str:
        if abs(value) < _COMPACT:
            return language.number(value, 0 if money else 1)
        return language.large(value)

    def shown(band: Band) -> str:
        low, middle, high = (number(value) for value in (band.low, band.middle, band.high))
        return f"{middle} ({low} … {high}) {money}".rstrip()

    rows = [
        {
            "#": place,
            text("Plan"): row.plan,
            text("Saved in an average year"): shown(row.saved),
            text("Left in an average year"): shown(row.expected),
            text("Saved less cost"): "" if row.net is None else f"{number(row.net)} {money}".rstrip(),
        }
        for place, row in enumerate(ranking.rows, 1)
    ]
    return pd.DataFrame(rows)
