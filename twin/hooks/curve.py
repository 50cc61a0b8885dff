"""Values over time given by points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.scenario.curve import CurvePoint


def value_at(points: Sequence[CurvePoint], time: float) -> float:
    """Value of a curve at a time, s: straight lines between its points, constant before the first and after the last.

    Examples
    --------
    >>> value_at((CurvePoint(at=0, value=0.0), CurvePoint(at=60, value=3.0)), 20)
    1.0
    """
    return float(np.interp(time, [point.at for point in points], [point.value for point in points]))
