"""How often an invoice that is created and changed once is looked at, and HubSpot asked for it.

HubSpot and Intuit tell of everything, and a sweep runs every five minutes.
"""

from __future__ import annotations

from collections.abc import Mapping

import sweep
from infra.local.lambda_context import LambdaContext
from tests.flows.conftest import Flow

# Of each invoice. Two find nothing to do: they follow our own writes of the status to HubSpot,
# behind which an edit could hide. `tests/flows/test_looks.py` counts them all.
LOOKS: Mapping[str, int] = {"created": 1, "changed": 1, "unchanged": 2}
_SWEEPS, _SECONDS_BETWEEN = 8, 300


def created_and_changed(flow: Flow) -> int:
    """A price is changed forty minutes after the invoice was made, and forty more pass.

    Returns how often HubSpot was called, but for the searches, which are the sweep's own.
    """
    before = flow.hubspot.calls.copy()
    invoice_id = flow.invoice()
    _goes_on(flow)
    flow.set_price(invoice_id, "175")
    _goes_on(flow)
    (copy,) = flow.in_quickbooks(invoice_id)
    assert copy["TotalAmt"] == 350
    used = flow.hubspot.calls - before
    return sum(number for name, number in used.items() if not name.endswith("/search"))


def _goes_on(flow: Flow) -> None:
    flow.work()
    for _ in range(_SWEEPS):
        flow.clock.advance(_SECONDS_BETWEEN)
        sweep.handler({}, LambdaContext("sweep"))
        flow.work()
