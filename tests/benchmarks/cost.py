"""What a month costs in AWS, from the counted calls of the real flow. Run it with: make cost

The counts are measured here; those of an invoice alone are the same on every machine. The prices,
the durations and the habits of users are assumed; each is one line below.
See `docs/cost.md`.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

# All functions write their logs to one place then, as the stack makes them.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "invoice-sync")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "InvoiceSync")

import sweep
from infra.local.aws import LocalAws
from infra.local.hubspot.types import BY_ALIAS
from infra.local.lambda_context import LambdaContext
from infra.local.on_moto import Moto
from infra.local.system import APP_SECRET, LocalSystem
from invoice_sync.runtime.logger import logger
from invoice_sync.sweep import missed
from tests.benchmarks.looks import LOOKS
from tests.benchmarks.meter import Meter, Usage, item_size
from tests.flows.conftest import PORTAL_ID, REALM_ID, Flow

SIZES = (100, 10_000, 100_000)


@dataclass(frozen=True)
class Price:
    """US dollars for so many, in us-east-1, and so many of them free each month for ever."""

    name: str
    usd: Decimal
    per: int = 1
    free: int = 0

    def of(self, number: Decimal) -> Decimal:
        return number * self.usd / self.per


# List prices of November 2026, as third parties quote them (API Gateway, Lambda, SQS, DynamoDB's
# units, Secrets Manager, CloudWatch) or from memory (DynamoDB storage and recovery, Scheduler).
# None was asked of AWS itself: check before you quote. Free allowances are shown, never taken off;
# of SQS' free million the part that idle polling uses.
_M = 1_000_000
PRICES = {
    "http": Price("HTTP API requests", Decimal("1.00"), _M),
    "calls": Price("Lambda invocations", Decimal("0.20"), _M, 1_000_000),
    "gb seconds": Price("Lambda GB-seconds, arm64", Decimal("0.0000133334"), 1, 400_000),
    "sqs": Price("SQS requests of the flow", Decimal("0.40"), _M),
    "idle sqs": Price("SQS requests of idle polling", Decimal("0.40"), _M, 1_000_000),
    "writes": Price("DynamoDB write units", Decimal("0.625"), _M),
    "reads": Price("DynamoDB read units", Decimal("0.125"), _M),
    "table gb": Price("DynamoDB GB kept", Decimal("0.25"), 1, 25),
    "backup gb": Price("DynamoDB GB in point-in-time recovery", Decimal("0.20")),
    "secrets": Price("Secrets", Decimal("0.40")),
    "secret calls": Price("Secrets Manager calls", Decimal("0.05"), 10_000),
    "metrics": Price("CloudWatch metrics of our own", Decimal("0.30"), 1, 10),
    "alarm metrics": Price("Metrics that alarms look at", Decimal("0.10"), 1, 10),
    "dashboards": Price("Dashboards", Decimal("3.00"), 1, 3),
    "log gb": Price("GB of logs written", Decimal("0.50"), 1, 5),
    "schedules": Price("Scheduler invocations", Decimal("1.00"), _M, 14_000_000),
}

# -- assumed: users and services

CONNECTIONS = 1
# Each invoice is created once and changed once; how often it is looked at is measured.
CARD_VIEWS = 3  # of each invoice
HOME_VIEWS = 1000  # of the count and of the list, whatever the number of invoices
MONTHS_KEPT = 12

# -- assumed: what cannot be measured on this machine. Memory is the stack's.

MILLISECONDS_AND_MB = {
    "hubspot_webhook": (100, 512),
    "quickbooks_webhook": (100, 512),
    "api": (100, 1024),
    "sync_worker": (1500, 1024),
    "sweep": (4000, 512),
}
SWEEPS = 30 * 24 * 12
PLATFORM_LOG_BYTES = 600  # Lambda's own lines of one invocation
ACCESS_LOG_BYTES = 350  # API Gateway's line of one request
# Lambda keeps five pollers waiting, 20 seconds each time.
IDLE_POLLS = 5 * 30 * 24 * 3600 // 20
# HubSpot's tokens live half an hour, Intuit's an hour; each refresh reads the secret three times
# and writes it once, and another function reads the result.
TOKEN_CALLS = CONNECTIONS * 30 * (48 + 24) * 5
# A function that is never idle reads the app secret every five minutes.
APP_SECRET_READS = 30 * 24 * 12
APP_SECRET_READERS = ("hubspot_webhook", "api", "sync_worker", "sweep")

# A metric is billed for the hours in which it is sent, as AWS's price list says. The sweep sends
# three all the time, and invoices come nearly each hour. What counts trouble is seldom sent.
METRIC_HOURS = {
    "SweepLag": 720,
    "OldestFailureAge": 720,
    "DaysToReconnect": 720,
    "SyncLatency": 720,
    "InvoicesFailed": 200,
    "InvoicesUnexpected": 10,
    "OwnErrors": 10,
    "ServerErrors": 10,
    "SignatureRefused": 10,
    "ReconnectRequired": 10,
}

# -- the stack's

ALARM_METRICS = 20
DASHBOARDS = 2


def month(invoices: int, each: Mapping[str, Usage], kept_bytes: Decimal) -> dict[str, Decimal]:
    """How many of each priced thing. `each`: what one look, view or sweep uses."""
    times = {
        **{name: invoices * looks for name, looks in LOOKS.items()},
        "status": invoices * CARD_VIEWS,
        "count": HOME_VIEWS,
        "list": HOME_VIEWS,
        "sweep": SWEEPS,
    }
    used = _multiplied(each, times)
    calls = {
        what.removeprefix("call:"): number
        for what, number in used.items()
        if what.startswith("call:")
    }
    requests = used.get("http", Decimal(0))
    log_bytes = (
        used.get("log bytes", Decimal(0))
        + PLATFORM_LOG_BYTES * sum(calls.values())
        + ACCESS_LOG_BYTES * requests
    )
    app_secret = sum(
        (
            min(calls.get(name, Decimal(0)), Decimal(APP_SECRET_READS))
            for name in APP_SECRET_READERS
        ),
        Decimal(0),
    )
    gigabyte = Decimal(2**30)
    return {
        "http": requests,
        "calls": sum(calls.values(), Decimal(0)),
        "gb seconds": sum((_gb_seconds(*one) for one in calls.items()), Decimal(0)),
        "sqs": used.get("sqs", Decimal(0)),
        "idle sqs": Decimal(IDLE_POLLS),
        "writes": used.get("writes", Decimal(0)),
        "reads": used.get("reads", Decimal(0)),
        "table gb": kept_bytes * invoices * MONTHS_KEPT / gigabyte,
        "backup gb": kept_bytes * invoices * MONTHS_KEPT / gigabyte,
        "secrets": Decimal(1 + CONNECTIONS),
        "secret calls": TOKEN_CALLS + app_secret,
        "metrics": Decimal(sum(METRIC_HOURS.values())) / 720,
        "alarm metrics": Decimal(ALARM_METRICS),
        "dashboards": Decimal(DASHBOARDS),
        "log gb": log_bytes / gigabyte,
        "schedules": Decimal(SWEEPS),
    }


def _multiplied(each: Mapping[str, Usage], times: Mapping[str, int]) -> Usage:
    """Return what all looks, views and sweeps use together."""
    used: Usage = {}
    for name, number in times.items():
        for what, amount in each[name].items():
            used[what] = used.get(what, Decimal(0)) + amount * number
    return used


def _gb_seconds(function: str, calls: Decimal) -> Decimal:
    milliseconds, megabytes = MILLISECONDS_AND_MB[function]
    return calls * milliseconds * megabytes / (1000 * 1024)


def total(numbers: Mapping[str, Decimal]) -> Decimal:
    return sum((PRICES[name].of(number) for name, number in numbers.items()), Decimal(0))


def free(numbers: Mapping[str, Decimal]) -> Decimal:
    """What the allowances that never end would take off, were nothing else in the account."""
    return sum(
        (
            PRICES[name].of(min(number, Decimal(PRICES[name].free)))
            for name, number in numbers.items()
        ),
        Decimal(0),
    )


# -- measuring


class Bench:
    """One invoice alone is one delivery, one batch, one look."""

    def __init__(self, own: LocalSystem, meter: Meter) -> None:
        self.flow, self._own, self._meter = Flow(own), own, meter
        self.flow.quickbooks.switches.rate_limits_on = False
        # Intuit tells our own writes back.
        self.flow.watch_quickbooks()

    def measured(self, act: Callable[[], object], number: int) -> Usage:
        """What `act` and the work after it use, of each of `number` invoices."""
        self._meter.used = {}
        log = io.StringIO()
        before = self._counts()
        previous = logger.registered_handler.setStream(log)  # type: ignore[attr-defined]
        with contextlib.redirect_stdout(log):
            act()
            self.flow.work()
        logger.registered_handler.setStream(previous)  # type: ignore[attr-defined]
        spent = {name: count - before.get(name, 0) for name, count in self._counts().items()}
        used: Usage = {**self._meter.used, **{name: Decimal(n) for name, n in spent.items()}}
        used["log bytes"] = Decimal(len(log.getvalue().encode()))
        return {name: amount / number for name, amount in used.items()}

    def tell_again(self, invoice_id: str) -> None:
        """HubSpot delivers an event of this invoice, of which nothing has changed."""
        fields = {
            "objectId": int(invoice_id),
            "objectTypeId": "0-53",
            "propertyName": "hs_invoice_status",
            "propertyValue": "open",
        }
        self.flow.hubspot.webhooks.emit(
            int(PORTAL_ID),
            "object.propertyChange",
            BY_ALIAS["invoices"],
            self.flow.clock.now(),
            fields,
        )

    def _counts(self) -> dict[str, int]:
        calls = self._own.gateway.calls
        return {
            "http": calls.total(),
            **{f"call:{name}": number for name, number in calls.items()},
            "call:sync_worker": self._own.poller.batches,
            "hubspot": self.flow.hubspot.calls.total(),
            "quickbooks": self.flow.quickbooks.calls.total(),
            "metered": self.flow.quickbooks.metered_reads(REALM_ID),
        }


def looks(bench: Bench, number: int) -> dict[str, Usage]:
    """Created, changed and unchanged: so many invoices in one delivery."""
    flow, ids = bench.flow, list[str]()

    def price(value: str) -> None:
        for one in ids:
            flow.set_price(one, value)

    def create() -> None:
        ids.extend(flow.invoice() for _ in range(number))

    def tell_again() -> None:
        for one in ids:
            bench.tell_again(one)

    return {
        "created": bench.measured(create, number),
        "changed": bench.measured(lambda: price("175"), number),
        "unchanged": bench.measured(tell_again, number),
    }


def average(usages: list[Usage]) -> Usage:
    names = {name for one in usages for name in one}
    return {
        name: sum((one.get(name, Decimal(0)) for one in usages), Decimal(0)) / len(usages)
        for name in names
    }


def measure(alone: int, batch: int) -> tuple[dict[str, Usage], dict[str, Usage], Decimal]:
    """Each look alone, each in a batch, and the bytes that an invoice leaves in the table."""
    with LocalAws(APP_SECRET, Moto()) as aws:
        # Before the functions make theirs: a client keeps the listeners that it was made with.
        meter = Meter(aws.client("dynamodb"))
        with LocalSystem(aws) as own:
            bench = Bench(own, meter)
            # Customer, item and tokens are known from here on.
            bench.measured(bench.flow.invoice, 1)
            before = _table_bytes(aws)
            rounds = [looks(bench, 1) for _ in range(alone)]
            kept = (_table_bytes(aws) - before) / alone
            each = {name: average([one[name] for one in rounds]) for name in rounds[0]}
            in_batch = looks(bench, batch)
            shown = list[str]()
            bench.measured(lambda: shown.append(bench.flow.invoice()), 1)
            for name, path in (
                ("status", f"/v1/invoices/{shown[0]}/sync-status"),
                ("count", "/v1/failures/count"),
                ("list", "/v1/failures"),
            ):
                each[name] = bench.measured(lambda path=path: bench.flow.get(path), 1)  # type: ignore[misc]
            each["sweep"] = quiet_sweep(bench)
    return each, in_batch, kept


def quiet_sweep(bench: Bench) -> Usage:
    """Nothing has changed since the last one: all marks are past what there is."""
    ahead = datetime.now(UTC) + timedelta(minutes=15)
    marks = (*(f"hubspot {one}" for one in missed.TYPES), "quickbooks", "failing", "nightly")
    for name in marks:
        bench.flow.own.store.marks.advance(PORTAL_ID, name, ahead)
    used = bench.measured(lambda: sweep.handler({}, LambdaContext("sweep")), 1)
    return {**used, "call:sweep": Decimal(1)}


def _table_bytes(aws: LocalAws) -> Decimal:
    """With the hundred bytes that DynamoDB adds to each item."""
    pages = aws.client("dynamodb").get_paginator("scan")
    items = [
        item
        for page in pages.paginate(TableName=aws.environment["TABLE_NAME"])
        for item in page["Items"]
    ]
    return Decimal(sum(item_size(item) + 100 for item in items))


# -- printing

_SHOWN = {
    "http": "HTTP API requests",
    "call:hubspot_webhook": "hubspot_webhook invocations",
    "call:sync_worker": "sync_worker invocations",
    "call:api": "api invocations",
    "sqs": "SQS requests",
    "writes": "DynamoDB write units",
    "reads": "DynamoDB read units",
    "hubspot": "HubSpot calls",
    "quickbooks": "QuickBooks calls",
    "metered": "metered QuickBooks reads",
    "log bytes": "bytes of the functions' own log",
}


def main() -> None:
    alone, batch = 5, 100
    each, in_batch, kept = measure(alone, batch)
    print(f"An invoice alone, and one of {batch} in one delivery (measured):\n")
    columns = {
        **{name: each[name] for name in LOOKS},
        **{f"{name}, of {batch}": in_batch[name] for name in LOOKS},
        **{name: each[name] for name in ("status", "count", "list", "sweep")},
    }
    _row("uses", *columns)
    _row("---", *("---:" for _ in columns))
    for name, shown in _SHOWN.items():
        _row(shown, *(_number(one.get(name, Decimal(0))) for one in columns.values()))
    print(f"\nAn invoice that was created and changed leaves {kept:.0f} bytes in the table.\n")
    months = {size: month(size, each, kept) for size in SIZES}
    print("A month, by invoices (count x price):\n")
    _row("line", "price, $", *(text for size in SIZES for text in (f"{size:,}", "$")))
    _row("---", *("---:" for _ in range(1 + 2 * len(SIZES))))
    for name, price in PRICES.items():
        per = f"{price.usd.normalize():f}" + (f" / {price.per:,}" if price.per > 1 else "")
        cells = [(_number(one[name]), _money(price.of(one[name]))) for one in months.values()]
        _row(price.name, per, *(text for pair in cells for text in pair))
    for title, amount in (
        ("**Total at list prices**", total),
        ("an invoice", None),
        ("always-free allowances", free),
        ("**Billed, if the account has nothing else**", lambda one: total(one) - free(one)),
    ):
        sums = [amount(one) if amount else total(one) / size for size, one in months.items()]
        digits = 2 if amount else 5
        _row(title, "", *(text for one in sums for text in ("", _money(one, digits))))


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def _number(number: Decimal) -> str:
    return f"{number:,.2f}".removesuffix(".00") if number < 1000 else f"{number:,.0f}"


def _money(amount: Decimal, digits: int = 2) -> str:
    return f"{amount:.{digits}f}"


if __name__ == "__main__":
    main()
