"""Districts (町) as sets of lattice cells, and the addresses in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.sample.lattice import Lattice
from geodata.sample.names import quarter
from geodata.sample.noise import Floats
from geodata.sample.plan import CRS, Plan
from geodata.sample.plots import Plots

MOST = 220


@dataclass(frozen=True)
class Districts:
    """Quarters of the city; together they cover all of it."""

    plan: Plan
    lattice: Lattice

    @cached_property
    def _numbered(self) -> tuple[NDArray[np.int64], tuple[tuple[str, str], ...]]:
        lattice, plan = self.lattice, self.plan
        rows, columns = len(lattice.v) - 1, len(lattice.u) - 1
        wanted = float(np.clip(10 * (plan.buildings / 8000) ** 0.6, 10, MOST))
        size = np.sqrt(plan.width * plan.height / wanted)
        default = plan.scale < 1.5
        across = 3 if default else max(3, round(plan.width / (1.38 * size)))
        terrace = int(np.argmin(np.abs(lattice.v - lattice.terrace_v)))
        edges = [0, lattice.river_row, lattice.rail_row + 1, max(terrace, lattice.rail_row + 2), rows]
        number = np.zeros((columns, rows), dtype=np.int64)
        middle = (lattice.u[1:] + lattice.u[:-1]) / 2
        names: list[tuple[str, str]] = []
        for band, (low, high) in enumerate(pairwise(edges)):
            steps = 1 if default else max(1, round((lattice.v[high] - lattice.v[low]) / size))
            parts = np.array_split(np.arange(low, high), steps)
            for part in parts:
                if not len(part):
                    continue
                shift = 0.12 * np.sin(2.1 * (len(names) + 1))
                share = np.clip(middle / plan.width * across + shift, 0, across - 0.01).astype(int)
                number[:, part] = (share + len(names))[:, None]
                names += [quarter(len(names) + k, band, k, default=default) for k in range(across)]
        return number, tuple(names)

    @property
    def of_cell(self) -> NDArray[np.int64]:
        """Number of the district of each lattice cell, [i, j]."""
        return self._numbered[0]

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """(Japanese, romanised) name of each district."""
        return self._numbered[1]

    def ids(self) -> list[str]:
        """Stable ids of the districts."""
        return [f"kawabe-d-{k:03d}" for k in range(len(self.names))]

    def frame(self) -> geopandas.GeoDataFrame:
        """The districts as areas."""
        nodes = self.lattice.nodes
        corners = np.stack([nodes[:-1, :-1], nodes[1:, :-1], nodes[1:, 1:], nodes[:-1, 1:]], axis=2)
        cells = shapely.polygons(corners.reshape(-1, 4, 2))
        number = self.of_cell.ravel()
        order = np.argsort(number, kind="stable")
        edges = np.searchsorted(number[order], np.arange(len(self.names) + 1))
        shapes = [shapely.union_all(cells[order[a:b]]) for a, b in pairwise(edges)]
        frame = geopandas.GeoDataFrame(
            {
                "id": self.ids(),
                "name": [name for name, _ in self.names],
                "name_en": [name for _, name in self.names],
                "kind": "district",
            },
            geometry=shapes,
            crs=CRS,
        )
        return frame[~frame.geometry.is_empty].reset_index(drop=True)

    @cached_property
    def _chome(self) -> NDArray[np.int64]:
        """Number of the 丁目 of each cell within its district, [i, j]."""
        columns, rows = self.of_cell.shape
        i, j = np.meshgrid(np.arange(columns) // 4, np.arange(rows) // 3, indexing="ij")
        key = (self.of_cell * 100_000 + j * 1000 + i).ravel()
        known, inverse = np.unique(key, return_inverse=True)
        district = known // 100_000
        first = np.searchsorted(district, district, side="left")
        return np.asarray((np.arange(len(known)) - first + 1)[inverse].reshape(columns, rows))

    def addresses(self, plots: Plots, chosen: NDArray[np.int64] | slice) -> list[str]:
        """Addresses such as 川端町2丁目3-5 of plots, chosen by position."""
        frame = plots.frame.iloc[chosen]
        cell = frame["cell"].to_numpy()
        names = np.array([name for name, _ in self.names], dtype=object)[self.of_cell.ravel()[cell]]
        chome, ban = self._chome.ravel()[cell], self._ban(plots)[frame["block"].to_numpy()]
        number = frame["number"].to_numpy() // 2 + 1
        sub = frame["number"].to_numpy() % 2 == 1
        return [
            f"{name}{c}丁目{b}-{n}" + ("-2" if s else "")
            for name, c, b, n, s in zip(names, chome, ban, number, sub, strict=True)
        ]

    def _ban(self, plots: Plots) -> NDArray[np.int64]:
        """Number of each block within its 丁目."""
        blocks = plots.frame[["block", "cell"]].drop_duplicates("block")
        cell = blocks["cell"].to_numpy()
        group = pd.Series(self.of_cell.ravel()[cell] * 100_000 + self._chome.ravel()[cell])
        ban = np.zeros(len(plots.pattern_of_block), dtype=np.int64)
        ban[blocks["block"].to_numpy()] = group.groupby(group).cumcount().to_numpy() + 1
        return ban

    def of_plots(self, plots: Plots) -> NDArray[np.int64]:
        """Number of the district of each plot."""
        return np.asarray(self.of_cell.ravel()[plots.frame["cell"].to_numpy()])

    def middle(self) -> Floats:
        """A point well inside each district, [n, 2]."""
        return np.asarray(shapely.get_coordinates(shapely.point_on_surface(self.frame().geometry.to_numpy())))
