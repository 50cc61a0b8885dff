"""The members of an ensemble: scenarios with values drawn by Latin hypercube, so that few members cover each range evenly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy import stats
from scipy.stats import qmc

from geodata.errors import InputError
from geodata.faults import fault_of
from twin.ensemble.spec import Choice, EnsembleSpec, Normal, Spread, Triangular, Uncertain
from twin.scenario import Scenario

_CUT = 4.0


def draws(spec: EnsembleSpec) -> NDArray[np.float64]:
    """The drawn value of each uncertain input in each member, [members, inputs].

    Latin hypercube sampling (McKay, Beckman, Conover 1979, doi 10.2307/1268522).
    """
    shares = qmc.LatinHypercube(d=len(spec.uncertain), rng=np.random.default_rng(spec.seed)).random(spec.members)
    return np.column_stack([quantile(each.spread, shares[:, place]) for place, each in enumerate(spec.uncertain)])


def quantile(spread: Spread, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values that stand at shares 0–1 of a distribution.

    Examples
    --------
    >>> from twin.ensemble.spec import Uniform
    >>> quantile(Uniform(kind="uniform", low=2.0, high=4.0), np.array([0.0, 0.5, 1.0])).tolist()
    [2.0, 3.0, 4.0]
    """
    if isinstance(spread, Choice):
        place = np.minimum((share * len(spread.values)).astype(int), len(spread.values) - 1)
        values: NDArray[np.float64] = np.array(spread.values, np.float64)
        chosen: NDArray[np.float64] = values[place]
        return chosen
    if isinstance(spread, Normal):
        found = stats.truncnorm(-_CUT, _CUT, loc=spread.mean, scale=spread.deviation).ppf(share)
    elif isinstance(spread, Triangular):
        width = spread.high - spread.low
        found = stats.triang((spread.mode - spread.low) / width if width else 0.0, loc=spread.low, scale=width or 1e-300).ppf(
            share
        )
    else:
        found = spread.low + share * (spread.high - spread.low)
    return np.asarray(found, np.float64)


def members_of(spec: EnsembleSpec, base: Scenario) -> tuple[Scenario, ...]:
    """The scenarios of all members.

    Raises
    ------
    InputError
        When a place names nothing in the scenario, or a drawn value is none that it may have.
    """
    made = []
    for number, values in enumerate(draws(spec), 1):
        plain = base.model_dump(mode="json")
        for uncertain, value in zip(spec.uncertain, values, strict=True):
            _put(plain, uncertain, float(value), base.name)
        plain["name"] = f"{base.name} #{number}"
        try:
            made.append(Scenario.model_validate(plain))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InputError(
                "Member {number} is no valid scenario ({where}: {what}); narrow the spread of that input.",
                number=number, where=".".join(map(str, first["loc"])), what=fault_of(first),
            ) from None  # fmt: skip
    return tuple(made)


def _put(plain: dict[str, Any], uncertain: Uncertain, value: float, scenario: str) -> None:
    """Set, scale or shift what stands at a place, in plain values."""
    *way, last = uncertain.what.split(".")
    if way[-1:] == ["storm"] and last == "return_period":
        raise InputError(
            "{what} only names the storm, its depths stay; let {factor} vary instead.",
            what=uncertain.what, factor=".".join([*way, "factor"]),
        )  # fmt: skip
    holder: Any = plain
    try:
        for part in way:
            holder = holder[int(part)] if isinstance(holder, list) else holder[part]
        key: Any = int(last) if isinstance(holder, list) else last
        there = holder[key]
    except (KeyError, IndexError, ValueError, TypeError):
        raise InputError(
            "The scenario {scenario} has nothing at {what}; name a place such as water.roughness or measures.0.start.",
            scenario=scenario, what=uncertain.what,
        ) from None  # fmt: skip
    holder[key] = _changed(there, uncertain, value)


def _changed(there: Any, uncertain: Uncertain, value: float) -> Any:
    if isinstance(there, list) and uncertain.act != "set" and all(isinstance(part, dict) and "value" in part for part in there):
        return [{**part, "value": _changed(part["value"], uncertain, value)} for part in there]
    if there is None and uncertain.act == "set":
        return value
    if isinstance(there, bool) or not isinstance(there, int | float):
        raise InputError("{what} is no number; name a number, or a curve to scale or shift.", what=uncertain.what)
    made = value if uncertain.act == "set" else there * value if uncertain.act == "scale" else there + value
    return round(made) if isinstance(there, int) else made


def columns_of(spec: EnsembleSpec) -> Sequence[str]:
    """Names of the drawn inputs, in order."""
    return [each.what for each in spec.uncertain]
