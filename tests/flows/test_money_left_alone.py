"""Money of invoices, or of whole companies, whose payments this app leaves alone."""

from __future__ import annotations

from datetime import timedelta

from .acting import take
from .conftest import Flow
from .deciding import click, offered
from .paying import cash, counted, look, synced, unrecorded


class TestSomebodyStoppedSyncing:
    """What came in did come in, whoever decided that this app leaves the invoice alone."""

    def stopped(self, flow: Flow, amount: str = "300") -> str:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.receive_payment(quickbooks_id, 120)
        take(flow, invoice_id, amount)
        flow.work()
        click(flow, invoice_id, "stop_syncing")
        return invoice_id

    def test_the_payment_stays_listed_and_is_not_recorded(self, flow: Flow) -> None:
        invoice_id = self.stopped(flow)
        (listed,) = unrecorded(flow)
        assert (listed["invoiceId"], listed["amount"]) == (invoice_id, "300.00")
        assert listed["reason"] == "A person stopped syncing this invoice."
        assert counted(flow)["payments"] == 1
        assert flow.status(invoice_id)["status"] == "skipped"
        look(flow, invoice_id, timedelta(days=3))
        assert [each["since"] for each in unrecorded(flow)] == [listed["since"]]
        assert len(cash(flow)) == 1

    def test_one_that_comes_in_later_is_listed_too(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.watch_quickbooks()
        flow.realm.void_invoice(quickbooks_id)
        flow.work()
        click(flow, invoice_id, "stop_syncing")
        assert unrecorded(flow) == []
        take(flow, invoice_id, "300")
        take(flow, invoice_id, "50", hs_latest_status="failed")
        flow.work()
        assert [each["amount"] for each in unrecorded(flow)] == ["300.00"]
        assert cash(flow) == []

    def test_a_refund_of_a_recorded_one_is_listed(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow)
        payment_id = take(flow, invoice_id, "200")
        flow.work()
        take(flow, invoice_id, "100", hs_currency_code="EUR")
        flow.work()
        click(flow, invoice_id, "stop_syncing")
        flow.clock.advance(10)
        click(flow, invoice_id, "settle_payment")
        assert unrecorded(flow) == []
        changed = {"hs_latest_status": "partially_refunded", "hs_refunds_amount": "100"}
        flow.portal.update("commerce_payments", payment_id, changed)
        flow.work()
        assert [(each["kind"], each["amount"]) for each in unrecorded(flow)] == [
            ("refund", "100.00")
        ]

    def test_synced_again_it_is_recorded_or_listed_as_before(self, flow: Flow) -> None:
        invoice_id = self.stopped(flow)
        click(flow, invoice_id, "resume_syncing")
        (listed,) = unrecorded(flow)
        assert listed["amount"] == "300.00"
        assert "stopped syncing" not in listed["reason"]
        assert flow.failure_code(invoice_id) == "payment_not_recorded"

    def test_somebody_says_that_it_is_in_the_books(self, flow: Flow) -> None:
        invoice_id = self.stopped(flow)
        assert offered(flow.status(invoice_id)) == ["resume_syncing", "settle_payment"]
        done = click(flow, invoice_id, "settle_payment")
        assert done["says"].startswith("All payments of the invoice will count as recorded.")
        assert unrecorded(flow) == []
        assert offered(flow.status(invoice_id)) == ["resume_syncing"]
        assert flow.status(invoice_id)["status"] == "skipped"

    def test_the_invoice_is_deleted_in_hubspot(self, flow: Flow) -> None:
        invoice_id = self.stopped(flow, "290")
        flow.portal.delete("invoices", invoice_id)
        flow.work()
        (listed,) = unrecorded(flow)
        assert listed["reason"] == "A person stopped syncing this invoice."
        click(flow, invoice_id, "settle_payment")
        assert unrecorded(flow) == []


class TestPaymentsAreRecordedElsewhere:
    """With recordPayments off nobody wants this app's list of payments."""

    def switch(self, flow: Flow, *, on: bool) -> None:
        body = {**flow.get("/v1/settings"), "recordPayments": on}
        assert flow.fetch("PUT", "/v1/settings", body).status == 200

    def listed(self, flow: Flow) -> str:
        """A payment that is refunded, which is in no book; the invoice is in step."""
        invoice_id, _ = synced(flow)
        payment_id = take(flow, invoice_id, "300")
        flow.work()
        changed = {"hs_latest_status": "partially_refunded", "hs_refunds_amount": "100"}
        flow.portal.update("commerce_payments", payment_id, changed)
        flow.work()
        return invoice_id

    def test_what_was_listed_goes_and_comes_back(self, flow: Flow) -> None:
        self.listed(flow)
        failing = flow.invoice(contact_id="")
        take(flow, failing, "50")
        flow.work()
        before, numbers = unrecorded(flow), counted(flow)
        assert len(before) == 2
        self.switch(flow, on=False)
        assert unrecorded(flow) == []
        assert counted(flow) == {"payments": 0, "refunds": 0, "lowered": 0, "sums": []}
        assert flow.get("/v1/failures/count")["failing"] == 1
        flow.work()
        assert unrecorded(flow) == []
        self.switch(flow, on=True)
        assert (unrecorded(flow), counted(flow)) == (before, numbers)
        flow.work()
        assert (unrecorded(flow), counted(flow)) == (before, numbers)

    def test_what_has_changed_meanwhile_is_looked_at(self, flow: Flow) -> None:
        invoice_id = self.listed(flow)
        self.switch(flow, on=False)
        (payment_id,) = flow.portal.associated("invoices", invoice_id, "commerce_payments")
        changed = {"hs_refunds_amount": "120"}
        flow.portal.update("commerce_payments", payment_id, changed)
        flow.work()
        self.switch(flow, on=True)
        flow.work()
        assert [each["amount"] for each in unrecorded(flow)] == ["120.00"]

    def test_money_that_comes_in_meanwhile(self, flow: Flow) -> None:
        self.switch(flow, on=False)
        invoice_id = flow.invoice(contact_id="")
        take(flow, invoice_id, "300")
        flow.work()
        assert unrecorded(flow) == []
        self.switch(flow, on=True)
        flow.work()
        assert [each["amount"] for each in unrecorded(flow)] == ["300.00"]
