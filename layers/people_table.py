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

    Where the age of some is not known, totals are of all people all the same: unknown bands are no empty ones.

    Examples
    --------
    >>> by_day = pd.DataFrame({"people": [30.0, 50.0], **{f"people_{age}": [np.nan, np.nan] for age in AGES}})
    >>> counts_with_totals([by_day], public=False)[0].tolist()
    [[nan, nan, nan, nan, 30.0], [nan, nan, nan, nan, 50.0], [nan, nan, nan, nan, 80.0]]
    """
    bands = [np.round(table[[f"people_{age}" for age in AGES]].to_numpy(np.float64)) for table in tables]
    people = [np.round(table["people"].to_numpy(np.float64)) for table in tables]
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


def _ages_known(table: pd.DataFrame) -> bool:
    told = np.nansum(table[[f"people_{age}" for age in AGES]].to_numpy(np.float64), axis=1)
    return bool((np.nan_to_num(table["people"].to_numpy(np.float64)) - told < 0.5).all())


def _with_totals(bands: Counts, people: Counts, ages_known: bool) -> Counts:
    totals = np.nansum(bands, axis=1) if ages_known else people
    wide = np.hstack([bands, totals[:, None]])
    sums = np.where(np.isnan(wide).all(axis=0), np.nan, np.nansum(wide, axis=0))
    return np.vstack([wide, sums])
