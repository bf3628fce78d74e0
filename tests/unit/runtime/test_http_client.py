"""Requests over real HTTP: what is repeated, and what a failure says."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from werkzeug import Request as Received

from infra.local.wire import Answer, Clock, Fault, Simulator
from invoice_sync.errors import UnavailableError
from invoice_sync.runtime import http_client
from invoice_sync.runtime.http_client import Request, Response
from tests.driven_time import driving


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


def send(service: Service, *, repeatable: bool) -> Response:
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


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_leads_us_elsewhere(service: Service, status: int) -> None:
    elsewhere = Service().start()
    moved = Answer(status, "", headers={"Location": elsewhere.url})
    service.faults.append(Fault(always, moved, times=2))
    try:
        assert send(service, repeatable=True).status_code == status
        assert elsewhere.received == []
    finally:
        elsewhere.stop()


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


# -- answers without an end, and other odd ones

OK = b"HTTP/1.1 200 OK\r\n"
# Two answers of the largest size are more than a machine should hold, so tests have a smaller one.
LARGEST = 50_000


class Wire:
    """A server of one connection at a time, for answers that no well-behaved server gives."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests = 0
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.requests += 1
                received = b""
                while not received.endswith(b"{}"):
                    received += connection.recv(65_536)
                try:
                    self._answer(connection)
                except OSError:  # the caller has had enough
                    continue

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def outcome(answer: Callable[[socket.socket], None], *, repeatable: bool = False) -> str:
    """Return the error that a request ends with, which is sent once."""
    wire = Wire(answer)
    with pytest.raises(UnavailableError) as caught:
        http_client.send(request(wire.url, repeatable=repeatable))
    wire.stop()
    assert caught.value.outcome_unknown
    # What takes too long would take too long again.
    assert wire.requests == 1
    return str(caught.value)


@pytest.mark.parametrize("head", [b"", OK, OK + b"Content-Length: 1000000\r\n\r\n"])
def test_a_dripping_answer_ends(head: bytes) -> None:
    """Each piece comes in time, ten seconds after the one before; the whole never does."""
    clock = Clock().stand_still()

    def drip(connection: socket.socket) -> None:
        for piece in (head[:-2] or b"HTTP/1", *[b" "] * 100):
            clock.advance(10)
            connection.sendall(piece)

    with driving(clock):
        assert outcome(drip, repeatable=True) == "Test: ReadTimeout"


def sending(content: bytes, *headers: bytes) -> Callable[[socket.socket], None]:
    head = b"\r\n".join((*headers, b"Content-Length: %d" % len(content)))
    return lambda connection: connection.sendall(OK + head + b"\r\n\r\n" + content)


ZIPPED = b"Content-Encoding: gzip"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (sending(b"x" * (LARGEST + 1)), "Test: an answer of more than 50000 bytes"),
        (sending(gzip.compress(b"x" * 10**6), ZIPPED), "Test: an answer of more than 50000 bytes"),
        (sending(b"not zipped", ZIPPED), "Test: DecodingError"),
        (lambda c: c.sendall(OK + b"Content-Length: 9\r\n\r\n{"), "Test: RemoteProtocolError"),
        (lambda c: c.sendall(OK + b"A: " + b"x" * 200_000), "Test: RemoteProtocolError"),
        (lambda c: c.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n"), "Test: RemoteProtocolError"),
        (lambda c: c.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"), "Test: RemoteProtocolError"),
    ],
)
def test_an_odd_answer_is_one_error(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[socket.socket], None], expected: str
) -> None:
    monkeypatch.setattr(http_client, "_LARGEST_ANSWER", LARGEST)
    assert outcome(answer) == expected


def test_the_largest_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "_LARGEST_ANSWER", LARGEST)
    wire = Wire(sending(b"x" * LARGEST))
    assert len(http_client.send(request(wire.url)).content) == LARGEST
    wire.stop()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("9" * 400, 300),
        ("-1", 0),
        ("NaN", 0),
        ("1e9", 0),
        ("\u00b2", 0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0),
    ],
)
def test_a_wait_that_no_service_documents(service: Service, header: str, seconds: float) -> None:
    service.faults.append(Fault(always, Answer(429, "slow", {"Retry-After": header})))
    with pytest.raises(UnavailableError) as caught:
        send(service, repeatable=True)
    assert caught.value.retry_after == seconds
