"""Invoices from before the start of a connection: how people wake them, and what must be left."""

from __future__ import annotations

from datetime import datetime

from invoice_sync.model.connection import Connection

from .conftest import PORTAL_ID, Flow
from .deciding import offered

BEFORE_START = "from before the start"


def check_left_alone(flow: Flow, invoice_id: str) -> None:
    """The old invoice is in no book and counts nowhere, and whoever looks is told why."""
    assert flow.realm.invoices == []
    assert flow.realm.payments == []
    assert flow.get("/v1/failures/count")["failing"] == 0
    status = flow.status(invoice_id)
    assert status["status"] in ("skipped", "unknown")
    if status["status"] == "skipped":
        assert BEFORE_START in status["reason"]
        assert offered(status) == ["bring_in"]


def check_left_alone_beside(flow: Flow, old: str, new: str) -> None:
    assert BEFORE_START in flow.status(old)["reason"]
    assert [invoice["Id"] for invoice in flow.realm.invoices] == [
        invoice["Id"] for invoice in flow.in_quickbooks(new)
    ]


def change_invoice(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("invoices", invoice_id, {"hs_comments": "Thanks"})


def retry(flow: Flow, invoice_id: str) -> None:
    flow.post(f"/v1/invoices/{invoice_id}/retry")


def as_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def stored(flow: Flow) -> Connection:
    connection = flow.own.store.connections.get(PORTAL_ID)
    assert connection
    return connection
