"""All overlays of a small city at once, and back from storage."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from shapely import box

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.network import build_network
from geodata.overlays import Overlays, compute_overlays
from geodata.report import ImportReport

GRID = Grid(west=0.0, north=30.0, cell=10.0, rows=3, columns=3, crs="EPSG:6677")


@pytest.fixture
def overlays() -> Overlays:
    buildings = geopandas.GeoDataFrame({"id": ["h1", "h2"]}, geometry=[box(2, 12, 18, 18), box(40, 0, 50, 5)], crs=GRID.crs)
    lines = shapely.linestrings([[[0, 5], [30, 5]], [[15, 0], [15, 30]]])
    plain = geopandas.GeoDataFrame({"id": ["r1", "r2"], "walkers": [True, False]}, geometry=lines, crs=GRID.crs)
    roads, nodes = build_network(plain, report=ImportReport())
    elevation = np.arange(9.0).reshape(3, 3)
    return compute_overlays(grid=GRID, elevation=elevation, buildings=buildings, roads=roads, nodes=nodes)


def test_every_part_is_there(overlays: Overlays) -> None:
    assert overlays.footprints.row(0).tolist() == [3, 4]
    assert overlays.lowest.tolist() == [3, -1]
    assert len(overlays.segments) == 4
    np.testing.assert_allclose(overlays.nearest.distance, [np.hypot(5, 10), np.hypot(15, 2.5)])


def test_through_a_file_and_back(overlays: Overlays, tmp_path: Path) -> None:
    np.savez(tmp_path / "overlays.npz", **overlays.to_arrays())
    with np.load(tmp_path / "overlays.npz") as stored:
        back = Overlays.from_arrays(stored)
    assert list(back.to_arrays()) == list(overlays.to_arrays())
    for name, array in overlays.to_arrays().items():
        assert array.tobytes() == back.to_arrays()[name].tobytes()


def test_parts_that_do_not_belong_together_are_refused(overlays: Overlays) -> None:
    arrays = overlays.to_arrays()
    with pytest.raises(InputError, match="hold 2, 3 and 2 buildings"):
        Overlays.from_arrays(arrays | {"lowest": np.zeros(3, int)})
    del arrays["lowest"]
    with pytest.raises(InputError, match="lacks lowest"):
        Overlays.from_arrays(arrays)
