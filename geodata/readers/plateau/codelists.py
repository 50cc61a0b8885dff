"""Code lists: from "422" to 文教厚生施設, wherever a data set keeps its lists."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from geodata.readers.plateau.namespaces import local_name
from geodata.readers.plateau.tally import Tally
from geodata.report import ImportReport


class Codelists:
    """Resolves codes by the list their ``codeSpace`` names.

    Paths in ``codeSpace`` are relative to the GML file, but at depths that differ between data sets; a list that is not
    there is looked for by its file name in every ``codelists`` folder up the tree.

    Parameters
    ----------
    folder
        Folder of the GML file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tally = Tally("codelists")
        self._lists: dict[str, dict[str, str] | None] = {}

    def text(self, element: etree._Element) -> str:
        """The text of a code, the code itself where its list is missing (counted), or the text of a plain element."""
        code = (element.text or "").strip()
        space = element.get("codeSpace")
        if space is None or not code:
            return code
        entries = self._entries(space)
        if entries is None:
            self.tally.count("noted", "list {list} is missing: codes kept as they are", values={"list": Path(space).name})
            return code
        if code not in entries:
            self.tally.count("noted", "code not in list {list}: kept as it is", values={"list": Path(space).name}, example=code)
            return code
        return entries[code]

    def lookup(self, code: str, *names: str) -> str:
        """The text of a code in the first of these lists that the data set has; "" where none has it."""
        for name in names:
            entries = self._entries(f"{name}.xml")
            if entries and code in entries:
                return entries[code]
        return ""

    def hand_over(self, report: ImportReport, *, source: str) -> None:
        """Report the lists and codes that could not be resolved."""
        self.tally.hand_over(report, source=source)

    def _entries(self, space: str) -> dict[str, str] | None:
        if space not in self._lists:
            self._lists[space] = next((found for path in self._candidates(space) if (found := _read(path))), None)
        return self._lists[space]

    def _candidates(self, space: str) -> list[Path]:
        name = space.replace("\\", "/").rpartition("/")[2]
        if not name.lower().endswith(".xml"):
            return []
        paths = []
        if "://" not in space:
            told = (self.folder / space).resolve()
            # A codeSpace may lead anywhere on the disk; only folders meant for lists are opened.
            if told.parent.name == "codelists":
                paths.append(told)
        home = self.folder.resolve()
        paths += [parent / "codelists" / name for parent in (home, *home.parents)]
        try:
            return [path for path in paths if path.is_file()]
        except OSError:  # a name too long for the file system
            return []


def _read(path: Path) -> dict[str, str] | None:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True)
    try:
        root = etree.parse(str(path), parser).getroot()
    except (etree.XMLSyntaxError, OSError):
        return None
    entries = {}
    for definition in root.iter("{*}Definition"):
        parts = {local_name(child.tag): (child.text or "").strip() for child in definition}
        code = parts.get("name") or parts.get("identifier", "")
        if code:
            entries[code] = parts.get("description") or code
    return entries or None
