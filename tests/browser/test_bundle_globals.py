"""Every global that the component takes from the deck.gl bundle is there, in the version it was written for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from layers.routes import bundle_path
from tests.layers.test_bundle import DECK_VERSION, LUMA_VERSION, used

pytestmark = pytest.mark.browser


def test_every_global_the_component_uses_is_in_the_bundle(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<html></html>")
    page.add_script_tag(path=bundle_path())
    assert page.evaluate("[deck.VERSION, luma.VERSION]") == [DECK_VERSION, LUMA_VERSION]
    assert page.evaluate("(names) => names.filter((name) => !(name in deck))", sorted(used("D"))) == []
    assert page.evaluate("(names) => names.filter((name) => !(name in luma))", sorted(used("luma"))) == []
    page.close()
