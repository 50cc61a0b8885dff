"""What a table must look like: its columns with meaning and unit, and one check that reports all faults at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas
import numpy as np
import orjson
import pandas as pd

from geodata.errors import ContractError
from geodata.phrase import Phrase, listed, phrase

Kind = Literal["text", "number", "integer", "boolean", "time"]
_EMPTY: dict[Kind, Any] = {"text": "", "number": np.nan, "integer": pd.NA, "boolean": pd.NA, "time": pd.NaT}
_DTYPE: dict[Kind, str] = {
    "text": "str",
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
    "time": "datetime64[us, UTC]",
}


@dataclass(frozen=True)
class Column:
    """One column: name, kind, unit, meaning, and what values it may take.

    Unknown is always a missing value ("" for text, NaN, <NA>, NaT), never a sentinel and never 0.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False

    def fault(self, values: pd.Series, ids: pd.Series) -> Phrase | None:
        """What is wrong with these values, in words with up to three ids, or None."""
        if self.kind == "text":
            bad = ~values.isin(["", *self.choices]) if self.choices else pd.Series(False, index=values.index)
            if self.required:
                bad |= values == ""
            rule = phrase("one of {choices}", choices=", ".join(self.choices)) if self.choices else phrase("not empty")
        elif self.kind in ("number", "integer"):
            number = values.astype("Float64").astype("float64")
            bad = pd.Series(np.isinf(number), index=values.index)
            if self.low is not None:
                bad |= number < self.low
            if self.high is not None:
                bad |= number > self.high
            low, high = (f"{end} {self.unit}".strip() for end in (self.low, self.high))
            if self.low is None and self.high is None:
                rule = phrase("finite")
            else:
                rule = (
                    phrase("at least {low}", low=low)
                    if self.high is None
                    else phrase("between {low} and {high}", low=str(self.low), high=high)
                )
            if self.required:
                bad |= values.isna()
                rule = phrase("{rule}, not missing", rule=rule)
        else:
            bad = values.isna() if self.required else pd.Series(False, index=values.index)
            rule = phrase("not missing")
        if not bad.any():
            return None
        shown = ", ".join(f"{i}={v!r}" for i, v in zip(ids[bad].head(3), values[bad].head(3), strict=True))
        return broken(self.name, rule, int(bad.sum()), shown)


def broken(column: str, rule: Phrase, count: int, shown: str) -> Phrase:
    """That so many rows break the rule of a column."""
    return phrase(
        "{column} must be {rule}: 1 row breaks this ({shown})"
        if count == 1
        else "{column} must be {rule}: {count} rows break this ({shown})",
        column=column, rule=rule, count=count, shown=shown,
    )  # fmt: skip


