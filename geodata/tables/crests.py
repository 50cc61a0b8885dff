"""Crests of levees and walls: lines that hold water back and are narrower than a cell."""

from geodata.tables.contract import Column, TableContract

KINDS = ("levee", "wall", "barrier", "embankment")

CRESTS = TableContract(
    "crests", "one line of equal kind that holds water back",
    (
        Column("id", "text", "stable id", required=True),
        Column("name", "text", "name"),
        Column("kind", "text", "what it is", choices=KINDS, required=True),
        Column("crest_elevation", "number", "elevation of the crest, city datum (mean along the line where z is absent)", unit="m", low=-500, high=9000),
    ),
    ("LineString", "MultiLineString"),
)  # fmt: skip
