"""The main job on a small company's data: signed webhooks in, invoices in QuickBooks, failures
explained, two causes fixed at the source, then the API to try by hand."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.local import aws_calls
from infra.local.aws import LocalAws
from infra.local.lambda_context import LambdaContext
from infra.local.wire import Recorder

# Only errors: the demo's own lines are the ones to read. Set before the functions are imported.
os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")

from infra.local.scenario import PORTAL_ID, Scenario, embedded, generated, outcome_of
from infra.local.system import APP_SECRET, SCHEDULE_HANDLER, LocalSystem
from invoice_sync.failures.describe import explain, remedy
from invoice_sync.failures.variants import entry
from invoice_sync.model.money import to_minor_unit

_PATIENCE_SECONDS = 300.0
# From a fix in either system to an invoice in step.
_HEALS_WITHIN = timedelta(seconds=60)


def main() -> int:
    options = _options()
    recorder = Recorder(options.record) if options.record else None
    scenario = generated(options.invoices) if options.invoices else embedded()
    with LocalAws(APP_SECRET) as aws, LocalSystem(aws, port=options.port, recorder=recorder) as own:
        wrong = _run(own, scenario)
        if recorder:
            print(f"\nEvery HubSpot and QuickBooks exchange is in {options.record}")
        if not options.once:
            _serve(own, scenario)
        own.poller.stop()
        own.hubspot.stop_delivery()
    if recorder:
        recorder.close()
    return 1 if wrong else 0


def _run(own: LocalSystem, scenario: Scenario) -> list[str]:
    started = time.monotonic()
    print(f"AWS (moto), HubSpot, QuickBooks and the functions are up; API at {own.gateway.url}\n")
    scenario.prepare(own)
    token = APP_SECRET["quickbooksVerifierToken"]
    own.quickbooks.subscribe(f"{own.gateway.url}/webhooks/quickbooks", token)
    scenario.create_invoices()
    total = len(scenario.invoices)
    print(f"{total} invoices in HubSpot; their signed webhooks go out now")
    own.poller.start()
    own.hubspot.start_delivery(interval=0.25)
    _settle(own, scenario)
    _act(own, scenario, "later", "Then people go on working:")
    _table(own, scenario)
    wrong = scenario.wrong(own)
    for stage, words in (
        ("fixes", "Two causes are fixed at their source, nothing else is done:"),
        ("inQuickBooks", "People work in QuickBooks, and HubSpot takes payments:"),
    ):
        if scenario.data.get(stage):
            wrong += _act(own, scenario, stage, words)
            _failing_now(own)
    _payments(own, scenario)
    if _lose(own, scenario):
        wrong += scenario.wrong(own)
        _failing_now(own)
        wrong += _report(own, scenario)
    if _click(own, scenario):
        wrong += scenario.wrong(own)
        _failing_now(own)
    _summary(own, scenario, time.monotonic() - started)
    for problem in wrong:
        print(f"WRONG: {problem}", file=sys.stderr)
    return wrong


def _act(own: LocalSystem, scenario: Scenario, stage: str, words: str) -> list[str]:
    """What came out wrong; all that follows from what people did has happened then."""
    # QuickBooks tells times in seconds: what follows our own write within one looks like its echo.
    own.clock.advance(2)
    began, done = own.clock.now(), scenario.act(stage)
    if not done:
        return []
    print(f"\n{words}")
    _say(done)
    _settle(own, scenario, lambda: not scenario.wrong(own))
    took = own.clock.now() - began
    print(f"All of it is followed {took.total_seconds():.0f} s later")
    late = [f"{stage}: followed after {took}"] if took > _HEALS_WITHIN else []
    return scenario.wrong(own) + late


def _lose(own: LocalSystem, scenario: Scenario) -> bool:
    """Nothing is heard of what people do now; the sweep finds it."""
    own.hubspot.stop_delivery()
    own.clock.advance(2)
    done = scenario.act("lost")
    own.hubspot.webhooks.discard()
    own.quickbooks.webhooks.discard()
    own.hubspot.start_delivery(interval=0.25)
    if done:
        print("\nEvery webhook of this is lost:")
        _say(done)
        with aws_calls.made_by("sweep"):
            SCHEDULE_HANDLER({}, LambdaContext("sweep"))
        print("The sweep, which runs every five minutes, asks both systems what changed:")
        _settle(own, scenario, lambda: not scenario.wrong(own))
    return bool(done)


def _click(own: LocalSystem, scenario: Scenario) -> bool:
    """What only a person can decide, through the API as a card in HubSpot would do it."""
    clicks = scenario.data.get("clicks", [])
    if clicks:
        print("\nThe rest waits for a person, and is one click each:")
    for one in clicks:
        path = f"/v1/invoices/{scenario.invoices[one['number']]}/resolve"
        for preview in (True, False):
            own.clock.advance(2)
            body = {"resolution": one["resolution"], "preview": preview}
            answer = own.hubspot.fetch(PORTAL_ID, "POST", own.gateway.url + path, body)
            if answer.status != 200:
                raise RuntimeError(f"the API answered {answer.status}: {answer.text}")
        print(f"  {one['number']} {one['resolution']}: {answer.json()['says']}")
        scenario.expected[one["number"]] = one["expect"]
    _settle(own, scenario, lambda: not scenario.wrong(own))
    return bool(clicks)


def _failing_now(own: LocalSystem) -> None:
    counts = own.store.counts(PORTAL_ID)
    print(f"Now failing: {counts.failing} ({_by_code(counts.by_code)})")


def _payments(own: LocalSystem, scenario: Scenario) -> None:
    paid = [
        (number, record.written)
        for number, record in scenario.records(own).items()
        if record.written and record.written.has_payments
    ]
    for number, written in paid:
        left = to_minor_unit(written.balance, written.currency)
        total = to_minor_unit(written.total, written.currency)
        print(f"  {number:<10} {left:>12,} of {total:,} {written.currency} is still to be paid")


def _report(own: LocalSystem, scenario: Scenario) -> list[str]:
    """Both systems side by side, through the API as a card would ask for it."""
    path = f"{own.gateway.url}/v1/reports/reconciliation"
    today = own.clock.now().date()
    period = {"from": str(today - timedelta(days=365)), "to": str(today)}

    def ask(**more: bool) -> None:
        answer = own.hubspot.fetch(PORTAL_ID, "POST", path, {**period, **more})
        if answer.status != 200:
            raise RuntimeError(f"the API answered {answer.status}: {answer.text}")

    def read() -> dict[str, Any]:
        query = f"?from={period['from']}&to={period['to']}"
        found: dict[str, Any] = own.hubspot.fetch(PORTAL_ID, "GET", path + query).json()
        return found

    ask()
    _settle(own, scenario, lambda: read()["state"] == "planned")
    plan = read()["plan"]
    print(
        f"\nThe reconciliation report: {plan['invoicesInHubspot']} invoices in HubSpot,"
        f" {plan['invoicesInQuickbooks']} in QuickBooks; it will cost {plan['meteredReads']}"
        " metered read(s)"
    )
    ask(run=True)
    _settle(own, scenario, lambda: read()["state"] == "done")
    report = read()
    for one in report["totals"]:
        print(
            f"  {one['finding']:<24}{one['invoices']:>4}  {one['currency']}"
            f"  HubSpot {one['hubspot']:>12}  QuickBooks {one['quickbooks']:>12}"
        )
    outcomes = Counter(one["finding"] for one in report["rows"] if one["syncStatus"] == "synced")
    allowed = {"matched", "status_differs"}  # paid in QuickBooks only: HubSpot still says open
    return [f"the report finds {one} synced: {outcomes[one]}" for one in outcomes.keys() - allowed]


def _settle(own: LocalSystem, scenario: Scenario, done: Callable[[], bool] = lambda: True) -> None:
    """Until every webhook is delivered, the queue is empty and `done`; shows the way there."""
    end, shown, total = time.monotonic() + _PATIENCE_SECONDS, -1, len(scenario.invoices)
    open_numbers = set(scenario.invoices)
    while time.monotonic() < end:
        records = scenario.records(own, open_numbers)
        open_numbers -= {number for number, one in records.items() if one.status != "pending"}
        if total - len(open_numbers) != shown:
            shown = total - len(open_numbers)
            print(f"  {shown} of {total} decided", flush=True)
        # The queue is asked only then: moto counts its messages one by one.
        own.quickbooks.deliver()
        delivered = not open_numbers and own.hubspot.pending_deliveries() == 0
        if delivered and sum(own.poller.depth()) == 0 and done():
            return
        time.sleep(0.5)
    print("  gave up waiting", file=sys.stderr)


def _table(own: LocalSystem, scenario: Scenario) -> None:
    records = scenario.records(own)
    by_status: dict[str, list[str]] = {}
    for number, record in records.items():
        by_status.setdefault(record.status, []).append(number)
    print(f"\nSynced ({len(by_status.get('synced', []))})")
    shown = by_status.get("synced", [])
    for number in shown[:20]:
        record = records[number]
        if record.written:
            total = to_minor_unit(record.written.total, record.written.currency)
            money = f"{total:>12,} {record.written.currency}"
            void = "  voided" if record.written.voided else ""
            print(f"  {number:<10} QuickBooks id {record.quickbooks_id:<6}{money}{void}")
    if len(shown) > 20:
        print(f"  ... and {len(shown) - 20} more")
    print(f"\nSkipped ({len(by_status.get('skipped', []))})")
    for number in by_status.get("skipped", [])[:20]:
        print(f"  {number:<10} {records[number].reason}")
    failing = by_status.get("failing", [])
    print(f"\nFailing ({len(failing)})")
    told: set[str] = set()
    for number in failing:
        failure = records[number].failure
        if failure is None:
            continue
        print(f"  {number:<10} {failure.code}")
        if failure.code in told:
            continue  # the words are the same but for the names
        told.add(failure.code)
        print(f"             {entry(failure).title}")
        print(f"             Why: {explain(failure)}")
        for product, steps in remedy(failure).items():
            where = {"hubspot": "In HubSpot", "quickbooks": "In QuickBooks"}[product]
            for step in steps:
                print(f"             {where}: {step}")
        for one in failure.differences:
            print(f"             {one.field}: written {one.written}, now {one.quickbooks}")


def _summary(own: LocalSystem, scenario: Scenario, seconds: float) -> None:
    outcomes: dict[str, int] = {}
    for record in scenario.records(own).values():
        outcomes[outcome_of(record)] = outcomes.get(outcome_of(record), 0) + 1
    print(f"\n{len(scenario.invoices)} invoices in {seconds:.1f} s: {_by_code(outcomes)}")
    waits = scenario.waits(own)
    if waits:
        print(
            f"From created in HubSpot to synced: half within {statistics.median(waits):.1f} s,"
            f" the slowest {max(waits):.1f} s"
        )
    calls = own.quickbooks.calls
    reads = own.quickbooks.metered_reads(scenario.realm.realm_id)
    print(
        f"QuickBooks: {calls.total()} calls, {reads} of them metered reads;"
        f" HubSpot: {own.hubspot.calls.total()} calls"
    )


def _serve(own: LocalSystem, scenario: Scenario) -> None:
    failing = [n for n, r in scenario.records(own).items() if r.status == "failing"]
    invoice_id = scenario.invoices[failing[0] if failing else next(iter(scenario.invoices))]
    base = own.gateway.url
    print("\nThe API is up. Signed as HubSpot signs, each line is good for five minutes:\n")
    print(f"curl {base}/health")
    for method, path in (
        ("GET", "/v1/failures/count"),
        ("GET", "/v1/failures?limit=2"),
        ("GET", f"/v1/invoices/{invoice_id}/sync-status"),
        ("GET", f"/v1/invoices/{invoice_id}/preview"),
        ("POST", f"/v1/invoices/{invoice_id}/retry"),
    ):
        print(own.hubspot.curl(PORTAL_ID, method, base + path))
    print("\nStop with Ctrl+C.", flush=True)
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        print()


def _say(done: list[str]) -> None:
    for line in done:
        print(f"  {line}")


def _by_code(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {code}" for code, count in sorted(counts.items())) or "none"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="exit when done, 1 if it is wrong")
    parser.add_argument("--port", type=int, default=0, help="of the HTTP front; any by default")
    parser.add_argument("--record", type=Path, help="write every exchange to this file")
    parser.add_argument("--invoices", type=int, default=0, help="generate so many invoices")
    options = parser.parse_args()
    if options.invoices < 0:
        parser.error("--invoices must not be negative")
    return options


if __name__ == "__main__":
    sys.exit(main())
