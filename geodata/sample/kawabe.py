"""The sample city Kawabe (川辺市), put together; it hands over what any reader would, so one importer serves both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import geopandas
import pandas as pd

from geodata.sample.blocks import Blocks, cut_blocks
from geodata.sample.buildings import Buildings
from geodata.sample.districts import Districts
from geodata.sample.gauges import Gauges
from geodata.sample.hazard_maps import HazardMaps
from geodata.sample.land_use import land_use_frame, road_surface_frame, water_frame
from geodata.sample.lattice import Lattice
from geodata.sample.names import CITY, CITY_ENGLISH
from geodata.sample.places import Places
from geodata.sample.plan import BUILDINGS_AT_SCALE_1, Plan
from geodata.sample.plots import Plots, lay_out_plots
from geodata.sample.prices import price_frame
from geodata.sample.rain import rain_statistics_frame
from geodata.sample.river import River
from geodata.sample.streets import Streets
from geodata.sample.terrain import Terrain
from geodata.sample.zones import Zones
from geodata.source import Source

Progress = Callable[[str, float], None]
TIME_ZONE = "Asia/Tokyo"


@dataclass(frozen=True)
class SampleCity:
    """A fictional city of a wanted size; its parts are made when first asked for, each only once.

    ``progress`` is called with a word and the share done (0–1).
    """

    plan: Plan
    progress: Progress | None = None

    @property
    def name(self) -> str:
        """Name of the city, in Japanese and English."""
        return f"{CITY_ENGLISH} {CITY}"

    @property
    def time_zone(self) -> str:
        """IANA name of the city's time zone."""
        return TIME_ZONE

    @cached_property
    def river(self) -> River:
        """The main river."""
        return River(self.plan)

    @cached_property
    def lattice(self) -> Lattice:
        """The lattice of main lines."""
        return Lattice(self.plan, self.river)

    @cached_property
    def terrain(self) -> Terrain:
        """The ground."""
        return Terrain(self.plan, self.river, self.lattice)

    @cached_property
    def zones(self) -> Zones:
        """Use of each lattice cell."""
        return Zones(self.plan, self.lattice, self.terrain)

    @cached_property
    def blocks(self) -> Blocks:
        """Blocks between the streets."""
        return cut_blocks(self.plan, self.lattice, self.zones)

    @cached_property
    def streets(self) -> Streets:
        """Street lines and their classes."""
        return Streets(self.plan, self.lattice, self.zones, self.blocks, self.terrain)

    @cached_property
    def plots(self) -> Plots:
        """Plots with the rectangles of their buildings."""
        return lay_out_plots(self.plan, self.zones, self.blocks, self.streets, self.terrain)

    @cached_property
    def districts(self) -> Districts:
        """Quarters."""
        return Districts(self.plan, self.lattice)

    @cached_property
    def buildings(self) -> Buildings:
        """Buildings by tile."""
        return Buildings(self.plan, self.zones, self.plots, self.districts, self.terrain)

    @cached_property
    def hazards(self) -> HazardMaps:
        """Official-style hazard maps."""
        return HazardMaps(self.plan, self.river, self.terrain)

    @cached_property
    def network(self) -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame]:
        """Roads and nodes."""
        return self.streets.network(self.plots.built.reshape(self.zones.zone.shape))

    def sources(self) -> Iterator[Source]:
        """Everything the city consists of: rasters first, then tables; buildings in tables of at most 40,000."""
        plan = self.plan
        self._tell("terrain", 0.0)
        yield self.terrain.source()
        self._tell("hazard maps", 0.08)
        yield from self.hazards.sources()
        self._tell("streets", 0.22)
        roads, nodes = self.network
        yield plan.table("roads", roads, heights=True)
        yield plan.table("nodes", nodes)
        yield plan.table("road_surfaces", road_surface_frame(self.lattice, roads))
        self._tell("land", 0.36)
        yield plan.table("land_use", land_use_frame(plan, self.lattice, self.zones, self.blocks, self.plots, self.terrain))
        yield plan.table("water", water_frame(plan, self.lattice, self.zones, self.plots, self.terrain), heights=True)
        yield plan.table("crests", self.river.crest_frame(), heights=True)
        areas = pd.concat([self.districts.frame(), self.river.collapse_zone_frame()], ignore_index=True)
        yield plan.table("areas", areas)
        self._tell("places", 0.44)
        places = Places(plan, self.lattice, self.plots, self.districts, self.terrain, self.hazards)
        yield plan.table("shelters", places.shelter_frame())
        yield plan.table("facilities", places.facility_frame())
        yield plan.table("asset_values", price_frame())
        yield plan.table("rain_statistics", rain_statistics_frame())
        gauges = Gauges(plan, self.lattice, self.plots, self.terrain)
        yield plan.table("sensors", gauges.sensor_frame(), heights=True)
        yield plan.table("observations", gauges.observation_frame())
        tiles = len(self.buildings.tiles)
        for number, frame in enumerate(self.buildings.frames()):
            self._tell("buildings", 0.5 + 0.5 * number / tiles)
            yield plan.table("buildings", frame, heights=True)
        self._tell("done", 1.0)

    def _tell(self, what: str, share: float) -> None:
        if self.progress is not None:
            self.progress(what, share)


def sample_city(*, buildings: int = BUILDINGS_AT_SCALE_1, seed: int = 1, progress: Progress | None = None) -> SampleCity:
    """Plan a fictional riverside city; nothing is computed until its sources are asked for.

    Parameters
    ----------
    buildings
        How many buildings it shall have, 100 to 2,000,000; 8,000 make a town of about 4 × 3 km.
    seed
        Another seed makes another town; the same (buildings, seed) always gives the same one.
    progress
        Called with a word and the share done (0–1).

    Returns
    -------
    SampleCity
        `SampleCity.sources` yields it in the form in which readers hand cities over, in EPSG:6670 and T.P. metres.

    Raises
    ------
    InputError
        When the number of buildings or the seed is out of range.

    Examples
    --------
    >>> city = sample_city(buildings=300)
    >>> sum(len(source.frame) for source in city.sources() if getattr(source, "table", "") == "buildings")
    300
    """
    return SampleCity(Plan(buildings, seed), progress)
