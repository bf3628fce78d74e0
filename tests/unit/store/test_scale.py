"""What reading costs does not grow with how many invoices fail."""

from __future__ import annotations

from typing import Any

import pytest

from invoice_sync.store.store import Store

from .acting import PORTAL, make_store, settle


class Metered:
    """DynamoDB that notes each read and the units that it consumed."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.reads: list[tuple[str, float]] = []

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._real, name)
        if name not in ("get_item", "batch_get_item", "query"):
            return call

        def metered(**request: Any) -> Any:
            answer = call(**request, ReturnConsumedCapacity="TOTAL")
            consumed = answer["ConsumedCapacity"]
            parts = consumed if isinstance(consumed, list) else [consumed]
            self.reads.append((name, sum(one["CapacityUnits"] for one in parts)))
            return answer

        return metered


def store_with(database: Any, failing: int) -> tuple[Store, Metered]:
    filled = make_store(database)
    for first in range(0, failing, 100):
        ids = [str(number) for number in range(first, min(first + 100, failing))]
        assert settle(filled, "total_mismatch", *ids, cause="total_mismatch") == set()
    metered = Metered(database)
    return make_store(metered), metered


@pytest.mark.parametrize("failing", [50, 2000])
def test_the_count_is_one_read_and_the_first_page_one_query(database: Any, failing: int) -> None:
    store, metered = store_with(database, failing)
    assert store.counters.get(PORTAL).failing == failing
    # Two items: the counts, and whether the connection records payments.
    assert metered.reads == [("batch_get_item", 2.0)]
    metered.reads.clear()
    assert len(store.failing.page(PORTAL, limit=50).records) == 50
    ((name, units),) = metered.reads
    # Fifty records of some 600 bytes, read from an index: half a unit for each 4 KB.
    assert (name, units <= 5) == ("query", True)


def test_a_cause_is_counted_with_one_read(database: Any) -> None:
    store, metered = store_with(database, 2000)
    assert store.causes.count(PORTAL, "total_mismatch") == 2000
    assert metered.reads == [("get_item", 1.0)]


def test_a_filtered_page_reads_on_but_not_for_ever(database: Any) -> None:
    """What docs/scaling.md says a rare code costs: 500 rows a query, at most 20 queries."""
    store, metered = store_with(database, 2000)
    page = store.failing.page(PORTAL, code="closed_period", limit=50)
    assert (page.records, page.cursor) == ([], "")
    # The fifth finds the end.
    assert [name for name, _ in metered.reads] == ["query"] * 5
