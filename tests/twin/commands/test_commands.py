from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geodata.package import open_city, write_package
from geodata.report import ImportReport
from tests.geodata.small_city import houses, town
from twin.command_line import main
from twin.commands.serve import server_command


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("commands") / "town"
    report = ImportReport()
    write_package(town(report), report, path)
    return path


def test_info_is_one_json_object(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(package), "--json"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    result = json.loads(told.out)
    city = open_city(package)
    assert result["name"] == "Town"
    assert result["crs"] == "EPSG:6677"
    assert result["bounds_wgs84"] == pytest.approx(list(city.grid.bounds_wgs84), abs=1e-6)
    assert result["fingerprint"] == city.fingerprint
    assert result["fictional"] is True
    assert result["layers"]["buildings"]["count"] == 9
    assert result["layers"]["roads"]["count"] == 4
    assert result["layers"]["buildings"]["attribution"] == "nobody"
    assert result["hazard_maps"]["river-l2"]["kind"] == "depth"
    assert set(result["import"]) >= {"read", "dropped", "repaired"}


def test_info_for_people(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(package)]) == 0
    out = capsys.readouterr().out
    assert "Town (fictional: made-up data)" in out
    assert "buildings: 9" in out


def test_import_says_what_info_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    houses()[["id", "geometry"]].to_file(tmp_path / "buildings.gpkg")
    out = str(tmp_path / "town")
    assert main(["import", str(tmp_path / "buildings.gpkg"), "--out", out, "--name", "町", "--json"]) == 0
    imported = json.loads(capsys.readouterr().out)
    assert main(["info", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == imported
    assert imported["name"] == "町"
    assert imported["import"]["read"]["buildings"] == 9


@pytest.mark.parametrize(
    ("kind", "name"),
    [("gpkg", "t.gpkg"), ("csv", "csv"), ("cityjson", "t.city.json"), ("netcdf", "t.nc"), ("cog", "cog"), ("parquet", "pq")],
)
def test_export(package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, name: str) -> None:
    out = tmp_path / name
    assert main(["export", str(package), "--format", kind, "--out", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["format"] == kind
    assert out.exists()
    assert main(["export", str(package), "--format", kind, "--out", str(out)]) == 0, "an earlier export is replaced"


def test_faults_are_one_sentence(package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["info", str(tmp_path / "nowhere")],
        ["info"],
        ["fly", "to the moon"],
        ["info", str(package), "--colour"],
        ["import", "--out", str(tmp_path / "x")],
        ["export", str(package), "--format", "dwg", "--out", str(tmp_path / "x")],
        ["export", str(tmp_path), "--format", "csv", "--out", str(tmp_path / "x")],
        ["serve", str(tmp_path / "nowhere")],
        ["serve", str(package), "--port", "99999"],
        ["sample", "--out", str(tmp_path / "s"), "--buildings", "-5"],
    ):
        assert main(words) == 2, words
        told = capsys.readouterr()
        assert told.out == ""
        assert len(told.err.strip().splitlines()) == 1, told.err
        assert "Traceback" not in told.err


def test_ctrl_c_is_130(package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("geodata.package.open_city", interrupt)
    assert main(["info", str(package)]) == 130
    assert capsys.readouterr().err.strip().splitlines() == ["Interrupted."]


def test_a_full_disk_is_a_sentence(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "x.tif"))

    monkeypatch.setattr("geodata.export.write_raster_file", full)
    assert main(["export", str(package), "--format", "cog", "--out", str(tmp_path / "cog")]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert not (tmp_path / "cog").exists()


def test_the_server_listens_here_only_and_tells_nobody(package: Path) -> None:
    arguments, environment = server_command(package, 8600)
    text = " ".join(arguments)
    assert "-m streamlit run" in text
    assert "app.py" in text
    for option in (
        "--server.address 127.0.0.1",
        "--server.port 8600",
        "--server.headless true",
        "--browser.gatherUsageStats false",
    ):
        assert option in text
    assert environment["CITY_TWIN_CITY"] == str(package.absolute())


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    heavy = "{'geopandas', 'numpy', 'streamlit', 'xarray'}"
    code = f"import sys; from twin.command_line import main; main(['--help']); print(sorted({heavy} & set(sys.modules)))"
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    seconds = time.perf_counter() - began
    assert done.stdout.strip().splitlines()[-1] == "[]"
    assert "import" in done.stdout
    # generous: on a busy machine a bare interpreter may take most of a second
    assert seconds < 10


def test_without_words_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Usage: city-twin" in capsys.readouterr().err


def test_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "--out", str(tmp_path / "kawabe"), "--buildings", "200", "--seed", "3", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["fictional"] is True
    assert result["layers"]["buildings"]["count"] == 200
