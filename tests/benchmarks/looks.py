"""How often an invoice that is created and changed once is looked at, and HubSpot asked for it.

HubSpot and Intuit tell of everything, and a sweep runs every five minutes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import sweep
from infra.local.lambda_context import LambdaContext
from tests.flows.conftest import Flow

_SWEEPS, _SECONDS_BETWEEN = 8, 300


@dataclass(frozen=True)
class Spent:
    """What HubSpot was asked, without the searches of the sweep: these are its own."""

    hubspot: int
    searches: int


def created_and_changed(flow: Flow) -> Spent:
    """A price is changed forty minutes after the invoice was made, and forty more pass."""
    before = flow.hubspot.calls.copy()
    invoice_id = flow.invoice()
    _goes_on(flow)
    flow.set_price(invoice_id, "175")
    _goes_on(flow)
    (copy,) = flow.in_quickbooks(invoice_id)
    assert copy["TotalAmt"] == 350
    used = flow.hubspot.calls - before
    searches = sum(number for name, number in used.items() if name.endswith("/search"))
    return Spent(used.total() - searches, searches)


def _goes_on(flow: Flow) -> None:
    flow.work()
    for _ in range(_SWEEPS):
        flow.clock.advance(_SECONDS_BETWEEN)
        sweep.handler({}, LambdaContext("sweep"))
        flow.work()


def count(log: str) -> int:
    """Count the looks at invoices that a log tells of."""
    lines = [line for line in log.splitlines() if line.startswith("{")]
    return sum(json.loads(line).get("message") == "looked at an invoice" for line in lines)
