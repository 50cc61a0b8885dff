"""What OpenStreetMap tags mean here: one vocabulary for the OSM reader and for tables made from OSM.

Source: the OpenStreetMap wiki's pages Key:highway, Key:building, Key:amenity, Key:natural, Key:landuse, Key:access. [M]
"""

# ruff: noqa: E501 - vocabularies are tables: a row is a line

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ROAD_CLASS: Mapping[str, str] = MappingProxyType({
    "motorway": "motorway", "motorway_link": "motorway", "trunk": "trunk", "trunk_link": "trunk", "primary": "primary",
    "primary_link": "primary", "secondary": "secondary", "secondary_link": "secondary", "tertiary": "tertiary", "tertiary_link": "tertiary",
    "unclassified": "residential", "residential": "residential", "living_street": "residential", "road": "other", "service": "service",
    "busway": "service", "bus_guideway": "other", "escape": "other", "raceway": "other", "track": "track", "pedestrian": "pedestrian", "footway": "footway",
    "corridor": "footway", "cycleway": "cycleway", "steps": "steps", "path": "path", "bridleway": "path", "trail": "path",
})  # fmt: skip
"""highway=* → road class. What is not listed (construction, proposed, platform, …) is no road in use."""

# Open to cars, open to people on foot, where no access tag says otherwise. None: it depends on the country or the place.
ROAD_ACCESS: Mapping[str, tuple[bool | None, bool | None]] = MappingProxyType({
    "motorway": (True, False), "motorway_link": (True, False), "busway": (False, False), "bus_guideway": (False, False),
    "raceway": (False, False), "escape": (False, False), "track": (True, True), "pedestrian": (False, True), "footway": (False, True),
    "corridor": (False, True), "cycleway": (False, True), "steps": (False, True), "path": (False, True), "bridleway": (False, True),
    "trail": (False, None),
})  # fmt: skip
OPEN_ROAD = (True, True)

BUILDING_USE: Mapping[str, str] = MappingProxyType({
    "house": "house", "detached": "house", "semidetached_house": "house", "terrace": "house", "bungalow": "house", "cabin": "house",
    "farm": "house", "static_caravan": "house", "villa": "house", "apartments": "apartment", "dormitory": "apartment", "block": "apartment",
    "residential": "house", "commercial": "commercial", "retail": "commercial", "supermarket": "commercial", "kiosk": "commercial",
    "shop": "commercial", "office": "office", "bank": "office", "hotel": "hotel", "industrial": "industrial", "manufacture": "industrial",
    "factory": "industrial", "warehouse": "warehouse", "storage_tank": "warehouse", "hangar": "warehouse", "public": "public", "civic": "public",
    "government": "public", "townhall": "public", "fire_station": "public", "library": "public", "museum": "public", "sports_hall": "public",
    "sports_centre": "public", "stadium": "public", "school": "school", "kindergarten": "school", "university": "school", "college": "school",
    "hospital": "hospital", "clinic": "hospital", "nursing_home": "care", "church": "religious", "chapel": "religious",
    "cathedral": "religious", "mosque": "religious", "temple": "religious", "shrine": "religious", "synagogue": "religious",
    "religious": "religious", "monastery": "religious", "train_station": "transport", "transportation": "transport", "parking": "transport",
    "garage": "shed", "garages": "shed", "carport": "shed", "shed": "shed", "hut": "shed", "roof": "shed", "toilets": "shed",
    "farm_auxiliary": "agricultural", "barn": "agricultural", "greenhouse": "agricultural", "stable": "agricultural", "cowshed": "agricultural",
    "sty": "agricultural", "silo": "agricultural", "service": "utility", "transformer_tower": "utility", "water_tower": "utility",
    "substation": "utility", "bridge": "other", "ruins": "other", "bunker": "other", "construction": "other",
})  # fmt: skip
"""building=* → use. "yes" says nothing about use."""

AMENITY_USE: Mapping[str, str] = MappingProxyType({
    "school": "school", "kindergarten": "school", "university": "school", "college": "school", "childcare": "school", "hospital": "hospital",
    "clinic": "hospital", "doctors": "hospital", "nursing_home": "care", "place_of_worship": "religious", "townhall": "public",
    "fire_station": "public", "police": "public", "library": "public", "community_centre": "public", "courthouse": "public",
    "theatre": "public", "restaurant": "commercial", "cafe": "commercial", "bank": "office", "parking": "transport",
})  # fmt: skip
"""amenity=* on a building=yes → use."""

