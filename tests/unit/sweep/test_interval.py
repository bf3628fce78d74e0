"""Idle portals are looked at seldom, active ones at every run of the sweep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from invoice_sync.model.connection import Connection
from invoice_sync.store.marks import ACTIVE, QUICKBOOKS, hubspot_mark
from invoice_sync.sweep.interval import due_at, interval, is_due

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def connection(**options: object) -> Connection:
    values = {"portal_id": "1", "realm_id": "2", "time_zone": "UTC", "token_secret_id": "3"}
    return Connection.model_validate({**values, **options})


def looked(ago: timedelta, **more: datetime) -> dict[str, datetime]:
    return {QUICKBOOKS: NOW - ago, hubspot_mark("invoices"): NOW - ago, **more}


@pytest.mark.parametrize(
    ("idle", "minutes"),
    [
        (0 * HOUR, 5),
        (1 * HOUR, 5),
        (2 * HOUR, 10),
        (4 * HOUR, 20),
        (12 * HOUR, 60),
        (90 * DAY, 60),
        (-5 * MINUTE, 5),  # clocks differ
    ],
)
def test_the_interval_grows_with_the_idle_time(idle: timedelta, minutes: int) -> None:
    assert interval(NOW - idle, NOW) == minutes * MINUTE


def test_a_portal_of_which_nothing_is_known_counts_as_idle() -> None:
    assert interval(None, NOW) == HOUR


def test_the_first_look_is_due_at_once() -> None:
    assert is_due(connection(), {}, NOW)
    assert due_at(connection(), {}, NOW) is None


@pytest.mark.parametrize(
    ("active", "ago", "due"),
    [
        (30 * MINUTE, 5 * MINUTE, True),
        (30 * MINUTE, 0 * MINUTE, True),  # each run
        (4 * HOUR, 15 * MINUTE, False),
        (4 * HOUR, 20 * MINUTE, True),
        # The runs are not exactly five minutes apart.
        (4 * HOUR, 20 * MINUTE - timedelta(seconds=20), True),
        (5 * DAY, 55 * MINUTE, False),
        (5 * DAY, 60 * MINUTE, True),
    ],
)
def test_a_look_is_due_at_the_nearest_run(active: timedelta, ago: timedelta, due: bool) -> None:
    assert is_due(connection(), looked(ago, **{ACTIVE: NOW - active}), NOW) is due


@pytest.mark.parametrize("field", ["started_at", "connected_at"])
def test_whoever_has_just_connected_is_active(field: str) -> None:
    marks = looked(10 * MINUTE, **{ACTIVE: NOW - DAY})
    assert not is_due(connection(), marks, NOW)
    assert is_due(connection(**{field: NOW - 10 * MINUTE}), marks, NOW)


def test_what_was_looked_at_first_decides() -> None:
    marks = {**looked(10 * MINUTE), hubspot_mark("taxes"): NOW - 2 * HOUR}
    assert due_at(connection(), marks, NOW) == NOW - HOUR
