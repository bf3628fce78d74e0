"""The counter equals the records, also when DynamoDB refuses as moto never does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.aws import TABLE, LocalAws
from invoice_sync.model.record import Attempt, Record
from invoice_sync.store.store import Change, Store

from . import make

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PORTAL = "24680"


class Conflicting:
    """DynamoDB with other workers at the same counter: refuses the first so many transactions."""

    def __init__(self, real: Any, refusals: int, code: str = "TransactionConflict") -> None:
        self._real, self.refusals, self._code = real, refusals, code
        self.transactions = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def transact_write_items(self, **request: Any) -> Any:
        self.transactions += 1
        if self.refusals:
            self.refusals -= 1
            reasons = [{"Code": "None"} for _ in request["TransactItems"]]
            reasons[-1] = {"Code": self._code}
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                "CancellationReasons": reasons,
            }
            raise ClientError(answer, "TransactWriteItems")
        return self._real.transact_write_items(**request)


@pytest.fixture
def database(aws: LocalAws) -> Any:
    aws.reset()
    return aws.client("dynamodb")


def make_store(database: Any) -> Store:
    return Store(database, TABLE, ThreadPoolExecutor(4), sleep=lambda _: None)


def look(
    store: Store, code: str, *ids: str, owner: str = "me", at: datetime = NOW, cause: str = ""
) -> set[str]:
    """Claim invoices and record a failure of that code for each, or a success without one."""
    changes = []
    for record in store.claim(PORTAL, ids, owner, at, 60).values():
        assert record
        changes.append(Change(record, ended(record, code, at, cause), None))
    return store.commit(changes, "9130", owner)


def ended(record: Record, code: str, at: datetime, cause: str = "") -> Record:
    failing = {
        "status": "failing",
        "failure": make.failure(code) if code else None,
        "failing_since": record.failing_since or at,
        "cause": cause,
    }
    synced = {"status": "synced", "failure": None, "failing_since": None, "cause": ""}
    return record.model_copy(
        update={"version": record.version + 1, **(failing if code else synced)}
    )


def test_the_counter_follows_every_change_of_status_and_code(database: Any) -> None:
    store = make_store(database)
    look(store, "total_mismatch", "1", "2", "3")
    look(store, "item_not_found", "2", at=NOW + timedelta(minutes=1))
    look(store, "", "1", "4", at=NOW + timedelta(minutes=2))
    counts = store.counts(PORTAL)
    assert counts.failing == 2
    assert counts.by_code == {"total_mismatch": 1, "item_not_found": 1}


def test_the_oldest_failure_is_known_and_moves_on(database: Any) -> None:
    store = make_store(database)
    look(store, "total_mismatch", "1")
    look(store, "total_mismatch", "2", at=NOW + timedelta(hours=1))
    assert store.counts(PORTAL).oldest_failed_at == NOW
    look(store, "", "1", at=NOW + timedelta(hours=2))
    assert store.counts(PORTAL).oldest_failed_at == NOW + timedelta(hours=1)
    look(store, "", "2", at=NOW + timedelta(hours=3))
    assert store.counts(PORTAL).oldest_failed_at is None


def test_conflicts_are_tried_again(database: Any) -> None:
    conflicting = Conflicting(database, refusals=5)
    store = make_store(conflicting)
    assert look(store, "total_mismatch", "1", "2") == set()
    assert conflicting.transactions == 6
    assert store.counts(PORTAL).failing == 2


def test_a_conflict_without_end_is_an_error_and_changes_nothing(database: Any) -> None:
    store = make_store(Conflicting(database, refusals=1000))
    with pytest.raises(ClientError):
        look(store, "total_mismatch", "1")
    assert store.counts(PORTAL).failing == 0
    assert make_store(database).records(PORTAL, ["1"])["1"].status == "pending"


def test_a_conflict_over_what_is_only_shown_undoes_nothing(database: Any) -> None:
    class Busy(Conflicting):
        def update_item(self, **request: Any) -> Any:
            if "oldestFailedAt" in request["UpdateExpression"]:
                answer: Any = {"Error": {"Code": "TransactionConflictException", "Message": "busy"}}
                raise ClientError(answer, "UpdateItem")
            return self._real.update_item(**request)

    store = make_store(Busy(database, refusals=0))
    assert look(store, "total_mismatch", "1") == set()
    assert store.counts(PORTAL).failing == 1


def test_a_lost_lease_loses_only_its_own_record(database: Any) -> None:
    store = make_store(database)
    mine = store.claim(PORTAL, ["1", "2"], "me", NOW, 60)
    later = NOW + timedelta(minutes=5)
    look(store, "item_not_found", "1", owner="other", at=later)
    changes = [
        Change(record, ended(record, "total_mismatch", NOW), None)
        for record in mine.values()
        if record
    ]
    assert store.commit(changes, "9130", "me") == {"1"}
    assert store.counts(PORTAL).by_code == {"item_not_found": 1, "total_mismatch": 1}


def test_a_lease_keeps_others_out_until_it_ends(database: Any) -> None:
    store = make_store(database)
    assert store.claim(PORTAL, ["1"], "me", NOW, 60)["1"]
    assert store.claim(PORTAL, ["1"], "other", NOW + timedelta(seconds=59), 60)["1"] is None
    assert store.claim(PORTAL, ["1"], "other", NOW + timedelta(seconds=61), 60)["1"]


def test_a_hundred_records_are_few_transactions(database: Any) -> None:
    counting = Conflicting(database, refusals=0)
    store = make_store(counting)
    look(store, "total_mismatch", *map(str, range(1, 101)))
    assert counting.transactions == 2
    assert store.counts(PORTAL).failing == 100
    assert len(store.failing(PORTAL, limit=100).records) == 100


def by_cause(store: Store) -> dict[str, int]:
    found, more = store.causes(PORTAL)
    assert not more
    assert all(store.failing_for(PORTAL, one.key) == one.failing for one in found)
    return {one.key: one.failing for one in found}


class TestCauses:
    def test_a_cause_counts_those_that_fail_for_it(self, database: Any) -> None:
        store = make_store(database)
        look(store, "item_not_found", "1", "2", "3", cause="item_not_found.a")
        look(store, "item_not_found", "4", cause="item_not_found.b")
        look(store, "total_mismatch", "5")
        assert by_cause(store) == {"item_not_found.a": 3, "item_not_found.b": 1}
        look(store, "closed_period", "2", cause="closed_period")
        look(store, "item_not_found", "3", cause="item_not_found.b")
        look(store, "item_not_found", "3", "1", cause="item_not_found.b")
        assert by_cause(store) == {"item_not_found.b": 3, "closed_period": 1}
        look(store, "", "1", "2", "3", "4", "5")
        assert by_cause(store) == {}
        assert store.counts(PORTAL).failing == 0

    def test_one_that_nobody_has_any_more_is_not_kept(self, database: Any) -> None:
        store = make_store(database)
        look(store, "closed_period", "1", cause="closed_period")
        look(store, "", "1")
        kept = [one["sk"]["S"] for one in database.scan(TableName=TABLE)["Items"]]
        assert not any(one.startswith("CAUSE#") for one in kept)
        look(store, "closed_period", "1", cause="closed_period")
        assert by_cause(store) == {"closed_period": 1}

    def test_its_example_fails_still(self, database: Any) -> None:
        store = make_store(database)
        for number, one in enumerate("123"):
            at = NOW + timedelta(hours=number)
            look(store, "closed_period", one, cause="closed_period", at=at)
        (shown,), _ = store.causes(PORTAL)
        assert (shown.invoice_id, shown.failure.code) == ("3", "closed_period")
        assert shown.newest_at == NOW + timedelta(hours=2)
        look(store, "", "3")
        (shown,), _ = store.causes(PORTAL)
        assert (shown.invoice_id, shown.since) == ("1", NOW)

    def test_conflicts_change_nothing_or_all(self, database: Any) -> None:
        conflicting = Conflicting(database, refusals=5)
        look(make_store(conflicting), "closed_period", "1", "2", cause="closed_period")
        assert by_cause(make_store(database)) == {"closed_period": 2}
        endless = make_store(Conflicting(database, refusals=1000))
        with pytest.raises(ClientError):
            look(endless, "", "1")
        assert by_cause(make_store(database)) == {"closed_period": 2}

    def test_a_record_that_was_lost_is_not_counted(self, database: Any) -> None:
        store = make_store(database)
        mine = store.claim(PORTAL, ["1", "2"], "me", NOW, 60)
        later = NOW + timedelta(minutes=5)
        look(store, "closed_period", "1", owner="other", at=later, cause="closed_period")
        changes = [
            Change(record, ended(record, "closed_period", NOW, "closed_period"), None)
            for record in mine.values()
            if record
        ]
        assert store.commit(changes, "9130", "me") == {"1"}
        assert by_cause(store) == {"closed_period": 2}

    def test_a_record_of_each_cause_still_fits_into_its_transaction(self, database: Any) -> None:
        counting = Conflicting(database, refusals=0)
        store = make_store(counting)
        ids = [str(number) for number in range(1, 61)]
        claimed = [one for one in store.claim(PORTAL, ids, "me", NOW, 60).values() if one]
        for letter in "ab":
            changes = []
            for record in claimed:
                cause = f"item_not_found.{letter}{record.invoice_id}"
                attempt = Attempt(
                    at=NOW, trigger="webhook", action="failed", status="failing", duration_ms=1
                )
                changes.append(Change(record, ended(record, "item_not_found", NOW, cause), attempt))
            assert store.commit(changes, "9130", "me") == set()
            claimed = [one for one in store.claim(PORTAL, ids, "me", NOW, 60).values() if one]
            found = by_cause(store)
            assert found == {f"item_not_found.{letter}{one}": 1 for one in ids}

    def test_two_workers_at_one_cause(self, database: Any) -> None:
        stores = [make_store(Conflicting(database, refusals=3)) for _ in range(2)]
        look(stores[0], "closed_period", *map(str, range(20)), cause="closed_period")
        with ThreadPoolExecutor(2) as both:
            healed = both.submit(look, stores[0], "", *map(str, range(10)))
            came = both.submit(
                look,
                stores[1],
                "closed_period",
                *map(str, range(20, 35)),
                owner="other",
                cause="closed_period",
            )
            healed.result()
            came.result()
        assert by_cause(stores[0]) == {"closed_period": 25}
        assert stores[0].counts(PORTAL).by_code == {"closed_period": 25}


def test_attempts_are_newest_first_and_end(database: Any) -> None:
    store = make_store(database)
    for hour in range(3):
        at = NOW + timedelta(hours=hour)
        record = store.claim(PORTAL, ["1"], "me", at, 60)["1"]
        assert record
        attempt = Attempt(
            at=at, trigger="webhook", action="created", status="synced", duration_ms=1
        )
        store.commit([Change(record, ended(record, "", at), attempt)], "9130", "me")
    found = store.attempts(PORTAL, "1", NOW)
    assert [one.at.hour for one in found] == [14, 13, 12]
    # DynamoDB deletes them within days: what is past its time is not shown.
    assert store.attempts(PORTAL, "1", NOW + timedelta(days=91)) == []


def test_what_is_remembered_of_a_realm_ends_and_can_be_forgotten(database: Any) -> None:
    store = make_store(database)
    store.remember("9130", {"ITEM#a": "1", "ITEM#b": "2"}, NOW, timedelta(days=1))
    assert store.known("9130", ["ITEM#a", "ITEM#b", "ITEM#c"], NOW) == {
        "ITEM#a": "1",
        "ITEM#b": "2",
    }
    store.forget("9130", ["ITEM#a"])
    assert store.known("9130", ["ITEM#a", "ITEM#b"], NOW) == {"ITEM#b": "2"}
    assert store.known("9130", ["ITEM#b"], NOW + timedelta(days=2)) == {}
