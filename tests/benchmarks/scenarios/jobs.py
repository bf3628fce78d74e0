"""Live invoices while many others wait: a backfill, and a retry of many."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.row import Row, percentile
from tests.benchmarks.scenarios.arrivals import refusals
from tests.benchmarks.scenarios.common import (
    SEED,
    check_once,
    seconds_taken,
    spread,
    until,
    until_confirmed,
    warm_up,
)
from tests.benchmarks.simulation.scheduler import sleep
from tests.benchmarks.simulation.world import Place, World, world

_MANY = 1200
_LIVE_EVERY = 7.0
# What the backfill asks for; the others are dated today.
_DAY = "2026-02-10"
_PERIOD = "/v1/backfill?from=2026-02-01&to=2026-02-28"
_STRANGER = "who@else.example"


def live_during_backfill() -> list[Row]:
    with world(SEED, customers=5) as running:

        def scenario() -> list[Row]:
            warm_up(running)
            place = running.places[0]
            for _ in range(_MANY):
                place.invoice(hs_invoice_date=_DAY, hs_due_date="2026-03-09")
            # They were made before the app was installed.
            running.own.hubspot.webhooks.discard()
            body = {"from": "2026-02-01", "to": "2026-02-28"}
            place.api("POST", "/v1/backfill", body)
            until(lambda: place.api("GET", _PERIOD)["state"] == "planned", "a planned backfill")
            return _with_live(
                running,
                "backfill",
                lambda: place.api("POST", "/v1/backfill", {**body, "run": True}),
            )

        rows: list[Row] = running.scheduler.run(scenario)
        return rows


def live_during_retry() -> list[Row]:
    with world(SEED, customers=5) as running:

        def scenario() -> list[Row]:
            warm_up(running)
            place = running.places[0]
            contact_id = place.portal.create("contacts", {"email": _STRANGER})
            for _ in range(_MANY):
                place.invoice(contact_id=contact_id)
            until(lambda: _failing(running, place) == _MANY, "all failing")
            # Nothing else may look at them any more.
            running.settle()
            place.realm.add_customer("Else", _STRANGER)
            return _with_live(running, "retry", lambda: place.api("POST", "/v1/failures/retry"))

        rows: list[Row] = running.scheduler.run(scenario)
        return rows


def _failing(running: World, place: Place) -> int:
    failing: int = running.own.store.counters.get(place.portal_id).failing
    return failing


def _with_live(running: World, name: str, begin: Callable[[], object]) -> list[Row]:
    """Begin a job, and make a live invoice every few seconds until it has made all of its own."""
    place, confirmed = running.places[0], running.calls.confirmed
    many = [*place.made]
    begun = running.now
    begin()
    place.made.clear()
    while not all((place.portal_id, one) in confirmed for one in many):
        place.invoice()
        sleep(_LIVE_EVERY)
    until_confirmed(running)
    check_once(running)
    seconds, taken = seconds_taken(running), max(confirmed[place.portal_id, one] for one in many)
    return [
        Row(
            f"live invoice during a {name} of {_MANY:,}: p99",
            percentile(seconds, 0.99),
            "s",
            15,
            beside=f"{spread(seconds)}; the {name} took {taken - begun:.0f} s; {refusals(running)}",
        )
    ]
