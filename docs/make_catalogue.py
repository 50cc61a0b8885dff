"""Collect every text that a person may read and bring the Japanese catalogue up to date: ``make catalogue``.

Texts are found where they are written: as the first argument of `Language.text` and `mark`, as templates of errors and of
import reports, as titles and labels of layers, scales and outcomes, and as names of columns and codes.
"""

from __future__ import annotations

import ast
import string
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "layers" / "locale" / "ja" / "LC_MESSAGES" / "city_twin.po"
PACKAGES = ("geodata", "twin", "layers", "pages", "app.py")
REPORT_WORDS = {"defaulted": 1, "repaired": 1, "dropped": 1, "noted": 1}
CALLS = {
    "Note": 0, "note": 0,
    "text": 0, "mark": 0, "translate": 0, "ColourClass": 0, "Scale": 1, "GroundClass": 0, "Legend": 0, "LegendEntry": 0,
    "MapLayer": 1, "Driving": 0, "add": 2, "points_layer": 1, "Fact": 1, "count": 1, "_count": 2, "leave": 1,
    "fail": 1, "_message": 0, "Message": 0, "_grave": 0, "_odd": 0,
    "phrase": 0, "Phrase": 0, **REPORT_WORDS,
}  # fmt: skip
"""Which positional argument of a call is a text."""
PAGES_ONLY = {"text", "Fact"}
"""Calls that mean something else outside of layers and pages."""
PHRASES_ONLY = {"count", "leave", "setdefault", "fail"}
"""Calls that take a text only where it has several words: a list has a method of that name, too."""
DICTIONARIES = {
    "THEMES", "SCALES", "DEED_WORDS", "_GROUP_LABELS", "WATER_REASONS", "OPEN_CODES", "words", "_SERIES", "_OFFICIAL",
    "_SAFE_DETAIL", "BUILDINGS", "FAULTS", "KIND_NAMES", "WATERS", "PARTS", "MEASURE_PARTS",
    "ABOVE", "HAZARD", "SOLVER", "BUILDINGS_ARE", "BEGINNING", "HOLES", "LAW", "NIGHT", "DEMAND", "ZONE",
}  # fmt: skip
NO_TEXTS = {"warning", "plain"}
"""Tones, which stand beside texts in those dictionaries."""
TUPLES = {"TEXTS"}
LAYERS = (
    "elevation", "roughness", "hazard", "terrain", "crest", "river_level", "files", "objects", "city objects", "grid",
    "codelists",
)  # fmt: skip
"""Names of layers that are no tables, as import reports and sources have them."""


def is_error(name: str) -> bool:
    """Whether a callable is one of our errors, whose first argument is a template."""
    return name.endswith("Error") and name not in {
        "ValueError",
        "TypeError",
        "KeyError",
        "OSError",
        "RuntimeError",
        "IndexError",
        "AssertionError",
        "NotImplementedError",
        "ImportError",
    }


def phrases(node: ast.AST) -> list[str]:
    """Every constant of several words below a node: reasons and descriptions that fill a placeholder."""
    found = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return [text for text in found if " " in text and text == text.strip() and text[0].isalnum()]


