"""Buildings, and the official flood and landslide risk records kept for each of them."""

from geodata.tables.contract import Column, TableContract

USES = ("house", "apartment", "mixed", "commercial", "office", "hotel", "industrial", "warehouse", "public", "school",
        "hospital", "care", "religious", "transport", "agricultural", "utility", "shed", "other")  # fmt: skip
STRUCTURES = ("wood", "light_steel", "steel", "reinforced_concrete", "steel_reinforced_concrete", "masonry", "other")
HAZARDS = ("river_flood", "inland_flood", "high_tide", "tsunami", "reservoir", "landslide")

BUILDINGS = TableContract(
    "buildings", "one building: its footprint on the ground",
    (
        Column("id", "text", "stable id named by the source (uro buildingID, OSM id, …), else a geometry digest", required=True),
        Column("name", "text", "name, in the language of the place"),
        Column("address", "text", "postal address"),
        Column("use", "text", "main use; empty = unknown", choices=USES),
        Column("structure", "text", "load-bearing structure; empty = unknown", choices=STRUCTURES),
        Column("height", "number", "height above ground", unit="m", low=0, high=1000),
        Column("storeys", "integer", "storeys above ground", low=0, high=200),
        Column("storeys_below", "integer", "storeys below ground", low=0, high=20),
        Column("ground_elevation", "number", "elevation of the ground at the building, city datum", unit="m", low=-500, high=9000),
        Column("floor_height", "number", "top of the ground floor above the ground", unit="m", low=-10, high=20),
        Column("floor_area", "number", "total floor area", unit="m2", low=0),
        Column("year_built", "integer", "year of construction", low=1000, high=2100),
        Column("residents", "number", "people who live here", unit="1", low=0),
        Column("residents_0_14", "number", "of these, aged 0–14", unit="1", low=0),
        Column("residents_15_64", "number", "of these, aged 15–64", unit="1", low=0),
        Column("residents_65_74", "number", "of these, aged 65–74", unit="1", low=0),
        Column("residents_75_over", "number", "of these, aged 75 or more", unit="1", low=0),
        Column("people_by_day", "number", "people who are here on a workday by day, whoever they are", unit="1", low=0),
    ),
    ("Polygon", "MultiPolygon"),
)  # fmt: skip

BUILDING_RISKS = TableContract(
    "building_risks", "one official risk record of one building; a building has as many as rivers × scales × hazards name it",
    (
        Column("building_id", "text", "id of the building", required=True),
        Column("hazard", "text", "kind of hazard", choices=HAZARDS, required=True),
        Column("name", "text", "river, coast or area that the record speaks of, as the source names it"),
        Column("scale", "text", "L1 = planned scale, L2 = largest assumed scale, else the source's word"),
        Column("authority", "text", "who published it, as the source says"),
        Column("rank", "integer", "depth rank 1–6 of the official maps (DOMAIN: < 0.5, 0.5–3, 3–5, 5–10, 10–20, ≥ 20 m)", low=1, high=6),
        Column("depth", "number", "depth as the record gives it", unit="m", low=0, high=200),
        Column("depth_low", "number", "lower end of the depth the record implies", unit="m", low=0, high=200),
        Column("depth_high", "number", "upper end; equals depth_low where the rank is open-ended (≥ 20 m)", unit="m", low=0, high=200),
        Column("duration", "number", "how long the water stands", unit="h", low=0, high=10000),
    ),
    unique=("building_id", "hazard", "name", "scale", "authority"),
)  # fmt: skip
