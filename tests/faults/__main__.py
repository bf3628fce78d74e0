"""`make faults`: runs plans, and prints how to play each again that ended wrong."""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue

from .inside import replaced
from .kept import KEPT
from .runs import Ended, Plan, Prepared, by_chance, prepared, singles, story_of
from .stories import TOLD, world_of


@dataclass
class Tally:
    """What came of all runs so far."""

    runs: int = 0
    wrong: int = 0
    planned: int = 0
    met: int = 0
    crashes: Counter[str] = field(default_factory=Counter)

    def add(self, plan: Plan, ended: Ended) -> None:
        self.runs += 1
        self.planned += len(plan.faults)
        self.met += len(ended.met)
        self.crashes.update(ended.crashes)
        if ended.findings:
            self.wrong += 1
            print(f"\nmake faults PLAN='{plan}'", *ended.findings, sep="\n  ", flush=True)


Results = SimpleQueue[tuple[Plan, Ended] | None]


def main() -> int:
    options, started, tally = _options(), time.monotonic(), Tally()
    context = get_context("fork")
    results: Results = context.SimpleQueue()
    workers = [
        context.Process(target=_run_part, args=(options, number, results), daemon=True)
        for number in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        while result := results.get():
            tally.add(*result)
    for worker in workers:
        worker.join()
    seconds = time.monotonic() - started
    print(
        f"{tally.runs} runs in {seconds:.0f} s with {tally.met} faults ({tally.planned} were"
        f" planned): {tally.wrong} ended wrong"
    )
    if options.verbose:
        print("errors that a function ended with:", *tally.crashes.most_common(), sep="\n  ")
    return 1 if tally.wrong or any(worker.exitcode for worker in workers) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--runs", type=int, default=400, help="how many plans by chance")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--singles", type=int, default=0, help="each so manieth single fault too")
    parser.add_argument("--kept", action="store_true", help="the plans that found a fault once")
    parser.add_argument("--story", default="", help="let chance choose among faults of this story")
    parser.add_argument("--only", default="", help="and of calls whose address has this text")
    parser.add_argument("--plan", help="this plan alone")
    parser.add_argument("--verbose", action="store_true", help="tell of errors that were caught")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _run_part(options: argparse.Namespace, number: int, results: Results) -> None:
    """Run the share of one of several processes: every so manieth plan."""
    gc.disable()  # a run ends before there is much to collect
    turns = itertools.count(number)
    try:
        with replaced() as network:
            for name, choices in _by_world(options).items():
                with prepared(network, name) as world:
                    for plan in (plan for choose in choices for plan in choose(world)):
                        if next(turns) % options.processes == 0:
                            results.put((plan, world.run(plan)))
    finally:
        results.put(None)


_Choice = Callable[[Prepared], Iterable[Plan]]


def _by_world(options: argparse.Namespace) -> dict[str, list[_Choice]]:
    """Return what chooses the plans to run, by their world, which is prepared once for all."""
    worlds: dict[str, list[_Choice]] = {}

    def add(story: str, choose: _Choice) -> None:
        worlds.setdefault(world_of(story), []).append(choose)

    for plan in map(Plan.parse, [options.plan] if options.plan else KEPT if options.kept else ()):
        add(plan.story, partial(_given, plan))
    if options.plan:
        return worlds
    for story in TOLD if options.singles else ():
        add(story, partial(_some_singles, story, options.singles))
    for seed in range(options.seed, options.seed + options.runs):
        story = options.story or story_of(seed)
        add(story, partial(_one_by_chance, seed, story, options.only))
    return worlds


def _given(plan: Plan, _: Prepared) -> list[Plan]:
    return [plan]


def _one_by_chance(seed: int, story: str, only: str, world: Prepared) -> list[Plan]:
    return [by_chance(world, seed, story, only)]


def _some_singles(story: str, stride: int, world: Prepared) -> Iterator[Plan]:
    yield Plan(story)
    yield from itertools.islice(singles(world, story), 0, None, stride)


if __name__ == "__main__":
    sys.exit(main())
