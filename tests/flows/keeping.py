"""Written invoices, and what may happen to their customers and products."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from werkzeug import Request

from infra.local.wire import Answer, Fault

from .acting import FOR_EVER
from .conftest import Flow
from .deciding import synced

LONG = 40.0
ADA = {"email": "ada@acme.example", "firstname": "Ada", "company": "Acme"}


def customer_of(flow: Flow, invoice_id: str) -> str:
    (found,) = flow.in_quickbooks(invoice_id)
    return str(found["CustomerRef"]["value"])


def items_of(flow: Flow, invoice_id: str) -> list[str]:
    (found,) = flow.in_quickbooks(invoice_id)
    lines = [line for line in found["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    return [line["SalesItemLineDetail"]["ItemRef"]["value"] for line in lines]


def days_pass(flow: Flow, days: float) -> None:
    """What was remembered for less is forgotten by then."""
    flow.clock.advance(timedelta(days=days).total_seconds())


def written(flow: Flow, **options: Any) -> str:
    invoice_id = flow.invoice(**options)
    flow.work()
    synced(flow, invoice_id)
    flow.clock.advance(2)  # its calls count for QuickBooks' limit of ten a second
    return invoice_id


def email_changes(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("contacts", flow.contact_id, {"email": "new.person@globex.example"})


def watch_lookups(flow: Flow) -> list[str]:
    """Return the list that each query for customers or products from now on is added to, as
    QuickBooks gets it."""
    asked: list[str] = []

    def note(request: Request) -> bool:
        text = f"{request.args.get('query', '')} {request.get_data(as_text=True)}"
        asked.extend(re.findall(r"from (?:Customer|Item)\b[^\"]*", text))
        return False

    flow.quickbooks.faults.append(Fault(note, Answer(500, ""), FOR_EVER))
    return asked
