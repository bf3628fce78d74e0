"""Records, leases of them, and their history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from invoice_sync.model.record import Decision
from invoice_sync.store.changes import Change

from .acting import NOW, PORTAL, REALM, attempt, claimed, ended, make_store, settle


def test_a_lease_keeps_others_out_until_it_ends(database: Any) -> None:
    store = make_store(database)
    assert store.records.claim(PORTAL, ["1"], "me", NOW, 60)["1"]
    before_its_end = NOW + timedelta(seconds=59)
    assert store.records.claim(PORTAL, ["1"], "other", before_its_end, 60)["1"] is None
    assert store.records.claim(PORTAL, ["1"], "other", NOW + timedelta(seconds=61), 60)["1"]


def test_attempts_are_newest_first_and_end(database: Any) -> None:
    store = make_store(database)
    for hour in range(3):
        at = NOW + timedelta(hours=hour)
        (record,) = claimed(store, ["1"], at=at)
        made = attempt(at, action="created", status="synced")
        store.commit([Change(record, ended(record, "", at), made)], REALM, "me")
    attempts = store.records.attempts(PORTAL, "1", NOW)
    assert [each.at.hour for each in attempts] == [14, 13, 12]
    # DynamoDB deletes them within days: what is past its time is not shown.
    assert store.records.attempts(PORTAL, "1", NOW + timedelta(days=91)) == []


def test_a_note_needs_the_lease(database: Any) -> None:
    store = make_store(database)
    (record,) = claimed(store, ["1"])
    noted = record.model_copy(update={"number": "INV-1"})
    assert not store.records.note(noted, "other", NOW)
    assert store.records.get(PORTAL, "1") == record
    assert store.records.note(noted, "me", NOW)
    assert store.records.get(PORTAL, "1") == noted
    # It waits for a worker from now on, should this one die.
    assert store.failing.stuck(PORTAL, NOW + timedelta(minutes=1), 10) == [noted]


def test_a_decision_is_refused_while_a_worker_has_the_invoice(database: Any) -> None:
    store = make_store(database)
    settle(store, "total_mismatch", "1")
    (before,) = claimed(store, ["1"])
    after = before.model_copy(update={"version": before.version + 1, "number": "INV-1a"})
    early = Decision(at=NOW + timedelta(seconds=30), by="ada@acme.example", resolution="rename")
    assert not store.records.decide(before, after, early, REALM, {"choice": "58"}, "Done.")
    assert store.records.decisions(PORTAL, "1") == []
    assert store.realm.recall(REALM, ["choice"], NOW) == {}

    late = early.model_copy(update={"at": NOW + timedelta(seconds=90)})
    assert store.records.decide(before, after, late, REALM, {"choice": "58"}, "Done.")
    assert store.records.get(PORTAL, "1") == after
    assert store.records.decisions(PORTAL, "1") == [late]
    assert store.realm.recall(REALM, ["choice"], NOW + timedelta(days=3650)) == {"choice": "58"}
    # The record is another one by now.
    assert not store.records.decide(before, after, late, REALM, {}, "Done.")
