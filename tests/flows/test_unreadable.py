"""Records that a service has and refuses to return, where more than one of them is read."""

from __future__ import annotations

from datetime import timedelta

from infra.local.quickbooks import sales_line

from .acting import refusing_to_read
from .conftest import Flow
from .test_report import TODAY, by_finding, run


def beside(flow: Flow) -> str:
    """Somebody's own invoice of the same customer and day, in QuickBooks; its id."""
    made = flow.realm.add_invoice(flow.customer_id, [sales_line(flow.item_id, "9.00")])
    return str(made["Id"])


class TestLooksBeforeACreation:
    """The look for a lost creation, and for what may be there under another number."""

    def test_a_lost_creation_is_found_beside_one_that_cannot_be_read(self, flow: Flow) -> None:
        flow.quickbooks.switches.lose_first_create_answer = True
        invoice_id = flow.invoice(number="")
        flow.realm.unreadable.add(("Invoice", beside(flow)))
        flow.work()
        (made,) = flow.in_quickbooks(invoice_id)
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.status(invoice_id)["quickbooks"]["id"] == made["Id"]

    def test_a_lost_creation_that_cannot_be_read_is_not_repeated(self, flow: Flow) -> None:
        """Without a number only the time of its creation tells: any invoice of that time may be
        it."""
        flow.quickbooks.switches.lose_first_create_answer = True
        flow.quickbooks.switches.honour_request_id = False
        invoice_id = flow.invoice(number="")
        last_id = int(beside(flow))
        soon = {("Invoice", str(last_id + ahead)) for ahead in range(1, 5)}
        flow.realm.unreadable |= soon
        flow.work()
        assert flow.failure_code(invoice_id) == "record_unreadable"
        flow.clock.advance(3600)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert len(flow.in_quickbooks(invoice_id)) == 1
        flow.realm.unreadable -= soon
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.in_quickbooks(invoice_id)) == 1

    def test_a_double_under_another_number_may_be_the_unreadable_one(self, flow: Flow) -> None:
        flow.settings(native_sync="on")
        flow.realm.unreadable.add(("Invoice", beside(flow)))
        contact_id = flow.portal.create("contacts", {"email": "cfo@else.example"})
        flow.realm.add_customer("Else", "cfo@else.example")
        odd, good = flow.invoice(), flow.invoice(contact_id=contact_id)
        flow.work()
        failure = flow.status(odd)["failure"]
        assert failure["code"] == "record_unreadable"
        assert f"customer with id {flow.customer_id}" in failure["explanation"]
        assert flow.status(good)["status"] == "synced"
        assert flow.in_quickbooks(odd) == []
        preview = flow.get(f"/v1/invoices/{odd}/preview")
        assert "record_unreadable" in [each["code"] for each in preview["failures"]]
        flow.realm.unreadable.clear()
        flow.post(f"/v1/invoices/{odd}/retry")
        flow.work()
        assert flow.status(odd)["status"] == "synced"


class TestReport:
    def test_invoices_that_quickbooks_cannot_read_do_not_fail_it(self, flow: Flow) -> None:
        """intuit/QuickBooks-V3-DotNET-SDK issue 111: one spoils each query that returns it."""
        good, bad = flow.invoice(), flow.invoice()
        flow.work()
        line = sales_line(flow.item_id, "300.00")
        theirs = flow.realm.add_invoice(flow.customer_id, [line], "THEIRS")["Id"]
        other = flow.realm.add_invoice(flow.customer_id, [line], "OTHER")["Id"]
        ours = flow.in_quickbooks(bad)[0]["Id"]
        flow.realm.unreadable |= {("Invoice", theirs), ("Invoice", ours)}
        report = run(flow)
        assert report["state"] == "done"
        assert by_finding(report) == {
            "matched": [good],
            "unreadable": [bad, ""],
            "only_in_quickbooks": [other],
        }
        linked, unnamed = (row for row in report["rows"] if row["finding"] == "unreadable")
        assert (linked["quickbooksId"], unnamed["quickbooksId"]) == (ours, "")
        for row in (linked, unnamed):
            assert "To email address entered is invalid" in row["reason"]
            assert "intuit_tid" in row["reason"]
        # The invoice itself says so, too.
        assert flow.failure_code(bad) == "record_unreadable"
        flow.realm.unreadable.clear()
        flow.post(f"/v1/invoices/{bad}/retry")
        flow.work()
        assert flow.status(bad)["status"] == "synced"

    def test_an_invoice_that_hubspot_refuses_to_return(self, flow: Flow) -> None:
        good, bad = flow.invoice(), flow.invoice()
        flow.work()
        outside = str(TODAY - timedelta(days=90))
        flow.portal.update("invoices", bad, {"hs_invoice_date": outside})
        flow.hubspot.webhooks.discard()
        refusing_to_read(flow, bad)
        report = run(flow)
        assert by_finding(report) == {"matched": [good], "unreadable": [bad]}
