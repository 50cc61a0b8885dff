"""Against other engines, run side by side from an environment of their own: itzi on rain, ANUGA on a breach.

The environment is that of ``tests/benchmarks/peers_flood.py``: ``CITY_TWIN_PEERS``, or ``peers`` in the temporary folder. Where
it is absent the tests say so and are skipped; ``make verify`` makes it. No figure of a peer is kept in the project.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from case import BOTH, Case, Figure, Plot, Result, agreement, relative_l1, rmse, solve, speed

from twin.flood.domain import Domain

FOLDER = Path(os.environ.get("CITY_TWIN_PEERS", Path(tempfile.gettempdir()) / "peers"))
ITZI_ALPHA = 0.7
"""What itzi takes for its time step unless told otherwise; ours is 0.5."""


def python(*, make: bool = False) -> Path:
    """The Python that has the peers.

    Raises
    ------
    FileNotFoundError
        When it is not there and could not, or was not to, be made; the reason is told.
    """
    found = FOLDER / "bin" / "python"
    if not found.exists() and make:
        sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
        import peers_flood

        try:
            return peers_flood.environment(FOLDER)
        except (subprocess.CalledProcessError, SystemExit, OSError) as error:
            raise FileNotFoundError(f"PEERS COULD NOT BE INSTALLED into {FOLDER}: {error}") from error
    if not found.exists():
        raise FileNotFoundError(f"PEERS ABSENT: {FOLDER} has no Python; `make verify` installs itzi and ANUGA there")
    if subprocess.run([found, "-c", "import anuga, itzi_core"], capture_output=True, check=False).returncode:
        raise FileNotFoundError(f"PEERS ABSENT: {found} cannot import anuga and itzi_core")
    return found


def ask(engine: str, case: dict) -> dict[str, np.ndarray]:
    """Run a peer on a case."""
    with tempfile.TemporaryDirectory() as folder:
        given, target = Path(folder) / "case.npz", Path(folder) / "out.npz"
        np.savez(given, **case)
        run = [str(python()), str(Path(__file__).with_name("peer_runs.py")), engine, str(given), str(target)]
        subprocess.run(run, check=True, cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "2"}, stdout=subprocess.DEVNULL)
        with np.load(target) as made:
            return dict(made)


def rolling(rows: int, cell: float):
    """Rolling ground that falls to the west, by formula, so that it is the same on any grid, [rows, rows]."""
    at = (np.arange(rows) + 0.5) * cell / 10 - 0.5
    y, x = np.meshgrid(at, at, indexing="ij")
    return 0.02 * x + 0.8 * np.sin(y * 0.05) * np.cos(x * 0.04) + 0.5 * np.sin(x * 0.11 + y * 0.07)


def rained(rows: int, cell: float, *, full: bool = False, **scheme) -> Domain:
    """An hour of 50 mm/h on rolling ground between walls."""
    domain = Domain(rolling(rows, cell), 0.05, cell)
    solve(domain, 3600, full=full, rain=50e-3 / 3600, threads=2, **scheme)
    return domain


def rain_beside_itzi() -> Result:
    """Greatest depths of an hour of rain, at itzi's alpha."""
    case = {
        "ground": rolling(250, 10.0),
        "rain": 50e-3 / 3600,
        "alpha": ITZI_ALPHA,
        "cell": 10.0,
        "roughness": 0.05,
        "seconds": 3600.0,
    }
    theirs = ask("itzi", case)["peak"]
    domain = rained(250, 10.0, alpha=ITZI_ALPHA)
    ours = domain.inner(domain.peak).astype(float)
    at_half = rained(250, 10.0)
    _, same = agreement(ours, theirs)
    x = (np.arange(250) + 0.5) * 10
    return Result(
        (
            Figure(f"α {ITZI_ALPHA}: RMSE of greatest depth to itzi's", rmse(ours, theirs), 0.01, "m"),
            Figure(f"α {ITZI_ALPHA}: greatest difference", float(np.abs(ours - theirs).max()), unit="m"),
            Figure(f"α {ITZI_ALPHA}: agreement of the area wet by more than 5 cm (CSI)", same, 0.98, least=True),
            Figure(
                "our α of 0.5 against itzi's 0.7: RMSE of greatest depth", rmse(at_half.inner(at_half.peak), theirs), unit="m"
            ),
        ),
        (
            Plot(
                {"itzi": (x, theirs[120]), "local inertial": (x, ours[120])},
                "Greatest depth along a cut: the two lines coincide.",
            ),
        ),
        "Same ground (250 × 250 cells of 10 m), rain, roughness and α; itzi-core runs in its own environment at the same time.",
    )


