"""The plan of the sample city: how large it is, where it lies, and where its randomness comes from."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.provenance import Provenance
from geodata.source import SourceTable, VerticalReference

CRS = "EPSG:6670"  # Japan Plane Rectangular CS II; the site is open water of the Suō-nada, so that no real town is meant
SITE = (40_000.0, 82_000.0)  # easting and northing of the middle of the city, m
HEIGHTS = VerticalReference("EPSG:6695", "m", "JGD2011")
SMALLEST, LARGEST = 100, 2_000_000
BUILDINGS_AT_SCALE_1 = 8000
SCALE_FLOOR = 0.55  # below this the river would not fit into the picture


@dataclass(frozen=True)
class Plan:
    """Size, place and seed of one sample city.

    Lengths that make up the landscape (distance from the river to the railway, to the terrace, to the hills) grow with
    ``scale``; lengths that people make (streets, plots, buildings, levees) do not.

    Examples
    --------
    >>> plan = Plan(buildings=8000, seed=1)
    >>> plan.width, plan.height, plan.grid.shape
    (4000.0, 3000.0, (600, 800))
    """

    buildings: int = BUILDINGS_AT_SCALE_1
    seed: int = 1

    def __post_init__(self) -> None:
        if not SMALLEST <= self.buildings <= LARGEST:
            raise InputError(
                "A sample city of {buildings} buildings cannot be made; ask for {smallest} to {largest}.",
                buildings=self.buildings,
                smallest=SMALLEST,
                largest=LARGEST,
            )
        if self.seed < 0:
            raise InputError("The seed {seed} is negative; give 0 or a positive whole number.", seed=self.seed)

    @cached_property
    def scale(self) -> float:
        """Size of the landscape relative to a town of 8,000 buildings."""
        return max(math.sqrt(self.buildings / BUILDINGS_AT_SCALE_1), SCALE_FLOOR)

    @property
    def cell(self) -> float:
        """Cell size of all rasters, m."""
        return 5.0 if self.buildings <= 200_000 else 10.0

    @cached_property
    def width(self) -> float:
        """West to east, m: along the valley."""
        return round(4000 * self.scale / 20) * 20.0

    @cached_property
    def height(self) -> float:
        """South to north, m: across the valley."""
        return round(3000 * self.scale / 20) * 20.0

    @property
    def west(self) -> float:
        """Western edge, m."""
        return SITE[0] - self.width / 2

    @property
    def south(self) -> float:
        """Southern edge, m."""
        return SITE[1] - self.height / 2

    @property
    def south_depth(self) -> float:
        """From the river's base line to the southern edge, m."""
        return round(1150 * self.scale / 10) * 10.0

    @property
    def north_depth(self) -> float:
        """From the river's base line to the northern edge, m."""
        return self.height - self.south_depth

    @property
    def base_y(self) -> float:
        """Northing of the river's base line, about which it meanders, m."""
        return self.south + self.south_depth

    @cached_property
    def grid(self) -> Grid:
        """The frame of every raster."""
        return Grid(
            self.west,
            self.south + self.height,
            self.cell,
            round(self.height / self.cell),
            round(self.width / self.cell),
            CRS,
        )

    def random(self, purpose: str, *keys: int) -> np.random.Generator:
        """A generator of its own for one purpose (and tile), the same on every machine and Python."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, zlib.crc32(purpose.encode()), *keys])))

    @property
    def provenance(self) -> Provenance:
        """Where all of it comes from."""
        return Provenance(
            source=f"City Twin sample generator, {self.buildings} buildings, seed {self.seed}",
            licence="CC0 1.0",
            attribution="Kawabe is a fictional city / 川辺市は架空の街です",
            date="2026",
            fictional=True,
            notes=("Everything is made up; the place on the map is open sea.",),
        )

    def table(self, name: str, frame: pd.DataFrame, *, heights: bool = False) -> SourceTable:
        """One table in the form in which readers hand tables over."""
        return SourceTable(name, frame, self.provenance, HEIGHTS if heights else None)
