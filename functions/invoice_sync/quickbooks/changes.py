"""What changed in QuickBooks since a moment: its change log, and queries where the log ends.

Source: Intuit's page "Change data capture operation": 30 days back, 1,000 objects in one answer
for all entities together, no pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from invoice_sync.quickbooks import query
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.runtime.parallel import together

Rows = list[dict[str, Any]]

_LOG_REACHES = timedelta(days=30)
_MAX_OBJECTS = 1000
# The log is asked for a little less: Intuit's clock may be ahead of ours.
_MARGIN = timedelta(hours=1)
_SHORTEST_SPAN = timedelta(minutes=1)


def changed_since(
    quickbooks: QuickBooks, entities: Sequence[str], moment: datetime, now: datetime
) -> dict[str, Rows]:
    """Return what was created, changed or deleted since a moment, by entity.

    A full answer of the change log is asked again entity by entity. An entity that fills an answer
    by itself is read with queries. These do not tell of deletions, so the log is asked for those,
    over a time short enough for one answer.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    if moment >= now - _LOG_REACHES:
        logged = _logged(quickbooks, entities, moment)
        if logged is not None:
            return logged
    rows = together(*(partial(_changed, quickbooks, entity, moment, now) for entity in entities))
    return dict(zip(entities, rows, strict=True))


def _changed(quickbooks: QuickBooks, entity: str, moment: datetime, now: datetime) -> Rows:
    if moment >= now - _LOG_REACHES:
        logged = _logged(quickbooks, [entity], moment)
        if logged is not None:
            return logged[entity]
    alive = quickbooks.select([query.updated_since(entity, moment)])
    return [*alive, *_deleted(quickbooks, entity, moment, now)]


def _logged(
    quickbooks: QuickBooks, entities: Sequence[str], moment: datetime
) -> dict[str, Rows] | None:
    """Return what the change log holds, or None if it may hold more than one answer can."""
    answer = quickbooks.get(
        "/cdc", {"entities": ",".join(entities), "changedSince": query.time_text(moment)}
    )
    rows: dict[str, Rows] = {entity: [] for entity in entities}
    for response in answer["CDCResponse"]:
        for group in response.get("QueryResponse", []):
            for entity in rows.keys() & group.keys():
                rows[entity] += group[entity]
    return rows if sum(map(len, rows.values())) < _MAX_OBJECTS else None


def _deleted(quickbooks: QuickBooks, entity: str, moment: datetime, now: datetime) -> Rows:
    """Return the deletions of the longest time, up to now, for which one answer is enough."""
    since = max(moment, now - _LOG_REACHES + _MARGIN)
    while now - since > _SHORTEST_SPAN:
        logged = _logged(quickbooks, [entity], since)
        if logged is not None:
            return [row for row in logged[entity] if row.get("status") == "Deleted"]
        since += (now - since) / 2
    return []
