"""One invoice alone: few calls, and all of it is read whatever HubSpot tells in the first one."""

from __future__ import annotations

from collections import Counter
from threading import Barrier

import pytest

import sync_worker
from infra.local.aws_calls import CALLS, Call
from infra.local.wire import Answer, Fault, Simulator
from invoice_sync.runtime import clock
from tests.driven_time import DrivenTime

from .acting import FOR_EVER, reading_in_bulk, take
from .conftest import Flow
from .deciding import synced
from .many_failing import ApiCalls
from .paying import states


def look(flow: Flow, invoice_id: str) -> Counter[str]:
    """Look at the invoice once, and return what HubSpot was asked for."""
    flow.hubspot.webhooks.discard()
    flow.clock.advance(10)
    before = flow.hubspot.calls
    assert sync_worker.collaborators().worker.run([flow.hint(invoice_id)]) == {}
    return flow.hubspot.calls - before


def meet_at_once(service: Simulator, *paths: str) -> None:
    """Answer the next request to each path only once all of them are under way."""
    meeting = Barrier(len(paths), timeout=10)
    time: DrivenTime = vars(clock)["time"]

    def meet(answer: Answer) -> Answer:
        with time.set_aside():  # QuickBooks' pace lets them wait for each other
            meeting.wait()
        return answer

    def fault(path: str) -> Fault:
        return Fault(lambda request: path in request.path, None, change=meet)

    service.faults += map(fault, paths)


READ = {
    "GET invoices/{id}": 1,
    "POST line_items/batch/read": 1,
    "POST contacts/batch/read": 1,
}
SHOWN = {"POST invoices/batch/update": 1}


class TestCalls:
    @pytest.fixture(autouse=True)
    def known(self, flow: Flow) -> None:
        """Customer and item are known, and HubSpot has our properties."""
        flow.invoice()
        flow.work()

    def test_a_created_one(self, flow: Flow) -> None:
        company_id = flow.portal.create("companies", {"name": "Globex"})
        invoice_id, before = flow.invoice(company_id=company_id), flow.quickbooks.calls
        assert look(flow, invoice_id) == {**READ, "POST companies/batch/read": 1, **SHOWN}
        assert (flow.quickbooks.calls - before).total() == 1
        synced(flow, invoice_id)

    def test_its_parts_are_read_at_once(self, flow: Flow) -> None:
        """So there are three round trips: the invoice, its parts, and what is shown."""
        company_id = flow.portal.create("companies", {"name": "Globex"})
        invoice_id = flow.invoice(company_id=company_id)
        parts = ("line_items", "contacts", "companies")
        meet_at_once(flow.hubspot, *(f"/objects/{part}/batch/read" for part in parts))
        look(flow, invoice_id)
        synced(flow, invoice_id)

    def test_with_the_webhooks_of_its_line(self, flow: Flow) -> None:
        invoice_id, before = flow.invoice(), flow.hubspot.calls
        flow.work()
        # Its own look, and whose line it is; at most one more look.
        assert (flow.hubspot.calls - before).total() <= 8
        synced(flow, invoice_id)

    def test_an_unchanged_one(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        assert look(flow, invoice_id) == READ

    def test_several_are_read_one_by_one_while_that_is_fewer(self, flow: Flow) -> None:
        few, many = ([flow.invoice() for _ in range(count)] for count in (7, 8))
        flow.hubspot.webhooks.discard()
        for ids, alone, bulk in ((few, 7, 0), (many, 0, 1)):
            flow.clock.advance(10)
            before = flow.hubspot.calls
            sync_worker.collaborators().worker.run([flow.hint(each) for each in ids])
            spent = flow.hubspot.calls - before
            assert spent["GET invoices/{id}"] == alone
            assert spent["POST invoices/batch/read"] == bulk

    def test_a_click(self, flow: Flow) -> None:
        """Preview, retry and its look: eleven, and twelve more, while each type was asked for."""
        invoice_id = flow.invoice()
        flow.hubspot.webhooks.discard()
        before = flow.hubspot.calls
        flow.get(f"/v1/invoices/{invoice_id}/preview")
        assert flow.hubspot.calls - before == READ
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert (flow.hubspot.calls - before).total() == 7
        synced(flow, invoice_id)


class TestFirst:
    def test_the_company_and_its_preferences_are_read_at_once(self, flow: Flow) -> None:
        meet_at_once(flow.quickbooks, "/companyinfo/", "/preferences")
        invoice_id = flow.invoice()
        flow.work()
        synced(flow, invoice_id)
        assert [fault.times for fault in flow.quickbooks.faults] == [0, 0]  # both were sent


class TestTable:
    def test_a_card_and_the_counts(self, flow: Flow) -> None:
        invoice_id = flow.invoice(contact_id=None)
        flow.work()
        flow.get("/v1/failures/count")  # the app's secret is known now
        calls = ApiCalls()
        assert flow.failure_code(invoice_id) == "customer_not_found"
        # In one round trip; the test of the store says so.
        assert calls() == {"BatchGetItem table": 1, "Query table": 2}
        assert flow.get("/v1/failures/count")["failing"] == 1
        assert calls() == {"BatchGetItem table": 1}

    def test_the_parts_of_an_invoice_are_remembered_once(self, flow: Flow) -> None:
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "1"}
        first = flow.invoice(lines=[line] * 2)
        flow.work()
        writes = [self.written(flow, self.new(flow, number, line)) for number in (2, 90)]
        assert writes[1] - writes[0] == 3  # twenty-five in each
        changes = []
        for invoice_id in (first, self.new(flow, 90, line)):
            flow.work()
            flow.set_price(invoice_id, "2")
            changes.append(self.written(flow, invoice_id))
        assert changes[1] == changes[0]

    def test_a_line_that_came_later_is_remembered_too(self, flow: Flow) -> None:
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "1"}
        invoice_id = flow.invoice(lines=[line])
        flow.work()
        added = flow.portal.create("line_items", line, [("invoices", invoice_id)])
        flow.work()
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 2
        flow.portal.delete("line_items", added)
        flow.work()
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 1

    def new(self, flow: Flow, number: int, line: dict[str, str]) -> str:
        return flow.invoice(lines=[line] * number)

    def written(self, flow: Flow, invoice_id: str) -> int:
        """Look at the invoice, and return how many requests wrote items without a condition."""
        call = Call("sync_worker", "dynamodb:BatchWriteItem", "table")
        before = CALLS[call]
        look(flow, invoice_id)
        return CALLS[call] - before


