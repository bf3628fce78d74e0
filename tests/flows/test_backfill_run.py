"""A backfill adopts or brings in the invoices of its period, each once."""

from __future__ import annotations

from typing import Any

import pytest

import sync_worker
from infra.local.quickbooks import sales_line
from invoice_sync.hints import Hint
from invoice_sync.jobs import backfill
from invoice_sync.store.changes import Change

from .acting import take
from .backfilling import DAY, PATH, add_by_hand, add_old, install, plan, post, run, until
from .conftest import PORTAL_ID, REALM_ID, Flow


def test_running_it_again_makes_nothing_twice(flow: Flow) -> None:
    ids = [add_old(flow, number=f"INV-{n}") for n in range(5)]
    add_by_hand(flow, "INV-0")
    install(flow)
    plan(flow)
    run(flow)
    books = flow.realm.invoices
    assert len(books) == 5
    counts = plan(flow, again=True)["plan"]
    assert counts["byOutcome"] == {"synced": 5}
    assert counts["meteredReads"] == 0
    progress = run(flow)["progress"]
    assert (progress["sent"], progress["done"]) == (0, 5)
    assert flow.realm.invoices == books
    assert {flow.status(invoice_id)["status"] for invoice_id in ids} == {"synced"}


class TestAdoptedInvoice:
    def test_it_follows_hubspot(self, flow: Flow) -> None:
        invoice_id, existing = add_old(flow, number="INV-4"), add_by_hand(flow, "INV-4")
        install(flow)
        plan(flow)
        run(flow)
        flow.set_price(invoice_id, "175")
        flow.work()
        assert [invoice["TotalAmt"] for invoice in flow.realm.invoices] == [350]
        assert flow.status(invoice_id)["quickbooks"]["id"] == existing["Id"]

    def test_a_payment_is_no_failure_if_only_its_lines_differ(self, flow: Flow) -> None:
        support = flow.realm.add_item("Support")["Id"]
        invoice_id = add_old(flow, number="INV-4")
        lines = [sales_line(support, 299), sales_line(support, 1)]
        existing = flow.realm.add_invoice(flow.customer_id, lines, "INV-4", TxnDate=DAY)
        install(flow)
        plan(flow)
        run(flow)
        flow.watch_quickbooks()
        flow.realm.receive_payment(existing["Id"], 300)
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.realm.invoice(existing["Id"])["Line"][0]["Amount"] == 299

    @pytest.mark.parametrize("by_hand_too", [True, False])
    def test_a_payment_that_hubspot_took_is_in_quickbooks_once(
        self, flow: Flow, by_hand_too: bool
    ) -> None:
        invoice_id, existing = add_old(flow, number="INV-4"), add_by_hand(flow, "INV-4")
        take(flow, invoice_id, "300")
        if by_hand_too:
            flow.realm.receive_payment(existing["Id"], 300)
        install(flow)
        plan(flow)
        assert len(flow.realm.payments) == by_hand_too
        run(flow)
        assert [payment["TotalAmt"] for payment in flow.realm.payments] == [300]
        assert flow.realm.invoice(existing["Id"])["Balance"] == 0
        assert flow.status(invoice_id)["status"] == "synced"

    def test_it_may_be_in_a_closed_period_which_takes_no_new_invoices(self, flow: Flow) -> None:
        adopted, missing = add_old(flow, number="INV-4"), add_old(flow, number="INV-5")
        existing = add_by_hand(flow, "INV-4")
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-12-31")
        install(flow)
        counts = plan(flow)["plan"]
        assert counts["byOutcome"] == {"adopt": 1, "fail": 1}
        assert counts["byCode"]["closed_period"]["invoices"] == 1
        run(flow)
        assert flow.status(adopted)["quickbooks"]["id"] == existing["Id"]
        assert flow.failure_code(missing) == "closed_period"
        assert len(flow.realm.invoices) == 1

    @pytest.mark.parametrize("setting", ["hubspot", "quickbooks"])
    def test_an_invoice_that_we_made_before_the_table_was_lost_is_known_by_its_marker(
        self, flow: Flow, setting: str
    ) -> None:
        flow.settings(document_number=setting)
        same, changed = add_old(flow, number="INV-4"), add_old(flow, number="INV-5")
        flow.work()
        books = {one["Id"]: one["SyncToken"] for one in flow.realm.invoices}
        (renumbered,) = flow.in_quickbooks(changed)
        flow.realm.edit_invoice(renumbered["Id"], DocNumber="OLD-5")
        table = flow.own.aws.environment["TABLE_NAME"]
        client = flow.own.aws.client("dynamodb")
        for item in client.scan(TableName=table)["Items"]:
            if "INVOICE#" in item["sk"]["S"]:
                client.delete_item(TableName=table, Key={n: item[n] for n in ("pk", "sk")})
        for invoice_id in (same, changed):
            flow.portal.update("invoices", invoice_id, {"qbo_invoice_link": ""})
        assert plan(flow)["plan"]["byOutcome"] == {"adopt": 2}
        run(flow)
        assert {one["Id"] for one in flow.realm.invoices} == set(books)
        for invoice_id in (same, changed):
            (invoice,) = flow.in_quickbooks(invoice_id)
            assert flow.status(invoice_id)["quickbooks"]["id"] == invoice["Id"]
            assert flow.status(invoice_id)["status"] == "synced"


