"""Money that came in is in the books, or it is listed and counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from infra.local.quickbooks import Realm
from infra.local.wire import Answer, Fault
from invoice_sync.sync.load_quickbooks import QUERY_LAG

from .acting import FOR_EVER, run_sweep, take
from .conftest import REALM_ID, Flow
from .deciding import click, refused
from .paying import balance, cash, counted, look, paid, reason, spent, states, synced, unrecorded


def edit_payment(flow: Flow, payment_id: str, amount: int) -> None:
    """Somebody changes the amount of a payment on one invoice in QuickBooks."""
    (line,) = next(each["Line"] for each in flow.realm.payments if each["Id"] == payment_id)
    changed = {"Amount": amount, "LinkedTxn": line["LinkedTxn"]}
    flow.realm.edit_payment(payment_id, TotalAmt=amount, Line=[changed])


class TestTroubleOfTheInvoice:
    """Trouble of an invoice that is in QuickBooks does not hold its money back.

    Sources: mautic/mautic issue 5712, bill.com help ("A customer, account, or invoice associated
    with this payment is deleted"), Centrix FAQ, Finale help "Inactive", Harvest help "Account
    period closed".
    """

    def email_changes(self, flow: Flow) -> None:
        flow.portal.update("contacts", flow.contact_id, {"email": "new@globex.example"})

    def contact_is_deleted(self, flow: Flow) -> None:
        flow.portal.delete("contacts", flow.contact_id)

    def customers_email_changes(self, flow: Flow) -> None:
        address = {"Address": "new@globex.example"}
        flow.realm.edit_customer(flow.customer_id, PrimaryEmailAddr=address)

    def product_is_retired(self, flow: Flow) -> None:
        flow.realm.edit_item(flow.item_id, Active=False)

    @pytest.mark.parametrize(
        ("happens", "days"),
        [
            (email_changes, 2),
            (contact_is_deleted, 2),
            (customers_email_changes, 2),
            (product_is_retired, 40),
        ],
    )
    def test_what_was_decided_when_it_was_written(
        self, flow: Flow, happens: Callable[[Any, Flow], None], days: int
    ) -> None:
        invoice_id, quickbooks_id = synced(flow)
        happens(self, flow)
        flow.work()
        take(flow, invoice_id, "300")
        flow.hubspot.webhooks.discard()
        flow.clock.advance(timedelta(days=days).total_seconds())
        flow.sync_at(flow.clock.now() + timedelta(days=days)).run([flow.hint(invoice_id)])
        assert balance(flow, quickbooks_id) == 0
        assert flow.realm.payments[0]["CustomerRef"]["value"] == flow.customer_id
        assert paid(flow, invoice_id)["status"] == "paid"
        assert unrecorded(flow) == []

    def test_a_comment_in_a_closed_period(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(
            flow, hs_invoice_date="2026-01-10", hs_due_date="2026-02-10"
        )
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-01-31")
        flow.portal.update("invoices", invoice_id, {"hs_comments": "Thank you"})
        flow.work()
        assert flow.failure_code(invoice_id) == "closed_period"
        take(flow, invoice_id, "300")
        flow.work()
        look(flow, invoice_id)
        assert balance(flow, quickbooks_id) == 0
        assert len(flow.realm.payments) == 1
        assert flow.failure_code(invoice_id) == "closed_period"
        assert states(flow, invoice_id) == [("recorded", "300.00")]
        shown = paid(flow, invoice_id)
        assert (shown["balance"], shown["hubspotBalance"]) == ("0.00", "0.00")

    def test_quickbooks_own_error_at_each_update(self, flow: Flow) -> None:
        """ruckus/quickbooks-ruby issue 224: 10000 for one request, for days, while others pass."""
        invoice_id, quickbooks_id = synced(flow)
        error = {"Message": "An application error", "Detail": "System Failure", "code": "10000"}
        item = {"bId": "0", "Fault": {"Error": [error], "type": "SystemFault"}}
        flow.quickbooks.faults.append(
            Fault(
                lambda request: b"Thank you" in request.get_data(),
                Answer(200, {"BatchItemResponse": [item]}),
                times=FOR_EVER,
            )
        )
        flow.portal.update("invoices", invoice_id, {"hs_comments": "Thank you"})
        take(flow, invoice_id, "300")
        flow.work()
        assert balance(flow, quickbooks_id) == 0
        assert states(flow, invoice_id) == [("recorded", "300.00")]
        shown = paid(flow, invoice_id)
        assert (shown["status"], shown["balance"]) == ("paid", "0.00")
        assert flow.status(invoice_id)["status"] == "pending"
        flow.quickbooks.faults.clear()
        look(flow, invoice_id, QUERY_LAG * 3)
        assert len(flow.realm.payments) == 1

    def test_totals_that_disagree_hold_it_back_visibly(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow, hs_invoice_date="2026-01-10", hs_due_date="2026-02-10")
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-01-31")
        flow.set_price(invoice_id, "175")
        take(flow, invoice_id, "350")
        flow.work()
        assert flow.realm.payments == []
        (listed,) = unrecorded(flow)
        assert (listed["amount"], listed["invoiceId"]) == ("350.00", invoice_id)
        assert "HubSpot has 350.00 USD, QuickBooks 300.00 USD" in listed["reason"]
        assert counted(flow)["sums"] == [{"kind": "payment", "currency": "USD", "amount": "350.00"}]
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", None)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert [each["TotalAmt"] for each in flow.realm.payments] == [350]
        assert unrecorded(flow) == []

    def test_balances_are_those_read_now_while_the_invoice_fails(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.receive_payment(quickbooks_id, 120)
        flow.set_price(invoice_id, "200")
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        shown = paid(flow, invoice_id)
        assert (shown["status"], shown["total"], shown["balance"]) == (
            "partly_paid", "300.00", "180.00",
        )  # fmt: skip
        assert shown["hubspotBalance"] == "400.00"
        assert "220.00 USD less" in shown["difference"]
        assert shown["quickbooksReadAt"]
        assert shown["hubspotReadAt"]


class TestLessIsOpenThanWasPaid:
    @pytest.mark.parametrize("credit", ["120", "299.99", "300"])
    def test_credit_is_applied_by_itself(self, flow: Flow, credit: str) -> None:
        """Synder help "How to disable QuickBooks Online's Automatically Apply Credits setting"."""
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.apply_credit(quickbooks_id, credit)
        take(flow, invoice_id, "300")
        flow.work()
        (payment,) = cash(flow)
        assert payment["TotalAmt"] == 300
        assert Decimal(str(payment["UnappliedAmt"])) == Decimal(credit)
        assert balance(flow, quickbooks_id) == 0
        assert flow.status(invoice_id)["status"] == "synced"
        run_sweep(flow)
        flow.work()
        assert f"{Decimal(credit):.2f} USD of it is not on this invoice" in reason(flow, invoice_id)
        assert unrecorded(flow) == []
        before = spent(flow)
        look(flow, invoice_id)
        assert spent(flow) == before

    @pytest.mark.parametrize("credit", ["120", "300", "500"])
    def test_by_quickbooks_the_moment_that_the_invoice_is_made(
        self, flow: Flow, credit: str
    ) -> None:
        flow.realm.add_credit(flow.customer_id, credit)
        invoice_id, quickbooks_id = synced(flow)
        take(flow, invoice_id, "300")
        flow.work()
        (payment,) = cash(flow)
        assert payment["TotalAmt"] == 300
        assert payment["UnappliedAmt"] == min(Decimal(credit), 300)
        assert balance(flow, quickbooks_id) == 0
        assert (flow.status(invoice_id)["status"], unrecorded(flow)) == ("synced", [])

    def test_the_rest_of_an_earlier_payment_pays_the_next_invoice(self, flow: Flow) -> None:
        """QuickBooks applies what is on account by itself, and that is none of the next money."""
        first, _ = synced(flow)
        take(flow, first, "400")
        flow.work()
        second, quickbooks_id = synced(flow)
        assert balance(flow, quickbooks_id) == 200
        take(flow, second, "300")
        flow.work()
        assert [each["TotalAmt"] for each in cash(flow)] == [400, 300]
        assert {flow.status(each)["status"] for each in (first, second)} == {"synced"}
        assert unrecorded(flow) == []

    def test_more_than_the_invoice(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow)
        take(flow, invoice_id, "200")
        take(flow, invoice_id, "200")
        flow.work()
        assert [each["UnappliedAmt"] for each in flow.realm.payments] == [0, 100]
        assert flow.status(invoice_id)["status"] == "synced"

    def test_people_entered_other_payments(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.receive_payment(quickbooks_id, 120)
        take(flow, invoice_id, "300")
        flow.work()
        assert len(flow.realm.payments) == 1
        status = flow.status(invoice_id)
        assert (status["status"], status["failure"]["code"]) == ("failing", "payment_not_recorded")
        assert "only 180.00 USD is left to pay" in status["failure"]["explanation"]
        assert [each["amount"] for each in unrecorded(flow)] == ["300.00"]
        before = flow.quickbooks.metered_reads(REALM_ID)
        look(flow, invoice_id)
        assert flow.quickbooks.metered_reads(REALM_ID) == before

    def test_somebody_says_that_it_is_there(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.receive_payment(quickbooks_id, 150)
        flow.realm.receive_payment(quickbooks_id, 150)
        take(flow, invoice_id, "300")
        flow.work()
        click(flow, invoice_id, "settle_payment")
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.realm.payments) == 2
        assert unrecorded(flow) == []
        assert "isn't available here" in refused(flow, invoice_id, "settle_payment")

    def test_somebody_says_that_it_is_not(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.receive_payment(quickbooks_id, 120)
        take(flow, invoice_id, "300")
        flow.work()
        click(flow, invoice_id, "record_payment")
        look(flow, invoice_id)
        assert [(each["TotalAmt"], each["UnappliedAmt"]) for each in flow.realm.payments] == [
            (120, 0), (300, 120),
        ]  # fmt: skip
        assert flow.status(invoice_id)["status"] == "synced"
        assert unrecorded(flow) == []


class TestChangedByPeopleInQuickBooks:
    def test_a_payment_is_edited(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        take(flow, invoice_id, "300")
        flow.work()
        (payment,) = flow.realm.payments
        edit_payment(flow, payment["Id"], 280)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.watch_quickbooks()
        edit_payment(flow, payment["Id"], 270)
        flow.work()
        assert balance(flow, quickbooks_id) == 30
        assert len(flow.realm.payments) == 1
        assert "In QuickBooks it is 270.00 USD, but HubSpot says 300.00 USD" in reason(
            flow, invoice_id
        )
        assert [(each["kind"], each["amount"]) for each in unrecorded(flow)] == [
            ("payment", "30.00")
        ]
        flow.clock.advance(2)
        edit_payment(flow, payment["Id"], 300)
        flow.work()
        assert (reason(flow, invoice_id), unrecorded(flow)) == ("", [])

    @pytest.mark.parametrize("how", [Realm.delete_payment, Realm.void_payment])
    def test_a_payment_is_removed_until_somebody_decides(
        self, flow: Flow, how: Callable[[Realm, str], object]
    ) -> None:
        invoice_id, _ = synced(flow)
        take(flow, invoice_id, "300")
        flow.work()
        flow.watch_quickbooks()
        how(flow.realm, flow.realm.payments[0]["Id"])
        flow.work()
        look(flow, invoice_id, QUERY_LAG * 2)
        assert cash(flow) == []
        assert flow.failure_code(invoice_id) == "payment_not_recorded"
        assert counted(flow)["payments"] == 1
        click(flow, invoice_id, "record_payment")
        assert [each["TotalAmt"] for each in cash(flow)] == [300]
        assert flow.status(invoice_id)["status"] == "synced"
        flow.clock.advance(2)
        how(flow.realm, cash(flow)[0]["Id"])
        flow.work()
        look(flow, invoice_id, QUERY_LAG * 4)
        assert cash(flow) == []
        assert flow.failure_code(invoice_id) == "payment_not_recorded"

    def test_a_payment_is_taken_off_the_invoice(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        take(flow, invoice_id, "300")
        flow.work()
        flow.watch_quickbooks()
        flow.realm.edit_payment(flow.realm.payments[0]["Id"], TotalAmt=300, Line=[])
        flow.work()
        assert balance(flow, quickbooks_id) == 300
        look(flow, invoice_id)
        assert len(flow.realm.payments) == 1
        assert states(flow, invoice_id) == [("recorded", "300.00")]
        assert "not on this invoice" in reason(flow, invoice_id)
        assert (flow.status(invoice_id)["status"], unrecorded(flow)) == ("synced", [])


class TestRefunds:
    def test_a_refund_of_a_recorded_payment_is_listed(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        payment_id = take(flow, invoice_id, "300")
        flow.work()
        changes = {"hs_latest_status": "partially_refunded", "hs_refunds_amount": "50"}
        flow.portal.update("commerce_payments", payment_id, changes)
        flow.work()
        (listed,) = unrecorded(flow)
        assert (listed["kind"], listed["amount"], listed["hubspotId"]) == (
            "refund", "50.00", payment_id,
        )  # fmt: skip
        assert (counted(flow)["payments"], counted(flow)["refunds"]) == (0, 1)
        assert balance(flow, quickbooks_id) == 0
        assert flow.status(invoice_id)["status"] == "synced"

    def test_one_before_it_was_recorded_comes_to_the_same(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        refunded = {"hs_latest_status": "partially_refunded", "hs_refunds_amount": "50"}
        take(flow, invoice_id, "300", **refunded)
        flow.work()
        assert balance(flow, quickbooks_id) == 0
        assert [(each["kind"], each["amount"]) for each in unrecorded(flow)] == [
            ("refund", "50.00")
        ]

    def test_a_recorded_payment_is_lost_in_a_dispute(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow)
        payment_id = take(flow, invoice_id, "300")
        flow.work()
        flow.portal.update("commerce_payments", payment_id, {"hs_latest_status": "disputed_lost"})
        flow.work()
        assert [(each["kind"], each["amount"]) for each in unrecorded(flow)] == [
            ("refund", "300.00")
        ]


class TestTheList:
    def test_pages(self, flow: Flow) -> None:
        ids = [flow.invoice(contact_id="") for _ in range(5)]
        for invoice_id in ids:
            take(flow, invoice_id, "300")
        flow.work()
        shown: list[str] = []
        path = "/v1/payments/unrecorded?limit=2"
        page = flow.get(path)
        while True:
            assert len(page["amounts"]) <= 2
            shown += [each["invoiceId"] for each in page["amounts"]]
            if not page["cursor"]:
                break
            page = flow.get(f"{path}&cursor={page['cursor']}")
        assert sorted(shown) == sorted(ids)
        assert counted(flow)["sums"] == [
            {"kind": "payment", "currency": "USD", "amount": "1500.00"}
        ]
        assert flow.fetch("GET", "/v1/payments/unrecorded?cursor=abc").status == 400

    def test_since_when_stays(self, flow: Flow) -> None:
        invoice_id = flow.invoice(contact_id="")
        take(flow, invoice_id, "300")
        flow.work()
        (first,) = unrecorded(flow)
        look(flow, invoice_id, timedelta(days=3))
        assert [each["since"] for each in unrecorded(flow)] == [first["since"]]
