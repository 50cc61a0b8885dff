"""Plain values of city objects: numbers and their sentinels, generic attributes, addresses, leaves."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from lxml import etree

from geodata.readers.plateau.codelists import Codelists
from geodata.readers.plateau.namespaces import is_planning, local_name, namespace

SENTINELS = frozenset({-9999.0, 9999.0, -999.0, 99999.0, -99999.0})
_YEAR = re.compile(r"^-?(\d{4})(?:-\d\d)?(?:-\d\d)?(?:Z|[+-]\d\d:\d\d)?$")


def number(text: str | None) -> float | None:
    """A number, NaN for a sentinel or an empty text, None for a text that is no number.

    Examples
    --------
    >>> number("7.1"), number("-9999"), number("2.8（テスト）")
    (7.1, nan, None)
    """
    text = (text or "").strip()
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return None
    return math.nan if value in SENTINELS or not math.isfinite(value) else value


def year(text: str | None) -> int | None:
    """A year from xs:gYear or xs:date; None where unknown (0001 and 9999 are PLATEAU's sentinels).

    Examples
    --------
    >>> year("1987"), year("0001"), year("2001-04-01")
    (1987, None, 2001)
    """
    found = _YEAR.match((text or "").strip())
    value = int(found.group(1)) if found else 0
    return value if 1000 <= value <= 2100 else None


def generic_attributes(element: etree._Element) -> Iterator[tuple[str, str, str]]:
    """(name, value, unit) of one generic attribute, CityGML 2 (``@name``) or 3 (``gen:name``); sets give each member."""
    name = local_name(element.tag)
    if name == "genericAttributeSet" or name == "GenericAttributeSet":
        for child in element:
            yield from generic_attributes(child)
        return
    if name == "genericAttribute":  # CityGML 3: a property around gen:StringAttribute and the like
        for child in element:
            yield from generic_attributes(child)
        return
    if not name.endswith("Attribute"):
        return
    label, value, unit = element.get("name", ""), "", ""
    for child in element:
        if local_name(child.tag) == "name":
            label = (child.text or "").strip()
        elif local_name(child.tag) == "value":
            value, unit = (child.text or "").strip(), child.get("uom", "")
    yield label, value, unit


def set_name(element: etree._Element) -> str:
    """Name of a generic attribute set, CityGML 2 or 3."""
    if element.get("name"):
        return str(element.get("name"))
    return next((child.text or "" for child in element if local_name(child.tag) == "name"), "").strip()


def is_generic(element: etree._Element) -> bool:
    """Whether an element is a generic attribute or set of any CityGML."""
    return "/generics/" in namespace(element.tag) or local_name(element.tag) == "genericAttribute"


def address(element: etree._Element) -> str:
    """The address in an xAL block: the full text of its localities and thoroughfares, country left out."""
    parts: list[str] = []
    for part in element.iter(
        "{*}LocalityName", "{*}ThoroughfareName", "{*}ThoroughfareNumber", "{*}FreeTextAddress", "{*}Address"
    ):
        text = (part.text or "").strip()
        if text and text not in parts:
            parts.append(text)
    return " ".join(parts)


def leaves(element: etree._Element, codelists: Codelists) -> dict[str, str]:
    """Local name → text of every planning or i-UR leaf below an element, codes resolved; repeats joined with "; "."""
    found: dict[str, str] = {}
    for leaf in element.iter("*"):
        if len(leaf) or not (is_planning(leaf.tag) or "/iur/" in namespace(leaf.tag)):
            continue
        text = codelists.text(leaf)
        if text:
            name = local_name(leaf.tag)
            found[name] = (
                f"{found[name]}; {text}" if name in found and text not in found[name].split("; ") else found.get(name, text)
            )
    return found
