# ruff: noqa: E501  (XML is easier to read in one piece)
"""Code lists: found at any depth, missing ones reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

USAGE = '<bldg:usage codeSpace="{space}">422</bldg:usage>'


def usage_of(gml: Any, space: str, place: str = "udx/bldg/53394525_bldg_6697_op.gml") -> tuple[str, Any]:
    reading = gml.read(gml.write(gml.model(gml.building(USAGE.format(space=space))), place))
    return reading.frame("buildings")["usage"].iloc[0], reading


@pytest.mark.parametrize("space", ["../../codelists/Building_usage.xml", "../codelists/Building_usage.xml", "codelists/Building_usage.xml",
                                   "../../../../codelists/Building_usage.xml", "Building_usage.xml", "..\\..\\codelists\\Building_usage.xml",
                                   "https://example.invalid/codelists/Building_usage.xml"])  # fmt: skip
def test_lists_are_found_whatever_the_depth(gml: Any, space: str) -> None:
    gml.codelist("Building_usage", {"422": "文教厚生施設"})
    assert usage_of(gml, space)[0] == "文教厚生施設"
    assert usage_of(gml, space, "udx/fld/natl/kawabe/53394525_bldg_6697_op.gml")[0] == "文教厚生施設"


def test_a_missing_list_keeps_the_code(gml: Any) -> None:
    words, reading = usage_of(gml, "../../codelists/Nowhere.xml")
    assert words == "422"
    assert reading.said("noted", "list Nowhere.xml is missing") == 1


def test_a_missing_code_keeps_the_code(gml: Any) -> None:
    gml.codelist("Building_usage", {"401": "業務施設"})
    words, reading = usage_of(gml, "../../codelists/Building_usage.xml")
    assert words == "422"
    assert reading.said("noted", "code not in list") == 1


def test_a_broken_list_is_a_missing_one(gml: Any) -> None:
    gml.write("<gml:Dictionary", "codelists/Building_usage.xml")
    assert usage_of(gml, "../../codelists/Building_usage.xml")[0] == "422"


def test_a_code_space_opens_no_file_outside_a_folder_of_lists(gml: Any, tmp_path: Path) -> None:
    gml.codelist("secret", {"422": "SECRET"}, folder="private")
    assert usage_of(gml, "../../private/secret.xml")[0] == "422"
