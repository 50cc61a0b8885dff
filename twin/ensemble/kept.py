"""Ensembles kept in a workspace beside the run of their question, so that a comparison can tell how sure its figures are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError

from geodata.atomic import atomic_file
from twin.ensemble.spec import EnsembleSpec
from twin.run import Run
from twin.workspace import Workspace

LOWER, UPPER = 0.05, 0.95
"""Ends of a band, as quantiles over the members."""
Ends = tuple[float, float]


@dataclass(frozen=True)
class KeptEnsemble:
    """The figures of every member of an ensemble.

    Parameters
    ----------
    draws
        Digest of what was drawn: members of the same number in two ensembles with the same digest drew the same values.
    sources
        Digest of the program that computed them.
    members, failed
        How many members there are, and how many of these failed: they count in nothing.
    outcomes
        Figures by flattened name, one for each member; None = unknown, or failed.
    """

    draws: str
    sources: str
    members: int
    failed: int
    outcomes: Mapping[str, tuple[float | None, ...]]

    def ends(self, name: str) -> Ends | None:
        """5 % and 95 % quantile of a figure over the members that tell it; None where none does.

        Examples
        --------
        >>> KeptEnsemble("", "", 3, 1, {"a": (1.0, None, 3.0)}).ends("a")
        (1.1, 2.9)
        """
        return _ends([value for value in self.outcomes.get(name, ()) if value is not None])

    def ends_of_change(self, first: KeptEnsemble, name: str) -> Ends | None:
        """The same of the differences to another ensemble, member by member; None when they did not draw the same.

        Examples
        --------
        >>> wall = KeptEnsemble("d", "", 2, 0, {"a": (1.0, 21.0)})
        >>> wall.ends_of_change(KeptEnsemble("d", "", 2, 0, {"a": (2.0, 22.0)}), "a")
        (-1.0, -1.0)
        """
        if self.draws != first.draws:
            return None
        pairs = zip(self.outcomes.get(name, ()), first.outcomes.get(name, ()), strict=False)
        return _ends([this - that for this, that in pairs if this is not None and that is not None])


def draws_of(spec: EnsembleSpec) -> str:
    """Digest of what decides the values that are drawn."""
    drawn = spec.model_dump_json(include={"members", "seed", "uncertain"})
    return hashlib.blake2b(drawn.encode(), digest_size=16).hexdigest()


def keep(kept: KeptEnsemble, run: str, workspace: Workspace) -> Path:
    """Keep an ensemble beside the run of its question; an earlier one of the same question is replaced."""
    file = _file(run, workspace)
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(file) as partial:
        partial.write_bytes(_KEPT.dump_json(_Kept("city-twin-ensemble", kept)))
    return file


def kept_of(run: Run, workspace: Workspace) -> KeptEnsemble | None:
    """The ensemble of a run's question, made by the program that made the run; None when there is none."""
    try:
        found = _KEPT.validate_json(_file(run.id, workspace).read_bytes()).ensemble
    except (OSError, ValidationError):  # never made, or damaged: then there is no band, and nothing else changes
        return None
    return found if found.sources == run.versions.get("sources") else None


@dataclass(frozen=True)
class _Kept:
    format: Literal["city-twin-ensemble"]
    ensemble: KeptEnsemble


_KEPT: TypeAdapter[_Kept] = TypeAdapter(_Kept)


def _file(run: str, workspace: Workspace) -> Path:
    return workspace.path / "ensembles" / f"{Path(run).name}.json"


def _ends(values: Sequence[float]) -> Ends | None:
    if not values:
        return None
    low, high = (float(end) for end in np.quantile(values, (LOWER, UPPER)).round(9))
    return low, high