class TestPossibleDuplicate:
    def test_it_is_created_only_when_somebody_asks_for_it(self, flow: Flow) -> None:
        flow.settings(document_number="quickbooks")
        flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", False)
        invoice_id, existing = add_old(flow, number="INV-4"), add_by_hand(flow, None)
        install(flow)
        plan(flow)
        run(flow)
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "possible_duplicate"
        assert f'the invoice "{existing["DocNumber"]}" of "Globex"' in failure["explanation"]
        # Neither an event nor a retry of everything asks for a second one.
        flow.portal.update("invoices", invoice_id, {"hs_comments": "Thanks"})
        assert flow.post("/v1/failures/retry")["queued"] == 0
        flow.work()
        # Nor does a retry of whatever is selected in a list.
        assert flow.post("/v1/invoices/retry", {"invoiceIds": [invoice_id]})["queued"] == 1
        assert flow.status(invoice_id)["queuedAt"]
        flow.work()
        assert flow.status(invoice_id)["queuedAt"] is None
        assert flow.failure_code(invoice_id) == "possible_duplicate"
        assert len(flow.realm.invoices) == 1
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.realm.invoices) == 2

    def test_it_is_adopted_once_the_invoice_by_hand_has_its_number(self, flow: Flow) -> None:
        invoice_id, existing = add_old(flow, number="INV-4"), add_by_hand(flow, "1041")
        install(flow)
        plan(flow)
        run(flow)
        flow.realm.edit_invoice(existing["Id"], DocNumber="INV-4")
        assert plan(flow, again=True)["plan"]["byOutcome"] == {"adopt": 1}
        run(flow)
        assert flow.status(invoice_id)["quickbooks"]["id"] == existing["Id"]
        assert flow.get("/v1/failures/count")["failing"] == 0


def test_only_a_backfill_adopts(flow: Flow) -> None:
    add_by_hand(flow, "INV-4")
    invoice_id = add_old(flow, number="INV-4")
    flow.work()
    assert flow.failure_code(invoice_id) == "duplicate_document_number"


def test_a_live_invoice_overtakes_the_backfill(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    portion = 20
    monkeypatch.setattr(backfill, "PORTION", portion)
    ids = [add_old(flow, number=f"INV-{n}") for n in range(50)]
    install(flow)
    plan(flow)
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
    view = flow.get(PATH)
    assert view["state"] == "running"
    assert view["progress"]["done"] <= portion
    assert len(flow.realm.invoices) <= portion + 1
    view = until(flow, "done")
    assert view["progress"]["written"] == 50
    assert len(flow.realm.invoices) == 51
    assert [len(flow.in_quickbooks(invoice_id)) for invoice_id in ids] == [1] * 50


def test_a_worker_that_dies_repeats_its_step(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PORTION", 20)
    ids = [add_old(flow, number=f"INV-{n}") for n in range(27)]
    existing = add_by_hand(flow, "INV-7")
    install(flow)
    plan(flow)
    post(flow, run=True)
    store = sync_worker.collaborators().store
    put_job, deaths = type(store.jobs).put, 0

    def dies(self: Any, job: Any) -> bool:
        nonlocal deaths
        if job.state == "running" and deaths < 2:
            deaths += 1
            raise RuntimeError("the worker is gone")
        return put_job(self, job)

    monkeypatch.setattr(type(store.jobs), "put", dies)
    view = until(flow, "done")
    assert deaths == 2
    assert view["progress"]["done"] == 27
    assert len(flow.realm.invoices) == 27
    assert flow.realm.invoice(existing["Id"]) == existing
    assert {flow.status(invoice_id)["status"] for invoice_id in ids[::6]} == {"synced"}


def test_it_waits_for_an_invoice_that_another_worker_has_leased(flow: Flow) -> None:
    invoice_id, existing = add_old(flow, number="INV-4"), add_by_hand(flow, "INV-4")
    install(flow)
    plan(flow)
    now, store = flow.clock.now(), flow.own.store
    claimed = store.records.claim(PORTAL_ID, [invoice_id], "another worker", now, 3600)[invoice_id]
    assert claimed
    post(flow, run=True)
    flow.work_later()
    flow.work_later()
    assert flow.get(PATH)["state"] == "running"
    assert flow.status(invoice_id)["quickbooks"] is None
    store.commit([Change(claimed, claimed, None)], REALM_ID, "another worker")
    assert until(flow, "done")["progress"]["adopted"] == 1
    assert flow.status(invoice_id)["quickbooks"]["id"] == existing["Id"]


def test_two_messages_of_one_step_carry_it_out_once(flow: Flow) -> None:
    for n in range(3):
        add_old(flow, number=f"INV-{n}")
    install(flow)
    plan(flow)
    post(flow, run=True)
    now = flow.clock.now()
    step = Hint(PORTAL_ID, "2026030120260331", "backfill", now, now, "backfills")
    flow.queue.send([step, step])
    assert until(flow, "done")["progress"]["done"] == 3
    assert len(flow.realm.invoices) == 3
