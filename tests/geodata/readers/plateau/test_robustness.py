"""Whatever stands in a file, the reader reads it by the contract or refuses it in words."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.readers.plateau import read_plateau
from geodata.report import ImportReport
from geodata.source import SourceTable
from geodata.tables import TABLES

WORD = st.one_of(
    st.sampled_from(["", "NaN", "inf", "-9999", "9999", "0", "0001", "1e400", "２", "2.8（テスト）", "35.0", "139.0"]),
    st.floats().map(repr),
    st.text(
        st.characters(codec="utf-8", exclude_characters="<&\r", exclude_categories=["Cc", "Cs"], max_codepoint=0xFFFD),
        max_size=8,
    ),
)
FIELDS = ("bldg:measuredHeight", "bldg:storeysAboveGround", "bldg:storeysBelowGround", "bldg:yearOfConstruction", "bldg:usage")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(values=[""] * 5, depth="", corners=[(2, ""), (3, "1.7285527532837206e+306")])
@example(values=[""] * 5, depth="", corners=[(3, "9.63586869786786e+297")])
@given(
    values=st.lists(WORD, min_size=5, max_size=5), depth=WORD, corners=st.lists(st.tuples(st.integers(0, 14), WORD), max_size=3)
)
def test_any_words_in_any_field(gml: Any, values: list[str], depth: str, corners: list[tuple[int, str]]) -> None:
    ring = gml.ring(z=3.0).split()
    for place, word in corners:
        ring[place] = word
    inside = "".join(f"<{field}>{value}</{field}>" for field, value in zip(FIELDS, values, strict=True))
    inside += (
        f"<uro:bldgDisasterRiskAttribute><uro:TsunamiRiskAttribute><uro:depth>{depth}</uro:depth></uro:TsunamiRiskAttribute>"
        f"</uro:bldgDisasterRiskAttribute><bldg:lod1Solid>{gml.surface(gml.polygon(' '.join(ring)))}</bldg:lod1Solid>"
    )
    text = gml.model(gml.building(inside, footprint=""), gml.building(identity="good", column=3))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a_bldg_6697_op.gml"
        path.write_text(text, encoding="utf-8")
        for source in read_plateau(path, report=ImportReport()):
            assert isinstance(source, SourceTable)
            contract = TABLES[source.table]
            contract.check(contract.completed(source.frame))
            if source.table == "buildings":
                assert "good" in set(source.frame["id"])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), noise=st.binary(max_size=12))
def test_any_damage_is_an_input_error_or_nothing(gml: Any, cut: float, noise: bytes) -> None:
    data = gml.model(gml.building("<gml:name>公民館</gml:name>")).encode()
    place = int(cut * len(data))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a_bldg_6697_op.gml"
        path.write_bytes(data[:place] + noise + data[place + len(noise) // 2 :])
        with contextlib.suppress(InputError):  # anything else fails the test
            assert read_plateau(path, report=ImportReport())
