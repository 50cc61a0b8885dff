"""What the map is drawn on when there is no network: water, land use, road surfaces."""

from geodata.tables.contract import Column, TableContract

WATER_KINDS = ("river", "canal", "lake", "sea", "pond", "other")
LAND_USE_KINDS = ("residential", "commercial", "industrial", "farmland", "paddy", "forest", "grass", "park", "water", "road",
                  "railway", "public", "bare", "other")  # fmt: skip

WATER = TableContract(
    "water", "one body of water at its normal level",
    (
        Column("id", "text", "stable id", required=True),
        Column("name", "text", "name"),
        Column("kind", "text", "what it is", choices=WATER_KINDS),
        Column("level", "number", "normal water level, city datum", unit="m", low=-500, high=9000),
    ),
    ("Polygon", "MultiPolygon"),
)  # fmt: skip

LAND_USE = TableContract(
    "land_use", "one patch of land of one use",
    (
        Column("id", "text", "stable id", required=True),
        Column("kind", "text", "use of the land", choices=LAND_USE_KINDS),
        Column("manning", "number", "Manning roughness", unit="s/m^(1/3)", low=0.005, high=1),
    ),
    ("Polygon", "MultiPolygon"),
)  # fmt: skip

ROAD_SURFACES = TableContract(
    "road_surfaces", "one piece of carriageway, pavement or bridge deck as an area; drawn, not routed",
    (
        Column("id", "text", "stable id", required=True),
        Column("name", "text", "name"),
        Column("kind", "text", "what it is", choices=("carriageway", "pavement", "bridge", "tunnel", "rail", "other")),
    ),
    ("Polygon", "MultiPolygon"),
)  # fmt: skip
