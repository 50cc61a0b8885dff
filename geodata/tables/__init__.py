"""The contracts of a city's tables, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from geodata.tables.areas import AREAS
from geodata.tables.base_map import LAND_USE, ROAD_SURFACES, WATER
from geodata.tables.buildings import BUILDING_RISKS, BUILDINGS
from geodata.tables.contract import Column, TableContract
from geodata.tables.crests import CRESTS
from geodata.tables.damage import ASSET_VALUES, DAMAGE_CURVES
from geodata.tables.facilities import FACILITIES
from geodata.tables.flood_polygons import FLOOD_POLYGONS
from geodata.tables.rain_statistics import RAIN_STATISTICS
from geodata.tables.roads import NODES, ROADS
from geodata.tables.sensors import OBSERVATIONS, SENSORS
from geodata.tables.shelters import SHELTERS
from geodata.tables.trips import TRIPS

TABLES: Mapping[str, TableContract] = MappingProxyType({
    table.name: table
    for table in (BUILDINGS, BUILDING_RISKS, ROADS, NODES, SHELTERS, FACILITIES, SENSORS, OBSERVATIONS, AREAS, CRESTS, FLOOD_POLYGONS, WATER,
                  LAND_USE, ROAD_SURFACES, DAMAGE_CURVES, ASSET_VALUES, TRIPS, RAIN_STATISTICS)
})  # fmt: skip

__all__ = ["TABLES", "Column", "TableContract"]
