"""Care homes, hospitals and schools by how much time they have left, beside the time they need: the shortest first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.hooks.minutes_left import NEED_TIME
from twin.mobility.variables import FACILITY_TIME_LEFT
from twin.state import State

NO_DEPARTURE, OUT_OF_TIME, IN_TIME, NEED_UNKNOWN, NOT_CLOSED = (
    "no safe departure any more", "less time than needed", "time enough", "time needed unknown", "not closed within this run",
)  # fmt: skip


def care_list(state: State) -> pd.DataFrame:
    """The places whose people need help, those with the least spare time first.

    Parameters
    ----------
    state
        A state of a finished run, for the moment that it tells of.

    Returns
    -------
    Columns ``row`` (in the table of facilities), ``id``, ``name``, ``kind``, ``users``; ``left``, ``needed`` and ``spare``, s:
    NaN where unknown, inf = not closed within this run, ``left`` 0 = no safe departure; and ``verdict`` in words. Where the
    time needed is unknown the place stands after those known to lack time and before the others, by the time it has left.
    """
    facilities = state.city.table("facilities")
    rows = np.flatnonzero(np.isin(facilities["kind"].to_numpy(), NEED_TIME))
    places = facilities.iloc[rows]
    told: NDArray[np.float64] = state.field(FACILITY_TIME_LEFT)[rows].astype(np.float64)
    left = np.maximum(told, 0.0)
    needed = places["time_to_leave"].to_numpy(np.float64)
    spare = np.where(np.isposinf(left), np.inf, left - needed)
    verdict = np.select(
        [np.isneginf(told), np.isposinf(left), np.isnan(spare), spare < 0],
        [NO_DEPARTURE, NOT_CLOSED, NEED_UNKNOWN, OUT_OF_TIME],
        IN_TIME,
    )
    urgency = np.select([verdict == NOT_CLOSED, verdict == IN_TIME, verdict == NEED_UNKNOWN], [3, 2, 1], 0)
    listed = pd.DataFrame({
        "row": rows, "id": places["id"].to_numpy(), "name": places["name"].to_numpy(), "kind": places["kind"].to_numpy(),
        "users": places["users"].to_numpy(np.float64), "left": left, "needed": needed, "spare": spare, "verdict": verdict,
    })  # fmt: skip
    # Without a departure, and without knowing the time needed, the time left is all there is to go by.
    order = np.lexsort((listed["id"].to_numpy(), left, np.where(np.isnan(spare), left, spare), urgency))
    return listed.iloc[order].reset_index(drop=True)
