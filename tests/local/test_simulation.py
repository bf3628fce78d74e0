"""Tasks in virtual time wait as threads do, and the same seed gives the same figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from infra.local.quickbooks import sales_line
from tests.benchmarks.scenarios.common import check_once, seconds_taken, until_confirmed
from tests.benchmarks.simulation import green
from tests.benchmarks.simulation.green import FUTURES, THREADING, ThreadPoolExecutor
from tests.benchmarks.simulation.scheduler import (
    CannotMeasureError,
    Process,
    Scheduler,
    here,
    sleep,
)
from tests.benchmarks.simulation.world import world


def run(scenario: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a scenario returns, and the virtual seconds that it took."""
    scheduler = Scheduler()
    try:
        return scheduler.run(scenario), scheduler.seconds()
    finally:
        scheduler.close()


def later(call: Callable[[], object], process: Process | None = None) -> None:
    task = here()
    task.scheduler.spawn(process or task.process, call)


def fail() -> None:
    raise KeyError


class TestTime:
    def test_those_who_sleep_wake_in_the_order_of_their_times(self) -> None:
        woke: list[int] = []

        def wake(seconds: int) -> None:
            sleep(seconds)
            woke.append(seconds)

        def scenario() -> None:
            for seconds in (3, 1, 2):
                later(partial(wake, seconds))
            sleep(10)

        assert run(scenario) == (None, 10)
        assert woke == [1, 2, 3]

    def test_who_waits_for_a_part_of_a_microsecond_gets_beyond_it(self) -> None:
        def scenario() -> None:
            ends = here().scheduler.seconds() + 1e-9
            while (left := ends - here().scheduler.seconds()) > 0:
                sleep(left)

        assert run(scenario) == (None, 1e-6)

    def test_a_scenario_in_which_all_wait_says_so(self) -> None:
        with pytest.raises(CannotMeasureError, match="wait for each other"):
            run(lambda: THREADING.Event().wait())

    def test_a_scenario_without_end_says_so(self) -> None:
        scheduler = Scheduler()
        with pytest.raises(CannotMeasureError, match="within 60 virtual seconds"):
            scheduler.run(lambda: sleep(61), horizon=60)
        scheduler.close()

    def test_an_error_of_any_task_ends_the_scenario(self) -> None:
        def scenario() -> None:
            later(fail)
            sleep(1)

        with pytest.raises(KeyError):
            run(scenario)


class TestThreads:
    def test_a_lock_that_is_held_across_a_sleep_holds_others_up(self) -> None:
        got = []

        def scenario() -> None:
            lock = THREADING.Lock()

            def use(name: str) -> None:
                with lock:
                    sleep(2)
                    got.append((name, here().scheduler.seconds()))

            for name in "abc":
                later(partial(use, name))
            sleep(10)
            assert not lock.locked()

        run(scenario)
        assert got == [("a", 2), ("b", 4), ("c", 6)]

    def test_its_owner_may_take_an_rlock_again(self) -> None:
        def scenario() -> bool:
            lock = THREADING.RLock()
            with lock, lock:
                taken = []
                later(lambda: taken.append(lock.acquire(timeout=1)))
                sleep(2)
            return taken == [False]

        assert run(scenario)[0]

    def test_a_pool_runs_as_many_tasks_at_once_as_it_has_threads(self) -> None:
        def scenario() -> list[int]:
            def work(number: int) -> int:
                sleep(1)
                return number

            return [*ThreadPoolExecutor(2).map(work, range(5))]

        assert run(scenario) == ([0, 1, 2, 3, 4], 3)

    def test_futures_are_waited_for_and_keep_their_error(self) -> None:
        def scenario() -> None:
            pool = ThreadPoolExecutor(2)
            futures = [pool.submit(sleep, 3), pool.submit(fail)]
            first = FUTURES.wait(futures, return_when=FUTURES.FIRST_COMPLETED)
            assert (first.done, here().scheduler.seconds()) == ({futures[1]}, 0)
            assert not FUTURES.wait(futures).not_done
            futures[1].result()

        with pytest.raises(KeyError):
            run(scenario)

    def test_a_condition_ends_its_wait_when_told_or_in_time(self) -> None:
        def scenario() -> list[bool]:
            changed, waited = THREADING.Condition(), []

            def wait(seconds: float) -> None:
                with changed:
                    waited.append(changed.wait(seconds))

            for seconds in (1, 5):
                later(partial(wait, seconds))
            sleep(2)
            with changed:
                changed.notify_all()
            sleep(1)
            return waited

        assert run(scenario) == ([False, True], 3)

    def test_each_task_has_its_own_locals_and_each_process_its_own_caches(self) -> None:
        built: list[str] = []

        def scenario() -> None:
            local = green.Local()
            local.name = "mine"
            make = green.PerProcess(lambda: built.append(here().process.name))

            def use() -> None:
                make()
                local.name = "theirs"

            for name in ("one", "one", "two"):
                later(use, processes.setdefault(name, Process(name)))
            sleep(1)
            assert local.name == "mine"

        processes: dict[str, Process] = {}
        run(scenario)
        assert built == ["one", "two"]

    def test_a_process_that_was_ended_does_nothing_more(self) -> None:
        went_on = []

        def scenario() -> None:
            process = Process("worker")

            def work() -> None:
                try:
                    sleep(5)
                    went_on.append("after")
                finally:
                    sleep(1)
                    went_on.append("finally")

            later(work, process)
            sleep(1)
            process.is_dead = True
            sleep(10)

        run(scenario)
        assert went_on == []


class TestProduct:
    def test_two_runs_take_the_same_virtual_time_and_another_seed_another(self) -> None:
        first, again, other = (_burst(seed) for seed in (3, 3, 4))
        assert first == again != other
        # The batching window, some round trips of each service, and no wait for a limit.
        assert all(1.5 < seconds < 10 for seconds in first)

    def test_an_invoice_that_is_not_in_quickbooks_once_is_told(self) -> None:
        with world(1) as running:

            def scenario() -> None:
                place = running.places[0]
                invoice_id = place.invoice()
                with pytest.raises(CannotMeasureError, match="1 of 1 invoices are not"):
                    check_once(running)
                running.start(1)
                until_confirmed(running)
                check_once(running)
                (copy,) = place.realm.invoices
                item, customer = (copy["Line"][0]["SalesItemLineDetail"]["ItemRef"], "CustomerRef")
                note = {"PrivateNote": copy["PrivateNote"]}
                line = sales_line(item["value"], "1.00")
                place.realm.add_invoice(copy[customer]["value"], [line], "X", **note)
                with pytest.raises(CannotMeasureError, match=invoice_id):
                    check_once(running)

            running.scheduler.run(scenario, horizon=100)


def _burst(seed: int) -> list[float]:
    with world(seed) as running:

        def scenario() -> list[float]:
            running.start(2)
            for _ in range(6):
                running.places[0].invoice()
            until_confirmed(running)
            return seconds_taken(running)

        seconds: list[float] = running.scheduler.run(scenario, horizon=100)
        return seconds
