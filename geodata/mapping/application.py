"""A mapping applied to a table: their columns become ours, once, at the door, and every step is reported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geodata.errors import InputError
from geodata.mapping.document import ColumnRule, Mapping, Scalar
from geodata.mapping.quantity import parse_quantities, unit_factor
from geodata.mapping.truth import parse_truth
from geodata.report import ImportReport
from geodata.tables import TABLES, Column

WORDS_KEPT = 100_000  # different values remembered while a column is turned into texts


def apply_mapping(frame: pd.DataFrame, mapping: Mapping, *, report: ImportReport, source: str) -> pd.DataFrame:
    """Our columns made from theirs; every column that is not used stays, for the importer to keep as attributes.

    Parameters
    ----------
    frame
        The table as it was read; it is not changed.
    mapping
        What to do with it.
    report
        Told what was mapped, converted, and found unusable.
    source
        Name of the file, for the report.

    Raises
    ------
    InputError
        When columns that the mapping names are not there: all of them at once.

    Examples
    --------
    >>> theirs = pd.DataFrame({"HGT_FT": ["10", "-9999", "20 ft"], "owner": ["A", "B", "C"]})
    >>> mapping = Mapping.model_validate({"table": "buildings", "columns": {"height": {"from": "HGT_FT", "unit": "ft",
    ...     "missing": [-9999]}}})
    >>> apply_mapping(theirs, mapping, report=ImportReport(), source="town.csv")
      owner  height
    0     A   3.048
    1     B     NaN
    2     C   6.096
    """
    contract = TABLES[mapping.table]
    found = _resolve(frame, mapping, source)
    made: dict[str, pd.Series] = {}
    for name, origin in found.items():
        made[name] = _converted(
            frame[origin],
            mapping.columns[name],
            contract.by_name[name],
            origin=origin,
            report=report,
            table=mapping.table,
            source=source,
        )
    for name, value in mapping.constants.items():
        made[name] = pd.Series([value] * len(frame), index=frame.index)
        report.defaulted(
            mapping.table,
            "{column} set to {value} by the mapping",
            len(frame),
            source=source,
            values={"column": name, "value": value},
        )
    key = next((name for name in mapping.id if name in frame.columns), None)
    if mapping.id and key is None and not mapping.origin:
        raise _absent(source, [" or ".join(mapping.id)], frame)
    if key is not None:
        made["id"] = frame[key].map(_text).astype("object")
        report.mapped(mapping.table, "id", key, len(frame), source=source)
    geometry = frame.geometry.name if hasattr(frame, "geometry") and contract.geometry else None
    kept = frame.drop(columns=[name for name in {*found.values(), key} if name is not None and name != geometry])
    # A column of theirs that happens to be called like one of ours was not vouched for by the mapping: it stays an attribute.
    clashing = {
        name: f"source_{name}" for name in kept.columns if name != geometry and (name in contract.by_name or name in made)
    }
    kept = kept.rename(columns=clashing)
    return kept.assign(**made)


def _resolve(frame: pd.DataFrame, mapping: Mapping, source: str) -> dict[str, str]:
    found: dict[str, str] = {}
    absent: list[str] = []
    for name, rule in mapping.columns.items():
        origin = next((candidate for candidate in rule.origins if candidate in frame.columns), None)
        if origin is not None:
            found[name] = origin
        elif not rule.optional:
            absent.append(" or ".join(rule.origins))
    if absent:
        raise _absent(source, absent, frame)
    return found


def _absent(source: str, absent: list[str], frame: pd.DataFrame) -> InputError:
    there = ", ".join(str(name) for name in frame.columns)
    return InputError(
        "{source} has no column {absent}; it has {there}. Correct the mapping file, or mark the columns as optional.",
        source=source, absent=", ".join(absent), there=there,
    )  # fmt: skip


def _converted(
    values: pd.Series, rule: ColumnRule, column: Column, *, origin: str, report: ImportReport, table: str, source: str
) -> pd.Series:
    if pd.api.types.is_float_dtype(values) and column.kind == "number" and not rule.values:  # noqa: PD011 - a field of ours
        return _plain_numbers(values, rule, column, origin=origin, report=report, table=table, source=source)
    given = values.astype("object").where(values.notna(), None)
    texts = _texts(given)
    sentinel = _is_sentinel(given, texts, rule)
    if sentinel.any():
        report.defaulted(
            table, "{column}: {values} in {origin} means unknown", int(sentinel.sum()), source=source,
            values={"column": column.name, "values": ", ".join(str(value) for value in rule.missing), "origin": origin},
        )  # fmt: skip
    given, texts = given.mask(sentinel, None), texts.mask(sentinel, "")
    present = texts != ""
    if rule.values:  # noqa: PD011 - a field of ours
        given, texts = _renamed(given, texts, rule)
    if column.kind == "text":
        result, usable = _text_column(texts, column)
    elif column.kind == "boolean":
        truths = given.map(parse_truth)
        result, usable = truths.astype("boolean"), truths.notna()
    elif column.kind == "time":
        result = pd.to_datetime(given, errors="coerce", utc=True)
        usable = result.notna()
    else:
        result = _number_column(given, rule, column, report=report, table=table, source=source)
        usable = result.notna()
    unusable = present & ~usable
    if unusable.any():
        report.defaulted(
            table, "{column}: the value in {origin} is not usable, set to unknown", int(unusable.sum()), source=source,
            values={"column": column.name, "origin": origin}, examples=sorted(set(values[unusable].map(_text)))[:5],
        )  # fmt: skip
    used = f"{origin} [{rule.unit}]" if rule.unit and rule.unit != column.unit else origin
    report.mapped(table, column.name, used, int((present & usable).sum()), source=source)
    return result


def _plain_numbers(
    values: pd.Series, rule: ColumnRule, column: Column, *, origin: str, report: ImportReport, table: str, source: str
) -> pd.Series:
    """Numbers that are numbers already: a city has millions of them."""
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    sentinels = [float(value) for value in rule.missing if _is_number(value)]
    unknown = np.isin(numbers, sentinels)
    report.defaulted(
        table,
        "{column}: {values} in {origin} means unknown",
        int(unknown.sum()),
        source=source,
        values={"column": column.name, "values": ", ".join(str(value) for value in rule.missing), "origin": origin},
    )
    infinite = np.isinf(numbers)
    report.defaulted(
        table,
        "{column}: the value in {origin} is not usable, set to unknown",
        int(infinite.sum()),
        source=source,
        values={"column": column.name, "origin": origin},
    )
    wanted = column.unit or "1"
    result = np.where(unknown | infinite, np.nan, numbers) * unit_factor(rule.unit or wanted, wanted)
    used = f"{origin} [{rule.unit}]" if rule.unit and rule.unit != column.unit else origin
    report.mapped(table, column.name, used, int(np.isfinite(result).sum()), source=source)
    return pd.Series(result, index=values.index)


def _is_number(value: Scalar) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _is_sentinel(given: pd.Series, texts: pd.Series, rule: ColumnRule) -> pd.Series:
    if not rule.missing:
        return pd.Series(False, index=given.index)
    words = {_text(value).casefold() for value in rule.missing}
    return texts.str.casefold().isin(words) & (texts != "")


def _renamed(given: pd.Series, texts: pd.Series, rule: ColumnRule) -> tuple[pd.Series, pd.Series]:
    table = {key.strip().casefold(): value for key, value in rule.values.items()}  # noqa: PD011 - a field of ours

    def rename(text: str, original: Any) -> Scalar | Any:
        if text == "":
            return None
        return table.get(text.casefold(), original if rule.otherwise is None else rule.otherwise)

    renamed = pd.Series(
        [rename(text, value) for text, value in zip(texts, given, strict=True)], index=given.index, dtype="object"
    )
    return renamed, renamed.map(_text)


def _text_column(texts: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    if not column.choices:
        return texts, texts != ""
    known = texts.isin(column.choices)
    return texts.where(known, ""), known


def _number_column(
    given: pd.Series, rule: ColumnRule, column: Column, *, report: ImportReport, table: str, source: str
) -> pd.Series:
    wanted = column.unit or "1"
    numbers = parse_quantities(given.to_numpy(dtype=object), default=rule.unit or wanted, wanted=wanted)
    if column.kind == "number":
        return pd.Series(numbers, index=given.index)
    # Half a storey is no storey to flee to, and a year has no fraction: downwards is the careful way.
    whole = np.floor(numbers)
    changed = int(np.sum(np.isfinite(numbers) & (whole != numbers)))
    report.repaired(table, "{column}: fraction dropped", changed, source=source, values={"column": column.name})
    return pd.Series(whole, index=given.index).astype("Float64").mask(np.isnan(whole)).astype("Int64")


def _texts(values: pd.Series) -> pd.Series:
    """`_text` of each value, each different one once."""
    words: dict[Any, str] = {}
    made = []
    for value in values:
        key = (type(value), value)
        text = words.get(key)
        if text is None:
            text = words.setdefault(key, _text(value)) if len(words) < WORDS_KEPT else _text(value)
        made.append(text)
    return pd.Series(made, index=values.index, dtype="object")


def _text(value: object) -> str:
    """As a person would write it: 12.0 is "12", missing is ""."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < 2**53:
        return str(int(value))
    return str(value).strip()
