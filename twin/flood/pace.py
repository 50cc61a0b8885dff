"""Chooses the number of threads by what was fast of late."""

from __future__ import annotations

import math

PROBE = 64
"""Every so many rounds the other number of threads is tried; sooner at the beginning, of which the first rounds tell little."""


class Pace:
    """How many threads the next round takes: those that were faster of late.

    Two threads meet after each round; where another process holds one of the processors, the one waits for the other and a
    single thread is faster. The clock decides nothing but this: results are the same bits at any number of threads.

    Parameters
    ----------
    most
        Threads that may be used.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._rates = dict.fromkeys((most, 1), math.inf)  # unknown: to be tried first
        self._rounds = 0

    def threads(self) -> int:
        """Threads for the next round."""
        self._rounds += 1
        rates = self._rates
        better = max(rates, key=rates.__getitem__)
        early = 4 <= self._rounds < PROBE and self._rounds.bit_count() == 1
        return min(rates, key=rates.__getitem__) if early or self._rounds % PROBE == 0 else better

    def note(self, threads: int, updates: int, seconds: float) -> None:
        """What a round took."""
        before, now = self._rates[threads], updates / max(seconds, 1e-9)
        # A slow round may be an accident (a kernel loaded from its cache, a page of memory touched first); a fast one is none.
        self._rates[threads] = now if math.isinf(before) or now > before else before + 0.25 * (now - before)
