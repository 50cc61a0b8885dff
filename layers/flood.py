"""Depth of water on the cells of the grid, draped on the terrain: dry cells are clear, unknown ones hatched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pydeck
from numpy.typing import NDArray

from layers.coding import DEPTH, UNKNOWN
from layers.map_layer import MapLayer, StepValues, relief_properties, value_properties
from layers.relief import Relief
from layers.scales import OFFICIAL_DEPTH, Scale

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


def merged_codes(codes: NDArray[np.uint8], *, largest: int) -> NDArray[np.uint8]:
    """Codes with at most ``largest`` cells a side: wet before unknown before dry."""
    factor = max(1, -(-max(codes.shape) // largest))
    if factor == 1:
        return codes
    rows, columns = (-(-side // factor) * factor for side in codes.shape)
    padded = np.zeros((rows, columns), dtype=np.uint8)
    padded[: codes.shape[0], : codes.shape[1]] = codes
    blocks = padded.reshape(rows // factor, factor, columns // factor, factor)
    unknown = (blocks == UNKNOWN).any(axis=(1, 3))
    deepest = np.where(blocks < 254, blocks, 0).max(axis=(1, 3))
    return np.where((deepest == 0) & unknown, UNKNOWN, deepest).astype(np.uint8)


def flood_layer(
    relief: Relief,
    *,
    terrain: dict[str, str],
    values: StepValues,
    scale: Scale = OFFICIAL_DEPTH,
    visible: bool = True,
) -> MapLayer:
    """The layer of water on the ground.

    Parameters
    ----------
    relief
        The terrain as drawn.
    terrain
        The ``terrain`` property of the ground layer (``ground.deck.terrain``): the water has the same mesh.
    values
        Bytes by step from `depth_codes`, shape [rows, columns].
    scale
        One of `layers.scales.DEPTH_SCALES`.
    visible
        Drawn at first.
    """
    factor = max(-(-relief.grid.rows // values.shape[0]), -(-relief.grid.columns // values.shape[1]))
    layer = pydeck.Layer(
        "CityFlood",
        id="flood",
        pickable=False,
        visible=visible,
        terrain=terrain,
        cells={"u": relief.grid.columns / factor, "v": relief.grid.rows / factor},
        relief=relief_properties(relief),
        **value_properties(values, scale, surface="water"),
    )
    return MapLayer("flood", "Water on the ground", layer, scale.legend(), visible)
