"""Trips of an ordinary day: an origin–destination table."""

from geodata.tables.contract import Column, TableContract

TRIPS = TableContract(
    "trips", "vehicles on their way from one area to another on an ordinary day",
    (
        Column("origin", "text", "id of the area where they start", required=True),
        Column("destination", "text", "id of the area where they end", required=True),
        Column("vehicles_per_hour", "number", "how many", unit="1/h", low=0, high=1e6, required=True),
    ),
    unique=("origin", "destination"),
)  # fmt: skip
