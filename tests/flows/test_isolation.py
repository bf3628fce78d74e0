"""Two portals of one deployment: neither sees, finds or changes what is the other's."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from infra.local.aws import TABLE
from tests.described import document

from .conftest import PORTAL_ID, Flow
from .neighbours import Neighbour

# In a customer's name and address of the neighbour; nothing of ours says it.
CANARY = "canary"
DAYS = {"from": "2026-01-01", "to": "2026-12-31"}


@pytest.fixture
def neighbour(flow: Flow) -> Neighbour:
    """Return a neighbour with failing and synced invoices, a report and changed settings."""
    other = Neighbour(flow)
    unknown = other.portal.create(
        "contacts", {"email": f"ap@{CANARY}.example", "firstname": CANARY, "lastname": CANARY}
    )
    other.invoice()
    for _ in range(3):
        other.portal.create_invoice(
            contact_id=unknown,
            lines=[{"name": CANARY, "hs_sku": CANARY, "quantity": "1", "price": "77"}],
        )
    flow.work()
    as_neighbour(flow, other, "PATCH", "/v1/settings", {"sources": ["hubspot", CANARY]})
    for request in (DAYS, {**DAYS, "run": True}):
        as_neighbour(flow, other, "POST", "/v1/reports/reconciliation", request)
        flow.work()
    return other


def as_neighbour(
    flow: Flow, other: Neighbour, method: str, path: str, body: Any = None
) -> dict[str, Any]:
    answer = flow.hubspot.fetch(other.portal_id, method, flow.own.gateway.url + path, body)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def kept(flow: Flow, other: Neighbour) -> list[str]:
    """Return all that the table has of the neighbour."""
    pages = flow.own.aws.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    items = (item for page in pages for item in page["Items"])
    found = [json.dumps(item, sort_keys=True) for item in items]
    return sorted(one for one in found if other.portal_id in one or other.realm_id in one)


def test_the_neighbour_has_something_to_hide(flow: Flow, neighbour: Neighbour) -> None:
    failures = as_neighbour(flow, neighbour, "GET", "/v1/failures")
    assert CANARY in json.dumps(failures)
    assert any(CANARY in one for one in kept(flow, neighbour))


def test_no_route_shows_or_changes_what_is_the_neighbours(flow: Flow, neighbour: Neighbour) -> None:
    page = as_neighbour(flow, neighbour, "GET", "/v1/failures?limit=1")
    causes = as_neighbour(flow, neighbour, "GET", "/v1/failures?groupBy=cause&limit=1")
    theirs = page["failures"][0]["invoiceId"]
    cause = causes["causes"][0]["cause"]
    bodies: dict[str, Any] = {
        "POST /v1/backfill": {**DAYS, "run": True},
        "POST /v1/reports/reconciliation": {**DAYS, "run": True},
        "PUT /v1/settings": {"displayName": "person"},
        "PATCH /v1/settings": {"displayName": "company"},
        "POST /v1/invoices/{invoiceId}/resolve": {"resolution": "stop_syncing"},
        "POST /v1/invoices/retry": {"invoiceIds": [theirs]},
    }
    queries = [
        "",
        f"cursor={page['cursor']}",
        f"groupBy=cause&cursor={causes['cursor']}",
        f"cause={cause}",
        f"ids={theirs}",
        f"search={CANARY}",
        "from=2026-01-01&to=2026-12-31",
        f"portalId={neighbour.portal_id}",
        f"portal%49d={neighbour.portal_id}",
    ]
    before = kept(flow, neighbour)
    answers = Counter[int]()
    for path, operations in document()["paths"].items():
        for method in operations:
            for query in queries:
                url = f"{path.replace('{invoiceId}', theirs)}?{query}"
                body = bodies.get(f"{method.upper()} {path}")
                answer = flow.fetch(method.upper(), url, body)
                # HubSpot lets an app be asked so often, and no more.
                flow.clock.advance(1)
                answers[answer.status] += 1
                if query.startswith("portal") and path.startswith("/v1/"):
                    assert answer.status == 400, url
                if not query.startswith("search"):
                    assert CANARY not in answer.text.lower(), url
    assert answers[200] > 80
    assert set(answers) <= {200, 400, 403, 404, 409}
    assert kept(flow, neighbour) == before


def test_what_is_written_for_one_is_in_no_company_of_the_other(
    flow: Flow, neighbour: Neighbour
) -> None:
    ours = flow.invoice()
    flow.work()
    assert flow.status(ours)["status"] == "synced"
    assert len(flow.in_quickbooks(ours)) == 1
    mine = {record.portal_id for record in flow.records()}
    assert mine == {PORTAL_ID}
    assert CANARY not in json.dumps(flow.get("/v1/failures")).lower()
