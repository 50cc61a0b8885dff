from __future__ import annotations

import threading
import tomllib
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import tomli_w

from geodata.city import layer_digests
from geodata.errors import InputError
from geodata.fingerprint import digest_of_file
from geodata.migrations import SCHEMA
from geodata.package import LayersInPackage, is_package, open_city, read_document, read_report, write_package
from geodata.report import ImportReport
from tests.geodata.small_city import town


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("package") / "town"
    report = ImportReport()
    write_package(town(report), report, path)
    return path


@pytest.fixture
def package(tmp_path: Path) -> Path:
    report = ImportReport()
    write_package(town(report), report, tmp_path / "town")
    return tmp_path / "town"


def test_a_city_comes_back_as_it_was(written: Path) -> None:
    before, after = town(), open_city(written)
    assert after.fingerprint == before.fingerprint
    assert (after.name, after.grid, after.heights, after.time_zone) == (
        before.name,
        before.grid,
        before.heights,
        before.time_zone,
    )
    assert dict(after.provenance) == dict(before.provenance)
    assert dict(after.hazard_maps) == dict(before.hazard_maps)
    assert after.fictional
    for kind in ("table", "raster", "overlay"):
        assert set(after.layers.names(kind)) == set(before.layers.names(kind))
        for name in after.layers.names(kind):
            loaded = getattr(after.layers, kind)(name)
            # what was read, not only what city.toml says of it
            assert layer_digests(kind, loaded) == before.layers.digests(kind, name), name
    assert after.buildings.dtypes.equals(before.buildings.dtypes)
    assert after.buildings.crs == before.buildings.crs


def test_opening_loads_nothing(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: LayersInPackage, *_: object) -> None:
        raise AssertionError("a layer was loaded")

    monkeypatch.setattr(LayersInPackage, "_read", refuse)
    city = open_city(written)
    assert city.fingerprint
    assert city.fingerprint_of("buildings", ("residents",))
    assert city.has("hazard/river-l2/high")


