"""Rain over time from hyetographs and design storms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from twin.flood.curve import Bars
from twin.scenario.engine import DesignStorm, Rain

_MM = 1e-3


def hyetograph(rain: Rain) -> Bars:
    """The rain as rates between times, m/s.

    Examples
    --------
    >>> from twin.scenario.curve import CurvePoint
    >>> hour = Rain(rates=(CurvePoint(at=0, value=50), CurvePoint(at=3600, value=0)))
    >>> round(hyetograph(hour).integral(0, 7200), 6)
    0.05
    """
    if rain.storm is not None:
        return alternating_blocks(rain.storm)
    times = [float(point.at) for point in rain.rates]
    rates = [point.value * _MM / 3600 for point in rain.rates]
    if rates[-1] > 0:
        times.append(1e12)
    else:
        rates.pop()
    return Bars(tuple(times), tuple(rates)) if rates else Bars((0.0, 1.0), (0.0,))


def alternating_blocks(storm: DesignStorm) -> Bars:
    """A design storm: blocks in order of their depth, the greatest in the middle, the others before and after it in turn.

    Within any of the curve's durations around the middle falls what the curve says (Chow, Maidment & Mays 1988, 14.4).

    Examples
    --------
    >>> from twin.scenario.engine import StormDepth
    >>> storm = DesignStorm(depths=(StormDepth(duration=600, depth=20), StormDepth(duration=1800, depth=30)), interval=600)
    >>> [round(rate * 600 * 1000, 1) for rate in alternating_blocks(storm).rates]
    [5.0, 20.0, 5.0]
    """
    spans = np.array([0.0, *(d.duration for d in storm.depths)])
    depths = np.array([0.0, *(d.depth for d in storm.depths)])
    count = max(1, round(spans[-1] / storm.interval))
    sums = np.interp(np.arange(count + 1) * storm.interval, spans, depths)
    blocks = sorted((b - a for a, b in pairwise(sums)), reverse=True)
    order: list[float] = []
    for number, block in enumerate(blocks):
        order = [*order, block] if number % 2 == 0 else [block, *order]
    times = tuple(float(k * storm.interval) for k in range(count + 1))
    return Bars(times, tuple(float(block) * _MM / storm.interval for block in order))
