"""What scenarios share: waiting for invoices, and checking that none is missing or doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

from tests.benchmarks.row import percentile
from tests.benchmarks.simulation.scheduler import CannotMeasureError, here, sleep
from tests.benchmarks.simulation.services import MARKER
from tests.benchmarks.simulation.world import Place, World

SEED = 1
_LOOKS_EACH, _LONGEST = 0.25, 3600


def warm_up(world: World, workers: int = 2) -> None:
    """Let the workers know each place with its customers, so that what follows is not the first."""
    world.start(workers)
    for place in world.places:
        for _ in place.contacts:
            place.invoice()
    until_confirmed(world)
    world.settle()
    for place in world.places:
        place.made.clear()


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something. Raises CannotMeasureError when it does not come."""
    ends = here().scheduler.seconds() + _LONGEST
    while not condition():
        if here().scheduler.seconds() > ends:
            raise CannotMeasureError(f"{what}: not within {_LONGEST:,} virtual seconds")
        sleep(_LOOKS_EACH)


def until_confirmed(world: World, places: Iterable[Place] = ()) -> None:
    """Wait until QuickBooks has confirmed all invoices made so far."""
    confirmed = world.calls.confirmed
    for place in places or world.places:
        for invoice_id in [*place.made]:
            is_there = partial(confirmed.__contains__, (place.portal_id, invoice_id))
            until(is_there, f"invoice {invoice_id} in QuickBooks")


def seconds_taken(world: World, places: Iterable[Place] = ()) -> list[float]:
    """Return the time of each invoice from its creation in HubSpot to QuickBooks' confirmation."""
    confirmed = world.calls.confirmed
    return [
        confirmed[place.portal_id, invoice_id] - made
        for place in places or world.places
        for invoice_id, made in place.made.items()
    ]


def spread(seconds: list[float]) -> str:
    """Return the median and the longest in words."""
    return f"p50 {percentile(seconds, 0.5):.1f}, longest {max(seconds):.1f} s"


def check_once(world: World, places: Iterable[Place] = ()) -> None:
    """Raises CannotMeasureError unless QuickBooks has each invoice made once."""
    for place in places or world.places:
        notes = (invoice.get("PrivateNote", "") for invoice in place.realm.invoices)
        found = Counter(match[1] for note in notes if (match := MARKER.search(note)))
        wrong = [one for one in place.made if found[one] != 1]
        if wrong:
            raise CannotMeasureError(
                f"{len(wrong)} of {len(place.made)} invoices are not in QuickBooks once: {wrong[0]}"
            )


class Failing:
    """The most invoices that were shown as failing at any time, of all places."""

    def __init__(self, world: World) -> None:
        self._world, self.most = world, 0
        world.go(self._watch)

    def _watch(self) -> None:
        while True:
            counters = self._world.own.store.counters
            shown = [counters.get(place.portal_id).failing for place in self._world.places]
            self.most = max(self.most, sum(shown))
            sleep(5)
