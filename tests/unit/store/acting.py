"""Acts that the tests of the store share, and a database that refuses as moto never does."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.local.aws import TABLE
from invoice_sync.model.record import Attempt, Record
from invoice_sync.store.changes import Change
from invoice_sync.store.store import Store
from tests.unit import make

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PORTAL, REALM = "24680", "9130"


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


def make_store(database: Any) -> Store:
    return Store(database, TABLE, ThreadPoolExecutor(4), sleep=lambda _: None)


def claimed(
    store: Store, ids: Iterable[str], owner: str = "me", at: datetime = NOW
) -> list[Record]:
    """Claim invoices that nobody else has, for a minute."""
    records = store.records.claim(PORTAL, [*ids], owner, at, 60).values()
    return [record for record in records if record]


def settle(
    store: Store, code: str, *ids: str, owner: str = "me", at: datetime = NOW, cause: str = ""
) -> set[str]:
    """Claim invoices and record a failure of that code for each, or a success without one."""
    records = store.records.claim(PORTAL, ids, owner, at, 60).values()
    changes = []
    for record in records:
        assert record
        changes.append(Change(record, ended(record, code, at, cause), None))
    return store.commit(changes, REALM, owner)


def ended(record: Record, code: str, at: datetime, cause: str = "") -> Record:
    """Return the record of an invoice that fails with a code, or is in step without one."""
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


def attempt(at: datetime, **changes: Any) -> Attempt:
    """Return an attempt that failed."""
    whole: dict[str, Any] = {
        "trigger": "webhook",
        "action": "failed",
        "status": "failing",
        "duration_ms": 1,
        **changes,
    }
    return Attempt(at=at, **whole)
