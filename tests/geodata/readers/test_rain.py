"""Rain in space and time from files as people have them, and what of it reaches a city package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.transform import from_origin

from geodata.errors import InputError
from geodata.importer import import_city
from geodata.package import open_city
from geodata.rain_layers import rain_times
from geodata.readers.rain import read_rain
from geodata.report import ImportReport

RATES = np.stack([np.zeros((4, 6)), np.full((4, 6), 20.0), np.tile(np.arange(6.0), (4, 1))]).astype(np.float32)
WHERE = {"crs": "EPSG:6677", "transform": from_origin(0, 40, 10, 10)}


def tiff(path: Path, *, words: list[str], rates: np.ndarray = RATES, unit: str = "mm/h") -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=4, width=6, count=len(rates), dtype="float32", nodata=np.nan, **WHERE
    ) as file:  # fmt: skip
        file.write(rates)
        for band, word in enumerate(words, 1):
            file.set_band_description(band, word)
            file.set_band_unit(band, unit)
    return path


MOMENTS = np.array(["2026-09-14T09:00", "2026-09-14T09:10", "2026-09-14T09:30"], "datetime64[ns]")


def netcdf(path: Path, *, unit: str = "mm h-1", factor: float = 1.0, times: np.ndarray = MOMENTS) -> Path:
    array = xr.DataArray(
        RATES * factor, dims=("time", "y", "x"),
        coords={"time": ("time", times), "y": 40 - 10 * (np.arange(4) + 0.5), "x": 10 * (np.arange(6) + 0.5)},
        attrs={"units": unit},
    )  # fmt: skip
    array.rio.write_crs("EPSG:6677").to_dataset(name="rainfall_rate").to_netcdf(path)
    return path


def read(path: Path) -> xr.DataArray:
    return read_rain(path, report=ImportReport())[0].data  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "words",
    [
        ["0", "600", "1800"],
        ["0 min", "10 min", "30 min"],
        ["2026-09-14T18:00+09:00", "2026-09-14T18:10+09:00", "2026-09-14 09:30"],
    ],
)
def test_bands_tell_their_time(tmp_path: Path, words: list[str]) -> None:
    data = read(tiff(tmp_path / "rain.tif", words=words))
    assert data["time"].to_numpy().tolist() == [0, 600, 1800]
    assert np.array_equal(data.to_numpy(), RATES)


@pytest.mark.parametrize(("unit", "factor"), [("mm h-1", 1.0), ("kg m-2 s-1", 1 / 3600), ("m s-1", 1 / 3.6e6)])
def test_netcdf_in_any_unit_of_rate(tmp_path: Path, unit: str, factor: float) -> None:
    data = read(netcdf(tmp_path / "radar.nc", unit=unit, factor=factor))
    assert data["time"].to_numpy().tolist() == [0, 600, 1800]
    assert np.allclose(data.to_numpy(), RATES, rtol=1e-6)


def test_times_as_spans_or_plain_seconds(tmp_path: Path) -> None:
    plain = read(netcdf(tmp_path / "plain.nc", times=np.array([60.0, 660.0, 1860.0])))
    assert plain["time"].to_numpy().tolist() == [0, 600, 1800]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: tiff(p / "r.tif", words=["0", "", "1800"]), "Band 2 of .* does not tell its time"),
        (lambda p: tiff(p / "r.tif", words=["0", "600", "600"]), "at least two times that rise"),
        (lambda p: tiff(p / "r.tif", words=["0"], rates=RATES[1:2]), "at least two times"),
        (lambda p: tiff(p / "r.tif", words=["0", "600", "1800"], rates=-RATES), "rain of -20 mm/h"),
        (lambda p: tiff(p / "r.tif", words=["0", "600", "1800"], unit="mm"), "counts rain in mm, which is no rate"),
        (lambda p: netcdf(p / "r.nc", factor=500.0), "rain of 10000 mm/h"),
        (lambda p: p / "absent.nc", "does not exist"),
        (lambda p: _text(p / "r.nc"), "cannot be opened"),
        (lambda p: _text(p / "r.csv"), "no rain field that is known"),
    ],
)
def test_what_cannot_be_rain_is_refused(tmp_path: Path, make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=says):
        read(make(tmp_path))


def _text(path: Path) -> Path:
    path.write_text("time,rain\n0,5\n")
    return path


def test_an_import_keeps_one_raster_for_each_time(tmp_path: Path) -> None:
    with rasterio.open(
        tmp_path / "terrain.tif", "w", driver="GTiff", height=8, width=12, count=1, dtype="float32", crs="EPSG:6677",
        transform=from_origin(0, 40, 5, 5),
    ) as file:  # fmt: skip
        file.write(np.zeros((1, 8, 12), np.float32))
    rain = tiff(tmp_path / "Radar of 14 Sep.tif", words=["0", "600", "1800"])
    import_city([], terrain=[tmp_path / "terrain.tif"], rain=[rain], out=tmp_path / "city")
    city = open_city(tmp_path / "city")
    names = city.layers.names("raster")
    assert rain_times(names, "radar-of-14-sep") == (0, 600, 1800)
    assert np.allclose(city.raster("rain/radar-of-14-sep/00001800")[0], np.repeat(np.arange(6.0), 2))  # 10 m onto 5 m
    assert city.provenance["rain/radar-of-14-sep"].source == rain.name