def constants(node: ast.AST | None) -> list[str]:
    """The texts that an argument may be: a constant, or the branches of a conditional."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    if isinstance(node, ast.Dict):
        return [text for value in node.values for text in constants(value)]
    if isinstance(node, ast.Subscript):
        return constants(node.value)
    return []


class Collector(ast.NodeVisitor):
    """Gathers texts from one module."""

    def __init__(self, of_pages: bool) -> None:
        self.found: dict[str, int] = {}
        self.of_pages = of_pages

    def keep(self, texts: list[str], line: int) -> None:
        """Remember texts that hold at least one letter."""
        for text in texts:
            if any(character.isalpha() for character in text.replace("{", "").replace("}", "")):
                self.found.setdefault(text, line)

    def visit_Call(self, node: ast.Call) -> None:
        """Take the text argument of known calls, and the phrases that fill its placeholders."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = 0 if is_error(name) or name in ("FieldLost", "Cancelled") else CALLS.get(name)
        if name == "add" and not (len(node.args) >= 3 and isinstance(node.func, ast.Attribute)):
            place = 1 if isinstance(node.func, ast.Name) else None
        if name == "__init__" and node.args and any(text.endswith(".") for text in phrases(node.args[0])):
            place = 0  # an error that writes its own sentence
        if name == "setdefault" and "failures" in ast.unparse(node.func):
            place = 0
        for keyword in node.keywords:
            if keyword.arg == "notes":  # of a provenance, shown with the source
                self.keep(phrases(keyword.value), node.lineno)
        if place is not None and len(node.args) > place and (self.of_pages or name not in PAGES_ONLY):
            taken = constants(node.args[place])
            self.keep([text for text in taken if " " in text or name not in PHRASES_ONLY], node.lineno)
            if taken and not self.of_pages:
                for keyword in node.keywords:
                    if keyword.arg not in ("source", "examples", "example"):
                        self.keep(phrases(keyword.value), node.lineno)
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        """Take the sentence of a deed and its sentence."""
        if len(node.elts) >= 2 and any(text in REPORT_WORDS for text in constants(node.elts[0])):
            self.keep([text for text in constants(node.elts[1]) if " " in text], node.lineno)
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        """Take the reason of "nothing, because …"."""
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else []
        if parts and isinstance(parts[0], ast.Constant) and parts[0].value is None:
            self.keep(phrases(parts[-1]), node.lineno)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Take the values of known dictionaries and tuples."""
        self._assigned([getattr(target, "id", "") for target in node.targets], node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """As for a plain assignment."""
        self._assigned([getattr(node.target, "id", "")], node.value)
        self.generic_visit(node)

    def _assigned(self, names: list[str], value: ast.AST | None) -> None:
        if DICTIONARIES & set(names) and (self.of_pages or "words" not in names):
            for part in ast.walk(value) if value is not None else ():
                if isinstance(part, ast.Dict):
                    for text in part.values:
                        self.keep(constants(text), text.lineno)
                if isinstance(part, ast.Tuple):
                    for element in part.elts:
                        self.keep([t for t in constants(element) if t not in NO_TEXTS and "_" not in t], element.lineno)
        elif TUPLES & set(names):
            for node in ast.walk(value) if value is not None else ():
                self.keep(constants(node), getattr(node, "lineno", 0))
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            sentence = value.value  # a template that has a name, since it is raised in several places
            if "{" in sentence and " " in sentence and sentence.endswith("."):
                self.keep([sentence], value.lineno)


def declared_words() -> dict[str, str]:
    """Names of columns, choices and codes, which become labels."""
    from geodata.tables import TABLES
    from geodata.tables.buildings import HAZARDS
    from layers.card import _SINGULAR, label_of
    from twin import variables
    from twin.mobility import variables as mobility_variables
    from twin.outcome import OUTCOMES
    from twin.scenario.presets import official_map
    from twin.variable import Variable

    words: dict[str, str] = {}
    for table in TABLES.values():
        words.setdefault(table.name.replace("_", " ").capitalize(), f"geodata/tables ({table.name})")
        words.setdefault(table.name.replace("_", " "), f"geodata/tables ({table.name})")
        for column in table.columns:
            words.setdefault(label_of(column.name), f"geodata/tables ({table.name})")
            for choice in column.choices:
                words.setdefault(choice.replace("_", " "), f"geodata/tables ({table.name})")
    for word in (*_SINGULAR.values(),):
        words.setdefault(word.capitalize(), "layers/card.py")
    for hazard in HAZARDS:
        words.setdefault(hazard.replace("_", " "), "geodata/tables/buildings.py")
    for layer in LAYERS:
        words.setdefault(layer.replace("_", " ").capitalize(), "geodata")
    for variable in (*vars(variables).values(), *vars(mobility_variables).values()):
        if isinstance(variable, Variable):
            for code in variable.codes.values():
                words.setdefault(code, "twin/variables.py")
    for outcome in OUTCOMES:
        words.setdefault(outcome.meaning, "twin/outcome.py")
    for scale in ("L1", "L2"):
        words.setdefault(official_map(scale).name, "twin/scenario/presets.py")
    ours = ("River 4.5 m above normal", "Still water 3 m above the lowest ground", "Dry day", "Cloudburst, 100 mm in an hour")
    for name in ours:
        words.setdefault(name, "twin/scenario/presets.py")
    return words


def collected() -> dict[str, str]:
    """Every text, and where it stands."""
    texts: dict[str, str] = {}
    for package in PACKAGES:
        place = ROOT / package
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            collector = Collector(of_pages=package in ("layers", "pages", "app.py"))
            collector.visit(ast.parse(path.read_text(encoding="utf-8")))
            for text in collector.found:
                texts.setdefault(text, path.relative_to(ROOT).as_posix())
    for word, origin in declared_words().items():
        texts.setdefault(word, origin)
    return texts


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def existing() -> Catalog:
    """The catalogue as it is."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ja")


def main() -> int:
    """Write the catalogue with every text, keeping translations; say how many are missing."""
    known, made = existing(), Catalog(locale="ja", charset="utf-8")
    missing = 0
    for text, place in sorted(collected().items(), key=lambda item: (item[1], item[0])):
        message = known.get(text)
        translation = message.string if message is not None else ""
        missing += not translation
        made.add(text, translation, locations=[(place, 0)])
    with CATALOGUE.open("wb") as file:
        write_po(file, made, width=0, omit_header=False, sort_output=False, include_lineno=False)
    sys.stdout.write(f"{len(made)} texts, {missing} without a translation: {CATALOGUE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
