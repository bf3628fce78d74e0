"""The whole system on one thread and without sockets, so that a seed decides what happens.

Simulators and gateway are called where httpx would open a connection. `Wires.answered` sees each
answer of a simulator and may put another one, or an error of the network, in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from infra.local.system import LocalSystem
from infra.local.wire import HttpServer
from invoice_sync import clients
from invoice_sync.runtime import http_client, parallel
from invoice_sync.wiring import api, parts
from tests.faults.inside import Inline
from tests.in_process import Reply, called

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
        reply = called(self.applications[address], request)
        if self.answered and address in self.simulators:
            reply = self.answered(request, reply)
        return reply.response()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the product's executors run what they are given at once. Enter it before the system."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (api, clients, parallel, parts):
            patch.setattr(module, "ThreadPoolExecutor", Inline)
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
