"""A search is read to its end, and never trusts the order of its results."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoice_sync.errors import UnavailableError
from invoice_sync.hubspot import search
from invoice_sync.hubspot.search import ID, records

MODIFIED = "hs_lastmodifieddate"
START = datetime(2026, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE", 10)


def row(number: int, seconds: float) -> Row:
    moment = (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    return {"id": str(number), "properties": {ID: str(number), MODIFIED: moment}}


class Service:
    """Searches as HubSpot does: by id unless it understands the sort."""

    def __init__(self, rows: list[Row], *, sorts: bool = True) -> None:
        self.rows, self.sorts = rows, sorts
        self.bodies: list[Row] = []

    def ask(self, body: Row) -> Row:
        self.bodies.append(body)
        filters = body["filterGroups"][0]["filters"]
        rows = [record for record in self.rows if all(map(passes(record), filters))]
        rows.sort(key=lambda record: int(record["id"]))
        sort = body.get("sorts", [None])[0]
        if self.sorts and isinstance(sort, dict):
            rows.sort(key=lambda record: value(record, sort["propertyName"]))
        answer: Row = {"total": len(rows), "results": rows[: body["limit"]]}
        return answer | ({"paging": {"next": {"after": "10"}}} if len(rows) > 10 else {})


def value(record: Row, name: str) -> int:
    text = record["properties"][name]
    return int(text) if name == ID else round(datetime.fromisoformat(text).timestamp() * 1000)


def passes(record: Row) -> Callable[[Row], bool]:
    def test(wanted: Row) -> bool:
        actual, bound = value(record, wanted["propertyName"]), int(wanted["value"])
        return {
            "EQ": actual == bound,
            "GT": actual > bound,
            "GTE": actual >= bound,
            "LT": actual < bound,
        }[wanted["operator"]]

    return test


def ids(service: Service, sort: str = MODIFIED) -> list[str]:
    return [record["id"] for record in records(service.ask, [], [], sort)]


def shuffled(number: int) -> list[Row]:
    """Records that changed in another order than that of their creation."""
    changed = list(range(number))
    random.Random(7).shuffle(changed)  # noqa: S311
    return [row(n, seconds) for n, seconds in enumerate(changed)]


@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 95])
def test_every_record_comes_once_and_in_order(number: int) -> None:
    rows = shuffled(number)
    in_order = sorted(rows, key=lambda record: value(record, MODIFIED))
    assert ids(Service(rows)) == [record["id"] for record in in_order]
    assert ids(Service(rows), sort=ID) == [str(n) for n in range(number)]


def test_the_sort_is_an_object_and_its_property_is_asked_for() -> None:
    service = Service(shuffled(3))
    later = {"propertyName": ID, "operator": "GT", "value": "1"}
    list(records(service.ask, [later], ["x"], MODIFIED))
    (body,) = service.bodies
    assert body["sorts"] == [{"propertyName": MODIFIED, "direction": "ASCENDING"}]
    assert body["properties"] == ["x", MODIFIED]
    assert body["filterGroups"] == [{"filters": [later]}]


@pytest.mark.parametrize("sharing", [9, 10, 11, 35])
@pytest.mark.parametrize("before", [0, 4, 10])
def test_more_records_of_one_value_than_a_page_holds(sharing: int, before: int) -> None:
    rows = [row(n, n) for n in range(before)]
    rows += [row(100 + n, 1000) for n in range(sharing)]
    rows += [row(50 + n, 2000 + n) for n in range(15)]
    found = ids(Service(rows))
    assert sorted(found) == sorted(record["id"] for record in rows)


def test_several_crowded_values_take_no_more_filters_than_hubspot_allows() -> None:
    rows = [row(n, n // 25) for n in range(200)]
    service = Service(rows)
    assert sorted(ids(service), key=int) == [str(n) for n in range(200)]
    assert max(len(body["filterGroups"][0]["filters"]) for body in service.bodies) == 2


def test_a_service_that_ignores_the_sort_is_found_out() -> None:
    with pytest.raises(UnavailableError, match="order"):
        ids(Service(shuffled(95), sorts=False))


def test_and_where_the_first_page_happens_to_be_in_order() -> None:
    # Ten old records changed in their order, and among them a newer record.
    rows = [row(n, 10 * n) for n in range(10)] + [row(10, 5), row(11, 200)]
    service = Service(rows, sorts=False)
    with pytest.raises(UnavailableError, match="lost"):
        ids(service)


def test_a_record_that_changes_meanwhile_hides_no_other() -> None:
    rows = shuffled(40)
    service, seen = Service(rows), []
    for record in records(service.ask, [], [], MODIFIED):
        seen.append(record["id"])
        if len(seen) == 5:
            moved = next(
                other for other in rows if value(other, MODIFIED) == value(row(0, 2), MODIFIED)
            )
            moved["properties"][MODIFIED] = row(0, 9999)["properties"][MODIFIED]
    assert set(seen) == {record["id"] for record in rows}
    assert len(seen) == 41


@pytest.mark.parametrize("sort", [ID, MODIFIED])
def test_a_service_that_repeats_its_page_is_found_out(sort: str) -> None:
    page = {
        "total": 30,
        "results": [row(n, n) for n in range(10)],
        "paging": {"next": {"after": "10"}},
    }
    with pytest.raises(UnavailableError, match="repeats"):
        list(records(lambda _: page, [], [], sort))


def test_a_page_that_gets_nowhere_is_an_error() -> None:
    page = {"total": 30, "results": [row(1, 1)], "paging": {"next": {"after": "1"}}}
    with pytest.raises(UnavailableError, match="repeats"):
        list(records(lambda _: page, [], [], ID))


@pytest.mark.parametrize("text", [None, "", "soon", "Tuesday"])
def test_a_record_without_the_value_is_an_error(text: str | None) -> None:
    page = {"total": 1, "results": [{"id": "1", "properties": {MODIFIED: text}}]}
    with pytest.raises(UnavailableError, match=f"without {MODIFIED}"):
        list(records(lambda _: page, [], [], MODIFIED))


class Busy(Service):
    """People change, make and delete records between any two pages."""

    def __init__(self, rows: list[Row], chosen: random.Random) -> None:
        super().__init__(rows)
        self.chosen, self.now, self.made = chosen, 1000.0, len(rows)
        self.deleted: set[str] = set()

    def ask(self, body: Row) -> Row:
        answer = super().ask(body)
        for _ in range(self.chosen.choice((0, 0, 1, 2, 5))):
            # Several changes may have one time.
            self.now += self.chosen.choice((0, 0, 0.001, 1))
            act = self.chosen.choice((self.change, self.change, self.delete, self.make))
            act()
        # People come to an end, or no reader ever would.
        self.now += 0 if self.chosen.random() < 0.9 else 1
        return answer

    def change(self) -> None:
        if self.rows:
            at = self.chosen.randrange(len(self.rows))
            self.rows[at] = row(int(self.rows[at]["id"]), self.now)

    def delete(self) -> None:
        if self.rows:
            gone = self.rows.pop(self.chosen.randrange(len(self.rows)))
            self.deleted.add(gone["id"])

    def make(self) -> None:
        if self.made < 120:
            self.rows.append(row(self.made, self.now))
            self.made += 1


@given(
    seed=st.integers(min_value=0, max_value=2**32),
    number=st.integers(min_value=0, max_value=60),
    times=st.integers(min_value=1, max_value=60),
    sort=st.sampled_from([MODIFIED, ID]),
)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nothing_is_passed_over_while_records_change_between_two_pages(
    seed: int, number: int, times: int, sort: str
) -> None:
    """With few times, many records share one."""
    chosen = random.Random(seed)  # noqa: S311
    service = Busy([row(n, chosen.randrange(times)) for n in range(number)], chosen)
    before = {record["id"] for record in service.rows}
    found = {record["id"] for record in islice(records(service.ask, [], [], sort), 5000)}
    assert before - service.deleted <= found
