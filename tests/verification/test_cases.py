"""Theory is a test: every figure of every case within its limit, and every case drawn."""

from __future__ import annotations

import agency
import basics
import channels
import merewether
import peers
import pytest
import slopes
import urban
import waves
from report import picture

CASES = [case for module in (basics, waves, channels, slopes, agency, urban) for case in module.CASES] + [peers.REFINED]


def hold(case) -> None:
    """Compute a case: its figures lie within their limits, and its plots can be drawn and say what they show."""
    result = case.work()
    wrong = [f"{f.what}: {f.value:.3g} {f.unit}, limit {f.limit}" for f in result.figures if not f.passes]
    assert not wrong
    assert result.plots
    for plot in result.plots:
        assert plot.caption.endswith(".")
        assert picture(plot, case.name).count("<polyline") >= len(plot.curves)


pytestmark = pytest.mark.timeout(1500)  # a guard against hanging, wide enough for a machine that is busy


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=[pytest.mark.slow] if c.slow else []) for c in CASES], ids=lambda c: c.name
)
def test_every_figure_lies_within_its_limit(case):
    hold(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", peers.BESIDE, ids=lambda c: c.name)
def test_beside_another_engine(case):
    try:
        peers.python()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    hold(case)


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1], ids=["local inertial", "full"])
def test_merewether(realdata, number):
    hold(merewether.cases(realdata / "merewether")[number])
