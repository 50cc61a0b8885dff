"""Damage rates of Japan's flood control economy manual (MLIT), by depth above the floor and gradient of the ground.

治水経済調査マニュアル(案). How far they can be trusted: the building rates of the flattest group are those of the edition of
July 2025 after a secondary copy (0.19, 0.25, 0.40, 0.59, 0.80 above the floor) [S]; those of steeper ground and of contents
are from memory [M], and `twin.assumptions` says so in every passport. Find the manual itself before money is claimed on them; a
city can bring its own table, which then counts (`geodata.tables.damage`).
"""

from __future__ import annotations

import pandas as pd

from geodata.tables import TABLES
from geodata.tables.buildings import USES

NAME = "MLIT"
GROUPS = ("MLIT A", "MLIT B", "MLIT C")
"""Gradient below 1/1000, up to 1/500, and steeper."""
GROUP_LIMITS = (1 / 1000, 1 / 500)
_ABOVE_FLOOR = (0.0, 0.5, 1.0, 2.0, 3.0)
"""Depth above the floor from which each rate after the first holds, m; the first holds below the floor."""
_STRUCTURE = {
    "MLIT A": (0.047, 0.189, 0.253, 0.406, 0.592, 0.800),
    "MLIT B": (0.058, 0.219, 0.301, 0.468, 0.657, 0.843),
    "MLIT C": (0.064, 0.235, 0.325, 0.499, 0.690, 0.865),
}
_HOUSEHOLD = (0.021, 0.145, 0.326, 0.508, 0.928, 0.991)
_BUSINESS = (0.099, 0.232, 0.453, 0.789, 0.966, 0.995)
_HOMES = ("house", "apartment", "mixed")
_LOWEST, _STEP = -10.0, 1e-6


def ministry_curves() -> pd.DataFrame:
    """The rates as a table of damage curves: steps, as the manual has them.

    Examples
    --------
    >>> curves = ministry_curves()
    >>> sorted(curves["curves"].unique())
    ['MLIT A', 'MLIT B', 'MLIT C']
    """
    rows = []
    for name, rates in _STRUCTURE.items():
        for use in USES:
            rows += _steps(name, use, "structure", rates)
            rows += _steps(name, use, "contents", _HOUSEHOLD if use in _HOMES else _BUSINESS)
    return TABLES["damage_curves"].completed(pd.DataFrame(rows))


def _steps(name: str, use: str, part: str, rates: tuple[float, ...]) -> list[dict[str, object]]:
    points = [(_LOWEST, rates[0])]
    for depth, before, after in zip(_ABOVE_FLOOR, rates[:-1], rates[1:], strict=True):
        points += [(depth - _STEP, before), (depth, after)]
    return [
        {
            "curves": name, "use": use, "part": part, "storeys_low": 1, "storeys_high": 200, "above": "floor", "depth": depth,
            "rate": rate,
        }
        for depth, rate in points
    ]  # fmt: skip
