"""Values that are remembered of a realm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .acting import NOW, REALM, make_store


def test_what_is_remembered_of_a_realm_ends_and_can_be_forgotten(database: Any) -> None:
    store = make_store(database)
    store.realm.remember(REALM, {"ITEM#a": "1", "ITEM#b": "2"}, NOW, timedelta(days=1))
    assert store.realm.recall(REALM, ["ITEM#a", "ITEM#b", "ITEM#c"], NOW) == {
        "ITEM#a": "1",
        "ITEM#b": "2",
    }
    store.realm.forget(REALM, ["ITEM#a"])
    assert store.realm.recall(REALM, ["ITEM#a", "ITEM#b"], NOW) == {"ITEM#b": "2"}
    assert store.realm.recall(REALM, ["ITEM#b"], NOW + timedelta(days=2)) == {}


def test_names_may_be_longer_than_dynamodb_s_keys(database: Any) -> None:
    store = make_store(database)
    names = [f"ITEM#{'ä' * 1000}{number}" for number in range(30)]
    store.realm.remember(REALM, {name: name[-2:] for name in names}, NOW, timedelta(days=1))
    assert store.realm.recall(REALM, names, NOW) == {name: name[-2:] for name in names}
