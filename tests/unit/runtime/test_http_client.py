"""Requests over real HTTP: what is repeated, and what a failure says."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from werkzeug import Request as Received

from infra.local.wire import Answer, Clock, Fault, Simulator
from invoice_sync.errors import UnavailableError
from invoice_sync.runtime import http_client
from invoice_sync.runtime.http_client import Request


class Service(Simulator):
    service = "test"

    def __init__(self) -> None:
        super().__init__(Clock())
        self.received: list[Received] = []

    def answer(self, request: Received) -> Answer:
        self.received.append(request)
        return Answer(200, {"ok": True})


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service().start()
    yield running
    running.stop()


def request(url: str, *, repeatable: bool = True) -> Request:
    return Request(service="Test", method="POST", url=url, content=b"{}", repeatable=repeatable)


def send(service: Service, *, repeatable: bool) -> httpx.Response:
    return http_client.send(request(service.url, repeatable=repeatable))


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
    assert len(service.received) == 1


def test_a_rate_limit_is_definite_and_says_when(service: Service) -> None:
    service.faults.append(Fault(always, Answer(429, "slow", {"Retry-After": "7"})))
    with pytest.raises(UnavailableError) as caught:
        send(service, repeatable=True)
    error = caught.value
    assert (error.rate_limited, error.outcome_unknown, error.retry_after) == (True, False, 7.0)


def test_nothing_listens_there() -> None:
    with pytest.raises(UnavailableError) as caught:
        http_client.send(request("http://127.0.0.1:9", repeatable=False))
    assert not caught.value.outcome_unknown


class Tokens:
    """Gives numbered tokens, and remembers which were refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def __call__(self, refused: str) -> str:
        self.refused.append(refused)
        return f"token-{len(self.refused)}"


def authorisations(service: Service) -> list[str]:
    return [received.headers["Authorization"] for received in service.received]


def test_a_good_token_is_asked_for_once(service: Service) -> None:
    tokens = Tokens()
    assert http_client.send_authorised(request(service.url), tokens).status_code == 200
    assert (tokens.refused, authorisations(service)) == ([""], ["Bearer token-1"])
    (received,) = service.received
    assert received.headers["Accept"] == received.headers["Content-Type"] == "application/json"


def test_a_refused_token_is_replaced_once(service: Service) -> None:
    tokens = Tokens()
    service.faults.append(Fault(always, Answer(401)))
    assert http_client.send_authorised(request(service.url), tokens).status_code == 200
    assert (tokens.refused, authorisations(service)) == (["", "token-1"], ["Bearer token-2"])


def test_a_second_refusal_is_the_answer(service: Service) -> None:
    tokens = Tokens()
    service.faults.append(Fault(always, Answer(401), times=10))
    assert http_client.send_authorised(request(service.url), tokens).status_code == 401
    assert tokens.refused == ["", "token-1"]
