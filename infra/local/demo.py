"""Play a small company's day: invoices go from HubSpot to QuickBooks, some fail, and all recover.

Signed webhooks come in, invoices come out in QuickBooks, failures are explained and then fixed at
their source or by a click. Where the page is built (`make page`), whoever runs the demo does the
fixing and clicking in a browser; else, and with --once, the demo does. Then the API stays up.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from infra.local.aws import LocalAws
from infra.local.on_moto import Moto
from infra.local.wire import Recorder

# Only errors: the demo's own lines are the ones to read. Set before the functions are imported.
os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")

from infra.local import hosting
from infra.local.demo_words import count, explanation, indent, listed, synced
from infra.local.scenario import PORTAL_ID, Scenario, embedded, generated, outcome_of
from infra.local.scenario_data import Stage
from infra.local.system import APP_SECRET, LocalSystem
from invoice_sync.model.money import to_minor_unit

_DELIVERY_INTERVAL_SECONDS = 0.25
# Without any progress for so long, the demo gives up.
_PATIENCE_SECONDS = 300.0
# A fix in either system must be followed in this time.
_FOLLOWED_WITHIN = timedelta(seconds=60)
_ROWS_SHOWN = 20


def main() -> int:
    options = _options()
    print(
        "Starting AWS (moto), HubSpot and QuickBooks (simulators) and the functions ...", flush=True
    )
    recorder = Recorder(options.record) if options.record else None
    scenario = generated(options.invoices) if options.invoices else embedded()
    try:
        with (
            LocalAws(APP_SECRET, Moto()) as aws,
            LocalSystem(aws, port=options.port, recorder=recorder) as system,
        ):
            return _play(Demo(system, scenario), options)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    finally:
        if recorder:
            recorder.close()


def _play(demo: Demo, options: argparse.Namespace) -> int:
    in_browser = not options.once and hosting.is_built()
    if not options.once and not in_browser:
        print(hosting.MISSING)
    try:
        problems = demo.open(options.page_port) if in_browser else demo.run()
        if options.record:
            print(f"\nEvery HubSpot and QuickBooks exchange is in {options.record}.")
        if not options.once:
            demo.serve()
    finally:
        demo.system.poller.stop()
        demo.system.hubspot.stop_delivery()
    return 1 if problems else 0


class Demo:
    """One run over a started system. Every step prints what happens, in words."""

    def __init__(self, system: LocalSystem, scenario: Scenario) -> None:
        self.system, self.scenario = system, scenario
        self.problems: list[str] = []
        self._hosting: hosting.Hosting | None = None

    def open(self, page_port: int) -> list[str]:
        """Sync all, and leave what fails to whoever opens the page. Return as `run` does."""
        self._begin()
        scenario = self.scenario
        self._hosting = hosting.Hosting(
            self.system, scenario.portal, scenario.realm, port=page_port
        )
        url = self._hosting.page.url
        print(f"\nOpen {url}/ in a browser: HubSpot, played by this machine.\n", flush=True)
        self._settle(show_progress=True)
        self._show_outcomes()
        self._check()
        self._show_failing()
        for problem in self.problems:
            print(f"WRONG: {problem}", file=sys.stderr)
        return self.problems

    def run(self) -> list[str]:
        """Play the whole scenario and return a sentence for everything that came out wrong."""
        started = time.monotonic()
        self._begin()
        self._settle(show_progress=True)
        self._follow("later", "Meanwhile people go on working:")
        self._show_outcomes()
        self._check()
        self._follow("fixes", "Two causes are fixed at their source. Nobody clicks anything:")
        self._follow("inQuickBooks", "People work in QuickBooks, and both sides take payments:")
        self._show_payments()
        self._lose_webhooks()
        self._click()
        self._summarise(time.monotonic() - started)
        for problem in self.problems:
            print(f"WRONG: {problem}", file=sys.stderr)
        return self.problems

    # -- acting

    def _begin(self) -> None:
        """Fill both systems, create the invoices, and let the webhooks go out."""
        system, scenario = self.system, self.scenario
        print(f"All of it runs on this machine. The API is at {system.gateway.url}\n")
        scenario.prepare(system)
        token = APP_SECRET["quickbooksVerifierToken"]
        system.quickbooks.subscribe(f"{system.gateway.url}/webhooks/quickbooks", token)
        scenario.create_invoices()
        invoices = count(len(scenario.invoices), "invoice")
        print(f"A company has {invoices} in HubSpot, which sends its signed webhooks now:")
        system.poller.start()
        system.hubspot.start_delivery(interval=_DELIVERY_INTERVAL_SECONDS)

    def _follow(self, stage: Stage, heading: str) -> None:
        """Let people do what the stage says, and wait until the system has followed."""
        if not self.scenario.steps(stage):
            return
        # QuickBooks tells times in whole seconds: a change in the very second of our own write
        # looks like its echo.
        self.system.clock.advance(2)
        began = self.system.clock.now()
        print(f"\n{heading}")
        indent(self.scenario.act(stage))
        self._settle(self._as_expected)
        waited = self.system.clock.now() - began
        print(f"After {waited.total_seconds():.0f} s the system has followed all of it.")
        if waited > _FOLLOWED_WITHIN:
            self.problems.append(f"{stage}: followed only after {waited}")
        if stage != "later":
            self._check()
            self._show_failing()

    def _lose_webhooks(self) -> None:
        """Change things without a word to the system, then let the sweep find them."""
        if not self.scenario.steps("lost"):
            return
        system = self.system
        system.hubspot.stop_delivery()
        system.clock.advance(2)
        sentences = self.scenario.act("lost")
        system.hubspot.webhooks.discard()
        system.quickbooks.webhooks.discard()
        system.hubspot.start_delivery(interval=_DELIVERY_INTERVAL_SECONDS)
        print("\nThese changes happen while every webhook is lost:")
        indent(sentences)
        print("The sweep, which runs every five minutes, asks both systems what has changed.")
        hosting.sweep()
        self._settle(self._as_expected)
        self._check()
        self._show_failing()
        self._compare()

    def _click(self) -> None:
        """Take the decisions that only a person can take, through the API as a card would."""
        clicks = self.scenario.steps("clicks")
        if not clicks:
            return
        print("\nWhat is left needs a person's decision, one click each on the card in HubSpot:")
        for click in clicks:
            path = f"/v1/invoices/{self.scenario.invoices[click['number']]}/resolve"
            for preview in (True, False):
                self.system.clock.advance(2)
                body = {"resolution": click["resolution"], "preview": preview}
                answer = self._ask("POST", path, body)
            print(f"  {click['number']} {click['resolution']}: {answer['says']}")
            self.scenario.expected[click["number"]] = click["expect"]
        self._settle(self._as_expected)
        self._check()
        self._show_failing()

    def _compare(self) -> None:
        """Ask the API for the reconciliation report of the last year, as a card would."""
        path = "/v1/reports/reconciliation"
        today = self.system.clock.now().date()
        period = {"from": str(today - timedelta(days=365)), "to": str(today)}
        query = f"{path}?from={period['from']}&to={period['to']}"
        self._ask("POST", path, period)
        self._settle(lambda: self._ask("GET", query)["state"] == "planned")
        plan = self._ask("GET", query)["plan"]
        print(
            f"\nThe reconciliation report puts {plan['invoicesInHubspot']} invoices in HubSpot"
            f" beside {plan['invoicesInQuickbooks']} in QuickBooks, for"
            f" {count(plan['meteredReads'], 'metered read')}:"
        )
        self._ask("POST", path, {**period, "run": True})
        self._settle(lambda: self._ask("GET", query)["state"] == "done")
        report = self._ask("GET", query)
        for total in report["totals"]:
            finding = total["finding"].replace("_", " ")
            print(
                f"  {finding:<22}{total['invoices']:>4}  {total['currency']}"
                f"  HubSpot {Decimal(total['hubspot']):>12,}"
                f"  QuickBooks {Decimal(total['quickbooks']):>12,}"
            )
        findings = Counter(
            row["finding"] for row in report["rows"] if row["syncStatus"] == "synced"
        )
        allowed = {"matched", "status_differs"}  # paid in QuickBooks only: HubSpot still says open
        self.problems += [
            f"the report finds {finding} for {count(findings[finding], 'synced invoice')}"
            for finding in findings.keys() - allowed
        ]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API as a card in HubSpot does. Raises RuntimeError unless it answers 200."""
        url = self.system.gateway.url + path
        answer = self.system.hubspot.fetch(PORTAL_ID, method, url, body)
        if answer.status != 200:
            raise RuntimeError(f"the API answered {answer.status}: {answer.text}")
        content: dict[str, Any] = answer.json()
        return content

    # -- waiting and checking

    def _settle(
        self, is_settled: Callable[[], bool] = lambda: True, *, show_progress: bool = False
    ) -> None:
        """Wait until all webhooks are delivered, the queue is empty and `is_settled` holds."""
        undecided = set(self.scenario.invoices)
        total, shown = len(undecided), 0
        patience_ends = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < patience_ends:
            records = self.scenario.records(self.system, undecided)
            undecided -= {
                number for number, record in records.items() if record.status != "pending"
            }
            decided = total - len(undecided)
            if decided != shown:
                shown, patience_ends = decided, time.monotonic() + _PATIENCE_SECONDS
                if show_progress:
                    print(f"  {decided} of {total} have an outcome", flush=True)
            self.system.quickbooks.deliver()
            delivered = not undecided and self.system.hubspot.pending_deliveries() == 0
            # The queue is asked last: moto counts its messages one by one.
            if delivered and sum(self.system.poller.depth()) == 0 and is_settled():
                return
            time.sleep(0.5)
        print("  Nothing has moved for five minutes: the demo stops waiting.", file=sys.stderr)

    def _as_expected(self) -> bool:
        return not self.scenario.wrong(self.system)

    def _check(self) -> None:
        self.problems += self.scenario.wrong(self.system)

    # -- showing

    def _show_outcomes(self) -> None:
        records = self.scenario.records(self.system)
        numbers: dict[str, list[str]] = {"synced": [], "skipped": [], "failing": []}
        for number, record in records.items():
            numbers.setdefault(record.status, []).append(number)
        print(f"\nSynced to QuickBooks ({len(numbers['synced'])})")
        indent([synced(number, records[number]) for number in numbers["synced"][:_ROWS_SHOWN]])
        if len(numbers["synced"]) > _ROWS_SHOWN:
            print(f"  ... and {len(numbers['synced']) - _ROWS_SHOWN} more")
        print(f"\nSkipped on purpose ({len(numbers['skipped'])})")
        for number in numbers["skipped"][:_ROWS_SHOWN]:
            print(f"  {number:<10} {records[number].reason}")
        print(f"\nFailing, with the reason and the remedy ({len(numbers['failing'])})")
        explained: set[str] = set()
        for number in numbers["failing"]:
            failure = records[number].failure
            if failure is None:
                continue
            if failure.code in explained:
                print(f"  {number:<10} {failure.code} (as above)")
                continue
            explained.add(failure.code)
            print(f"  {number:<10} {failure.code}")
            indent(explanation(failure), 13)

    def _show_failing(self) -> None:
        counts = self.system.store.counters.get(PORTAL_ID)
        codes = f" ({listed(counts.by_code)})" if counts.failing else ""
        print(f"Failing now: {counts.failing}{codes}")

    def _show_payments(self) -> None:
        for number, record in self.scenario.records(self.system).items():
            if record.written and record.written.has_payments:
                left = to_minor_unit(record.written.balance, record.written.currency)
                total = to_minor_unit(record.written.total, record.written.currency)
                print(f"  {number:<10} {left:>12,} of {total:,} {record.written.currency} is due")

    def _summarise(self, seconds: float) -> None:
        outcomes = Counter(
            outcome_of(record) for record in self.scenario.records(self.system).values()
        )
        invoices = count(len(self.scenario.invoices), "invoice")
        print(f"\n{invoices} in {seconds:.1f} s: {listed(outcomes)}")
        waits = self.scenario.waits(self.system)
        if waits:
            print(
                f"From created in HubSpot to synced: half within {statistics.median(waits):.1f} s,"
                f" all within {max(waits):.1f} s"
            )
        quickbooks, hubspot = self.system.quickbooks, self.system.hubspot
        reads = quickbooks.metered_reads(self.scenario.realm.realm_id)
        print(
            f"Calls: {hubspot.calls.total()} to HubSpot, {quickbooks.calls.total()} to QuickBooks,"
            f" {reads} of which are metered reads"
        )
        if not self.problems:
            print("Every outcome is the expected one.")

    def serve(self) -> None:
        """Keep the API up until Ctrl+C, and print calls of it to paste into a shell."""
        records = self.scenario.records(self.system)
        failing = [number for number, record in records.items() if record.status == "failing"]
        number = failing[0] if failing else next(iter(self.scenario.invoices))
        invoice_id = self.scenario.invoices[number]
        base = self.system.gateway.url
        print("\nThe API is up. Paste a line into another shell; signed as HubSpot signs its")
        print("requests, each is good for five minutes:\n")
        print(f"curl {base}/health")
        for method, path in (
            ("GET", "/v1/failures/count"),
            ("GET", "/v1/failures?limit=2"),
            ("GET", f"/v1/invoices/{invoice_id}/sync-status"),
            ("GET", f"/v1/invoices/{invoice_id}/preview"),
            ("POST", f"/v1/invoices/{invoice_id}/retry"),
        ):
            print(self.system.hubspot.curl(PORTAL_ID, method, base + path))
        if self._hosting:
            print(f"\nMend what fails yourself, as people would: {self._hosting.page.url}/")
        print("\nStop with Ctrl+C.", flush=True)
        try:
            while True:
                if self._hosting:
                    self._hosting.tick()
                else:
                    time.sleep(1)
        except KeyboardInterrupt:
            print()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="exit when done; 1 if it is wrong")
    parser.add_argument(
        "--port", type=int, default=0, help="port of the API; any free one if left out"
    )
    parser.add_argument(
        "--page-port", type=int, default=0, help="port of the page; any free one if left out"
    )
    parser.add_argument("--record", type=Path, help="write every exchange to this file")
    parser.add_argument("--invoices", type=int, default=0, help="generate so many invoices instead")
    options = parser.parse_args()
    if options.invoices < 0:
        parser.error("--invoices must not be negative")
    return options


if __name__ == "__main__":
    sys.exit(main())
