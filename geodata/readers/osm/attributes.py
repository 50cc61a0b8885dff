"""Names, addresses and the rest of an element's tags."""

from __future__ import annotations

import orjson

from geodata.readers.osm.elements import Tags

_JAPANESE = (
    "addr:province",
    "addr:county",
    "addr:city",
    "addr:suburb",
    "addr:quarter",
    "addr:neighbourhood",
    "addr:block_number",
    "addr:housenumber",
)


def name_of(tags: Tags) -> str:
    """The name in the language of the place."""
    return tags.get("name") or tags.get("official_name") or tags.get("name:ja") or tags.get("name:en") or ""


def address_of(tags: Tags) -> str:
    """The postal address that the addr: tags make, "" without any.

    Examples
    --------
    >>> address_of({"addr:street": "Aleksi", "addr:housenumber": "5", "addr:postcode": "00100", "addr:city": "Helsinki"})
    'Aleksi 5, 00100 Helsinki'
    >>> address_of({"addr:city": "大田区", "addr:neighbourhood": "仲六郷4丁目", "addr:block_number": "30"})
    '大田区仲六郷4丁目30'
    """
    if tags.get("addr:full"):
        return tags["addr:full"]
    if "addr:block_number" in tags or "addr:quarter" in tags or "addr:neighbourhood" in tags:
        parts = [tags[key] for key in _JAPANESE if tags.get(key)]
        # Block and house number stand side by side, with a hyphen between them.
        if "addr:block_number" in tags and "addr:housenumber" in tags:
            parts[-2:] = [f"{tags['addr:block_number']}-{tags['addr:housenumber']}"]
        return "".join(parts)
    street = tags.get("addr:street") or tags.get("addr:place") or ""
    first = " ".join(part for part in (street, tags.get("addr:housenumber", "")) if part)
    second = " ".join(part for part in (tags.get("addr:postcode", ""), tags.get("addr:city", "")) if part)
    return ", ".join(part for part in (first, second) if part) if first else ""


def attributes_of(tags: Tags, used: set[str]) -> str:
    """The tags that no column holds, as JSON text: nothing that the source says is lost."""
    rest = {key: value for key, value in tags.items() if key not in used}
    return orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode() if rest else ""
