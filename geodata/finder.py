"""Find elements of a city by id, name or address."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from geodata.city import City

SEARCHED = ("shelters", "facilities", "sensors", "areas", "buildings", "roads")
_TEXTS = ("name", "address", "id")


@dataclass(frozen=True)
class Found:
    """One element that answers a search.

    Parameters
    ----------
    table
        Its table.
    index
        Its row; only within this process.
    id
        Its stable id.
    label
        Name, else address, else id.
    detail
        What else helps to tell it apart: address or id.
    """

    table: str
    index: int
    id: str
    label: str
    detail: str


def folded(text: str) -> str:
    """Text as compared: width, case and spaces do not matter.

    Examples
    --------
    >>> folded("Ｋａｗａｂｅ　１丁目") == folded("kawabe 1丁目")
    True
    """
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True, eq=False)
class Finder:
    """Searches the tables of one city; the folded texts are made on first use and kept.

    Parameters
    ----------
    city
        The city.
    """

    city: City

    @cached_property
    def _texts(self) -> dict[str, tuple[pd.DataFrame, dict[str, pd.Series]]]:
        texts = {}
        for name in SEARCHED:
            table = self.city.table(name)
            if len(table):
                columns = [column for column in _TEXTS if column in table.columns]
                texts[name] = (table[columns], {column: table[column].map(folded) for column in columns})
        return texts

    def find(self, words: str, *, limit: int = 12) -> list[Found]:
        """Elements whose name, address or id holds the words; equal texts first, then those that begin with them.

        Examples
        --------
        An empty search finds nothing; it does not list the city.
        """
        wanted = folded(words)
        if not wanted:
            return []
        hits: list[tuple[int, int, int, Found]] = []
        for order, (name, (table, columns)) in enumerate(self._texts.items()):
            score = np.full(len(table), 9)
            for column in columns.values():
                holds = column.str.contains(wanted, regex=False).to_numpy(bool)
                begins = column.str.startswith(wanted).to_numpy(bool)
                same = (column == wanted).to_numpy(bool)
                score = np.minimum(score, np.select([same, begins, holds], [0, 1, 2], 9))
            best = np.flatnonzero(score < 9)[np.argsort(score[score < 9], kind="stable")][:limit].tolist()
            hits += [(int(score[row]), order, row, self._found(name, table, row)) for row in best]
        return [found for *_, found in sorted(hits, key=lambda hit: hit[:3])[:limit]]

    @staticmethod
    def _found(name: str, table: pd.DataFrame, row: int) -> Found:
        values = table.iloc[row]
        texts = [str(values.get(column, "")) for column in _TEXTS]
        label = next(text for text in texts if text)
        detail = next((text for text in texts[1:] if text and text != label), "")
        return Found(name, row, str(values["id"]), label, detail)
