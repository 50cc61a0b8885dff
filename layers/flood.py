"""Water on the ground: a surface with the terrain below it, coloured by depth, arrival, hazard class or speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pydeck
from numpy.typing import NDArray

from layers.coding import DEPTH, NOT_APPLICABLE, UNKNOWN, Coding
from layers.language import mark
from layers.map_layer import MapLayer, StepValues, relief_properties, value_properties
from layers.relief import Relief
from layers.scales import OFFICIAL_DEPTH, Scale
from layers.themes import Theme

LARGEST_CELLS = 1024


def depth_codes(depth: NDArray[Any], *, largest: int = LARGEST_CELLS) -> NDArray[np.uint8]:
    """Bytes of the depth cells, merged so that no side has more than ``largest`` cells.

    Merging takes the deepest code of a block. A block is unknown where nothing in it is wet and something is unknown: a
    block half known dry is not shown as dry.

    Examples
    --------
    >>> depth_codes(np.array([[0.0, 0.5], [np.nan, 0.0]]), largest=1).tolist()
    [[50]]
    >>> depth_codes(np.array([[0.0, 0.0], [np.nan, 0.0]]), largest=1).tolist()
    [[255]]
    """
    return merged_codes(DEPTH.encode(depth), largest=largest)


def merged_codes(
    codes: NDArray[np.uint8], *, largest: int = LARGEST_CELLS, clear: Sequence[int] = (NOT_APPLICABLE, 0), reverse: bool = False
) -> NDArray[np.uint8]:
    """Codes with at most ``largest`` cells a side, the gravest of each block: what is told, before unknown, before clear.

    Parameters
    ----------
    codes
        uint8 [rows, columns].
    largest
        Cells a side at most.
    clear
        Codes that say that there is nothing, the least first.
    reverse
        True where the lowest code is the gravest: the earliest arrival.

    Examples
    --------
    >>> merged_codes(np.array([[3, 9], [253, 255]], np.uint8), largest=1, clear=(254, 253), reverse=True).tolist()
    [[3]]
    """
    factor = max(1, -(-max(codes.shape) // largest))
    if factor == 1:
        return codes
    told = [code for code in range(256) if code not in (*clear, UNKNOWN)]
    order = np.array([*clear, UNKNOWN, *(reversed(told) if reverse else told)], dtype=np.uint8)
    gravity = np.empty(256, dtype=np.uint8)
    gravity[order] = np.arange(256)
    gravest = np.zeros((-(-codes.shape[0] // factor), -(-codes.shape[1] // factor)), dtype=np.uint8)
    # Place by place of the blocks: the greatest along the short axes of an array takes several times as long.
    for row in range(factor):
        for column in range(factor):
            part = gravity[codes[row::factor, column::factor]]
            here = gravest[: part.shape[0], : part.shape[1]]
            np.maximum(here, part, out=here)
    merged: NDArray[np.uint8] = order[gravest]
    return merged


def merged_shape(shape: tuple[int, int], *, largest: int = LARGEST_CELLS) -> tuple[int, int]:
    """Shape of the `merged_codes` of codes of a shape.

    Examples
    --------
    >>> merged_shape((900, 2100), largest=1000)
    (300, 700)
    """
    factor = max(1, -(-max(shape) // largest))
    return -(-shape[0] // factor), -(-shape[1] // factor)


def theme_codes(codes: NDArray[np.uint8], theme: Theme) -> NDArray[np.uint8]:
    """Codes of a theme merged as its numbers go: the highest, or the earliest."""
    coding = theme.scales[0].coding
    dry = coding.code_of("dry") if isinstance(coding, Coding) and "dry" in coding.states else 0
    clear = (NOT_APPLICABLE, dry)
    return merged_codes(codes, clear=clear, reverse=theme.order == "lowest")


def flood_layer(
    relief: Relief,
    *,
    terrain: dict[str, str],
    values: StepValues,
    scale: Scale = OFFICIAL_DEPTH,
    visible: bool = True,
    name: str = "flood",
    title: str = mark("Water on the ground"),
) -> MapLayer:
    """The layer of water on the ground.

    Parameters
    ----------
    relief
        The terrain as drawn.
    terrain
        The ``terrain`` property of the ground layer (``ground.deck.terrain``): the water has the same mesh.
    values
        Bytes by step, shape [rows, columns], with the surface in their ``surface``; without it they lie on the ground.
    scale
        How they are coloured.
    visible
        Drawn at first.
    name, title
        Id and translation key: what lies over the water, such as hatching, has its own.
    """
    factor = max(-(-relief.grid.rows // values.shape[0]), -(-relief.grid.columns // values.shape[1]))
    layer = pydeck.Layer(
        "CityFlood",
        id=name,
        pickable=False,
        visible=visible,
        terrain=terrain,
        cells={"u": relief.grid.columns / factor, "v": relief.grid.rows / factor},
        relief=relief_properties(relief),
        **value_properties(values, scale, surface="water"),
    )
    return MapLayer(name, title, layer, scale.legend(), visible)