def rain_on_a_refined_grid() -> Result:
    """Our alpha judged by the full solver on cells half as large."""
    fine = rained(250, 5.0, full=True)
    judge = fine.inner(fine.peak).reshape(125, 2, 125, 2).mean(axis=(1, 3)).astype(float)
    figures, curves = [], {}
    x = (np.arange(125) + 0.5) * 10
    for alpha in (0.5, ITZI_ALPHA):
        domain = rained(125, 10.0, alpha=alpha)
        ours = domain.inner(domain.peak).astype(float)
        error, same = agreement(ours, judge)
        limit = alpha == 0.5
        figures += [
            Figure(f"local inertial, α {alpha}: RMSE of greatest depth where wet", error, 0.02 if limit else None, "m"),
            Figure(f"local inertial, α {alpha}: agreement of the wet area (CSI)", same, 0.9 if limit else None, least=True),
        ]
        curves[f"local inertial, α {alpha}"] = (x, ours[60])
    caption = "Greatest depth along a cut: local inertial on 10 m, the full equations on 5 m."
    return Result(tuple(figures), (Plot({"full, 5 m": (x, judge[60]), **curves}, caption),))


def breached():
    """A levee 10 m thick between a pool 2.5 m deep and a plain, with a gap of 40 m: ground and depth on cells of 5 m."""
    x = (np.arange(120) + 0.5) * 5
    ground = np.tile(0.001 * (600 - x), (80, 1))
    ground[:, 30:32] = 8.0
    ground[36:44, 30:32] = ground[36:44, 29:30]
    depth = np.where(x[None, :] < 150, 2.5 + 0.6 - ground, 0.0)
    return ground, np.maximum(depth, 0.0)


def _squares(values):
    """Means of 2 × 2 cells."""
    rows, columns = values.shape
    return np.asarray(values, float).reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))


def breach_beside_anuga() -> Result:
    """Three minutes of water running through a gap: depth, speed and volume beyond."""
    ground, depth = breached()
    theirs = ask("anuga", {"ground": ground, "depth": depth, "cell": 5.0, "roughness": 0.03, "seconds": 180.0, "every": 10.0})
    places = {"in the gap": (20, 15), "55 m beyond": (20, 21), "145 m beyond": (20, 30), "145 m beyond, 100 m aside": (10, 30)}
    x = (np.arange(60) + 0.5) * 10
    beyond = {"ANUGA": (theirs["times"], theirs["depth"][:, :, 16:].sum(axis=(1, 2)) * 100)}
    fast = {"ANUGA": (theirs["times"], theirs["speed"][:, 20, 21])}
    cut = {"ANUGA": (x, theirs["depth"][-1][20])}
    figures = []
    for name, full in BOTH:
        domain = Domain(ground, 0.03, 5.0)
        domain.depth[:] = depth
        times, depths, speeds, peaks = [], [], [], [_squares(depth)]

        def watch(time, full=full, domain=domain, times=times, depths=depths, speeds=speeds, peaks=peaks):
            times.append(time)
            depths.append(_squares(domain.depth))
            speeds.append(_squares(np.nan_to_num(speed(domain, full=full))))
            peaks.append(np.maximum(peaks.pop(), depths[-1]))

        solve(domain, 180.0, full=full, threads=2, every=10.0, watch=watch)
        error, same = agreement(depths[-1], theirs["depth"][-1])
        peak, _ = agreement(peaks[-1], theirs["peak"])
        volumes = np.array(depths)[:, :, 16:].sum(axis=(1, 2)) * 100
        figures += [
            Figure(f"{name}: RMSE of depth where wet after 3 min", error, 0.03 if full else None, "m"),
            Figure(f"{name}: agreement of the wet area (CSI)", same, 0.95 if full else None, least=True),
            Figure(f"{name}: RMSE of greatest depth where wet", peak, 0.03 if full else None, "m"),
            Figure(
                f"{name}: relative L1 of the volume beyond the levee over time",
                relative_l1(volumes, beyond["ANUGA"][1][1:]),
                0.03 if full else None,
            ),
        ]
        for where, (row, column) in places.items():
            error = relative_l1(np.array(speeds)[:, row, column], theirs["speed"][1:, row, column])
            figures.append(Figure(f"{name}: relative L1 of speed over time {where}", error, 0.1 if full else None))
        beyond[name] = (np.array(times), volumes)
        fast[name] = (np.array(times), np.array(speeds)[:, 20, 21])
        cut[name] = (x, depths[-1][20])
    return Result(
        tuple(figures),
        (
            Plot(cut, "Depth through the middle of the gap after three minutes; the levee stands at 150 to 160 m."),
            Plot(fast, "Speed of the jet 55 m beyond the gap.", ("time, s", "speed, m/s")),
            Plot(beyond, "Water that has run through the gap.", ("time, s", "volume, m³")),
        ),
        "ANUGA (DE1, second order, triangles as large as our cells) runs in its own environment at the same time; compared "
        "on squares of 10 m. Local inertial flow is shown beside it without a limit: a breach jet is outside "
        "what it is meant for.",
    )


REFINED = Case(
    "Rain, our step against the full equations on a refined grid", "full solver, cells of 5 m", rain_on_a_refined_grid
)
BESIDE = (
    Case("Rain, beside itzi", "itzi-core, run side by side", rain_beside_itzi, slow=True),
    Case("Breach, beside ANUGA", "ANUGA, run side by side", breach_beside_anuga, slow=True),
)
CASES = (REFINED, *BESIDE)
