"""Provenance of a data set: from its JMP metadata where present, else from its folder's name."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from geodata.provenance import Provenance
from geodata.readers.plateau.namespaces import local_name
from geodata.readers.plateau.source_file import SourceFile

ATTRIBUTION = "国土交通省 Project PLATEAU"
SITE_POLICY = "CC BY 4.0 (PLATEAU site policy)"
_FOLDER = re.compile(
    r"(?P<code>\d{5})_(?P<name>[a-z0-9-]+?)(?:_(?:city|pref|town|vill?age?|ku)[a-z]*)?_(?P<year>20\d\d)_citygml_(?P<version>[0-9_]+)"
)
_MENTION = re.compile(r"CC[ -]?BY[ -]?4\.0", re.IGNORECASE)
_THEMED = re.compile(r"^udx_\d+_(?P<year>\d{4})(?:_(?P<theme>[a-z]+))?(?:_op\d*)?\.xml$")


def dataset_folder(path: Path) -> Path:
    """The folder that holds ``udx``, for a file or folder in it; else the folder itself.

    Examples
    --------
    >>> dataset_folder(Path("/data/43206_tamana-shi_city_2024_citygml_2_op/udx/bldg/a.gml")).name
    '43206_tamana-shi_city_2024_citygml_2_op'
    """
    parts = path.parts
    if "udx" in parts:
        return Path(*parts[: parts.index("udx")]) if parts.index("udx") else Path()
    return path if path.suffix == "" else path.parent


def provenance(files: list[SourceFile], given: Path) -> Provenance:
    """Where a table of these files comes from.

    Parameters
    ----------
    files
        The files it was read from.
    given
        What the person named: their words for it stand in ``source``.
    """
    folder = dataset_folder(files[0].path) if files else given
    themes = sorted({file.theme for file in files if file.theme})
    versions = sorted({file.header.iur for file in files if file.header.iur})
    what = f"{given.name}: {', '.join(themes) or 'CityGML'}, {len(files)} file" + ("s" if len(files) != 1 else "")
    what += f" (CityGML {files[0].header.citygml}" + (f", i-UR {', '.join(versions)})" if versions else ")") if files else ""
    told = _metadata(folder, themes)
    named = next((found for part in (folder.name, given.name) if (found := _FOLDER.search(part))), None)
    japanese = bool(versions) or named is not None or told is not None
    if told is None:
        return Provenance(what, licence=SITE_POLICY if japanese else "", attribution=ATTRIBUTION if japanese else "",
                          date=named.group("year") if named else "")  # fmt: skip
    title, date, licence = told
    return Provenance(
        f"{title} ({what})" if title else what, licence=licence or SITE_POLICY, attribution=ATTRIBUTION, date=date
    )


def _metadata(folder: Path, themes: list[str]) -> tuple[str, str, str] | None:
    """(title, date, licence) of the metadata file that fits best: of the theme if there is one, and the newest."""
    best: tuple[tuple[bool, bool, str, str], Path] | None = None
    for path in sorted((folder / "metadata").glob("*.xml")):
        found = _THEMED.match(path.name)
        theme = found.group("theme") if found and found.group("theme") not in {None, "op"} else ""
        rank = (bool(theme) and theme in themes, not theme, found.group("year") if found else "", path.name)
        if best is None or rank > best[0]:
            best = (rank, path)
    if best is None:
        return None
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    try:
        root = etree.parse(str(best[1]), parser).getroot()
    except (etree.XMLSyntaxError, OSError):
        return None
    citation = next(root.iter("{*}citation"), None)
    title = date = ""
    if citation is not None:
        title = next(((leaf.text or "").strip() for leaf in citation.iter("{*}title")), "")
        date = next(((leaf.text or "").strip() for leaf in citation.iter("{*}date") if not len(leaf)), "")
    limits = " ".join((leaf.text or "") for leaf in root.iter("*") if not len(leaf) and isinstance(leaf.tag, str)
                      and local_name(leaf.tag) in {"useLimitation", "otherConstraints"})  # fmt: skip
    return title, date, "CC BY 4.0" if _MENTION.search(limits) else ""
