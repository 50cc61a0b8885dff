"""Areas: districts and other partitions by which people want totals."""

from geodata.tables.contract import Column, TableContract

KINDS = ("district", "ward", "school_district", "census", "zoning", "hazard_zone", "other")

AREAS = TableContract(
    "areas", "one area",
    (
        Column("id", "text", "stable id", required=True),
        Column("name", "text", "name"),
        Column("kind", "text", "what partition it belongs to", choices=KINDS, required=True),
    ),
    ("Polygon", "MultiPolygon"),
)  # fmt: skip
