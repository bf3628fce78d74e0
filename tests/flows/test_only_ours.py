"""Only our invoices: made in HubSpot, billable, and due since the connection began.

Sources: Kleer's HubSpot integration guide "Invoices, agreements and HubSpot payments" (invoices of
another accounting system stand in HubSpot with Billable = No); SimpleCommerceSync's help "Skip
integration source"; HubSpot's knowledge base "HubSpot's default invoice properties" (sources
HubSpot, Data Sync, Legacy QuickBooks integration) and guide "Invoices API" (`hs_invoice_billable`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.wire import Answer, Fault

from .acting import begin_now, run_sweep, take
from .conftest import PORTAL_ID, Flow
from .deciding import click, offered, refused, synced
from .old_invoices import (
    BEFORE_START,
    as_moment,
    change_invoice,
    check_left_alone,
    check_left_alone_beside,
    retry,
    stored,
)


class TestSources:
    @pytest.mark.parametrize(
        ("marked", "words"),
        [
            ({"hs_invoice_billable": "false"}, "Billable"),
            ({"hs_invoice_source": "legacy_quickbooks"}, "legacy_quickbooks"),
            ({"hs_invoice_source": "data_sync"}, "copied this invoice in"),
        ],
    )
    def test_a_record_only_invoice_is_not_billed_again(
        self, flow: Flow, marked: dict[str, str], words: str
    ) -> None:
        invoice_id = flow.invoice(**marked)
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.realm.invoices == []
        assert flow.realm.payments == []
        status = flow.status(invoice_id)
        assert status["status"] == "skipped"
        assert words in status["reason"]
        # Nobody can bring it in by mistake.
        assert offered(status) == []
        assert "nothing" in refused(flow, invoice_id, "bring_in")

    @pytest.mark.parametrize("marked", [{"hs_invoice_billable": "true"}, {"hs_invoice_source": ""}])
    def test_a_billable_one_of_hubspots_own_is(self, flow: Flow, marked: dict[str, str]) -> None:
        invoice_id = flow.invoice(**marked)
        flow.work()
        assert len(flow.in_quickbooks(invoice_id)) == 1

    def test_another_source_can_be_allowed_but_never_hubspots_own_copies(self, flow: Flow) -> None:
        flow.settings(sources=["HubSpot", "Legacy_QuickBooks", "data_sync"])
        allowed = flow.invoice(hs_invoice_source="legacy_quickbooks")
        copied = flow.invoice(hs_invoice_source="data_sync")
        flow.work()
        synced(flow, allowed)
        assert flow.status(copied)["status"] == "skipped"

    def test_what_was_written_stays_ours(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.portal.update("invoices", invoice_id, {"hs_invoice_billable": "false"})
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350


def change_contact(flow: Flow, _: str) -> None:
    flow.portal.update("contacts", flow.contact_id, {"phone": "1"})


def give_a_company(flow: Flow, invoice_id: str) -> None:
    company_id = flow.portal.create("companies", {"name": "Globex"})
    flow.portal.associate("invoices", invoice_id, "companies", company_id)
    flow.work()
    flow.portal.update("companies", company_id, {"name": "Globex Corporation"})


def change_line(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("line_items", flow.line_of(invoice_id), {"description": "Clearer"})


def add_part(kind: str) -> Callable[[Flow, str], None]:
    def add(flow: Flow, invoice_id: str) -> None:
        values = {"hs_label": "Extra", "hs_type": "FIXED", "hs_value": "1"}
        flow.portal.create(kind, values, [("invoices", invoice_id)])

    return add


def pay(flow: Flow, invoice_id: str) -> None:
    take(flow, invoice_id, "300")


def delete_and_restore(flow: Flow, invoice_id: str) -> None:
    flow.portal.delete("invoices", invoice_id)
    flow.work()
    flow.portal.restore("invoices", invoice_id)


def void(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})


def sweep(flow: Flow, invoice_id: str) -> None:
    change_invoice(flow, invoice_id)
    flow.hubspot.webhooks.discard()
    run_sweep(flow)


def change_owner(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("invoices", invoice_id, {"hubspot_owner_id": "77"})


def merge_contacts(flow: Flow, _: str) -> None:
    other = flow.portal.create("contacts", {"email": "hank@globex.example"})
    flow.portal.merge("contacts", other, flow.contact_id)


def pass_a_day(flow: Flow, _: str) -> None:
    """A calculated field changes by itself, and with it the time of the last change."""
    flow.hubspot.switches.touch_by_clock = True
    run_sweep(flow, timedelta(days=1))


def report(flow: Flow, _: str) -> None:
    today = flow.clock.now().date()
    period = {"from": str(today - timedelta(days=3)), "to": str(today + timedelta(days=1))}
    for run in (False, True):
        flow.post("/v1/reports/reconciliation", {**period, "run": run})
        flow.work_later()


def look_at_status(flow: Flow, invoice_id: str) -> None:
    flow.queue.send([replace(flow.hint(invoice_id), trigger="status")])


def retry_all(flow: Flow, _: str) -> None:
    flow.post("/v1/failures/retry")


def change_in_quickbooks(flow: Flow, _: str) -> None:
    flow.watch_quickbooks()
    flow.realm.edit_customer(flow.customer_id, CompanyName="Globex Corporation")
    flow.realm.edit_item(flow.item_id, Sku="CON-2")


WAKES = [
    change_invoice,
    change_owner,
    merge_contacts,
    pass_a_day,
    report,
    look_at_status,
    retry_all,
    change_in_quickbooks,
    change_contact,
    give_a_company,
    change_line,
    add_part("discounts"),
    add_part("fees"),
    add_part("taxes"),
    pay,
    delete_and_restore,
    retry,
    sweep,
]


class TestFromBeforeTheStart:
    @pytest.fixture
    def old(self, flow: Flow) -> str:
        invoice_id = flow.invoice()
        begin_now(flow)
        return invoice_id

    @pytest.mark.parametrize("wake", WAKES)
    @pytest.mark.parametrize("is_known", [False, True])
    def test_whatever_wakes_it_it_is_left_alone(
        self, flow: Flow, old: str, wake: Callable[[Flow, str], None], is_known: bool
    ) -> None:
        if is_known:
            retry(flow, old)
            flow.work()
        wake(flow, old)
        flow.work_later()
        check_left_alone(flow, old)

    def test_a_voided_one_is_skipped_without_a_question(self, flow: Flow, old: str) -> None:
        void(flow, old)
        flow.work()
        assert flow.realm.invoices == []
        status = flow.status(old)
        assert (status["status"], offered(status)) == ("skipped", [])

    def test_what_became_paid_before_is_old_too(self, flow: Flow) -> None:
        invoice_id = flow.invoice(status="paid")
        begin_now(flow)
        change_invoice(flow, invoice_id)
        flow.work()
        check_left_alone(flow, invoice_id)

    def test_its_contact_wakes_only_who_waits(self, flow: Flow, old: str) -> None:
        flow.portal.update("contacts", flow.contact_id, {"email": "nobody@globex.example"})
        waiting = flow.invoice()
        flow.work()
        assert flow.failure_code(waiting) == "customer_not_found"
        flow.portal.update("contacts", flow.contact_id, {"email": "ap@globex.example"})
        flow.work()
        synced(flow, waiting)
        # It was not even looked at.
        assert flow.status(old)["status"] == "unknown"

    def test_once_it_is_known_the_history_is_not_read_again(self, flow: Flow, old: str) -> None:
        change_invoice(flow, old)
        flow.work()
        flow.hubspot.faults.append(Fault(reads_history, Answer(500, "oops"), 1_000))
        change_line(flow, old)
        flow.work()
        check_left_alone(flow, old)
        assert flow.status(old)["status"] == "skipped"

    def test_the_preview_says_so(self, flow: Flow, old: str) -> None:
        preview = flow.get(f"/v1/invoices/{old}/preview")
        assert preview["outcome"] == "skip"
        assert BEFORE_START in preview["reason"]
        assert preview["meteredReads"] == 0

    def test_many_at_once_are_all_left_alone(self, flow: Flow) -> None:
        # More than HubSpot returns histories for in one request.
        old = [flow.invoice() for _ in range(60)]
        begin_now(flow)
        for invoice_id in old:
            change_invoice(flow, invoice_id)
        flow.hubspot.webhooks.discard()
        run_sweep(flow)
        flow.work()
        assert {flow.status(each)["status"] for each in old} == {"skipped"}
        assert flow.realm.invoices == []


def reads_history(request: Any) -> bool:
    return b"propertiesWithHistory" in request.get_data()


class TestWhenItBecameOpen:
    def test_a_draft_of_before_that_is_opened_afterwards_is_ours(self, flow: Flow) -> None:
        invoice_id = flow.invoice(status="draft")
        begin_now(flow)
        change_invoice(flow, invoice_id)
        flow.work()
        assert flow.status(invoice_id)["reason"] == "The invoice is a draft"
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "open"})
        flow.work()
        synced(flow, invoice_id)

    @pytest.mark.parametrize(("late", "ours"), [(-1, True), (0, True), (1, False)])
    def test_the_moment_itself_counts_to_the_millisecond(
        self, flow: Flow, late: int, ours: bool
    ) -> None:
        invoice_id = flow.invoice(status="draft")
        flow.clock.advance(5)
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "open"})
        (opened, _) = flow.portal._records["invoices"][invoice_id].history["hs_invoice_status"]
        opened_at = as_moment(opened["timestamp"])
        start(flow, opened_at + timedelta(milliseconds=late))
        flow.work()
        assert bool(flow.realm.invoices) is ours

    @pytest.mark.parametrize("zone", ["+00:00", "-08:00", "+13:45"])
    def test_a_moment_is_one_whatever_its_zone(self, flow: Flow, zone: str) -> None:
        """HubSpot's moments may come in any zone; midnight lies between them."""
        invoice_id = flow.invoice(status="draft")
        begun = begin_now(flow)
        opened = begun + timedelta(seconds=1)
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "open"})
        entry = flow.portal._records["invoices"][invoice_id].history["hs_invoice_status"][0]
        shift = as_moment(f"2026-01-01T00:00:00{zone}").tzinfo
        entry["timestamp"] = opened.astimezone(shift).isoformat()
        flow.work()
        synced(flow, invoice_id)

    @pytest.mark.parametrize(
        "broken",
        [
            [],
            [{"value": "open", "timestamp": "yesterday"}],
            [{"value": "open", "timestamp": "2026-01-01T00:00:00"}],
            [{"value": "open"}],
            [{"value": "draft", "timestamp": "2020-01-01T00:00:00Z"}],
            # Its beginning is lost: it may have been open before.
            [{"value": "open", "timestamp": "2099-01-01T00:00:00Z"}],
        ],
    )
    def test_a_history_that_does_not_tell_is_a_question_and_no_guess(
        self, flow: Flow, broken: list[dict[str, str]]
    ) -> None:
        invoice_id = flow.invoice()
        begin_now(flow)
        flow.portal._records["invoices"][invoice_id].history["hs_invoice_status"] = broken
        change_invoice(flow, invoice_id)
        flow.work()
        assert flow.failure_code(invoice_id) == "opening_unknown"
        assert flow.realm.invoices == []
        preview = flow.get(f"/v1/invoices/{invoice_id}/preview")
        assert [each["code"] for each in preview["failures"]] == ["opening_unknown"]
        flow.clock.advance(2)
        click(flow, invoice_id, "bring_in")
        synced(flow, invoice_id)

    def test_where_hubspot_refuses_the_history_only_old_invoices_fail(self, flow: Flow) -> None:
        old = flow.invoice()
        begin_now(flow)
        refusal = Answer(400, {"category": "VALIDATION_ERROR"})
        flow.hubspot.faults.append(Fault(reads_history, refusal, 1_000))
        change_invoice(flow, old)
        new = flow.invoice()
        flow.work()
        assert flow.status(new)["status"] == "synced"
        assert flow.failure_code(old) == "opening_unknown"
        # It may be read again: then nobody need decide.
        flow.hubspot.faults.clear()
        retry(flow, old)
        flow.work()
        check_left_alone_beside(flow, old, new)

    def test_while_the_history_cannot_be_read_the_old_one_waits(self, flow: Flow) -> None:
        old = flow.invoice()
        begin_now(flow)
        flow.hubspot.faults.append(Fault(reads_history, Answer(503, "busy"), 1_000))
        change_invoice(flow, old)
        new = flow.invoice()
        flow.work()
        assert flow.status(new)["status"] == "synced"
        assert flow.status(old)["status"] == "pending"
        flow.hubspot.faults.clear()
        flow.work_later()
        check_left_alone_beside(flow, old, new)

    def test_a_new_invoice_costs_no_history(self, flow: Flow) -> None:
        flow.hubspot.faults.append(Fault(reads_history, Answer(500, "oops"), 1_000))
        invoice_id = flow.invoice()
        flow.work()
        synced(flow, invoice_id)


