"""What the lists say of an invoice, what is at stake, and what waits for its look."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.hints import Hint

from .acting import take
from .conftest import PORTAL_ID, Flow


def failing(flow: Flow, **options: Any) -> str:
    """Create an invoice of 300.00 that fails for a product of its own that QuickBooks lacks."""
    number = options.get("number", "INV-X")
    line = {"name": f"Unheard of {number}", "quantity": "2", "price": "150"}
    return flow.invoice(lines=[line], **options)


def listed(flow: Flow, query: str = "") -> list[str]:
    return [row["number"] for row in flow.get(f"/v1/failures{query}")["failures"]]


def at_stake(flow: Flow) -> list[tuple[str, str, int]]:
    rows = flow.get("/v1/failures/count")["atStake"]
    return [(row["currency"], row["amount"], row["invoices"]) for row in rows]


class TestRows:
    def test_a_row_says_whose_invoice_it_is_and_what_it_bills(self, flow: Flow) -> None:
        company = flow.portal.create("companies", {"name": "Globex Corporation"})
        flow.portal.update("contacts", flow.contact_id, {"firstname": "Nora", "lastname": "Wind"})
        invoice_id = failing(
            flow, number="INV-1", hs_invoice_date="2026-11-20", hs_due_date="2026-12-20"
        )
        flow.portal.associate("invoices", invoice_id, "companies", company)
        flow.work()
        (row,) = flow.get("/v1/failures")["failures"]
        known = {
            "number": "INV-1",
            "amount": "300.00",
            "currency": "USD",
            "date": "2026-11-20",
            "dueDate": "2026-12-20",
            "customer": "Nora Wind",
            "company": "Globex Corporation",
            "queuedAt": None,
        }
        assert {name: row[name] for name in known} == known
        status = flow.status(invoice_id)
        assert {name: status[name] for name in known} == known

    def test_a_search_finds_numbers_customers_and_companies_in_any_case(self, flow: Flow) -> None:
        flow.portal.update("contacts", flow.contact_id, {"firstname": "Zoë", "lastname": "Wind"})
        failing(flow, number="INV-1")
        failing(flow, number="INV-2")
        failing(flow, number="EUR-3", hs_currency="EUR")
        flow.work()
        assert listed(flow, "?search=inv-") == ["INV-2", "INV-1"]
        assert listed(flow, "?search=ZO%C3%8B%20%20wind&limit=2") == ["EUR-3", "INV-2"]
        assert listed(flow, "?search=nobody") == []
        assert listed(flow, "?currency=EUR") == ["EUR-3"]
        assert listed(flow, "?currency=USD&search=2") == ["INV-2"]
        assert flow.fetch("GET", f"/v1/failures?search={'x' * 101}").status == 400
        assert flow.fetch("GET", "/v1/failures?groupBy=cause&search=x").status == 400

    def test_a_search_for_blanks_is_no_search(self, flow: Flow) -> None:
        failing(flow, number="INV-1")
        flow.work()
        assert listed(flow, "?search=%20%20") == ["INV-1"]

    def test_a_search_goes_on_page_by_page(self, flow: Flow) -> None:
        for number in range(5):
            failing(flow, number=f"INV-{number}")
            failing(flow, number=f"OTHER-{number}")
        flow.work()
        seen, cursor = list[str](), ""
        while True:
            page = flow.get(f"/v1/failures?search=inv&limit=2&cursor={cursor}")
            seen += [row["number"] for row in page["failures"]]
            cursor = page["cursor"]
            if not cursor:
                break
        assert sorted(seen) == [f"INV-{number}" for number in range(5)]


class TestAtStake:
    def test_it_follows_amounts_and_failures(self, flow: Flow) -> None:
        first, second = failing(flow, number="INV-1"), failing(flow, number="INV-2")
        failing(flow, number="EUR-3", hs_currency="EUR")
        flow.work()
        assert at_stake(flow) == [("EUR", "300.00", 1), ("USD", "600.00", 2)]
        flow.set_price(first, "175.25")
        flow.work()
        assert at_stake(flow) == [("EUR", "300.00", 1), ("USD", "650.50", 2)]
        flow.portal.update("line_items", flow.line_of(first), {"hs_sku": "CON-HOUR"})
        flow.work()
        assert at_stake(flow) == [("EUR", "300.00", 1), ("USD", "300.00", 1)]
        flow.portal.delete("invoices", second)
        flow.work()
        assert at_stake(flow) == [("EUR", "300.00", 1)]

    def test_it_is_what_the_records_say(self, flow: Flow) -> None:
        ids = [failing(flow, number=f"INV-{number}") for number in range(4)]
        flow.work()
        for number, invoice_id in enumerate(ids):
            flow.set_price(invoice_id, f"{number}.15")
        flow.work()
        rows = flow.get("/v1/failures")["failures"]
        amounts = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
        assert at_stake(flow) == [("USD", str(amounts), 4)]

    @pytest.mark.parametrize("total", ["1" * 45, "1" + "0" * 18, "1E-200"])
    def test_an_amount_that_must_be_a_mistake_hurts_nothing_else(
        self, flow: Flow, total: str
    ) -> None:
        odd, good = flow.invoice(), flow.invoice()
        failing(flow, number="INV-1")
        flow.portal.update("invoices", odd, {"hs_amount_billed": total})
        flow.work()
        assert flow.status(good)["status"] == "synced"
        assert flow.failure_code(odd) == "total_mismatch"
        is_too_large = not total.startswith("1E-")
        assert flow.status(odd)["amount"] == ("" if is_too_large else "0.00")
        assert at_stake(flow) == [("USD", "300.00", 1 if is_too_large else 2)]

    @pytest.mark.parametrize("amount", ["1" * 45, "1E-200"])
    def test_nor_does_such_a_payment(self, flow: Flow, amount: str) -> None:
        odd, good = flow.invoice(), flow.invoice()
        take(flow, odd, amount)
        take(flow, good, "300")
        flow.work()
        assert flow.status(good)["payment"]["status"] == "paid"
        assert flow.get("/v1/failures/count")["unrecorded"]["sums"] == []

    def test_a_cause_says_what_its_invoices_bill(self, flow: Flow) -> None:
        stranger = flow.portal.create("contacts", {"email": "new@stranger.example"})
        ids = [flow.invoice(contact_id=stranger) for _ in range(3)]
        flow.work()
        (cause,) = flow.get("/v1/failures?groupBy=cause")["causes"]
        assert cause["atStake"] == [{"currency": "USD", "amount": "900.00", "invoices": 3}]
        flow.set_price(ids[0], "200")
        flow.work()
        (cause,) = flow.get("/v1/failures?groupBy=cause")["causes"]
        assert cause["atStake"] == [{"currency": "USD", "amount": "1000.00", "invoices": 3}]
        assert cause["invoices"] == 3


class TestQueued:
    def test_a_retry_waits_until_it_was_looked_at(self, flow: Flow) -> None:
        invoice_id = failing(flow)
        flow.work()
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        queued_at = flow.status(invoice_id)["queuedAt"]
        assert queued_at
        (row,) = flow.get("/v1/failures")["failures"]
        assert row["queuedAt"] == queued_at
        flow.work()
        assert flow.status(invoice_id)["queuedAt"] is None
        assert flow.status(invoice_id)["status"] == "failing"

    def test_so_does_one_that_changes_nothing_or_that_nobody_has_seen(self, flow: Flow) -> None:
        synced = flow.invoice()
        flow.work()
        unseen = flow.invoice()
        flow.hubspot.webhooks.discard()
        answer = flow.post("/v1/invoices/retry", {"invoiceIds": [synced, unseen, synced]})
        assert answer["queued"] == 2
        for invoice_id in (synced, unseen):
            assert flow.status(invoice_id)["queuedAt"]
        flow.work()
        for invoice_id in (synced, unseen):
            status = flow.status(invoice_id)
            assert (status["status"], status["queuedAt"]) == ("synced", None)

    def test_a_look_that_began_before_the_click_is_not_the_one(self, flow: Flow) -> None:
        invoice_id = failing(flow)
        flow.work()
        before = flow.clock.now()
        flow.clock.advance(1)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        # A worker that read HubSpot before the click stores what it found after it.
        flow.sync_at(before).run([Hint(PORTAL_ID, invoice_id, "webhook", before, before)])
        assert flow.status(invoice_id)["queuedAt"]
        flow.work()
        assert flow.status(invoice_id)["queuedAt"] is None

    def test_a_click_while_a_worker_looks_waits_for_the_next_look(self, flow: Flow) -> None:
        invoice_id = failing(flow)
        flow.work()
        path, clicks = f"/v1/invoices/{invoice_id}/retry", list[str]()

        def click(request: Request) -> bool:
            """Click again when the worker reads the invoice for the first time."""
            if len(clicks) == 1 and "/objects/" in request.path:
                clicks.append("again")
                flow.clock.advance(1)
                flow.post(path)
            return False

        flow.post(path)
        clicks.append(flow.status(invoice_id)["queuedAt"])
        flow.hubspot.faults.append(Fault(click, Answer(500, ""), 1))
        assert flow.own.poller.poll_once()
        queued_at = flow.status(invoice_id)["queuedAt"]
        assert queued_at > clicks[0]
        flow.work()
        assert flow.status(invoice_id)["queuedAt"] is None

    def test_each_of_many_that_are_retried_waits(self, flow: Flow) -> None:
        ids = [failing(flow, number=f"INV-{number}") for number in range(3)]
        flow.work()
        flow.post("/v1/failures/retry?code=item_not_found")
        assert all(row["queuedAt"] for row in flow.get("/v1/failures")["failures"])
        flow.work()
        assert [flow.status(invoice_id)["queuedAt"] for invoice_id in ids] == [None] * 3

    def test_a_decision_waits_like_a_retry(self, flow: Flow) -> None:
        invoice_id = failing(flow)
        flow.work()
        chosen = {"resolution": "use_item", "itemId": flow.item_id}
        flow.post(f"/v1/invoices/{invoice_id}/resolve", chosen)
        assert flow.status(invoice_id)["queuedAt"]
        flow.work()
        assert flow.status(invoice_id)["queuedAt"] is None

    def test_a_message_that_was_lost_is_not_waited_for_all_day(self, flow: Flow) -> None:
        invoice_id = failing(flow)
        flow.work()
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.clock.advance(3600)
        assert flow.status(invoice_id)["queuedAt"] is None
        flow.work()

    @pytest.mark.parametrize("ids", [[], ["1"] * 101, ["x"], "1"])
    def test_what_cannot_be_retried_is_refused(self, flow: Flow, ids: Any) -> None:
        assert flow.fetch("POST", "/v1/invoices/retry", {"invoiceIds": ids}).status == 400


def test_the_invoices_of_a_record_are_told_in_a_line_each(flow: Flow) -> None:
    synced, bad = flow.invoice(number="INV-1"), failing(flow, number="INV-2")
    flow.work()
    rows = flow.get(f"/v1/invoices?ids={bad},{synced},999,{bad}")["invoices"]
    assert [(row["invoiceId"], row["status"], row["number"]) for row in rows] == [
        (bad, "failing", "INV-2"),
        (synced, "synced", "INV-1"),
        ("999", "unknown", ""),
    ]
    assert rows[0]["failureCode"] == "item_not_found"
    assert rows[0]["failureTitle"]
    assert rows[0]["since"]
    assert rows[1]["amount"] == "300.00"
    many = ",".join(str(number) for number in range(101))
    for wrong in ("", "?ids=", "?ids=x", f"?ids={many}"):
        assert flow.fetch("GET", f"/v1/invoices{wrong}").status == 400
