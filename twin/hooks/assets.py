"""What buildings and their contents are worth, and how steep the ground around them is: the same at every moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.grid import Grid
from twin.hook import Inputs, Parameters, Read, Static
from twin.impact.variables import CONTENTS_VALUE, GROUND_GRADIENT, STRUCTURE_VALUE, VALUE_HIGH, VALUE_LOW
from twin.question import Question, Step
from twin.variable import Variable

SURROUNDINGS = 100.0
"""Ground is levelled over blocks of this side before its gradient is taken, m."""


@dataclass(frozen=True)
class AssetsHook:
    """Values from the city's own table; unknown where it names none for the use of a building, or the area is not stated."""

    name: str = "assets"
    version: str = "1"
    reads: tuple[Read, ...] = (
        Static("buildings", ("use", "floor_area", "geometry")),
        Static("asset_values"),
        Static("elevation"),
    )
    writes: tuple[Variable, ...] = (GROUND_GRADIENT, STRUCTURE_VALUE, CONTENTS_VALUE, VALUE_LOW, VALUE_HIGH)

    def parameters(self, question: Question, step: Step) -> Parameters:  # noqa: ARG002 (the same at every step)
        """The error of values whose source states none."""
        return {"error": question.scenario.impact.value_error}

    def step(self, inputs: Inputs, parameters: Parameters, duration: int) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """Values and gradients."""
        buildings, prices = inputs.table("buildings"), inputs.table("asset_values")
        shapes = np.asarray(buildings["geometry"], dtype=object)
        structure, contents, low, high = values_of(buildings, shapes, prices, error=parameters["error"])
        centre = shapely.centroid(shapes)
        steep = gradient_at(inputs.raster("elevation"), inputs.grid(), shapely.get_x(centre), shapely.get_y(centre))
        return {
            GROUND_GRADIENT.name: steep,
            STRUCTURE_VALUE.name: structure,
            CONTENTS_VALUE.name: contents,
            VALUE_LOW.name: low,
            VALUE_HIGH.name: high,
        }


def values_of(
    buildings: pd.DataFrame, shapes: NDArray[Any], prices: pd.DataFrame, *, error: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Value of each building and of its contents, and the ends of both as multiples; NaN where unknown. Each [buildings].

    A price of building and contents as one ("total") counts with the building, and leaves 0 for the contents.
    """
    count = len(buildings)
    use, area = buildings["use"].to_numpy(str), buildings["floor_area"].to_numpy(np.float64)
    found = {part: np.full(count, np.nan) for part in ("structure", "contents")}
    low, high = np.full(count, np.nan), np.full(count, np.nan)
    for price in prices.itertuples(index=False):
        mine = use == price.use
        part = "contents" if price.part == "contents" else "structure"
        size = area[mine] if price.per == "floor_area" else shapely.area(shapes[mine])
        found[part][mine] = size * price.value
        if price.part == "total":
            found["contents"][mine] = 0.0
        if part == "structure" and price.value > 0:
            low[mine] = 1.0 - error if np.isnan(price.value_low) else price.value_low / price.value
            high[mine] = 1.0 + error if np.isnan(price.value_high) else price.value_high / price.value
    return found["structure"], found["contents"], low, high


def gradient_at(elevation: NDArray[Any], grid: Grid, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
    """Gradient of the ground, levelled over blocks of `SURROUNDINGS`, at points; NaN where the ground is unknown.

    Examples
    --------
    >>> grid = Grid(0.0, 600.0, 10.0, 60, 60, "EPSG:6677")
    >>> plane = np.tile(np.arange(60, dtype=np.float32) * 0.02, (60, 1))  # 2 cm on 10 m
    >>> gradient_at(plane, grid, np.array([300.0]), np.array([300.0])).round(4).tolist()
    [0.0020000000949949026]
    """
    factor = max(1, round(SURROUNDINGS / grid.cell))
    rows, columns = -(-grid.rows // factor), -(-grid.columns // factor)
    if rows < 2 or columns < 2:
        return np.full(len(x), np.nan, np.float32)
    padded = np.full((rows * factor, columns * factor), np.nan)
    padded[: grid.rows, : grid.columns] = elevation
    blocks = padded.reshape(rows, factor, columns, factor)
    known = np.isfinite(blocks)
    counts = known.sum(axis=(1, 3))
    level = np.where(known, blocks, 0.0).sum(axis=(1, 3)) / np.where(counts, counts, np.nan)
    down, across = np.gradient(level, factor * grid.cell)
    steep = np.hypot(down, across)
    cell = grid.cells_of(x, y)
    row, column = np.divmod(np.maximum(cell, 0), grid.columns)
    return np.where(cell >= 0, steep[row // factor, column // factor], np.nan).astype(np.float32)
