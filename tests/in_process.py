"""HTTP without sockets: servers of this process are called where httpx would open a connection.

What a connection would refuse is refused here too. The tests of the simulators and of the product's
HTTP client have real connections, and so have tests with the mark `sockets`.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import h11
import httpx
import pytest

from infra.local.wire import HttpServer


@dataclass(frozen=True)
class Reply:
    """An answer as it goes over the wire; headers are kept in their order."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def response(self) -> httpx.Response:
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers
        ]
        try:
            h11.Response(status_code=self.status, headers=headers)
        except h11.LocalProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from None
        return httpx.Response(self.status, headers=headers, stream=httpx.ByteStream(self.body))


class _Socket:
    """A simulator that loses an answer shuts its socket down."""

    def __init__(self) -> None:
        self.is_shut = False

    def shutdown(self, _: int) -> None:
        self.is_shut = True


def called(application: Any, request: httpx.Request) -> Reply:
    """Return what a WSGI application answers. Raises httpx.TransportError."""
    content = request.read()
    try:
        h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error), request=request) from None
    socket = _Socket()
    received = {
        **environ(request, content),
        "wsgi.errors": io.StringIO(),
        "werkzeug.socket": socket,
    }
    began: list[tuple[str, list[tuple[str, str]]]] = []
    body = b"".join(application(received, lambda status, headers: began.append((status, headers))))
    if socket.is_shut:
        raise httpx.RemoteProtocolError("the connection broke", request=request)
    (status, headers), *_ = began
    return Reply(int(status.split()[0]), tuple(headers), body)


def environ(request: httpx.Request, content: bytes) -> dict[str, Any]:
    """Return what a WSGI server makes of a request."""
    raw, server = request.url.raw_path.decode(), request.url.netloc.decode()
    path, _, query = raw.partition("?")
    host, _, port = server.partition(":")
    made: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path).encode().decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": raw,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        made[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return made


@contextmanager
def no_sockets() -> Iterator[None]:
    """Let every server that is made in here be called without a socket; other addresses are
    connected to as ever."""
    applications: dict[str, Any] = {}
    ports = itertools.count(49152)
    connect = httpx.HTTPTransport.handle_request

    def make(server: Any, application: Any, port: int = 0) -> None:
        address = f"127.0.0.1:{port or next(ports)}"
        server.url = f"http://{address}"
        applications[address] = application

    def carry(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        application = applications.get(request.url.netloc.decode())
        if application is None:
            return connect(transport, request)
        return called(application, request).response()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpServer, "__init__", make)
        patch.setattr(HttpServer, "start", lambda server: server)
        patch.setattr(HttpServer, "stop", lambda server: None)
        patch.setattr(httpx.HTTPTransport, "handle_request", carry)
        yield
