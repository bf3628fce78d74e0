"""How often workers of one portal collide at its counter: python -m tests.benchmarks.counter

The product's own commits, against the local DynamoDB, in virtual time (see `simulation`): a seed
gives the same numbers anywhere.
What is assumed: a transaction holds its items for ten milliseconds, and each call takes some six.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infra.local.aws import LocalAws
from infra.local.memory.services import Memory
from infra.local.system import APP_SECRET
from invoice_sync.store.changes import Change
from invoice_sync.store.store import Store
from tests.benchmarks.simulation.scheduler import Process, Scheduler, here, sleep
from tests.unit.store.acting import PORTAL, REALM, ended

HELD_SECONDS, CALL_SECONDS = 0.010, 0.006
SECONDS = 60
_START = datetime(2026, 1, 5, tzinfo=UTC)


class Holding:
    """DynamoDB whose transactions hold their items for a while, and refuse each other's."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._held: set[tuple[str, str]] = set()
        self.transactions = self.cancelled = 0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._real, name)

        def called(**request: Any) -> Any:
            sleep(_call_seconds())
            if name == "update_item" and _key(request["Key"]) in self._held:
                raise _refused("TransactionConflictException", "UpdateItem", [])
            return call(**request)

        return called

    def transact_write_items(self, **request: Any) -> Any:
        sleep(_call_seconds())
        self.transactions += 1
        keys = [_key_of(member) for member in request["TransactItems"]]
        if self._held.intersection(keys):
            self.cancelled += 1
            codes = ["TransactionConflict" if key in self._held else "None" for key in keys]
            raise _refused("TransactionCanceledException", "TransactWriteItems", codes)
        self._held.update(keys)
        try:
            sleep(HELD_SECONDS)
            return self._real.transact_write_items(**request)
        finally:
            self._held.difference_update(keys)


def _call_seconds() -> float:
    return random.lognormvariate(math.log(CALL_SECONDS), 0.3)


def _key(key: dict[str, Any]) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]


def _key_of(member: dict[str, Any]) -> tuple[str, str]:
    ((_, request),) = member.items()
    return _key(request.get("Key") or request["Item"])


def _refused(code: str, operation: str, reasons: list[str]) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": "another transaction is at the item"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(answer, operation)


class _Direct(Executor):
    """Runs at once what others would run side by side."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass
class Collisions:
    workers: int
    commits: int = 0
    transactions: int = 0
    cancelled: int = 0
    given_back: int = 0
    # Of each commit, in seconds.
    took: list[float] = field(default_factory=list)
    # What the counter says in the end, and how many records fail.
    counted: int = 0
    failing: int = 0

    @property
    def share(self) -> float:
        return self.cancelled / self.transactions

    @property
    def p99(self) -> float:
        return sorted(self.took)[int(len(self.took) * 0.99)]


def collide(workers: int, *, pause: float, seconds: float = SECONDS, seed: int = 1) -> Collisions:
    """Let workers of one portal each commit a change of its failing invoices, once in `pause`
    seconds on average, for so many seconds."""
    random.seed(seed)
    found, scheduler = Collisions(workers), Scheduler()
    with LocalAws(APP_SECRET, Memory()) as aws:
        held = Holding(aws.client("dynamodb"))
        store = Store(held, aws.environment["TABLE_NAME"], _Direct(), sleep=sleep)
        works = [_work(store, f"w{n}", pause, seconds, found) for n in range(workers)]
        scheduler.run(partial(_side_by_side, works))
        found.transactions, found.cancelled = held.transactions, held.cancelled
        after = Store(aws.client("dynamodb"), aws.environment["TABLE_NAME"], _Direct())
        found.counted = after.counters.get(PORTAL).failing
        found.failing = len(after.failing.page(PORTAL, limit=100_000).records)
    return found


def _side_by_side(works: list[Callable[[], None]]) -> None:
    """Run all works to their end."""
    main = here()
    scheduler, running = main.scheduler, len(works)

    def run(work: Callable[[], None]) -> None:
        nonlocal running
        work()
        running -= 1
        if not running:
            scheduler.wake(main)

    for number, work in enumerate(works):
        scheduler.spawn(Process(f"worker {number}"), partial(run, work))
    scheduler.park()


def _work(
    store: Store, name: str, pause: float, seconds: float, found: Collisions
) -> Callable[[], None]:
    own = random.Random(f"{name} {pause}")  # noqa: S311 - a seed that is its own

    def now() -> float:
        return here().scheduler.seconds()

    def work() -> None:
        number = 0
        while True:
            sleep(own.expovariate(1 / pause) if pause else 0.0)
            if now() >= seconds:
                return
            number += 1
            invoice_id, at = f"{name[1:]}00{number}", _START + timedelta(seconds=now())
            (record,) = store.records.claim(PORTAL, [invoice_id], name, at, 60).values()
            assert record
            change = Change(record, ended(record, "total_mismatch", at, "total_mismatch"), None)
            before = now()
            lost = store.commit([change], REALM, name)
            # Not added at once: others have added something during the commit.
            found.given_back += len(lost)
            found.commits += 1
            found.took.append(now() - before)

    return work


def main() -> None:
    print("| workers of one portal | a commit each | transactions cancelled | p99 | given back |")
    print("| ---: | --- | ---: | ---: | ---: |")
    once, fast = (1.0, "second"), (0.0, "as fast as it goes")
    for (pause, shown), crowds, seconds in (
        (once, (1, 2, 4, 8, 16, 32), SECONDS),
        (fast, (2, 8, 32), SECONDS / 4),
    ):
        for workers in crowds:
            one = collide(workers, pause=pause, seconds=seconds)
            print(
                f"| {workers} | {shown} | {one.share:.1%} | {one.p99 * 1000:,.0f} ms |"
                f" {one.given_back} of {one.commits} |"
            )


if __name__ == "__main__":
    main()
