"""What tests of payments do and look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from werkzeug import Request

from .conftest import NOW, REALM_ID, Flow

CHECKING = "35"


def pays(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/payment")


def synced(flow: Flow, **options: Any) -> tuple[str, str]:
    """A synced invoice over 300.00, in HubSpot and in QuickBooks."""
    invoice_id = flow.invoice(**options)
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    return invoice_id, found["Id"]


def paid(flow: Flow, invoice_id: str) -> dict[str, Any]:
    found: dict[str, Any] = flow.status(invoice_id)["payment"]
    return found


def states(flow: Flow, invoice_id: str) -> list[tuple[str, str]]:
    return [(one["state"], one["amount"]) for one in paid(flow, invoice_id)["payments"]]


def reason(flow: Flow, invoice_id: str) -> str:
    (one,) = paid(flow, invoice_id)["payments"]
    return str(one["reason"])


def unrecorded(flow: Flow) -> list[dict[str, Any]]:
    """All that the API lists of money that is in no book."""
    listed: list[dict[str, Any]] = flow.get("/v1/payments/unrecorded")["amounts"]
    return listed


def counted(flow: Flow) -> dict[str, Any]:
    """The numbers of money in no book, beside that of failing invoices."""
    shown: dict[str, Any] = flow.get("/v1/failures/count")["unrecorded"]
    return shown


def cash(flow: Flow) -> list[dict[str, Any]]:
    """The payments in QuickBooks that brought money, without those that only apply credit."""
    return [payment for payment in flow.realm.payments if payment["TotalAmt"]]


def balance(flow: Flow, quickbooks_id: str) -> Any:
    return flow.realm.invoice(quickbooks_id)["Balance"]


def spent(flow: Flow) -> tuple[int, int]:
    return flow.quickbooks.calls.total(), flow.quickbooks.metered_reads(REALM_ID)


def look(flow: Flow, invoice_id: str, after: timedelta = timedelta()) -> None:
    later = flow.sync_at(NOW + after)
    later.run([flow.hint(invoice_id)])
