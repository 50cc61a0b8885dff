"""The deck.gl bundle of the pydeck wheel has what the component uses, in the version it was written for."""

from __future__ import annotations

import re
from pathlib import Path

from layers.routes import bundle_path, component_files

DECK_VERSION, LUMA_VERSION = "9.3.6", "9.3.3"


def used(prefix: str) -> set[str]:
    """Names that the component's modules take from the bundle."""
    text = "\n".join(content.decode() for name, content in component_files().items() if name.endswith(".js"))
    return set(re.findall(rf"\b{prefix}\.([A-Za-z]\w*)", text))


def test_the_component_uses_something() -> None:
    assert {"CompositeLayer", "Layer", "IconLayer", "TextLayer", "LayerExtension"} <= used("D")
    assert used("luma") == {"Buffer", "Geometry", "Model"}


def test_bundle_names_its_versions() -> None:
    text = bundle_path().read_text(encoding="utf-8")
    assert f'"{DECK_VERSION}"' in text
    assert f'"{LUMA_VERSION}"' in text
    assert Path(bundle_path()).stat().st_size > 1_000_000
