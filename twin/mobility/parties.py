"""Who evacuates: the people of each building as parties that move together, and what a seed decides for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PARTY_SIZE = 2.2
"""Mean household of Japan, people (census of 2020: 2.21 [M])."""
SLOW = ("0_14", "75_over")
"""Age bands of those who need time."""


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


def make_parties(people: NDArray[np.float64], *slow: NDArray[np.float64]) -> Parties:
    """The parties of a city.

    Parameters
    ----------
    people
        People of each building, NaN = unknown, [buildings].
    slow
        Of these, those of each of the bands `SLOW`, NaN = unknown, [buildings]. Of a building's parties as many are careful
        as the share of these gives, the first ones; where ages are unknown, none is known to be.
    """
    count = party_count(people)
    building = np.repeat(np.arange(len(count)), count)
    size = np.repeat(np.nan_to_num(people) / np.maximum(count, 1), count)
    needing = sum((np.nan_to_num(band) for band in slow), np.zeros(len(count)))
    share = np.clip(needing / np.maximum(np.nan_to_num(people), 1e-9), 0.0, 1.0)
    first = np.concatenate([[0], np.cumsum(count)[:-1]]) if len(count) else np.zeros(0, np.int64)
    rank = np.arange(len(building)) - np.repeat(first, count)
    return Parties(building, size, rank < np.repeat(np.ceil(share * count - 1e-9), count))


def draws(seed: int, count: int, what: int) -> NDArray[np.float64]:
    """One number in [0, 1) for each party, the same for the same seed; ``what`` tells one decision from another.

    A party that goes at a share of 0.3 goes at every higher share too, so that shares can be compared.
    """
    return np.random.Generator(np.random.Philox(key=[seed, what])).random(count)
