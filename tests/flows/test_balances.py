"""What is still to be paid, on both sides: shown, and listed where no payment says why."""

from __future__ import annotations

from .acting import take
from .conftest import Flow
from .paying import counted, look, paid, spent, synced, unrecorded
from .test_report import run


class TestHubSpotsBalanceIsLower:
    def test_by_a_credit_memo(self, flow: Flow) -> None:
        """HubSpot knowledge base "Create and apply credit memos"."""
        invoice_id, quickbooks_id = synced(flow)
        flow.portal.credit("120", [invoice_id])
        flow.work()
        look(flow, invoice_id)
        shown = paid(flow, invoice_id)
        assert (shown["balance"], shown["hubspotBalance"]) == ("300.00", "180.00")
        assert "120.00 USD less" in shown["difference"]
        (listed,) = unrecorded(flow)
        assert (listed["kind"], listed["amount"], listed["hubspotId"]) == ("lowered", "120.00", "")
        assert counted(flow)["lowered"] == 1
        assert flow.status(invoice_id)["status"] == "synced"
        # The rest is paid, and the accountant enters the credit.
        take(flow, invoice_id, "180")
        flow.work()
        assert [each["amount"] for each in unrecorded(flow)] == ["120.00"]
        flow.watch_quickbooks()
        flow.realm.apply_credit(quickbooks_id, "120")
        flow.work()
        assert (unrecorded(flow), paid(flow, invoice_id)["difference"]) == ([], "")

    def test_quickbooks_is_asked_before_it_is_said(self, flow: Flow) -> None:
        """A payment that came by QuickBooks alone, and was marked in HubSpot by hand."""
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.receive_payment(quickbooks_id, 300)
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "paid"})
        flow.work()
        assert unrecorded(flow) == []
        before = spent(flow)
        look(flow, invoice_id)
        assert spent(flow) == before

    def test_not_while_payments_are_not_read(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow)
        flow.portal.credit("120", [invoice_id])
        flow.work()
        look(flow, invoice_id)
        assert len(unrecorded(flow)) == 1
        flow.settings(record_payments=False)
        look(flow, invoice_id)
        assert unrecorded(flow) == []

    def test_a_payment_that_is_being_processed_is_a_gap_in_time(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow)
        take(flow, invoice_id, "300", hs_latest_status="processing")
        flow.portal.update("invoices", invoice_id, {"hs_balance_due": "0"})
        flow.work()
        assert unrecorded(flow) == []


class TestReport:
    def test_it_has_the_balances_of_both_sides(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.portal.credit("120", [invoice_id])
        flow.work()
        (row,) = run(flow)["rows"]
        assert (row["hubspotBalance"], row["quickbooksBalance"]) == ("180.00", "300")


class TestNothingToPay:
    """Optix help "What do the QuickBooks error codes mean on my invoices?", Finale help."""

    def less(self, kind: str, value: str) -> list[dict[str, str]]:
        return [{"hs_label": "Goodwill", "hs_type": kind, "hs_value": value}]

    def test_a_discount_of_all(self, flow: Flow) -> None:
        invoice_id = flow.invoice(discounts=self.less("PERCENT", "100"))
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        assert posted["TotalAmt"] == 0
        status = flow.status(invoice_id)
        assert (status["status"], status["payment"]["status"]) == ("synced", "paid")
        flow.portal.update("invoices", invoice_id, {"hs_comments": "With our compliments"})
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert unrecorded(flow) == []

    def test_a_discount_of_more_than_all(self, flow: Flow) -> None:
        invoice_id = flow.invoice(discounts=self.less("FIXED", "301"))
        flow.work()
        assert flow.in_quickbooks(invoice_id) == []
        assert flow.status(invoice_id)["failure"]["explanation"]
