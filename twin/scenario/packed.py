"""A scenario small enough for a link: its YAML, compressed, in letters that an address may hold. Nothing in it is run."""

from __future__ import annotations

import base64
import binascii
import zlib

from geodata.errors import InputError
from twin.scenario.scenario import Scenario, load_scenario

MOST_LETTERS = 6_000
"""Browsers and mail programs cut longer addresses off."""
_MOST_BYTES = 1_000_000


def packed(scenario: Scenario) -> str | None:
    """The scenario as letters, digits, "-" and "_"; None when it is too large for a link: give the file instead.

    Examples
    --------
    >>> dry = Scenario.model_validate({"name": "dry day", "duration": "1 h"})
    >>> unpacked(packed(dry)) == dry
    True
    """
    made = base64.urlsafe_b64encode(zlib.compress(scenario.to_yaml().encode(), 9)).decode().rstrip("=")
    return made if len(made) <= MOST_LETTERS else None


def unpacked(letters: str) -> Scenario:
    """The scenario of a link.

    Raises
    ------
    InputError
        When the letters were cut off or changed, or what they hold is no scenario.
    """
    if len(letters) > MOST_LETTERS:
        raise InputError(
            "The scenario in the link is {count} letters long, more than {most}; ask for its file instead.",
            count=len(letters), most=MOST_LETTERS,
        )  # fmt: skip
    try:
        content = base64.b64decode(letters.encode("ascii") + b"=" * (-len(letters) % 4), altchars=b"-_", validate=True)
        stream = zlib.decompressobj()
        text = stream.decompress(content, _MOST_BYTES).decode()
        whole = stream.eof and not stream.unused_data
    except (binascii.Error, ValueError, zlib.error):
        whole, text = False, ""
    if not whole:
        raise InputError("The scenario in the link was cut off or changed; ask for the link again.")
    return load_scenario(text)
