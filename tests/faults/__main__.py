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
from .stories import TOLD


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
        context.Process(target=_run_part, args=(options, number, results))
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
            for story, choose in _chosen(options).items():
                with prepared(network, story) as world:
                    for plan in choose(world):
                        if next(turns) % options.processes == 0:
                            results.put((plan, world.run(plan)))
    finally:
        results.put(None)


_Choice = Callable[[Prepared], Iterable[Plan]]


def _chosen(options: argparse.Namespace) -> dict[str, _Choice]:
    """Return the plans to run, by story: its world is prepared once for all of them."""
    texts = [options.plan] if options.plan else KEPT if options.kept else ()
    given: dict[str, list[Plan]] = {}
    for plan in map(Plan.parse, texts):
        given.setdefault(plan.story, []).append(plan)
    seeds: dict[str, list[int]] = {}
    for seed in () if options.plan else range(options.seed, options.seed + options.runs):
        seeds.setdefault(story_of(seed), []).append(seed)
    stories = {*given, *seeds, *(TOLD if options.singles else ())}

    def choose(story: str, world: Prepared) -> Iterator[Plan]:
        yield Plan(story)
        yield from given.get(story, ())
        if options.singles and story in TOLD:
            yield from itertools.islice(singles(world, story), 0, None, options.singles)
        yield from (by_chance(world, seed) for seed in seeds.get(story, ()))

    return {story: partial(choose, story) for story in sorted(stories)}


if __name__ == "__main__":
    sys.exit(main())
