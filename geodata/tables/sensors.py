"""Sensors and what they read."""

from geodata.tables.contract import Column, TableContract

KINDS = ("river_level", "tide_level", "street_depth", "rain", "groundwater", "discharge", "wind", "other")

SENSORS = TableContract(
    "sensors", "one sensor, one observed property",
    (
        Column("id", "text", "stable id", required=True),
        Column("name", "text", "name"),
        Column("kind", "text", "what it measures", choices=KINDS, required=True),
        Column("unit", "text", "unit of its values, SI (m, mm, m3/s, m/s); other units are converted at the door"),
        Column("gauge_zero", "number", "elevation of the gauge's zero, city datum; missing = its levels cannot be compared with terrain", unit="m", low=-500, high=9000),
        Column("interval", "number", "time between readings", unit="s", low=0),
        Column("operator", "text", "who runs it"),
        Column("standby_level", "number", "水防団待機水位, in the sensor's unit"),
        Column("caution_level", "number", "氾濫注意水位"),
        Column("evacuation_level", "number", "避難判断水位"),
        Column("danger_level", "number", "氾濫危険水位"),
    ),
    ("Point",),
)  # fmt: skip

OBSERVATIONS = TableContract(
    "observations", "one reading of one sensor",
    (
        Column("sensor_id", "text", "id of the sensor", required=True),
        Column("time", "time", "instant of the reading, UTC", required=True),
        Column("value", "number", "the reading in the sensor's unit; missing = the sensor sent none or a sentinel"),
        Column("flag", "integer", "QARTOD flag of the source: 1 pass, 2 not evaluated, 3 suspect, 4 fail, 9 missing", low=1, high=9),
    ),
    unique=("sensor_id", "time"),
)  # fmt: skip
