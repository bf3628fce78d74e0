"""One refusal is one invoice's: what a bulk read or a batch is refused for is found, and the rest
goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault

from .acting import (
    FOR_EVER,
    HUBSPOT_REFUSAL,
    TID,
    begin_now,
    reading_in_bulk,
    refusing,
    refusing_to_read,
    run_sweep,
)
from .conftest import PORTAL_ID, Flow

# They are read in bulk.
MANY = 8
UNREADABLE = "QueryProcessingError: To email address entered is invalid"


def unreadable(flow: Flow, having: str, code: str = "4002") -> None:
    """QuickBooks refuses each query that would return what these words are about, also in a
    batch."""
    error = {"Message": "Error processing query", "Detail": UNREADABLE, "code": code}
    body = {"Fault": {"Error": [error], "type": "ValidationFault"}}
    answer = Answer(500 if code == "10000" else 400, body, {"intuit_tid": TID})

    def match(request: Request) -> bool:
        if request.path.endswith("/query"):
            return having in request.args.get("query", "")
        return request.path.endswith("/batch") and having in request.get_data().decode()

    flow.quickbooks.faults.append(Fault(match, answer, FOR_EVER))


def several(flow: Flow, count: int) -> list[str]:
    """So many invoices in QuickBooks."""
    ids = [flow.invoice() for _ in range(count)]
    flow.work()
    return ids


class TestReads:
    """intuit/QuickBooks-V3-DotNET-SDK issues 81 and 111, PHP-SDK issue 216: a record that
    QuickBooks cannot read back spoils each query that would return it."""

    def test_an_invoice_that_cannot_be_read_back(self, flow: Flow) -> None:
        ids = several(flow, 5)
        flow.clock.advance(60)
        flow.realm.unreadable.add(("Invoice", flow.in_quickbooks(ids[2])[0]["Id"]))
        for invoice_id in ids:
            flow.set_price(invoice_id, "175")
        flow.work()
        for invoice_id in ids:
            if invoice_id != ids[2]:
                assert flow.status(invoice_id)["status"] == "synced"
                assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350
        failure = flow.status(ids[2])["failure"]
        assert failure["code"] == "record_unreadable"
        assert UNREADABLE in failure["explanation"]
        assert failure["intuitTid"]
        flow.realm.unreadable.clear()
        flow.clock.advance(60)
        flow.post(f"/v1/invoices/{ids[2]}/retry")
        flow.work()
        assert flow.in_quickbooks(ids[2])[0]["TotalAmt"] == 350

    @pytest.mark.parametrize("value", ["odd@else.example", "ODD-SKU", "Odd product"])
    def test_a_customer_or_a_product_that_cannot_be_read(self, flow: Flow, value: str) -> None:
        sold = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "5"}
        contact_id = flow.contact_id
        if "@" in value:
            contact_id = flow.portal.create("contacts", {"email": value})
        elif "SKU" in value:
            sold["hs_sku"] = value
        else:
            sold = {"name": value, "quantity": "1", "price": "5"}
        unreadable(flow, f"'{value}'")
        odd = flow.invoice(lines=[sold], contact_id=contact_id)
        good = [flow.invoice() for _ in range(3)]
        flow.work()
        assert flow.failure_code(odd) == "record_unreadable"
        assert {flow.status(invoice_id)["status"] for invoice_id in good} == {"synced"}

    def test_emails_cannot_be_looked_for_in_a_list(self, flow: Flow) -> None:
        refusing(
            flow,
            "4001",
            "QueryValidationError: property 'PrimaryEmailAddr' is not queryable",
            having=b"PrimaryEmailAddr in (",
            path="/query",
        )
        contact_id = flow.portal.create("contacts", {"email": "cfo@else.example"})
        flow.realm.add_customer("Else", "cfo@else.example")
        ids = [flow.invoice(), flow.invoice(contact_id=contact_id)]
        flow.work()
        assert {flow.status(invoice_id)["status"] for invoice_id in ids} == {"synced"}

    def test_quickbooks_own_error_with_one_read(self, flow: Flow) -> None:
        unreadable(flow, "'odd@else.example'", code="10000")
        odd = flow.invoice(contact_id=flow.portal.create("contacts", {"email": "odd@else.example"}))
        good = flow.invoice()
        flow.work()
        assert flow.status(good)["status"] == "synced"
        assert flow.status(odd)["status"] == "pending"


class TestUpdates:
    def test_a_batch_that_meets_an_error_for_one(self, flow: Flow) -> None:
        ids = several(flow, 4)
        flow.clock.advance(60)
        bad = flow.in_quickbooks(ids[1])[0]["Id"]
        error = {"Message": "An application error", "Detail": "System Failure", "code": "10000"}
        body = {"Fault": {"Error": [error], "type": "SystemFault"}}

        def match(request: Request) -> bool:
            if not request.path.endswith("/batch"):
                return False
            items = json.loads(request.get_data())["BatchItemRequest"]
            return any(item.get("Invoice", {}).get("Id") == bad for item in items)

        flow.quickbooks.faults.append(Fault(match, Answer(500, body), FOR_EVER))
        for invoice_id in ids:
            flow.set_price(invoice_id, "175")
        flow.work()
        totals = [flow.in_quickbooks(invoice_id)[0]["TotalAmt"] for invoice_id in ids]
        assert totals == [350, 300, 350, 350]


class TestTheChangeLog:
    """intuit/QuickBooks-V3-Java-SDK issue 47."""

    def paid_unheard(self, flow: Flow, invoice_id: str) -> None:
        (posted,) = flow.in_quickbooks(invoice_id)
        flow.clock.advance(2)
        flow.realm.receive_payment(posted["Id"], "300")
        flow.quickbooks.webhooks.discard()

    def sweep(self, flow: Flow, minutes: int) -> None:
        later = timedelta(minutes=minutes)
        ahead = (flow.clock.now() + later - flow.clock.now()).total_seconds()
        flow.clock.advance(max(0.0, ahead))
        run_sweep(flow, later)
        while flow.own.poller.poll_once():
            pass

    def test_one_kind_of_records_is_refused_in_the_log(self, flow: Flow) -> None:
        self.sweep(flow, 0)
        invoice_id = flow.invoice()
        flow.work()
        refusing(flow, "4002", UNREADABLE, having=b"Invoice", path="/cdc")
        self.paid_unheard(flow, invoice_id)
        for minutes in (5, 10):
            self.sweep(flow, minutes)
        assert flow.status(invoice_id)["payment"]["status"] == "paid"

    def test_and_in_queries(self, flow: Flow, caplog: pytest.LogCaptureFixture) -> None:
        self.sweep(flow, 0)
        before = flow.own.store.marks.get(PORTAL_ID)["quickbooks"]
        invoice_id = flow.invoice()
        flow.work()
        refusing(flow, "4002", UNREADABLE, having=b"Invoice", path="/cdc")
        refusing(flow, "4002", UNREADABLE, having=b"from Invoice where MetaData", path="/query")
        self.paid_unheard(flow, invoice_id)
        self.sweep(flow, 5)
        assert flow.status(invoice_id)["payment"]["status"] == "paid"  # by its payment
        assert flow.own.store.marks.get(PORTAL_ID)["quickbooks"] > before
        assert "a change in QuickBooks cannot be read" in caplog.text

    @pytest.mark.parametrize("seconds_between", [0, 30])
    def test_what_can_be_read_beside_it_is(self, flow: Flow, seconds_between: int) -> None:
        """Also in the same second: an import changes many at once."""
        self.sweep(flow, 0)
        ids = several(flow, 3)
        bad, *good = (flow.in_quickbooks(invoice_id)[0]["Id"] for invoice_id in ids)
        flow.clock.advance(30)
        flow.realm.void_invoice(good[0])
        flow.clock.advance(seconds_between)
        flow.realm.edit_invoice(bad, DueDate="2027-01-01")
        flow.clock.advance(seconds_between)
        flow.realm.void_invoice(good[1])
        flow.quickbooks.webhooks.discard()
        flow.realm.unreadable.add(("Invoice", bad))
        flow.clock.advance(60)
        self.sweep(flow, 5)
        assert {flow.failure_code(each) for each in ids[1:]} == {"modified_outside_hubspot"}

    def test_an_outage_leaves_the_mark(self, flow: Flow) -> None:
        self.sweep(flow, 0)
        before = flow.own.store.marks.get(PORTAL_ID)["quickbooks"]
        refusing(flow, "10000", "System Failure Error", status=500, path="/cdc")
        refusing(flow, "10000", "System Failure Error", status=500, path="/query")
        self.sweep(flow, 5)
        assert flow.own.store.marks.get(PORTAL_ID)["quickbooks"] == before


WORDS = [
    "System Failure Error: java.lang.NullPointerException",
    "System Failure Error: Something you're trying to use has been made inactive. Check the"
    " fields with accounts, customers, items, vendors or employees.",
]


class TestQuickBooksOwnError:
    """ruckus/quickbooks-ruby issues 224 and 285, intuit/QuickBooks-V3-PHP-SDK issue 127: 10000 for
    one request, every time, while others pass."""

    def look(self, flow: Flow, invoice_id: str, start: datetime, hours: float) -> None:
        flow.clock.advance(3600 * 24)
        flow.sync_at(start + timedelta(hours=hours)).run([flow.hint(invoice_id)])

    @pytest.mark.parametrize("words", WORDS)
    def test_it_becomes_the_invoices_failure_and_heals(self, flow: Flow, words: str) -> None:
        refusing(flow, "10000", words, status=500, having=b"INV-ODD")
        odd, other = flow.invoice(number="INV-ODD"), flow.invoice()
        flow.work()
        assert flow.status(odd)["status"] == "pending"
        start = flow.clock.now()
        self.look(flow, odd, start, 0.5)
        assert flow.failure_code(odd) == "quickbooks_unavailable"
        for hours in (1.1, 6, 24, 72):
            self.look(flow, odd, start, hours)
            failure = flow.status(odd)["failure"]
            assert failure["code"] == "quickbooks_error"
            assert words in failure["explanation"]
            assert failure["intuitTid"] == TID
            assert failure["fault"] == "10000"
        assert flow.status(other)["status"] == "synced"
        assert flow.in_quickbooks(odd) == []
        flow.quickbooks.faults.clear()
        self.look(flow, odd, start, 73)
        assert flow.status(odd)["status"] == "synced"
        assert len(flow.in_quickbooks(odd)) == 1

    def test_an_error_without_words(self, flow: Flow) -> None:
        def match(request: Request) -> bool:
            return request.path.endswith("/invoice") and b"INV-ODD" in request.get_data()

        flow.quickbooks.faults.append(Fault(match, Answer(503, "<html>busy</html>"), FOR_EVER))
        odd, _ = flow.invoice(number="INV-ODD"), flow.invoice()
        flow.work()
        start = flow.clock.now()
        for hours in (0.5, 2):
            self.look(flow, odd, start, hours)
        failure = flow.status(odd)["failure"]
        assert failure["code"] == "quickbooks_error"
        assert "503" in failure["explanation"]

    @pytest.mark.parametrize("reads_pass", [True, False])
    def test_an_outage_is_nobodys_own(self, flow: Flow, reads_pass: bool) -> None:
        before = flow.invoice()
        flow.work()
        flow.clock.advance(60)
        every: list[Callable[[Request], bool]] = [lambda request: request.method == "POST"]
        if not reads_pass:
            every.append(lambda request: True)
        error = {"Message": "An application error", "Detail": WORDS[0], "code": "10000"}
        body = {"Fault": {"Error": [error], "type": "SystemFault"}}
        flow.quickbooks.faults += [Fault(match, Answer(500, body), FOR_EVER) for match in every]
        ids = [flow.invoice(), flow.invoice()]
        flow.work()
        start = flow.clock.now()
        for hours in (0.5, 2):
            for invoice_id in ids:
                self.look(flow, invoice_id, start, hours)
        assert {flow.failure_code(invoice_id) for invoice_id in ids} == {"quickbooks_unavailable"}
        assert flow.status(before)["status"] == "synced"


class TestHubSpot:
    def refuse(self, flow: Flow, path: str, record_id: str) -> None:
        def match(request: Request) -> bool:
            if not request.path.endswith(path):
                return False
            inputs = json.loads(request.get_data())["inputs"]
            return record_id in [each["id"] for each in inputs]

        flow.hubspot.faults.append(Fault(match, Answer(400, HUBSPOT_REFUSAL), FOR_EVER))

    @pytest.mark.parametrize("count", [3, MANY])
    def test_an_invoice_that_it_refuses_to_return(self, flow: Flow, count: int) -> None:
        first, odd, *others = (flow.invoice() for _ in range(count))
        refusing_to_read(flow, odd)
        flow.work()
        assert flow.failure_code(odd) == "unexpected"
        assert {flow.status(each)["status"] for each in (first, *others)} == {"synced"}

    def test_an_invoice_that_it_does_not_return_now(self, flow: Flow) -> None:
        odd, good = flow.invoice(), flow.invoice()

        def match(request: Request) -> bool:
            return request.path.endswith(f"/objects/invoices/{odd}")

        flow.hubspot.faults.append(Fault(match, Answer(502, HUBSPOT_REFUSAL), FOR_EVER))
        flow.work()
        assert flow.status(odd)["status"] == "pending"
        assert flow.status(good)["status"] == "synced"

    @pytest.mark.parametrize("part", ["line_items", "contacts"])
    def test_a_part_that_it_refuses_to_return(self, flow: Flow, part: str) -> None:
        contact_id = flow.portal.create("contacts", {"email": "cfo@else.example"})
        flow.realm.add_customer("Else", "cfo@else.example")
        odd, good = flow.invoice(contact_id=contact_id), flow.invoice()
        part_id = flow.portal.associated("invoices", odd, part)[0]
        self.refuse(flow, f"/objects/{part}/batch/read", part_id)
        flow.work()
        assert flow.failure_code(odd) == "unexpected"
        assert flow.status(good)["status"] == "synced"

    def test_a_history_that_it_refuses_to_return(self, flow: Flow) -> None:
        ids = [flow.invoice(status="draft") for _ in range(3)]
        flow.hubspot.webhooks.discard()
        begin_now(flow)
        for invoice_id in ids:
            flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "open"})

        def match(request: Request) -> bool:
            body = request.get_data().decode()
            return "propertiesWithHistory" in body and f'"{ids[1]}"' in body

        flow.hubspot.faults.append(Fault(match, Answer(400, HUBSPOT_REFUSAL), FOR_EVER))
        flow.work()
        assert flow.failure_code(ids[1]) == "opening_unknown"
        others = {flow.status(invoice_id)["status"] for invoice_id in (ids[0], ids[2])}
        assert others == {"synced"}

    @pytest.mark.parametrize("count", [2, MANY])
    def test_associations_that_it_refuses_to_tell(self, flow: Flow, count: int) -> None:
        """Of a few invoices, only those of one with very many lines are asked for."""
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "1"}
        odd, *others = (flow.invoice(lines=[line] * lines) for lines in (101, *[1] * (count - 1)))
        self.refuse(flow, "/associations/invoices/line_items/batch/read", odd)
        flow.work()
        assert flow.failure_code(odd) == "unexpected"
        assert {flow.status(each)["status"] for each in others} == {"synced"}

    @pytest.mark.parametrize("named", [True, False])
    def test_one_that_it_cannot_return_now(self, flow: Flow, named: bool) -> None:
        """Status 207: it must not look deleted."""
        reading_in_bulk(flow)
        odd, good = flow.invoice(), flow.invoice()
        flow.work()
        flow.clock.advance(60)
        for invoice_id in (odd, good):
            flow.set_price(invoice_id, "175")
        record = flow.portal.record("invoices", good)
        rows = {"id": good, "properties": dict(record.properties)}
        context = {"ids": [odd]} if named else {}
        error = {**HUBSPOT_REFUSAL, "category": "INTERNAL_ERROR", "context": context}
        body = {"status": "COMPLETE", "results": [rows], "numErrors": 1, "errors": [error]}

        def match(request: Request) -> bool:
            if not request.path.endswith("/objects/invoices/batch/read"):
                return False
            inputs = json.loads(request.get_data())["inputs"]
            return odd in [each["id"] for each in inputs]

        flow.hubspot.faults.append(Fault(match, Answer(207, body), FOR_EVER))
        flow.work()
        assert flow.in_quickbooks(odd)[0]["TotalAmt"] == 300
        assert flow.status(odd)["status"] != "skipped"
        assert flow.in_quickbooks(good)[0]["TotalAmt"] == 350
