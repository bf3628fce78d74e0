"""The invoices of a period: planned without writing anything, then adopted or brought in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import sync_worker
from infra.local.quickbooks import sales_line
from invoice_sync.hints import Hint
from invoice_sync.jobs import backfill
from invoice_sync.store.store import Change

from .acting import take
from .conftest import PORTAL_ID, REALM_ID, Flow

PATH = "/v1/backfill?from=2026-03-01&to=2026-03-31"
DAY = "2026-03-10"


def old(flow: Flow, **options: Any) -> str:
    """An invoice of the period, of before this app was installed: nobody tells of it."""
    return flow.invoice(**{"hs_invoice_date": DAY, "hs_due_date": "2026-04-09", **options})


def by_hand(flow: Flow, number: str | None, amount: int = 300, **fields: Any) -> dict[str, Any]:
    lines = [sales_line(flow.item_id, amount)]
    whole = {"TxnDate": DAY, **fields}
    return flow.realm.add_invoice(flow.customer_id, lines, number, **whole)


def installed(flow: Flow) -> None:
    flow.hubspot.webhooks.discard()


def post(flow: Flow, portal_id: str = PORTAL_ID, **changes: Any) -> Any:
    url = f"{flow.own.gateway.url}/v1/backfill"
    body = {"from": "2026-03-01", "to": "2026-03-31", **changes}
    return flow.hubspot.fetch(portal_id, "POST", url, body)


def until(flow: Flow, state: str) -> dict[str, Any]:
    for _ in range(30):
        shown = flow.get(PATH)
        if shown["state"] == state:
            return shown
        assert shown["state"] in ("planning", "running"), shown
        flow.work_later()
    raise AssertionError(f"never {state}: {shown}")


def planned(flow: Flow, **changes: Any) -> dict[str, Any]:
    assert post(flow, **changes).status == 200
    return until(flow, "planned")


def run(flow: Flow) -> dict[str, Any]:
    assert post(flow, run=True).status == 200
    return until(flow, "done")


def test_the_plan_counts_what_the_run_then_does(flow: Flow) -> None:
    flow.settings(create_customers=True)
    flow.realm.add_vendor("Umbrella")
    company = flow.portal.create("companies", {"name": "Umbrella"})
    red = flow.portal.create("contacts", {"email": "red@umbrella.example"})
    synced = old(flow, number="INV-1")
    flow.work()
    written = flow.realm.invoices
    draft = old(flow, number="INV-2", status="draft")
    create = old(flow, number="INV-3")
    adopt, theirs = old(flow, number="INV-4"), by_hand(flow, "INV-4")
    clash, _ = old(flow, number="INV-5"), by_hand(flow, "INV-5", 310)
    nobody = old(flow, number="INV-6")
    flow.portal.dissociate("invoices", nobody, "contacts", flow.contact_id)
    novelty = [{"name": "Novelty", "quantity": "1", "price": "10"}]
    no_item = old(flow, number="INV-7", lines=novelty)
    taken = old(flow, number="INV-8", contact_id=red, company_id=company)
    line = [{"name": "Consulting", "quantity": "1", "price": "77"}]
    maybe, _ = old(flow, number="INV-9", lines=line), by_hand(flow, "1041", 77)
    before, after = (
        old(flow, number="INV-10", hs_invoice_date="2026-02-28"),
        old(flow, number="INV-11", hs_invoice_date="2026-04-01"),
    )
    installed(flow)
    books, records = flow.realm.invoices, flow.records()

    shown = planned(flow)
    plan = shown["plan"]
    assert plan["invoices"] == 8
    assert plan["byOutcome"] == {"adopt": 1, "create": 1, "fail": 5, "synced": 1}
    assert {code: one["invoices"] for code, one in plan["byCode"].items()} == {
        "customer_not_found": 1,
        "duplicate_display_name": 1,
        "duplicate_document_number": 1,
        "item_not_found": 1,
        "possible_duplicate": 1,
    }
    assert plan["byCode"]["duplicate_display_name"]["title"] == "The display name is a duplicate"
    assert plan["numbersTakenBy"] == {"total": 1}
    assert 0 < plan["meteredReads"] <= 12
    assert shown["progress"] is None
    # Nothing was written, neither there nor here.
    assert flow.realm.invoices == books
    assert [one["DisplayName"] for one in flow.realm.customers] == ["Globex"]
    assert flow.records() == records

    done = run(flow)
    assert done["progress"] == {
        "done": 8,
        "total": 8,
        "adopted": 1,
        "sent": 1,
        "written": 1,
        "failing": 5,
        "left": 0,
    }
    assert done["plan"] == plan
    codes = {one: flow.failure_code(one) for one in (clash, nobody, no_item, taken, maybe)}
    assert codes == {
        clash: "duplicate_document_number",
        nobody: "customer_not_found",
        no_item: "item_not_found",
        taken: "duplicate_display_name",
        maybe: "possible_duplicate",
    }
    assert flow.get("/v1/failures/count")["failing"] == 5
    status = flow.status(adopt)
    assert (status["status"], status["quickbooks"]["id"]) == ("synced", theirs["Id"])
    (attempt,) = status["attempts"]
    assert (attempt["action"], attempt["trigger"]) == ("adopted", "backfill")
    (made,) = flow.in_quickbooks(create)
    assert len(flow.realm.invoices) == len(books) + 1
    assert flow.realm.invoice(theirs["Id"]) == theirs
    assert [one["Id"] for one in written] == [flow.status(synced)["quickbooks"]["id"]]
    assert flow.status(create)["quickbooks"]["id"] == made["Id"]
    for one in (draft, before, after):
        assert flow.status(one)["status"] == "unknown"


def test_nothing_is_made_twice_by_running_again(flow: Flow) -> None:
    ids = [old(flow, number=f"INV-{n}") for n in range(5)]
    by_hand(flow, "INV-0")
    installed(flow)
    planned(flow)
    run(flow)
    books = flow.realm.invoices
    assert len(books) == 5
    shown = planned(flow, again=True)
    assert shown["plan"]["byOutcome"] == {"synced": 5}
    assert shown["plan"]["meteredReads"] == 0
    done = run(flow)
    assert (done["progress"]["sent"], done["progress"]["done"]) == (0, 5)
    assert flow.realm.invoices == books
    assert {flow.status(one)["status"] for one in ids} == {"synced"}


class TestAdopted:
    def test_it_is_changed_when_hubspot_changes_it(self, flow: Flow) -> None:
        invoice_id, theirs = old(flow, number="INV-4"), by_hand(flow, "INV-4")
        installed(flow)
        planned(flow)
        run(flow)
        flow.set_price(invoice_id, "175")
        flow.work()
        assert [one["TotalAmt"] for one in flow.realm.invoices] == [350]
        assert flow.status(invoice_id)["quickbooks"]["id"] == theirs["Id"]

    def test_a_payment_on_other_lines_of_the_same_total_is_no_failure(self, flow: Flow) -> None:
        support = flow.realm.add_item("Support")["Id"]
        invoice_id = old(flow, number="INV-4")
        lines = [sales_line(support, 299), sales_line(support, 1)]
        theirs = flow.realm.add_invoice(flow.customer_id, lines, "INV-4", TxnDate=DAY)
        installed(flow)
        planned(flow)
        run(flow)
        flow.watch_quickbooks()
        flow.realm.receive_payment(theirs["Id"], 300)
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.realm.invoice(theirs["Id"])["Line"][0]["Amount"] == 299

    @pytest.mark.parametrize("by_hand_too", [True, False])
    def test_what_hubspot_took_for_it_is_in_quickbooks_once(
        self, flow: Flow, by_hand_too: bool
    ) -> None:
        invoice_id, theirs = old(flow, number="INV-4"), by_hand(flow, "INV-4")
        take(flow, invoice_id, "300")
        if by_hand_too:
            flow.realm.receive_payment(theirs["Id"], 300)
        installed(flow)
        planned(flow)
        assert len(flow.realm.payments) == by_hand_too
        run(flow)
        assert [one["TotalAmt"] for one in flow.realm.payments] == [300]
        assert flow.realm.invoice(theirs["Id"])["Balance"] == 0
        assert flow.status(invoice_id)["status"] == "synced"

    def test_in_a_closed_period_which_takes_no_new_ones(self, flow: Flow) -> None:
        there, missing = old(flow, number="INV-4"), old(flow, number="INV-5")
        theirs = by_hand(flow, "INV-4")
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-12-31")
        installed(flow)
        plan = planned(flow)["plan"]
        assert plan["byOutcome"] == {"adopt": 1, "fail": 1}
        assert plan["byCode"]["closed_period"]["invoices"] == 1
        run(flow)
        assert flow.status(there)["quickbooks"]["id"] == theirs["Id"]
        assert flow.failure_code(missing) == "closed_period"
        assert len(flow.realm.invoices) == 1

    @pytest.mark.parametrize("setting", ["hubspot", "quickbooks"])
    def test_our_own_of_a_lost_table_are_known_by_their_marker(
        self, flow: Flow, setting: str
    ) -> None:
        flow.settings(document_number=setting)
        same, changed = old(flow, number="INV-4"), old(flow, number="INV-5")
        flow.work()
        books = {one["Id"]: one["SyncToken"] for one in flow.realm.invoices}
        (renumbered,) = flow.in_quickbooks(changed)
        flow.realm.edit_invoice(renumbered["Id"], DocNumber="OLD-5")
        table = flow.own.aws.environment["TABLE_NAME"]
        client = flow.own.aws.client("dynamodb")
        for item in client.scan(TableName=table)["Items"]:
            if "INVOICE#" in item["sk"]["S"]:
                client.delete_item(TableName=table, Key={n: item[n] for n in ("pk", "sk")})
        plan = planned(flow)["plan"]
        assert plan["byOutcome"] == {"adopt": 2}
        run(flow)
        assert {one["Id"] for one in flow.realm.invoices} == set(books)
        for one in (same, changed):
            (found,) = flow.in_quickbooks(one)
            assert flow.status(one)["quickbooks"]["id"] == found["Id"]
            assert flow.status(one)["status"] == "synced"


class TestPossiblyThere:
    def test_it_is_created_only_when_somebody_asks(self, flow: Flow) -> None:
        flow.settings(document_number="quickbooks")
        flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", False)
        invoice_id, theirs = old(flow, number="INV-4"), by_hand(flow, None)
        installed(flow)
        planned(flow)
        run(flow)
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "possible_duplicate"
        assert f"id {theirs['Id']}" in failure["explanation"]
        # Neither an event nor a retry of everything asks for a second one.
        flow.portal.update("invoices", invoice_id, {"hs_comments": "Thanks"})
        assert flow.post("/v1/failures/retry")["queued"] == 0
        flow.work()
        assert flow.failure_code(invoice_id) == "possible_duplicate"
        assert len(flow.realm.invoices) == 1
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.realm.invoices) == 2

    def test_it_is_adopted_once_it_has_the_number(self, flow: Flow) -> None:
        invoice_id, theirs = old(flow, number="INV-4"), by_hand(flow, "1041")
        installed(flow)
        planned(flow)
        run(flow)
        flow.realm.edit_invoice(theirs["Id"], DocNumber="INV-4")
        assert planned(flow, again=True)["plan"]["byOutcome"] == {"adopt": 1}
        run(flow)
        assert flow.status(invoice_id)["quickbooks"]["id"] == theirs["Id"]
        assert flow.get("/v1/failures/count")["failing"] == 0


def test_outside_a_backfill_nothing_is_adopted(flow: Flow) -> None:
    by_hand(flow, "INV-4")
    invoice_id = old(flow, number="INV-4")
    flow.work()
    assert flow.failure_code(invoice_id) == "duplicate_document_number"


def test_a_live_invoice_overtakes(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    portion = 20
    monkeypatch.setattr(backfill, "PORTION", portion)
    ids = [old(flow, number=f"INV-{n}") for n in range(50)]
    installed(flow)
    planned(flow)
    assert post(flow, run=True).status == 200
    # Until the first portion is on the queue. Then somebody opens an invoice.
    while not flow.get(PATH)["progress"]["sent"]:
        flow.own.aws.end_waits()
        flow.own.poller.poll_once()
    assert flow.get(PATH)["progress"]["sent"] == portion
    live = flow.invoice(number="LIVE-1")
    flow.hubspot.deliver()
    receives = 0
    while flow.status(live)["status"] != "synced" and receives < 5:
        flow.own.poller.poll_once()
        receives += 1
    # It shares its batch with the portion before it, and never waits for a second one.
    assert receives <= 2
    shown = flow.get(PATH)
    assert shown["state"] == "running"
    assert shown["progress"]["done"] <= portion
    assert len(flow.realm.invoices) <= portion + 1
    shown = until(flow, "done")
    assert shown["progress"]["written"] == 50
    assert len(flow.realm.invoices) == 51
    assert [len(flow.in_quickbooks(one)) for one in ids] == [1] * 50


def test_a_worker_that_dies_repeats_its_step(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PORTION", 20)
    ids = [old(flow, number=f"INV-{n}") for n in range(27)]
    theirs = by_hand(flow, "INV-7")
    installed(flow)
    planned(flow)
    post(flow, run=True)
    store = sync_worker.collaborators().store
    kept, died = type(store).put_job, 0

    def dies(self: Any, job: Any) -> bool:
        nonlocal died
        if job.state == "running" and died < 2:
            died += 1
            raise RuntimeError("the worker is gone")
        return kept(self, job)

    monkeypatch.setattr(type(store), "put_job", dies)
    shown = until(flow, "done")
    assert died == 2
    assert shown["progress"]["done"] == 27
    assert len(flow.realm.invoices) == 27
    assert flow.realm.invoice(theirs["Id"]) == theirs
    assert {flow.status(one)["status"] for one in ids[::6]} == {"synced"}


def test_what_another_worker_is_at_is_waited_for(flow: Flow) -> None:
    invoice_id, theirs = old(flow, number="INV-4"), by_hand(flow, "INV-4")
    installed(flow)
    planned(flow)
    now, store = datetime.now(UTC), flow.own.store
    claimed = store.claim(PORTAL_ID, [invoice_id], "another worker", now, 120)[invoice_id]
    assert claimed
    post(flow, run=True)
    flow.work_later()
    flow.work_later()
    assert flow.get(PATH)["state"] == "running"
    assert flow.status(invoice_id)["quickbooks"] is None
    store.commit([Change(claimed, claimed, None)], REALM_ID, "another worker")
    assert until(flow, "done")["progress"]["adopted"] == 1
    assert flow.status(invoice_id)["quickbooks"]["id"] == theirs["Id"]


def test_two_hints_of_one_step_do_it_once(flow: Flow) -> None:
    for n in range(3):
        old(flow, number=f"INV-{n}")
    installed(flow)
    planned(flow)
    post(flow, run=True)
    now = datetime.now(UTC)
    step = Hint(PORTAL_ID, "2026030120260331", "backfill", now, now, "backfills")
    flow.queue.send([step, step])
    assert until(flow, "done")["progress"]["done"] == 3
    assert len(flow.realm.invoices) == 3


class TestRequests:
    def test_what_makes_no_sense_is_refused_with_words(self, flow: Flow) -> None:
        for changes, word in (
            ({"from": "2026-04-01"}, "after"),
            ({"from": "2025-03-30"}, "366"),
            ({"from": "soon"}, "2026-01-31"),
            ({"to": None}, "to"),
            ({"run": True, "again": True}, "plan"),
            ({"then": 1}, "then"),
        ):
            answer = post(flow, **changes)
            assert answer.status == 400, changes
            assert answer.headers["content-type"] == "application/problem+json"
            assert word in answer.json()["detail"]
        assert post(flow, **{"from": "2025-03-31", "to": "2026-03-31"}).status == 200

    def test_only_what_is_planned_can_be_run(self, flow: Flow) -> None:
        assert post(flow, run=True).status == 409
        assert flow.fetch("GET", PATH).status == 404
        assert post(flow).json()["state"] == "planning"
        assert post(flow, run=True).status == 409
        until(flow, "planned")
        assert post(flow, run=True).json()["state"] == "running"
        assert post(flow, run=True).json()["state"] == "running"
        until(flow, "done")
        assert post(flow, run=True).status == 409
        assert post(flow).json()["state"] == "done"
        assert post(flow, again=True).json()["state"] == "planning"

    def test_another_portal_sees_nothing(self, flow: Flow) -> None:
        old(flow)
        installed(flow)
        planned(flow)
        flow.hubspot.add_portal("13579")
        assert post(flow, "13579").status == 404
        other = flow.hubspot.fetch("13579", "GET", flow.own.gateway.url + PATH)
        assert other.status == 404
        flow.quickbooks.add_realm("9130357849536499")
        flow.own.connect("13579", "9130357849536499")
        other = flow.hubspot.fetch("13579", "GET", flow.own.gateway.url + PATH)
        assert other.status == 404
        assert post(flow, "13579").json()["plan"]["invoices"] == 0
