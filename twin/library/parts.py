"""A scenario taken apart into its event (the water and the times) and its plan (the measures), and put together again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from geodata.errors import InputError
from geodata.faults import fault_of
from twin.scenario import Scenario

NAMES = ("name", "description")
PLAN = ("measures",)


def parts_of(scenario: Scenario) -> tuple[dict[str, Any], dict[str, Any]]:
    """Event and plan as plain values, what is left to defaults left out.

    Examples
    --------
    >>> asked = Scenario.model_validate({"name": "dry day", "duration": 3600})
    >>> parts_of(asked)
    ({'duration': 3600}, {})
    """
    plain = scenario.model_dump(mode="json", exclude_defaults=True)
    plan = {name: plain[name] for name in PLAN if name in plain}
    event = {name: value for name, value in plain.items() if name not in (*PLAN, *NAMES)}
    return event, plan


def joined(event: Mapping[str, Any], plan: Mapping[str, Any], *, name: str, description: str = "") -> Scenario:
    """The scenario of an event and a plan.

    Raises
    ------
    InputError
        When they do not go together: a measure that starts after the event's end.
    """
    try:
        return Scenario.model_validate({**event, **plan, "name": name, "description": description})
    except ValidationError as error:
        raise InputError(
            "This event and this plan do not go together ({reason}); change one of them first.",
            reason=fault_of(error.errors(include_url=False)[0]),
        ) from None


def digest_of(part: Mapping[str, Any]) -> str:
    """Name of a part by its content."""
    text = json.dumps(part, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
