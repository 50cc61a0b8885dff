"""Depth–damage curves and values: JRC 2017, HAZUS/USACE, and a city's own tables as CSV.

JRC: Huizinga, de Moel, Szewczyk 2017, EUR 28552, doi 10.2760/16510. HAZUS: FEMA flood model with curves of USACE (IWR) and FIA.
Both as their wide CSV files: one row a curve, one column a depth (metres "0.50m", or whole feet).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.provenance import Provenance
from geodata.readers.text_table import read_text_table, to_numbers
from geodata.report import ImportReport
from geodata.source import Source, SourceTable
from geodata.tables import TABLES

FOOT = 0.3048
MOST_STOREYS = 200
_JRC_USES: Mapping[str, tuple[str, ...]] = {
    "residential": ("house", "apartment", "mixed"),
    "commercial": ("commercial", "office", "hotel", "public", "school", "hospital", "care", "religious", "transport"),
    "industrial": ("industrial", "warehouse", "utility"),
}
_HAZUS_USES: Mapping[str, tuple[str, ...]] = {
    "RES1": ("house",), "RES3": ("apartment", "mixed"), "RES4": ("hotel",), "RES6": ("care",), "COM1": ("commercial",),
    "COM2": ("warehouse",), "COM4": ("office",), "COM6": ("hospital",), "IND2": ("industrial",), "REL1": ("religious",),
    "GOV1": ("public",), "EDU1": ("school",), "AGR1": ("agricultural",),
}  # fmt: skip
_STOREY_WORDS = (
    (r"\bone[- ](?:floor|story|storey)|\b1[- ](?:story|storey|st)\b", 1, 1),
    (r"\btwo[- ](?:floor|story|storey)s?|\b2[- ](?:story|storey|st)\b|split", 2, 2),
    (r"\bthree or more|\b3[- ](?:story|storey|st)\b", 3, MOST_STOREYS),
)


def is_damage(path: Path) -> bool:
    """Whether a file holds depth–damage curves or values of a kind that is known.

    Examples
    --------
    >>> is_damage(Path("town.gpkg"))
    False
    """
    return path.suffix.lower() == ".csv" and path.is_file() and _kind(path) is not None


def _kind(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.readline(20_000).decode("utf-8-sig", errors="ignore").strip().casefold()
    columns = [column.strip() for column in head.split(",")]
    if columns[:2] == ["continent", "type"] and any(re.fullmatch(r"[\d.]+m", column) for column in columns):
        return "jrc"
    if {"occupancy", "damage type"} <= set(columns) and {"0", "1", "2"} <= set(columns):
        return "hazus"
    for kind, table in (("curves", "damage_curves"), ("values", "asset_values")):
        needed = {column.name for column in TABLES[table].columns if column.required and column.name not in _DEFAULTS[table]}
        if needed <= set(columns):
            return kind
    return None


_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "damage_curves": {"curves": "own", "storeys_low": 1, "storeys_high": MOST_STOREYS, "above": "floor"},
    "asset_values": {"per": "floor_area"},
}


def read_damage(path: Path, *, report: ImportReport) -> list[Source]:
    """Curves or values of one file.

    Parameters
    ----------
    path
        JRC's or HAZUS's wide CSV, or a CSV with the columns of `geodata.tables.damage` (``curves``, storeys and ``above``
        may be left out: "own", all, floor; ``per`` too: floor_area).
    report
        Takes what was read, simplified and left out.

    Returns
    -------
    One table "damage_curves" or "asset_values".

    Raises
    ------
    InputError
        When a share lies outside 0 to 1, a curve falls with depth, values are in several currencies or of several years, or
        nothing in the file can be used.
    """
    kind = _kind(path)
    if kind == "hazus":  # numbers name its columns: only we know that this line is a header
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig").apply(
            lambda column: column.str.strip()
        )
    else:
        table = read_text_table(path).frame
    if kind == "jrc":
        return [_source("damage_curves", _jrc(table, path, report), path, "Huizinga et al. 2017 (JRC)", "CC BY 4.0")]
    if kind == "hazus":
        return [_source("damage_curves", _hazus(table, path, report), path, "FEMA HAZUS, USACE IWR", "public domain")]
    name = "damage_curves" if kind == "curves" else "asset_values"
    return [_source(name, _own(table, name, path, report), path, "", "")]


def _source(name: str, frame: pd.DataFrame, path: Path, attribution: str, licence: str) -> SourceTable:
    return SourceTable(name, frame, Provenance(path.name, licence=licence, attribution=attribution))


def _jrc(table: pd.DataFrame, path: Path, report: ImportReport) -> pd.DataFrame:
    columns = {name: float(name[:-1]) for name in table.columns if re.fullmatch(r"[\d.]+m", name)}
    depths = np.array(list(columns.values()))
    rows: list[dict[str, Any]] = []
    left = []
    for continent, kind, *_ in table[["continent", "type"]].itertuples(index=False):
        uses = _JRC_USES.get(kind)
        if uses is None:
            left.append(f"{continent}/{kind}")
            continue
        chosen = (table["continent"] == continent) & (table["type"] == kind)
        rates = _shares(to_numbers(table.loc[chosen, list(columns)].iloc[0]).to_numpy(), path, f"{continent}/{kind}")
        # JRC's curves hold for building and contents alike: one part, so that nothing is counted twice
        rows += _points(f"JRC {str(continent).title()}", uses, "total", (1, MOST_STOREYS), "ground", depths, rates)
    report.read("damage_curves", len(table), source=path.name)
    report.dropped("damage_curves", "curves for what is no building", len(left), source=path.name, examples=left[:3])
    return _made(rows, path)


def _hazus(table: pd.DataFrame, path: Path, report: ImportReport) -> pd.DataFrame:
    feet = [name for name in table.columns if re.fullmatch(r"-?\d+", name)]
    depths = np.array([float(name) for name in feet]) * FOOT
    part = (
        table["Damage Type"]
        .str.strip()
        .str.casefold()
        .map({"structure": "structure", "contents": "contents", "content": "contents"})
    )
    words = table["Description"].str.casefold()
    used = table["Occupancy"].isin(_HAZUS_USES) & part.notna() & ~words.str.contains("w/ basement|with basement", regex=True)
    low = pd.Series(1, index=table.index)
    high = pd.Series(MOST_STOREYS, index=table.index)
    for pattern, fewest, most in _STOREY_WORDS:
        told = words.str.contains(pattern, regex=True)
        low, high = low.mask(told, fewest), high.mask(told, most)
    storeys_matter = table["Occupancy"] == "RES1"
    low, high = low.where(storeys_matter, 1), high.where(storeys_matter, MOST_STOREYS)
    used &= ~(storeys_matter & (low == 1) & (high == MOST_STOREYS))
    rates = np.column_stack([to_numbers(table[name]).to_numpy(np.float64) for name in feet])
    sound = (
        ~np.isnan(rates).any(axis=1) & ((rates >= 0) & (rates <= 1)).all(axis=1) & (np.diff(rates, axis=1) >= -1e-9).all(axis=1)
    )
    report.dropped("damage_curves", "curves that fall with depth or have gaps", int((used & ~sound).sum()), source=path.name,
                   examples=table.loc[used & ~sound, "ID"].astype(str).head(3).tolist())  # fmt: skip
    used &= sound
    rows: list[dict[str, Any]] = []
    keys = [table["Occupancy"], part.fillna(""), low, high]
    for (occupancy, which, fewest, most), group in table[used].groupby([key[used] for key in keys], sort=True):
        values = rates[table.index.get_indexer(group.index)]
        # many studies speak of one kind of building: their middle, and the range of four in five of them
        lower, middle, upper = np.quantile(values, (0.1, 0.5, 0.9), axis=0)
        rows += _points(
            "HAZUS", _HAZUS_USES[str(occupancy)], str(which), (int(fewest), int(most)), "floor", depths, middle, lower, upper
        )
    report.read("damage_curves", len(table), source=path.name)
    report.dropped(
        "damage_curves", "curves of other uses, with basements, or of inventory", int((~used & sound).sum()), source=path.name
    )
    return _made(rows, path)


def _own(table: pd.DataFrame, name: str, path: Path, report: ImportReport) -> pd.DataFrame:
    contract = TABLES[name]
    made = table.rename(columns=str.casefold)
    for column in contract.columns:
        if column.name not in made.columns:
            made[column.name] = _DEFAULTS[name].get(column.name, "")
        if column.kind in ("number", "integer"):
            made[column.name] = to_numbers(made[column.name].astype(str))
        elif column.name in _DEFAULTS[name]:
            made[column.name] = made[column.name].replace("", _DEFAULTS[name][column.name])
    report.read(name, len(made), source=path.name)
    completed = contract.completed(made[[column.name for column in contract.columns]])
    if name == "damage_curves":
        for key, group in completed.groupby(["curves", "use", "part", "storeys_low"]):
            _shares(group.sort_values("depth")["rate"].to_numpy(np.float64), path, "/".join(map(str, key)))
    else:
        prices = sorted({f"{currency} {year}" for currency, year in completed[["currency", "year"]].itertuples(index=False)})
        if len(prices) > 1:
            raise InputError(
                "{path} holds values in {prices}, which cannot be added up; give all of them in one currency of one year.",
                path=path.name, prices=", ".join(prices),
            )  # fmt: skip
    return completed


def _shares(rates: NDArray[np.float64], path: Path, curve: str) -> NDArray[np.float64]:
    if np.isnan(rates).any() or (rates < 0).any() or (rates > 1).any():
        raise InputError(
            "{path}: the curve {curve} has shares outside 0 to 1, or gaps; give shares of the value, not percent.",
            path=path.name, curve=curve,
        )  # fmt: skip
    if (np.diff(rates) < -1e-9).any():
        raise InputError(
            "{path}: the curve {curve} falls with depth; deeper water cannot destroy less.", path=path.name, curve=curve
        )
    return rates


def _points(
    curves: str, uses: Sequence[str], part: str, storeys: tuple[int, int], above: str, depths: NDArray[np.float64],
    rates: NDArray[np.float64], low: NDArray[np.float64] | None = None, high: NDArray[np.float64] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    bends = _bends(rates if low is None or high is None else np.stack([rates, low, high]))
    return [
        {
            "curves": curves, "use": use, "part": part, "storeys_low": storeys[0], "storeys_high": storeys[1], "above": above,
            "depth": round(float(depths[i]), 4), "rate": float(rates[i]),
            "rate_low": np.nan if low is None else float(low[i]), "rate_high": np.nan if high is None else float(high[i]),
        }
        for use in uses
        for i in bends
    ]  # fmt: skip


def _bends(rates: NDArray[np.float64]) -> list[int]:
    """Places of the points that a curve needs: its ends, and where it bends by more than rounding.

    Examples
    --------
    >>> _bends(np.array([0.0, 0.1, 0.2, 0.2, 0.2]))
    [0, 2, 4]
    """
    values = np.atleast_2d(rates)
    bend = (np.abs(np.diff(values, n=2, axis=1)) > 1e-6).any(axis=0)
    return [0, *(np.flatnonzero(bend) + 1).tolist(), values.shape[1] - 1]


def _made(rows: list[dict[str, Any]], path: Path) -> pd.DataFrame:
    if not rows:
        raise InputError("{path} holds no curve of a building's use that is known.", path=path.name)
    return TABLES["damage_curves"].completed(
        pd.DataFrame(rows).drop_duplicates(["curves", "use", "part", "storeys_low", "depth"])
    )
