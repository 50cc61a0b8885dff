"""A first answer of the flood engine, on coarser cells: shown at once, marked, and replaced by the run on the city itself.

A preview is a run like any other, of a city of its own (`geodata.fidelity.coarsened`, which keeps banks and walls): cells and
fingerprint stand in every key, so that nothing of it can be taken for a number of the city itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.city import City
from geodata.fidelity import coarsened, mean_of_known
from twin.hook import Current, SimulationHook
from twin.model import Twin
from twin.opened import opened_city, opened_store
from twin.run import MANIFEST, Run
from twin.scenario import Engine, Scenario
from twin.simulation import run_id, simulate, summary
from twin.state import State, sizes_of
from twin.store import FieldStore
from twin.variable import Variable
from twin.variables import WATER_DEPTH
from twin.work import Reporter
from twin.workspace import Workspace

FACTORS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How many times as long the cells may become; few, so that a coarser city is made once and serves many questions."""
SECONDS = 0.6
"""What the water of a preview may take on two busy cores; the rest of two seconds goes into everything else."""
UPDATES_PER_SECOND = {"local_inertial": 60e6, "full": 12e6}
"""Cells times time steps that a solver does for certain, however busy the machine."""
_FASTEST = {"river": 7.0, "rain": 4.0}
"""Speed of the fastest wave, m/s: √(g h) in 5 m of river, in 1.6 m of a pond."""
MOMENTS = 8
"""A preview has about so many: what the engine makes ready for each takes as long as its water."""
_FEWEST = 24
"""A picture of fewer cells along its shorter side tells nothing."""
SHOWN = ("exposure", "passability", "presence")
"""Hooks besides those of the water whose fields a preview shows."""


def preview_factor(city: City, scenario: Scenario, *, seconds: float = SECONDS) -> int | None:
    """How many times as long the cells of a preview are; None where no engine computes the water.

    The cost of the engine grows with the cells and with the steps, so it falls with the third power of the factor.

    Parameters
    ----------
    city, scenario
        The question.
    seconds
        What the water may take.

    Examples
    --------
    See ``tests/twin/test_preview.py``.
    """
    water = scenario.water
    if not isinstance(water, Engine):
        return None
    rows, columns = city.grid.shape
    river = water.inflows or water.level_edges or water.initial == "rivers"
    alpha = water.alpha or {"local_inertial": 0.5, "full": 0.4}[water.solver]
    step = alpha * city.grid.cell / _FASTEST["river" if river else "rain"]
    work = rows * columns * scenario.duration / step
    wanted = (work / UPDATES_PER_SECOND[water.solver] / seconds) ** (1 / 3)
    able = [factor for factor in FACTORS if min(rows, columns) / factor >= _FEWEST] or [1]
    return next((factor for factor in able if factor >= wanted), able[-1])


@lru_cache(maxsize=4)
def coarser_city(city: City, factor: int) -> City:
    """The city on coarser cells, kept for the next question.

    Examples
    --------
    See ``tests/twin/test_preview.py``.
    """
    return coarsened(city, factor) if factor > 1 else city


def preview_twin(city: City, store: FieldStore) -> Twin:
    """A twin with the hooks of the water and of `SHOWN`, and with what these read."""
    whole = Twin(city, store)
    writer = {variable.name: hook for hook in whole.hooks for variable in hook.writes}
    wanted: dict[str, SimulationHook] = {}
    waiting = [writer[WATER_DEPTH.name], *(hook for hook in whole.hooks if hook.name in SHOWN)]
    while waiting:
        hook = waiting.pop()
        if hook.name not in wanted:
            wanted[hook.name] = hook
            waiting += [writer[read.variable.name] for read in hook.reads if isinstance(read, Current)]
    return Twin(city, store, tuple(wanted.values()))


def preview_scenario(scenario: Scenario, cell: float) -> Scenario:
    """The question as coarser cells can be asked it: fewer moments, and an edge is near when it is within a cell.

    Parameters
    ----------
    scenario
        The question.
    cell
        Length of the coarser cells, m.
    """
    water = scenario.water
    assert isinstance(water, Engine)
    times = max(1, math.ceil(scenario.duration / scenario.step / MOMENTS))
    near = {
        name: tuple(edge.model_copy(update={"near": max(edge.near, cell)}) for edge in getattr(water, name))
        for name in ("level_edges", "inflow_edges")
    }
    changes = {"step": scenario.step * times, "output_interval": None, "water": water.model_copy(update=near)}
    return scenario.model_copy(update=changes)


def preview_name(city: City, scenario: Scenario, factor: int) -> str:
    """Name of the run of a preview, by the city and scenario that are asked."""
    return f"preview-{factor}x-{run_id(city, scenario)}"


