"""The ground: heights of the mesh, hillshade and the classes of the base map, in one message."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from layers.relief import LATTICE, Relief
from layers.wire.container import pack
from layers.wire.quantise import quantise_heights


def terrain_message(relief: Relief, classes: NDArray[np.uint8]) -> bytes:
    """The message of the ground.

    Arrays: ``heights`` uint16 [mesh rows × columns]; ``lattice`` float64 longitude, latitude of 17 × 17 points over the
    grid's bounds, from which the browser interpolates every position (the projection is smooth: the error is millimetres);
    ``shade`` uint8 [shade rows × columns]; ``classes`` uint8 [class rows × columns].

    Parameters
    ----------
    relief
        The terrain as drawn.
    classes
        Codes of `layers.ground.GROUND_CLASSES` over the grid's bounds, uint8 [rows, columns].
    """
    codes, zero, step = quantise_heights(relief.heights)
    shade = relief.shade()
    grid, mesh = relief.grid, relief.mesh_grid
    return pack(
        "terrain",
        {
            "rows": mesh.rows,
            "columns": mesh.columns,
            "first_v": 0.5 * mesh.cell / (grid.rows * grid.cell),
            "first_u": 0.5 * mesh.cell / (grid.columns * grid.cell),
            "step_v": mesh.cell / (grid.rows * grid.cell),
            "step_u": mesh.cell / (grid.columns * grid.cell),
            "height_zero": zero,
            "height_step": step,
            "lattice": LATTICE,
            "shade_shape": shade.shape,
            "class_shape": classes.shape,
        },
        {"heights": codes, "lattice": relief.lattice(), "shade": shade, "classes": classes},
    )
