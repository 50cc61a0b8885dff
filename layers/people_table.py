"""People by district and age band with totals, as tables for pages and reports; private where published."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.cards.area import AGE_LABELS
from layers.language import Language
from twin.privacy import release_tables
from twin.variables import AGES

Counts = NDArray[np.float64]
UNKNOWN = "?"
"""Stands in what is published for people of an age that is not known."""


def people_frames(tables: Sequence[pd.DataFrame], language: Language, *, public: bool) -> list[pd.DataFrame]:
    """Tables of `twin.breakdown.people_by_area` as a reader sees them, the last row and column being totals.

    What is published is rounded and withheld for all of them together (`twin.privacy`).
    """
    text, made = language.text, []
    for table, values in zip(tables, counts_with_totals(tables, public=public), strict=True):
        bands = [text(AGE_LABELS[age]) for age in AGES]
        frame = pd.DataFrame(values, columns=[*bands, text("all")])
        if public and not _ages_known(table):
            frame[bands] = UNKNOWN  # a gap would read as withheld
        places = [name if area else text("in no district") for area, name in zip(table["area"], table["name"], strict=True)]
        frame.insert(0, text("District"), [*places, text("all")])
        made.append(frame)
    return made


def counts_with_totals(tables: Sequence[pd.DataFrame], *, public: bool) -> list[Counts]:
    """People by area and age band, [areas + 1, bands + 1], NaN = unknown or withheld.

    They are whole people whose sums are those of the figures: parts of people are rounded so that nobody is lost on the way.
    Where the age of some is not known, totals are of all people all the same: unknown bands are no empty ones.

    Examples
    --------
    >>> by_day = pd.DataFrame({"people": [30.0, 50.0], **{f"people_{age}": [np.nan, np.nan] for age in AGES}})
    >>> counts_with_totals([by_day], public=False)[0].tolist()
    [[nan, nan, nan, nan, 30.0], [nan, nan, nan, nan, 50.0], [nan, nan, nan, nan, 80.0]]
    """
    whole = [_whole(table) for table in tables]
    bands, people = [bands for bands, _ in whole], [people for _, people in whole]
    known = [_ages_known(table) for table in tables]
    if not public:
        return [_with_totals(*each) for each in zip(bands, people, known, strict=True)]
    made: list[Counts] = [np.zeros(0)] * len(tables)
    for all_known in (True, False):
        places = [n for n, each in enumerate(known) if each == all_known]
        given = [bands[n] if all_known else people[n][:, None] for n in places]
        for n, values in zip(places, release_tables(given) if given else (), strict=True):
            made[n] = values if all_known else np.hstack([np.full((len(values), len(AGES)), np.nan), values[:, -1:]])
    return made


def _whole(table: pd.DataFrame) -> tuple[Counts, Counts]:
    """People by area and age band, [areas, bands], and by area, [areas], in whole numbers that add up; NaN stays.

    Areas add up to the whole, and where ages are known bands to their area. Whole numbers stay as they are.
    """
    bands = table[[f"people_{age}" for age in AGES]].to_numpy(np.float64)
    people = rounded_to_sum(table["people"].to_numpy(np.float64))
    if not _ages_known(table):
        return np.round(bands), people
    return np.array([rounded_to_sum(row, int(np.nan_to_num(of))) for row, of in zip(bands, people, strict=True)]), people


def rounded_to_sum(values: Counts, whole: int | None = None) -> Counts:
    """Counts in whole numbers that add up to the rounded sum, or to ``whole``: those with the largest remainders go up.

    NaN stays. (Hamilton's method.)

    Examples
    --------
    >>> rounded_to_sum(np.array([1.4, 1.4, np.nan, 1.4])).tolist()
    [2.0, 1.0, nan, 1.0]
    """
    known = np.flatnonzero(~np.isnan(values))
    made = np.floor(values + 1e-9)
    total = round(float(np.nansum(values))) if whole is None else whole
    missing = min(max(int(total - made[known].sum()), 0), len(known))
    largest = known[np.argsort(made[known] - values[known], kind="stable")[:missing]]
    made[largest] += 1
    return np.asarray(made)


def _ages_known(table: pd.DataFrame) -> bool:
    told = np.nansum(table[[f"people_{age}" for age in AGES]].to_numpy(np.float64), axis=1)
    return bool((np.nan_to_num(table["people"].to_numpy(np.float64)) - told < 0.5).all())


def _with_totals(bands: Counts, people: Counts, ages_known: bool) -> Counts:
    totals = np.nansum(bands, axis=1) if ages_known else people
    wide = np.hstack([bands, totals[:, None]])
    sums = np.where(np.isnan(wide).all(axis=0), np.nan, np.nansum(wide, axis=0))
    return np.vstack([wide, sums])
