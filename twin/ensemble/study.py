"""An ensemble on Dask workers: each member is a run of its own; a member that fails is tried again, then reported."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from distributed import Client, as_completed
from numpy.typing import NDArray

from geodata.atomic import atomic_file
from geodata.city import City
from geodata.errors import CityTwinError, InputError
from geodata.package import open_city
from geodata.processors import ENVIRONMENT, processors
from twin.cluster import Cluster, connect
from twin.comparison import flattened
from twin.ensemble.kept import KeptEnsemble, draws_of, keep
from twin.ensemble.sampling import columns_of, draws, members_of
from twin.ensemble.spec import EnsembleSpec
from twin.ensemble.summary import Likelihood, bands
from twin.impact_figures import money_of
from twin.keys import source_digest
from twin.opened import opened_city, opened_store
from twin.run import RunFolder
from twin.scenario import Scenario
from twin.simulation import run_id, simulate, states_of
from twin.variables import BUILDING_DEPTH_PEAK
from twin.workspace import Workspace

RETRIES = 1
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What an ensemble gave.

    Parameters
    ----------
    inputs
        Names of the uncertain inputs.
    drawn
        Their values, [members, inputs].
    outcomes
        Figures of each member that ended, by its number from 0.
    failed
        Why a member failed, by its number: it counts in nothing.
    likelihood
        Depths at buildings over the members that ended.
    runs
        Names of the runs, by number.
    """

    inputs: Sequence[str]
    drawn: NDArray[np.float64]
    outcomes: dict[int, dict[str, Any]]
    failed: dict[int, str]
    likelihood: Likelihood
    runs: dict[int, str]

    def plain(self) -> dict[str, Any]:
        """Plain values for JSON; likelihoods of buildings apart."""
        depths = zip(self.likelihood.depths, self.likelihood.least(), self.likelihood.most(), strict=True)
        return {
            "members": len(self.drawn),
            "done": len(self.outcomes),
            "failed": [{"member": number + 1, "why": why} for number, why in self.failed.items()],
            "inputs": [
                {"what": what, "low": float(column.min()), "middle": float(np.median(column)), "high": float(column.max())}
                for what, column in zip(self.inputs, self.drawn.T, strict=True)
            ],
            "outcomes": bands(list(self.outcomes.values())),
            "damage_currency": money_of(self.outcomes.values()) or None,
            "depths": [
                {
                    "deeper_than_m": depth,
                    "buildings_likely": int((least >= 0.5).sum()),
                    "buildings_possible": int((most > 0).sum()),
                }
                for depth, least, most in depths
            ],
            "runs": [self.runs[number] for number in sorted(self.runs)],
        }