def preview_job(payload: Mapping[str, Any], report: Reporter) -> dict[str, Any]:
    """A job for a worker: the preview of a scenario; the payload is that of `twin.simulation.simulate_job` and ``factor``."""
    workspace, path, factor = Workspace(Path(payload["workspace"])), Path(payload["city"]), int(payload["factor"])
    city, asked = opened_city(path), Scenario.model_validate(payload["scenario"])
    coarse = coarser_city(city, factor)
    scenario = preview_scenario(asked, coarse.grid.cell)
    folder = workspace.runs / preview_name(city, asked, factor)
    report(0, len(scenario.boundaries()))
    run = simulate(
        coarse, scenario, store=opened_store(workspace), folder=folder, city_path=path, preview=True,
        progress=lambda moment, done, total: report(done, total, "{moment}", moment=moment),
        pulse=lambda _, share: report.within(share), twin=_twin(coarse, workspace),
    )  # fmt: skip
    return {"path": str(folder / MANIFEST), **summary(run)}


def prepare_job(payload: Mapping[str, Any], report: Reporter) -> None:
    """A job for a worker: open a city and make the coarser one that most previews of it take.

    Parameters
    ----------
    payload
        ``city``: path of the package; ``workspace``: path of the workspace.
    report
        Asked whether anybody still waits.
    """
    city = opened_city(Path(payload["city"]))
    report(0, 1)
    usual = Scenario.model_validate({"name": "usual", "duration": 10_800, "water": {"source": "engine", "initial": "rivers"}})
    coarse = coarser_city(city, preview_factor(city, usual) or 1)
    _ = coarse.fingerprint, sizes_of(coarse), _twin(coarse, Workspace(Path(payload["workspace"])))


@lru_cache(maxsize=4)
def _twin(coarse: City, workspace: Workspace) -> Twin:
    return preview_twin(coarse, opened_store(workspace))


def preview_states(run: Run, city: City, store: FieldStore) -> Iterator[State]:
    """The states of a preview as pictures of the city itself.

    Fields of buildings and roads stand as they are: the tables are the same. Fields of cells are drawn on the city's own cells,
    for the eye only: the water's surface is carried over and lies on the finer ground; everything else is repeated.

    Parameters
    ----------
    run
        A run of `preview_job`.
    city
        The city itself.
    store
        Where the fields are.
    """
    factor = int(run.fidelity.rpartition("coarsened ")[2].rstrip("×") or 1)
    variables = Twin(city, store).variables
    ground = mean_of_known(city.elevation, factor)
    for step in run.steps:
        finer = _Finer(step.fields, variables, city, factor, ground, store)
        known = {name: variable for name, variable in variables.items() if name in finer.digests}
        yield State(city, step.end, known, finer.digests, finer.load)


@dataclass(frozen=True)
class _Finer:
    """Gives the fields of a coarser state on the cells of the city."""

    coarse: Mapping[str, str]
    variables: Mapping[str, Variable]
    city: City
    factor: int
    ground: NDArray[np.float32]
    store: FieldStore

    @cached_property
    def digests(self) -> dict[str, str]:
        """Name of each field; one of its own where it is another than the store's."""
        return {
            name: f"{digest}-{self.factor}x" if {"y", "x"} <= set(self.variables[name].dims) else digest
            for name, digest in self.coarse.items()
            if not {"y_face", "x_face"} & set(self.variables[name].dims)  # discharges across faces that the city does not have
        }

    @cached_property
    def _names(self) -> dict[str, str]:
        return {digest: name for name, digest in self.digests.items()}

    def load(self, digest: str) -> NDArray[Any]:
        """A field by its name in `digests`."""
        name = self._names[digest]
        values = self.store.field(self.coarse[name])
        if digest == self.coarse[name]:
            return values
        finer = repeated(values, self.factor, self.city.grid.shape)
        if name == WATER_DEPTH.name:
            level = repeated(values + self.ground, self.factor, self.city.grid.shape)
            finer = on_ground(finer, level, self.city.elevation)
        return finer


def repeated(values: NDArray[Any], factor: int, shape: tuple[int, int]) -> NDArray[Any]:
    """Values of coarse cells, [..., rows, columns], on the cells of a grid of ``shape`` that they cover.

    Examples
    --------
    >>> repeated(np.array([[1.0, 2.0]]), 2, (1, 3)).tolist()
    [[1.0, 1.0, 2.0]]
    """
    rows, columns = shape
    return np.repeat(np.repeat(values, factor, axis=-2), factor, axis=-1)[..., :rows, :columns]


def on_ground(depth: NDArray[Any], level: NDArray[Any], ground: NDArray[Any]) -> NDArray[Any]:
    """Depth of a water surface over finer ground, m: nowhere where the coarse cell is dry, unknown where it is unknown.

    Examples
    --------
    >>> on_ground(np.array([1.0, 1.0, 0.0, np.nan]), np.array([5.0, 5.0, 4.0, 5.0]), np.array([4.5, 6.0, 3.0, 4.0])).tolist()
    [0.5, 0.0, 0.0, nan]
    """
    over = np.where(depth > 0, np.maximum(level - ground, 0.0), depth)
    return np.where(np.isnan(over), depth, over).astype(depth.dtype)
