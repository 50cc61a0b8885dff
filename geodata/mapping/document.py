"""The mapping file: how the columns of somebody's tables become ours. One readable YAML file, checked as a whole."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from geodata.errors import InputError
from geodata.faults import faults_of
from geodata.mapping.quantity import UNITS, canonical_unit
from geodata.phrase import Phrase, listed, phrase
from geodata.source import VerticalReference
from geodata.tables import TABLES

Scalar = str | int | float | bool
MAXIMUM_BYTES = 1_000_000


class _Loader(yaml.SafeLoader):
    """YAML 1.2's booleans only: in YAML 1.1 the keys ``on``, ``yes`` and ``no`` are no texts, and this file is full of them."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ColumnRule(_Strict):
    """Where one column of ours comes from.

    Parameters
    ----------
    origins
        In the file: ``from``. A column of theirs, or several spellings of it (keys are renamed between versions): the first
        that the table has is used.
    unit
        Unit of their numbers; "" = ours already.
    values
        Their value → ours. Compared as text, without regard to case.
    otherwise
        What a value that is not in ``values`` becomes; None = it is kept if we know it, else unknown.
    missing
        Their sentinels, each of which means unknown (-9999, "NULL").
    optional
        True: a table without such a column is fine.
    """

    origins: tuple[str, ...] = Field(alias="from")
    unit: str = ""
    values: dict[str, Scalar] = Field(default_factory=dict)
    otherwise: Scalar | None = None
    missing: tuple[Scalar, ...] = ()
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, given: Any) -> Any:
        """``height: HOEHE`` is short for ``height: {from: HOEHE}``."""
        return {"from": given} if isinstance(given, str | list) else given

    @field_validator("origins", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("values", mode="before")
    @classmethod
    def _text_keys(cls, given: Any) -> Any:
        # YAML reads a bare 1 or true as something else than text.
        if not isinstance(given, AnyMapping):
            return given
        return {str(key): value for key, value in given.items()}

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, given: str) -> str:
        if given and not canonical_unit(given):
            raise ValueError(f"the unit {given} is not known")
        return canonical_unit(given) if given else ""


class Heights(_Strict):
    """What the elevation columns of a layer are measured from."""

    datum: str = ""
    unit: Literal["m", "ft", "us-ft"] = "m"
    epoch: str = ""

    def reference(self) -> VerticalReference:
        """As the sources carry it; values are already in metres once mapped."""
        return VerticalReference(self.datum, "m", self.epoch)


