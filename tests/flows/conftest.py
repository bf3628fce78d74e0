"""Real functions and HTTP: AWS, both simulators, signed webhooks in, the API out.

Each test acts as people do in HubSpot and QuickBooks, then lets the system work and looks at what
is in QuickBooks and what the API says.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import sync_worker
from infra.local.aws import LocalAws
from infra.local.quickbooks import Realm
from infra.local.system import APP_SECRET, LocalSystem
from infra.local.wire import Recorder
from invoice_sync.hints import Hint, Queue
from invoice_sync.model.money import countable
from invoice_sync.model.record import Record
from invoice_sync.model.unrecorded import unrecorded
from invoice_sync.runtime import metrics
from invoice_sync.sync.worker import Worker
from tests import described
from tests.driven_time import driving
from tests.in_process import no_sockets

# A Wednesday, when it is the same day everywhere in the Americas and Europe.
NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
PORTAL_ID, REALM_ID = "24680", "9130357849536436"


class Flow:
    """A portal connected to a realm, each with a customer, and the actions of a test."""

    def __init__(self, own: LocalSystem, **realm: Any) -> None:
        """Connect the portal and the realm; `realm` holds options such as its country."""
        self.own, self.clock = own, own.clock
        # All messages are on the queue before the worker begins.
        own.poller.batching_window = 0
        self.hubspot, self.quickbooks = own.hubspot, own.quickbooks
        self.portal = own.hubspot.add_portal(PORTAL_ID)
        self.realm: Realm = own.quickbooks.add_realm(
            REALM_ID, preferences={"SalesFormsPrefs.CustomTxnNumbers": True}, **realm
        )
        self.item_id = self.realm.add_item("Consulting", "CON-HOUR")["Id"]
        self.customer_id = self.realm.add_customer("Globex", "AP@globex.example")["Id"]
        self.contact_id = self.portal.create(
            "contacts", {"email": "ap@globex.example", "firstname": "Hank", "lastname": "Scorpio"}
        )
        own.connect(PORTAL_ID, REALM_ID)

    # -- acting

    def settings(self, **settings: Any) -> None:
        assert self.own.store.connections.change_settings(PORTAL_ID, settings)

    def invoice(self, **options: Any) -> str:
        """Create an open invoice of 300.00 for the customer in HubSpot, and return its id."""
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}
        options = {"contact_id": self.contact_id, "lines": [line], **options}
        return str(self.portal.create_invoice(**options))

    def line_of(self, invoice_id: str) -> str:
        return self.portal.associated("invoices", invoice_id, "line_items")[0]

    def set_price(self, invoice_id: str, price: str) -> None:
        self.portal.update("line_items", self.line_of(invoice_id), {"price": price})

    def work(self) -> None:
        """Deliver all webhooks, then empty the queue, except for messages that are told to wait."""
        for _ in range(10):
            self.hubspot.deliver()
            self.quickbooks.deliver()
            while self.own.poller.poll_once():
                pass
            if not (self.hubspot.pending_deliveries() or self.quickbooks.pending_deliveries()):
                return

    def watch_quickbooks(self) -> None:
        """Let Intuit report changes from now on.

        Time passes, because a change in the very second of our write looks like its echo.
        """
        url = f"{self.own.gateway.url}/webhooks/quickbooks"
        self.quickbooks.subscribe(url, APP_SECRET["quickbooksVerifierToken"])
        self.clock.advance(2)

    def work_later(self) -> None:
        """Do the same as `work` when every wait is over."""
        self.own.aws.end_waits()
        self.work()

    def sync_at(self, moment: datetime) -> Worker:
        """Return another worker whose clock stands at `moment`.

        It does not keep the pace of the others, so some time passes for the services.
        """
        self.clock.advance(2)
        return sync_worker.build(lambda: moment).worker

    def hint(self, invoice_id: str) -> Hint:
        now = self.clock.now()
        return Hint(PORTAL_ID, invoice_id, "webhook", now, now)

    @property
    def queue(self) -> Queue:
        return sync_worker.collaborators().queue

    # -- looking

    def get(self, path: str) -> dict[str, Any]:
        answer = self.fetch("GET", path)
        assert answer.status == 200, answer.text
        view: dict[str, Any] = answer.json()
        return view

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.fetch("POST", path, body)
        assert answer.status == 200, answer.text
        view: dict[str, Any] = answer.json()
        return view

    def fetch(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """As the card does. Every answer has to be one that the OpenAPI document describes."""
        url = self.own.gateway.url + path
        answer = self.hubspot.fetch(PORTAL_ID, method, url, body=body)
        described.check(method, path, answer)
        return answer

    def status(self, invoice_id: str) -> dict[str, Any]:
        return self.get(f"/v1/invoices/{invoice_id}/sync-status")

    def failure_code(self, invoice_id: str) -> str:
        failure = self.status(invoice_id)["failure"]
        return str(failure["code"]) if failure else ""

    def in_quickbooks(self, invoice_id: str) -> list[dict[str, Any]]:
        marker = f"HubSpot invoice {invoice_id} (portal {PORTAL_ID})"
        return [
            invoice for invoice in self.realm.invoices if marker in invoice.get("PrivateNote", "")
        ]

    def table(self) -> list[dict[str, Any]]:
        """Return all that the system keeps except secrets, in DynamoDB's JSON."""
        return self.own.aws.items()

    def records(self) -> list[Record]:
        """Return all records, including those of invoices that HubSpot no longer has."""
        ids = [
            item["sk"]["S"].removeprefix("INVOICE#")
            for item in self.table()
            if item["pk"]["S"] == f"PORTAL#{PORTAL_ID}"
            and item["sk"]["S"].startswith("INVOICE#")
            and "#ATTEMPT#" not in item["sk"]["S"]
        ]
        return list(self.own.store.records.get_many(PORTAL_ID, ids).values())


