"""Records that a service has and refuses to return, where more than one of them is read."""

from __future__ import annotations

from datetime import timedelta

from infra.local.quickbooks import sales_line
from infra.local.wire import Answer, Fault

from .acting import FOR_EVER, refusing_to_read, run_sweep, take
from .conftest import REALM_ID, Flow
from .paying import look
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
        flow.clock.advance(60)  # QuickBooks allows so many batches a minute, and the look took them
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


class TestSweep:
    """A change of which no event told."""

    def changed(self, flow: Flow, invoice_id: str) -> str:
        """Somebody changes the invoice in QuickBooks, which cannot read it afterwards; its id."""
        (posted,) = flow.in_quickbooks(invoice_id)
        flow.realm.edit_invoice(posted["Id"], DueDate="2027-01-31")
        flow.quickbooks.webhooks.discard()
        flow.realm.unreadable.add(("Invoice", posted["Id"]))
        return str(posted["Id"])

    def sweep(self, flow: Flow, minutes: int) -> None:
        run_sweep(flow, timedelta(minutes=minutes))
        flow.clock.advance(2)
        while flow.own.poller.poll_once():
            pass

    def test_an_old_invoice_that_quickbooks_cannot_read_fails(self, flow: Flow) -> None:
        """No report reaches it by itself."""
        day = str(TODAY - timedelta(days=400))
        old = {"hs_invoice_date": day, "hs_due_date": day}
        bad, good = flow.invoice(**old), flow.invoice(**old)
        flow.work()
        self.sweep(flow, 0)
        theirs = beside(flow)
        flow.realm.unreadable.add(("Invoice", theirs))
        bad_id = self.changed(flow, bad)
        self.sweep(flow, 5)
        failure = flow.status(bad)["failure"]
        assert failure["code"] == "record_unreadable"
        assert f"invoice with id {bad_id}" in failure["explanation"]
        assert flow.status(good)["status"] == "synced"
        assert flow.get("/v1/failures/count")["failing"] == 1
        # A comment in HubSpot does not make it readable.
        look(flow, bad)
        assert flow.failure_code(bad) == "record_unreadable"
        flow.realm.unreadable.clear()
        flow.post(f"/v1/invoices/{bad}/retry")
        flow.work()
        assert flow.status(bad)["status"] == "synced"

    def test_those_of_other_people_are_no_concern(self, flow: Flow) -> None:
        good = flow.invoice()
        flow.work()
        self.sweep(flow, 0)
        flow.realm.unreadable.add(("Invoice", beside(flow)))
        before = flow.quickbooks.metered_reads(REALM_ID)
        self.sweep(flow, 5)
        first = flow.quickbooks.metered_reads(REALM_ID) - before
        self.sweep(flow, 20)
        again = flow.quickbooks.metered_reads(REALM_ID) - before - first
        assert flow.get("/v1/failures/count")["failing"] == 0
        assert flow.status(good)["status"] == "synced"
        # It is looked for once.
        assert again < first

    def test_a_payment_of_ours_that_quickbooks_cannot_read(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.work()
        self.sweep(flow, 0)
        (payment,) = flow.realm.payments
        flow.realm.edit_payment(payment["Id"], TotalAmt=300, Line=[])
        flow.quickbooks.webhooks.discard()
        flow.realm.unreadable.add(("Payment", payment["Id"]))
        self.sweep(flow, 5)
        assert flow.failure_code(invoice_id) == "record_unreadable"
        look(flow, invoice_id)
        assert flow.failure_code(invoice_id) == "record_unreadable"
        flow.realm.unreadable.clear()
        look(flow, invoice_id)
        assert flow.failure_code(invoice_id) != "record_unreadable"

    def test_an_old_invoice_that_hubspot_refuses_to_return_fails(self, flow: Flow) -> None:
        day = str(TODAY - timedelta(days=400))
        bad, good = flow.invoice(hs_invoice_date=day, hs_due_date=day), flow.invoice()
        flow.work()
        self.sweep(flow, 0)
        for each in (bad, good):
            flow.portal.update("invoices", each, {"hs_comments": "Thank you"})
        flow.hubspot.webhooks.discard()
        refusing_to_read(flow, bad)
        self.sweep(flow, 5)
        failure = flow.status(bad)["failure"]
        assert "VALIDATION_ERROR" in failure["explanation"]
        assert flow.status(good)["status"] == "synced"
        assert flow.in_quickbooks(good)[0]["CustomerMemo"]["value"] == "Thank you"

    def test_a_line_of_which_hubspot_does_not_tell_the_invoice(self, flow: Flow) -> None:
        """What we wrote with it is looked at, and other changed lines reach their invoices."""
        odd, good = flow.invoice(), flow.invoice()
        flow.work()
        self.sweep(flow, 0)
        line_id = flow.line_of(odd)
        for each in (odd, good):
            flow.set_price(each, "151")
        flow.hubspot.webhooks.discard()
        refused = Answer(400, {"status": "error", "category": "VALIDATION_ERROR", "message": "no"})
        flow.hubspot.faults.append(
            Fault(
                lambda request: (
                    "/associations/line_items/invoices" in request.path
                    and line_id in request.get_data().decode()
                ),
                refused,
                FOR_EVER,
            )
        )
        self.sweep(flow, 5)
        for each in (odd, good):
            assert flow.in_quickbooks(each)[0]["TotalAmt"] == 302
