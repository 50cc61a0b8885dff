"""Yes and no, as tables write them."""

from __future__ import annotations

import unicodedata

import numpy as np

YES = frozenset({"yes", "y", "true", "t", "1", "on", "ja", "oui", "si", "○", "〇", "◯", "有", "あり", "はい"})
NO = frozenset({"no", "n", "false", "f", "0", "off", "nein", "non", "×", "無", "なし", "いいえ"})


def parse_truth(value: object) -> bool | None:
    """True, False, or None where the value says neither (null, "", "maybe", 2).

    Examples
    --------
    >>> [parse_truth(value) for value in ("YES", "Yes", "NO", 0, None, "", "○", 2)]
    [True, True, False, False, None, None, True, None]
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return {0.0: False, 1.0: True}.get(float(value))
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFKC", value).strip().casefold()
    text = text.removesuffix(".0")
    return True if text in YES else False if text in NO else None
