"""Shelters: places officially named for people to go to."""

from geodata.tables.contract import Column, TableContract

KINDS = ("emergency", "evacuation", "welfare", "vertical")

SHELTERS = TableContract(
    "shelters", "one shelter",
    (
        Column("id", "text", "stable id", required=True),
        Column("name", "text", "name"),
        Column("address", "text", "address"),
        Column("kind", "text", "emergency = 指定緊急避難場所, evacuation = 指定避難所, welfare = 福祉避難所, vertical = 津波避難ビル等", choices=KINDS),
        Column("capacity", "number", "people it can take; missing = unknown, not unlimited", unit="1", low=0),
        Column("river_flood", "boolean", "named as suitable for river floods; missing = the source does not say"),
        Column("inland_flood", "boolean", "… for inland floods"),
        Column("high_tide", "boolean", "… for storm surges"),
        Column("landslide", "boolean", "… for landslides"),
        Column("earthquake", "boolean", "… for earthquakes"),
        Column("tsunami", "boolean", "… for tsunamis"),
        Column("large_fire", "boolean", "… for large fires"),
        Column("volcano", "boolean", "… for volcanic events"),
        Column("floor_height", "number", "lowest floor that people use, above the ground", unit="m", low=-10, high=100),
        Column("backup_hours", "number", "how long its lights, water and radio run without mains power", unit="h", low=0),
        Column("solar_share", "number", "share of its need that its rooftop solar covers, averaged over a day", unit="1", low=0, high=1),
        Column("building_id", "text", "id of the building it is in, if known"),
    ),
    ("Point",),
)  # fmt: skip
