"""The built package does the main job, with each function in its own process, as in Lambda."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws import LocalAws
from infra.local.queue_poller import QueuePoller
from infra.local.system import LocalSystem, signed
from infra.package import RUNTIME, PackageError, interpreter
from invoice_sync.version import VERSION
from tests.benchmarks.init_times import measure, table
from tests.flows.conftest import Flow

from .runtime_api import FUNCTIONS, Function, Machine, prepare, read_only
from .shared import shared

# One worker starts the functions.
pytestmark = pytest.mark.xdist_group("artefact")

_EVENTS = Path(__file__).parents[2] / "events"
_SERVICES = ("HUBSPOT_", "POWERTOOLS_", "QUICKBOOKS_")
Event = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A kind of event, and a part of the answer to it."""

    what: str
    event: Callable[[], Event]
    answer: dict[str, Any]


def load(name: str) -> Event:
    event: Event = json.loads((_EVENTS / f"{name}.json").read_text())
    return event


def from_outside(name: str) -> Event:
    return signed(load(name), time.time())


def forged(event: Event) -> Event:
    wrong = dict.fromkeys(("x-hubspot-signature-v3", "intuit-signature"), "Zm9yZ2Vk")
    return {**event, "headers": {**event["headers"], **wrong}}


def get(path: str) -> Event:
    event = load("api-failure-count")
    event["requestContext"]["http"]["path"] = path
    return {**event, "rawPath": path, "rawQueryString": "", "routeKey": f"GET {path}"}


def not_a_hint() -> Event:
    record = load("queue-hints")["Records"][0]
    return {"Records": [{**record, "messageId": "not-a-hint", "body": "not a hint"}]}


CASES: dict[str, list[Case]] = {
    "api": [
        Case(
            "health",
            lambda: get("/health"),
            {"statusCode": 200, "body": {"status": "ok", "version": VERSION}},
        ),
        Case("schema", lambda: get("/openapi.json"), {"statusCode": 200}),
        Case("list", lambda: from_outside("api-failures"), {"statusCode": 200}),
        Case("retry", lambda: from_outside("api-retry"), {"statusCode": 200}),
        Case("forged", lambda: forged(from_outside("api-failures")), {"statusCode": 401}),
    ],
    "hubspot_webhook": [
        Case(
            "contact",
            lambda: from_outside("webhook-contact-property-change"),
            {"statusCode": 202},
        ),
        Case(
            "forged",
            lambda: forged(from_outside("webhook-invoice-creation")),
            {"statusCode": 401},
        ),
    ],
    "quickbooks_webhook": [
        Case(
            "events",
            lambda: from_outside("quickbooks-webhook-cloudevents"),
            {"statusCode": 200},
        ),
        Case(
            "older form",
            lambda: from_outside("quickbooks-webhook-legacy"),
            {"statusCode": 200},
        ),
        Case(
            "forged",
            lambda: forged(from_outside("quickbooks-webhook-cloudevents")),
            {"statusCode": 401},
        ),
    ],
    "connect": [
        Case("begin", lambda: load("connect-hubspot"), {"statusCode": 302}),
        Case("no state", lambda: get("/connect/quickbooks"), {"statusCode": 400}),
    ],
    # There is no CodeDeploy here to tell: that it starts is all that is tried.
    "preflight": [],
    "sweep": [Case("schedule", lambda: load("schedule"), {})],
    "sync_worker": [
        Case(
            "not a hint",
            not_a_hint,
            {"batchItemFailures": [{"itemIdentifier": "not-a-hint"}]},
        ),
    ],
}


class Deployed:
    """Runs the functions of the package, each from its first call on."""

    def __init__(self, machine: Machine, environment: dict[str, str]) -> None:
        self._machine, self._environment = machine, environment
        self._running: dict[str, Function] = {}

    def __enter__(self) -> Deployed:
        return self

    def __exit__(self, *_: object) -> None:
        for function in self._running.values():
            function.stop()

    def invoke(self, name: str, event: Event) -> Any:
        if name not in self._running:
            self._running[name] = Function(self._machine, name, self._environment)
        answer = self._running[name].invoke(event)
        if isinstance(answer, dict) and str(answer.get("body", "")).startswith("{"):
            answer["body"] = json.loads(answer["body"])
        return answer


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    try:
        folder = shared("lambda", prepare)
        ready = Machine(interpreter(RUNTIME), folder / "runtime", folder / "task")
    except PackageError as error:
        pytest.skip(str(error))
    before = sorted(ready.package.rglob("*"))
    with read_only(ready.package):
        yield ready
    # Bytecode that was missing would have been written by now, where the tests run as root.
    assert sorted(ready.package.rglob("*")) == before


@pytest.fixture(scope="module")
def flow(aws_on_moto: LocalAws) -> Iterator[Flow]:
    aws_on_moto.reset()
    with LocalSystem(aws_on_moto) as own:
        yield Flow(own)


@pytest.fixture(scope="module")
def deployed(machine: Machine, flow: Flow) -> Iterator[Deployed]:
    services = {name: value for name, value in os.environ.items() if name.startswith(_SERVICES)}
    with Deployed(machine, {**flow.own.aws.environment, **services}) as running:
        yield running


def test_an_invoice_goes_through_all_of_them(deployed: Deployed, flow: Flow) -> None:
    invoice_id = flow.invoice()
    created = load("webhook-invoice-creation")
    (change,) = json.loads(created["body"])
    created["body"] = json.dumps([{**change, "objectId": int(invoice_id)}])
    answer = deployed.invoke("hubspot_webhook", signed(created, time.time()))
    assert answer["statusCode"] == 202

    aws = flow.own.aws
    poller = QueuePoller(
        aws.client("sqs"),
        aws.environment["QUEUE_URL"],
        lambda event, _: deployed.invoke("sync_worker", event),
    )
    assert poller.poll_once() == 1
    assert poller.failures == 0

    path = f"/v1/invoices/{invoice_id}/sync-status"
    asked = {**load("api-sync-status"), "rawPath": path}
    asked["requestContext"]["http"]["path"] = path
    status = deployed.invoke("api", signed(asked, time.time()))["body"]
    (found,) = flow.in_quickbooks(invoice_id)
    assert (status["status"], status["quickbooks"]["id"]) == ("synced", found["Id"])
    count = deployed.invoke("api", from_outside("api-failure-count"))["body"]
    assert count["failing"] == 0
    assert len(flow.realm.invoices) == 1


def test_each_function_has_its_cases() -> None:
    assert sorted(CASES) == sorted(path.stem for path in FUNCTIONS.glob("*.py"))


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{case.what}")
        for name, cases in CASES.items()
        for case in cases
    ],
)
def test_it_answers(deployed: Deployed, name: str, case: Case) -> None:
    answer = deployed.invoke(name, case.event())
    assert {key: answer.get(key) for key in case.answer} == case.answer


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_bytecode_is_missing(machine: Machine, name: str) -> None:
    loaded = [one for one in machine.modules(name) if one.file.is_relative_to(machine.package)]
    assert name in [one.name for one in loaded]
    for one in loaded:
        assert one.cached is None or one.cached.is_file(), one.name


@pytest.mark.parametrize("name", ["hubspot_webhook", "sync_worker"])
def test_a_start_is_little_more_than_what_others_need_for_theirs(
    machine: Machine, name: str
) -> None:
    """With the least and with the most to load; `python -m tests.benchmarks.init_times` has all.

    Both are the processor's times, taken in turns: what else the machine does hardly counts.
    """
    time = measure(machine, name, 1)
    assert time.floor > 0
    assert time.seconds < 2 * time.floor, table([time])
