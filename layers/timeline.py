"""The timeline below the map: the steps of a run, what drives the water, and the measures as bars."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Driving:
    """What drives the water, drawn on the timeline: a stage, a tide, rain.

    ``values`` are one per step; None or NaN where unknown. ``label`` is a translation key.
    """

    label: str
    unit: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Bar:
    """From when to when a measure acts, below the slider.

    Parameters
    ----------
    id
        Stable name; a shape of the same id lights up with its bar and is dim while the bar does not cover the moment shown.
    label
        In the reader's language.
    start, end
        Seconds since the start of the scenario; ``end`` None stays open to the right edge.
    movable
        Whether it can be dragged.
    """

    id: str
    label: str
    start: float
    end: float | None = None
    movable: bool = True


@dataclass(frozen=True)
class Timeline:
    """The steps of a run.

    Parameters
    ----------
    labels
        One for each step ("+1 h 20 min"), already in the reader's language.
    driving
        What drives the water, None for nothing.
    times
        Seconds since the start, one per step, ascending; needed for ``bars``.
    bars
        Measures, in the order in which they are listed.
    """

    labels: tuple[str, ...]
    driving: Driving | None = None
    times: tuple[int, ...] = ()
    bars: tuple[Bar, ...] = ()

    def __post_init__(self) -> None:
        if self.times and len(self.times) != len(self.labels):
            raise ValueError(f"{len(self.times)} times for {len(self.labels)} labels of the timeline")
        if any(later <= earlier for earlier, later in zip(self.times, self.times[1:], strict=False)):
            raise ValueError("the times of a timeline must ascend")

    def to_data(self, translate: Callable[[str], str]) -> dict[str, Any]:
        """What the component gets: JSON values, gaps as None.

        Examples
        --------
        >>> Timeline(("0", "1"), Driving("Stage", "m", (1.0, float("nan")))).to_data(str)["driving"]["values"]
        [1.0, None]
        """
        driving = self.driving
        return {
            "labels": list(self.labels),
            "driving": driving
            and {
                "label": translate(driving.label),
                "unit": driving.unit,
                # JSON has no NaN; the chart leaves a gap.
                "values": [None if value is None or not math.isfinite(value) else float(value) for value in driving.values],
            },
            "times": [int(time) for time in self.times],
            "bars": [
                {
                    "id": bar.id,
                    "label": bar.label,
                    "start": float(bar.start),
                    "end": None if bar.end is None or not math.isfinite(bar.end) else float(bar.end),
                    "movable": bar.movable,
                }
                for bar in self.bars
            ],
        }
