"""Plans, and how one is run."""

from __future__ import annotations

import gc
import os
import pickle
import random
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from . import kinds, stories
from .gate import Gate
from .inside import Network, running
from .scene import Scene
from .verdict import findings, settle, summary, wait
from .workers import Workers

_SHARE_OF_HABITS = 0.25
# Real seconds after which a run counts as hanging.
_LONGEST = 60


@dataclass(frozen=True)
class Plan:
    """What happens in a run. Its text plays it again."""

    story: str
    # (address of a call, kind of its fault)
    faults: tuple[tuple[str, str], ...] = ()
    # How the services are at their worst: names of `_HABITS`.
    habits: tuple[str, ...] = ()
    workers: int = 1
    # Chooses which worker goes on.
    turns: int = 0

    def __str__(self) -> str:
        several = [f"{self.workers} workers by {self.turns}"] if self.workers > 1 else []
        faults = [f"{at} = {kind}" for at, kind in self.faults]
        return "; ".join([self.story, *self.habits, *several, *faults])

    @classmethod
    def parse(cls, text: str) -> Self:
        story, *rest = [part.strip() for part in text.split(";")]
        faults = tuple(
            (at, kind) for at, is_, kind in (each.partition(" = ") for each in rest) if is_
        )
        habits = tuple(each for each in rest if each in _HABITS)
        workers, _, turns = next((each for each in rest if " workers by " in each), "1").partition(
            " workers by "
        )
        return cls(story, faults, habits, int(workers), int(turns or 0))


def _no_request_id(scene: Scene) -> None:
    scene.flow.quickbooks.switches.honour_request_id = False


def _slow_queries(scene: Scene) -> None:
    scene.flow.quickbooks.switches.query_lag_seconds = 20


def _slow_search(scene: Scene) -> None:
    scene.flow.hubspot.switches.search_lag = 20


def _everything_twice(scene: Scene) -> None:
    scene.flow.hubspot.webhooks.duplicates = scene.flow.hubspot.webhooks.shuffle = True
    scene.flow.quickbooks.webhooks.duplicates = True


_HABITS: dict[str, Callable[[Scene], None]] = {
    "no request ids": _no_request_id,
    "slow queries": _slow_queries,
    "slow search": _slow_search,
    "everything twice": _everything_twice,
}


@dataclass
class Ended:
    """How a run ended."""

    findings: list[str]
    summary: dict[str, Any] = field(default_factory=dict)
    # Each call's address, and the kinds of faults that it may meet.
    trace: list[tuple[str, list[str]]] = field(default_factory=list)
    # What people did, where it depended on what they found.
    did: list[str] = field(default_factory=list)
    # The addresses of the faults that happened.
    met: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)


class Prepared:
    """The world of a story before its faults begin. Each run has a copy of it: a fork of this
    process."""

    def __init__(self, scene: Scene, gate: Gate) -> None:
        self._scene, self._gate = scene, gate
        self._references: dict[str, Ended] = {}

    def reference(self, story: str) -> Ended:
        """Return how a story ends without any fault."""
        if story not in self._references:
            self._references[story] = self._in_copy(Plan(story))
        return self._references[story]

    def run(self, plan: Plan) -> Ended:
        self.reference(plan.story)
        return self._in_copy(plan)

    def _in_copy(self, plan: Plan) -> Ended:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            self._be_the_copy(plan, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            told = answer.read()
        os.waitpid(child, 0)
        if not told:
            return Ended([f"the run did not end in {_LONGEST} seconds"])
        ended: Ended = pickle.loads(told)  # noqa: S301 - our own
        return ended

    def _be_the_copy(self, plan: Plan, writing: int) -> None:
        signal.alarm(_LONGEST)
        try:
            ended = self._play(plan)
        except BaseException as error:
            ended = Ended(
                [f"the machine itself: {error!r}", *traceback.format_tb(error.__traceback__)[-4:]]
            )
        with os.fdopen(writing, "wb") as answer:
            pickle.dump(ended, answer)
        os._exit(0)

    def _play(self, plan: Plan) -> Ended:
        gate, scene = self._gate, self._scene
        gate.faults = {at: kinds.ALL[kind] for at, kind in plan.faults}
        for habit in plan.habits:
            _HABITS[habit](scene)
        gate.is_open = True
        if plan.workers > 1:
            scene.workers = Workers(plan.workers, plan.turns, gate)
            # Each gets a part of what there is.
            scene.flow.own.poller.batch_size = 4
        stories.tell(plan.story, scene)
        gate.is_open = False
        scene.workers = None
        gate.let_late_ones_happen(all_of_them=True)
        settle(scene)
        if plan == Plan(plan.story):
            trace = [(at, [*kinds.fitting(call)]) for at, call in gate.trace]
            return Ended([*findings(scene, None)], summary(scene.flow), trace, scene.did)
        without = self._references[plan.story]
        reference = without.summary if without.did == scene.did else None
        if [*findings(scene, reference)]:
            # What fails is looked at again every hour.
            wait(scene)
        return Ended(
            [*findings(scene, reference)], did=scene.did, met=gate.met, crashes=gate.crashes
        )


@contextmanager
def prepared(network: Network, world: str) -> Iterator[Prepared]:
    gate = Gate()
    with running(world, gate, network) as own:
        scene = Scene(own, gate)
        stories.prepare(world, scene)
        # All copies share what the first look makes, such as the API's document.
        wrong = [*findings(scene, None)]
        assert not wrong, f"before any fault: {wrong}"
        gc.collect()
        gc.freeze()
        yield Prepared(scene, gate)


def singles(world: Prepared, story: str) -> Iterator[Plan]:
    """Yield each fault at each call of a story, one at a time."""
    for address, fitting in world.reference(story).trace:
        for kind in fitting:
            yield Plan(story, ((address, kind),))


def story_of(seed: int) -> str:
    chosen = random.Random(seed)  # noqa: S311
    return chosen.choice([*stories.TOLD, *stories.TOLD, *stories.DAYS])


def by_chance(world: Prepared, seed: int, story: str = "", only: str = "") -> Plan:
    """Return a plan of one to three faults that follows from these alone. A kind of call that is
    rare is chosen as often as one that is not. `only`: a part of the addresses of all calls that
    may fail."""
    chosen, story = random.Random(f"plan {seed}"), story or story_of(seed)  # noqa: S311
    of_kind: dict[str, list[tuple[str, list[str]]]] = {}
    for address, fitting in world.reference(story).trace:
        if only in address:
            of_kind.setdefault(address.partition("#")[0], []).append((address, fitting))
    habits = tuple(name for name in _HABITS if chosen.random() < _SHARE_OF_HABITS)
    faults: dict[str, str] = {}
    for _ in range(chosen.choice([1, 2, 2, 3])):
        address, fitting = chosen.choice(of_kind[chosen.choice([*of_kind])])
        kind = chosen.choice(fitting)
        # One of the assumptions B1 and B2 holds: what is sent again after half a minute either has
        # a request id that counts, or the first has taken effect by then.
        is_too_late = kind in kinds.LATE and "no request ids" in habits
        faults[address] = "lost" if is_too_late else kind
    workers = chosen.choice([1, 1, 2, 3])
    return Plan(story, tuple(faults.items()), habits, workers, seed if workers > 1 else 0)
