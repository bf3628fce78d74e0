"""After the faults: let the system settle, then say what is wrong with what is there."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator, Set
from typing import Any

from invoice_sync.hints import from_message
from tests.audit.auditor import Auditor
from tests.flows.conftest import PORTAL_ID, Flow, check_numbers

from .scene import Scene

_MOST_ROUNDS = 12
_TEN_MINUTES = 600


def settle(scene: Scene) -> None:
    """Let the schedule and the queue run until nothing is pending and nothing moves any more."""
    before = _state(scene)
    for _ in range(_MOST_ROUNDS):
        _ten_minutes(scene)
        now = _state(scene)
        if now == before and "pending" not in now:
            return
        before = now


def _state(scene: Scene) -> str:
    return repr((sorted(summary(scene.flow).items()), scene.flow.own.poller.depth()))


def wait(scene: Scene) -> None:
    """Let two hours pass."""
    for _ in range(_MOST_ROUNDS):
        _ten_minutes(scene)


def _ten_minutes(scene: Scene) -> None:
    scene.later(_TEN_MINUTES)
    scene.work()
    scene.sweep()
    scene.work()


def summary(flow: Flow) -> dict[str, Any]:
    """Return what people see of each invoice, payment and customer, without QuickBooks' own ids."""
    seen: dict[str, Any] = {}
    customers = {row["Id"]: row["DisplayName"] for row in flow.realm.customers}
    for record in flow.records():
        code = record.failure.code if record.failure else ""
        seen[f"invoice {record.invoice_id}"] = [record.status, code]
    for kind in ("invoices", "payments", "credits"):
        for row in getattr(flow.realm, kind):
            note = str(row.get("PrivateNote", "")).partition("\n")[0]
            name = customers.get(row.get("CustomerRef", {}).get("value"), "")
            posted = [str(row.get("TotalAmt")), name]
            seen.setdefault(f"{kind} {note}", []).append(posted)
    seen["customers"] = sorted(
        (row["DisplayName"], row.get("PrimaryEmailAddr", {}).get("Address", ""))
        for row in flow.realm.customers
    )
    for invoice_id in flow.portal.ids("invoices"):
        shown = flow.portal.record("invoices", invoice_id).properties
        seen[f"shown {invoice_id}"] = [shown.get("qbo_sync_status"), shown.get("qbo_failure_code")]
    return seen


def findings(scene: Scene, reference: dict[str, Any] | None) -> Iterator[str]:
    """Say what is wrong, in a sentence each. `reference`: the summary of the same scene without
    any fault, if people did the same in it."""
    flow = scene.flow
    scene.ledger.watch_emails(flow.portal, flow.realm)
    yield from Auditor(flow, scene.ledger).findings()
    try:
        check_numbers(flow)
    except AssertionError as error:
        where = traceback.extract_tb(error.__traceback__)[-1].line
        yield f"the numbers are not a count of the records: {where} {str(error)[:300]}"
    yield from _of_records(flow)
    yield from _of_queues(flow)
    yield from _of_customers(flow)
    connection = flow.own.store.connections.get(PORTAL_ID)
    if connection is None or connection.state != "connected":
        yield f"the connection is {connection and connection.state} on good tokens"
    if reference is not None:
        yield from _different(summary(flow), reference, _gone_or_void(flow))


def _gone_or_void(flow: Flow) -> set[str]:
    """Return the invoices that somebody deleted or voided in HubSpot: if QuickBooks did not have
    them yet, nothing of them is there."""
    here = flow.portal.ids("invoices")
    return {
        record.invoice_id
        for record in flow.records()
        if record.invoice_id not in here
        or flow.portal.record("invoices", record.invoice_id).properties["hs_invoice_status"]
        == "voided"
    }


def _of_records(flow: Flow) -> Iterator[str]:
    for record in flow.records():
        if record.status == "pending":
            yield f"invoice {record.invoice_id} is still pending"
        properties = flow.portal.record("invoices", record.invoice_id)
        shown = properties.properties.get("qbo_sync_status")
        if record.invoice_id in flow.portal.ids("invoices") and shown != record.status:
            yield f"HubSpot shows {shown} for invoice {record.invoice_id}, which is {record.status}"


def _of_queues(flow: Flow) -> Iterator[str]:
    waiting = sum(flow.own.poller.depth())
    if waiting:
        yield f"{waiting} messages are still on the queue"
    records = {record.invoice_id: record for record in flow.records()}
    for body in _dead_letters(flow):
        hint = from_message(body)
        record = records.get(hint.object_id)
        if record is None or record.status != "failing":
            name = f"{hint.object_type} {hint.object_id}"
            yield f"a dead letter of {name}, and no record that shows it"


def _dead_letters(flow: Flow) -> list[str]:
    sqs, url = flow.own.aws.client("sqs"), flow.own.aws.dead_letter_url
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return bodies


def _of_customers(flow: Flow) -> Iterator[str]:
    emails = Counter(
        row["PrimaryEmailAddr"]["Address"].casefold()
        for row in flow.realm.customers
        if row["Active"] and row.get("PrimaryEmailAddr")
    )
    for email, number in emails.items():
        if number > 1:
            names = [
                row["DisplayName"]
                for row in flow.realm.customers
                if row.get("PrimaryEmailAddr", {}).get("Address", "").casefold() == email
            ]
            yield f"a customer was made {number} times: {names}"


def _different(here: dict[str, Any], reference: dict[str, Any], moving: Set[str]) -> Iterator[str]:
    """`moving`: ids of invoices of which it depends on the moment what is right."""
    for name in sorted({*here, *reference}):
        if any(each in name for each in moving):
            continue
        if here.get(name) != reference.get(name):
            yield f"{name}: {here.get(name)}, without faults {reference.get(name)}"
