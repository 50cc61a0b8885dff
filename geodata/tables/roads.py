"""Roads as lines, and the nodes where they meet."""

from geodata.tables.contract import Column, TableContract

CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service", "track", "pedestrian", "footway",
           "cycleway", "steps", "path", "other")  # fmt: skip
ONEWAY = ("both", "forward", "backward")

ROADS = TableContract(
    "roads", "one road edge between two nodes; never crosses another edge on the same level without a node",
    (
        Column("id", "text", "stable id (source id, plus the part number where a way was cut at junctions)", required=True),
        Column("name", "text", "name or route number"),
        Column("class", "text", "road class; empty = unknown", choices=CLASSES),
        Column("oneway", "text", "direction for vehicles, relative to the line's direction", choices=ONEWAY),
        Column("lanes", "integer", "lanes, both directions together", low=1, high=20),
        Column("width", "number", "width of the carriageway", unit="m", low=0, high=200),
        Column("speed_limit", "number", "posted limit", unit="m/s", low=0, high=60),
        Column("bridge", "boolean", "carried by a bridge: water under it does not close it"),
        Column("tunnel", "boolean", "in a tunnel or underpass: it fills first"),
        Column("level", "integer", "level relative to the ground (OSM layer)", low=-10, high=10),
        Column("deck_elevation", "number", "elevation of the bridge deck, city datum", unit="m", low=-500, high=9000),
        Column("cars", "boolean", "open to cars when dry"),
        Column("walkers", "boolean", "open to people on foot when dry"),
        Column("from_node", "text", "id of the node at the line's start"),
        Column("to_node", "text", "id of the node at the line's end"),
    ),
    ("LineString",),
)  # fmt: skip

NODES = TableContract(
    "nodes", "one node of the road network",
    (
        Column("id", "text", "stable id (OSM node, else a coordinate digest)", required=True),
        Column("component", "integer", "number of the connected component, 0 = the largest", low=0),
        Column("degree", "integer", "edges that end here; 1 = dead end", low=0),
    ),
    ("Point",),
)  # fmt: skip
