"""What a square metre of building and of its contents is worth in the sample city: made up, in the order of a Japanese town."""

from __future__ import annotations

import pandas as pd

CURRENCY, YEAR = "JPY", 2025
_STRUCTURE = {
    "house": 210_000, "apartment": 260_000, "mixed": 240_000, "commercial": 220_000, "office": 290_000, "hotel": 300_000,
    "industrial": 180_000, "warehouse": 130_000, "public": 300_000, "school": 280_000, "hospital": 380_000, "care": 310_000,
    "religious": 260_000, "transport": 200_000, "agricultural": 90_000, "utility": 240_000, "shed": 60_000,
}  # fmt: skip
_CONTENTS = {
    "house": 95_000, "apartment": 110_000, "mixed": 105_000, "commercial": 150_000, "office": 120_000, "hotel": 90_000,
    "industrial": 230_000, "warehouse": 210_000, "public": 60_000, "school": 45_000, "hospital": 260_000, "care": 80_000,
    "religious": 30_000, "transport": 120_000, "agricultural": 40_000, "utility": 300_000, "shed": 15_000,
}  # fmt: skip


def price_frame() -> pd.DataFrame:
    """Prices of structure and contents by use, with a band of a fifth, for the table ``asset_values``.

    Examples
    --------
    >>> sorted(price_frame()["part"].unique())
    ['contents', 'structure']
    """
    return pd.DataFrame(
        [
            {
                "use": use, "part": part, "per": "floor_area", "value": float(value), "value_low": value * 0.8,
                "value_high": value * 1.2, "currency": CURRENCY, "year": YEAR,
            }
            for part, prices in (("structure", _STRUCTURE), ("contents", _CONTENTS))
            for use, value in prices.items()
        ]
    )  # fmt: skip
