"""The sweep puts everything right when webhooks and queue messages are lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import sweep
from infra.local.hubspot import search as simulated_search
from infra.local.hubspot.types import SCOPES
from infra.local.quickbooks import changes as simulated_changes
from infra.local.quickbooks import sales_line
from infra.local.wire import Answer, Fault
from invoice_sync.errors import QueueRefusedError
from invoice_sync.hints import Queue
from invoice_sync.quickbooks import changes as quickbooks_changes
from invoice_sync.quickbooks import paging as quickbooks_paging
from invoice_sync.sweep import missed

from .acting import at_noon, beyond, lose_everything, put_right, run_sweep
from .conftest import PORTAL_ID, REALM_ID, Flow


@pytest.fixture
def swept(flow: Flow) -> Flow:
    """Return a system that has been swept before, and whose night's report has begun."""
    at_noon(flow)
    run_sweep(flow)
    flow.clock.advance(2)
    return flow


class TestEverythingIsLost:
    def test_what_happened_in_either_system_is_put_right(self, swept: Flow) -> None:
        flow = swept
        edited, voided, repriced, removed, paid, described = (flow.invoice() for _ in range(6))
        stranger = flow.portal.create("contacts", {"email": "who@else.example"})
        without_customer = flow.invoice(contact_id=stranger)
        line = {"name": "Something new", "quantity": "1", "price": "10"}
        without_item = flow.invoice(lines=[line])
        flow.work()
        flow.clock.advance(2)
        ids = {one: flow.in_quickbooks(one)[0]["Id"] for one in (edited, removed, paid)}
        flow.realm.edit_invoice(ids[edited], Line=[sales_line(flow.item_id, "5.00")])
        flow.realm.delete_invoice(ids[removed])
        flow.realm.receive_payment(ids[paid], "100.00")
        flow.portal.update("invoices", voided, {"hs_invoice_status": "voided"})
        flow.set_price(repriced, "175")
        flow.portal.update("line_items", flow.line_of(described), {"description": "In May"})
        flow.realm.add_customer("Who", "who@else.example")
        flow.realm.add_item("Something new")
        fresh = flow.invoice()
        lose_everything(flow)
        run_sweep(flow)
        put_right(flow)
        assert flow.failure_code(edited) == "modified_outside_hubspot"
        assert flow.failure_code(removed) == "modified_outside_hubspot"
        for invoice_id in (without_customer, without_item, fresh):
            assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.in_quickbooks(fresh)) == 1
        assert flow.in_quickbooks(voided)[0]["TotalAmt"] == 0
        assert flow.in_quickbooks(repriced)[0]["TotalAmt"] == 350
        assert flow.in_quickbooks(described)[0]["Line"][0]["Description"] == "Consulting: In May"
        record = flow.own.store.records.get(PORTAL_ID, paid)
        assert record
        assert record.written
        assert record.written.balance == 200

    def test_the_next_sweep_finds_what_the_lost_hints_of_a_sweep_told(self, swept: Flow) -> None:
        fresh = swept.invoice()
        lose_everything(swept)
        run_sweep(swept)
        lose_everything(swept)
        run_sweep(swept)
        put_right(swept)
        assert swept.status(fresh)["status"] == "synced"

    def test_a_failing_invoice_is_synced_again_once_an_hour(self, swept: Flow) -> None:
        stranger = swept.portal.create("contacts", {"email": "who@else.example"})
        invoice_id = swept.invoice(contact_id=stranger)
        swept.work()
        assert swept.failure_code(invoice_id) == "customer_not_found"
        attempts = swept.status(invoice_id)["attempts"]
        run_sweep(swept, timedelta(minutes=61))
        put_right(swept)
        # Nothing has changed, so the history has no new attempt.
        assert swept.status(invoice_id)["attempts"] == attempts
        swept.realm.add_customer("Else", "else@right.example")
        swept.portal.update("contacts", stranger, {"email": "else@right.example"})
        lose_everything(swept)
        run_sweep(swept, timedelta(minutes=90))
        put_right(swept)
        assert swept.failure_code(invoice_id) == "customer_not_found"
        run_sweep(swept, timedelta(minutes=123))
        put_right(swept)
        assert swept.status(invoice_id)["status"] == "synced"

    def test_a_message_that_was_lost_while_quickbooks_was_down_is_sent_again(
        self, swept: Flow
    ) -> None:
        down = Fault(lambda request: "/v3/company/" in request.path, Answer(503, "busy"), 10_000)
        swept.quickbooks.faults.append(down)
        invoice_id = swept.invoice()
        swept.work()
        assert swept.status(invoice_id)["status"] == "pending"
        swept.quickbooks.faults.clear()
        lose_everything(swept)
        # Its message may still be on the way. The marks of both sides are beyond it by then.
        beyond(swept, timedelta(hours=1))
        run_sweep(swept, timedelta(minutes=10))
        put_right(swept)
        assert swept.status(invoice_id)["status"] == "pending"
        run_sweep(swept, timedelta(minutes=21))
        put_right(swept)
        assert swept.status(invoice_id)["status"] == "synced"

    def test_failing_invoices_are_synced_again_in_portions(
        self, swept: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("invoice_sync.sweep.missed._PORTION", 2)
        lost = [swept.invoice(contact_id=None) for _ in range(5)]
        swept.work()
        for invoice_id in lost:
            swept.portal.associate("invoices", invoice_id, "contacts", swept.contact_id)
        lose_everything(swept)
        beyond(swept, timedelta(hours=3))
        left = []
        for minutes in (61, 66, 71):
            run_sweep(swept, timedelta(minutes=minutes))
            put_right(swept)
            left.append(swept.get("/v1/failures/count")["failing"])
        assert left == [3, 1, 0]


class TestMarks:
    def test_the_first_sweep_of_a_connection_may_come_late(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        lose_everything(flow)
        run_sweep(flow, timedelta(minutes=40))
        put_right(flow)
        assert flow.status(invoice_id)["status"] == "synced"

    @pytest.mark.parametrize("side", ["hubspot", "quickbooks"])
    def test_trouble_leaves_the_mark_where_it_was(self, swept: Flow, side: str) -> None:
        before = swept.own.store.marks.get(PORTAL_ID)
        mark = "hubspot invoices" if side == "hubspot" else side
        path = "/search" if side == "hubspot" else "/cdc"
        simulator: Any = swept.hubspot if side == "hubspot" else swept.quickbooks
        simulator.faults.append(
            Fault(lambda request: request.path.endswith(path), Answer(503, "busy"), 10_000)
        )
        invoice_id = swept.invoice()
        lose_everything(swept)
        run_sweep(swept)
        assert swept.own.store.marks.get(PORTAL_ID)[mark] == before[mark]
        simulator.faults.clear()
        run_sweep(swept)
        put_right(swept)
        assert swept.own.store.marks.get(PORTAL_ID)[mark] > before[mark]
        assert swept.status(invoice_id)["status"] == "synced"

    def test_a_mark_moves_only_once_the_hints_are_on_the_queue(
        self, swept: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = swept.own.store.marks.get(PORTAL_ID)
        invoice_id = swept.invoice()
        lose_everything(swept)
        with monkeypatch.context() as patched:
            send: Callable[..., int] = Queue.send

            def refuse(queue: Queue, hints: Any, delay_seconds: int = 0) -> int:
                sent = list(hints)
                if sent:
                    raise QueueRefusedError("the queue refused 1 hint")
                return send(queue, sent, delay_seconds)

            patched.setattr(Queue, "send", refuse)
            run_sweep(swept)
        assert (
            swept.own.store.marks.get(PORTAL_ID)["hubspot invoices"] == before["hubspot invoices"]
        )
        run_sweep(swept)
        put_right(swept)
        assert swept.status(invoice_id)["status"] == "synced"

    def test_a_side_that_is_down_does_not_keep_the_other_waiting(self, swept: Flow) -> None:
        down = Fault(lambda request: request.path.endswith("/cdc"), Answer(503, "busy"), 10_000)
        swept.quickbooks.faults.append(down)
        invoice_id = swept.invoice()
        lose_everything(swept)
        run_sweep(swept)
        put_right(swept)
        assert swept.status(invoice_id)["status"] == "synced"

    def test_a_missing_scope_for_payments_does_not_hold_the_others_back(self, swept: Flow) -> None:
        fewer = {scope for scope in SCOPES if "commercepayments" not in scope}
        grants = {
            "hubspot": swept.hubspot.grant(PORTAL_ID, fewer),
            "quickbooks": swept.quickbooks.grant(REALM_ID),
        }
        swept.own.renew(PORTAL_ID, grants)
        sweep.collaborators.cache_clear()
        before = swept.own.store.marks.get(PORTAL_ID)
        invoice_id = swept.invoice()
        lose_everything(swept)
        run_sweep(swept)
        put_right(swept)
        assert swept.status(invoice_id)["status"] == "synced"
        after = swept.own.store.marks.get(PORTAL_ID)
        assert all(after[name] > before[name] for name in after if name.startswith("hubspot "))

    def test_a_sweep_that_is_stopped_keeps_what_it_has_queued(
        self, swept: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("invoice_sync.sweep.missed._PORTION", 2)
        before = swept.own.store.marks.get(PORTAL_ID)
        for _ in range(5):
            swept.invoice()
        lose_everything(swept)
        with monkeypatch.context() as patched:
            send, rounds = Queue.send, iter(range(100))

            def stopped(queue: Queue, hints: Any, delay_seconds: int = 0) -> int:
                sent = list(hints)
                if sent and next(rounds) == 2:
                    raise QueueRefusedError("the queue refused 2 hints")
                return send(queue, sent, delay_seconds)

            patched.setattr(Queue, "send", stopped)
            run_sweep(swept)
        assert swept.own.store.marks.get(PORTAL_ID)["hubspot invoices"] > before["hubspot invoices"]
        run_sweep(swept)
        put_right(swept)
        assert len(swept.realm.invoices) == 5

    def test_the_next_sweep_finds_what_hubspot_s_search_shows_late(self, swept: Flow) -> None:
        swept.hubspot.switches.search_lag = 60
        invoice_id = swept.invoice()
        lose_everything(swept)
        run_sweep(swept)
        put_right(swept)
        assert swept.status(invoice_id)["status"] == "unknown"
        swept.clock.advance(61)
        run_sweep(swept, timedelta(minutes=5))
        put_right(swept)
        assert swept.status(invoice_id)["status"] == "synced"

    def test_a_quiet_sweep_costs_one_metered_read(self, swept: Flow) -> None:
        before = swept.quickbooks.metered_reads(REALM_ID)
        run_sweep(swept)
        assert swept.quickbooks.metered_reads(REALM_ID) == before + 1


class TestManyChanges:
    @pytest.fixture
    def small(self, swept: Flow, monkeypatch: pytest.MonkeyPatch) -> Flow:
        """The change log gives ten objects at once, a query ten rows."""
        monkeypatch.setattr(simulated_changes, "CDC_OBJECTS", 10)
        monkeypatch.setattr(quickbooks_paging, "PAGE", 10)
        monkeypatch.setattr(quickbooks_changes, "_MAX_OBJECTS", 10)
        return swept

    def test_of_several_entities_are_asked_for_one_by_one(self, small: Flow) -> None:
        invoices = [small.invoice() for _ in range(4)]
        small.work()
        small.clock.advance(2)
        for number in range(8):
            small.realm.add_vendor(f"Vendor {number}")
        self.edit_and_find(small, invoices)

    def test_of_one_entity_are_read_with_queries(self, small: Flow) -> None:
        invoices = [small.invoice() for _ in range(12)]
        small.work()
        small.clock.advance(2)
        self.edit_and_find(small, invoices)

    def test_of_more_than_thirty_days_are_found(self, flow: Flow) -> None:
        flow.own.store.marks.advance(PORTAL_ID, "quickbooks", flow.clock.now() - timedelta(days=45))
        invoices = [flow.invoice() for _ in range(3)]
        flow.work()
        flow.clock.advance(2)
        self.edit_and_find(flow, invoices)

    @pytest.mark.parametrize("most", [100, 3])
    def test_a_deletion_that_the_log_no_longer_tells_of(
        self, small: Flow, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        monkeypatch.setattr(missed, "_MOST_LOOKED_FOR", most)
        deleted, *edited = (small.invoice() for _ in range(14))
        small.work()
        small.clock.advance(60)
        small.realm.delete_invoice(small.in_quickbooks(deleted)[0]["Id"])
        for invoice_id in edited:
            small.clock.advance(1)
            quickbooks_id = small.in_quickbooks(invoice_id)[0]["Id"]
            small.realm.edit_invoice(quickbooks_id, PrivateNote="x")
        lose_everything(small)
        run_sweep(small)
        put_right(small)
        expected = "modified_outside_hubspot" if most == 100 else ""
        assert small.failure_code(deleted) == expected

    @staticmethod
    def edit_and_find(flow: Flow, invoices: list[str]) -> None:
        *edited, deleted = invoices
        for invoice_id in edited:
            (invoice,) = flow.in_quickbooks(invoice_id)
            flow.realm.edit_invoice(invoice["Id"], Line=[sales_line(flow.item_id, "5.00")])
        (invoice,) = flow.in_quickbooks(deleted)
        # The change log can only be asked for a shorter time, so it tells of a deletion as long as
        # not too much has happened since.
        flow.clock.advance(300)
        flow.realm.delete_invoice(invoice["Id"])
        lose_everything(flow)
        run_sweep(flow, timedelta(seconds=400))
        put_right(flow)
        codes = {flow.failure_code(invoice_id) for invoice_id in invoices}
        assert codes == {"modified_outside_hubspot"}

    def test_more_of_hubspot_than_one_search_shows_are_found(
        self, swept: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(simulated_search, "MAX_RESULTS", 400)
        invoices = [swept.invoice() for _ in range(450)]
        lose_everything(swept)
        run_sweep(swept)
        queued = swept.own.aws.client("sqs").get_queue_attributes(
            QueueUrl=swept.own.aws.environment["QUEUE_URL"],
            AttributeNames=["ApproximateNumberOfMessages"],
        )["Attributes"]["ApproximateNumberOfMessages"]
        assert int(queued) >= len(invoices)
