"""One headline figure of a state, before `twin.outcome` makes it an outcome; and the people that several of them count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.presence import people_of
from twin.state import State


@dataclass(frozen=True)
class Figure:
    """One figure of a state; see `twin.outcome.Outcome`. ``greatest``: the greatest over a run counts, else the last."""

    name: str
    unit: str
    meaning: str
    reads: tuple[str, ...]
    measure: Callable[[State], Any]
    greatest: bool = False
    people: bool = False


def known_people(state: State) -> NDArray[np.float64]:
    """People of each building where the state counts them (`twin.presence`), 0 where nobody says."""
    return np.asarray(np.nan_to_num(people_of(state)))
