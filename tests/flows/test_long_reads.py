"""What people change between two pages of a long read is not lost, on either side.

Each test plays random acts, by its seed, before each page of one read. What was there all the time
has to be found, and what both systems have agrees in the end.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug import Request

from infra.local.quickbooks import changes as simulated_changes
from infra.local.quickbooks import sales_line
from infra.local.wire import Fault
from invoice_sync.hubspot import search
from invoice_sync.jobs import backfill, retry
from invoice_sync.quickbooks import changes as quickbooks_changes
from invoice_sync.quickbooks import paging
from invoice_sync.sweep import missed

from .acting import FOR_EVER, lose_everything, put_right, run_sweep
from .backfilling import add_old, install, plan
from .backfilling import run as run_backfill
from .conftest import Flow
from .test_report import by_finding
from .test_report import run as run_report

SEEDS = range(6)
Act = Callable[[], object]


@pytest.fixture(autouse=True)
def small_pages(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.quickbooks.switches.rate_limits_on = False
    monkeypatch.setattr(search, "PAGE", 4)
    monkeypatch.setattr(paging, "PAGE", 4)
    monkeypatch.setattr(missed, "_PORTION", 5)
    monkeypatch.setattr(backfill, "PORTION", 4)
    monkeypatch.setattr(retry, "PORTION", 4)
    monkeypatch.setattr(quickbooks_changes, "_MAX_OBJECTS", 6)
    monkeypatch.setattr(simulated_changes, "CDC_OBJECTS", 6)


@pytest.fixture(params=SEEDS)
def chosen(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)  # noqa: S311


class People:
    """Act in HubSpot and in QuickBooks before a page of theirs is read, and are not heard."""

    def __init__(self, flow: Flow, chosen: random.Random) -> None:
        self.flow, self.chosen = flow, chosen
        self.ours: list[str] = []
        # Invoices of others in QuickBooks, older than ours.
        self.strangers: list[str] = []
        self.deleted: set[str] = set()
        self.acting = threading.Lock()

    def make(self, number: int, **options: Any) -> None:
        self.ours += [self.flow.invoice(**options) for _ in range(number)]

    def add_strangers(self, number: int, **fields: Any) -> None:
        for _ in range(number):
            lines = [sales_line(self.flow.item_id, "10")]
            added = self.flow.realm.add_invoice(self.flow.customer_id, lines, **fields)
            self.strangers.append(added["Id"])

    def before(self, simulator: Any, path: str, *acts: Act) -> None:
        def match(request: Request) -> bool:
            # Reads go out side by side: one of them is what people act before.
            if request.path.endswith(path) and self.acting.acquire(blocking=False):
                try:
                    with self.flow.realm.lock:
                        for _ in range(self.chosen.choice((0, 1, 1, 3))):
                            self.chosen.choice(acts)()
                finally:
                    self.acting.release()
            return False

        simulator.faults.append(Fault(match, None, FOR_EVER))

    def rest(self) -> None:
        self.flow.hubspot.faults.clear()
        self.flow.quickbooks.faults.clear()

    # -- acts

    def change_one(self) -> None:
        invoice_id = self.chosen.choice(self.ours)
        if invoice_id not in self.deleted:
            self.flow.set_price(invoice_id, str(self.chosen.randrange(100, 200)))

    def make_one(self) -> None:
        if len(self.ours) < 60:
            self.make(1)

    def delete_one(self) -> None:
        invoice_id = self.chosen.choice(self.ours)
        if invoice_id not in self.deleted:
            self.deleted.add(invoice_id)
            self.flow.portal.delete("invoices", invoice_id)

    def delete_stranger(self) -> None:
        if self.strangers:
            gone = self.strangers.pop(self.chosen.randrange(len(self.strangers)))
            self.flow.realm.delete_invoice(gone)

    # -- what has to come of it

    def check_all_agree(self) -> None:
        for invoice_id in self.ours:
            if invoice_id in self.deleted:
                continue
            total = self.flow.portal.record("invoices", invoice_id).properties["hs_amount_billed"]
            (there,) = self.flow.in_quickbooks(invoice_id)
            assert float(there["TotalAmt"]) == float(total)
            assert self.flow.status(invoice_id)["status"] == "synced"


@pytest.fixture
def people(flow: Flow, chosen: random.Random) -> People:
    return People(flow, chosen)


def sweep_twice(flow: Flow, people: People) -> None:
    """While people act, and once more."""
    run_sweep(flow)
    people.rest()
    put_right(flow)
    lose_everything(flow)
    flow.clock.advance(61)
    run_sweep(flow)
    put_right(flow)


def test_the_sweep_of_hubspot(flow: Flow, people: People) -> None:
    run_sweep(flow)
    people.make(18)
    lose_everything(flow)
    acts = (people.change_one, people.change_one, people.make_one, people.delete_one)
    people.before(flow.hubspot, "/search", *acts)
    for _ in range(6):
        run_sweep(flow)
        lose_nothing_but_webhooks(flow)
    sweep_twice(flow, people)
    people.check_all_agree()


def lose_nothing_but_webhooks(flow: Flow) -> None:
    flow.hubspot.webhooks.discard()
    flow.quickbooks.webhooks.discard()


def test_the_sweep_of_quickbooks(flow: Flow, people: People) -> None:
    run_sweep(flow)
    people.add_strangers(12)
    people.make(14)
    flow.work()
    flow.clock.advance(60)
    ids = {each: flow.in_quickbooks(each)[0]["Id"] for each in people.ours}
    for quickbooks_id in ids.values():
        flow.realm.edit_invoice(quickbooks_id, Line=[sales_line(flow.item_id, "5.00")])
    lose_everything(flow)

    def touch_stranger() -> None:
        if people.strangers:
            flow.realm.edit_invoice(people.chosen.choice(people.strangers), PrivateNote="x")

    people.before(
        flow.quickbooks, "/query", people.delete_stranger, people.delete_stranger, touch_stranger
    )
    run_sweep(flow)
    people.rest()
    put_right(flow)
    codes = {each: flow.failure_code(each) for each in people.ours}
    assert set(codes.values()) == {"modified_outside_hubspot"}


def test_a_backfill(flow: Flow, people: People) -> None:
    people.ours = [add_old(flow) for _ in range(14)]
    install(flow)
    acts = (people.change_one, people.delete_one)
    people.before(flow.hubspot, "/search", *acts)
    plan(flow)
    run_backfill(flow)
    people.rest()
    flow.work_later()
    people.check_all_agree()


def test_the_report(flow: Flow, people: People) -> None:
    people.add_strangers(10)
    people.make(12)
    flow.work()
    flow.clock.advance(2)
    people.before(flow.quickbooks, "/query", people.delete_stranger)
    report = run_report(flow)
    people.rest()
    assert sorted(by_finding(report)["matched"]) == sorted(people.ours)


def test_the_list_of_failing_invoices(flow: Flow, people: People) -> None:
    failing = fail(flow, people, 15)
    listed: list[str] = []
    left, cursor = [*failing], ""
    while True:
        page = flow.get(f"/v1/failures?limit=4&cursor={cursor}")
        listed += [row["invoiceId"] for row in page["failures"]]
        cursor = page["cursor"]
        if not cursor:
            break
        for act in people.chosen.choices(("heal", "fail"), k=people.chosen.randrange(3)):
            if act == "fail":
                fail(flow, people, 1)
            elif left:
                heal(flow, left.pop(people.chosen.randrange(len(left))))
    assert set(left) <= set(listed)
    assert len(listed) == len(set(listed))


def test_a_retry_of_many(flow: Flow, people: People) -> None:
    failing = fail(flow, people, 15)
    flow.realm.add_item("Unheard")
    flow.post("/v1/failures/retry?code=item_not_found")
    for _ in range(40):
        if people.chosen.random() < 0.5:
            heal(flow, people.chosen.choice(failing))
        flow.work_later()
        if not flow.get("/v1/failures/count")["failing"]:
            break
    assert {flow.status(each)["status"] for each in failing} == {"synced"}


def fail(flow: Flow, people: People, number: int) -> list[str]:
    line = {"name": "Unheard", "hs_sku": "", "quantity": "2", "price": "150"}
    made = [flow.invoice(lines=[line]) for _ in range(number)]
    flow.work()
    flow.clock.advance(timedelta(seconds=2).total_seconds())
    people.ours += made
    return made


def heal(flow: Flow, invoice_id: str) -> None:
    changes = {"name": "Consulting", "hs_sku": "CON-HOUR"}
    flow.portal.update("line_items", flow.line_of(invoice_id), changes)
    flow.work()
