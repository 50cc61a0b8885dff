"""How much rain falls how often: depths by duration and return period."""

from geodata.tables.contract import Column, TableContract

LONGEST = 31 * 86400.0
"""The longest duration that is believed, s: that of the longest scenario."""

RAIN_STATISTICS = TableContract(
    "rain_statistics", "depth of rain that falls within a duration once in so many years (depth, duration, frequency)",
    (
        Column("name", "text", "what the statistics are of: a gauge, a region, a climate", required=True),
        Column("return_period", "number", "once in how many years, on average", unit="a", low=1, high=1e6, required=True),
        Column("duration", "number", "within which the depth falls", unit="s", low=60, high=LONGEST, required=True),
        Column("depth", "number", "depth of rain", unit="mm", low=0.1, high=5000, required=True),
        Column("source", "text", "who worked them out, from what"),
        Column("valid", "text", "year, month or day from which they hold"),
    ),
    unique=("name", "return_period", "duration"),
)  # fmt: skip
