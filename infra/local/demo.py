"""Play a small company's day: invoices go from HubSpot to QuickBooks, some fail, and all recover.

Signed webhooks come in, invoices come out in QuickBooks, failures are explained and then fixed at
their source or by a click. Where the page is built (`make page`), whoever runs the demo does the
fixing and clicking in a browser; else the demo does the fixing and leaves the decisions. Then the
API stays up. With --once the demo does it all, and ends.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from infra.local.aws import LocalAws
from infra.local.on_moto import Moto
from infra.local.wire import Recorder

# Only errors: the demo's own lines are the ones to read. Set before the functions are imported.
if __name__ == "__main__":
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")

from infra.local import demo_options, hosting, serving
from infra.local import demo_words as words
from infra.local.demo_words import count, listed
from infra.local.scenario import PORTAL_ID, Scenario, embedded, generated
from infra.local.scenario_data import Stage
from infra.local.screen import Screen, some
from infra.local.system import APP_SECRET, LocalSystem

_DELIVERY_INTERVAL_SECONDS = 0.25
# Without any progress for so long, the demo gives up.
_PATIENCE_SECONDS = 300.0
# A fix in either system must be followed in this time.
_FOLLOWED_WITHIN = timedelta(seconds=60)
_STAGES: dict[Stage, str] = {
    "later": "changes in HubSpot",
    "fixes": "causes fixed at their source",
    "inQuickBooks": "work and payments in QuickBooks",
    "lost": "lost webhooks, found by the sweep",
    "clicks": "decisions of a person",
}


def main() -> int:
    options = demo_options.read(__doc__)
    screen = Screen()
    try:
        recorder = Recorder(options.record) if options.record else None
    except OSError as error:
        print(f"--record {options.record}: {error.strerror}", file=sys.stderr)
        return 2
    screen.line(
        "Starting AWS (moto), HubSpot and QuickBooks (simulators) and the functions ...",
        style="dim",
    )
    scenario = generated(options.invoices) if options.invoices else embedded()
    try:
        with (
            LocalAws(APP_SECRET, Moto()) as aws,
            LocalSystem(aws, port=options.port, recorder=recorder) as system,
        ):
            try:
                return _play(Demo(system, scenario, screen), options, recorder)
            except KeyboardInterrupt:
                # What is under way ends first: seconds.
                screen.line("\nStopping ...")
                raise
    except KeyboardInterrupt:
        screen.line("Stopped.")
        return 130
    finally:
        if recorder:
            recorder.close()


def _play(demo: Demo, options: argparse.Namespace, recorder: Recorder | None) -> int:
    wants_page = not options.once and not options.no_page
    in_browser = wants_page and hosting.is_built()
    if wants_page and not in_browser:
        demo.screen.line(hosting.MISSING, style="yellow")
    try:
        problems = demo.open(options.page_port) if in_browser else demo.run(decides=options.once)
        if recorder and recorder.trouble:
            problems.append(f"{options.record} is not whole: {recorder.trouble}")
            demo.screen.problem(f"WRONG: {problems[-1]}")
        elif recorder:
            demo.screen.line(f"Every HubSpot and QuickBooks exchange is in {options.record}.")
        if options.once:
            demo.screen.line("Next: make demo, to fix and to decide yourself, in a browser.")
        else:
            demo.serve()
    finally:
        demo.system.poller.stop()
        demo.system.hubspot.stop_delivery()
    return 1 if problems else 0


class Demo:
    """One run over a started system. Every step shows what happens, in words."""

    def __init__(self, system: LocalSystem, scenario: Scenario, screen: Screen) -> None:
        self.system, self.scenario, self.screen = system, scenario, screen
        self.problems: list[str] = []
        # The name of each stage so far, and the seconds that the system took to follow it.
        self._stages: list[tuple[str, float]] = []
        self._hosting: hosting.Hosting | None = None

    def open(self, page_port: int) -> list[str]:
        """Sync all, and leave what fails to whoever opens the page. Return as `run` does."""
        self._prepare()
        scenario = self.scenario
        self._hosting = hosting.Hosting(
            self.system, scenario.portal, scenario.realm, port=page_port
        )
        url = f"{self._hosting.page.url}/"
        self.screen.line("Open this in a browser; it is HubSpot, played by this machine:")
        self.screen.verbatim(url, indent=2, style="bold cyan", link=url)
        self._begin()
        self._sync_all()
        return self._end()

    def run(self, *, decides: bool) -> list[str]:
        """Play the whole scenario and return a sentence for everything that came out wrong. What
        needs a person's decision is left to try, unless the demo `decides` too."""
        self._prepare()
        self._begin()
        self._sync_all()
        self._follow("later", "Meanwhile people go on working:")
        self._follow("fixes", "Two causes are fixed at their source. Nobody clicks anything:")
        self._follow("inQuickBooks", "People work in QuickBooks, and both sides take payments:")
        words.payments(self.screen, self.scenario.records(self.system))
        self._lose_webhooks()
        if decides:
            self._click()
        return self._end()

    def _end(self) -> list[str]:
        words.summary(self.screen, self.system, self.scenario, self._stages)
        if not self.problems:
            self.screen.line("Every outcome is the expected one.", style="bold green")
        for problem in self.problems:
            self.screen.problem(f"WRONG: {problem}")
        return self.problems

    # -- acting

    def _prepare(self) -> None:
        """Fill both systems, but for the invoices."""
        system, scenario = self.system, self.scenario
        url = f"{system.gateway.url}/"
        self.screen.verbatim(f"All of it runs on this machine. The API is at {url}", link=url)
        scenario.prepare(system)
        token = APP_SECRET["quickbooksVerifierToken"]
        system.quickbooks.subscribe(f"{system.gateway.url}/webhooks/quickbooks", token)
        # Whoever connects the accounts again consents in both.
        system.hubspot.consent(PORTAL_ID)
        system.quickbooks.consent(scenario.realm.realm_id)

    def _begin(self) -> None:
        """Create the invoices, and let the webhooks go out."""
        system, scenario = self.system, self.scenario
        scenario.create_invoices()
        invoices = count(len(scenario.invoices), "invoice")
        self.screen.heading(
            f"A company has {invoices} in HubSpot, which sends its signed webhooks now:"
        )
        system.poller.start()
        system.hubspot.start_delivery(interval=_DELIVERY_INTERVAL_SECONDS)

    def _sync_all(self) -> None:
        """Wait for the outcome of every invoice, and show it."""
        started = time.monotonic()
        self._settle()
        self._stages.append(("all invoices for the first time", time.monotonic() - started))
        words.outcomes(self.screen, self.scenario.records(self.system))
        self._check()

    def _follow(self, stage: Stage, heading: str) -> None:
        """Let people do what the stage says, and wait until the system has followed."""
        if not self.scenario.steps(stage):
            return
        # QuickBooks tells times in whole seconds: a change in the very second of our own write
        # looks like its echo.
        self.system.clock.advance(2)
        began = self.system.clock.now()
        self.screen.heading(heading)
        self.screen.lines(self.scenario.act(stage))
        self._settle(self._wrong)
        waited = self.system.clock.now() - began
        self._stages.append((_STAGES[stage], waited.total_seconds()))
        self.screen.line(f"Everything was in step {waited.total_seconds():.0f} s later.")
        if waited > _FOLLOWED_WITHIN:
            self.problems.append(f"{stage}: followed only after {waited}")
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
        self.screen.heading("These changes happen while every webhook is lost:")
        self.screen.lines(sentences)
        self.screen.line(
            "The sweep, which runs every five minutes, asks both systems what has changed."
        )
        started = time.monotonic()
        hosting.sweep()
        self._settle(self._wrong)
        self._stages.append((_STAGES["lost"], time.monotonic() - started))
        self._check()
        self._show_failing()
        self._compare()

    def _click(self) -> None:
        """Take the decisions that only a person can take, through the API as a card would."""
        clicks = self.scenario.steps("clicks")
        if not clicks:
            return
        self.screen.heading(
            "What is left needs a person's decision, one click each on the card in HubSpot:"
        )
        started = time.monotonic()
        for click in clicks:
            path = f"/v1/invoices/{self.scenario.invoices[click['number']]}/resolve"
            for preview in (True, False):
                self.system.clock.advance(2)
                body = {"resolution": click["resolution"], "preview": preview}
                answer = self._ask("POST", path, body)
            self.screen.line(f"{click['number']} {click['resolution']}: {answer['says']}", indent=2)
            self.scenario.expected[click["number"]] = click["expect"]
        self._settle(self._wrong)
        self._stages.append((_STAGES["clicks"], time.monotonic() - started))
        self._check()
        self._show_failing()

    def _compare(self) -> None:
        """Ask the API for the reconciliation report of the last year, as a card would."""
        path = "/v1/reports/reconciliation"
        today = self.system.clock.now().date()
        period = {"from": str(today - timedelta(days=365)), "to": str(today)}
        query = f"{path}?from={period['from']}&to={period['to']}"
        started = time.monotonic()
        self._ask("POST", path, period)
        self._settle(lambda: self._report_until(query, "planned"))
        plan = self._ask("GET", query)["plan"]
        self.screen.heading(
            f"The reconciliation report puts {plan['invoicesInHubspot']} invoices in HubSpot"
            f" beside {plan['invoicesInQuickbooks']} in QuickBooks, for"
            f" {count(plan['meteredReads'], 'metered read')}:"
        )
        self._ask("POST", path, {**period, "run": True})
        self._settle(lambda: self._report_until(query, "done"))
        report = self._ask("GET", query)
        self._stages.append(("the reconciliation report", time.monotonic() - started))
        words.report(self.screen, report["totals"])
        findings = Counter(
            row["finding"] for row in report["rows"] if row["syncStatus"] == "synced"
        )
        allowed = {"matched", "status_differs"}  # paid in QuickBooks only: HubSpot still says open
        self.problems += [
            f"the report finds {finding} for {count(findings[finding], 'synced invoice')}"
            for finding in findings.keys() - allowed
        ]

    def _report_until(self, query: str, state: str) -> list[str]:
        """Return what is missing to that state of the report."""
        now = self._ask("GET", query)["state"]
        return [] if now == state else [f"the report is {now}, not yet {state}"]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API as a card in HubSpot does. Raises RuntimeError unless it answers 200."""
        url = self.system.gateway.url + path
        answer = self.system.hubspot.fetch(PORTAL_ID, method, url, body)
        if answer.status != 200:
            raise RuntimeError(f"the API answered {answer.status}: {answer.text}")
        content: dict[str, Any] = answer.json()
        return content

    # -- waiting and checking

    def _settle(self, missing: Callable[[], list[str]] = list) -> None:
        """Wait until all is delivered, the queue is empty, and nothing is `missing`, in words."""
        undecided = set(self.scenario.invoices)
        total = len(undecided)
        with self.screen.waiting("" if self._stages else "processed", total) as waiting:
            while waiting.quiet_seconds < _PATIENCE_SECONDS:
                records = self.scenario.records(self.system, undecided)
                undecided -= {
                    number for number, record in records.items() if record.status != "pending"
                }
                self.system.quickbooks.deliver()
                awaited = self._awaited(undecided) or missing()
                waiting.is_at(total - len(undecided), awaited)
                if not awaited:
                    return
                time.sleep(0.5)
        self.screen.problem(
            f"Nothing has moved for five minutes: the demo stops waiting for {some(awaited)}."
        )

    def _awaited(self, undecided: set[str]) -> list[str]:
        found = [f"an outcome of {some(sorted(undecided))}"] if undecided else []
        if events := self.system.hubspot.pending_deliveries():
            found.append(f"{count(events, 'event')} that HubSpot has to send")
        # The queue is asked last: moto counts its messages one by one.
        if not found and (messages := sum(self.system.poller.depth())):
            found.append(f"{count(messages, 'message')} on the queue")
        return found

    def _wrong(self) -> list[str]:
        return self.scenario.wrong(self.system)

    def _check(self) -> None:
        self.problems += self._wrong()

    # -- showing

    def _show_failing(self) -> None:
        counts = self.system.store.counters.get(PORTAL_ID)
        codes = f" ({listed(counts.by_code)})" if counts.failing else ""
        self.screen.line(f"Failing now: {counts.failing}{codes}")

    def serve(self) -> None:
        """Keep the API up until Ctrl+C, and say what there is to open and to try."""
        system, scenario = self.system, self.scenario
        decisions = {step["number"]: step["resolution"] for step in scenario.steps("clicks")}
        records = scenario.records(system)
        calls = serving.calls(records, scenario.invoices, decisions)
        page_url = f"{self._hosting.page.url}/" if self._hosting else ""
        system.gateway.home = serving.home(calls, page_url)
        serving.show(self.screen, calls, f"{system.gateway.url}/", page_url)
        running = serving.Running(system.gateway.url, PORTAL_ID)
        try:
            running.write(serving.ADDRESS)
        except OSError as error:
            self.screen.line(
                f"make call will not find this demo: {serving.ADDRESS} cannot be written"
                f" ({error.strerror}).",
                style="yellow",
            )
        tick = self._hosting.tick if self._hosting else self._tick()
        try:
            while True:
                tick()
                running.announce(serving.ADDRESS)
        except KeyboardInterrupt:
            self.screen.line()
        finally:
            running.forget(serving.ADDRESS)

    def _tick(self) -> Callable[[], None]:
        return hosting.Meanwhile(self.system.quickbooks.deliver).tick


if __name__ == "__main__":
    sys.exit(main())
