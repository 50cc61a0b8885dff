"""Faults that pydantic finds in what a person wrote, as phrases that can be said in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from geodata.phrase import Phrase, phrase

LONGEST_SHOWN = 40
FAULTS = {
    "missing": "Field required",
    "extra_forbidden": "Extra inputs are not permitted",
    "greater_than": "Input should be greater than {gt}",
    "greater_than_equal": "Input should be greater than or equal to {ge}",
    "less_than": "Input should be less than {lt}",
    "less_than_equal": "Input should be less than or equal to {le}",
    "finite_number": "Input should be a finite number",
    "float_type": "Input should be a valid number",
    "float_parsing": "Input should be a valid number",
    "int_type": "Input should be a whole number",
    "int_parsing": "Input should be a whole number",
    "int_from_float": "Input should be a whole number",
    "bool_type": "Input should be true or false",
    "bool_parsing": "Input should be true or false",
    "string_type": "Input should be a text",
    "string_too_short": "Give a text of at least {min_length} letters",
    "string_too_long": "Give a text of at most {max_length} letters",
    "tuple_type": "Input should be a list",
    "list_type": "Input should be a list",
    "dict_type": "Input should be settings by their names",
    "model_type": "Input should be settings by their names",
    "model_attributes_type": "Input should be settings by their names",
    "too_short": "Give at least {min_length} entries, not {actual_length}",
    "too_long": "Give at most {max_length} entries, not {actual_length}",
    "literal_error": "Input should be {expected}",
    "union_tag_invalid": "{tag} is not known here; give one of {expected_tags}",
    "union_tag_not_found": "Say by {discriminator} what it is",
    "timezone_aware": "Input should be a date and time with its offset from UTC, such as +09:00",
    "datetime_type": "Input should be a date and time",
    "datetime_parsing": "Input should be a date and time",
    "datetime_from_date_parsing": "Input should be a date and time",
}
"""What pydantic's kinds of faults are called here; others are told in its own words."""


class FaultError(ValueError):
    """A rule of ours that a value breaks, raised where pydantic checks: a template and its values, as in `geodata.errors`.

    Examples
    --------
    >>> str(FaultError("step is {step} s; give at least 1 s", step=0))
    'step is 0 s; give at least 1 s'
    """

    def __init__(self, template: str, **values: object) -> None:
        self.phrase = Phrase(template, values)
        super().__init__(str(self.phrase))


def faults_of(error: ValidationError, *, whole: str) -> tuple[Phrase, ...]:
    """Every fault with its place, in the order in which they were found.

    Parameters
    ----------
    error
        What pydantic raised.
    whole
        What a fault of everything is a fault of.

    Examples
    --------
    >>> from pydantic import TypeAdapter
    >>> try:
    ...     TypeAdapter(dict[str, float]).validate_python({"depth": "deep"})
    ... except ValidationError as error:
    ...     [str(fault) for fault in faults_of(error, whole="well")]
    ['depth: Input should be a valid number, not deep']
    """
    found = error.errors(include_url=False)
    return tuple(_with_place(fault, whole) for fault in found if not _follows(fault, found))


def fault_of(fault: Mapping[str, Any]) -> Phrase:
    """What is wrong, without its place."""
    raised = fault.get("ctx", {}).get("error")
    if isinstance(raised, FaultError):
        return raised.phrase
    known = FAULTS.get(fault["type"])
    if known is None:
        return Phrase(str(fault["msg"]).removeprefix("Value error, "))
    return Phrase(known, {name: _plain(value) for name, value in fault.get("ctx", {}).items() if f"{{{name}}}" in known})


def _plain(value: object) -> object:
    """Whole numbers without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _with_place(fault: Mapping[str, Any], whole: str) -> Phrase:
    place, what, given = ".".join(str(part) for part in fault["loc"]) or whole, fault_of(fault), fault["input"]
    told = what.template.startswith("Input should") and isinstance(given, int | float | str)
    if told and len(str(given)) <= LONGEST_SHOWN:
        return phrase("{place}: {what}, not {given}", place=place, what=what, given=str(given))
    return phrase("{place}: {what}", place=place, what=what)


def _follows(fault: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list counts as too short only because one of its members is at fault."""
    size = len(fault["loc"])
    return fault["type"] == "too_short" and any(
        len(other["loc"]) > size and other["loc"][:size] == fault["loc"] for other in found
    )
