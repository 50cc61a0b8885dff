"""Rasters of every form, and every way in which they are wrong; expected values on grids that a person can check by hand."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.readers.raster import is_raster, read_raster
from geodata.report import ImportReport
from geodata.resampling import resample
from geodata.source import VerticalReference

CRS = "EPSG:6677"
VALUES = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=np.float32)


def write_tif(path, values, *, crs=CRS, transform=None, nodata=None, scale=None, offset=None, unit=None, **options):
    values = np.atleast_3d(values.T).T if values.ndim == 2 else values
    bands, rows, columns = values.shape
    transform = transform or Affine(10, 0, 0, 0, -10, 10 * rows)
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=columns, count=bands, dtype=values.dtype, crs=crs, transform=transform,
        nodata=nodata, **options,
    ) as made:  # fmt: skip
        made.write(values)
        if scale is not None:
            made.scales = [scale] * bands
            made.offsets = [offset] * bands
        if unit is not None:
            made.units = [unit] * bands
    return path


def read(path, *, role="elevation", report=None, **options):
    return read_raster(path, role=role, report=report if report is not None else ImportReport(), **options)[0]


def write_asc(path, *, prj=None, nodata="-9999", rows=("1 2", "3 -9999")):
    path.write_text(
        f"ncols 2\nnrows 2\nxllcorner 382250.0\nyllcorner 6354265.0\ncellsize 1.0\nNODATA_value {nodata}\n"
        + "\n".join(rows)
        + "\n"
    )
    if prj:
        path.with_suffix(".prj").write_text(prj)
    return path


ESRI_UTM_56S = "Projection    UTM\nZone          56\nDatum         WGS84\nZunits        NO\nUnits         METERS\nSpheroid      WGS84\nXshift        500000\nYshift        10000000\nParameters\n"  # noqa: E501


def test_geotiff_keeps_values_place_and_crs(tmp_path):
    made = read(write_tif(tmp_path / "dem.tif", VALUES))
    np.testing.assert_array_equal(made.data.to_numpy(), VALUES)
    assert made.data.dtype == np.float32
    assert made.data["x"].to_numpy().tolist() == [5, 15, 25]
    assert made.data["y"].to_numpy().tolist() == [25, 15, 5]
    assert made.data.rio.crs.to_epsg() == 6677


@given(
    values=hnp.arrays(np.float32, (4, 5), elements=st.floats(-400, 4000, width=32)),
    holes=hnp.arrays(np.bool_, (4, 5)),
    nodata=st.sampled_from([-9999.0, -3.4028234663852886e38, float("nan"), 0.0]),
    south_up=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_round_trip_with_every_nodata(values, holes, nodata, south_up):
    holes[0, 0] = False
    values[(values == nodata) | (values == 0)] = 7.0
    stored = np.where(holes, np.float32(nodata), values).astype(np.float32)
    transform = Affine(2, 0, 100, 0, 2, 50) if south_up else Affine(2, 0, 100, 0, -2, 58)
    with tempfile.TemporaryDirectory() as folder:
        made = read(write_tif(Path(folder) / "a.tif", stored[::-1] if south_up else stored, nodata=nodata, transform=transform))
    np.testing.assert_array_equal(made.data.to_numpy(), np.where(holes, np.nan, values))
    assert made.data["y"].to_numpy()[0] == 57


def test_zero_is_nodata_only_if_declared(tmp_path):
    values = np.array([[0, 1], [2, 0]], dtype=np.float32)
    assert not np.isnan(read(write_tif(tmp_path / "a.tif", values)).data.to_numpy()).any()
    assert np.isnan(read(write_tif(tmp_path / "b.tif", values, nodata=0)).data.to_numpy()).sum() == 2


def test_undeclared_sentinels_are_unknown_and_reported(tmp_path):
    values = np.array([[-9999, 1], [-3.4028235e38, np.inf]], dtype=np.float32)
    report = ImportReport()
    made = read(write_tif(tmp_path / "a.tif", values), report=report)
    assert np.isnan(made.data.to_numpy()).tolist() == [[True, False], [True, True]]
    assert report.totals("defaulted") == {"terrain": 3}


def test_integer_raster_with_scale_and_offset(tmp_path):
    values = np.array([[100, 200], [-32768, 400]], dtype=np.int16)
    made = read(write_tif(tmp_path / "a.tif", values, nodata=-32768, scale=0.01, offset=5.0))
    np.testing.assert_allclose(made.data.to_numpy(), [[6, 7], [np.nan, 9]], rtol=1e-6)


def test_feet_of_elevations_are_kept_as_their_reference(tmp_path):
    assert read(write_tif(tmp_path / "a.tif", VALUES, unit="ft")).heights.unit == "ft"
    depth = read(write_tif(tmp_path / "b.tif", VALUES, unit="ft"), role="hazard", details={"name": "L2"})
    np.testing.assert_allclose(depth.data.to_numpy(), VALUES * 0.3048, rtol=1e-6)
    assert depth.details == {"name": "L2", "kind": "depth"}


def test_heights_come_from_a_compound_crs_or_are_said_to_be_unknown(tmp_path):
    report = ImportReport()
    assert read(write_tif(tmp_path / "a.tif", VALUES), report=report).heights == VerticalReference()
    assert any("does not say what its heights are measured from" in line.text for line in report.lines)
    transform = Affine(0.001, 0, 130.5, 0, -0.001, 33.0)
    assert read(write_tif(tmp_path / "b.tif", VALUES, crs="EPSG:6697", transform=transform)).heights.epoch == "JGD2011"


def test_rotated_raster_is_turned_upright(tmp_path):
    turned = Affine.translation(100, 200) @ Affine.rotation(30) @ Affine.scale(10, -10)
    report = ImportReport()
    made = read(write_tif(tmp_path / "a.tif", np.full((20, 20), 5, dtype=np.float32), transform=turned), report=report)
    assert report.totals("repaired") == {"terrain": 1}
    assert np.nanmin(made.data.to_numpy()) == np.nanmax(made.data.to_numpy()) == 5
    assert np.isnan(made.data.to_numpy()[0, 0])  # the corners of the upright box lie outside


def test_asc_with_an_esri_prj_and_without(tmp_path):
    made = read(write_asc(tmp_path / "a.asc", prj=ESRI_UTM_56S))
    assert made.data.rio.crs.to_epsg() == 32756
    np.testing.assert_array_equal(made.data.to_numpy(), [[1, 2], [3, np.nan]])
    bare = write_asc(tmp_path / "b.asc")
    with pytest.raises(InputError, match=r"names no CRS .* --crs"):
        read(bare)
    assert read(bare, crs="EPSG:32756").data.rio.crs.to_epsg() == 32756


def test_a_crs_that_contradicts_the_file_is_refused(tmp_path):
    path = write_tif(tmp_path / "a.tif", VALUES)
    assert read(path, crs="EPSG:6677").data.rio.crs.to_epsg() == 6677
    with pytest.raises(InputError, match="yet EPSG:6670 was given"):
        read(path, crs="EPSG:6670")


def test_bad_files_are_one_clear_sentence(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "none.tif")
    (tmp_path / "empty.tif").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be read as a raster"):
        read(tmp_path / "empty.tif")
    noise = np.random.default_rng(0).random((200, 200), dtype=np.float32)
    whole = write_tif(tmp_path / "whole.tif", noise, compress="deflate").read_bytes()
    (tmp_path / "cut.tif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read as a raster"):
        read(tmp_path / "cut.tif")
    with pytest.raises(InputError, match="only nodata"):
        read(write_tif(tmp_path / "void.tif", np.full((3, 3), -9999, dtype=np.float32), nodata=-9999))
    (tmp_path / "sly.tif").write_text('<VRTDataset rasterXSize="2" rasterYSize="2"></VRTDataset>')
    with pytest.raises(InputError, match="cannot be read as a raster"):
        read(tmp_path / "sly.tif")
    (tmp_path / "cut.nc").write_bytes(b"CDF\x01\x00\x00")
    with pytest.raises(InputError, match="cannot be opened as NetCDF or Zarr"):
        read(tmp_path / "cut.nc")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # the file is made without a position on purpose
def test_a_raster_without_position_is_refused(tmp_path):
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", height=3, width=3, count=1, dtype="float32") as made:
        made.write(VALUES, 1)
    with pytest.raises(InputError, match="does not say where it lies"):
        read(tmp_path / "a.tif", crs=CRS)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.tif"
    with rasterio.open(path, "w", driver="GTiff", height=100_000, width=100_000, count=1, dtype="float32", crs=CRS,
    compress="deflate",
                       transform=Affine(1, 0, 500, 0, -1, 0), SPARSE_OK=True, tiled=True, bigtiff="YES"):  # fmt: skip
        pass
    assert path.stat().st_size < 5_000_000
    with pytest.raises(InputError, match="100000 × 100000 cells, more than the 250000000 allowed"):
        read(path)


def test_only_the_citys_part_of_a_large_raster_is_read(tmp_path):
    values = np.arange(400 * 400, dtype=np.float32).reshape(400, 400)
    path = write_tif(tmp_path / "a.tif", values, crs="EPSG:4326", transform=Affine(0.01, 0, 138, 0, -0.01, 37))
    made = read(path, bounds=(139.5, 35.5, 139.7, 35.7), largest_cells=2000)
    assert made.data.size < 2000
    assert float(made.data.sel(x=139.605, y=35.605, method="nearest")) == values[139, 160]


def test_a_raster_elsewhere_names_both_extents(tmp_path):
    path = write_tif(tmp_path / "a.tif", VALUES, crs="EPSG:4326", transform=Affine(0.1, 0, 10, 0, -0.1, 50))
    with pytest.raises(InputError, match=r"covers \(10\.0, 49\.7, 10\.3, 50\.0\), the city \(139\.5.*do not overlap"):
        read(path, bounds=(139.5, 35.5, 139.7, 35.7))
    with pytest.raises(InputError, match="do not overlap"):
        resample(read(path), Grid(0, 1000, 10, 10, 10, CRS), report=ImportReport())


def test_swapped_axes_are_found_out(tmp_path):
    path = write_tif(tmp_path / "a.tif", VALUES, crs="EPSG:4326", transform=Affine(0.1, 0, 35, 0, -0.1, 140))
    with pytest.raises(InputError, match="swapped"):
        read(path)


def test_pictures_and_several_bands_are_refused(tmp_path):
    picture = write_tif(tmp_path / "a.tif", np.ones((3, 4, 4), dtype=np.uint8), photometric="RGB")
    with pytest.raises(InputError, match="picture in colours"):
        read(picture, role="hazard")
    two = write_tif(tmp_path / "b.tif", np.stack([VALUES, VALUES * 2]))
    with pytest.raises(InputError, match="2 bands; name the one"):
        read(two)
    np.testing.assert_array_equal(read(two, band=2).data.to_numpy(), VALUES * 2)
    with pytest.raises(InputError, match="2 bands, not 3"):
        read(two, band=3)


def dataset(**variables):
    x, y = np.arange(5.0, 35, 10), np.arange(5.0, 45, 10)
    coords = {
        "x": ("x", x, {"standard_name": "projection_x_coordinate"}),
        "y": ("y", y, {"standard_name": "projection_y_coordinate"}),
    }
    return xr.Dataset(variables, coords=coords).rio.write_crs(CRS)


FIELD = np.arange(12, dtype=np.float32).reshape(4, 3)


@pytest.mark.parametrize("form", ["netcdf", "zarr2", "zarr3"])
def test_netcdf_and_zarr(tmp_path, form):
    data = dataset(depth=(("y", "x"), FIELD, {"units": "cm", "grid_mapping": "spatial_ref"}))
    path = tmp_path / ("a.nc" if form == "netcdf" else "a.zarr")
    if form == "netcdf":
        data.to_netcdf(path, encoding={"depth": {"dtype": "int16", "scale_factor": 1.0, "_FillValue": -1}})
    else:
        data.to_zarr(path, zarr_format=int(form[-1]), consolidated=False)
    assert is_raster(path)
    made = read(path, role="hazard")
    np.testing.assert_allclose(made.data.to_numpy(), FIELD[::-1] / 100, rtol=1e-6)  # stored south to north, in centimetres
    assert made.data["y"].to_numpy().tolist() == [35, 25, 15, 5]
    assert made.data.rio.crs.to_epsg() == 6677


def test_a_depth_series_has_its_times_in_order(tmp_path):
    times = pd.to_datetime(["2024-01-01T01:00", "2024-01-01T00:00", "2024-01-01T01:00"])
    stack = np.stack([FIELD + 1, FIELD, FIELD + 2])
    dataset(depth=(("time", "y", "x"), stack)).assign_coords(time=times).to_netcdf(tmp_path / "a.nc")
    report = ImportReport()
    made = read(tmp_path / "a.nc", role="hazard", report=report)
    assert made.data.dims == ("time", "y", "x")
    assert made.data["time"].to_numpy().tolist() == times[[1, 2]].to_numpy().astype(made.data["time"].dtype).tolist()
    np.testing.assert_array_equal(made.data.to_numpy(), np.stack([FIELD[::-1], FIELD[::-1] + 2]))
    assert any("taken as UTC" in line.text for line in report.lines)
    assert report.totals("dropped") == {"hazard": 1}


def test_a_calendar_of_its_own_is_refused(tmp_path):
    data = dataset(depth=(("time", "y", "x"), FIELD[None]))
    data = data.assign_coords(time=("time", [31.0], {"units": "days since 2000-02-01", "calendar": "360_day"}))
    data.to_netcdf(tmp_path / "a.nc")
    with pytest.raises(InputError, match="calendar of its own"):
        read(tmp_path / "a.nc", role="hazard")


def test_grids_that_are_no_grids_are_refused(tmp_path):
    uneven = xr.Dataset({"dem": (("lat", "lon"), np.ones((3, 3)))}, coords={"lat": [1.0, 2.0, 4.0], "lon": [1.0, 2.0, 3.0]})
    uneven.to_netcdf(tmp_path / "uneven.nc")
    with pytest.raises(InputError, match=r"no even grid: steps along y go from 1\.0 to 2\.0"):
        read(tmp_path / "uneven.nc", crs="EPSG:4326")
    longitude, latitude = np.meshgrid([139.0, 139.1], [35.0, 35.1])
    bent = xr.Dataset(
        {"dem": (("j", "i"), np.ones((2, 2)))}, coords={"lon": (("j", "i"), longitude), "lat": (("j", "i"), latitude)}
    )
    bent.to_netcdf(tmp_path / "bent.nc")
    with pytest.raises(InputError, match="curvilinear"):
        read(tmp_path / "bent.nc")
    stations = xr.Dataset({"level": (("time", "station"), np.ones((2, 3)))})
    stations.to_netcdf(tmp_path / "stations.nc")
    with pytest.raises(InputError, match="holds no grid"):
        read(tmp_path / "stations.nc")
    dataset(first=(("y", "x"), FIELD), second=(("y", "x"), FIELD)).to_netcdf(tmp_path / "two.nc")
    with pytest.raises(InputError, match=r"several grids \(first, second\)"):
        read(tmp_path / "two.nc")
    assert read(tmp_path / "two.nc", variable="second").data.shape == (4, 3)


def test_degrees_without_a_crs_are_taken_as_wgs84_with_a_note(tmp_path):
    data = xr.Dataset(
        {"dem": (("lat", "lon"), FIELD)},
        coords={
            "lat": ("lat", [35.0, 35.1, 35.2, 35.3], {"units": "degrees_north"}),
            "lon": ("lon", [279.0, 279.1, 279.2], {"units": "degrees_east"}),
        },
    )
    data.to_netcdf(tmp_path / "a.nc")
    report = ImportReport()
    made = read(tmp_path / "a.nc", report=report)
    assert made.data.rio.crs.to_epsg() == 4326
    assert made.data["x"].to_numpy()[0] == pytest.approx(-81.0)
    assert any("taken as WGS 84" in line.text for line in report.lines)


# --- onto the grid ---


def test_resample_on_the_same_grid_changes_nothing(tmp_path):
    made = read(write_tif(tmp_path / "a.tif", VALUES))
    grid = Grid(0, 30, 10, 3, 3, CRS)
    for role in ("elevation", "hazard"):
        raster = read(write_tif(tmp_path / "a.tif", VALUES), role=role)
        np.testing.assert_allclose(resample(raster, grid, report=ImportReport()), VALUES, rtol=1e-6)
    assert made.data.shape == grid.shape


def test_partial_coverage_stays_unknown_never_zero(tmp_path):
    holed = VALUES.copy()
    holed[1, 1] = -9999
    for role in ("elevation", "hazard"):
        raster = read(write_tif(tmp_path / "a.tif", holed, nodata=-9999), role=role)
        made = resample(raster, Grid(-20, 40, 10, 5, 6, CRS), report=ImportReport())
        assert np.isnan(made[0]).all()
        assert np.isnan(made[:, :2]).all()
        assert np.isnan(made[2, 3])
        assert np.isfinite(made[1:4, 2:5]).sum() == 8
        fine = resample(raster, Grid(0, 30, 2, 15, 15, CRS), report=ImportReport())
        assert np.isnan(fine[5:10, 5:10]).all()  # the hole keeps its size: nothing grows into it
        assert np.isfinite(fine).sum() == 200


def test_coarser_grid_takes_the_mean_of_terrain_and_the_worst_of_hazard(tmp_path):
    values = np.array([[1, 3, 0, 0], [5, 7, 0, 8], [1, 1, 2, 2], [1, 1, 2, np.nan]], dtype=np.float32)
    path = write_tif(tmp_path / "a.tif", values)
    grid = Grid(0, 40, 20, 2, 2, CRS)
    np.testing.assert_allclose(resample(read(path), grid, report=ImportReport()), [[4, 2], [1, 2]])
    np.testing.assert_allclose(resample(read(path, role="hazard"), grid, report=ImportReport()), [[7, 8], [1, 2]])


def test_a_coarse_cell_is_unknown_below_half_coverage(tmp_path):
    values = np.array([[1, np.nan], [np.nan, np.nan]], dtype=np.float32)
    path = write_tif(tmp_path / "a.tif", np.pad(values, ((0, 0), (0, 2)), constant_values=4))
    made = resample(read(path), Grid(0, 20, 20, 1, 3, CRS), report=ImportReport())
    assert np.isnan(made[0, 0])
    assert made[0, 1] == 4
    assert np.isnan(made[0, 2])


def test_ranks_are_never_blended(tmp_path):
    ranks = np.array([[1, 6], [1, 6]], dtype=np.uint8)
    raster = read(write_tif(tmp_path / "a.tif", ranks), role="hazard")
    made = resample(raster, Grid(0, 20, 3, 6, 6, CRS), report=ImportReport())
    assert set(np.unique(made)) == {1.0, 6.0}


def test_blocks_do_not_show(tmp_path):
    rng = np.random.default_rng(1)
    raster = read(write_tif(tmp_path / "a.tif", rng.random((60, 50), dtype=np.float32)))
    grid = Grid(-30, 620, 7, 90, 80, CRS)
    whole = resample(raster, grid, report=ImportReport())
    np.testing.assert_array_equal(resample(raster, grid, report=ImportReport(), block_cells=500), whole)


def test_another_crs_lands_in_the_right_cell(tmp_path):
    values = np.zeros((50, 50), dtype=np.float32)
    values[20, 30] = 9
    path = write_tif(tmp_path / "a.tif", values, crs="EPSG:4326", transform=Affine(0.001, 0, 139.70, 0, -0.001, 35.60))
    grid = Grid.covering((-12000, -49000, -7000, -44000), cell=25, crs=CRS)
    made = resample(read(path, role="hazard"), grid, report=ImportReport())
    rows, columns = np.nonzero(made == 9)
    longitude, latitude = grid.to_wgs84.transform(grid.x[columns].mean(), grid.y[rows].mean())
    assert (longitude, latitude) == pytest.approx((139.7305, 35.5795), abs=2e-4)


def test_a_series_is_resampled_step_by_step(tmp_path):
    times = pd.date_range("2024-01-01", periods=2, freq="h")
    dataset(depth=(("time", "y", "x"), np.stack([FIELD, FIELD + 1]))).assign_coords(time=times).to_netcdf(tmp_path / "a.nc")
    made = resample(read(tmp_path / "a.nc", role="hazard"), Grid(0, 40, 10, 4, 3, CRS), report=ImportReport())
    np.testing.assert_array_equal(made, np.stack([FIELD[::-1], FIELD[::-1] + 1]))


# --- real files ---


@pytest.mark.realdata
def test_merewether_terrain(realdata):
    report = ImportReport()
    made = read(realdata / "merewether" / "topography1.asc", report=report)
    assert made.data.shape == (416, 321)
    assert made.data.rio.crs.to_epsg() == 32756
    assert int(np.isnan(made.data.to_numpy()).sum()) == 73
    assert float(made.data.min()) == pytest.approx(16.4731, abs=1e-3)
    assert any(line.text == "cells without a value: unknown, not 0" and line.count == 73 for line in report.lines)
    grid = Grid.covering((382250, 6354266, 382570, 6354681), cell=1, crs="EPSG:32756")
    assert np.nanmean(resample(made, grid, report=ImportReport())) == pytest.approx(float(made.data.mean()), abs=0.05)


@pytest.mark.realdata
def test_charleston_terrain_and_a_file_that_is_no_grid(realdata):
    made = read(realdata / "charleston" / "terrain_200m.tif", bounds=(-80.0, 32.7, -79.9, 32.85))
    assert made.data.rio.crs.to_epsg() == 26917
    assert made.data.shape[0] < 100
    report = ImportReport()
    resample(made, Grid.covering((597000, 3620000, 600000, 3630000), cell=50, crs="EPSG:32617"), report=report)
    assert any("good to about 4.0 m" in line.text for line in report.lines)
    with pytest.raises(InputError, match="holds no grid"):
        read(realdata / "charleston" / "sfincs" / "sfincs_his.nc")
    with pytest.raises(InputError, match="do not overlap"):
        read(realdata / "charleston" / "terrain_200m.tif", bounds=(139.5, 35.5, 139.7, 35.7))