@pytest.fixture
def flow(aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[Flow]:
    """Run a new system around one connected portal; an indirect parameter holds realm options.

    With RECORD_TO=FOLDER each test leaves its exchanges there, as the demo's --record does.
    """
    aws.reset()
    metrics.flush()  # metrics that an earlier test left behind
    folder = os.environ.get("RECORD_TO")
    name = re.sub(r"\W+", "-", request.node.nodeid).strip("-")
    recorder = Recorder(Path(folder) / f"{name}.jsonl") if folder else None
    over_sockets = request.node.get_closest_marker("sockets") or os.environ.get("WIRE") == "sockets"
    with (
        nullcontext() if over_sockets else no_sockets(),
        LocalSystem(aws, recorder=recorder) as own,
        driving(own.clock),
    ):
        own.clock.stand_still(at=NOW, tick=0.001)
        running = Flow(own, **getattr(request, "param", {}))
        yield running
        check_numbers(running)
    if recorder:
        recorder.close()


def check_numbers(flow: Flow) -> None:
    """Check, after every test, that the API's numbers are a count of the records."""
    stored = flow.records()
    records = [record for record in stored if record.status == "failing" and record.failure]
    failing = Counter(record.failure.code for record in records if record.failure)
    shown = flow.get("/v1/failures/count")
    assert shown["failing"] == failing.total()
    assert shown["byCode"] == dict(failing)
    assert (shown["oldestFailedAt"] is None) == (not failing)
    listed = flow.get("/v1/failures?limit=100")["failures"]
    assert Counter(row["failure"]["code"] for row in listed) == failing
    grouped = flow.get("/v1/failures?groupBy=cause&limit=100")
    causes = {row["cause"]: row["invoices"] for row in grouped["causes"]}
    assert causes == Counter(record.cause for record in records if record.cause)
    single = Counter(
        record.failure.code for record in records if record.failure and not record.cause
    )
    assert grouped["single"] == single
    assert stakes(shown["atStake"]) == amounts_of(records)
    for row in grouped["causes"]:
        of_cause = [record for record in records if record.cause == row["cause"]]
        assert stakes(row["atStake"]) == amounts_of(of_cause)
    check_unrecorded(flow, stored, shown["unrecorded"])


_Stakes = dict[str, tuple[int, Decimal]]


def stakes(shown: list[dict[str, Any]]) -> _Stakes:
    return {each["currency"]: (each["invoices"], Decimal(each["amount"])) for each in shown}


def amounts_of(records: list[Record]) -> _Stakes:
    """Return how many invoices of each currency these are, and the sum of what they bill."""
    amounts: dict[str, list[Decimal]] = {}
    for summary in (record.summary for record in records):
        if summary.amount is not None and summary.currency:
            amounts.setdefault(summary.currency, []).append(summary.amount)
    return {name: (len(each), sum(each, Decimal(0))) for name, each in amounts.items()}


def check_unrecorded(flow: Flow, records: list[Record], shown: dict[str, Any]) -> None:
    """Check that what the API counts, sums up and lists of money in no book is the records'."""
    amounts = [each for record in records for each in unrecorded(record)]
    connection = flow.own.store.connections.get(PORTAL_ID)
    if connection and not connection.settings.record_payments:
        amounts = []  # whoever records payments elsewhere does not want them listed
    kinds = {"payments": "payment", "refunds": "refund", "lowered": "lowered"}
    counts = Counter(str(each.kind) for each in amounts)
    assert {name: shown[name] for name in kinds} == {n: counts[k] for n, k in kinds.items()}
    sums: Counter[tuple[str, str]] = Counter()
    for each in amounts:
        amount = countable(each.amount, each.currency)
        sums[each.kind, each.currency] += amount or 0  # type: ignore[assignment]
    summed = {(each["kind"], each["currency"]): Decimal(each["amount"]) for each in shown["sums"]}
    assert summed == {key: total for key, total in sums.items() if total}
    listed = flow.get("/v1/payments/unrecorded?limit=100")["amounts"]
    assert Counter((each["kind"], each["invoiceId"], each["hubspotId"]) for each in listed) == (
        Counter((each.kind, each.invoice_id, each.payment_id) for each in amounts)
    )