def start(flow: Flow, moment: datetime) -> None:
    connection = stored(flow)
    flow.own.store.connections.put(connection.model_copy(update={"started_at": moment}))


class TestStart:
    def test_a_connection_that_was_stored_without_one_began_with_its_first_sweep(
        self, flow: Flow
    ) -> None:
        old = flow.invoice()
        flow.hubspot.webhooks.discard()
        flow.clock.advance(2)
        begun = flow.clock.now()
        flow.own.store.marks.advance(PORTAL_ID, "begun", begun)
        flow.own.store.connections.put(stored(flow).model_copy(update={"started_at": None}))
        flow.clock.advance(2)
        new = flow.invoice()
        change_invoice(flow, old)
        flow.work()
        assert flow.status(new)["status"] == "synced"
        assert BEFORE_START in flow.status(old)["reason"]
        assert stored(flow).started_at == begun.replace(microsecond=0)

    def test_one_without_a_sweep_begins_now(self, flow: Flow) -> None:
        old = flow.invoice()
        flow.hubspot.webhooks.discard()
        flow.own.store.connections.put(stored(flow).model_copy(update={"started_at": None}))
        later = flow.clock.now() + timedelta(minutes=1)
        flow.sync_at(later).run([flow.hint(old)])
        assert stored(flow).started_at == later.replace(microsecond=0)
        assert BEFORE_START in flow.status(old)["reason"]

    def test_settings_do_not_move_it(self, flow: Flow) -> None:
        before = stored(flow).started_at
        settings = flow.get("/v1/settings")
        assert flow.fetch("PUT", "/v1/settings", settings).status == 200
        assert stored(flow).started_at == before
