"""Names in CityGML 2 and 3, GML 3.1 and 3.2 and every i-UR: told apart by local name, because only their prefixes move."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
GML_IDS = ("{http://www.opengis.net/gml}id", "{http://www.opengis.net/gml/3.2}id")
CITY_MODEL = re.compile(
    r"^http://www\.opengis\.net/citygml/([123]\.\d)$|^http://www\.opengis\.net/citygml/profiles/[a-z]+/([12]\.0)$"
)
_IUR = re.compile(r"/iur/(?:uro|urf)/(\d+\.\d+)")


@lru_cache(maxsize=4096)
def local_name(tag: str) -> str:
    """Name of a tag without its namespace.

    Examples
    --------
    >>> local_name("{http://www.opengis.net/citygml/building/2.0}Building")
    'Building'
    """
    return tag.rpartition("}")[2]


@lru_cache(maxsize=4096)
def namespace(tag: str) -> str:
    """Namespace of a tag, "" where it has none."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


@lru_cache(maxsize=4096)
def is_planning(tag: str) -> bool:
    """Whether a tag belongs to the urban planning part (urf) of any i-UR."""
    return "/iur/urf/" in namespace(tag)


def gml_id(element: etree._Element) -> str:
    """The gml:id of an element, GML 3.1 or 3.2, "" where it has none."""
    for name in GML_IDS:
        if (found := element.get(name)) is not None:
            return str(found)
    return ""


def iur_version(namespaces: dict[str | None, str]) -> str:
    """Version of i-UR that a file declares, "" where it declares none.

    Examples
    --------
    >>> iur_version({"uro": "https://www.geospatial.jp/iur/uro/3.1"})
    '3.1'
    """
    versions = sorted(found.group(1) for uri in namespaces.values() if (found := _IUR.search(uri)))
    return versions[-1] if versions else ""


def citygml_version(root_namespace: str) -> str | None:
    """Version of CityGML that a root element's namespace names, or None for anything else.

    Examples
    --------
    >>> citygml_version("http://www.opengis.net/citygml/2.0"), citygml_version("http://www.opengis.net/gml")
    ('2.0', None)
    """
    found = CITY_MODEL.match(root_namespace)
    return (found.group(1) or found.group(2)) if found else None
