"""A system in virtual time: portals with their realms, the product between, and its workers."""

from __future__ import annotations

import contextlib
import json
import logging
import random
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from botocore.validate import ParamValidator, ValidationErrors
from werkzeug import Request

import sweep
import sync_worker
from infra.local import gateway, wire
from infra.local.aws import LocalAws
from infra.local.gateway import Gateway
from infra.local.hubspot import Portal
from infra.local.hubspot import webhooks as hubspot_webhooks
from infra.local.memory.client import Operation, Run
from infra.local.memory.services import Memory
from infra.local.quickbooks import Realm
from infra.local.quickbooks import server as quickbooks_server
from infra.local.system import APP_SECRET, ROUTES, LocalSystem
from invoice_sync.runtime import clock as product_clock
from tests.benchmarks.simulation import green
from tests.benchmarks.simulation.lambdas import Arrivals, Instances, Poller, within
from tests.benchmarks.simulation.scheduler import (
    CannotMeasureError,
    Process,
    Scheduler,
    current,
    here,
    sleep,
)
from tests.benchmarks.simulation.services import LATENCIES, Network, serve
from tests.in_process import environ

# A Tuesday morning where the portals are.
BEGIN = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
_QUIET = {"POWERTOOLS_METRICS_DISABLED": "true", "POWERTOOLS_LOG_LEVEL": "CRITICAL"}
_SUBSCRIPTIONS = Path(__file__).parents[3] / "extension/src/app/webhooks"
_FIRST_PORTAL, _FIRST_REALM = 24680, 9130357849536436
_DELIVERY_SECONDS, _INTUIT_SECONDS, _SWEEP_SECONDS, _SWEEP_LASTS = 0.05, 1.0, 300.0, 240.0


