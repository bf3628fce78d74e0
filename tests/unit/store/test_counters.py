"""The counts of a portal's failing invoices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from .acting import NOW, PORTAL, Conflicting, make_store, settle


def test_the_counter_follows_every_change_of_status_and_code(database: Any) -> None:
    store = make_store(database)
    settle(store, "total_mismatch", "1", "2", "3")
    settle(store, "item_not_found", "2", at=NOW + timedelta(minutes=1))
    settle(store, "", "1", "4", at=NOW + timedelta(minutes=2))
    counts = store.counters.get(PORTAL)
    assert counts.failing == 2
    assert counts.by_code == {"total_mismatch": 1, "item_not_found": 1}


def test_the_oldest_failure_is_known_and_moves_on(database: Any) -> None:
    store = make_store(database)
    settle(store, "total_mismatch", "1")
    settle(store, "total_mismatch", "2", at=NOW + timedelta(hours=1))
    assert store.counters.get(PORTAL).oldest_failed_at == NOW
    settle(store, "", "1", at=NOW + timedelta(hours=2))
    assert store.counters.get(PORTAL).oldest_failed_at == NOW + timedelta(hours=1)
    settle(store, "", "2", at=NOW + timedelta(hours=3))
    assert store.counters.get(PORTAL).oldest_failed_at is None


def test_a_conflict_over_what_is_only_shown_undoes_nothing(database: Any) -> None:
    class Busy(Conflicting):
        def update_item(self, **request: Any) -> Any:
            if "oldestFailedAt" in request["UpdateExpression"]:
                answer: Any = {"Error": {"Code": "TransactionConflictException", "Message": "busy"}}
                raise ClientError(answer, "UpdateItem")
            return self._real.update_item(**request)

    store = make_store(Busy(database, refusals=0))
    assert settle(store, "total_mismatch", "1") == set()
    assert store.counters.get(PORTAL).failing == 1
