"""Theory is a test: every figure of every case within its limit."""

from __future__ import annotations

import agency
import basics
import channels
import merewether
import pytest
import waves

CASES = [case for module in (basics, waves, channels, agency) for case in module.CASES]


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=[pytest.mark.slow] if c.slow else []) for c in CASES], ids=lambda c: c.name
)
def test_every_figure_lies_within_its_limit(case):
    wrong = [f"{f.what}: {f.value:.3g} {f.unit}, limit {f.limit}" for f in case.work().figures if not f.passes]
    assert not wrong


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.parametrize("full", [False, True], ids=["local inertial", "full"])
def test_merewether(realdata, full):
    result = merewether.compared(realdata / "merewether", full=full)
    wrong = [f"{f.what}: {f.value:.3g} {f.unit}, limit {f.limit}" for f in result.figures if not f.passes]
    assert not wrong
