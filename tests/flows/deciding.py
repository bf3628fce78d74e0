"""Previews, clicks and refusals of resolutions, as the card in HubSpot makes them."""

from __future__ import annotations

from typing import Any

from .conftest import Flow

USER = "pat@example.com"  # whom the simulator of hubspot.fetch names


def resolve(flow: Flow, invoice_id: str, resolution: str, **more: Any) -> dict[str, Any]:
    found = flow.post(f"/v1/invoices/{invoice_id}/resolve", {"resolution": resolution, **more})
    flow.clock.advance(2)  # its calls count for QuickBooks' limit of ten a second
    return found


def seen(flow: Flow, invoice_id: str, resolution: str, **more: Any) -> dict[str, Any]:
    found = resolve(flow, invoice_id, resolution, preview=True, **more)
    assert not found["done"]
    return found


def refused(flow: Flow, invoice_id: str, resolution: str, **more: Any) -> str:
    path, body = f"/v1/invoices/{invoice_id}/resolve", {"resolution": resolution, **more}
    answer = flow.fetch("POST", path, body)
    assert answer.status == 409, answer.text
    flow.clock.advance(2)
    return str(answer.json()["detail"])


def click(flow: Flow, invoice_id: str, resolution: str, **more: Any) -> dict[str, Any]:
    """See what it would do, do it, and look again: what was foreseen has to be what came."""
    foreseen = seen(flow, invoice_id, resolution, **more)
    before = flow.status(invoice_id)
    code = before["failure"]["code"] if before["failure"] else ""
    done = resolve(flow, invoice_id, resolution, **more)
    assert (done["done"], done["says"]) == (True, foreseen["says"])
    flow.work()
    decision = flow.status(invoice_id)["decisions"][0]
    assert (decision["by"], decision["resolution"], decision["code"]) == (USER, resolution, code)
    return foreseen


def synced(flow: Flow, invoice_id: str) -> dict[str, Any]:
    status = flow.status(invoice_id)
    assert status["status"] == "synced", status["failure"]
    assert flow.get("/v1/failures/count")["failing"] == 0
    return status


def offered(view: dict[str, Any]) -> list[str]:
    """Return the names of the resolutions that a failure or a status offers."""
    return [each["name"] for each in view["resolutions"]]


def failing(flow: Flow, code: str, **options: Any) -> str:
    invoice_id = flow.invoice(**options)
    flow.work()
    assert flow.failure_code(invoice_id) == code
    flow.clock.advance(2)
    return invoice_id


def contact(flow: Flow, email: str, company: str = "", **more: str) -> dict[str, str]:
    """Options of an invoice for that contact."""
    own = {"contact_id": str(flow.portal.create("contacts", {"email": email, **more}))}
    if company:
        own["company_id"] = str(flow.portal.create("companies", {"name": company}))
    return own
