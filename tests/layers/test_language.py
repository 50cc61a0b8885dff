"""Every text that a person may read is in both languages, and says the same things."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from layers.language import Language

SCRIPT = Path(__file__).parents[2] / "docs" / "make_catalogue.py"
spec = importlib.util.spec_from_file_location("make_catalogue", SCRIPT)
assert spec is not None
assert spec.loader is not None
catalogue = importlib.util.module_from_spec(spec)
spec.loader.exec_module(catalogue)


def test_every_text_has_a_japanese_translation():
    known = catalogue.existing()
    missing = [
        f"{place}: {text}" for text, place in catalogue.collected().items() if not (known.get(text) and known.get(text).string)
    ]
    assert not missing, f"{len(missing)} texts lack a translation; run `make catalogue` and translate them:\n" + "\n".join(
        missing[:40]
    )


def test_translations_keep_every_placeholder():
    wrong = [
        m.id
        for m in catalogue.existing()
        if m.id and m.string and catalogue.placeholders(m.string) != catalogue.placeholders(m.id)
    ]
    assert wrong == []


def test_translations_are_japanese():
    """A translation that holds no Japanese letter is a copy, but for names and units."""
    plain = [m.id for m in catalogue.existing() if m.id and m.string and not any(ord(c) > 0x2FFF for c in m.string)]
    assert [text for text in plain if " " in text] == []


@pytest.mark.parametrize(("code", "expected"), [("en", "1 h 20 min"), ("ja", "1時間20分"), ("xx", "1 h 20 min")])
def test_durations(code, expected):
    assert Language(code).duration(4800) == expected


def test_numbers_have_separators():
    assert Language("ja").number(1234567.891, 1) == "1,234,567.9"
    assert Language("en").text("{count} of {total}", count=12345, total=0.5) == "12,345 of 0.5"
