"""A backfill of March 2026, as people ask for it."""

from __future__ import annotations

from typing import Any

from infra.local.quickbooks import sales_line

from .conftest import PORTAL_ID, Flow

PATH = "/v1/backfill?from=2026-03-01&to=2026-03-31"
DAY = "2026-03-10"


def add_old(flow: Flow, **options: Any) -> str:
    """Create an invoice of the period in HubSpot."""
    return flow.invoice(**{"hs_invoice_date": DAY, "hs_due_date": "2026-04-09", **options})


def add_by_hand(flow: Flow, number: str | None, amount: int = 300, **fields: Any) -> dict[str, Any]:
    """Create an invoice of the period in QuickBooks, as people there do."""
    lines = [sales_line(flow.item_id, amount)]
    fields = {"TxnDate": DAY, **fields}
    return flow.realm.add_invoice(flow.customer_id, lines, number, **fields)


def install(flow: Flow) -> None:
    """Begin here: no webhook tells of the invoices made so far."""
    flow.hubspot.webhooks.discard()


def post(flow: Flow, portal_id: str = PORTAL_ID, **changes: Any) -> Any:
    url = f"{flow.own.gateway.url}/v1/backfill"
    body = {"from": "2026-03-01", "to": "2026-03-31", **changes}
    return flow.hubspot.fetch(portal_id, "POST", url, body)


def until(flow: Flow, state: str) -> dict[str, Any]:
    """Work until the backfill is in this state, and return what the API shows of it."""
    for _ in range(30):
        view = flow.get(PATH)
        if view["state"] == state:
            return view
        assert view["state"] in ("planning", "running"), view
        flow.work_later()
    raise AssertionError(f"never {state}: {view}")


def plan(flow: Flow, **changes: Any) -> dict[str, Any]:
    assert post(flow, **changes).status == 200
    return until(flow, "planned")


def run(flow: Flow) -> dict[str, Any]:
    assert post(flow, run=True).status == 200
    return until(flow, "done")