class Place:
    """One portal and its realm, with people to bill and one thing to sell."""

    def __init__(self, own: LocalSystem, number: int, customers: int) -> None:
        self.portal_id, self.realm_id = str(_FIRST_PORTAL + number), str(_FIRST_REALM + number)
        self.portal: Portal = own.hubspot.add_portal(self.portal_id)
        self.realm: Realm = own.quickbooks.add_realm(
            self.realm_id, preferences={"SalesFormsPrefs.CustomTxnNumbers": True}
        )
        self.realm.add_item("Consulting", "CON-HOUR")
        self.contacts: list[str] = []
        for each in range(customers):
            email = f"ap{each}@customer.example"
            self.realm.add_customer(f"Customer {each}", email)
            self.contacts.append(self.portal.create("contacts", {"email": email}))
        own.connect(self.portal_id, self.realm_id)
        self._own = own
        # When each invoice was made.
        self.made: dict[str, float] = {}

    def invoice(self, **options: Any) -> str:
        """Create an open invoice in HubSpot, and return its id."""
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}
        contact = self.contacts[len(self.made) % len(self.contacts)]
        invoice_id = self.portal.create_invoice(
            **{"contact_id": contact, "lines": [line], **options}
        )
        task = current()
        self.made[invoice_id] = task.scheduler.seconds() if task else 0.0
        return invoice_id

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API as the card does."""
        url = self._own.gateway.url + path
        answer = self._own.hubspot.fetch(self.portal_id, method, url, body=body)
        if answer.status != 200:
            raise CannotMeasureError(f"{method} {path} is answered with {answer.status}")
        view: dict[str, Any] = answer.json()
        return view


class World:
    def __init__(self, own: LocalSystem, network: Network, memory: Memory, seed: int) -> None:
        self.own, self.network, self.calls = own, network, network.calls
        self.scheduler = Scheduler(lambda moved: own.clock.advance(moved / 1e6))
        self.random = random.Random(seed)  # noqa: S311
        self.places: list[Place] = []
        self.arrivals = Arrivals(memory.sqs, lambda: own.clock.now().timestamp())
        self.pollers: list[Poller] = []

    @property
    def now(self) -> float:
        return self.scheduler.seconds()

    def add_places(self, number: int, customers: int = 1) -> None:
        first = len(self.places)
        self.places += [Place(self.own, first + each, customers) for each in range(number)]

    # -- what runs by itself

    def start(self, workers: int) -> None:
        sqs, url = self.own.aws.client("sqs"), self.own.aws.environment["QUEUE_URL"]
        worker = Instances(sync_worker)
        for _ in range(workers):
            poller = Poller(sqs, url, self.arrivals, self.network, worker)
            self.pollers.append(poller)
            self.go(poller.run)
        self.go(self._deliver_hubspot)

    def go(self, call: Any) -> None:
        self.scheduler.spawn(Process("outside"), call)

    def _deliver_hubspot(self) -> None:
        while True:
            sleep(_DELIVERY_SECONDS)
            if self.own.hubspot.pending_deliveries():
                self.own.hubspot.deliver()

    def watch_quickbooks(self) -> None:
        """Let Intuit tell changes from now on."""
        url = f"{self.own.gateway.url}/webhooks/quickbooks"
        self.own.quickbooks.subscribe(url, APP_SECRET["quickbooksVerifierToken"])
        self.go(self._deliver_quickbooks)

    def _deliver_quickbooks(self) -> None:
        while True:
            sleep(_INTUIT_SECONDS)
            self.own.quickbooks.deliver()

    def sweep_regularly(self) -> None:
        self.go(self._sweep)

    def _sweep(self) -> None:
        instances = Instances(sweep)
        instance = instances.start()
        while True:
            sleep(_SWEEP_SECONDS)
            instances.invoke(instance, {"source": "aws.scheduler"}, _SWEEP_LASTS)

    def busy(self) -> float:
        """Return the seconds that the workers have worked."""
        return sum(poller.busy for poller in self.pollers)

    # -- waiting

    def settle(self, seconds: float = 2.0) -> None:
        """Wait until there is nothing on the queue and nothing to deliver for some seconds."""
        quiet_since = self.now
        while self.now - quiet_since < seconds:
            sleep(0.25)
            if self.arrivals.total() or self.own.hubspot.pending_deliveries():
                quiet_since = self.now


@contextmanager
def world(
    seed: int, *, portals: int = 1, customers: int = 1, network: Network | None = None
) -> Iterator[World]:
    """Run a new system. All that is random in it follows from the seed."""
    ids = random.Random(seed)  # noqa: S311
    network = network or Network(seed)
    with pytest.MonkeyPatch.context() as patch:
        _replace(patch, network)
        patch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=ids.getrandbits(128), version=4))
        random.seed(seed)
        clock = wire.Clock().stand_still(BEGIN)
        memory = Memory(lambda: own_clock().timestamp())
        own_clock = clock.now
        with LocalAws(APP_SECRET, memory) as aws:
            aws.reset()
            allowed = [str(_FIRST_PORTAL + each) for each in range(portals)]
            aws.environment["ALLOWED_PORTAL_IDS"] = ",".join(allowed)
            own = LocalSystem(aws)
            own_clock = own.clock.stand_still(BEGIN).now
            made = World(own, network, memory, seed)
            patch.setattr(product_clock, "time", _time(own.clock))
            own.gateway = _gateway(network)
            for simulator in (own.hubspot, own.quickbooks):
                network.add_simulator(simulator)
            own.quickbooks.switches.latency_seconds = LATENCIES["quickbooks"]
            with own:
                memory.session.hook = partial(_hook, made)
                own.hubspot.subscribe(f"{own.gateway.url}/webhooks/hubspot", _subscriptions())
                made.add_places(portals, customers)
                try:
                    yield made
                finally:
                    made.scheduler.close()


def _replace(patch: pytest.MonkeyPatch, network: Network) -> None:
    """Replace what the process has of threads, sockets and time."""
    for name, value in _QUIET.items():
        patch.setenv(name, value)
    patch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    # The other tests hold the parameters of calls; here it would be an eighth of the time.
    patch.setattr(ParamValidator, "validate", lambda *_: ValidationErrors())
    patch.setattr(httpx._client, "get_environment_proxies", dict)
    ports = iter(range(1, 1000))
    patch.setattr(
        wire.HttpServer,
        "__init__",
        lambda server, *_: setattr(server, "url", f"http://127.0.0.1:{next(ports)}"),
    )
    for name in ("start", "stop"):
        patch.setattr(wire.HttpServer, name, lambda server: server)
    patch.setattr(
        httpx.HTTPTransport, "handle_request", lambda _, request: network.handle_request(request)
    )
    patch.setattr(quickbooks_server, "time", SimpleNamespace(sleep=serve))
    patch.setattr(hubspot_webhooks, "time", SimpleNamespace(monotonic=_seconds))
    patch.setattr(hubspot_webhooks, "ThreadPoolExecutor", green.ThreadPoolExecutor)
    # Lambda has an instance for each request.
    patch.setattr(gateway, "Lock", contextlib.nullcontext)
    functions = {name for name, module in sys.modules.items() if _is_product(module)}
    for module in [sys.modules[name] for name in sorted(functions)]:
        for name, value in [*vars(module).items()]:
            if (instead := green.green(value)) is not value:
                patch.setattr(module, name, instead)


def _seconds() -> float:
    return here().scheduler.seconds()


def _is_product(module: Any) -> bool:
    return "/functions/" in (getattr(module, "__file__", None) or "")


def _time(clock: wire.Clock) -> Any:
    """Return what takes the place of the module `time` in the product's clock."""
    return SimpleNamespace(
        time=lambda: clock.now().timestamp(),
        monotonic=lambda: clock.now().timestamp(),
        sleep=sleep,
    )


def _gateway(network: Network) -> Gateway:
    """Return a front that answers each request in its time and in a warm instance."""
    instances: dict[str, tuple[Instances, Process]] = {}

    def handler(function: str, event: dict[str, Any], context: Any) -> dict[str, Any]:
        if function not in instances:
            made = Instances(sys.modules[function])
            instances[function] = made, made.start()
        sleep(network.latency("webhook"))
        with within(instances[function][1]):
            answer: dict[str, Any] = sys.modules[function].handler(event, context)
        return answer

    made = Gateway([replace(route, handler=partial(handler, route.function)) for route in ROUTES])

    def serve(request: httpx.Request) -> httpx.Response:
        answer = made.respond(Request(environ(request, request.read())))
        return httpx.Response(
            answer.status_code, headers=list(answer.headers), content=answer.get_data()
        )

    network.add(made.url, serve)
    return made


def _hook(made: World, operation: Operation, run: Run) -> dict[str, Any]:
    answer = made.network.hook(operation, run)
    if operation.service == "sqs" and operation.name != "ReceiveMessage" and current():
        made.arrivals.note()
    return answer


def _subscriptions() -> list[dict[str, Any]]:
    (path,) = _SUBSCRIPTIONS.glob("*.json")
    whole = json.loads(path.read_text(encoding="utf-8"))
    subscriptions: list[dict[str, Any]] = whole["config"]["subscriptions"]["crmObjects"]
    return subscriptions
