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
    # Without the stop of a sentence: faults are listed within one.
    try:
        seconds = seconds_of(value)
    except InputError:
        raise FaultError('{value} is not a duration; write seconds or for example "1 h 20 min"', value=str(value)) from None
    if seconds > LONGEST:
        raise FaultError("{value} is longer than {days} days, which is the longest", value=str(value), days=LONGEST // DAY)
    return seconds


DAY = 86400
LONGEST = 31 * DAY
Seconds = Annotated[
    int,
    BeforeValidator(_seconds, json_schema_input_type=int | str),
    Field(ge=0, le=LONGEST, description='Seconds, or a text such as "1 h 20 min".'),
]
