"""What water destroys: depth–damage curves, and what a square metre is worth."""

from geodata.tables.buildings import USES
from geodata.tables.contract import Column, TableContract

PARTS = ("structure", "contents", "total")

DAMAGE_CURVES = TableContract(
    "damage_curves", "one point of one depth–damage curve; points of a curve are joined by straight lines",
    (
        Column("curves", "text", "set of curves that the point belongs to (JRC Asia, HAZUS, a city's own)", required=True),
        Column("use", "text", "use of the buildings that it holds for", choices=USES, required=True),
        Column("part", "text", "what of the building: structure, contents, or both as one (total)", choices=PARTS, required=True),
        Column("storeys_low", "integer", "fewest storeys that it holds for", low=1, high=200, required=True),
        Column("storeys_high", "integer", "most storeys that it holds for", low=1, high=200, required=True),
        Column("above", "text", "what the depth is measured from", choices=("floor", "ground"), required=True),
        Column("depth", "number", "depth of water", unit="m", low=-10, high=50, required=True),
        Column("rate", "number", "share of the value that is lost", unit="1", low=0, high=1, required=True),
        Column("rate_low", "number", "lower end of it; missing = not stated", unit="1", low=0, high=1),
        Column("rate_high", "number", "upper end of it; missing = not stated", unit="1", low=0, high=1),
    ),
    unique=("curves", "use", "part", "storeys_low", "depth"),
)  # fmt: skip

ASSET_VALUES = TableContract(
    "asset_values", "what a square metre of buildings of one use is worth",
    (
        Column("use", "text", "use of the buildings", choices=USES, required=True),
        Column("part", "text", "what of the building: structure, contents, or both as one (total)", choices=PARTS, required=True),
        Column("per", "text", "square metres of what", choices=("floor_area", "footprint"), required=True),
        Column("value", "number", "value of a square metre", low=0, high=1e9, required=True),
        Column("value_low", "number", "lower end of it; missing = not stated", low=0, high=1e9),
        Column("value_high", "number", "upper end of it; missing = not stated", low=0, high=1e9),
        Column("currency", "text", "ISO 4217 code of the currency", required=True),
        Column("year", "integer", "year of the prices", low=1900, high=2100, required=True),
    ),
    unique=("use", "part", "per"),
)  # fmt: skip
