"""Cursors come back from outside: one is a place in its list, or it is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

from .acting import take
from .conftest import PORTAL_ID, Flow

PORTAL = f"PORTAL#{PORTAL_ID}"
FAILING = f"FAILING#{PORTAL_ID}"
LISTS = (
    "/v1/failures?",
    "/v1/failures?groupBy=cause&",
    "/v1/payments/unrecorded?",
    "/v1/audit?",
    "/v1/reports/reconciliation?",
    "/v1/invoices?",
)


def entry(**changes: Any) -> dict[str, Any]:
    good = {"pk": PORTAL, "sk": "INVOICE#1", "openPortal": FAILING, "openSince": "2026-01-01T00#1"}
    return good | changes


ODD: tuple[Any, ...] = (
    None,
    [],
    {},
    "x",
    -1,
    1e400,
    [1],
    [[]],
    ["", -1],
    ["", 10**30],
    ["\ud800", 0],
    [0, 0, "\ud800"],
    [0, 0, {}],
    {"after": ""},
    {"after": None},
    {"after": "AUDIT#"},
    {"after": "AUDIT#\ud800"},
    {"after": "AUDIT#" + "x" * 600},
    {"after": "UNRECORDED#\ud800"},
    {"after": "INVOICE#1"},
    {"after": {"x": 1}},
    entry(sk=""),
    entry(sk="\ud800"),
    entry(sk="INVOICE#\ud800"),
    entry(sk="CONNECTION"),
    entry(sk=1),
    entry(openSince=""),
    entry(openSince="\ud800"),
    entry(openSince=None),
    entry(openSince=[]),
    entry(pk="PORTAL#1"),
    entry(openPortal="FAILING#1"),
    entry(more="x"),
    entry(pk=[]),
)


def as_cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def test_no_cursor_is_a_mistake_of_ours(flow: Flow) -> None:
    """Nor is one of another list."""
    for _ in range(2):
        flow.invoice(contact_id=None)
        take(flow, flow.invoice(), "10", hs_currency_code="EUR")
    flow.work()
    for invoice in flow.get("/v1/failures")["failures"]:
        flow.post(f"/v1/invoices/{invoice['invoiceId']}/retry")
    cursors = [as_cursor(value) for value in ODD]
    cursors += ["", "=", "%00", "A" * 999, base64.urlsafe_b64encode(b"[" * 700).decode()]
    for path in LISTS:
        answer = flow.fetch("GET", f"{path}limit=1")
        if answer.status == 200 and answer.json().get("cursor"):
            cursors.append(answer.json()["cursor"])
    assert len(cursors) > len(ODD) + 6, "lists have no second page"
    for path in LISTS:
        for cursor in cursors:
            answer = flow.fetch("GET", f"{path}cursor={cursor}")
            assert answer.status in (200, 400, 404), (path, cursor, answer.text)
