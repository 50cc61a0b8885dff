"""The look of the pages around the map: compact, calm, printable, and served from here alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw


@cache
def sheet() -> str:
    """The style sheet, ready for ``st.html``."""
    return f"<style>{(Path(__file__).parent / 'style.css').read_text(encoding='utf-8')}</style>"


@cache
def icon() -> Image.Image:
    """The page's icon: a house in water. Drawn here, since Streamlit fetches named icons from another host."""
    image = Image.new("RGBA", (64, 64))
    draw = ImageDraw.Draw(image)
    draw.polygon([(8, 34), (32, 10), (56, 34)], fill="#1d2327")
    draw.rectangle([15, 32, 49, 54], fill="#1d2327")
    draw.rectangle([4, 44, 60, 60], fill="#0b5e8a")
    return image
