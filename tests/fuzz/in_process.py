"""The whole system on one thread and without sockets, so that a seed decides what happens.

Simulators and gateway are called where httpx would open a connection. `Wires.answered` sees each
answer of a simulator and may put another one, or an error of the network, in its place.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from infra.local.system import LocalSystem
from infra.local.wire import HttpServer
from invoice_sync.runtime import http_client, parallel
from invoice_sync.wiring import api, parts, resolver


@dataclass(frozen=True)
class Reply:
    """An answer as it goes over the wire; headers are kept in their order."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


Answered = Callable[[httpx.Request, Reply], Reply]


@dataclass
class Wires:
    """Where httpx's requests go, by the address that they begin with."""

    applications: dict[str, Any] = field(default_factory=dict)
    # The addresses of simulators, whose answers `answered` sees.
    simulators: tuple[str, ...] = ()
    answered: Answered | None = None

    def carry(self, request: httpx.Request) -> httpx.Response:
        address = f"http://{request.url.netloc.decode()}"
        reply = _called(self.applications[address], request)
        if self.answered and address in self.simulators:
            reply = self.answered(request, reply)
        return httpx.Response(
            reply.status,
            headers=[
                (name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers
            ],
            stream=httpx.ByteStream(reply.body),
        )


class _Socket:
    """A simulator that loses an answer shuts its socket down."""

    def __init__(self) -> None:
        self.is_shut = False

    def shutdown(self, _: int) -> None:
        self.is_shut = True


def _called(application: Any, request: httpx.Request) -> Reply:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    body, socket = request.read(), _Socket()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "RAW_URI": request.url.raw_path.decode("ascii"),
        "QUERY_STRING": query,
        "SERVER_NAME": request.url.host,
        "SERVER_PORT": str(request.url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "werkzeug.socket": socket,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    began: list[tuple[str, list[tuple[str, str]]]] = []
    content = b"".join(
        application(environ, lambda status, headers: began.append((status, headers)))
    )
    if socket.is_shut:
        raise httpx.RemoteProtocolError("the connection broke", request=request)
    (status, headers), *_ = began
    return Reply(int(status.split()[0]), tuple(headers), content)


class _AtOnce(Executor):
    """Runs what it is given before it returns."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the product's executors run what they are given at once. Enter it before the system."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (api, parts, resolver):
            patch.setattr(module, "ThreadPoolExecutor", _AtOnce)
        patch.setattr(parallel, "_executor", _AtOnce)
        http_client.client.cache_clear()
        yield
    http_client.client.cache_clear()


@contextmanager
def no_sockets(system: LocalSystem) -> Iterator[Wires]:
    """Carry all requests to a system that runs."""
    simulators = (system.hubspot, system.quickbooks)
    wires = Wires(simulators=tuple(each.url for each in simulators))
    servers: list[HttpServer] = [system.gateway, *(each._server for each in simulators)]
    for server in servers:
        wires.applications[server.url] = server._server.app
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            httpx.HTTPTransport, "handle_request", lambda _, request: wires.carry(request)
        )
        yield wires
