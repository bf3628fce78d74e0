"""What reading costs does not grow with how many invoices fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from infra.local.aws import LocalAws
from infra.local.memory.services import Memory
from invoice_sync.store.store import Store

from .acting import PORTAL, make_store, settle

# So that only one worker makes the crowd.
pytestmark = pytest.mark.xdist_group("crowd")


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


FEW, MANY = 50, 2000
Crowd = Callable[[int], tuple[Store, Metered]]


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """Return what gives a store in which so many invoices fail. The tests only read it."""
    with ExitStack() as running:
        filled: dict[int, Any] = {}

        def store_with(failing: int) -> tuple[Store, Metered]:
            if failing not in filled:
                filled[failing] = fill(running.enter_context(LocalAws({}, Memory())), failing)
            metered = Metered(filled[failing])
            return make_store(metered), metered

        yield store_with


def fill(aws: LocalAws, failing: int) -> Any:
    """Let so many invoices fail, and return the database."""
    database = aws.client("dynamodb")
    store = make_store(database)
    for first in range(0, failing, 100):
        ids = [str(number) for number in range(first, min(first + 100, failing))]
        assert settle(store, "total_mismatch", *ids, cause="total_mismatch") == set()
    return database


@pytest.mark.parametrize("failing", [FEW, MANY])
def test_the_count_is_one_read_and_the_first_page_one_query(crowd: Crowd, failing: int) -> None:
    store, metered = crowd(failing)
    assert store.counters.get(PORTAL).failing == failing
    # Two items: the counts, and whether the connection records payments.
    assert metered.reads == [("batch_get_item", 2.0)]
    metered.reads.clear()
    assert len(store.failing.page(PORTAL, limit=50).records) == 50
    ((name, units),) = metered.reads
    # Fifty records of some 600 bytes, read from an index: half a unit for each 4 KB.
    assert (name, units <= 5) == ("query", True)


def test_a_cause_is_counted_with_one_read(crowd: Crowd) -> None:
    store, metered = crowd(MANY)
    assert store.causes.count(PORTAL, "total_mismatch") == MANY
    assert metered.reads == [("get_item", 1.0)]


def test_a_filtered_page_reads_on_but_not_for_ever(crowd: Crowd) -> None:
    """What docs/scaling.md says a rare code costs: 500 rows a query, at most 20 queries."""
    store, metered = crowd(MANY)
    page = store.failing.page(PORTAL, code="closed_period", limit=50)
    assert (page.records, page.cursor) == ([], "")
    # The fifth finds the end.
    assert [name for name, _ in metered.reads] == ["query"] * 5
