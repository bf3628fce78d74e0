"""The calls to the services: how long each takes, and how many there are."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from werkzeug import Request

from infra.local.memory.client import Operation, Run
from infra.local.wire import Simulator, to_response
from tests.benchmarks.simulation.scheduler import current, here, sleep
from tests.in_process import environ

# Medians in seconds, of a spread that is lognormal.
LATENCIES: Mapping[str, float] = {
    "hubspot": 0.120,
    "quickbooks": 0.350,
    "dynamodb": 0.006,
    "transaction": 0.012,
    "sqs": 0.008,
    "poll": 0.008,
    "secretsmanager": 0.008,
    "webhook": 0.045,
    "invoke": 0.030,
}
_SIGMA = 0.3
MARKER = re.compile(r"HubSpot invoice (\d+) \(portal (\d+)\)")
_READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}


@dataclass
class Calls:
    """What the functions have called so far."""

    # By service.
    made: Counter[str] = field(default_factory=Counter)
    # When each call was answered with a rate limit, by service and realm or portal.
    refused: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    # DynamoDB's.
    units: Counter[str] = field(default_factory=Counter)
    # When QuickBooks first confirmed each HubSpot invoice, by portal and invoice.
    confirmed: dict[tuple[str, str], float] = field(default_factory=dict)

    def in_worst_minute(self, service: str) -> int:
        """Return the most refusals of one realm or portal within a minute."""
        most = 0
        for name, times in self.refused.items():
            if name.startswith(service):
                most = max(most, *(sum(at <= each < at + 60 for each in times) for at in times))
        return most

    def refusals(self, service: str) -> int:
        return sum(len(times) for name, times in self.refused.items() if name.startswith(service))


class Network:
    """Carries every request to the simulators, and every AWS operation, in its time.

    `sigma` is the spread of latencies; without one all are their medians.
    """

    def __init__(
        self, seed: int, latencies: Mapping[str, float] = LATENCIES, sigma: float = _SIGMA
    ) -> None:
        self.latencies, self.sigma = dict(latencies), sigma
        self.calls = Calls()
        self._random = random.Random(seed)  # noqa: S311
        self._servers: dict[str, Callable[[httpx.Request], httpx.Response]] = {}

    def latency(self, kind: str) -> float:
        spread = self._random.lognormvariate(0, self.sigma) if self.sigma else 1.0
        return self.latencies[kind] * spread

    # -- HTTP

    def add(self, url: str, serve: Callable[[httpx.Request], httpx.Response]) -> None:
        self._servers[httpx.URL(url).netloc.decode()] = serve

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._servers[request.url.netloc.decode()](request)

    def add_simulator(self, simulator: Simulator) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            sent = Request(environ(request, request.read()))
            if current() is None:
                return _response(simulator, sent)
            return self._called(simulator, request, sent)

        self.add(simulator.url, answer)

    def _called(
        self, simulator: Simulator, request: httpx.Request, sent: Request
    ) -> httpx.Response:
        """QuickBooks counts its calls when they arrive, also those that it has at once: most of
        their time is within the service. It carries the members of a batch out one after the other;
        how long each takes is not documented, and here it is as long as a call alone."""
        service, task = simulator.service, here()
        self.calls.made[service] += 1
        whole = self.latency(service)
        before = 0.1 if service == "quickbooks" else 0.5
        members = request.read().count(b'"bId"') or 1
        task.locals[serve] = {"seconds": whole * (1 - 2 * before) * members}
        sleep(whole * before)
        answer = _response(simulator, sent)
        sleep(whole * before)
        self._note(service, request, answer)
        return answer

    def _note(self, service: str, request: httpx.Request, answer: httpx.Response) -> None:
        now = here().scheduler.seconds()
        if answer.status_code == 429:
            place = request.url.path.split("/")[3] if service == "quickbooks" else ""
            self.calls.refused[f"{service} {place}"].append(now)
        if request.method == "POST" and answer.status_code == 200 and service == "quickbooks":
            for invoice_id, portal_id in MARKER.findall(answer.text):
                self.calls.confirmed.setdefault((portal_id, invoice_id), now)

    # -- AWS

    def hook(self, operation: Operation, run: Run) -> dict[str, Any]:
        parameters = operation.parameters
        if not operation.function or current() is None:
            return run(parameters)
        service = operation.service
        self.calls.made[service] += 1
        whole = self.latency("transaction" if operation.name.startswith("Transact") else service)
        if service == "dynamodb":
            parameters = {**parameters, "ReturnConsumedCapacity": "TOTAL"}
        sleep(whole / 2)
        answer = run(parameters)
        if service == "dynamodb":
            self._meter(operation.name, answer)
        sleep(whole / 2)
        return answer

    def _meter(self, name: str, answer: Mapping[str, Any]) -> None:
        used = answer.get("ConsumedCapacity", [])
        units = sum(each["CapacityUnits"] for each in ([used] if isinstance(used, dict) else used))
        self.calls.units["reads" if name in _READS else "writes"] += units


def serve(_: float) -> None:
    """Takes the place of `sleep` in QuickBooks: the time of the call within the service."""
    sleep(here().locals[serve]["seconds"])


def _response(simulator: Simulator, request: Request) -> httpx.Response:
    answer = to_response(simulator.answer(request))
    return httpx.Response(
        answer.status_code, headers=list(answer.headers), content=answer.get_data()
    )