class Join(_Strict):
    """A second table joined to a layer.

    Parameters
    ----------
    file
        Name of the file, beside the layer's file or beside the mapping file.
    layer
        Layer in it, where it has several.
    how
        "key": rows with the same key. "within": points that lie in the polygon. "nearest": points within it, and others within
        ``max_distance`` of their nearest polygon.
    on
        Names of the key column, all spellings; the first that each side has is used ("Object ID", "object_id").
    max_distance
        m, for "nearest".
    main
        Column whose largest value names the main row where several meet one element; else the first row by key is the main one.
    total
        Columns whose values are added up over such rows; all others are the main row's.
    join
        Joins made to the second table first.
    """

    file: str
    layer: str | None = None
    how: Literal["key", "within", "nearest"] = "key"
    on: tuple[str, ...] = ()
    max_distance: float = Field(default=10.0, gt=0, le=1000)
    main: str | None = None
    total: tuple[str, ...] = ()
    join: tuple[Join, ...] = ()

    @field_validator("on", "total", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _key_is_named(self) -> Join:
        if self.how == "key" and not self.on:
            raise ValueError("a join by key needs `on` with the name of the key")
        return self

    def files(self) -> tuple[str, ...]:
        """Every file this join reads."""
        return (self.file, *(name for inner in self.join for name in inner.files()))


class Mapping(_Strict):
    """How one layer becomes one table of ours.

    Parameters
    ----------
    file, layer
        Patterns ("*roads*.gpkg") for the file's name and the layer's name.
    table
        Name of the contract (`geodata.tables.TABLES`).
    id
        Column that holds the stable id; None = a digest of the geometry.
    columns, constants
        Our column → where it comes from; our column → the same value in every row.
    heights, crs, join
        See the classes; ``crs`` is used where the layer names none.
    origin
        Who recognised it ("US National Structure Inventory"), "" for a mapping file.
    """

    file: str = "*"
    layer: str = "*"
    table: str
    crs: str | None = None
    id: tuple[str, ...] = ()
    columns: dict[str, ColumnRule] = Field(default_factory=dict)
    constants: dict[str, Scalar] = Field(default_factory=dict)
    heights: Heights | None = None
    join: tuple[Join, ...] = ()
    source: str = ""
    licence: str = ""
    attribution: str = ""
    date: str = ""
    origin: str = Field(default="", exclude=True)

    @field_validator("id", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given or ()

    @field_validator("join", mode="before")
    @classmethod
    def _one_or_more_joins(cls, given: Any) -> Any:
        return (given,) if isinstance(given, AnyMapping) else given

    def fits(self, file_name: str, layer: str) -> bool:
        """Whether this mapping speaks of that layer."""
        return fnmatch.fnmatchcase(file_name.casefold(), self.file.casefold()) and fnmatch.fnmatchcase(
            layer.casefold(), self.layer.casefold()
        )


class MappingFile(_Strict):
    """A whole mapping file: mappings by layer, and what to leave alone.

    Examples
    --------
    >>> document = MappingFile.model_validate({"layers": [{"file": "town.gpkg", "table": "buildings",
    ...     "columns": {"height": {"from": "HGT_FT", "unit": "feet", "missing": [-9999]}}}]})
    >>> document.layers[0].columns["height"].unit
    'ft'
    """

    version: Literal[1] = 1
    layers: tuple[Mapping, ...] = Field(min_length=1)
    ignore: tuple[str, ...] = ()
    folder: Path = Field(default=Path(), exclude=True)

    def for_layer(self, file_name: str, layer: str) -> Mapping | None:
        """The first mapping that fits a layer."""
        return next((mapping for mapping in self.layers if mapping.fits(file_name, layer)), None)

    def joined(self, file_name: str) -> bool:
        """Whether a file is only there to be joined to another."""
        names = {name.casefold() for mapping in self.layers for join in mapping.join for name in join.files()}
        return file_name.casefold() in names

    def ignored(self, file_name: str) -> bool:
        """Whether the person said to leave a file alone."""
        return any(fnmatch.fnmatchcase(file_name.casefold(), pattern.casefold()) for pattern in self.ignore)


def read_mapping(path: Path) -> MappingFile:
    """Read and check a mapping file.

    Raises
    ------
    InputError
        With every fault of the file at once: unknown keys, unknown tables, columns that are not ours, unknown units.
    """
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise InputError("{path} is too large for a mapping file; give the YAML file that maps columns.", path=path)
        given = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except OSError as problem:
        raise InputError(
            "{path} cannot be read ({reason}); check the path of the mapping file.", path=path, reason=problem.strerror
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        reason = " ".join(str(problem).split())
        raise InputError("{path} is not YAML ({reason}); correct it there.", path=path, reason=reason) from None
    faults = _column_faults(given)
    document = None
    try:
        document = MappingFile.model_validate(given)
    except ValidationError as problem:
        faults = [*faults_of(problem, whole="the file"), *faults]
    if faults or document is None:
        raise InputError(
            "The mapping file {path} has 1 fault: {listed}. Correct it there."
            if len(faults) == 1
            else "The mapping file {path} has {count} faults: {listed}. Correct them there.",
            path=path, count=len(faults), listed=listed(faults),
        )  # fmt: skip
    return document.model_copy(update={"folder": path.parent})


def _column_faults(given: Any) -> list[Phrase]:
    """Tables and columns that are not ours, and units that do not fit, found on the raw text so that nothing hides them."""
    faults: list[Phrase] = []
    layers = given.get("layers") if isinstance(given, AnyMapping) else None
    for number, layer in enumerate(layers if isinstance(layers, list) else ()):
        if not isinstance(layer, AnyMapping):
            continue
        table = layer.get("table")
        contract = TABLES.get(table) if isinstance(table, str) else None
        if contract is None:
            if table is not None:
                faults.append(
                    phrase("{place}: {table} is none of {known}", place=f"layers.{number}.table", table=table,
                           known=", ".join(TABLES))
                )  # fmt: skip
            continue
        for part in ("columns", "constants"):
            rules = layer.get(part)
            for name, rule in rules.items() if isinstance(rules, AnyMapping) else ():
                column, place = contract.by_name.get(name), f"layers.{number}.{part}.{name}"
                if column is None:
                    faults.append(phrase("{place}: {table} has no such column", place=place, table=table))
                elif isinstance(rule, AnyMapping) and rule.get("unit"):
                    unit = str(rule["unit"])
                    known = canonical_unit(unit)
                    if known and not _fits(known, column.unit):
                        faults.append(
                            phrase("{place}: the unit {unit} does not fit {wanted}", place=place, unit=unit,
                                   wanted=column.unit or column.kind)
                        )  # fmt: skip
    return faults


def _fits(given: str, wanted: str) -> bool:
    return bool(wanted) and UNITS[given][0] == UNITS.get(canonical_unit(wanted), ("", 0.0))[0]
