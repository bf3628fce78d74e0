"""Decisions about service dates, and about invoices that were changed in QuickBooks."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.quickbooks import sales_line

from .conftest import Flow
from .deciding import click, failing, refused, resolve, seen, synced


class TestServiceDate:
    @pytest.fixture(autouse=True)
    def _plan(self, flow: Flow) -> None:
        flow.realm.add_item("Support plan", revenue_recognition=True)

    LINE = {"name": "Support plan", "quantity": "1", "price": "1200"}
    STARTED = {"name": "Consulting", "quantity": "1", "price": "10"} | {
        "hs_recurring_billing_start_date": "2026-03-01"
    }

    def dates(self, flow: Flow, invoice_id: str) -> list[str]:
        (found,) = flow.in_quickbooks(invoice_id)
        lines = [one for one in found["Line"] if one["DetailType"] == "SalesItemLineDetail"]
        return [one["SalesItemLineDetail"].get("ServiceDate", "") for one in lines]

    def test_the_invoices_date_once(self, flow: Flow) -> None:
        invoice_id = failing(flow, "service_date_required", lines=[self.LINE])
        click(flow, invoice_id, "service_date_from_invoice_date")
        synced(flow, invoice_id)
        assert self.dates(flow, invoice_id) == [flow.in_quickbooks(invoice_id)[0]["TxnDate"]]
        failing(flow, "service_date_required", lines=[self.LINE])

    def test_the_preview_and_the_plan_of_a_backfill_say_that_it_fails_again(
        self, flow: Flow
    ) -> None:
        """Only a refusal tells, and one came at the last look."""
        invoice_id = failing(flow, "service_date_required", lines=[self.LINE])
        found = flow.get(f"/v1/invoices/{invoice_id}/preview")
        assert (found["outcome"], found["failures"][0]["code"]) == ("fail", "service_date_required")
        period = {"from": "2026-01-01", "to": "2026-12-31"}
        flow.post("/v1/backfill", period)
        flow.work()
        planned = flow.get("/v1/backfill?from=2026-01-01&to=2026-12-31")["plan"]
        assert planned["byOutcome"] == {"fail": 1}
        # What a decision changes may be taken.
        assert seen(flow, invoice_id, "service_date_from_invoice_date")["preview"]["failures"] == []

    def test_or_always_also_for_those_that_fail_already(self, flow: Flow) -> None:
        other = failing(flow, "service_date_required", lines=[self.LINE])
        invoice_id = flow.invoice(lines=[self.LINE])
        flow.work()
        click(flow, invoice_id, "service_date_from_invoice_date", always=True)
        assert flow.get("/v1/settings")["serviceDate"] == "invoice_date"
        flow.work()
        assert flow.status(other)["status"] == "synced"
        synced(flow, invoice_id)

    def test_the_billing_start_of_another_line(self, flow: Flow) -> None:
        invoice_id = failing(flow, "service_date_required", lines=[self.LINE, self.STARTED])
        click(flow, invoice_id, "service_date_from_billing_start")
        synced(flow, invoice_id)
        assert self.dates(flow, invoice_id) == ["2026-03-01", "2026-03-01"]

    def test_not_where_no_line_has_one(self, flow: Flow) -> None:
        invoice_id = failing(flow, "service_date_required", lines=[self.LINE])
        refused(flow, invoice_id, "service_date_from_billing_start")


class TestModifiedOutside:
    @pytest.fixture
    def edited(self, flow: Flow) -> str:
        invoice_id = flow.invoice()
        flow.work()
        self.own = str(flow.in_quickbooks(invoice_id)[0]["Id"])
        self.edit(flow, "310.00")
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        flow.clock.advance(2)
        return invoice_id

    def edit(self, flow: Flow, amount: str) -> None:
        flow.realm.edit_invoice(self.own, Line=[sales_line(flow.item_id, amount)])

    def total(self, flow: Flow, invoice_id: str) -> Any:
        return flow.in_quickbooks(invoice_id)[0]["TotalAmt"]

    def test_re_apply_hubspot(self, flow: Flow, edited: str) -> None:
        foreseen = click(flow, edited, "reapply_hubspot")
        assert foreseen["preview"]["outcome"] == "update"
        assert "(310.00 becomes 350.00 USD)" in foreseen["says"]
        synced(flow, edited)
        assert self.total(flow, edited) == 350

    def test_accept_quickbooks_until_one_of_them_changes(self, flow: Flow, edited: str) -> None:
        foreseen = click(flow, edited, "accept_quickbooks")
        assert foreseen["preview"]["outcome"] == "inStep"
        synced(flow, edited)
        # Nobody takes it for equal: what somebody decided is said where the amounts are seen.
        assert "keep QuickBooks' version" in flow.status(edited)["reason"]
        flow.post(f"/v1/invoices/{edited}/retry")
        flow.work()
        synced(flow, edited)
        assert self.total(flow, edited) == 310
        flow.clock.advance(2)
        flow.set_price(edited, "180")
        flow.work()
        failure = flow.status(edited)["failure"]
        assert failure["code"] == "modified_outside_hubspot"
        assert "accepted" in failure["explanation"]
        assert self.total(flow, edited) == 310
        flow.clock.advance(2)
        click(flow, edited, "reapply_hubspot")
        synced(flow, edited)
        assert self.total(flow, edited) == 360

    def test_an_accepted_one_that_is_edited_again_fails_again(
        self, flow: Flow, edited: str
    ) -> None:
        click(flow, edited, "accept_quickbooks")
        flow.watch_quickbooks()
        self.edit(flow, "320.00")
        flow.work()
        assert flow.failure_code(edited) == "modified_outside_hubspot"

    def test_accepted_and_then_voided_in_hubspot(self, flow: Flow, edited: str) -> None:
        click(flow, edited, "accept_quickbooks")
        flow.clock.advance(2)
        flow.portal.update("invoices", edited, {"hs_invoice_status": "voided"})
        flow.work()
        assert "accepted" in flow.status(edited)["failure"]["explanation"]
        assert self.total(flow, edited) == 310
        flow.clock.advance(2)
        assert "will be voided" in click(flow, edited, "reapply_hubspot")["says"]
        synced(flow, edited)
        assert self.total(flow, edited) == 0

    def test_voided_in_hubspot_and_kept_in_quickbooks(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.realm.receive_payment(flow.in_quickbooks(invoice_id)[0]["Id"], 100)
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        flow.clock.advance(2)
        click(flow, invoice_id, "accept_quickbooks")
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        synced(flow, invoice_id)
        assert self.total(flow, invoice_id) == 300

    @pytest.mark.parametrize("resolution", ["reapply_hubspot", "accept_quickbooks"])
    def test_only_what_was_seen_is_decided(self, flow: Flow, edited: str, resolution: str) -> None:
        self.edit(flow, "400.00")
        assert "changed again" in refused(flow, edited, resolution)
        flow.work()  # the new difference is shown now
        assert flow.failure_code(edited) == "modified_outside_hubspot"
        flow.clock.advance(2)
        click(flow, edited, resolution)
        synced(flow, edited)

    def test_edited_between_the_click_and_the_look(self, flow: Flow, edited: str) -> None:
        resolve(flow, edited, "reapply_hubspot")
        self.edit(flow, "400.00")
        flow.work()
        assert flow.failure_code(edited) == "modified_outside_hubspot"
        assert self.total(flow, edited) == 400

    def test_never_over_a_payment_or_a_closed_period(self, flow: Flow, edited: str) -> None:
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2030-01-01")
        flow.own.store.realm.forget(flow.realm.realm_id, ["PREFERENCES"])
        assert "closed" in refused(flow, edited, "reapply_hubspot")
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", None)
        flow.own.store.realm.forget(flow.realm.realm_id, ["PREFERENCES"])
        flow.realm.receive_payment(self.own, 100)
        assert "payments" in refused(flow, edited, "reapply_hubspot")
        assert self.total(flow, edited) == 310

    def test_paid_between_the_click_and_the_look(self, flow: Flow, edited: str) -> None:
        resolve(flow, edited, "reapply_hubspot")
        flow.realm.receive_payment(self.own, 100)
        flow.work()
        assert flow.failure_code(edited) == "modified_outside_hubspot"
        assert self.total(flow, edited) == 310

    def test_stop_and_resume(self, flow: Flow, edited: str) -> None:
        click(flow, edited, "stop_syncing")
        status = flow.status(edited)
        assert (status["status"], status["stopped"]) == ("skipped", True)
        assert flow.get("/v1/failures/count")["failing"] == 0
        flow.set_price(edited, "190")
        flow.post(f"/v1/invoices/{edited}/retry")
        flow.work()
        assert flow.status(edited)["status"] == "skipped"
        assert self.total(flow, edited) == 310
        flow.clock.advance(2)
        click(flow, edited, "resume_syncing")
        assert flow.failure_code(edited) == "modified_outside_hubspot"

    @pytest.mark.parametrize("way", ["void_invoice", "delete_invoice"])
    def test_create_again_what_somebody_voided_or_deleted(self, flow: Flow, way: str) -> None:
        flow.watch_quickbooks()
        invoice_id = flow.invoice(number="INV-50")
        flow.work()
        flow.clock.advance(2)
        (first,) = flow.in_quickbooks(invoice_id)
        getattr(flow.realm, way)(first["Id"])
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        flow.clock.advance(2)
        assert "isn't available here" in refused(flow, invoice_id, "reapply_hubspot")
        click(flow, invoice_id, "create_again")
        synced(flow, invoice_id)
        alive = [one for one in flow.in_quickbooks(invoice_id) if one["TotalAmt"]]
        assert [one["DocNumber"] for one in alive] == [
            "INV-50-1" if way == "void_invoice" else "INV-50"
        ]
        # Once more is once: neither the old one nor another look makes a third.
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        alive = [one for one in flow.in_quickbooks(invoice_id) if one["TotalAmt"]]
        assert [one["TotalAmt"] for one in alive] == [350]
