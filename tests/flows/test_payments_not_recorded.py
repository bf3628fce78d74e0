"""Payments that are not recorded are shown with the reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from infra.local.wire import Answer, Fault
from invoice_sync.connect import consent
from invoice_sync.sync.load_quickbooks import QUERY_LAG

from .acting import asks_for_tokens, take
from .conftest import PORTAL_ID, REALM_ID, Flow
from .deciding import click
from .paying import CHECKING, balance, look, paid, pays, reason, spent, states, synced, unrecorded


class TestNotSynced:
    @pytest.mark.parametrize(
        ("properties", "words"),
        [
            ({"hs_latest_status": "failed"}, "failed"),
            ({"hs_latest_status": "disputed_lost"}, "dispute"),
            ({"hs_processor_type": "quickbooks"}, "QuickBooks took this payment itself."),
            ({"hs_latest_status": "refunded"}, "refunded"),
        ],
    )
    def test_the_reason_is_shown_and_the_invoice_is_in_step(
        self, flow: Flow, properties: dict[str, str], words: str
    ) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300", **properties)
        flow.work()
        assert words in reason(flow, invoice_id)
        assert paid(flow, invoice_id)["payments"][0]["state"] == "not_synced"
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.realm.payments == []

    def test_one_that_is_unclear_is_a_failure(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300", hs_currency_code="EUR")
        flow.work()
        assert reason(flow, invoice_id) == "It is in EUR, the invoice in USD."
        assert flow.failure_code(invoice_id) == "payment_not_recorded"
        assert [each["currency"] for each in unrecorded(flow)] == ["EUR"]
        assert flow.realm.payments == []
        click(flow, invoice_id, "settle_payment")
        assert flow.status(invoice_id)["status"] == "synced"
        # HubSpot has counted it all the same.
        assert [each["kind"] for each in unrecorded(flow)] == ["lowered"]

    @pytest.mark.parametrize(
        "amount", ["1234567890123456", "12345678901234.56", "9" * 30, "1" + "0" * 40]
    )
    def test_more_digits_than_quickbooks_keeps(self, flow: Flow, amount: str) -> None:
        invoice_id, other = flow.invoice(), flow.invoice()
        payment_id = take(flow, invoice_id, amount)
        take(flow, other, "300")
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "payment_not_recorded"
        assert "more than 15 digits" in failure["explanation"]
        assert amount in failure["explanation"]
        (listed,) = unrecorded(flow)
        assert Decimal(listed["amount"]) == Decimal(amount)
        assert len(flow.realm.payments) == 1
        assert flow.status(other)["status"] == "synced"
        # Corrected in HubSpot, it is recorded without a click.
        flow.portal.update("commerce_payments", payment_id, {"hs_initial_amount": "300"})
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert states(flow, invoice_id) == [("recorded", "300.00")]

    def test_a_refund_after_it_was_recorded(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        payment_id = take(flow, invoice_id, "300")
        flow.work()
        changes = {"hs_latest_status": "partially_refunded", "hs_refunds_amount": "50"}
        flow.portal.update("commerce_payments", payment_id, changes)
        flow.work()
        assert states(flow, invoice_id) == [("recorded", "300.00")]
        assert "the refund is not synced" in reason(flow, invoice_id)
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.realm.payments) == 1

    def test_already_paid_in_quickbooks_by_somebody_else(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        theirs = flow.realm.receive_payment(quickbooks_id, 300)["Id"]
        take(flow, invoice_id, "300")
        flow.work()
        assert len(flow.realm.payments) == 1
        assert states(flow, invoice_id) == [("not_synced", "300.00")]
        assert paid(flow, invoice_id)["status"] == "paid"
        before = spent(flow)
        look(flow, invoice_id)
        assert spent(flow) == before
        # That was a mistake: now there is room for it.
        flow.watch_quickbooks()
        flow.realm.delete_payment(theirs)
        flow.work()
        assert states(flow, invoice_id) == [("recorded", "300.00")]

    def test_a_partial_payment_that_somebody_has_entered(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        theirs = flow.realm.receive_payment(quickbooks_id, 100)["Id"]
        take(flow, invoice_id, "100")
        take(flow, invoice_id, "50")
        flow.work()
        assert states(flow, invoice_id) == [("not_synced", "100.00"), ("recorded", "50.00")]
        shown = paid(flow, invoice_id)["payments"][0]
        assert shown["quickbooksId"] == theirs
        assert "taken to be the same" in shown["reason"]
        assert balance(flow, quickbooks_id) == 150
        before = spent(flow)
        look(flow, invoice_id)
        assert spent(flow) == before

    def test_deleted_in_quickbooks_it_is_not_recorded_again(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.work()
        flow.watch_quickbooks()
        flow.realm.delete_payment(flow.realm.payments[0]["Id"])
        flow.work()
        look(flow, invoice_id, QUERY_LAG * 2)
        assert flow.realm.payments == []
        assert "deleted or voided" in reason(flow, invoice_id)
        assert paid(flow, invoice_id)["status"] == "unpaid"

    def test_deleted_in_hubspot_it_stays_in_quickbooks(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        payment_id = take(flow, invoice_id, "100")
        flow.work()
        flow.portal.delete("commerce_payments", payment_id)
        flow.work()
        assert len(flow.realm.payments) == 1
        assert "deleted in HubSpot" in reason(flow, invoice_id)

    def test_the_setting_is_off(self, flow: Flow) -> None:
        flow.settings(record_payments=False)
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.realm.payments == []
        assert "turned off" in paid(flow, invoice_id)["unread"]
        assert paid(flow, invoice_id)["status"] == "unpaid"
        flow.settings(record_payments=True)
        look(flow, invoice_id)
        assert paid(flow, invoice_id)["status"] == "paid"

    def test_without_the_scope_invoices_are_synced_and_it_says_so(self, flow: Flow) -> None:
        scopes = [one for one in consent.REQUIRED_SCOPES if "commercepayments" not in one]
        flow.own.renew(
            PORTAL_ID,
            {
                "hubspot": flow.hubspot.grant(PORTAL_ID, scopes),
                "quickbooks": flow.quickbooks.grant(REALM_ID),
            },
        )
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.realm.payments == []
        assert "Connect HubSpot again" in paid(flow, invoice_id)["unread"]
        assert "MISSING_SCOPES" in paid(flow, invoice_id)["unread"]


class TestRefused:
    def test_a_closed_period_until_it_is_open_again(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-03-31")
        take(flow, invoice_id, "300")
        flow.work()
        status = flow.status(invoice_id)
        assert (status["status"], status["failure"]["code"]) == ("failing", "payment_not_recorded")
        explanation = status["failure"]["explanation"]
        assert "300.00 USD of 2026-03-04" in explanation
        assert "closed" in explanation
        assert status["quickbooks"]["id"] == quickbooks_id
        assert states(flow, invoice_id) == [("pending", "300.00")]
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", None)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert paid(flow, invoice_id)["status"] == "paid"

    def test_a_new_invoice_stays_although_its_payment_is_refused(self, flow: Flow) -> None:
        flow.settings(deposit_account_id="999")
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        take(flow, invoice_id, "200")
        flow.work()
        assert flow.failure_code(invoice_id) == "payment_not_recorded"
        assert "deposit account" in flow.status(invoice_id)["failure"]["explanation"]
        (ours,) = flow.in_quickbooks(invoice_id)
        assert ours["Balance"] == 300
        flow.settings(deposit_account_id=CHECKING)
        look(flow, invoice_id)
        assert flow.status(invoice_id)["status"] == "synced"
        assert balance(flow, ours["Id"]) == 0
        assert len(flow.realm.payments) == 2

    def test_an_account_that_takes_no_deposits(self, flow: Flow) -> None:
        flow.settings(deposit_account_id="84")
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        flow.work()
        assert flow.failure_code(invoice_id) == "payment_not_recorded"
        assert (
            "of a type that takes no payments" in flow.status(invoice_id)["failure"]["explanation"]
        )

    def test_one_is_refused_the_other_is_recorded(self, flow: Flow) -> None:
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-03-31")
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        take(flow, invoice_id, "200", hs_initiated_date="2026-04-01T12:00:00Z")
        flow.work()
        assert states(flow, invoice_id) == [("pending", "100.00"), ("recorded", "200.00")]
        assert flow.failure_code(invoice_id) == "payment_not_recorded"

    def test_quickbooks_is_busy_for_a_while(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.quickbooks.faults.append(Fault(pays, Answer(503, "busy"), times=3))
        flow.work()
        assert flow.status(invoice_id)["status"] == "pending"
        assert len(flow.in_quickbooks(invoice_id)) == 1
        assert [each["amount"] for each in unrecorded(flow)] == ["300.00"]
        look(flow, invoice_id, timedelta(minutes=20))
        assert flow.failure_code(invoice_id) == "quickbooks_unavailable"
        flow.quickbooks.faults.clear()
        look(flow, invoice_id, timedelta(minutes=40))
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.realm.payments) == 1

    def test_a_connection_that_ends_between_invoice_and_payment(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        dead = Answer(400, {"error": "invalid_grant"})
        flow.quickbooks.faults += [Fault(pays, Answer(401, {})), Fault(asks_for_tokens, dead)]
        flow.work()
        assert flow.failure_code(invoice_id) == "reconnect_required"
        assert [each["amount"] for each in unrecorded(flow)] == ["300.00"]
        grants = {
            "hubspot": flow.hubspot.grant(PORTAL_ID),
            "quickbooks": flow.quickbooks.grant(REALM_ID),
        }
        flow.own.renew(PORTAL_ID, grants)
        look(flow, invoice_id, QUERY_LAG * 2)
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.in_quickbooks(invoice_id)) == len(flow.realm.payments) == 1