@dataclass(frozen=True)
class TableContract:
    """The contract of one table of a city.

    Parameters
    ----------
    name
        Name of the table ("buildings").
    meaning
        What one row is.
    columns
        The columns every such table has, in order; ``id`` comes first and is unique.
    geometry
        Geometry types allowed, () for a table without geometry.
    unique
        Columns that together name a row.

    Examples
    --------
    >>> from shapely import Point
    >>> contract = TableContract("wells", "a well", (Column("id", "text", "stable id", required=True),
    ...                          Column("depth", "number", "depth of the well", unit="m", low=0)), ("Point",))
    >>> frame = geopandas.GeoDataFrame({"id": ["w1"]}, geometry=[Point(0, 0)], crs="EPSG:6677")
    >>> list(contract.completed(frame).columns)
    ['id', 'depth', 'attributes', 'geometry']
    >>> contract.check(contract.completed(frame.assign(depth=-1.0)))
    Traceback (most recent call last):
    geodata.errors.ContractError: The table wells has 1 fault: depth must be at least 0 m: 1 row breaks this (w1=-1.0). Correct ...
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    geometry: tuple[str, ...] = ()
    unique: tuple[str, ...] = ("id",)
    by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    def completed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A copy with every column of the contract, in order and in its dtype; missing ones hold unknown.

        Columns that the contract does not know are kept as one JSON text per row in ``attributes``, so nothing that a
        source says is lost.
        """
        known = [column.name for column in self.columns]
        geometry = frame.geometry.name if self.geometry else None
        extra = [name for name in frame.columns if name not in {*known, "attributes", geometry}]
        made: dict[str, Any] = {}
        for column in self.columns:
            if column.name in frame.columns:
                made[column.name] = _typed(frame[column.name], column.kind)
            else:
                made[column.name] = pd.Series(_EMPTY[column.kind], index=frame.index, dtype=_DTYPE[column.kind])
        made["attributes"] = _attributes(frame, extra)
        table = pd.DataFrame(made, index=frame.index).reset_index(drop=True)
        if geometry is None:
            return table
        shapes = frame.geometry.reset_index(drop=True)
        return geopandas.GeoDataFrame(table, geometry=shapes.rename("geometry"), crs=frame.crs)

    def check(self, frame: pd.DataFrame) -> None:
        """Raise `ContractError` with every fault of a completed table."""
        faults: list[Phrase] = []
        missing = [column.name for column in self.columns if column.name not in frame.columns]
        if missing:
            faults.append(phrase("columns {names} are absent", names=", ".join(missing)))
        ids = frame[self.unique[0]] if self.unique[0] in frame.columns else pd.Series(frame.index.astype(str))
        if not missing:
            repeated = frame.duplicated(list(self.unique), keep=False)
            if repeated.any():
                shown = ", ".join(str(value) for value in ids[repeated].head(3))
                names = " + ".join(self.unique)
                faults.append(
                    phrase("{names} must be unique: {count} rows share one ({shown})", names=names,
                           count=int(repeated.sum()), shown=shown)
                )  # fmt: skip
        present = (column for column in self.columns if column.name in frame.columns)
        faults += [fault for column in present if (fault := column.fault(frame[column.name], ids))]
        if self.geometry:
            faults += self._geometry_faults(frame, ids)
        if faults:
            raise ContractError(
                "The table {table} has 1 fault: {listed}. Correct the source or its mapping file."
                if len(faults) == 1
                else "The table {table} has {count} faults: {listed}. Correct the source or its mapping file.",
                faults=tuple(faults),
                table=self.name,
                count=len(faults),
                listed=listed(faults),
            )

    def _geometry_faults(self, frame: Any, ids: pd.Series) -> list[Phrase]:
        faults = []
        shapes = frame.geometry
        absent = shapes.isna() | shapes.is_empty
        wrong = ~shapes.geom_type.isin(self.geometry) & ~absent
        bounds = shapes.bounds.to_numpy()
        infinite = ~np.isfinite(bounds).all(axis=1) & ~absent
        invalid = ~shapes.is_valid & ~absent & ~wrong
        for bad, rule in (
            (absent, phrase("not missing")),
            (wrong, phrase("one of {choices}", choices=", ".join(self.geometry))),
            (infinite, phrase("finite")),
            (invalid, phrase("valid")),
        ):
            if bad.any():
                shown = ", ".join(str(value) for value in ids[np.asarray(bad)].head(3))
                faults.append(broken("geometry", rule, int(bad.sum()), shown))
        return faults


def _attributes(frame: pd.DataFrame, extra: list[str]) -> pd.Series:
    """What the contract has no column for, as one JSON text per row ("" for nothing), joined to attributes already there."""
    given = [""] * len(frame)
    if "attributes" in frame.columns:
        given = frame["attributes"].fillna("").astype("str").tolist()
    texts = given
    if extra:
        columns = [frame[name].tolist() for name in extra]
        texts = []
        for already, values in zip(given, zip(*columns, strict=True), strict=True):
            kept = orjson.loads(already) if already else {}
            kept.update((name, value) for name, value in zip(extra, values, strict=True) if not _is_missing(value))
            texts.append(orjson.dumps(kept, default=str, option=orjson.OPT_SERIALIZE_NUMPY).decode() if kept else "")
    return pd.Series(texts, index=frame.index, dtype="str")


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value == "" or (isinstance(value, float) and value != value)


def _typed(values: pd.Series, kind: Kind) -> pd.Series:
    if kind == "text":
        return values.astype("object").where(values.notna(), "").astype("str")
    if kind == "number":
        return pd.to_numeric(values, errors="coerce").astype("float64")
    if kind == "integer":
        return pd.to_numeric(values, errors="coerce").astype("Float64").round().astype("Int64")
    if kind == "boolean":
        return values.astype("boolean")
    return pd.to_datetime(values, utc=True).astype(_DTYPE["time"])
