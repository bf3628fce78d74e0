"""One invoice alone: how often it is looked at, and what each kind of look calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

import sync_worker
from invoice_sync.store.records import RecordStore
from tests.benchmarks.row import Row
from tests.benchmarks.scenarios.common import SEED, check_once, warm_up
from tests.benchmarks.simulation.lambdas import BATCH, Instances, Poller
from tests.benchmarks.simulation.scheduler import sleep
from tests.benchmarks.simulation.services import LATENCIES, Network
from tests.benchmarks.simulation.world import Place, World, world

_SERVICES = {"hubspot": "HubSpot", "quickbooks": "QuickBooks", "dynamodb": "DynamoDB", "sqs": "SQS"}
# Seconds from the creation to the change, and from there to the end.
_BETWEEN = 40 * 60.0


def of_one_invoice() -> list[Row]:
    """It is created, and changed once; sweeps run, and Intuit tells of our own writes."""
    looks: list[str] = []

    def counted(store: RecordStore, portal_id: str, invoice_ids: Sequence[str], *more: Any) -> Any:
        looks.extend(invoice_ids)
        return claim(store, portal_id, invoice_ids, *more)

    claim = RecordStore.claim
    with pytest.MonkeyPatch.context() as patch, world(SEED) as running:
        patch.setattr(RecordStore, "claim", counted)

        def scenario() -> list[Row]:
            warm_up(running)
            running.watch_quickbooks()
            running.sweep_regularly()
            sleep(2 * _BETWEEN)
            place, used = running.places[0], running.own.hubspot.calls.copy()
            invoice_id = place.invoice()
            sleep(_BETWEEN)
            (line,) = place.portal.associated("invoices", invoice_id, "line_items")
            place.portal.update("line_items", line, {"price": "175"})
            sleep(_BETWEEN)
            check_once(running)
            calls = running.own.hubspot.calls - used
            searches = sum(number for name, number in calls.items() if name.endswith("/search"))
            return [
                Row(
                    "an invoice created and changed once, with sweeps and Intuit's events",
                    looks.count(invoice_id),
                    "looks",
                    4,
                    beside=f"{calls.total() - searches} HubSpot calls, and {searches} searches of"
                    " the sweeps",
                )
            ]

        rows: list[Row] = running.scheduler.run(scenario)
        return rows


@dataclass
class Used:
    """What one kind of look uses."""

    calls: Counter[str]
    units: Counter[str]
    metered: int
    # Round trips one after the other to the end, by service; "all": of any.
    in_a_row: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        calls = ", ".join(f"{name} {self.calls[each]}" for each, name in _SERVICES.items())
        rows = ", ".join(f"{name} {self.in_a_row[each]:.0f}" for each, name in _SERVICES.items())
        return (
            f"calls: {calls}; {self.metered} metered reads; units: {self.units['writes']:g}"
            f" written, {self.units['reads']:g} read; in a row:"
            f" {self.in_a_row['all']:.0f}, of them {rows}"
        )


def kinds() -> list[Row]:
    used = _measured(dict.fromkeys(LATENCIES, 0.0))
    for service in (*_SERVICES, "all"):
        counted = [
            name
            for name in ("hubspot", "quickbooks", "dynamodb", "transaction", "sqs")
            if service in ("all", name) or (service, name) == ("dynamodb", "transaction")
        ]
        latencies = {name: float(name in counted) for name in LATENCIES}
        for kind, found in _measured(latencies).items():
            used[kind].in_a_row[service] = found.in_a_row["seconds"]
    return [row for kind, goals in _GOALS.items() for row in _rows(kind, used[kind], goals)]


# By kind of look, the most calls of HubSpot, and round trips one after the other of a service; 0:
# the round trips are no matter.
_GOALS: dict[str, tuple[int, str, int]] = {
    "first invoice of a portal": (12, "hubspot", 7),
    "created, customer and item known": (5, "hubspot", 4),
    "price of a line changed": (5, "hubspot", 4),
    "nothing changed": (4, "hubspot", 3),
    "sync-status": (0, "dynamodb", 1),
    "a click, shown before": (10, "hubspot", 0),
    "a click": (10, "hubspot", 0),
}


def _rows(kind: str, used: Used, goals: tuple[int, str, int]) -> list[Row]:
    calls, service, in_a_row = goals
    rows = [Row(f"look: {kind}", used.calls["hubspot"], "HubSpot calls", calls, beside=str(used))]
    if in_a_row:
        unit = f"{_SERVICES[service]} round trips in a row"
        rows.append(Row(f"look: {kind}", round(used.in_a_row[service]), unit, in_a_row))
    return rows


def _measured(latencies: dict[str, float]) -> dict[str, Used]:
    with world(SEED, network=Network(SEED, latencies, sigma=0)) as running:
        running.own.quickbooks.switches.latency_seconds = 1.0

        def scenario() -> dict[str, Used]:
            place, worker = running.places[0], _Alone(running)
            used = {"first invoice of a portal": worker.measured(place.invoice)}
            known = "created, customer and item known"
            used[known] = worker.measured(place.invoice)
            invoice_id = [*place.made][-1]
            (line,) = place.portal.associated("invoices", invoice_id, "line_items")
            used["price of a line changed"] = worker.measured(
                lambda: place.portal.update("line_items", line, {"price": "175"})
            )
            # A property that we read, and that changes nothing in QuickBooks.
            used["nothing changed"] = worker.measured(
                lambda: place.portal.update("line_items", line, {"hs_position_on_quote": "3"})
            )
            status = f"/v1/invoices/{invoice_id}/sync-status"
            used["sync-status"] = worker.clicked(lambda: place.api("GET", status))
            used |= worker.resolved(place)
            return used

        used: dict[str, Used] = running.scheduler.run(scenario)
        return used


class _Alone:
    """One warm worker that gets what a single change puts on the queue, and nothing else."""

    def __init__(self, running: World) -> None:
        sqs, url = running.own.aws.client("sqs"), running.own.aws.environment["QUEUE_URL"]
        self._poller = Poller(sqs, url, running.arrivals, running.network, Instances(sync_worker))
        self._instance = self._poller.worker.start()
        self._running = running

    def measured(self, change: Callable[[], object]) -> Used:
        # HubSpot's and QuickBooks' limits count from anew, and the second of our write is over.
        sleep(70)
        change()
        self._running.own.hubspot.deliver()
        return self._used(self._work)

    def _work(self) -> None:
        while messages := self._poller.receive(BATCH):
            self._poller.work_off(self._instance, messages)

    def clicked(self, click: Callable[[], object]) -> Used:
        sleep(70)
        click()  # the function is warm then
        return self._used(click)

    def resolved(self, place: Place) -> dict[str, Used]:
        """Decide who the customer of a failing invoice is."""
        stranger = {"email": "jo@acme.example", "company": "Acme"}
        customer = place.realm.add_customer("Acme Ltd", "x@else.example")
        invoice_id = place.invoice(contact_id=place.portal.create("contacts", stranger))
        self._running.own.hubspot.deliver()
        self._work()
        click = {"resolution": "use_customer", "customerId": customer["Id"]}

        def resolve(**more: Any) -> None:
            place.api("POST", f"/v1/invoices/{invoice_id}/resolve", {**click, **more})

        shown = self.clicked(lambda: resolve(preview=True))
        sleep(70)
        return {"a click, shown before": shown, "a click": self._used(resolve)}

    def _used(self, do: Callable[[], object]) -> Used:
        running = self._running
        calls, begun = running.calls, running.now
        before = calls.made.copy(), calls.units.copy(), self._metered()
        do()
        seconds = {"seconds": running.now - begun}
        metered = self._metered() - before[2]
        return Used(calls.made - before[0], calls.units - before[1], metered, seconds)

    def _metered(self) -> int:
        running = self._running
        return running.own.quickbooks.metered_reads(running.places[0].realm_id)
