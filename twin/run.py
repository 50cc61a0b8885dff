"""The manifest of a run: what was asked of which city, what every step gave, and how it ended."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, TypeAdapter, ValidationError

from geodata.errors import CityTwinError, InputError
from geodata.faults import fault_of
from twin.analysis import Finding
from twin.question import Note
from twin.store import FieldStore

FORMAT = "city-twin-run"
VERSION = 2
MANIFEST = "run.json"
_PIN_PREFIX = "run:"
LARGEST_MANIFEST = 1 << 30  # bytes; 20,000 steps of 20 hooks take about 60 MB
_WRITING_SHARE = 20  # of the time of a run, a twentieth at most goes into writing its manifest

Status = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class RunStep:
    """One step of a run.

    Parameters
    ----------
    start, end
        Seconds since the scenario's start.
    keys
        Key of each hook's record in the field store, by hook.
    fields
        Digest of the content of each field of the state at ``end``, by variable.
    computed
        The hooks that were computed; the others' records were found.
    """

    start: int
    end: int
    keys: Mapping[str, str]
    fields: Mapping[str, str]
    computed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """A scenario on a city.

    Parameters
    ----------
    id
        Name of the run, unique among the runs of a city.
    scenario
        The scenario as plain values, with nothing left to defaults.
    city_fingerprint, city_path
        Content of the city that was asked, and where it was; the path is a hint, the fingerprint decides.
    status
        "running" until the end is known; a run whose process died stays so.
    steps
        Steps done so far, in order.
    versions
        Of the engine and every hook, by name.
    environment
        What did the arithmetic (`twin.environment.environment`).
    findings
        Key of the record of each analysis in the field store, by analysis; empty until all steps are done.
    outcomes
        Headline figures by name, None = unknown.
    fidelity
        What was done to the city beforehand, in words ("coarsened 4×"), "" for the city as it was imported.
    preview
        Whether the run is there to be replaced by that of a finer city; its fields are nobody's input.
    notes
        What a reader of the figures must know: templates and values, so that they can be translated.
    error
        Template and values of the error that ended a failed run.
    wall
        Seconds it took so far.
    created
        When it began.
    """

    id: str
    scenario: Mapping[str, Any]
    city_fingerprint: str
    city_path: str = ""
    status: Status = "running"
    steps: tuple[RunStep, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Any] = field(default_factory=dict)
    fidelity: str = ""
    preview: bool = False
    notes: tuple[Annotated[Note, BeforeValidator(Note.of)], ...] = ()
    error: Mapping[str, Any] | None = None
    wall: float = 0.0
    created: AwareDatetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def digests(self) -> frozenset[str]:
        """Every field of every step."""
        return frozenset(digest for step in self.steps for digest in step.fields.values())

    @property
    def hooks_computed(self) -> int:
        """How many steps of hooks were computed."""
        return sum(len(step.computed) for step in self.steps)

    @property
    def hooks_reused(self) -> int:
        """How many steps of hooks were found in the store."""
        return sum(len(step.keys) for step in self.steps) - self.hooks_computed

    def with_findings(self, findings: Iterable[Finding]) -> Self:
        """The run with what analyses found for the end of every step among the fields of the step."""
        found = tuple(findings)
        steps = (
            replace(step, fields={**step.fields, **{k: v for each in found for k, v in each.fields_at(number).items()}})
            for number, step in enumerate(self.steps)
        )
        return replace(self, steps=tuple(steps), findings={each.analysis: each.record.key for each in found})

    def extended(self, step: RunStep, *, wall: float) -> Self:
        """The run with one more step."""
        return replace(self, steps=(*self.steps, step), wall=wall)


@dataclass(frozen=True)
class _Manifest:
    format: Literal["city-twin-run"]
    version: int
    run: Run


@dataclass(frozen=True)
class _Claim:
    format: str
    version: int


_CLAIM: TypeAdapter[_Claim] = TypeAdapter(_Claim)
_MANIFEST: TypeAdapter[_Manifest] = TypeAdapter(_Manifest)


class RunFolder:
    """The folder of one run, with its manifest ``run.json``.

    Parameters
    ----------
    path
        The folder. Nothing is made before the first `save`.
    store
        Where the fields of the run are; what the manifest names is pinned there, so that it is never evicted.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     folder = RunFolder(Path(parent) / "high-river")
    ...     folder.save(Run("high-river", {"name": "high river"}, "3f"))
    ...     [run.id for run in RunFolder.list(parent)]
    ['high-river']
    """

    def __init__(self, path: str | os.PathLike[str], *, store: FieldStore | None = None) -> None:
        self.path = Path(path)
        self._store = store
        self._written = float("-inf")
        self._writing = 0.0
        self._put_off: Run | None = None
        self._lock = threading.Lock()

    def save(self, run: Run) -> None:
        """Write the manifest whole or not at all, and pin the fields of the run.

        Raises
        ------
        InputError
            When the folder holds something else than a run.
        CityTwinError
            When it cannot be written.
        """
        began = time.monotonic()
        manifest = self.path / MANIFEST
        if self.path.exists() and not manifest.exists() and (not self.path.is_dir() or _has_content(self.path)):
            raise InputError("{path} exists and is not a run; give the name of a folder that is not there yet.", path=self.path)
        partial = self.path / f".{MANIFEST}.{os.getpid()}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as stream:
                stream.write(_MANIFEST.dump_json(_Manifest("city-twin-run", VERSION, run), indent=1))
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(manifest)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise CityTwinError(
                "The run {path} cannot be written ({reason}); free some room or choose another folder.",
                path=str(self.path),
                reason=error.strerror or type(error).__name__,
            ) from error
        if self._store is not None:
            self._store.pin(self.pin_name, run.digests)
        self._written = time.monotonic()
        self._writing = self._written - began
        self._put_off = None

    def save_soon(self, run: Run) -> bool:
        """Write the manifest unless the last writing was so long and so recent that the run would wait for its manifest.

        Called after each step. Short runs are written at each; of a run of thousands of steps a crash loses the last few
        lines of the manifest, never a field. Returns whether it wrote.
        """
        self._put_off = run
        return self.catch_up()

    def catch_up(self) -> bool:
        """Write what `save_soon` put off, once its time has come; to be called in the midst of long steps, by any thread.

        Returns whether it wrote.
        """
        with self._lock:
            if self._put_off is None or time.monotonic() - self._written < self._writing * _WRITING_SHARE:
                return False
            self.save(self._put_off)
            return True

    def load(self) -> Run:
        """The run as it was last saved.

        Raises
        ------
        InputError
            When there is no manifest, or it is damaged, of a later version, or not ours.
        """
        manifest = self.path / MANIFEST
        try:
            if manifest.stat().st_size > LARGEST_MANIFEST:
                raise InputError("{path} is too large for a run's manifest; choose another run.", path=str(manifest))
            content = manifest.read_bytes()
        except OSError as error:
            raise InputError(
                "{path} holds no run that can be read ({reason}); give the folder that `city-twin simulate --out` made.",
                path=str(self.path),
                reason=error.strerror or type(error).__name__,
            ) from error
        version = _version_of(content)
        if version is not None and version > VERSION:
            raise InputError(
                "The run {path} was saved by a later version of this program (format {version}); update this one.",
                path=str(self.path),
                version=version,
            )
        try:
            return _MANIFEST.validate_json(content).run
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InputError(
                "The run {path} is damaged or was not made by this program ({where}: {what}); run the scenario again.",
                path=str(self.path),
                where=".".join(map(str, first["loc"])) or MANIFEST,
                what=fault_of(first),
            ) from error

    def delete(self) -> None:
        """Delete the manifest and let go of the fields of the run."""
        (self.path / MANIFEST).unlink(missing_ok=True)
        if self._store is not None:
            self._store.unpin(self.pin_name)
        if self.path.is_dir() and not _has_content(self.path):
            self.path.rmdir()

    @property
    def pin_name(self) -> str:
        """Under which the fields are pinned: the place of the run, so that `release_deleted` can look whether it is there."""
        return f"{_PIN_PREFIX}{self.path.resolve()}"

    @staticmethod
    def release_deleted(store: FieldStore) -> int:
        """Let go of the fields of runs whose folders somebody deleted by hand; returns how many runs those were."""
        gone = [
            name
            for name in store.pins()
            if name.startswith(_PIN_PREFIX) and not (Path(name.removeprefix(_PIN_PREFIX)) / MANIFEST).exists()
        ]
        for name in gone:
            store.unpin(name)
        return len(gone)

    @staticmethod
    def list(parent: str | os.PathLike[str]) -> list[Run]:
        """The readable runs in the folders of a folder, latest first; others' folders and damaged runs are passed over."""
        runs = []
        for manifest in Path(parent).glob(f"*/{MANIFEST}"):
            try:
                runs.append(RunFolder(manifest.parent).load())
            except InputError:
                continue
        return sorted(runs, key=lambda run: run.created, reverse=True)


def _version_of(content: bytes) -> int | None:
    """The version a manifest claims, however strange the rest of it is."""
    try:
        claimed = _CLAIM.validate_json(content)
    except ValidationError:
        return None
    return claimed.version if claimed.format == FORMAT else None


def _has_content(path: Path) -> bool:
    return any(not child.name.startswith(f".{MANIFEST}") for child in path.iterdir())
