"""Work that hangs on other work, done by several threads: each piece as soon as what it waits for is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

_Made = TypeVar("_Made")


def take_turns(waits: Sequence[AbstractSet[int]], act: Callable[[int], _Made], *, threads: int) -> list[_Made]:
    """Do pieces of work, numbered from 0, and give back what came of each.

    Threads gain where the pieces let go of the interpreter, as compiled kernels and the writing of files do. What comes of a
    piece must not hang on when it is done.

    Parameters
    ----------
    waits
        Of each piece: numbers of those that must be done before; smaller numbers only.
    act
        Does a piece.
    threads
        At most so many at once; 1 = in the order of the numbers.

    Raises
    ------
    BaseException
        What ``act`` raises first; nothing new is begun then, and what is being done is waited for.

    Examples
    --------
    >>> made = {}
    >>> take_turns([set(), {0}, {0}, {1, 2}], lambda piece: made.setdefault(piece, len(made)) in (0, 1, 2, 3), threads=2)
    [True, True, True, True]
    >>> made[0], made[3]
    (0, 3)
    """
    turns = _Turns(waits, act)
    others = min(threads, len(waits)) - 1
    if others <= 0:
        turns.work()
    else:
        with ThreadPoolExecutor(others, thread_name_prefix="turns") as crew:
            for _ in range(others):
                crew.submit(turns.work)
            turns.work()
    if turns.failure is not None:
        raise turns.failure
    return [turns.made[piece] for piece in range(len(waits))]


class _Turns(Generic[_Made]):
    def __init__(self, waits: Sequence[AbstractSet[int]], act: Callable[[int], _Made]) -> None:
        self._waits, self._act = waits, act
        self._left = list(range(len(waits)))
        self._changed = threading.Condition()
        self.made: dict[int, _Made] = {}
        self.failure: BaseException | None = None

    def work(self) -> None:
        """Do one piece after the other until none is left or one has failed."""
        while (piece := self._next()) is not None:
            try:
                made = self._act(piece)
            except BaseException as error:  # noqa: BLE001 -- raised by whoever asked for the work
                with self._changed:
                    self.failure = self.failure or error
                    self._changed.notify_all()
                return
            with self._changed:
                self.made[piece] = made
                self._changed.notify_all()

    def _next(self) -> int | None:
        with self._changed:
            while self._left and self.failure is None:
                for piece in self._left:
                    if self._waits[piece] <= self.made.keys():
                        self._left.remove(piece)
                        return piece
                self._changed.wait()
            return None
