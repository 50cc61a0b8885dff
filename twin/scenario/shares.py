"""The same scenario with other shares of people who follow its orders: nobody knows the share beforehand, so show several."""

from __future__ import annotations

from collections.abc import Iterable

from twin.scenario.mobility import EvacuationOrder
from twin.scenario.scenario import Scenario

SHOWN = (0.1, 0.3, 0.6)
"""Shares shown side by side unless a city says otherwise (a choice of this project)."""


def with_share(scenario: Scenario, share: float) -> Scenario:
    """The scenario with one share in all of its evacuation orders.

    Who goes at a small share goes at a larger one too, and the water is computed once for all of them.

    Examples
    --------
    >>> order = {"kind": "evacuation_order", "level": 4, "share": 0.3}
    >>> asked = Scenario.model_validate({"name": "flood", "duration": 3600, "measures": [order]})
    >>> with_share(asked, 0.6).measures[0].share
    0.6
    """
    measures = [
        {**measure.model_dump(), "share": share} if isinstance(measure, EvacuationOrder) else measure.model_dump()
        for measure in scenario.measures
    ]
    return Scenario.model_validate({**scenario.model_dump(), "measures": measures})


def with_shares(scenario: Scenario, shares: Iterable[float] = SHOWN) -> tuple[Scenario, ...]:
    """The scenario once for each share."""
    return tuple(with_share(scenario, share) for share in shares)
