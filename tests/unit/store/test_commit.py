"""The counters equal the records, also when DynamoDB refuses as moto never does."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from invoice_sync.store.changes import Change

from .acting import NOW, PORTAL, REALM, Conflicting, attempt, claimed, ended, make_store, settle


def test_conflicts_are_tried_again(database: Any) -> None:
    conflicting = Conflicting(database, refusals=5)
    store = make_store(conflicting)
    assert settle(store, "total_mismatch", "1", "2") == set()
    assert conflicting.transactions == 6
    assert store.counters.get(PORTAL).failing == 2


def test_a_conflict_without_end_gives_its_own_invoices_back(database: Any) -> None:
    """Those of one transaction, at once. The others of the batch are stored."""
    many = [str(number) for number in range(1, 101)]
    conflicting = Conflicting(database, refusals=8)
    store = make_store(conflicting)
    lost = settle(store, "total_mismatch", *many)
    assert 0 < len(lost) < 100
    assert conflicting.transactions == 9
    assert store.counters.get(PORTAL).failing == 100 - len(lost)
    records = store.records.get_many(PORTAL, many)
    assert {id_ for id_, one in records.items() if one.status == "pending"} == lost
    # The next worker need not wait for the end of a lease.
    assert len(claimed(store, sorted(lost), "other")) == len(lost)


def test_a_transaction_that_is_refused_for_good_is_an_error(database: Any) -> None:
    store = make_store(Conflicting(database, refusals=1000, code="ValidationError"))
    with pytest.raises(ClientError):
        settle(store, "total_mismatch", "1")
    assert store.counters.get(PORTAL).failing == 0


def test_a_lost_lease_loses_only_its_own_record(database: Any) -> None:
    store = make_store(database)
    mine = claimed(store, ["1", "2"])
    settle(store, "item_not_found", "1", owner="other", at=NOW.replace(minute=5))
    changes = [Change(record, ended(record, "total_mismatch", NOW), None) for record in mine]
    assert store.commit(changes, REALM, "me") == {"1"}
    assert store.counters.get(PORTAL).by_code == {"item_not_found": 1, "total_mismatch": 1}


def test_a_hundred_records_are_few_transactions(database: Any) -> None:
    counting = Conflicting(database, refusals=0)
    store = make_store(counting)
    settle(store, "total_mismatch", *map(str, range(1, 101)))
    assert counting.transactions == 2
    assert store.counters.get(PORTAL).failing == 100
    assert len(store.failing.page(PORTAL, limit=100).records) == 100


def test_a_sync_that_changed_nothing_only_gives_the_lease_back(database: Any) -> None:
    counting = Conflicting(database, refusals=0)
    store = make_store(counting)
    settle(store, "", "1")
    (record,) = claimed(store, ["1"])
    later = record.model_copy(update={"version": record.version + 1, "synced_at": NOW})
    assert store.commit([Change(record, later, None)], REALM, "me") == set()
    assert counting.transactions == 1
    assert claimed(store, ["1"], "other")
    assert store.records.get(PORTAL, "1") == record


def test_links_and_waits_follow_the_record(database: Any) -> None:
    store = make_store(database)
    (record,) = claimed(store, ["1"])
    failing = ended(record, "customer_not_found", NOW).model_copy(
        update={"waits": ("EMAIL#ada@acme.example", "ITEM#" + "long" * 300)}
    )
    store.commit([Change(record, failing, attempt(NOW))], REALM, "me")
    invoice = (PORTAL, "1")
    assert store.realm.waiting(REALM, ["EMAIL#ada@acme.example"]) == [invoice]
    assert store.realm.waiting(REALM, ["ITEM#" + "long" * 300]) == [invoice]
    assert store.realm.waiting(REALM, [*failing.waits, "EMAIL#ada"]) == [invoice]
    assert store.realm.any_waiting(REALM, "EMAIL#")
    assert store.realm.links(REALM, ["146"]) == {}

    (record,) = claimed(store, ["1"])
    synced = ended(record, "", NOW).model_copy(update={"waits": (), "quickbooks_id": "146"})
    store.commit([Change(record, synced, None)], REALM, "me")
    assert not store.realm.any_waiting(REALM, "")
    assert store.realm.links(REALM, ["146", "147"]) == {"146": invoice}
