"""Work in turns: nothing before what it waits for, the same result at any number of threads, faults told once."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.turns import take_turns


@st.composite
def networks(draw):
    count = draw(st.integers(0, 12))
    return [draw(st.sets(st.integers(0, piece - 1), max_size=3)) if piece else set() for piece in range(count)]


@settings(deadline=None)
@given(networks(), st.integers(1, 4))
def test_nothing_is_done_before_what_it_waits_for(waits, threads):
    done: list[int] = []

    def act(piece: int) -> int:
        assert waits[piece] <= set(done)
        done.append(piece)
        return 10 * piece

    assert take_turns(waits, act, threads=threads) == [10 * piece for piece in range(len(waits))]
    assert sorted(done) == list(range(len(waits)))


def test_pieces_that_wait_for_nothing_are_done_at_the_same_time():
    meeting = threading.Barrier(2, timeout=10)
    assert take_turns([set(), set()], lambda piece: meeting.wait() >= 0, threads=2) == [True, True]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_fault_stops_what_has_not_begun(threads):
    begun = []

    def act(piece: int) -> None:
        begun.append(piece)
        if piece == 1:
            raise KeyboardInterrupt
        time.sleep(0.01)

    with pytest.raises(KeyboardInterrupt):
        take_turns([set(), {0}, {1}, {1}], act, threads=threads)
    assert begun == [0, 1]
