"""Plans, and how one is run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from . import kinds, stories
from .gate import Call, Gate
from .inside import Network, running
from .scene import Scene
from .verdict import findings, settle, summary


@dataclass(frozen=True)
class Plan:
    """What happens in a run. Its text plays it again."""

    story: int = 0
    # (address of a call, kind of its fault)
    faults: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "; ".join([f"story {self.story}", *(f"{at} = {kind}" for at, kind in self.faults)])

    @classmethod
    def parse(cls, text: str) -> Self:
        first, *rest = [part.strip() for part in text.split(";")]
        faults = [part.partition(" = ") for part in rest]
        return cls(
            story=int(first.removeprefix("story ")),
            faults=tuple((at, kind) for at, _, kind in faults),
        )


@dataclass
class Ended:
    """How a run ended."""

    findings: list[str]
    summary: dict[str, Any]
    trace: list[tuple[str, Call]] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)


class Machine:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._references: dict[int, Ended] = {}

    def reference(self, story: int) -> Ended:
        """Return how a story ends without any fault."""
        if story not in self._references:
            self._references[story] = self._play(Plan(story), None)
        return self._references[story]

    def run(self, plan: Plan) -> Ended:
        return self._play(plan, self.reference(plan.story))

    def _play(self, plan: Plan, reference: Ended | None) -> Ended:
        gate = Gate(faults={at: kinds.ALL[kind] for at, kind in plan.faults})
        with running(plan.story, gate, self._network) as own:
            scene = Scene(own, gate)
            gate.is_open = True
            stories.tell(plan.story, scene)
            gate.is_open = False
            gate.let_late_ones_happen(all_of_them=True)
            settle(scene)
            same = reference and reference.did == scene.did
            found = [*findings(scene, reference.summary if reference and same else None)]
            return Ended(found, summary(scene.flow), gate.trace, scene.did, gate.met, gate.crashes)


STORIES = 1
_STORIES_BY_CHANCE = 40


def singles(machine: Machine) -> Iterator[Plan]:
    """Yield each fault at each call of the told stories, one at a time."""
    for story in range(STORIES):
        for address, call in machine.reference(story).trace:
            for kind in kinds.fitting(call):
                yield Plan(story, ((address, kind),))


def by_chance(machine: Machine, seed: int) -> Plan:
    """Return a plan of one to three faults that follows from the seed alone."""
    chosen = random.Random(seed)  # noqa: S311
    story = chosen.randint(0, STORIES + _STORIES_BY_CHANCE)
    trace = machine.reference(story).trace
    faults = []
    for address, call in chosen.sample(trace, chosen.choice([1, 2, 2, 3])):
        faults.append((address, chosen.choice([*kinds.fitting(call)])))
    return Plan(story, tuple(faults))