def test_layers_are_read_once_by_many_threads(written: Path) -> None:
    city = open_city(written)
    frames: list[object] = []
    threads = [threading.Thread(target=lambda: frames.append(city.layers.table("buildings"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(frame) for frame in frames}) == 1


def test_nobody_can_change_what_was_loaded(written: Path) -> None:
    city = open_city(written)
    with pytest.raises(ValueError, match="read-only"):
        city.elevation[0, 0] = 9
    with pytest.raises(ValueError, match="read-only"):
        city.overlay("lowest_cell")["cell"][0] = 9
    city.buildings["residents"] = 0.0
    assert city.buildings["residents"].sum() == 36.0


def test_others_can_read_the_files(written: Path) -> None:
    frame = geopandas.read_parquet(written / "tables" / "buildings.parquet", bbox=(0, 0, 12, 12))
    assert "house-0" in set(frame["id"])
    with rasterio.open(written / "rasters" / "hazard" / "river-l2" / "high.tif") as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert np.isnan(dataset.nodata)
        assert dataset.crs.to_epsg() == 6677
    document = tomllib.loads((written / "city.toml").read_text())
    assert document["schema"] == SCHEMA
    assert document["tables"]["buildings"]["count"] == 9


def test_the_report_is_kept(written: Path) -> None:
    report = ImportReport()
    town(report)
    assert read_report(written).to_dict() == report.to_dict()


@pytest.mark.parametrize(
    ("file", "layer"),
    [
        ("tables/buildings.parquet", "buildings"),
        ("rasters/elevation.tif", "elevation"),
        ("overlays/lowest_cell/cell.npy", "lowest_cell"),
    ],
)
def test_a_changed_or_missing_file_is_told(package: Path, file: str, layer: str) -> None:
    content = (package / file).read_bytes()
    (package / file).write_bytes(content[: len(content) // 2])
    city = open_city(package)
    kind = {"buildings": "table", "elevation": "raster"}.get(layer, "overlay")
    with pytest.raises(InputError, match="has changed"):
        getattr(city, kind)(layer)
    (package / file).unlink()
    with pytest.raises(InputError, match="is missing"):
        getattr(city, kind)(layer)
    (package / file).write_bytes(content)
    assert len(getattr(city, kind)(layer))


def test_what_is_no_package_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        open_city(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no city\.toml"):
        open_city(tmp_path)
    for text in ("name = [", "name = 'x'", "schema = 'one'", "\udcff", "schema = 1"):
        (tmp_path / "city.toml").write_text(text, errors="surrogateescape")
        with pytest.raises(InputError, match="again"):
            open_city(tmp_path)
    assert is_package(tmp_path)


def _rewritten(package: Path, **changes: object) -> None:
    document = tomllib.loads((package / "city.toml").read_text())
    (package / "city.toml").write_text(tomli_w.dumps(document | changes))


def test_a_newer_schema_is_refused(package: Path) -> None:
    _rewritten(package, schema=SCHEMA + 1)
    with pytest.raises(InputError, match="update City Twin"):
        open_city(package)


def test_edited_heights_are_found_out(package: Path) -> None:
    _rewritten(package, heights={"datum": "A.P.", "unit": "m", "epoch": ""})
    with pytest.raises(InputError, match="fingerprint"):
        open_city(package)


def test_a_package_cannot_reach_outside_of_itself(package: Path) -> None:
    document = tomllib.loads((package / "city.toml").read_text())
    document["tables"]["buildings"]["file"] = "../secret.parquet"
    (package / "city.toml").write_text(tomli_w.dumps(document))
    with pytest.raises(InputError, match="outside the package"):
        open_city(package)


def test_schema_0_is_migrated(package: Path) -> None:
    """Schema 0 had one datum text for heights, no time zone, and no digests of files."""
    city = open_city(package)
    document = read_document(package)
    heights = document.pop("heights")
    del document["time_zone"]
    for kind in ("tables", "rasters"):
        for entry in document[kind].values():
            del entry["file_digest"]
    document |= {"schema": 0, "datum": heights["datum"], "overlays": {}}
    old_fingerprint = _fingerprint_without_epoch(package)
    (package / "city.toml").write_text(tomli_w.dumps(document | {"fingerprint": old_fingerprint}))
    migrated = open_city(package)
    assert migrated.heights.datum == "EPSG:6695"
    assert migrated.time_zone == "UTC"
    assert len(migrated.buildings) == len(city.buildings)
    assert np.array_equal(migrated.elevation, city.elevation, equal_nan=True)


def _fingerprint_without_epoch(package: Path) -> str:
    from dataclasses import replace

    city = open_city(package)
    return replace(city, heights=replace(city.heights, epoch="")).fingerprint


def test_a_package_from_before_a_column_came_in_opens_and_does_not_know_it(package: Path) -> None:
    """`write_package` of that version wrote the table without it, and its city.toml names neither it nor its digest."""
    table = geopandas.read_parquet(package / "tables" / "buildings.parquet").drop(columns="people_by_day")
    table.to_parquet(package / "tables" / "buildings.parquet", index=False)
    document = tomllib.loads((package / "city.toml").read_text(encoding="utf-8"))
    entry = document["tables"]["buildings"]
    del entry["columns"]["people_by_day"]
    entry["digest"] = layer_digests("table", table)[""]
    entry["file_digest"] = digest_of_file(package / "tables" / "buildings.parquet")
    town_before = replace(town(), layers=LayersInPackage(package, document))
    document["fingerprint"] = town_before.fingerprint
    (package / "city.toml").write_text(tomli_w.dumps(document), encoding="utf-8")
    city = open_city(package)
    assert city.buildings["people_by_day"].isna().all()
    assert city.buildings["residents"].sum() == 36.0
    assert city.fingerprint_of("buildings", ("people_by_day",)) != city.fingerprint_of("buildings", ("residents",))


def test_a_failed_write_keeps_the_old_package(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from geodata import package as module

    before = open_city(package).fingerprint

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_raster_file", fail)
    with pytest.raises(OSError, match="No space"):
        write_package(town(), ImportReport(), package)
    assert open_city(package).fingerprint == before
    assert [path.name for path in package.parent.iterdir()] == ["town"]
