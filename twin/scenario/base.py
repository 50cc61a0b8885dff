"""What every part of a scenario is: frozen, hashable, strict about unknown keys."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from geodata.errors import InputError
from geodata.faults import FaultError
from twin.duration import seconds_of


class Part(BaseModel):
    """A frozen part of a scenario; a key it does not know is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _seconds(value: Any) -> int:
    try:
        return seconds_of(value)
    except InputError as error:
        raise FaultError(error.template, **error.values) from None


Seconds = Annotated[
    int,
    BeforeValidator(_seconds, json_schema_input_type=int | str),
    Field(ge=0, le=31 * 86400, description='Seconds, or a text such as "1 h 20 min".'),
]
