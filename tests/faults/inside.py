"""The local system without threads, sockets and real time: one process, one driven clock."""

from __future__ import annotations

import itertools
import logging
import random
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest
from botocore.validate import ParamValidator, ValidationErrors
from werkzeug import Request, Response

import api
import connect
import hubspot_webhook
import infra.local.system
import quickbooks_webhook
import sync_worker
from infra.local import aws_calls, wire
from infra.local.aws import LocalAws
from infra.local.hubspot import webhooks as hubspot_webhooks
from infra.local.memory.client import Hook, Operation, Run
from infra.local.memory.services import Memory
from infra.local.queue_poller import QueuePoller
from infra.local.system import APP_SECRET, QUEUE_HANDLER, LocalSystem
from invoice_sync import clients
from invoice_sync.runtime import clock as product_clock
from invoice_sync.runtime import metrics, parallel
from invoice_sync.wiring import api as api_wiring
from invoice_sync.wiring import parts
from tests.in_process import environ

from .gate import Gate, Killed, Serve, aws_call, http_call
from .workers import Instances

# A Tuesday morning where the portal is.
_BEGIN = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
_QUIET = {"POWERTOOLS_METRICS_DISABLED": "true"}


class Inline(Executor):
    """Runs a task where it is submitted: the same order in every run."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Take what a pool takes."""

    def submit(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **named))
        except BaseException as error:  # a killed worker's too: whoever asks for the result gets it
            future.set_exception(error)
        return future


class Time:
    """Takes the place of the module `time` in the product's clock: a wait moves the clock on."""

    def __init__(self, clock: wire.Clock, turn: Callable[[], None]) -> None:
        self._clock, self._turn = clock, turn

    def time(self) -> float:
        return self._clock.now().timestamp()

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)
        self._turn()


class Network(httpx.BaseTransport):
    """Carries requests to the servers of this process. Those that the product sends to the services
    pass the gate."""

    def __init__(self) -> None:
        # Of the run that is under way.
        self.gate = Gate()
        self._servers: dict[str, tuple[str, Serve]] = {}
        self.clock = wire.Clock()
        # One for all runs: making boto3's clients takes longer than a run.
        self.memory = Memory(lambda: self.clock.now().timestamp())
        self.aws = LocalAws(APP_SECRET, self.memory)

    def add(self, service: str, url: str, serve: Serve) -> None:
        self._servers[httpx.URL(url).netloc.decode()] = service, serve

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        service, serve = self._servers[request.url.netloc.decode()]

        def answer() -> httpx.Response:
            return serve(Request(environ(request, content)))

        if not service:
            return answer()
        answered: httpx.Response = self.gate.pass_through(http_call(service, request, answer))
        return answered


def _as_response(answer: Response) -> httpx.Response:
    return httpx.Response(
        answer.status_code, headers=list(answer.headers), content=answer.get_data()
    )


@contextmanager
def replaced() -> Iterator[Network]:
    """Replace what the process has of threads and sockets, for all runs."""
    ports = itertools.count(1)

    def begin(server: Any, application: Any, port: int = 0) -> None:
        server.url = f"http://127.0.0.1:{next(ports)}"

    with pytest.MonkeyPatch.context() as patch:
        for name, value in _QUIET.items():
            patch.setenv(name, value)
        # Powertools prints this one also where metrics are disabled.
        patch.setattr(metrics, "server_error", lambda: None)
        ours, local = (api_wiring, clients, parallel, parts), (infra.local.system, hubspot_webhooks)
        for module in (*ours, *local):
            patch.setattr(module, "ThreadPoolExecutor", Inline)
        # The other tests hold the parameters of calls; here it would be an eighth of the time.
        patch.setattr(ParamValidator, "validate", lambda *_: ValidationErrors())
        patch.setattr(httpx._client, "get_environment_proxies", dict)
        patch.setattr(wire.HttpServer, "__init__", begin)
        for name in ("start", "stop"):
            patch.setattr(wire.HttpServer, name, lambda server: server)
        before = logging.root.manager.disable
        logging.disable()
        try:
            network = Network()
            patch.setattr(
                httpx.HTTPTransport,
                "handle_request",
                lambda _, request: network.handle_request(request),
            )
            with network.aws:
                yield network
        finally:
            logging.disable(before)


@contextmanager
def running(seed: str, gate: Gate, network: Network) -> Iterator[LocalSystem]:
    """Run a new, empty system. All that is random in it follows from the seed."""
    ids = random.Random(seed)  # noqa: S311
    random.seed(seed)
    network.gate, network.clock = gate, wire.Clock().stand_still(_BEGIN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=ids.getrandbits(128), version=4))
        patch.setattr(sync_worker, "collaborators", Instances())
        network.aws.reset()
        own = LocalSystem(network.aws)
        network.clock = own.clock.stand_still(_BEGIN, tick=0.001)
        patch.setattr(traceback, "print_exc", lambda **_: gate.note_crash(sys.exc_info()[1]))
        patch.setattr(product_clock, "time", Time(own.clock, gate.take_turn))
        for service, simulator in (("hubspot", own.hubspot), ("quickbooks", own.quickbooks)):
            network.add(service, simulator.url, _of_simulator(simulator))
        network.add("", own.gateway.url, partial(_of_gateway, own, gate))
        metrics.flush()
        gate.own = own
        with own:
            network.memory.session.hook = _hook(gate)
            # Lambda's own poller meets no faults.
            sqs, url = network.aws.client("sqs"), network.aws.environment["QUEUE_URL"]
            own.poller = QueuePoller(sqs, url, QUEUE_HANDLER)
            yield own


def _of_simulator(simulator: wire.Simulator) -> Serve:
    return lambda request: _as_response(wire.to_response(simulator.answer(request)))


def _of_gateway(own: LocalSystem, gate: Gate, request: Request) -> httpx.Response:
    try:
        return _as_response(own.gateway.respond(request))
    except Killed:
        gate.revive()
        forget(api, connect, hubspot_webhook, quickbooks_webhook)
        return httpx.Response(503, json={"message": "Service Unavailable"})


def _hook(gate: Gate) -> Hook:
    def hook(operation: Operation, run: Run) -> dict[str, Any]:
        if not operation.function:
            return run(operation.parameters)
        answer: dict[str, Any] = gate.pass_through(aws_call(operation, run))
        return answer

    return hook


def forget(*functions: Any) -> None:
    """Let functions start anew, as Lambda does with one that was killed."""
    for function in functions:
        function.collaborators.cache_clear()
        with aws_calls.made_by(function.__name__):
            function.collaborators()
