from __future__ import annotations

from threading import Barrier
from typing import Any

from tests.unit.store.acting import NOW, PORTAL, make_store


class AtOnce:
    """DynamoDB that answers a read only once so many are under way."""

    def __init__(self, real: Any, reads: int) -> None:
        self._real, self._meeting = real, Barrier(reads, timeout=5)

    def __getattr__(self, name: str) -> Any:
        if name in ("get_item", "batch_get_item", "query"):
            self._meeting.wait()
        return getattr(self._real, name)


def test_a_card_costs_one_round_trip(database: Any) -> None:
    card = make_store(AtOnce(database, 3)).cards.get(PORTAL, "1", NOW)
    assert (card.connection, card.record, card.queued_since) == (None, None, None)
    assert (card.attempts, card.decisions) == ([], [])
