"""One piece of work that somebody asked for, as it stands at a moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from geodata.errors import CityTwinError
from geodata.phrase import Phrase
from twin.duration import Span

Status = Literal["queued", "running", "done", "failed", "cancelled", "stale"]
UNFINISHED: tuple[Status, ...] = ("queued", "running")
WITHIN = "within"
"""Name of the value of a message that tells how much of the step that is being taken is done, 0–1."""
LARGEST_PAYLOAD = 1 << 20  # bytes: a payload names files, it does not carry arrays


@dataclass(frozen=True)
class Message:
    """A sentence template, which is a translation key, and its values.

    Examples
    --------
    >>> Message("step {done} of {total}", {"done": 3, "total": 24}).text
    'step 3 of 24'
    """

    template: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.values) if self.values else self.template

    @property
    def plain(self) -> dict[str, Any]:
        """The message as plain values; durations and phrases stay such, so that any language can tell them."""
        return {"template": self.template, "values": {name: _plain(value) for name, value in self.values.items()}}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """What `plain` wrote.

        Examples
        --------
        >>> Message.read(Message("from {start}", {"start": Span(4800)}).plain).text
        'from 1 h 20 min'
        """
        return cls(plain["template"], {name: _read(value) for name, value in plain["values"].items()})


def _plain(value: object) -> object:
    if isinstance(value, Span):
        return {"seconds": value.seconds}
    return {"phrase": value.template} if isinstance(value, Phrase) else value


def _read(value: object) -> object:
    if isinstance(value, dict) and "seconds" in value:
        return Span(value["seconds"])
    return Phrase(value["phrase"]) if isinstance(value, dict) and "phrase" in value else value


@dataclass(frozen=True)
class Job:
    """A job record as it was read; it does not follow what happens afterwards.

    Parameters
    ----------
    id
        Name of the job.
    key
        Digest of kind and payload: equal requests have equal keys and join one job.
    owner
        Who asked first.
    kind, payload
        What to do: plain values, files by their paths.
    status
        "queued", "running", "done", "failed", "cancelled"; "stale" = done once, but its result is no longer there.
    done, total
        Progress in steps; ``total`` is 0 until it is known.
    message
        What is being done.
    cancel_requested
        The worker has been told to stop and has not yet.
    attempt
        How many times it was begun; a worker of an earlier attempt has nothing more to say.
    error
        Why it failed.
    result
        What came of it: plain values.
    created, started, finished, heartbeat
        UTC; the heartbeat is the last sign of life of whoever has it in hand.
    """

    id: str
    key: str
    owner: str
    kind: str
    payload: Mapping[str, Any]
    status: Status
    done: int
    total: int
    message: Message
    cancel_requested: bool
    attempt: int
    error: Message | None
    result: Any
    created: datetime
    started: datetime | None
    finished: datetime | None
    heartbeat: datetime

    @property
    def unfinished(self) -> bool:
        """Whether there is still something to wait for."""
        return self.status in UNFINISHED

    @property
    def share(self) -> float | None:
        """Progress, 0–1, that within a step included; None until the total is known."""
        within = self.message.values.get(WITHIN, 0.0)
        return min((self.done + within) / self.total, 1.0) if self.total > 0 else None


def key_of(kind: str, payload: Mapping[str, Any]) -> str:
    """Name of a request by what is asked.

    Raises
    ------
    CityTwinError
        When the payload is not made of plain values, or is large.

    Examples
    --------
    >>> key_of("simulate", {"city": "/c", "steps": 3}) == key_of("simulate", {"steps": 3, "city": "/c"})
    True
    """
    text = check_plain("request", [kind, payload])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def check_plain(what: str, value: Any) -> str:
    """Plain values as text in one spelling.

    Raises
    ------
    CityTwinError
        When they are not plain, or large.
    """
    try:
        text = json.dumps(value, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise CityTwinError(
            "The {what} of a job holds something else than plain values ({reason}); pass the path of a file instead.",
            what=what,
            reason=str(error),
        ) from error
    if len(text) > LARGEST_PAYLOAD:
        raise CityTwinError(
            "The {what} of a job takes {size} bytes, more than {limit}; pass the path of a file instead.",
            what=what,
            size=len(text),
            limit=LARGEST_PAYLOAD,
        )
    return text
