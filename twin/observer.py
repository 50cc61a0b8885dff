"""Those who watch a run: they see every state and can change none."""

from __future__ import annotations

from typing import Protocol

from twin.state import State


class Observer(Protocol):
    """Sees every state of a run in order. Raising stops the run: that is how a budget check fails one."""

    def see(self, state: State) -> None:
        """Look at a state; its fields are read-only."""
