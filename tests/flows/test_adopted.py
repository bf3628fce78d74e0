"""An invoice whose creation was not answered is compared like any other when it is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Fault
from invoice_sync.model.record import Decision

from .conftest import PORTAL_ID, REALM_ID, Flow

_Change = Callable[[Flow, str], Any]


def creates_an_invoice(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/invoice")


def lag_behind(flow: Flow) -> None:
    """From now on QuickBooks' queries miss what is younger than 20 seconds."""
    flow.clock.advance(30)
    flow.quickbooks.switches.query_lag_seconds = 20


def unanswered(flow: Flow, **options: Any) -> tuple[str, str]:
    """Have an invoice created without an answer. Return its ids in HubSpot and QuickBooks."""
    flow.quickbooks.switches.lose_first_create_answer = True
    lag_behind(flow)
    invoice_id = flow.invoice(**options)
    flow.work()
    assert flow.status(invoice_id)["status"] == "pending"
    (made,) = flow.in_quickbooks(invoice_id)
    return invoice_id, made["Id"]


def find(flow: Flow) -> None:
    """Let QuickBooks' queries show it, and the next look come."""
    flow.clock.advance(40)
    flow.work_later()


def line(flow: Flow, amount: int, quantity: int = 1) -> dict[str, Any]:
    return {
        "Amount": amount,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": {"value": flow.item_id},
            "Qty": quantity,
            "UnitPrice": amount / quantity,
        },
    }


def with_another_total(flow: Flow, quickbooks_id: str) -> None:
    flow.realm.edit_invoice(quickbooks_id, Line=[line(flow, 330)])


def with_other_lines(flow: Flow, quickbooks_id: str) -> None:
    flow.realm.edit_invoice(quickbooks_id, Line=[line(flow, 100), line(flow, 200)])


def for_another_customer(flow: Flow, quickbooks_id: str) -> None:
    other = flow.realm.add_customer("Initech")["Id"]
    flow.realm.edit_invoice(quickbooks_id, CustomerRef={"value": other})


EDITS = pytest.mark.parametrize(
    "edit", [with_another_total, with_other_lines, for_another_customer]
)


