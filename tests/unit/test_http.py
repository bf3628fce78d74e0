from __future__ import annotations

import threading
import time

import httpx
import pytest

from infra.local.wire import Answer, Clock, Fault, Simulator
from invoice_sync.errors import UnavailableError
from invoice_sync.runtime import http_client
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
    under_way, most = 0, 0
    lock = threading.Lock()

    def call() -> None:
        nonlocal under_way, most
        with pace:
            with lock:
                under_way += 1
                most = max(most, under_way)
            time.sleep(0.01)
            with lock:
                under_way -= 1

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


class Service(Simulator):
    service = "test"
    calls = 0

    def answer(self, request: object) -> Answer:
        self.calls += 1
        return Answer(200, {"ok": True})


@pytest.fixture
def service() -> object:
    running = Service(Clock()).start()
    yield running
    running.stop()


def send(service: Service, *, repeatable: bool) -> httpx.Response:
    return http_client.send("Test", "POST", service.url, headers={}, repeatable=repeatable)


def always(_: object) -> bool:
    return True


def test_a_read_is_repeated_after_a_passing_fault(service: Service) -> None:
    service.faults.append(Fault(always, Answer(502), times=1))
    service.faults.append(Fault(always, None, times=1))
    assert send(service, repeatable=True).status_code == 200


def test_a_write_never_is_and_its_outcome_is_unknown(service: Service) -> None:
    service.faults.append(Fault(always, None, before_effect=False))
    with pytest.raises(UnavailableError) as caught:
        send(service, repeatable=False)
    assert caught.value.outcome_unknown
    assert service.calls == 1


def test_a_rate_limit_is_definite_and_says_when(service: Service) -> None:
    service.faults.append(Fault(always, Answer(429, "slow", {"Retry-After": "7"})))
    with pytest.raises(UnavailableError) as caught:
        send(service, repeatable=True)
    error = caught.value
    assert (error.rate_limited, error.outcome_unknown, error.retry_after) == (True, False, 7.0)


def test_nothing_listens_there() -> None:
    with pytest.raises(UnavailableError) as caught:
        http_client.send("Test", "POST", "http://127.0.0.1:9", headers={}, repeatable=False)
    assert not caught.value.outcome_unknown
