"""Who evacuates: the people of each building as parties that move together, and what a seed decides for each of them.

How old people are is known of residents at most, of those who are somewhere by day of nobody. Of people of unknown age a share
needs more time, by the scenario's choice or as among residents: that nobody did would be the hopeful side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.city import City
from twin.presence import COLUMN, Where
from twin.scenario import Scenario

PARTY_SIZE = 2.2
"""Mean household of Japan, people (census of 2020: 2.21 [M])."""
SLOW = ("0_14", "75_over")
"""Age bands of those who need time."""
NEEDS_TIME = 3
"""What is drawn for a party of unknown age, beside what `twin.mobility.orders` draws."""


@dataclass(frozen=True, eq=False)
class Parties:
    """The parties of a city, building by building.

    Parameters
    ----------
    building
        Row of the building, int64 [parties].
    people
        People in the party; a building's parties add up to its people, float64 [parties].
    careful
        Whether the party needs time (someone of 75 or more, or under 15), bool [parties].
    """

    building: NDArray[np.int64]
    people: NDArray[np.float64]
    careful: NDArray[np.bool_]

    def __len__(self) -> int:
        """Number of parties."""
        return len(self.building)


def party_count(people: Any) -> NDArray[np.int64]:
    """How many parties there are in each building; none where the number of people is unknown.

    Examples
    --------
    >>> party_count(np.array([0.0, 1.0, 2.2, 5.0, np.nan])).tolist()
    [0, 1, 1, 3, 0]
    """
    known = np.nan_to_num(np.asarray(people, np.float64))
    return np.ceil(np.maximum(known, 0.0) / PARTY_SIZE - 1e-9).astype(np.int64)


def make_parties(people: NDArray[np.float64], *slow: NDArray[np.float64], careful_share: float = 0.0, seed: int = 0) -> Parties:
    """The parties of a city.

    Parameters
    ----------
    people
        People of each building, NaN = unknown, [buildings].
    slow
        Of these, those of each of the bands `SLOW`, NaN = unknown, [buildings]. Of a building's parties as many are careful
        as the share of these gives, the first ones.
    careful_share
        Share of parties that are careful in buildings of which no such band is known; 0 = none is known to be.
    seed
        Decides which of those: who is careful at a share is so at every higher one.
    """
    count = party_count(people)
    building = np.repeat(np.arange(len(count)), count)
    size = np.repeat(np.nan_to_num(people) / np.maximum(count, 1), count)
    needing = sum((np.nan_to_num(band) for band in slow), np.zeros(len(count)))
    share = np.clip(needing / np.maximum(np.nan_to_num(people), 1e-9), 0.0, 1.0)
    first = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(count) else np.zeros(0, np.int64)
    rank = np.arange(len(building)) - np.repeat(first, count)
    careful = rank < np.repeat(np.ceil(share * count - 1e-9), count)
    if careful_share > 0:
        unknown = np.repeat(ages_unknown(len(count), *slow), count)
        careful[unknown] = (draws(seed, len(building), NEEDS_TIME) < careful_share)[unknown]
    return Parties(building, size, careful)


def ages_unknown(count: int, *slow: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of which buildings nobody says any of the bands `SLOW`, [buildings].

    Examples
    --------
    >>> ages_unknown(3, np.array([np.nan, 1.0, np.nan]), np.array([np.nan, np.nan, 0.0])).tolist()
    [True, False, False]
    """
    unknown = np.ones(count, np.bool_)
    for band in slow:
        unknown &= np.isnan(band)
    return unknown


def careful_share_of(scenario: Scenario, city: City) -> float:
    """Share of people of unknown age who need more time: as the scenario says, else that of the residents whose ages are known.

    0 where no age is known at all: then nobody is known to need it.
    """
    if scenario.mobility.careful_share is not None:
        return scenario.mobility.careful_share
    table = city.table("buildings")
    slow = sum(table[f"residents_{age}"].to_numpy(np.float64) for age in SLOW)
    residents = table["residents"].to_numpy(np.float64)
    known = ~np.isnan(slow) & ~np.isnan(residents)
    everybody = float(residents[known].sum())
    return min(float(slow[known].sum()) / everybody, 1.0) if everybody > 0 else 0.0


def people_of_unknown_age(city: City, where: Where) -> NDArray[np.float64]:
    """People of each building of whom nobody says whether they need more time, [buildings]; by day that is everybody."""
    table = city.table("buildings")
    people: NDArray[np.float64] = np.nan_to_num(table[COLUMN[where]].to_numpy(np.float64))
    if where == "by_day":
        return people
    bands = (table[f"residents_{age}"].to_numpy(np.float64) for age in SLOW)
    return np.asarray(np.where(ages_unknown(len(people), *bands), people, 0.0))


def draws(seed: int, count: int, what: int) -> NDArray[np.float64]:
    """One number in [0, 1) for each party, the same for the same seed; ``what`` tells one decision from another.

    A party that goes at a share of 0.3 goes at every higher share too, so that shares can be compared.
    """
    return np.random.Generator(np.random.Philox(key=[seed, what])).random(count)
