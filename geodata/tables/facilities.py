"""Facilities whose failure hurts others: hospitals, care homes, schools, substations, pumps."""

from geodata.tables.contract import Column, TableContract

KINDS = ("hospital", "clinic", "care_home", "nursery", "school", "fire_station", "police", "city_hall", "substation", "pump",
         "gate", "water_works", "other")  # fmt: skip

FACILITIES = TableContract(
    "facilities", "one facility",
    (
        Column("id", "text", "stable id", required=True),
        Column("name", "text", "name"),
        Column("address", "text", "address"),
        Column("kind", "text", "what it is", choices=KINDS, required=True),
        Column("users", "number", "people who depend on help here (patients, residents, pupils)", unit="1", low=0),
        Column("time_to_leave", "number", "time needed to bring everyone out (要配慮者利用施設 evacuation plan)", unit="s", low=0),
        Column("pump_capacity", "number", "discharge of a pump at full power", unit="m3/s", low=0),
        Column("critical_height", "number", "height above the ground at which water stops it", unit="m", low=-10, high=50),
        Column("backup_hours", "number", "how long it runs without mains power", unit="h", low=0),
        Column("solar_share", "number", "share of its need that its rooftop solar covers, averaged over a day", unit="1", low=0, high=1),
        Column("area_id", "text", "id of the area it serves"),
        Column("building_id", "text", "id of the building it is in, if known"),
    ),
    ("Point",),
)  # fmt: skip
