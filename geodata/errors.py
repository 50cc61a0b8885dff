"""Errors that a person can act on: the fact with its value, then the remedy, in one sentence.

The template is kept apart from its values, so that a page can show the same error in the reader's language.
"""

from __future__ import annotations

from geodata.phrase import Phrase


class CityTwinError(Exception):
    """Base of every error this project raises on purpose.

    Parameters
    ----------
    template
        One sentence with named ``{placeholders}``: the fact with its value, then the remedy. It is the key under which
        a translation is looked up, so it holds no values itself.
    **values
        What the placeholders stand for.

    Examples
    --------
    >>> str(CityTwinError("{path} is empty; give a file that holds at least one building.", path="town.gpkg"))
    'town.gpkg is empty; give a file that holds at least one building.'
    """

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template.format(**values) if values else template)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the trip between processes with template and values intact."""
        return (_rebuild, (type(self), self.template, self.values))


def _rebuild(kind: type[CityTwinError], template: str, values: dict[str, object]) -> CityTwinError:
    return kind(template, **values)


class InputError(CityTwinError):
    """Something a person gave cannot be used: a file, a table, a scenario, an option."""


class ContractError(InputError):
    """A table breaks its contract; ``faults`` lists every fault found, not only the first."""

    def __init__(self, template: str, *, faults: tuple[Phrase, ...] = (), **values: object) -> None:
        self.faults = faults
        super().__init__(template, **values)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the faults too."""
        return (_rebuild_contract, (self.template, self.faults, self.values))


def _rebuild_contract(template: str, faults: tuple[Phrase, ...], values: dict[str, object]) -> ContractError:
    return ContractError(template, faults=faults, **values)
