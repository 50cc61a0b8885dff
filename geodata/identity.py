"""Stable names of elements: the source's own id, else a digest of the geometry; what two elements of one id mean."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.errors import ContractError
from geodata.phrase import phrase
from geodata.readers.digest import geometry_digests
from geodata.report import ImportReport
from geodata.tables import TableContract

SAME_SHAPE = 0.98
"""Intersection over union from which on two polygons of one id are the same (a file given twice, rounded differently)."""
_SAME_PLACE = 1.0  # m: points and lines of one id this close are the same


def with_ids(frame: geopandas.GeoDataFrame, table: str, report: ImportReport) -> geopandas.GeoDataFrame:
    """The table with a geometry digest wherever the source names no id; equal geometries without id stay apart by a count."""
    missing = (frame["id"] == "").to_numpy()
    if not missing.any():
        return frame
    ids = frame["id"].to_numpy(dtype=object, copy=True)
    ids[missing] = geometry_digests(frame.geometry.to_numpy()[missing], geographic=False)
    report.defaulted(table, "the source names no id: one was made from the geometry", int(missing.sum()))
    return frame.assign(id=pd.Series(ids, index=frame.index, dtype="str"))


def without_duplicates(frame: geopandas.GeoDataFrame, contract: TableContract, report: ImportReport) -> geopandas.GeoDataFrame:
    """The table with each id once: of elements that share id and geometry the first is kept, and the rest reported.

    Raises
    ------
    ContractError
        When elements share an id but not their geometry: they cannot be told apart.
    """
    repeated = frame["id"].duplicated(keep="first").to_numpy()
    if not repeated.any():
        return frame
    first = frame.drop_duplicates("id").set_index("id").geometry
    later = frame[repeated]
    same = _same(first.loc[later["id"]].to_numpy(), later.geometry.to_numpy())
    if not same.all():
        names = list(dict.fromkeys(later["id"][~same]))
        fault = phrase(
            "1 id names several elements with different geometry ({ids})"
            if len(names) == 1
            else "{count} ids name several elements with different geometry ({ids})",
            count=len(names), ids=", ".join(names[:3]),
        )  # fmt: skip
        raise ContractError(
            "The table {table} has 1 id that names several elements with different geometry ({ids}); "
            "rename them in the source, name another id column with --mapping, or give only one of the files."
            if len(names) == 1
            else "The table {table} has {count} ids that name several elements with different geometry ({ids}); "
            "rename them in the source, name another id column with --mapping, or give only one of the files.",
            faults=(fault,),
            table=contract.name,
            count=len(names),
            ids=", ".join(names[:3]),
        )
    report.dropped(
        contract.name,
        "same id and same geometry as an element already there",
        int(repeated.sum()),
        examples=later["id"].head(5),
    )
    return frame[~repeated]


def _same(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.bool_]:
    alike = shapely.equals(first, second)
    rest = ~alike
    if rest.any():
        one, two = first[rest], second[rest]
        areas = shapely.area(shapely.union(one, two))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = shapely.area(shapely.intersection(one, two)) / areas
        near = shapely.hausdorff_distance(one, two) <= _SAME_PLACE
        alike[rest] = np.where(areas > 0, share >= SAME_SHAPE, near)
    return np.asarray(alike, dtype=bool)
