"""What people did, as the API lists it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .acting import failing_invoices
from .browser import Browser, owner
from .conftest import PORTAL_ID, REALM_ID, Flow
from .deciding import click, contact, failing


@pytest.fixture
def browser(flow: Flow) -> Iterator[Browser]:
    with owner(flow) as browser:
        yield browser


def entries(flow: Flow) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = flow.get("/v1/audit")["entries"]
    return found


def last(flow: Flow) -> dict[str, Any]:
    return entries(flow)[0]


def test_what_the_app_does_by_itself_is_not_in_it(flow: Flow) -> None:
    flow.invoice()
    flow.work()
    assert flow.get("/v1/audit") == {"entries": [], "cursor": ""}


def test_a_decision_is_in_the_list_and_with_the_invoice(flow: Flow) -> None:
    invoice_id = failing(flow, "customer_not_found", **contact(flow, "new@else.example"))
    click(flow, invoice_id, "use_customer", customerId=flow.customer_id)
    (entry,) = entries(flow)
    status = flow.status(invoice_id)
    (decision,) = status["decisions"]
    assert (entry["action"], entry["invoiceId"]) == ("decision", invoice_id)
    assert (entry["at"], entry["who"]) == (decision["at"], decision["by"])
    assert entry["number"] == status["number"] != ""
    assert entry["says"].startswith('Chose "')
    assert "Globex" in entry["says"]


def test_retries_of_one_and_of_many(flow: Flow) -> None:
    first, _ = failing_invoices(flow, 2)
    status = flow.status(first)
    flow.post(f"/v1/invoices/{first}/retry")
    entry = last(flow)
    assert (entry["action"], entry["invoiceId"]) == ("retry", first)
    assert (entry["number"], entry["says"]) == (status["number"], "Tried this invoice again.")
    flow.post("/v1/failures/retry")
    assert last(flow)["says"] == "Tried all failing invoices again (2)."
    flow.post("/v1/failures/retry?code=customer_not_found")
    title = status["failure"]["title"]
    assert last(flow)["says"].startswith("Tried the invoices again that fail with ")
    assert last(flow)["says"].endswith(" (2).")
    assert title[:20] in last(flow)["says"]
    assert [each["action"] for each in entries(flow)] == ["retry_many", "retry_many", "retry"]
    flow.work()


def test_changed_settings_say_what_they_were(flow: Flow) -> None:
    settings = flow.get("/v1/settings")
    url = f"{flow.own.gateway.url}/v1/settings"
    changed = settings | {"fallbackItemId": flow.item_id, "recordPayments": False}
    for _ in range(2):  # the second time nothing changes
        assert flow.hubspot.fetch(PORTAL_ID, "PUT", url, changed).status == 200
    (entry,) = entries(flow)
    assert entry["action"] == "settings"
    assert ": changed from none to " in entry["says"]
    assert ': changed from "yes" to "no".' in entry["says"]


@pytest.mark.parametrize(
    ("path", "action"), [("/v1/backfill", "backfill"), ("/v1/reports/reconciliation", "report")]
)
def test_backfills_and_reports(flow: Flow, path: str, action: str) -> None:
    period = {"from": "2026-03-01", "to": "2026-03-31"}
    for body in (period, period, period | {"run": True}):
        flow.post(path, body)
        flow.work_later()
        flow.clock.advance(60)
    assert [(each["action"], each["says"]) for each in entries(flow)] == [
        (action, f"Started the {action} of 2026-03-01 to 2026-03-31."),
        (action, f"Planned the {action} of 2026-03-01 to 2026-03-31."),
    ]


def test_connecting_again(flow: Flow, browser: Browser) -> None:
    flow.hubspot.consent(PORTAL_ID, user_id=78, user_email="sam@example.com")
    flow.quickbooks.consent(REALM_ID)
    browser.go()
    found = flow.hubspot.fetch(
        PORTAL_ID, "GET", f"{flow.own.gateway.url}/v1/audit", user_id=78
    ).json()
    (entry,) = found["entries"]
    assert (entry["action"], entry["who"]) == ("reconnect", "sam@example.com")
    assert entry["says"] == (
        f"Connected the HubSpot account portal-{PORTAL_ID}.example.com ({PORTAL_ID}) and the"
        ' QuickBooks company "Simulated Company" again.'
    )


def test_the_list_is_newest_first_and_paged(flow: Flow) -> None:
    invoice_ids = failing_invoices(flow, 5)
    for invoice_id in invoice_ids:
        flow.post(f"/v1/invoices/{invoice_id}/retry")
    found, cursor = list[list[str]](), ""
    while True:
        page = flow.get(f"/v1/audit?limit=2&cursor={cursor}")
        found.append([each["invoiceId"] for each in page["entries"]])
        cursor = page["cursor"]
        if not cursor:
            break
    assert [each for page in found for each in page] == invoice_ids[::-1]
    assert len(found[0]) == 2
    flow.work()


@pytest.mark.parametrize("cursor", ["x", "e30=", "eyJhZnRlciI6ICJDT05ORUNUSU9OIn0="])
def test_a_cursor_of_something_else(flow: Flow, cursor: str) -> None:
    assert flow.fetch("GET", f"/v1/audit?cursor={cursor}").status == 400
