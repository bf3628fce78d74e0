"""`make faults`: runs plans, and prints each that ended wrong with the command that plays it again."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue

from .inside import replaced
from .kept import KEPT
from .runs import Machine, Plan, by_chance, singles

_COLLECT_EVERY = 50


def main() -> int:
    options = _options()
    started = time.monotonic()
    context = get_context("fork")
    results: SimpleQueue[tuple[str, list[str], list[str]] | None] = context.SimpleQueue()
    workers = [
        context.Process(target=_run_part, args=(options, number, results))
        for number in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    runs, wrong, crashes = 0, 0, Counter[str]()
    living = len(workers)
    while living:
        result = results.get()
        if result is None:
            living -= 1
            continue
        plan, found, crashed = result
        runs += 1
        crashes.update(crashed)
        if found:
            wrong += 1
            _tell(plan, found)
    seconds = time.monotonic() - started
    print(f"{runs} runs in {seconds:.0f} s, {wrong} ended wrong")  # noqa: T201
    if crashes:
        print(f"errors that a function ended with: {dict(crashes.most_common())}")  # noqa: T201
    return 1 if wrong or any(worker.exitcode for worker in workers) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--runs", type=int, default=400, help="how many plans by chance")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    parser.add_argument("--singles", type=int, default=0, help="each so manieth single fault too")
    parser.add_argument("--kept", action="store_true", help="the plans that found a fault once")
    parser.add_argument("--plan", help="this plan alone")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _run_part(
    options: argparse.Namespace,
    number: int,
    results: SimpleQueue[tuple[str, list[str], list[str]] | None],
) -> None:
    gc.disable()  # the cycles of a run are few, and looking for them takes long
    try:
        with replaced() as network:
            machine = Machine(network)
            for count, plan in enumerate(_plans(options, machine)):
                if count % options.processes == number:
                    ended = machine.run(plan)
                    results.put((str(plan), ended.findings, ended.crashes))
                    if count % _COLLECT_EVERY == number:
                        gc.collect()
    finally:
        results.put(None)


def _plans(options: argparse.Namespace, machine: Machine) -> Iterator[Plan]:
    if options.plan:
        yield Plan.parse(options.plan)
        return
    if options.kept:
        yield from (Plan.parse(text) for text in KEPT)
    if options.singles:
        yield from list(singles(machine))[:: options.singles]
    for seed in range(options.seed, options.seed + options.runs):
        yield by_chance(machine, seed)


def _tell(plan: str, found: Sequence[str]) -> None:
    print(f"\nmake faults PLAN='{plan}'")  # noqa: T201
    for finding in found:
        print(f"  {finding}")  # noqa: T201
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
