"""Two tables about the same things, joined: by key, or by where they lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd

from geodata.errors import InputError
from geodata.mapping.document import Join
from geodata.report import ImportReport

Opener = Callable[[Path, str | None], pd.DataFrame]


def join_tables(
    frame: pd.DataFrame, join: Join, *, folders: tuple[Path, ...], read: Opener, report: ImportReport, table: str
) -> pd.DataFrame:
    """The table with the columns of a second one; a column that both have stays the first one's.

    Parameters
    ----------
    frame
        The first table; its rows and their order stay.
    join
        What to join and how.
    folders
        Where the second file is looked for, in this order.
    read
        Opens a file (path, layer) as a table.
    report, table
        Told how many met, and how many did not.

    Raises
    ------
    InputError
        When the file is not there, the key column is missing, or a spatial join lacks geometry or CRS.
    """
    path = next((folder / join.file for folder in folders if (folder / join.file).is_file()), None)
    if path is None:
        where = ", ".join(str(folder) for folder in folders)
        raise InputError(
            "The file {file} to be joined is not in {where}; put it there or correct the mapping file.",
            file=join.file,
            where=where,
        )
    other = read(path, join.layer)
    for inner in join.join:
        other = join_tables(
            other, inner, folders=(path.parent, *folders), read=read, report=report, table=f"{table} ← {path.name}"
        )
    report.read(f"{table} ← {path.name}", len(other), source=path.name)
    pairs = _pairs_by_key(frame, other, join, path) if join.how == "key" else _pairs_by_place(frame, other, join, path)
    return _merged(frame, other, pairs, join, path=path, report=report, table=table)


def _key_of(frame: pd.DataFrame, join: Join, where: str) -> str:
    key = next((name for name in join.on if name in frame.columns), None)
    if key is None:
        raise InputError(
            "{where} has no key column {names}; it has {there}. Name the key under `on` in the mapping file.",
            where=where, names=" or ".join(join.on), there=", ".join(str(name) for name in frame.columns),
        )  # fmt: skip
    return key


def _pairs_by_key(frame: pd.DataFrame, other: pd.DataFrame, join: Join, path: Path) -> pd.DataFrame:
    left = _comparable(frame[_key_of(frame, join, "The table to be joined to")])
    right = _comparable(other[_key_of(other, join, path.name)])
    one = pd.DataFrame({"key": left, "left": np.arange(len(frame))})
    two = pd.DataFrame({"key": right, "right": np.arange(len(other))})
    return one[one.key != ""].merge(two[two.key != ""], on="key")[["left", "right"]].assign(distance=0.0)


def _comparable(values: pd.Series) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Keys as text, so that 12, 12.0 and "12 " meet."""
    texts = values.astype("object").where(values.notna(), "").astype("str").str.strip()
    return np.asarray(texts.str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True), dtype=object)


def _pairs_by_place(frame: pd.DataFrame, other: pd.DataFrame, join: Join, path: Path) -> pd.DataFrame:
    for side, name in ((frame, "the first table"), (other, path.name)):
        if not isinstance(side, geopandas.GeoDataFrame) or side.crs is None:
            raise InputError("{name} has no geometry with a CRS, which a join by place needs; join by key instead.", name=name)
    assert isinstance(frame, geopandas.GeoDataFrame)
    metres = frame.estimate_utm_crs() if frame.crs.is_geographic else frame.crs
    polygons = geopandas.GeoDataFrame(
        {"left": np.arange(len(frame))}, geometry=frame.geometry.to_crs(metres).values, crs=metres
    )
    shapes = other.geometry.to_crs(metres)
    points = geopandas.GeoDataFrame({"right": np.arange(len(other))}, geometry=shapes.representative_point().values, crs=metres)
    points = points[~points.geometry.is_empty & points.geometry.notna()]
    polygons = polygons[~polygons.geometry.is_empty & polygons.geometry.notna()]
    pairs = geopandas.sjoin(points, polygons, predicate="intersects")[["left", "right"]].assign(distance=0.0)
    pairs = pairs.sort_values(["right", "left"]).drop_duplicates("right")
    if join.how == "nearest":
        rest = points[~points.right.isin(pairs.right)]
        near = geopandas.sjoin_nearest(rest, polygons, max_distance=join.max_distance, distance_col="distance")
        near = near.sort_values(["right", "distance", "left"]).drop_duplicates("right")
        pairs = pd.concat([pairs, near[["left", "right", "distance"]]])
    return pairs


def _merged(
    frame: pd.DataFrame, other: pd.DataFrame, pairs: pd.DataFrame, join: Join, *, path: Path, report: ImportReport, table: str
) -> pd.DataFrame:
    columns = [
        name for name in other.columns if name not in frame.columns and name != getattr(other, "_geometry_column_name", None)
    ]
    absent = [name for name in (*join.total, *((join.main,) if join.main else ())) if name not in other.columns]
    if absent:
        raise InputError(
            "{file} has no column {absent}; correct `main` or `total` in the mapping file.",
            file=path.name,
            absent=", ".join(absent),
        )
    rows = other[columns].iloc[pairs.right.to_numpy()].reset_index(drop=True)
    rows["_left"] = pairs.left.to_numpy()
    size = (
        pd.to_numeric(rows[join.main], errors="coerce").fillna(-np.inf).to_numpy()
        if join.main in rows.columns
        else np.zeros(len(rows))
    )
    order = np.lexsort((pairs.right.to_numpy(), -size, rows["_left"].to_numpy()))
    rows = rows.iloc[order]
    groups = rows.groupby("_left", sort=True)
    merged = groups.head(1).set_index("_left")
    for name in join.total:
        if name in columns:
            merged[name] = pd.to_numeric(rows[name], errors="coerce").groupby(rows["_left"]).sum(min_count=1)
    counts = groups.size()
    several = counts[counts > 1]
    values = {"file": path.name}
    report.mapped(table, "columns " + ", ".join(str(name) for name in columns), path.name, len(merged), source=path.name)
    report.noted(table, "{file} has nothing for these: its columns stay unknown", len(frame) - len(merged), values=values)
    report.noted(
        table,
        "several rows of {file} meet here ({rows} rows): {total} added up, the rest the main one's",
        len(several),
        values={**values, "rows": int(several.sum()), "total": ", ".join(join.total) or "nothing"},
    )
    report.noted(table, "row of {file} joined to the nearest, not within", int((pairs.distance > 0).sum()), values=values)
    lost = len(other) - pairs.right.nunique()
    report.dropped(f"{table} ← {path.name}", "row meets nothing in the table it is joined to", lost, source=path.name)
    # Whole numbers stay whole where some rows have none: an id is no decimal fraction.
    whole = {name: "Int64" for name in columns if pd.api.types.is_integer_dtype(merged[name])}
    added = merged.astype(whole).reindex(np.arange(len(frame)))
    added.index = frame.index
    return frame.assign(**{name: added[name] for name in columns})
