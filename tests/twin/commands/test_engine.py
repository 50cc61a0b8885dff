"""The flood engine from the command line, on terrain alone: figures, fields in files, one sentence for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.transform import from_origin

from tests.geodata.small_city import raster  # noqa: F401  (registers .rio)
from twin.command_line import main

EXAMPLE = Path(__file__).parents[3] / "examples" / "cloudburst.yaml"
CELL, SIDE = 10.0, 40


def bowl() -> np.ndarray:
    """A closed basin: water gathers in the middle and cannot leave."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return (0.05 * np.hypot(y, x) * CELL / 4).astype(np.float32)


def terrain(path: Path, ground: np.ndarray) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=SIDE, width=SIDE, count=1, dtype="float32", crs="EPSG:6677", nodata=np.nan,
        transform=from_origin(0, 0, CELL, CELL),
    ) as file:  # fmt: skip
        file.write(ground, 1)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CITY_TWIN_HOME", str(tmp_path / "home"))
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main([str(word) for word in words]) == 0
    result = json.loads(capsys.readouterr().out)
    assert isinstance(result, dict)
    return result


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert main([str(word) for word in words]) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    return error


def test_terrain_alone_gives_depth_maximum_and_volume(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "import", terrain(home / "terrain.tif", bowl()), "--out", home / "city", "--json")
    result = told(capsys, "simulate", home / "city", EXAMPLE, "--out", home / "run", "--json")
    assert (result["engine"], result["cells"], result["states"]) == ("local_inertial", SIDE * SIDE, 13)
    assert result["steps"] > 100
    assert result["mass_error"] < 1e-6
    assert result["max_depth_m"] > 0.3
    assert 0 < result["flooded_area_m2"] <= SIDE * SIDE * CELL**2
    # no more than 100 mm can stand on the ground, and sewers and soil took some of it
    assert 0 < result["flooded_volume_m3"] < 0.1 * SIDE * SIDE * CELL**2
    assert any("local inertial scheme" in note for note in result["notes"])

    main(["export", str(home / "run"), "--format", "cog", "--out", str(home / "cog")])
    (greatest,) = (home / "cog").rglob("flow_max_depth/0007200_s.tif")
    with rasterio.open(greatest) as file:
        deepest = file.read(1)
    assert deepest.max() == pytest.approx(result["max_depth_m"], rel=0.02)
    main(["export", str(home / "run"), "--format", "netcdf", "--out", str(home / "run.nc")])
    with xr.open_dataset(home / "run.nc", decode_timedelta=False) as fields:
        depth = fields["water_depth"].to_numpy()
        assert fields["flow_speed"].attrs["units"] == "m s-1"
    assert depth.shape == (13, SIDE, SIDE)
    assert depth.max() == pytest.approx(result["max_depth_m"], rel=1e-6)
    volume = depth[-1].sum() * CELL**2
    with xr.open_dataset(home / "run.nc", decode_timedelta=False) as fields:
        assert volume == pytest.approx(float(fields["flow_account"].to_numpy()[-1, 8]), rel=1e-5)  # what is stored


def test_holes_are_named_and_filled_only_when_asked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ground = bowl()
    ground[20, 11] = ground[0, 5] = np.nan  # one inside, one at the rim
    told(capsys, "import", terrain(home / "terrain.tif", ground), "--out", home / "city", "--json")
    error = refused(capsys, "simulate", home / "city", EXAMPLE, "--json")
    assert "1 cell without elevation inside it, at row 20, column 11" in error
    assert "holes: fill" in error
    asked = EXAMPLE.read_text().replace("source: engine", "source: engine\n  holes: fill")
    (home / "filled.yaml").write_text(asked.replace("duration: 2 h", "duration: 20 min"))
    result = told(capsys, "simulate", home / "city", home / "filled.yaml", "--out", home / "run", "--json")
    assert result["cells"] == SIDE * SIDE - 1  # the one at the rim stays unknown
    assert any("nearest known ground" in note for note in result["notes"])
    assert any("depth is unknown there" in note for note in result["notes"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("rain: {rates: [{at: 0, value: .nan}]}", "finite number"),
        ("rain: {rates: [{at: 0, value: -3}]}", "-3.0 mm/h"),
        ("roughness: 9", "less than or equal to 1"),
        ("alpha: 0.89", "makes the local_inertial solver unstable"),
        ("rain: {field: radar}", "no rain field radar"),
        ("inflows: [{at: [0, 0], discharge: [{at: 0, value: 1}]}]", "lies outside of"),
        ("level_edges: [{line: [[139.8, 36], [139.8, 36.1]], levels: [{at: 0, value: 1}]}]", "touches no edge"),
    ],
)
def test_bad_questions_are_one_sentence(home: Path, capsys: pytest.CaptureFixture[str], change: str, says: str) -> None:
    told(capsys, "import", terrain(home / "terrain.tif", bowl()), "--out", home / "city", "--json")
    (home / "bad.yaml").write_text(f"name: bad\nduration: 1 h\nwater:\n  source: engine\n  {change}\n")
    assert says in refused(capsys, "simulate", home / "city", home / "bad.yaml", "--json")
