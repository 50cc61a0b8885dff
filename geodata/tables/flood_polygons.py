"""Official flood extents as polygons: each an interval of depth or of the time for which water stands, never one number."""

from geodata.tables.buildings import HAZARDS
from geodata.tables.contract import Column, TableContract

FLOOD_POLYGONS = TableContract(
    "flood_polygons", "one polygon of an official flood map",
    (
        Column("id", "text", "stable id", required=True),
        Column("hazard", "text", "kind of hazard", choices=HAZARDS, required=True),
        Column("name", "text", "river, coast or area that the map speaks of"),
        Column("scale", "text", "L1 = planned scale, L2 = largest assumed scale, else the source's word"),
        Column("authority", "text", "who published it"),
        Column("rank", "integer", "depth rank 1–6, where the interval falls within one", low=1, high=6),
        Column("depth_low", "number", "lower end of the depth", unit="m", low=0, high=200),
        Column("depth_high", "number", "upper end; equals depth_low where it is open-ended", unit="m", low=0, high=200),
        Column("duration_low", "number", "lower end of how long the water stands", unit="h", low=0, high=10000),
        Column("duration_high", "number", "upper end; equals duration_low where it is open-ended", unit="h", low=0, high=10000),
    ),
    ("Polygon", "MultiPolygon"),
)  # fmt: skip
