"""Every text that a person may read is in both languages, and says the same things."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import geopandas
import pytest
from shapely import Point

import layers.flood_scales
import layers.mobility_scales
import layers.scales
import twin.mobility.variables
import twin.variables
from geodata.errors import ContractError, InputError
from geodata.phrase import listed, phrase
from geodata.tables import TABLES
from layers.card import label_of
from layers.ground import GROUND_CLASSES
from layers.language import Language
from layers.map_component import TEXTS
from layers.themes import BUILDING_THEMES, GROUP_LABELS, ROAD_THEMES, WATER_THEMES
from twin.duration import Span
from twin.questions_compared import what_differs
from twin.scenario import Scenario, load_scenario
from twin.scenario.edit import changed
from twin.variable import Variable

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


def test_what_the_map_shows_is_in_the_catalogue():
    """The collector reads the source; this asks the objects themselves."""
    modules = (layers.scales, layers.flood_scales, layers.mobility_scales)
    scales = [scale for module in modules for scale in vars(module).values() if isinstance(scale, layers.scales.Scale)]
    shown = {text for scale in scales for text in (scale.title, scale.note, *(entry.label for entry in scale.legend().entries))}
    shown |= (
        {entry.label for entry in GROUND_CLASSES}
        | set(TEXTS)
        | {t.title for t in (*BUILDING_THEMES, *WATER_THEMES, *ROAD_THEMES)}
        | set(GROUP_LABELS.values())
    )
    declared = {**vars(twin.variables), **vars(twin.mobility.variables)}.values()
    shown |= {code for variable in declared if isinstance(variable, Variable) for code in variable.codes.values()}
    shown |= {label_of(column.name) for table in TABLES.values() for column in table.columns}
    known = catalogue.existing()
    assert [text for text in sorted(shown) if text and not known.get(text)] == []


def test_every_sentence_of_the_component_is_handed_to_it():
    modules = (Path(layers.scales.__file__).parent / "component").glob("*.js")
    used = {text for module in modules for text in re.findall(r'text\["([^"]+)"\]', module.read_text(encoding="utf-8"))}
    assert used
    assert used <= set(TEXTS)


def test_a_reason_within_a_sentence_is_translated_and_a_name_is_not():
    japanese = Language("ja")
    assert japanese.text("polygon left out: {reason}", reason="polygon without an area") == "ポリゴンを除外：面積のないポリゴン"
    assert "water" in japanese.text("{path} has no column {absent}; it has {present}.", path="a", absent="water", present="b")


def test_option_names_and_files_survive_translation():
    lost = [
        (word, m.id)
        for m in catalogue.existing()
        if m.id and m.string
        for word in re.findall(r"--[a-z-]+|`[^`]+`|EPSG:\d+|city\.toml|\w+\.md", m.id)
        if word not in m.string
    ]
    assert lost == []


def test_phrases_within_phrases_are_translated_and_times_told_in_the_language():
    japanese = Language("ja")
    inner = phrase("{place}: {what}", place="rain", what=phrase("Somebody else"))
    assert japanese.text("{a} · {b}", a=Span(5400), b=phrase("the rain")) == "1時間30分 · 雨"
    assert japanese.text("{all}", all=listed([inner, phrase("the rain")])) == "rain：Somebody else；雨"


def test_what_differs_between_questions_is_told_in_japanese_alone():
    one = Scenario.model_validate({"name": "一", "duration": "1 h"})
    measure = {"kind": "flood_barrier", "name": "壁", "line": [[1, 2], [3, 4]], "height": 1.0}
    other = one.model_copy(update={"name": "二", "duration": 5400, "seed": 3})
    walls = [changed(one, measures=[measure]), changed(other, measures=[{**measure, "height": 2.0, "start": 600}])]
    told = [Language("ja").text(note.template, **note.values) for note in what_differs(*walls)]
    assert len(told) == 4
    assert not [sentence for sentence in told if re.search("[a-z]{3}", sentence)], told
    assert any("1時間30分" in sentence for sentence in told)


def test_every_fault_of_a_scenario_is_told_in_japanese():
    with pytest.raises(InputError) as caught:
        load_scenario("{name: 洪水, duration: 1 h, step: 0, water: {source: engine, roughness: 9, alpha: much}}")
    words = Language("ja").error(caught.value)
    assert not re.search(r"[A-Za-z]{3,} [a-z]{2,}", words.replace("water.engine", "")), words


def test_what_a_table_breaks_is_told_in_japanese():
    contract = TABLES["sensors"]
    frame = contract.completed(geopandas.GeoDataFrame({"id": ["s", "s"]}, geometry=[Point(0, 0), Point(1, 1)], crs="EPSG:6677"))
    with pytest.raises(ContractError) as caught:
        contract.check(frame)
    words = Language("ja").error(caught.value)
    assert "must be" not in words
    assert "fault" not in words