def run_ensemble(
    city_path: Path, spec: EnsembleSpec, base: Scenario, *, workspace: Workspace, scheduler: str | None = None,
    workers: int | None = None, progress: Progress | None = None,
) -> Ensemble:  # fmt: skip
    """Run every member, on workers of this machine or of a scheduler.

    What members share is computed once: they use one field store. Members already known are not computed again, so an ensemble
    that was stopped goes on where it was, and one with more members keeps the store's fields of those that are the same. The
    figures of every member are kept in the workspace beside the run of the question, so that comparisons tell their bands.

    Parameters
    ----------
    city_path
        The city package; workers elsewhere must see it, and the workspace, under the same path.
    spec, base
        What is uncertain in which scenario.
    workspace
        Where fields and runs are kept.
    scheduler
        Address of a Dask scheduler; None = a cluster of this machine.
    workers
        Workers of this machine; None = one for each processor.
    progress
        Told after every member.

    Raises
    ------
    InputError
        When the city cannot answer the scenario, or the scheduler does not answer.
    CityTwinError
        When no member ended.
    """
    city = open_city(city_path)
    members, drawn = members_of(spec, base), draws(spec)
    count = workers or processors()
    likelihood = Likelihood(len(city.buildings), spec.depths)
    outcomes: dict[int, dict[str, Any]] = {}
    failed: dict[int, str] = {}
    runs: dict[int, str] = {}
    store = workspace.store()
    with ExitStack() as stack:
        client = _client(stack, scheduler, count, workspace)
        stack.enter_context(client.as_current())
        place, home = str(city_path.resolve()), str(workspace.path)
        futures = {
            client.submit(run_member, place, member.model_dump(mode="json"), home, retries=RETRIES, pure=False): number
            for number, member in enumerate(members)
        }
        for done, future in enumerate(as_completed(futures), 1):  # type: ignore[no-untyped-call]  # Dask is half typed
            number = futures[future]
            if future.status == "error":
                failed[number] = str(future.exception())
            else:
                told = future.result()
                outcomes[number], runs[number] = told["outcomes"], told["run"]
                likelihood.see(_peak(workspace, told["run"], city, store))
            future.release()
            if progress is not None:
                progress("members", done, len(members))
    if not outcomes:
        raise CityTwinError(
            "None of the {count} members ended; the first failed with: {why}", count=len(members), why=failed[min(failed)]
        )
    ordered = {number: outcomes[number] for number in sorted(outcomes)}
    flat = {number: flattened(each) for number, each in ordered.items()}
    kept = KeptEnsemble(draws_of(spec), source_digest("twin"), len(members), len(failed), {
        name: tuple(_number(flat.get(number, {}).get(name)) for number in range(len(members)))
        for name in dict.fromkeys(name for each in flat.values() for name in each)
    })  # fmt: skip
    keep(kept, run_id(city, base), workspace)
    return Ensemble(columns_of(spec), drawn, ordered, dict(sorted(failed.items())), likelihood, runs)


def run_member(city_path: str, scenario: dict[str, Any], workspace_path: str) -> dict[str, Any]:
    """One member, on a worker with one thread: several run side by side."""
    os.environ[ENVIRONMENT] = "1"
    workspace, path = Workspace(Path(workspace_path)), Path(city_path)
    city, question = opened_city(path), Scenario.model_validate(scenario)
    name = run_id(city, question)
    run = simulate(city, question, store=opened_store(workspace), folder=workspace.runs / name, city_path=path)
    return {"run": name, "outcomes": dict(run.outcomes)}


def save_ensemble(ensemble: Ensemble, city: City, folder: Path) -> None:
    """Write ``ensemble.json`` and ``buildings.parquet`` (likelihood of each depth, with what is unknown) into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = city.buildings[["id", "geometry"]].copy()
    for depth, least, most in zip(
        ensemble.likelihood.depths, ensemble.likelihood.least(), ensemble.likelihood.most(), strict=True
    ):
        frame[f"deeper_than_{depth:g}_m"] = least
        frame[f"deeper_than_{depth:g}_m_or_unknown"] = most
    with atomic_file(folder / "buildings.parquet") as file:
        frame.to_parquet(file, index=False)
    with atomic_file(folder / "ensemble.json") as file:
        file.write_bytes(orjson.dumps(ensemble.plain(), option=orjson.OPT_INDENT_2))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _peak(workspace: Workspace, run: str, city: City, store: Any) -> NDArray[Any]:
    made = RunFolder(workspace.runs / run).load()
    (last,) = states_of(replace(made, steps=made.steps[-1:]), city, store)
    return last.field(BUILDING_DEPTH_PEAK)


def _client(stack: ExitStack, scheduler: str | None, count: int, workspace: Workspace) -> Client:
    if scheduler is None:
        cluster = Cluster(lanes=["any"] * count, folder=workspace.path / "workers")
        stack.callback(cluster.close)
        local: Client = stack.enter_context(connect(cluster.address, cluster.security()))
        return local
    try:
        remote: Client = stack.enter_context(connect(scheduler, None))
    except (OSError, ValueError) as error:
        raise InputError(
            "The scheduler {address} does not answer ({detail}); start it, or leave --scheduler out.",
            address=scheduler, detail=" ".join(str(error).split())[:200] or type(error).__name__,
        ) from None  # fmt: skip
    return remote