MATERIAL_STRUCTURE: Mapping[str, str] = MappingProxyType({
    "wood": "wood", "timber_framing": "wood", "steel": "steel", "metal": "steel", "reinforced_concrete": "reinforced_concrete",
    "concrete": "reinforced_concrete", "brick": "masonry", "stone": "masonry", "masonry": "masonry", "adobe": "masonry",
})  # fmt: skip

FACILITY_KIND: Mapping[tuple[str, str], str] = MappingProxyType({
    ("amenity", "hospital"): "hospital", ("amenity", "clinic"): "clinic", ("amenity", "doctors"): "clinic",
    ("amenity", "nursing_home"): "care_home", ("amenity", "kindergarten"): "nursery", ("amenity", "childcare"): "nursery",
    ("amenity", "school"): "school", ("amenity", "fire_station"): "fire_station", ("amenity", "police"): "police",
    ("amenity", "townhall"): "city_hall", ("healthcare", "hospital"): "hospital", ("power", "substation"): "substation",
    ("man_made", "pumping_station"): "pump", ("man_made", "water_works"): "water_works", ("waterway", "sluice_gate"): "gate",
    ("waterway", "floodgate"): "gate", ("social_facility", "nursing_home"): "care_home", ("social_facility", "assisted_living"): "care_home",
    ("social_facility", "group_home"): "care_home",
})  # fmt: skip

LAND_USE_KIND: Mapping[tuple[str, str], str] = MappingProxyType({
    **{("landuse", value): "residential" for value in ("residential", "garages")},
    **{("landuse", value): "commercial" for value in ("commercial", "retail")},
    **{("landuse", value): "industrial" for value in ("industrial", "port", "landfill", "quarry")},
    **{("landuse", value): "farmland" for value in ("farmland", "farmyard", "orchard", "vineyard", "plant_nursery", "allotments",
                                                    "greenhouse_horticulture", "animal_keeping")},
    ("landuse", "paddy"): "paddy",
    ("landuse", "forest"): "forest", ("natural", "wood"): "forest", ("natural", "scrub"): "forest",
    **{("landuse", value): "grass" for value in ("grass", "meadow", "village_green", "greenfield", "flowerbed")},
    ("natural", "grassland"): "grass", ("natural", "heath"): "grass", ("natural", "wetland"): "grass",
    **{("leisure", value): "park" for value in ("park", "garden", "pitch", "playground", "golf_course", "nature_reserve", "recreation_ground",
                                                "dog_park")},
    ("landuse", "recreation_ground"): "park", ("landuse", "cemetery"): "park", ("landuse", "railway"): "railway",
    ("landuse", "highway"): "road", ("amenity", "parking"): "road",
    **{("landuse", value): "public" for value in ("institutional", "education", "religious", "military", "civic_admin", "civil")},
    **{("landuse", value): "bare" for value in ("brownfield", "construction")},
    **{("natural", value): "bare" for value in ("sand", "beach", "bare_rock", "scree", "shingle")},
})  # fmt: skip

WATER_KIND: Mapping[str, str] = MappingProxyType({
    "river": "river", "stream": "river", "oxbow": "river", "rapids": "river", "riverbank": "river", "canal": "canal", "ditch": "canal",
    "drain": "canal", "moat": "canal", "dock": "canal", "lake": "lake", "reservoir": "lake", "lagoon": "lake", "pond": "pond", "basin": "pond",
    "fish_pass": "other", "wastewater": "pond", "harbour": "sea", "bay": "sea", "strait": "sea",
})  # fmt: skip

ACCESS_NO = frozenset({"no", "agricultural", "forestry", "military", "emergency", "psv", "bus"})
ACCESS_YES = frozenset({"yes", "permissive", "designated", "official", "destination", "private", "customers", "delivery", "permit",
                        "residents", "permit_holders", "use_sidepath", "discouraged"})  # fmt: skip
"""Private and destination count as open: the people whose way it is must be able to leave by it."""


def oneway_of(value: str, *, junction: str = "", highway: str = "") -> str:
    """Direction of a road for vehicles, relative to the line's direction; "" where the tag says it changes or is unknown.

    Examples
    --------
    >>> oneway_of("yes"), oneway_of("-1"), oneway_of("no"), oneway_of("reversible"), oneway_of("", junction="roundabout")
    ('forward', 'backward', 'both', '', 'forward')
    """
    text = value.strip().casefold()
    if text in ("yes", "true", "1"):
        return "forward"
    if text in ("-1", "reverse"):
        return "backward"
    if text in ("no", "false", "0"):
        return "both"
    if text:
        return ""
    return "forward" if junction in ("roundabout", "circular") or highway == "motorway" else "both"
