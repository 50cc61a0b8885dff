"""A piece of a sentence that is put into the reader's language by itself: a template and its values, within another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Phrase:
    """A text that fills a placeholder of another one.

    Parameters
    ----------
    template
        English with named ``{placeholders}``; the key under which a translation is looked up.
    values
        What the placeholders stand for; phrases again, where these are to be translated, too.

    Examples
    --------
    >>> f"The table wells has 1 fault: {phrase('columns {names} are absent', names='depth')}."
    'The table wells has 1 fault: columns depth are absent.'
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """The phrase in English."""
        return self.template.format(**self.values) if self.values else self.template


@dataclass(frozen=True)
class Phrases:
    """Several of them, listed one after the other.

    Examples
    --------
    >>> str(Phrases((phrase("not empty"), phrase("finite"))))
    'not empty; finite'
    """

    parts: tuple[Phrase, ...]

    def __str__(self) -> str:
        """The list in English."""
        return "; ".join(map(str, self.parts))


def phrase(template: str, **values: object) -> Phrase:
    """A phrase with its values by name."""
    return Phrase(template, values)


def listed(parts: Iterable[Phrase]) -> Phrases:
    """Phrases as one value of a sentence."""
    return Phrases(tuple(parts))
