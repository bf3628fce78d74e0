"""A backfill's plan says what running it will do, and writes nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from .backfilling import PATH, add_by_hand, add_old, install, plan, post, run, until
from .conftest import Flow

# What the plan says of each invoice below, and the code of one that fails; None: not of the period.
PLANNED: dict[str, tuple[str, str] | None] = {
    "in step": ("synced", ""),
    "not in QuickBooks": ("create", ""),
    "made by hand": ("adopt", ""),
    "number taken": ("fail", "duplicate_document_number"),
    "without customer": ("fail", "customer_not_found"),
    "without item": ("fail", "item_not_found"),
    "name taken": ("fail", "duplicate_display_name"),
    "perhaps made by hand": ("fail", "possible_duplicate"),
    "draft": None,
    "of the day before": None,
    "of the day after": None,
}
OUTCOMES = Counter(planned[0] for planned in PLANNED.values() if planned)
CODES = {name: planned[1] for name, planned in PLANNED.items() if planned and planned[1]}


@pytest.fixture
def invoices(flow: Flow) -> dict[str, str]:
    """Return HubSpot's ids of one invoice for each row of the table above."""
    flow.settings(create_customers=True)
    flow.realm.add_vendor("Umbrella")
    company_id = flow.portal.create("companies", {"name": "Umbrella"})
    contact_id = flow.portal.create("contacts", {"email": "red@umbrella.example"})

    def line(name: str, price: str) -> list[dict[str, str]]:
        return [{"name": name, "quantity": "1", "price": price}]

    ids = {"in step": add_old(flow, number="INV-1")}
    flow.work()
    ids |= {
        "draft": add_old(flow, number="INV-2", status="draft"),
        "not in QuickBooks": add_old(flow, number="INV-3"),
        "made by hand": add_old(flow, number="INV-4"),
        "number taken": add_old(flow, number="INV-5"),
        "without customer": add_old(flow, number="INV-6"),
        "without item": add_old(flow, number="INV-7", lines=line("Novelty", "10")),
        "name taken": add_old(flow, number="INV-8", contact_id=contact_id, company_id=company_id),
        "perhaps made by hand": add_old(flow, number="INV-9", lines=line("Consulting", "77")),
        "of the day before": add_old(flow, number="INV-10", hs_invoice_date="2026-02-28"),
        "of the day after": add_old(flow, number="INV-11", hs_invoice_date="2026-04-01"),
    }
    flow.portal.dissociate("invoices", ids["without customer"], "contacts", flow.contact_id)
    add_by_hand(flow, "INV-4")
    add_by_hand(flow, "INV-5", 310)
    add_by_hand(flow, "1041", 77)
    install(flow)
    return ids


def test_it_counts_outcomes_and_codes_and_writes_nothing(
    flow: Flow, invoices: dict[str, str]
) -> None:
    books, customers, records = flow.realm.invoices, flow.realm.customers, flow.records()
    view = plan(flow)
    counts = view["plan"]
    assert counts["invoices"] == OUTCOMES.total()
    assert counts["byOutcome"] == OUTCOMES
    by_code = {code: count["invoices"] for code, count in counts["byCode"].items()}
    assert by_code == Counter(CODES.values())
    assert counts["byCode"]["duplicate_display_name"]["title"] == "The display name is a duplicate"
    assert counts["numbersTakenBy"] == {"total": 1}
    assert 0 < counts["meteredReads"] <= 12
    assert view["progress"] is None
    assert flow.realm.invoices == books
    assert flow.realm.customers == customers
    assert [customer["DisplayName"] for customer in customers] == ["Globex"]
    assert flow.records() == records


def test_running_it_does_what_it_counted(flow: Flow, invoices: dict[str, str]) -> None:
    books = {invoice["Id"]: invoice for invoice in flow.realm.invoices}
    (by_hand,) = (row for row in books.values() if row["DocNumber"] == "INV-4")
    counts = plan(flow)["plan"]
    view = run(flow)
    assert view["plan"] == counts
    assert view["progress"] == {
        "done": OUTCOMES.total(),
        "total": OUTCOMES.total(),
        "adopted": OUTCOMES["adopt"],
        "sent": OUTCOMES["create"],
        "written": OUTCOMES["create"],
        "failing": OUTCOMES["fail"],
        "left": 0,
    }
    assert {name: flow.failure_code(invoices[name]) for name in CODES} == CODES
    assert flow.get("/v1/failures/count")["failing"] == len(CODES)
    ids = {name: _quickbooks_id(flow, invoice_id) for name, invoice_id in invoices.items()}
    assert ids["made by hand"] == by_hand["Id"]
    (attempt,) = flow.status(invoices["made by hand"])["attempts"]
    assert (attempt["action"], attempt["trigger"]) == ("adopted", "backfill")
    # Only the missing one is new, and nothing else was changed.
    (created,) = (row for row in flow.realm.invoices if row["Id"] not in books)
    assert flow.in_quickbooks(invoices["not in QuickBooks"]) == [created]
    assert ids["not in QuickBooks"] == created["Id"]
    assert [row for row in flow.realm.invoices if row["Id"] in books] == list(books.values())
    (in_step,) = flow.in_quickbooks(invoices["in step"])
    assert ids["in step"] == in_step["Id"]
    for name in (name for name, planned in PLANNED.items() if planned is None):
        assert flow.status(invoices[name])["status"] == "unknown"


def _quickbooks_id(flow: Flow, invoice_id: str) -> str:
    quickbooks = flow.status(invoice_id)["quickbooks"]
    return str(quickbooks["id"]) if quickbooks else ""


class TestRequests:
    def test_a_request_that_makes_no_sense_is_refused_with_a_reason(self, flow: Flow) -> None:
        for changes, word in (
            ({"from": "2026-04-01"}, "after"),
            ({"from": "2025-03-30"}, "366"),
            ({"from": "soon"}, "2026-01-31"),
            ({"to": None}, "to"),
            ({"run": True, "again": True}, "plan"),
            ({"then": 1}, "then"),
        ):
            answer = post(flow, **changes)
            assert answer.status == 400, changes
            assert answer.headers["content-type"] == "application/problem+json"
            assert word in answer.json()["detail"]
        assert post(flow, **{"from": "2025-03-31", "to": "2026-03-31"}).status == 200

    def test_only_a_planned_backfill_can_be_run(self, flow: Flow) -> None:
        assert post(flow, run=True).status == 409
        assert flow.fetch("GET", PATH).status == 404
        assert post(flow).json()["state"] == "planning"
        assert post(flow, run=True).status == 409
        until(flow, "planned")
        assert post(flow, run=True).json()["state"] == "running"
        assert post(flow, run=True).json()["state"] == "running"
        until(flow, "done")
        assert post(flow, run=True).status == 409
        assert post(flow).json()["state"] == "done"
        assert post(flow, again=True).json()["state"] == "planning"

    def test_another_portal_sees_nothing_of_it(self, flow: Flow) -> None:
        add_old(flow)
        install(flow)
        plan(flow)
        flow.hubspot.add_portal("13579")
        assert post(flow, "13579").status == 404
        other = flow.hubspot.fetch("13579", "GET", flow.own.gateway.url + PATH)
        assert other.status == 404
        flow.quickbooks.add_realm("9130357849536499")
        flow.own.connect("13579", "9130357849536499")
        other = flow.hubspot.fetch("13579", "GET", flow.own.gateway.url + PATH)
        assert other.status == 404
        assert post(flow, "13579").json()["plan"]["invoices"] == 0
