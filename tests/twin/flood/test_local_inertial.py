"""The local inertial kernels against their plain reference, and what they promise whatever the terrain."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain import local_inertial_step

from twin.flood.budget import Budget
from twin.flood.domain import Domain
from twin.flood.infiltration import CONSTANT, GREEN_AMPT, HORTON, Soil, curve_number_soil
from twin.flood.kernel import power_seven_thirds
from twin.flood.solver import Forcing, LocalInertialSolver, Scheme, UnstableError

FIELDS = ("h", "r", "qx", "qy", "peak", "force", "arrival_", "wet", "hazard_", "froude_")


def hills(rows: int, columns: int, seed: int = 0, height: float = 2.0):
    """Rough ground with hollows."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    return height * np.sin(x / 5.0) * np.cos(y / 4.0) + 0.2 * random.random((rows, columns)) + 0.01 * x


def run(
    domain: Domain, end: float, *, start: float = 0.0, rain: float = 0.0, threads: int = 1, controls=(), **scheme
) -> Budget:
    budget = Budget()
    budget.add("stored_at_start", domain.volume())
    solver = LocalInertialSolver(domain, Scheme(**scheme), threads=threads)
    solver.run(Forcing(lambda a, b: rain * (b - a), lambda t: rain * t, controls), start, end, budget)
    solver.close(budget)
    return budget


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_equals_the_plain_reference(seed):
    rows, columns, dx = 23, 70, 10.0
    random = np.random.default_rng(seed)
    z = hills(rows, columns, seed)
    n = random.uniform(0.02, 0.08, z.shape)
    h = np.where(random.random(z.shape) < 0.6, random.uniform(0, 1.5, z.shape), 0.0)
    domain = Domain(z, n, dx)
    domain.depth[:] = h
    budget = run(domain, 60, longest=0.75)
    steps = int(budget.get("steps"))
    # the reference is told the same steps
    again = Domain(z, n, dx)
    again.depth[:] = h
    qx, qy = np.zeros((rows, columns + 1)), np.zeros((rows + 1, columns))
    reference = h.astype(np.float32).astype(float)
    for _ in range(steps):
        reference, qx, qy = local_inertial_step(z, reference, qx, qy, n, 60 / steps, dx)
    assert steps == 80
    assert np.abs(domain.depth - reference).max() < 2e-3
    assert np.sqrt(np.mean((domain.depth - reference) ** 2)) < 2e-4
    assert np.abs(domain.flux_x - qx).max() < 5e-3
    assert budget.error < 1e-8


