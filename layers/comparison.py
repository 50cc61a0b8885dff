"""Two answers on one map: beside each other with a divider, or their difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layers.map_layer import StepValues
from layers.scales import Scale


@dataclass(frozen=True)
class Other:
    """The second answer: the same geometry, other values.

    Parameters
    ----------
    values
        Bytes of the second answer by layer id; a layer without any shows the first answer on both sides.
    label_left, label_right
        What is seen on either side, in the reader's language: the first answer is left.
    difference
        True: ``values`` are differences computed beforehand, shown on the whole map without a divider in the colours of
        ``scales``.
    scales
        Colours of ``values`` by layer id, where they are not those of the layer itself: a diverging scale for differences.
    at
        Where the divider stands at first, 0 (left edge) to 1.
    """

    values: Mapping[str, StepValues]
    label_left: str
    label_right: str
    difference: bool = False
    scales: Mapping[str, Scale] = field(default_factory=dict)
    at: float = 0.5
