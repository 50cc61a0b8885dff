"""Streaming CityGML: one city object at a time, forgotten as soon as it is used; hostile or broken XML is refused."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from geodata.errors import InputError
from geodata.readers.plateau.namespaces import citygml_version, iur_version, local_name, namespace

HEAD_BYTES = 1 << 16
SRS_BYTES = 1 << 20
# UTF-7 and EBCDIC could hide a DOCTYPE from the look at the head; nobody writes CityGML in them.
_ENCODINGS = frozenset(
    codecs.lookup(name).name for name in ("utf-8", "ascii", "utf-16", "shift_jis", "cp932", "euc_jp", "iso8859-1", "cp1252")
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][^\s/>]*)([^>]*)>", re.DOTALL)
_XMLNS = re.compile(r"xmlns(?::([^\s=]+))?\s*=\s*[\"']([^\"']*)[\"']")
_ENCODING = re.compile(r"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)[\"']")
_SRS_NAME = re.compile(r"srsName\s*=\s*[\"']([^\"']+)[\"']")
_SRS_DIMENSION = re.compile(r"srsDimension\s*=\s*[\"']([23])[\"']")
_MEMBERS = ("cityObjectMember", "featureMember")


@dataclass(frozen=True)
class Header:
    """What the first bytes of a CityGML file say.

    Parameters
    ----------
    citygml, iur
        Versions ("2.0", "3.1"); ``iur`` is "" where no i-UR is declared.
    srs_names
        Every srsName met in the first megabyte, in order, without repeats.
    dimension
        The first srsDimension, or None.
    """

    citygml: str
    iur: str
    srs_names: tuple[str, ...]
    dimension: int | None


def _decoded(head: bytes, path: Path) -> str:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, errors="ignore")
    text = head.decode("latin-1")
    declared = _ENCODING.match(text)
    if declared is None:
        return text
    try:
        known = codecs.lookup(declared.group(1)).name in _ENCODINGS
    except (LookupError, ValueError):  # ValueError: a null character in the name
        known = False
    if not known:
        raise InputError(
            "{path} declares the encoding {encoding}, which is not read; save it as UTF-8.",
            path=str(path),
            encoding=declared.group(1),
        )
    return text


def read_header(path: Path) -> Header | None:
    """Look at the head of a file without parsing it; None when its root is no CityModel of CityGML.

    Raises
    ------
    InputError
        For a CityGML file that is empty, carries a DOCTYPE (entity attacks hide there) or an unreadable encoding.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(SRS_BYTES)
    except OSError as problem:
        raise InputError("{path} cannot be read ({reason}); check the path and its permissions.", path=str(path),
                         reason=problem.strerror or str(problem)) from None  # fmt: skip
    text = _decoded(start[:HEAD_BYTES], path)
    bare = _COMMENT.sub("", text)
    root = _ROOT.search(bare)
    if "<!DOCTYPE" in bare[: root.start() if root else None] or "<!ENTITY" in bare[: root.start() if root else None]:
        raise InputError("{path} carries a DOCTYPE, in which entity attacks hide; CityGML has none: remove it.", path=str(path))
    if root is None:
        return None
    prefix, _, name = root.group(1).rpartition(":")
    declared: dict[str | None, str] = {found.group(1): found.group(2) for found in _XMLNS.finditer(root.group(2))}
    version = citygml_version(declared.get(prefix or None, ""))
    if name != "CityModel" or version is None:
        return None
    wide = start.decode("latin-1")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        wide = start.decode("utf-16", errors="ignore")
    dimension = _SRS_DIMENSION.search(wide)
    names = tuple(dict.fromkeys(_SRS_NAME.findall(wide)))
    return Header(version, iur_version(declared), names, int(dimension.group(1)) if dimension else None)


def features(path: Path, *, drains: Mapping[str, Callable[[etree._Element], None]] | None = None) -> Iterator[etree._Element]:
    """Yield every top-level city object of a file; it is emptied when the next one is asked for.

    Parameters
    ----------
    path
        A CityGML file.
    drains
        By local name of a city object: what takes each of its ``Polygon``, ``Triangle`` and ``MultiPoint`` elements as soon
        as it is complete. The element is forgotten afterwards, so that one object of a million triangles stays small.

    Raises
    ------
    InputError
        When the XML is malformed or cut off (file and line are named), or carries a DOCTYPE.
    """
    drains = drains or {}
    tags = [f"{{*}}{name}" for name in (*_MEMBERS, "appearanceMember", "target")]
    if drains:
        tags += ["{*}Polygon", "{*}Triangle", "{*}MultiPoint"]
    drain: Callable[[etree._Element], None] | None = None
    known = False  # whether the city object around the current polygon has been looked up
    try:
        with path.open("rb") as stream:
            # huge_tree lifts libxml2's 10 MB limit of a text node, which real posLists pass; entities cannot occur.
            events: Any = etree.iterparse(stream, events=("end",), tag=tags, huge_tree=True, resolve_entities=False,
                                          load_dtd=False, no_network=True, remove_comments=True, remove_pis=True)  # fmt: skip
            for _, element in events:
                name = local_name(element.tag)
                if name in _MEMBERS:
                    if element.getroottree().docinfo.internalDTD is not None:
                        raise InputError("{path} carries a DOCTYPE, in which entity attacks hide; CityGML has none: remove it.",
                                         path=str(path))  # fmt: skip
                    yield from element
                    _forget(element)
                    known, drain = False, None
                elif name in {"appearanceMember", "target"}:
                    _forget(element)
                else:
                    if not known:
                        known, drain = True, drains.get(_owner(element))
                    if drain is not None:
                        drain(element)
                        _forget(_carrier(element))
    except etree.XMLSyntaxError as problem:
        raise InputError(
            "{path} is broken or cut off at line {line} ({reason}); download or export it again.",
            path=str(path),
            line=problem.lineno,
            reason=str(problem.msg).split(", line")[0],
        ) from None
    except OSError as problem:
        raise InputError("{path} cannot be read ({reason}); check the path and its permissions.", path=str(path),
                         reason=problem.strerror or str(problem)) from None  # fmt: skip


def _forget(element: etree._Element) -> None:
    """Empty an element and drop its elder siblings of the same kind, which are done with."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is None:
        return
    elder = element.getprevious()
    while elder is not None and elder.tag == element.tag:
        parent.remove(elder)
        elder = element.getprevious()


def _owner(element: etree._Element) -> str:
    """Local name of the top-level city object around an element."""
    for ancestor in element.iterancestors():
        parent = ancestor.getparent()
        if parent is not None and local_name(parent.tag) in _MEMBERS:
            return local_name(ancestor.tag)
    return ""


def _carrier(element: etree._Element) -> etree._Element:
    """The element to forget with a polygon: the surfaceMember around it, or itself."""
    parent = element.getparent()
    return parent if parent is not None and local_name(parent.tag) == "surfaceMember" else element


def is_gml(element: etree._Element) -> bool:
    """Whether an element belongs to GML 3.1 or 3.2."""
    return namespace(element.tag).startswith("http://www.opengis.net/gml")
