"""From a hook's inputs and plain parameters to a domain with everything that acts on it in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geodata.grid import Grid
from geodata.overlays import FootprintCells
from twin.flood.barriers import Barriers, Breach, Dam, face_chain
from twin.flood.boundaries import (
    Edge,
    InflowEdge,
    StageEdge,
    chosen_stretch,
    edge_of,
    inflow_faces,
    narrow_faces,
    open_faces,
    stage_faces,
)
from twin.flood.curve import Bars, Curve
from twin.flood.domain import Domain
from twin.flood.faces import Faces
from twin.flood.infiltration import CONSTANT, GREEN_AMPT, HORTON, Soil, curve_number_soil
from twin.flood.solver import Control, Forcing
from twin.flood.sources import Culvert, Inflow, Pump, StillSources, disc_cells, source_cells
from twin.flood.storm import Frame, RainField, share_of_storm
from twin.flood.terrain import (
    LEAST_OPEN,
    MOSTLY_BUILT,
    WHOLLY_OPEN,
    Roofs,
    built_share,
    filled,
    land_use_roughness,
    outside_and_holes,
    roughness_of,
)
from twin.hook import Inputs

MM_PER_H = 1e-3 / 3600


@dataclass
class Setting:
    """One step's domain and forcing.

    Parameters
    ----------
    inputs
        What the hook received.
    given
        The hook's parameters.
    powered
        Which facilities have power, codes of `FACILITY_POWERED` by facility; None = nobody says.
    """

    inputs: Inputs
    given: Mapping[str, Any]
    powered: NDArray[np.uint8] | None = None
    domain: Domain = field(init=False)
    built: NDArray[np.bool_] = field(init=False)
    outside: NDArray[np.bool_] = field(init=False)
    ground: NDArray[np.float64] = field(init=False)
    openness: NDArray[np.float64] = field(init=False)
    barriers: Barriers = field(init=False)
    rain_field: RainField = field(init=False)
    controls: list[Control] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        elevation = filled(self.inputs.raster("elevation"))
        self.outside, _ = outside_and_holes(elevation)
        shape = elevation.shape
        self.built = np.zeros(shape, np.bool_)
        openness = np.ones(shape)
        if self.given["buildings"] != "ignored" and self.inputs.size("building"):
            share = built_share(FootprintCells.from_arrays(self.inputs.overlay("footprint_cells")), shape)
            if self.given["buildings"] == "porosity":
                openness = 1.0 - share
                openness[self.outside | (openness > WHOLLY_OPEN)] = 1.0
                self.built = (openness < LEAST_OPEN) & ~self.outside
            else:
                self.built = (share >= MOSTLY_BUILT) & ~self.outside
        ground = elevation.copy()
        if self.given["buildings"] == "raised":
            ground[self.built] += self.given["raised_by"]
            self.built = np.zeros(shape, np.bool_)
        for part in self._measures("storage"):
            cells = self._disc(part["at"], part["radius"])
            cells = cells[~self.outside[cells[:, 0], cells[:, 1]]]
            if len(cells):
                ground[cells[:, 0], cells[:, 1]] -= part["volume"] / (len(cells) * self.grid.cell**2)
        self.ground = ground
        use = land_use_roughness(self.inputs.table("land_use"), self.grid)
        roughness = roughness_of(self.inputs.raster("roughness"), use, self.given["roughness"])
        self.domain = Domain(np.where(self.built, np.nan, ground), roughness, self.grid.cell)
        self.openness = np.where(self.domain.blocked, 1.0, openness)
        self.domain.set_openness(self.openness)
        self._take_up()
        self._edges_and_barriers()
        self._sources()

    @property
    def grid(self) -> Grid:
        """The city's grid."""
        return self.inputs.grid()

    @cached_property
    def _from_wgs84(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs("EPSG:4326", self.grid.crs, always_xy=True)

    def place(self, position: Sequence[float]) -> tuple[float, float]:
        """Metres east and south of the grid's north-western corner."""
        x, y = self._from_wgs84.transform(position[0], position[1])
        return float(x) - self.grid.west, self.grid.north - float(y)

    def cell(self, position: Sequence[float]) -> tuple[int, int]:
        """Grid cell (row, column) of a place, or the nearest open one within three cells of it."""
        x, y = self.place(position)
        row = int(np.clip(y // self.grid.cell, 0, self.grid.rows - 1))
        column = int(np.clip(x // self.grid.cell, 0, self.grid.columns - 1))
        if not self.domain.blocked[row, column]:
            return row, column
        open_cells = np.argwhere(~self.domain.blocked[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4])
        if not len(open_cells):
            return row, column
        cells = open_cells + np.array([max(row - 3, 0), max(column - 3, 0)])
        best = cells[np.argmin(((cells - (row, column)) ** 2).sum(axis=1))]
        return int(best[0]), int(best[1])

    def _disc(self, position: Sequence[float], radius: float) -> NDArray[Any]:
        return disc_cells(*self.place(position), radius, *self.grid.shape, self.grid.cell)

    def _measures(self, *kinds: str) -> list[Mapping[str, Any]]:
        return [part for part in self.given["measures"] if part["kind"] in kinds]

    def _take_up(self) -> None:
        domain, given = self.domain, self.given
        soil = _soil(given["infiltration"], given["sewers"] * MM_PER_H)
        dry_soil = Soil(sewer=soil.sewer)
        domain.soils = (Soil(), Soil(kind=soil.kind, a=soil.a, b=soil.b, c=soil.c), soil, dry_soil, Soil())
        kinds = np.full(domain.blocked.shape, 2, np.uint8)
        if given["sewers"] and given["sewer_areas"]:
            from rasterio.features import rasterize  # noqa: PLC0415 (slow to import, seldom needed)

            areas = self.inputs.table("areas")
            chosen = areas[areas["id"].isin(given["sewer_areas"])]
            drained = rasterize(list(chosen.geometry), out_shape=self.grid.shape, transform=self.grid.transform, fill=0)
            kinds[drained == 0] = 1
        kinds[np.nan_to_num(self.inputs.raster("water_mask")) > 0] = 4
        kinds[domain.blocked] = 0
        domain.inner(domain.soil)[:] = kinds
        roofs = Roofs(self.built, self.outside)
        pattern = np.ones(self.grid.shape) if given["rain_pattern"] is None else self.inputs.asset(given["rain_pattern"])
        if given["rain_cell"] is not None:
            pattern = share_of_storm(self.grid, **given["rain_cell"])
        domain.inner(domain.weight)[:] = roofs.drained(np.where(self.outside, 0.0, pattern)) / self.openness
        self.rain_field = RainField([
            Frame(start, end, self._reaching(roofs, self.inputs.asset(raster)))
            for start, end, raster in given["rain_field"]
        ])  # fmt: skip
        if self.rain_field.frames:
            self.controls.append(self.rain_field)

    def _reaching(self, roofs: Roofs, rates: NDArray[Any]) -> NDArray[np.float32]:
        """Rain rates, mm/h, as they raise the water between the buildings, m/s."""
        return (roofs.drained(np.where(self.outside, 0.0, rates)) * MM_PER_H / self.openness).astype(np.float32)

    def _edges_and_barriers(self) -> None:
        domain, given, cell = self.domain, self.given, self.grid.cell
        edge = edge_of(self.outside, ~domain.blocked)
        laws: list[tuple[Faces, Faces]] = [
            narrow_faces(self.openness, domain.blocked),
            open_faces(edge.chosen(edge.on(given["open_edges"])), domain),
        ]
        for part in given["level_edges"]:
            chosen = self.stretch(edge, part)
            laws.append(stage_faces(chosen))
            self.controls.append(StageEdge(chosen, Curve.of(part["levels"])))
        for part in given["inflow_edges"]:
            chosen = self.stretch(edge, part)
            laws.append(inflow_faces(chosen))
            self.controls.append(InflowEdge(chosen, Curve.of(part["discharge"])))
        dams = [*self._crests()]
        for part in self._measures("flood_barrier", "gate_closed", "raised_road"):
            x, y = np.array([self.place(p) for p in part["line"]]).T
            chain = face_chain(x, y, *self.grid.shape, cell)
            beside = self._ground_beside(chain)
            crest = np.full(len(chain), part["crest"]) if part.get("crest") is not None else beside + part["height"]
            dams.append(Dam(chain, np.asarray(crest, np.float64)))
        breaches = []
        for part in self._measures("levee_breach"):
            x, y = self.place(part["at"])
            breaches.append(
                Breach(
                    x, y, part["width"], part["bottom"], part["start"], part["growth"], bank=max(3 * cell, part["width"] / 2)
                )
            )
        self.barriers = Barriers(dams, breaches)
        if dams or breaches:
            laws.append(self.barriers.faces(domain))
            self.controls.append(self.barriers)
        domain.set_faces(Faces.joined(law[0] for law in laws), Faces.joined(law[1] for law in laws))

    def _crests(self) -> list[Dam]:
        table = self.inputs.table("crests")
        made = []
        for shape, stated in zip(table.geometry, table["crest_elevation"].to_numpy(float), strict=True) if len(table) else ():
            for line in shapely.get_parts(shape):
                points = shapely.get_coordinates(line, include_z=True)
                chain = face_chain(
                    points[:, 0] - self.grid.west, self.grid.north - points[:, 1], *self.grid.shape, self.grid.cell
                )
                if not len(chain):
                    continue
                reach = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))])
                known = np.isfinite(points[:, 2])
                if known.all():
                    crest = np.interp(chain.chainage, reach, points[:, 2])
                elif np.isfinite(stated):
                    crest = np.full(len(chain), stated)
                else:
                    continue
                made.append(Dam(chain, crest))
        return made

    def _ground_beside(self, chain: Any) -> NDArray[np.float64]:
        one = self.ground[chain.rows, chain.columns]
        other = self.ground[chain.rows - chain.down, chain.columns - ~chain.down]
        return np.asarray(np.nan_to_num(np.fmax(one, other)))

    def stretch(self, edge: Edge, part: Mapping[str, Any]) -> Edge:
        """The part of an edge that ``sides``, or ``line`` and ``near``, name."""
        path = None if part["sides"] else np.array([self.place(p) for p in part["line"]])
        return chosen_stretch(edge, sides=part["sides"], path=path, near=part["near"], cell=self.grid.cell)

    def _sources(self) -> None:
        domain = self.domain
        groups = []
        for part in self.given["inflows"]:
            path = np.array([self.place(p) for p in part["places"]])
            cells = source_cells(path[:, 0], path[:, 1], part["radius"], *self.grid.shape, self.grid.cell)
            cells = cells[~domain.blocked[cells[:, 0], cells[:, 1]]]
            groups.append((cells if len(cells) else np.array([self.cell(part["places"][0])]), Curve.of(part["discharge"])))
        if groups:
            places = domain.set_sources(np.concatenate([cells for cells, _ in groups]))
            self.controls.append(StillSources())
            start = 0
            for cells, discharge in groups:
                self.controls.append(Inflow(places[start : start + len(cells)], discharge))
                start += len(cells)
        for part in self._measures("culvert"):
            ends = (self.cell(part["ends"][0]), self.cell(part["ends"][1]))
            inverts = part["inverts"] or tuple(domain.ground_at(*end) for end in ends)
            self.controls.append(
                Culvert(ends, inverts, part["width"] * part["height"], part["height"], part["coefficient"], part["flap"])
            )
        for part in self._measures("pump"):
            outlet = self.cell(part["outlet"]) if part["outlet"] is not None else None
            if self._has_power(part["facility"]):
                self.controls.append(
                    Pump(self.cell(part["at"]), outlet, part["capacity"], part["starts_at"], self._power(part["facility"]))
                )

    def _has_power(self, facility: str) -> bool:
        """Whether a facility has power at this moment; where it is unknown nobody counts on its pump."""
        if self.powered is None or not facility:
            return True
        row = np.flatnonzero((self.inputs.table("facilities")["id"] == facility).to_numpy())[0]
        return bool(self.powered[row] == 1)

    def _power(self, facility: str) -> tuple[tuple[int, int], float] | None:
        """Cell and critical depth of what powers a pump; None = nothing that can fail."""
        if not facility:
            return None
        table = self.inputs.table("facilities")
        chosen = table[table["id"] == facility].iloc[0]
        point = chosen.geometry.representative_point()
        cell = self.grid.cell_of(point.x, point.y)
        if cell is None:
            return None
        limit = float(chosen["critical_height"])
        return cell, limit if np.isfinite(limit) else 0.3

    def initial_water(self) -> None:
        """Water bodies at their normal level, where the scenario wants it."""
        above = self.given["initial_level"]
        if self.given["initial"] == "rivers":
            level = self.inputs.raster("river_level") + np.float32(above)
            wet = (np.nan_to_num(self.inputs.raster("water_mask")) > 0) & np.isfinite(level) & ~self.domain.blocked
            depth = np.where(wet, np.maximum(level - self.ground, 0.0), 0.0)
            self.domain.depth[:] = depth
        elif self.given["initial"] == "level":
            self.domain.set_level(above)

    @property
    def forcing(self) -> Forcing:
        """What acts on the water in this step."""
        if self.given["rain_field"]:
            return Forcing(self.rain_field.fallen, controls=self.controls)
        rain = Bars(tuple(self.given["rain"][0]), tuple(self.given["rain"][1]))
        before, start = self.given["rain_before"], self.given["start"]
        return Forcing(rain.integral, lambda time: before + rain.integral(start, time), self.controls)


def _soil(law: Mapping[str, Any] | None, sewer: float) -> Soil:
    if law is None:
        return Soil(sewer=sewer)
    if law["law"] == "constant":
        return Soil(CONSTANT, law["rate"] * MM_PER_H, sewer=sewer)
    if law["law"] == "horton":
        return Soil(HORTON, law["first_rate"] * MM_PER_H, law["rate"] * MM_PER_H, law["decay"] / 3600, sewer=sewer)
    if law["law"] == "green_ampt":
        return Soil(GREEN_AMPT, law["rate"] * MM_PER_H, law["suction"] * law["deficit"], sewer=sewer)
    return curve_number_soil(law["curve_number"], sewer=sewer)