class TestWhole:
    @pytest.mark.parametrize("page", [500, 40])
    def test_lines_that_the_first_answer_cuts_off(self, flow: Flow, page: int) -> None:
        flow.hubspot.switches.association_page = page
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "1"}
        invoice_id = flow.invoice(lines=[line] * 120)
        flow.work()
        synced(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 120

    def test_a_full_page_without_a_word_of_more(self, flow: Flow) -> None:
        """Nobody promises that word: then the list is asked for by itself."""
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "1"}
        invoice_id = flow.invoice(lines=[line] * 101)

        def forget(answer: Answer) -> Answer:
            answer.body["associations"]["line items"].pop("paging")
            return answer

        self.change(flow, invoice_id, forget)
        flow.work()
        synced(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 101

    @pytest.mark.parametrize("name", ["line_items", "0-8", "line item"])
    def test_lines_under_another_name(self, flow: Flow, name: str) -> None:
        invoice_id = flow.invoice()

        def rename(answer: Answer) -> Answer:
            found = answer.body["associations"]
            found[name] = found.pop("line items")
            return answer

        self.change(flow, invoice_id, rename)
        flow.work()
        synced(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 300

    def test_payments_that_the_app_may_not_read(self, flow: Flow) -> None:
        refusal = {"status": "error", "message": "no", "category": "MISSING_SCOPES"}
        flow.hubspot.faults.append(
            Fault(
                lambda request: "commerce_payments" in request.full_path,
                Answer(403, refusal),
                FOR_EVER,
            )
        )
        invoice_id = flow.invoice()
        flow.work()
        synced(flow, invoice_id)

    @pytest.mark.parametrize("in_bulk", [False, True])
    def test_what_is_in_both_answers_is_the_same(self, flow: Flow, in_bulk: bool) -> None:
        if in_bulk:
            reading_in_bulk(flow)
        company_id = flow.portal.create("companies", {"name": "Globex"})
        options = {"discounts": [{"hs_type": "PERCENT", "hs_value": "10", "hs_label": "Early"}]}
        invoice_id = flow.invoice(company_id=company_id, **options)
        take(flow, invoice_id, "100")
        flow.work()
        synced(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["Balance"] == 170
        assert states(flow, invoice_id) == [("recorded", "100.00")]

    def test_a_contact_that_was_merged(self, flow: Flow) -> None:
        twin = flow.portal.create("contacts", {"email": "twin@globex.example"})
        invoice_id = flow.invoice(contact_id=twin)
        flow.portal.merge("contacts", flow.contact_id, twin)
        flow.work()
        synced(flow, invoice_id)

    @pytest.mark.parametrize("in_bulk", [False, True])
    def test_an_invoice_that_is_gone(self, flow: Flow, in_bulk: bool) -> None:
        if in_bulk:
            reading_in_bulk(flow)
        invoice_id = flow.invoice()
        flow.portal.delete("invoices", invoice_id)
        flow.work()
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "skipped"
        assert flow.failure_code(invoice_id) == ""

    def change(self, flow: Flow, invoice_id: str, change: object) -> None:
        flow.hubspot.faults.append(
            Fault(
                lambda request: request.path.endswith(f"/objects/invoices/{invoice_id}"),
                None,
                FOR_EVER,
                change=change,  # type: ignore[arg-type]
            )
        )
