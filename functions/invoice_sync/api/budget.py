"""How much a portal's people may have read in HubSpot and QuickBooks: live syncs share the same
limits, and each QuickBooks query costs money."""

from __future__ import annotations

from invoice_sync.api.collaborators import collaborators
from invoice_sync.errors import ProblemError
from invoice_sync.runtime import clock

# A preview makes some six calls; QuickBooks takes 500 of a company a minute.
MOST_READS = 30
TOO_MANY = (
    f"People of this portal have asked for {MOST_READS} previews and searches within a minute. Try"
    " again in a minute."
)


def spend(portal_id: str) -> None:
    """Count a preview, a search or a fresh list. Raises ProblemError when there are too many."""
    if not collaborators().store.budgets.take(portal_id, "READS", clock.now(), MOST_READS):
        raise ProblemError(429, TOO_MANY, "busy")