class TestEditedBeforeItIsFound:
    @EDITS
    def test_the_edit_is_shown(self, flow: Flow, edit: _Change) -> None:
        invoice_id, quickbooks_id = unanswered(flow)
        edit(flow, quickbooks_id)
        find(flow)
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        assert len(flow.realm.invoices) == 1

    @EDITS
    def test_it_is_not_written_over_when_hubspot_changes_too(
        self, flow: Flow, edit: _Change
    ) -> None:
        invoice_id, quickbooks_id = unanswered(flow)
        edit(flow, quickbooks_id)
        edited = flow.realm.invoice(quickbooks_id)
        flow.set_price(invoice_id, "175")
        find(flow)
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        assert flow.realm.invoice(quickbooks_id) == edited

    def test_people_see_what_we_wrote_and_what_is_there_now(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = unanswered(flow)
        with_another_total(flow, quickbooks_id)
        find(flow)
        shown = flow.status(invoice_id)["failure"]["differences"]
        total = next(each for each in shown if each["field"] == "total")
        assert (total["written"], total["quickbooks"]) == ("300.00 USD", "330.00 USD")

    def test_its_undoing_clears_it(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = unanswered(flow)
        before = flow.realm.invoice(quickbooks_id)["Line"]
        with_another_total(flow, quickbooks_id)
        find(flow)
        flow.realm.edit_invoice(quickbooks_id, Line=before)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"

    def test_words_of_theirs_stay_when_hubspot_changes_the_price(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = unanswered(flow)
        flow.realm.edit_invoice(quickbooks_id, CustomerMemo={"value": "Thank you, Jo"})
        flow.set_price(invoice_id, "175")
        find(flow)
        assert flow.status(invoice_id)["status"] == "synced"
        now = flow.realm.invoice(quickbooks_id)
        assert (now["TotalAmt"], now["CustomerMemo"]["value"]) == (350, "Thank you, Jo")


def test_quickbooks_totals_it_differently(flow: Flow) -> None:
    invoice_id, quickbooks_id = unanswered(flow)
    # As it is in its first version: nobody edited it.
    row = flow.realm.rows["Invoice"][quickbooks_id]
    row.doc |= {"TotalAmt": Decimal(330), "Balance": Decimal(330)}
    find(flow)
    assert flow.failure_code(invoice_id) == "total_mismatch"


class TestGoneBeforeItIsFound:
    def test_voided(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = unanswered(flow)
        flow.realm.void_invoice(quickbooks_id)
        find(flow)
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "modified_outside_hubspot"
        assert "voided" in failure["explanation"]

    def test_deleted(self, flow: Flow) -> None:
        # The same requestid gets the first answer, of an invoice that is no more.
        invoice_id, quickbooks_id = unanswered(flow)
        flow.realm.delete_invoice(quickbooks_id)
        find(flow)
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "modified_outside_hubspot"
        assert "deleted" in failure["explanation"]
        assert flow.realm.invoices == []

    def test_deleted_where_quickbooks_forgot_the_request(self, flow: Flow) -> None:
        flow.quickbooks.switches.honour_request_id = False
        invoice_id, quickbooks_id = unanswered(flow)
        flow.realm.delete_invoice(quickbooks_id)
        find(flow)
        (now,) = flow.in_quickbooks(invoice_id)
        assert now["TotalAmt"] == 300
        assert flow.status(invoice_id)["status"] == "synced"

    def test_without_its_marker_the_repeated_request_leads_to_it(self, flow: Flow) -> None:
        flow.settings(document_number="quickbooks")
        invoice_id, quickbooks_id = unanswered(flow)
        flow.realm.edit_invoice(quickbooks_id, PrivateNote="", Line=[line(flow, 330)])
        find(flow)
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        assert len(flow.realm.invoices) == 1


def test_a_repeated_creation_that_queries_do_not_show_yet_is_synced(flow: Flow) -> None:
    flow.quickbooks.faults.append(Fault(creates_an_invoice, None, times=1))
    invoice_id = flow.invoice()
    flow.work()
    assert flow.realm.invoices == []
    lag_behind(flow)
    later = flow.sync_at(flow.clock.now() + timedelta(seconds=40))
    assert later.run([flow.hint(invoice_id)]) == {}
    assert len(flow.in_quickbooks(invoice_id)) == 1
    assert flow.status(invoice_id)["status"] == "synced"


def delete(flow: Flow, invoice_id: str) -> None:
    flow.portal.delete("invoices", invoice_id)


def make_a_draft(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "draft"})


def void(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})


class TestLeftAloneBeforeItIsFound:
    """HubSpot takes the invoice back while nobody knows whether QuickBooks has it."""

    @pytest.mark.parametrize("take_back", [delete, make_a_draft])
    def test_it_is_looked_for_and_shown(self, flow: Flow, take_back: _Change) -> None:
        invoice_id, quickbooks_id = unanswered(flow)
        take_back(flow, invoice_id)
        flow.work()
        assert [each.status for each in flow.records()] == ["pending"]
        find(flow)
        (record,) = flow.records()
        assert (record.status, record.quickbooks_id) == ("failing", quickbooks_id)
        assert flow.get("/v1/failures/count")["failing"] == 1
        assert record.failure
        assert record.failure.code == "hubspot_record_gone"

    def test_a_draft_that_is_opened_again_goes_on(self, flow: Flow) -> None:
        invoice_id, _ = unanswered(flow)
        make_a_draft(flow, invoice_id)
        find(flow)
        assert "taken back" in flow.status(invoice_id)["failure"]["title"]
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "open"})
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.realm.invoices) == 1

    def test_one_that_somebody_stopped_is_looked_for_too(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = unanswered(flow)
        stop(flow, invoice_id)
        find(flow)
        (record,) = flow.records()
        assert (record.status, record.quickbooks_id) == ("skipped", quickbooks_id)
        assert flow.status(invoice_id)["quickbooks"]["link"]

    @pytest.mark.parametrize("take_back", [delete, make_a_draft, void])
    def test_nothing_came_of_it(self, flow: Flow, take_back: _Change) -> None:
        flow.quickbooks.faults.append(Fault(creates_an_invoice, None))
        invoice_id = flow.invoice()
        flow.work()
        take_back(flow, invoice_id)
        find(flow)
        assert [each.status for each in flow.records()] == ["pending"]
        flow.clock.advance(180)
        flow.work_later()
        (record,) = flow.records()
        assert (record.status, record.intent) == ("skipped", None)
        assert flow.realm.invoices == []


def stop(flow: Flow, invoice_id: str) -> None:
    record = flow.own.store.records.get(PORTAL_ID, invoice_id)
    assert record
    stopped = record.model_copy(
        update={
            "version": record.version + 1,
            "choices": record.choices.model_copy(update={"stopped": True}),
        }
    )
    decision = Decision(at=flow.clock.now(), by="jo@globex.example", resolution="stop_syncing")
    assert flow.own.store.records.decide(record, stopped, decision, REALM_ID, {}, "Stopped.")


def test_a_late_effect_that_is_found_by_its_number_is_compared_too(flow: Flow) -> None:
    flow.quickbooks.switches.honour_request_id = False
    invoice_id, quickbooks_id = unanswered(flow)
    # Queries lag for longer than anybody may expect.
    flow.quickbooks.switches.query_lag_seconds = 60
    with_other_lines(flow, quickbooks_id)
    flow.realm.edit_invoice(quickbooks_id, CustomerMemo={"value": "Thank you, Jo"})
    flow.clock.advance(35)
    flow.work_later()
    flow.clock.advance(60)
    flow.work_later()
    assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
    assert len(flow.realm.invoices) == 1
