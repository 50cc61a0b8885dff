"""Who lives in each building, by age, and how many are in it by day."""

from __future__ import annotations

import numpy as np
import pandas as pd

AGES = ("residents_0_14", "residents_15_64", "residents_65_74", "residents_75_over")
PERSONS_PER_FLAT, FLAT, OCCUPIED = 1.85, 60.0, 0.87
OUT_BY_DAY = (0.75, 0.68, 0.25, 0.05)
"""Share of each age band that is away from home on a workday by day: at school, at work. Those in care homes stay."""
WORKPLACES = {
    "office": 45, "hospital": 30, "public": 25, "commercial": 22, "care": 15, "industrial": 12, "mixed": 10, "transport": 10,
    "hotel": 8, "school": 8, "utility": 4, "warehouse": 3, "religious": 1, "agricultural": 1,
}  # fmt: skip
"""How many work on a thousand square metres of floor beside each other: only the ratios count."""


def settle(random: np.random.Generator, buildings: pd.DataFrame) -> pd.DataFrame:
    """Residents of each building and their ages.

    Parameters
    ----------
    random
        Where the draws come from.
    buildings
        With ``use``, ``floor_area`` (m²), ``storeys`` and ``built`` (year, known for all of them).

    Returns
    -------
    pandas.DataFrame
        ``residents`` and one column per age band; whole numbers that add up. About 2.3 people live in a household; the
        older a house, the older those who stayed in it.

    Examples
    --------
    >>> town = pd.DataFrame({"use": ["house", "commercial"], "floor_area": [120.0, 900.0], "storeys": 2, "built": 1985})
    >>> people = settle(np.random.default_rng(1), town)
    >>> float(people.loc[1, "residents"])
    0.0
    """
    count = len(buildings)
    use, area, built = (buildings[name].to_numpy() for name in ("use", "floor_area", "built"))
    storeys = buildings["storeys"].to_numpy()
    household = 1 + np.minimum(random.poisson(1.36, count), 6)
    lives_in = random.random(count)
    residents = np.where((use == "house") & (lives_in < OCCUPIED), household, 0)
    residents = np.where((use == "mixed") & (lives_in < 0.74), household, residents)
    upper = np.where(use == "apartment", 0.80, np.clip((storeys - 2) / np.maximum(storeys, 1), 0, 1) * 0.6)
    flats = area * upper / FLAT
    lets = (use == "apartment") | ((use == "mixed") & (storeys >= 4))
    residents = np.where(lets, random.poisson(np.where(lets, flats * OCCUPIED * PERSONS_PER_FLAT, 0.0)), residents)
    care = use == "care"
    residents = np.where(care, random.poisson(np.where(care, np.clip(area / 48.0, 8, 140), 0.0)), residents)
    old = np.clip(0.575 - (built - 1955) * 0.0066, 0.11, 0.60)
    old = np.where(care, 0.995, np.where(use == "apartment", old * 0.72, old))
    old = np.clip(old + random.normal(0, 0.16, count) * ~care, 0.0, 1.0)
    aged = random.binomial(residents, old)
    very_old = random.binomial(aged, np.where(care, 0.95, 0.52))
    children = random.binomial(residents - aged, np.where(care, 0.0, np.clip(0.13 + (built - 1970) * 0.0025, 0.09, 0.27)))
    bands = (children, residents - aged - children, aged - very_old, very_old)
    return pd.DataFrame(
        {"residents": residents.astype(float), **{name: band.astype(float) for name, band in zip(AGES, bands, strict=True)}},
        index=buildings.index,
    )


def by_day(random: np.random.Generator, buildings: pd.DataFrame) -> pd.Series:
    """How many people are in each building on a workday by day.

    Most people of working age leave their homes for workplaces, in proportion to what these hold on their floor; most children
    go to schools. Everybody who leaves is in another building of the same table: nobody comes from outside and nobody is on
    the road, so the total is that of the residents, exactly. Without a workplace (or a school) people stay at home. How old
    those are who are in a building by day is not told.

    Parameters
    ----------
    random
        Where the draws come from.
    buildings
        With ``use``, ``floor_area`` (m²) and what `settle` gives.

    Examples
    --------
    >>> town = pd.DataFrame({"use": ["house", "office", "school"], "floor_area": [120.0, 900.0, 800.0], "storeys": 2, "built": 1985})
    >>> town = pd.concat([town, settle(np.random.default_rng(1), town)], axis=1)
    >>> bool(by_day(np.random.default_rng(1), town).sum() == town["residents"].sum())
    True
    """  # noqa: E501 (an example is a line)
    use, area = buildings["use"].to_numpy(str), buildings["floor_area"].to_numpy(np.float64)
    share = {
        "school": np.where(use == "school", area, 0.0),
        "work": area * pd.Series(use).map(WORKPLACES).fillna(0.0).to_numpy(np.float64),
    }
    here = buildings["residents"].to_numpy(np.int64)
    for band, out in zip(AGES, OUT_BY_DAY, strict=True):
        leave = random.binomial(buildings[band].to_numpy(np.int64), np.where(use == "care", 0.0, out))
        places = share["school" if band == "residents_0_14" else "work"]
        if places.sum() > 0:
            here = here - leave + random.multinomial(leave.sum(), places / places.sum())
    return pd.Series(here.astype(float), index=buildings.index, name="people_by_day")
