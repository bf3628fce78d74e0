from __future__ import annotations

import threading

import pytest

from invoice_sync.runtime.parallel import AT_ONCE, together


def test_results_come_in_the_order_of_the_calls() -> None:
    first_may_end = threading.Event()

    def first() -> int:
        first_may_end.wait()
        return 1

    def second() -> int:
        first_may_end.set()
        return 2

    assert together(first, second) == [1, 2]


def test_an_error_is_raised_only_when_all_have_ended() -> None:
    ended = []

    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        together(fails, lambda: ended.append(1))
    assert ended == [1]


def test_each_use_has_threads_of_its_own() -> None:
    def again() -> list[int]:
        return together(lambda: 1, lambda: 2)

    # More than may run at a time: in one pool, each would wait for the others' threads.
    assert together(*(again for _ in range(2 * AT_ONCE))) == [[1, 2]] * (2 * AT_ONCE)


def test_it_does_not_begin_all_of_many_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()
    full = threading.Barrier(AT_ONCE)

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        full.wait(30)
        with lock:
            running -= 1

    together(*(call for _ in range(3 * AT_ONCE)))
    assert most == AT_ONCE
