"""Requests that DynamoDB answers in part, as moto never does."""

from __future__ import annotations

from typing import Any

from invoice_sync.store.keys import KeyRange
from invoice_sync.store.table import Query, Table, delete, put


class Short:
    """DynamoDB that does little at once: a query gives two items, a batch handles two."""

    def __init__(self, items: int = 0) -> None:
        self._items = [{"pk": {"S": "p"}, "sk": {"S": str(n)}} for n in range(items)]
        self.requests: list[dict[str, Any]] = []

    def query(self, **request: Any) -> Any:
        self.requests.append(request)
        first = int(request.get("ExclusiveStartKey", {"sk": {"S": "-1"}})["sk"]["S"]) + 1
        end = first + min(request.get("Limit", 2), 2)
        items = self._items[first:end]
        return {"Items": items, **({"LastEvaluatedKey": items[-1]} if items else {})}

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803
        self.requests.append(RequestItems)
        keys = RequestItems["table"]["Keys"]
        return {
            "Responses": {"table": keys[:2]},
            "UnprocessedKeys": {"table": {"Keys": keys[2:]}} if keys[2:] else {},
        }

    def batch_write_item(self, RequestItems: Any) -> Any:  # noqa: N803
        self.requests.append(RequestItems)
        writes = RequestItems["table"]
        return {"UnprocessedItems": {"table": writes[2:]} if writes[2:] else {}}


def make_table(database: Short) -> tuple[Table, list[float]]:
    pauses: list[float] = []
    return Table(database, "table", pauses.append), pauses


def test_rows_come_from_as_many_pages_as_it_takes() -> None:
    table, _ = make_table(Short(items=5))
    assert [row["sk"] for row in table.rows(Query(KeyRange("p")))] == list("01234")


def test_pages_stop_at_so_many_items_and_read_no_more() -> None:
    database = Short(items=9)
    table, _ = make_table(database)
    pages = list(table.pages(Query(KeyRange("p")), most=5))
    assert [row["sk"] for page in pages for row in page.rows()] == list("01234")
    assert [request["Limit"] for request in database.requests] == [5, 3, 1]
    assert pages[-1].following


def test_a_page_is_requested_when_it_is_asked_for() -> None:
    database = Short(items=9)
    table, _ = make_table(database)
    next(table.pages(Query(KeyRange("p"))))
    assert len(database.requests) == 1


def test_unprocessed_keys_are_asked_for_again_after_a_pause() -> None:
    database = Short()
    table, pauses = make_table(database)
    keys = [{"pk": "p", "sk": str(n)} for n in range(103)]
    assert [item["sk"] for item in table.batch_get(keys)] == [str(n) for n in range(103)]
    assert len(database.requests[0]["table"]["Keys"]) == 100
    assert pauses[:3] == [0.02, 0.04, 0.08]
    assert max(pauses) == 1.0


def test_unprocessed_writes_are_sent_again_after_a_pause() -> None:
    database = Short()
    table, pauses = make_table(database)
    writes = [put({"pk": "p", "sk": str(n)}, {"data": n}) for n in range(26)]
    table.batch_write([*writes, delete({"pk": "p", "sk": "x"})])
    sizes = [len(request["table"]) for request in database.requests]
    assert sizes == [*range(25, 0, -2), 2]
    assert pauses == [0.05] * 12
    assert [*database.requests[-1]["table"][1]] == ["DeleteRequest"]
