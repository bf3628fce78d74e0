"""A portal with thousands of invoices does not make the others wait."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from invoice_sync.hints import Hint

from .conftest import PORTAL_ID, Flow
from .neighbours import Neighbour


def tell(flow: Flow, portal_id: str, *ids: str) -> None:
    """Queue what webhooks would."""
    flow.hubspot.webhooks.discard()
    now = flow.clock.now()
    flow.queue.send(Hint(portal_id, each, "webhook", now, now) for each in ids)


def test_one_invoice_of_each_of_nineteen_beside_many_of_one(flow: Flow) -> None:
    # One by one: a batch of new invoices takes no time here.
    flow.settings(document_number="quickbooks")
    neighbours = [Neighbour(flow, number) for number in range(1, 20)]
    theirs = {neighbour: neighbour.invoice() for neighbour in neighbours}
    tell(flow, PORTAL_ID, *(flow.invoice() for _ in range(130)))
    handler, deliveries = flow.own.poller._handler, list[tuple[set[str], timedelta]]()
    statuses: list[set[str]] = []

    def handle(event: dict[str, Any], context: Any) -> Any:
        if not deliveries:
            # The worst moment: the only worker has just taken a hundred of the busy portal.
            for neighbour, invoice_id in theirs.items():
                tell(flow, neighbour.portal_id, invoice_id)
        began = flow.clock.now()
        answer = handler(event, context)
        portals = {json.loads(each["body"])["portalId"] for each in event["Records"]}
        deliveries.append((portals, flow.clock.now() - began))
        statuses.append({each.status(invoice_id) for each, invoice_id in theirs.items()})
        return answer

    flow.own.poller._handler = handle
    while flow.own.poller.poll_once():
        pass
    (first, seconds), (second, _), *_ = deliveries
    # By its pace, which is the only time that passes here, a hundred take 15 seconds.
    assert (first, seconds < timedelta(seconds=11)) == ({PORTAL_ID}, True)
    # The messages of a busy portal come last, also those that it gave back.
    assert second >= {each.portal_id for each in neighbours}
    assert statuses[:2] == [{"unknown"}, {"synced"}]
    # The many are all there too, each once.
    for _ in range(3):
        flow.clock.advance(61)
        flow.work_later()
    assert len(flow.realm.invoices) == 130
    assert sum(flow.own.poller.depth()) == 0
