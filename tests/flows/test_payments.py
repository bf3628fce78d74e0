"""Payments: taken in HubSpot they are recorded in QuickBooks; paid there they are shown."""

from __future__ import annotations

import sync_worker

from .acting import take
from .conftest import PORTAL_ID, REALM_ID, Flow
from .paying import CHECKING, balance, look, paid, reason, spent, states, synced


class TestRecorded:
    def test_a_full_payment(self, flow: Flow) -> None:
        flow.settings(deposit_account_id=CHECKING)
        invoice_id, quickbooks_id = synced(flow)
        assert paid(flow, invoice_id)["status"] == "unpaid"
        payment_id = take(flow, invoice_id, "300.00", hs_reference_number="ch_" + "1" * 30)
        flow.work()
        (one,) = flow.realm.payments
        assert one["Line"] == [
            {"Amount": 300, "LinkedTxn": [{"TxnId": quickbooks_id, "TxnType": "Invoice"}]}
        ]
        assert (one["TotalAmt"], one["UnappliedAmt"], one["TxnDate"]) == (300, 0, "2026-03-04")
        assert one["CustomerRef"]["value"] == flow.customer_id
        marker = f"HubSpot payment {payment_id} (portal {PORTAL_ID})"
        # A reference that is too long stands there as a whole.
        assert one["PrivateNote"] == f"{marker}\nReference: ch_{'1' * 30}"
        assert one["PaymentRefNum"] == "ch_" + "1" * 18
        assert one["DepositToAccountRef"] == {"value": CHECKING}
        assert flow.portal.record("invoices", invoice_id).properties["hs_invoice_status"] == "paid"
        status = flow.status(invoice_id)
        assert (status["status"], status["attempts"][0]["action"]) == ("synced", "payment recorded")
        assert status["payment"].pop("quickbooksReadAt")
        assert status["payment"].pop("hubspotReadAt")
        assert status["payment"] == {
            "status": "paid",
            "total": "300.00",
            "balance": "0.00",
            "currency": "USD",
            "hubspotBalance": "0.00",
            "difference": "",
            "exchangeRate": None,
            "homeTotal": None,
            "payments": [
                {
                    "hubspotId": payment_id,
                    "state": "recorded",
                    "amount": "300.00",
                    "applied": "300.00",
                    "currency": "USD",
                    "date": "2026-03-04",
                    "reason": "",
                    "quickbooksId": one["Id"],
                }
            ],
            "unread": "",
        }

    def test_partial_ones(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        take(flow, invoice_id, "100.25")
        flow.work()
        assert paid(flow, invoice_id)["status"] == "partly_paid"
        assert paid(flow, invoice_id)["balance"] == "199.75"
        take(flow, invoice_id, "100.25")
        take(flow, invoice_id, "99.50")
        flow.work()
        assert [one["TotalAmt"] for one in flow.realm.payments] == [100.25, 100.25, 99.5]
        assert balance(flow, quickbooks_id) == 0
        assert paid(flow, invoice_id)["status"] == "paid"
        # Without a setting, QuickBooks' own choice.
        assert {one["DepositToAccountRef"]["value"] for one in flow.realm.payments} == {"4"}

    def test_an_invoice_and_its_payments_in_one_look(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "120")
        take(flow, invoice_id, "180")
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        assert ours["Balance"] == 0
        assert len(flow.realm.payments) == 2
        assert flow.status(invoice_id)["attempts"][-1]["action"] == "created"

    def test_a_payment_waits_for_its_invoice(self, flow: Flow) -> None:
        invoice_id = flow.invoice(contact_id="")
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.failure_code(invoice_id) == "customer_not_found"
        assert states(flow, invoice_id) == [("pending", "300.00")]
        assert paid(flow, invoice_id)["status"] == "unknown"
        flow.portal.associate("invoices", invoice_id, "contacts", flow.contact_id)
        flow.work()
        assert paid(flow, invoice_id)["status"] == "paid"
        assert len(flow.realm.payments) == 1

    def test_the_payments_event_comes_before_the_invoices(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        payment_id = take(flow, invoice_id, "300")
        flow.hubspot.webhooks.discard()
        now = flow.clock.now()
        hint = flow.hint(invoice_id)
        told = type(hint)(PORTAL_ID, payment_id, "webhook", now, now, "commerce_payments")
        flow.queue.send([told])
        flow.work()
        flow.queue.send([hint, told])
        flow.work()
        assert [one["Balance"] for one in flow.in_quickbooks(invoice_id)] == [0]
        assert len(flow.realm.payments) == 1

    def test_once_it_has_succeeded(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow)
        payment_id = take(flow, invoice_id, "300", hs_latest_status="processing")
        flow.work()
        assert states(flow, invoice_id) == [("pending", "300.00")]
        assert "processed" in reason(flow, invoice_id)
        flow.portal.update("commerce_payments", payment_id, {"hs_latest_status": "succeeded"})
        flow.work()
        assert states(flow, invoice_id) == [("recorded", "300.00")]

    def test_in_another_currency_of_the_books(self, flow: Flow) -> None:
        flow.realm.set_preference("CurrencyPrefs.MultiCurrencyEnabled", True)
        flow.realm.set_rate("EUR", "1.1")
        flow.realm.add_customer("Globex EU", "eu@globex.example", "EUR")
        contact = flow.portal.create("contacts", {"email": "eu@globex.example"})
        invoice_id = flow.invoice(contact_id=contact, currency="EUR")
        take(flow, invoice_id, "300", hs_currency_code="EUR")
        flow.work()
        (one,) = flow.realm.payments
        assert (one["CurrencyRef"]["value"], one["TotalAmt"]) == ("EUR", 300)
        assert paid(flow, invoice_id)["currency"] == "EUR"

    def test_the_amount_is_changed_together_with_the_first_payment(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.set_price(invoice_id, "175")
        take(flow, invoice_id, "350")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert balance(flow, quickbooks_id) == 0


class TestCost:
    def test_recorded_payments_cost_nothing_any_more(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        take(flow, invoice_id, "20", hs_latest_status="failed")
        flow.work()
        before = spent(flow)
        look(flow, invoice_id)
        assert spent(flow) == before

    def test_their_echoes_cost_no_call_and_are_no_edit(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        flow.quickbooks.switches.payment_bumps_sync_token = True
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        flow.hubspot.deliver()
        flow.own.poller.poll_once()
        assert states(flow, invoice_id) == [("recorded", "100.00")]
        (ours,), (record,) = flow.in_quickbooks(invoice_id), flow.records()
        assert record.written
        assert record.written.balance == ours["Balance"] == 200
        assert record.written.sync_token == ours["SyncToken"] == "1"
        flow.hubspot.webhooks.discard()
        before = spent(flow)
        assert set(flow.quickbooks.deliver()) == {200}
        assert flow.own.poller.poll_once() > 0
        assert spent(flow) == before
        assert flow.status(invoice_id)["status"] == "synced"

    def test_many_are_read_in_bulk(self, flow: Flow) -> None:
        ids = [synced(flow)[0] for _ in range(12)]
        for one in ids:
            take(flow, one, "300")
        flow.hubspot.webhooks.discard()
        flow.clock.advance(60)
        before = flow.quickbooks.metered_reads(REALM_ID)
        sync_worker.collaborators().worker.run([flow.hint(one) for one in ids])
        assert len(flow.realm.payments) == 12
        # The invoices before, and after.
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 2


class TestPaidInQuickBooks:
    def test_payments_and_credits_show_as_balance(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        invoice_id, quickbooks_id = synced(flow)
        flow.clock.advance(2)
        theirs = flow.realm.receive_payment(quickbooks_id, "120.50")["Id"]
        flow.work()
        assert paid(flow, invoice_id)["balance"] == "179.50"
        assert paid(flow, invoice_id)["status"] == "partly_paid"
        flow.clock.advance(2)
        flow.realm.apply_credit(quickbooks_id, "179.50")
        flow.work()
        assert paid(flow, invoice_id)["status"] == "paid"
        assert flow.status(invoice_id)["status"] == "synced"
        flow.clock.advance(2)
        flow.realm.delete_payment(theirs)
        flow.work()
        assert paid(flow, invoice_id)["balance"] == "120.50"

    def test_a_credit_is_not_taken_for_a_payment(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.apply_credit(quickbooks_id, 100)
        take(flow, invoice_id, "100")
        flow.work()
        assert states(flow, invoice_id) == [("recorded", "100.00")]
        assert balance(flow, quickbooks_id) == 100
