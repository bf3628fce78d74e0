"""Root causes count the invoices that fail for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from infra.local.aws import TABLE
from invoice_sync.store.changes import Change
from invoice_sync.store.store import Store

from .acting import NOW, PORTAL, REALM, Conflicting, attempt, claimed, ended, make_store, settle


def by_cause(store: Store) -> dict[str, int]:
    causes, more = store.causes.all(PORTAL)
    assert not more
    assert all(store.causes.count(PORTAL, cause.key) == cause.failing for cause in causes)
    return {cause.key: cause.failing for cause in causes}


def test_a_cause_counts_those_that_fail_for_it(database: Any) -> None:
    store = make_store(database)
    settle(store, "item_not_found", "1", "2", "3", cause="item_not_found.a")
    settle(store, "item_not_found", "4", cause="item_not_found.b")
    settle(store, "total_mismatch", "5")
    assert by_cause(store) == {"item_not_found.a": 3, "item_not_found.b": 1}
    settle(store, "closed_period", "2", cause="closed_period")
    settle(store, "item_not_found", "3", cause="item_not_found.b")
    settle(store, "item_not_found", "3", "1", cause="item_not_found.b")
    assert by_cause(store) == {"item_not_found.b": 3, "closed_period": 1}
    causes, _ = store.causes.all(PORTAL, "item_not_found")
    assert [cause.key for cause in causes] == ["item_not_found.b"]
    settle(store, "", "1", "2", "3", "4", "5")
    assert by_cause(store) == {}
    assert store.counters.get(PORTAL).failing == 0


def test_one_that_nobody_has_any_more_is_not_kept(database: Any) -> None:
    store = make_store(database)
    settle(store, "closed_period", "1", cause="closed_period")
    settle(store, "", "1")
    kept = [item["sk"]["S"] for item in database.scan(TableName=TABLE)["Items"]]
    assert not any(sk.startswith("CAUSE#") for sk in kept)
    settle(store, "closed_period", "1", cause="closed_period")
    assert by_cause(store) == {"closed_period": 1}


def test_its_example_fails_still(database: Any) -> None:
    store = make_store(database)
    for hours, invoice_id in enumerate("123"):
        at = NOW + timedelta(hours=hours)
        settle(store, "closed_period", invoice_id, cause="closed_period", at=at)
    (shown,), _ = store.causes.all(PORTAL)
    assert (shown.invoice_id, shown.failure.code) == ("3", "closed_period")
    assert shown.newest_at == NOW + timedelta(hours=2)
    settle(store, "", "3")
    (shown,), _ = store.causes.all(PORTAL)
    assert (shown.invoice_id, shown.since) == ("1", NOW)


def test_conflicts_change_nothing_or_all(database: Any) -> None:
    conflicting = Conflicting(database, refusals=5)
    settle(make_store(conflicting), "closed_period", "1", "2", cause="closed_period")
    assert by_cause(make_store(database)) == {"closed_period": 2}
    endless = make_store(Conflicting(database, refusals=1000))
    assert settle(endless, "", "1") == {"1"}
    assert by_cause(make_store(database)) == {"closed_period": 2}


def test_a_record_that_was_lost_is_not_counted(database: Any) -> None:
    store = make_store(database)
    mine = claimed(store, ["1", "2"])
    later = NOW + timedelta(minutes=5)
    settle(store, "closed_period", "1", owner="other", at=later, cause="closed_period")
    changes = [
        Change(record, ended(record, "closed_period", NOW, "closed_period"), None)
        for record in mine
    ]
    assert store.commit(changes, REALM, "me") == {"1"}
    assert by_cause(store) == {"closed_period": 2}


def test_a_record_of_each_cause_still_fits_into_its_transaction(database: Any) -> None:
    store = make_store(database)
    ids = [str(number) for number in range(1, 61)]
    for letter in "ab":
        changes = []
        for record in claimed(store, ids):
            cause = f"item_not_found.{letter}{record.invoice_id}"
            after = ended(record, "item_not_found", NOW, cause)
            changes.append(Change(record, after, attempt(NOW)))
        assert store.commit(changes, REALM, "me") == set()
        assert by_cause(store) == {f"item_not_found.{letter}{each}": 1 for each in ids}


def test_two_workers_at_one_cause(database: Any) -> None:
    stores = [make_store(Conflicting(database, refusals=3)) for _ in range(2)]
    settle(stores[0], "closed_period", *map(str, range(20)), cause="closed_period")
    with ThreadPoolExecutor(2) as both:
        healed = both.submit(settle, stores[0], "", *map(str, range(10)))
        came = both.submit(
            settle,
            stores[1],
            "closed_period",
            *map(str, range(20, 35)),
            owner="other",
            cause="closed_period",
        )
        healed.result()
        came.result()
    assert by_cause(stores[0]) == {"closed_period": 25}
    assert stores[0].counters.get(PORTAL).by_code == {"closed_period": 25}
