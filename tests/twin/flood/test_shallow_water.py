"""The kernels of the full solver against their plain reference."""

from __future__ import annotations

import numpy as np
import pytest
from plain import shallow_water_step
from test_local_inertial import hills

from twin.flood.budget import Budget
from twin.flood.domain import Domain
from twin.flood.full_solver import ShallowWaterSolver
from twin.flood.solver import Forcing, Scheme


def run(domain: Domain, end: float, *, threads: int = 1, **scheme) -> Budget:
    budget = Budget()
    budget.add("stored_at_start", domain.volume())
    solver = ShallowWaterSolver(domain, Scheme(**({"alpha": 0.4} | scheme)), threads=threads)
    solver.run(Forcing(), 0, end, budget)
    solver.close(budget)
    return budget


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("deep", [True, False])
def test_it_equals_the_plain_reference(seed, deep):
    rows, columns, dx = 21, 70, 10.0
    random = np.random.default_rng(seed)
    z = 0.2 * hills(rows, columns, seed)
    n = random.uniform(0.02, 0.08, z.shape)
    h = 1.0 + 0.3 * random.random(z.shape) - z
    if not deep:
        h = np.where(random.random(z.shape) < 0.5, h, 0.0)
    domain = Domain(z, n, dx)
    domain.depth[:] = h
    budget = run(domain, 15, longest=0.25, alpha=0.45)
    steps = int(budget.get("steps"))
    assert steps == 60
    depth, mx, my = h.astype(np.float32).astype(float), np.zeros_like(h), np.zeros_like(h)
    for _ in range(steps):
        depth, mx, my = shallow_water_step(z, depth, mx, my, n, 15 / steps, dx)
    assert np.sqrt(np.mean((domain.depth - depth) ** 2)) < 1e-4
    assert np.abs(domain.depth - depth).max() < 5e-3
    assert np.sqrt(np.mean((domain.flux_x[:, :-1] - mx) ** 2)) < 1e-3
    assert np.sqrt(np.mean((domain.flux_y[:-1] - my) ** 2)) < 1e-3
    assert budget.error < 1e-7


def test_the_same_bits_at_any_number_of_threads():
    made = []
    for threads in (1, 2, 3):
        domain = Domain(hills(180, 190, 5, height=4.0), 0.03, 10.0)
        domain.depth[40:90, 30:60] = 3.0
        run(domain, 60, threads=threads)
        made.append(domain)
    for name in ("h", "r", "qx", "qy", "peak", "force", "arrival_"):
        for other in made[1:]:
            assert np.array_equal(getattr(made[0], name)[: other.framed_rows], getattr(other, name)[: other.framed_rows]), name


def test_dry_ground_is_skipped_and_nothing_changes_by_it():
    from test_local_inertial import _AlwaysOne

    z = hills(200, 300, 3)
    domain, all_active = Domain(z, 0.03, 10.0), Domain(z, 0.03, 10.0)
    for d in (domain, all_active):
        d.depth[90:100, 140:150] = 4.0
    run(domain, 200)
    solver = ShallowWaterSolver(all_active, Scheme(alpha=0.4))
    solver._wet = _AlwaysOne(solver._wet)
    solver.run(Forcing(), 0, 200, Budget())
    assert (domain.depth > 0).mean() < 0.3
    assert np.array_equal(domain.depth, all_active.depth)