def test_the_bit_trick_is_a_power():
    values = np.geomspace(1e-3, 100, 500).astype(np.float32)
    from numba import njit

    @njit
    def many(a):
        return np.array([power_seven_thirds(x) for x in a], np.float32)

    assert np.abs(many(values) / values.astype(float) ** (7 / 3) - 1).max() < 1e-4


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 40), st.integers(3, 90), st.floats(0, 5e-5))
def test_water_is_neither_made_nor_lost(seed, rows, columns, rain):
    random = np.random.default_rng(seed)
    z = hills(rows, columns, seed, height=3.0)
    z[random.random(z.shape) < 0.05] = np.nan
    domain = Domain(z, 0.03, 5.0)
    domain.depth[:] = np.where(np.isfinite(z) & (random.random(z.shape) < 0.3), random.uniform(0, 3), 0)
    budget = run(domain, 120, rain=rain)
    assert budget.error < 1e-6
    assert (domain.depth >= 0).all()
    assert (domain.depth[~np.isfinite(z)] == 0).all()
    assert budget.get("rain") == pytest.approx(rain * 120 * np.isfinite(z).sum() * 25, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("threads", [2, 3])
def test_the_same_bits_at_any_number_of_threads(threads):
    z = hills(190, 200, 5, height=4.0)
    made = []
    for number in (1, threads):
        domain = Domain(z, 0.03, 10.0)
        domain.depth[40:90, 30:60] = 3.0
        domain.soils = (Soil(), Soil(HORTON, 1e-5, 1e-6, 1e-3))
        budget = run(domain, 120, rain=1e-5, threads=number)
        made.append((domain, budget))
    (one, first), (other, second) = made
    for name in FIELDS:
        rows = one.framed_rows
        assert np.array_equal(getattr(one, name)[:rows], getattr(other, name)[:rows]), name
    assert np.array_equal(first.values, second.values)


def test_dry_ground_is_skipped_and_nothing_changes_by_it():
    z = hills(300, 300, 3)
    domain, all_active = Domain(z, 0.03, 10.0), Domain(z, 0.03, 10.0)
    for d in (domain, all_active):
        d.depth[140:150, 140:150] = 4.0
    run(domain, 300)
    solver = LocalInertialSolver(all_active)
    solver._wet = _AlwaysOne(solver._wet)
    budget = Budget()
    solver.run(Forcing(), 0, 300, budget)
    assert (domain.depth > 0).mean() < 0.2
    assert np.array_equal(domain.depth, all_active.depth)


class _AlwaysOne(np.ndarray):
    """An array that stays full of ones."""

    def __new__(cls, like):
        made = np.ones_like(like)
        made.flags.writeable = True
        return made


@pytest.mark.parametrize("depth", [0.0, 2.0, 5.0])
def test_light_rain_on_deep_water_counts(depth):
    domain = Domain(np.zeros((8, 8)), 0.03, 1.0)
    domain.depth[:] = depth
    run(domain, 3600, rain=5e-3 / 3600, alpha=0.5)  # 5 mm in an hour, steps of 0.07 s on 5 m
    gained = (domain.depth.astype(float) + domain.residual - depth) * 1000
    assert gained == pytest.approx(np.full((8, 8), 5.0), abs=0.01)


@pytest.mark.parametrize("cuts", [(0, 600), (0, 300, 600), (0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600)])
def test_how_a_run_is_cut_changes_nothing(cuts):
    whole, parts = (Domain(hills(40, 60, 2, height=3.0), 0.03, 10.0) for _ in range(2))
    for d in (whole, parts):
        d.depth[:20, :20] = 2.0
    run(whole, 600, rain=1e-5)
    for a, b in pairwise(cuts):
        run(parts, b, start=a, rain=1e-5)
    for name in FIELDS:
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name


def test_odd_cuts_change_next_to_nothing():
    whole, parts = (Domain(hills(40, 60, 2), 0.03, 10.0) for _ in range(2))
    for d in (whole, parts):
        d.depth[:20, :20] = 2.0
    run(whole, 600)
    for a, b in ((0, 77), (77, 301), (301, 600)):
        run(parts, b, start=a)
    assert np.abs(whole.depth - parts.depth).max() < 0.02
    assert np.sqrt(np.mean((whole.depth - parts.depth) ** 2)) < 1e-3


@pytest.mark.parametrize(
    ("soil", "expected"),
    [
        (Soil(CONSTANT, 1e-6), 3.6e-3),
        (Soil(HORTON, 2e-5, 1e-6, 1e-3), 1e-6 * 3600 + 1.9e-2 * (1 - np.exp(-3.6))),  # F = fc t + (f0 − fc)/k (1 − e^−kt)
        (Soil(GREEN_AMPT, 2e-6, 0.05), 0.03116),  # F − S ln(1 + F/S) = K t
        (Soil(sewer=2e-6), 7.2e-3),
    ],
)
def test_soil_and_sewers_take_what_their_law_says(soil, expected):
    domain = Domain(np.zeros((4, 4)), 0.03, 10.0)
    domain.soils = (Soil(), soil)
    domain.depth[:] = 0.5
    budget = run(domain, 3600)
    lost = (budget.get("infiltration") + budget.get("sewer")) / (16 * domain.area)
    if soil.kind == GREEN_AMPT:
        expected = _green_ampt(2e-6, 0.05, 3600)
    assert lost == pytest.approx(expected, rel=0.01)
    assert budget.error < 1e-8


def _green_ampt(conductivity: float, suction: float, time: float) -> float:
    taken = conductivity * time
    for _ in range(200):
        taken = conductivity * time + suction * np.log1p(taken / suction)
    return taken


def test_a_curve_number_takes_from_the_rain():
    domain = Domain(np.zeros((4, 4)), 0.03, 10.0)
    domain.soils = (Soil(), curve_number_soil(80))
    run(domain, 3600, rain=0.1 / 3600)
    assert domain.depth.mean() == pytest.approx(0.05054, rel=1e-3)


def test_soil_never_takes_more_than_there_is():
    domain = Domain(np.zeros((4, 4)), 0.03, 10.0)
    domain.soils = (Soil(), Soil(CONSTANT, 1e-3, sewer=1e-3))
    domain.depth[:] = 0.01
    budget = run(domain, 600)
    assert domain.depth.max() == 0
    assert budget.error < 1e-6


def test_a_nan_is_found_with_its_place():
    domain = Domain(np.zeros((20, 30)), 0.03, 10.0)
    domain.depth[:] = 1.0
    domain.depth[7, 11] = np.nan
    with pytest.raises(UnstableError) as caught:
        run(domain, 60)
    assert abs(caught.value.row - 7) <= 8
    assert "unstable" in str(caught.value)
