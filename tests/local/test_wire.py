"""The parts that both simulators are made of."""

from __future__ import annotations

import socket
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug import Response

from infra.local import wire
from infra.local.wire import Clock, HttpServer, Window
from tests.simulators.waiting import wait_until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_standing_clock_moves_only_when_advanced() -> None:
    clock = Clock().stand_still(NOON)
    assert clock.now() == clock.now() == NOON
    clock.advance(90)
    assert clock.now() == NOON + timedelta(seconds=90)


def test_a_clock_stops_where_it_is() -> None:
    clock = Clock()
    clock.advance(3600)
    before = clock.now()
    clock.stand_still()
    assert clock.now() == clock.now() >= before
    clock.advance(1)
    assert clock.now() >= before + timedelta(seconds=1)


def test_a_window_takes_so_many_calls_and_no_more() -> None:
    clock = Clock().stand_still(NOON)
    window = Window(clock, 2, 10)
    assert [window.take() for _ in range(3)] == [True, True, False]
    assert window.remaining() == 0
    clock.advance(10)
    assert window.take()


def test_a_client_that_leaves_is_no_error(capfd: pytest.CaptureFixture[str]) -> None:
    answered = []

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        answered.append(environ["PATH_INFO"])
        return Response("x" * 10_000_000)(environ, start_response)

    server = HttpServer(application).start()
    address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    for request in (b"", b"GET /half HTTP/1.1\r\nHost:", b"GET /all HTTP/1.1\r\n\r\n"):
        client = socket.create_connection(address)
        client.sendall(request)
        if request.endswith(b"\r\n\r\n"):
            wait_until(lambda: bool(answered))
        # Closed with a reset, in the middle of whatever the server is doing.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    server.stop()
    assert answered == ["/all"]
    assert capfd.readouterr().err == ""


def test_a_connection_that_breaks_before_its_request_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = []

    def setup(_: object) -> None:
        broken.append(True)
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(wire._Handler, "setup", setup)
    server = HttpServer(lambda *_: []).start()
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) as client:
        assert client.recv(1) == b""
    server.stop()
    assert broken == [True]
    assert capfd.readouterr().err == ""
