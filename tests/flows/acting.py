"""What people and outages do in the flow tests: each helper is one act."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from werkzeug import Request

import sweep
from infra.local.aws_calls import made_by
from infra.local.lambda_context import LambdaContext
from infra.local.wire import Answer, Fault, Simulator

from .conftest import NOW, PORTAL_ID, Flow


class KilledError(BaseException):
    """Lambda ends the process: nothing that catches errors runs."""


def killed(*_: object, **__: object) -> Any:
    """Stand for the call at which the process ends."""
    raise KilledError


def take(flow: Flow, invoice_id: str, amount: str, **properties: Any) -> str:
    """A payment that HubSpot took for an invoice."""
    whole = {
        "hs_initial_amount": amount,
        "hs_currency_code": "USD",
        "hs_initiated_date": "2026-03-04T17:30:00Z",
        "hs_latest_status": "succeeded",
        "hs_processor_type": "hs_payments",
        **properties,
    }
    return flow.portal.create("commerce_payments", whole, [("invoices", invoice_id)])


FOR_EVER = 10_000
TID = "1-6543f00d-0123456789abcdef01234567"


HUBSPOT_ERROR = {
    "status": "error",
    "message": "internal error",
    "correlationId": "8a3f6c3a-8296-4002-b0a6-2a06fecf7c0c",
    "category": "INTERNAL_ERROR",
}


def quickbooks_calls(request: Request) -> bool:
    return "/v3/company/" in request.path


def asks_for_tokens(request: Request) -> bool:
    return request.path.endswith(("/bearer", "/v3/token"))


HUBSPOT_REFUSAL = {
    "status": "error",
    "message": "refused",
    "correlationId": "8a3f6c3a-8296-4002-b0a6-2a06fecf7c0c",
    "category": "VALIDATION_ERROR",
}


def object_reads(request: Request) -> bool:
    return "/objects/" in request.path


def down(flow: Flow, service: str) -> None:
    if service == "quickbooks":
        flow.quickbooks.faults.append(Fault(quickbooks_calls, Answer(503, "busy"), FOR_EVER))
    else:
        flow.hubspot.faults.append(Fault(object_reads, Answer(502, HUBSPOT_ERROR), FOR_EVER))


def up(flow: Flow) -> None:
    flow.quickbooks.faults.clear()
    flow.hubspot.faults.clear()


def refusing(
    flow: Flow, code: str, detail: str, *, status: int = 400, having: bytes = b"", path: str = ""
) -> Fault:
    """Let QuickBooks refuse, from now on, creations of invoices that have these bytes, or all
    requests to another path that do."""
    error = {"Message": "Refused", "Detail": detail, "code": code, "element": ""}
    body = {"Fault": {"Error": [error], "type": "ValidationFault"}}
    path = path or "/invoice"

    def match(request: Request) -> bool:
        sent = unquote_plus(request.query_string.decode()).encode() + request.get_data()
        creates = path != "/invoice" or request.method == "POST"
        return creates and request.path.endswith(path) and having in sent

    fault = Fault(match, Answer(status, body, {"intuit_tid": TID}), times=FOR_EVER)
    flow.quickbooks.faults.append(fault)
    return fault


def refusing_to_read(flow: Flow, record_id: str) -> None:
    """Let HubSpot refuse, from now on, each read that names this record."""

    def match(request: Request) -> bool:
        if "/objects/" not in request.path:
            return False
        in_bulk = request.path.endswith("/batch/read")
        named = in_bulk and f'"{record_id}"' in request.get_data().decode()
        return named or (request.method == "GET" and request.path.endswith(f"/{record_id}"))

    flow.hubspot.faults.append(Fault(match, Answer(400, HUBSPOT_REFUSAL), FOR_EVER))


def reading_in_bulk(flow: Flow) -> None:
    """Let HubSpot refuse, from now on, to return an invoice with the ids of its parts: they are
    read in bulk then, as those of many invoices are."""

    def match(request: Request) -> bool:
        return request.method == "GET" and "/objects/invoices/" in request.path

    flow.hubspot.faults.append(Fault(match, Answer(400, HUBSPOT_REFUSAL), FOR_EVER))


def run_sweep(flow: Flow, later: timedelta = timedelta()) -> None:
    """The scheduled function, now or so much later than the test began."""
    if later:
        # The services' clocks go with ours: tokens must not be old when they are given.
        flow.clock.advance(max(0.0, (NOW + later - flow.clock.now()).total_seconds()))
        with made_by("sweep"):
            later_sweep = sweep.build(lambda: NOW + later)
        later_sweep.run()
    else:
        assert sweep.handler({}, LambdaContext("sweep")) == {}


def meanwhile(simulator: Simulator, path: str, act: Callable[[], object], method: str = "") -> None:
    """Let somebody act once: when the service has carried out the next request to a path that ends
    so, and before its answer arrives."""

    def matches(request: Request) -> bool:
        return request.path.endswith(path) and method in ("", request.method)

    def change(answer: Answer) -> Answer:
        act()
        return answer

    simulator.faults.append(Fault(matches, None, change=change))


def lose_everything(flow: Flow) -> None:
    """Whatever HubSpot and Intuit have not delivered yet, and every message on the queue."""
    flow.hubspot.webhooks.discard()
    flow.quickbooks.webhooks.discard()
    sqs, url = flow.own.aws.client("sqs"), flow.own.aws.environment["QUEUE_URL"]
    flow.own.aws.end_waits()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])


def put_right(flow: Flow) -> None:
    """Nothing but the sweep and the worker."""
    flow.hubspot.webhooks.discard()
    flow.quickbooks.webhooks.discard()
    while flow.own.poller.poll_once():
        pass


def beyond(flow: Flow, later: timedelta) -> None:
    """The sweep has been over all that HubSpot shows until then."""
    for object_type in ("invoices", "line_items"):
        flow.own.store.marks.advance(PORTAL_ID, f"hubspot {object_type}", NOW + later)


SHARE_OF_FAULTS = 0.15


def make_trouble(flow: Flow, seed: int) -> None:
    """Each call may be dropped, answered with an error, or carried out and then not answered."""
    chosen, lock = random.Random(seed), threading.Lock()  # noqa: S311

    def unlucky(_: Request) -> bool:
        with lock:
            return chosen.random() < SHARE_OF_FAULTS / 4

    for simulator in (flow.quickbooks, flow.hubspot):
        simulator.faults += [
            Fault(unlucky, None, times=10_000),
            Fault(unlucky, None, times=10_000, before_effect=False),
            Fault(unlucky, Answer(503, "<html>busy</html>"), times=10_000),
            Fault(unlucky, Answer(500, "<html>oops</html>"), times=10_000, before_effect=False),
        ]


def failing_invoices(flow: Flow, number: int) -> list[str]:
    """So many failing invoices, oldest first."""
    ids = []
    for _ in range(number):
        invoice_id = flow.invoice()
        flow.portal.dissociate("invoices", invoice_id, "contacts", flow.contact_id)
        ids.append(invoice_id)
        flow.work()
    return ids


def at_noon(flow: Flow) -> date:
    """Move the portal to the time zone where it is about noon, and return the date there.

    Whatever the hour is here, the night's report then begins with the first sweep, and a sweep some
    hours later begins no other one.
    """
    now = flow.clock.now()
    connection = flow.own.store.connections.get(PORTAL_ID)
    assert connection
    # These names count the hours west of Greenwich.
    noon = connection.model_copy(update={"time_zone": f"Etc/GMT{now.hour - 12:+d}"})
    flow.own.store.connections.put(noon)
    return now.date()


def end_connection(flow: Flow, portal_id: str = PORTAL_ID) -> None:
    """The grant turns out to be dead."""
    connections = flow.own.store.connections
    connection = connections.get(portal_id)
    assert connection
    now = flow.clock.now()
    assert connections.require_reconnect(portal_id, connection.grant, None, now)


def use_again(flow: Flow) -> None:
    """The tokens turn out to work."""
    connections = flow.own.store.connections
    connection = connections.get(PORTAL_ID)
    assert connection
    assert connections.set_working(PORTAL_ID, connection.grant, f"after {connection.grant}")


def begin_now(flow: Flow) -> datetime:
    """Let the connection begin at this moment: what became open before it is from before the
    start. Nobody has told of it, as the app was not there."""
    flow.hubspot.webhooks.discard()
    flow.clock.advance(2)
    start = flow.clock.now().replace(microsecond=0)
    connection = flow.own.store.connections.get(PORTAL_ID)
    assert connection
    flow.own.store.connections.put(connection.model_copy(update={"started_at": start}))
    flow.clock.advance(2)
    return start
