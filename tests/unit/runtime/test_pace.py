"""Calls are held back so that no limit is passed."""

from __future__ import annotations

import threading

from invoice_sync.runtime.pace import Limit, Pace


class FakeTime:
    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_the_pace_keeps_every_limit() -> None:
    clock = FakeTime()
    pace = Pace(
        Limit(3, 1.0), Limit(5, 60.0), concurrent=1, clock=lambda: clock.now, sleep=clock.sleep
    )
    at = []
    for _ in range(7):
        with pace:
            at.append(clock.now)
    assert at == [0, 0, 0, 1, 1, 60, 60]


def test_no_more_than_so_many_at_a_time() -> None:
    pace = Pace(Limit(100, 1.0), concurrent=2)
    entered, leave = threading.Semaphore(0), threading.Event()
    lock = threading.Lock()
    under_way, most = 0, 0

    def call() -> None:
        nonlocal under_way, most
        with pace:
            with lock:
                under_way += 1
                most = max(most, under_way)
            entered.release()
            leave.wait()
            with lock:
                under_way -= 1

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        entered.acquire()
    leave.set()
    for thread in threads:
        thread.join()
    assert most == 2
