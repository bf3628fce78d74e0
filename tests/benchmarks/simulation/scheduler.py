"""Tasks that run side by side in virtual time, one at a time and in the same order in every run."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent, greenlet

_MICROSECOND = 1_000_000


class CannotMeasureError(Exception):
    """The simulation says nothing: with the sentence why."""


class Killed(BaseException):
    """The process of a task was ended in this very moment: nothing catches it."""


@dataclass(eq=False)
class Process:
    """What a Lambda instance is: its tasks share what is kept for the life of a process."""

    name: str
    is_dead: bool = False
    kept: dict[Any, Any] = field(default_factory=dict)


class Task:
    """One thread of a process."""

    def __init__(self, scheduler: Scheduler, process: Process, call: Callable[[], object]) -> None:
        self.scheduler, self.process = scheduler, process
        # Of `threading.local`, by its object.
        self.locals: dict[Any, dict[str, Any]] = {}
        # Marks what the task waits for; None: it runs, or is about to.
        self.waits_for: object | None = None
        self.error: BaseException | None = None
        self._call = call
        self.greenlet = greenlet(self._run, parent=scheduler.hub)
        self.greenlet.task = self

    def _run(self, _woken: bool) -> None:
        try:
            if not self.process.is_dead:
                self._call()
        except Killed:
            pass
        except BaseException as error:
            self.error = error


class Scheduler:
    """Time in microseconds, and the tasks. `moved` is told how far the clock jumps."""

    def __init__(self, moved: Callable[[int], None] = lambda _: None) -> None:
        self.hub = getcurrent()
        self.now = 0
        self._moved = moved
        self._ready: deque[tuple[Task, bool]] = deque()
        self._timers: list[tuple[int, int, Task, object]] = []
        self._numbers = itertools.count()
        self._is_closed = False

    # -- for those outside

    def run(self, call: Callable[[], Any], *, horizon: float = 1e6) -> Any:
        """Return what `call` returns, once it and nothing else has to end. Raises its error, that
        of any other task, and CannotMeasureError when nothing can go on or time is up."""
        results: list[Any] = []
        main = self.spawn(Process("main"), lambda: results.append(call()))
        while not main.greenlet.dead:
            task, woken = self._next(horizon)
            task.greenlet.switch(woken)
            if task.error:
                raise task.error
        return results[0]

    def close(self) -> None:
        """End all tasks where they stand."""
        self._is_closed = True
        for _, _, task, mark in self._timers:
            if task.waits_for is mark:
                self._end(task)
        for task, _ in self._ready:
            self._end(task)

    def _end(self, task: Task) -> None:
        task.process.is_dead = True
        if not task.greenlet.dead:
            task.greenlet.switch(False)

    def _next(self, horizon: float) -> tuple[Task, bool]:
        while not self._ready:
            if not self._timers:
                raise CannotMeasureError("all tasks wait for each other")
            at, _, task, mark = heapq.heappop(self._timers)
            if task.waits_for is not mark:
                continue
            if at > horizon * _MICROSECOND:
                raise CannotMeasureError(f"it did not end within {horizon:,.0f} virtual seconds")
            if at > self.now:
                self._moved(at - self.now)
                self.now = at
            task.waits_for = None
            self._ready.append((task, False))
        return self._ready.popleft()

    # -- for tasks

    def spawn(self, process: Process, call: Callable[[], object]) -> Task:
        task = Task(self, process, call)
        self._ready.append((task, True))
        return task

    def park(self, seconds: float | None = None) -> bool:
        """Wait until somebody wakes this task, and return True; False after so many seconds."""
        task = current()
        if task is None or self._is_closed:
            raise Killed
        mark = task.waits_for = object()
        if seconds is not None:
            # Rounded up: who waits for less than a microsecond would else never get beyond it.
            at = self.now + max(0, math.ceil(seconds * _MICROSECOND))
            heapq.heappush(self._timers, (at, next(self._numbers), task, mark))
        woken: bool = self.hub.switch()
        if task.process.is_dead:
            raise Killed
        return woken

    def wake(self, task: Task) -> bool:
        """Let a parked task go on. Return whether it was parked."""
        if task.waits_for is None or task.process.is_dead:
            return False
        task.waits_for = None
        self._ready.append((task, True))
        return True

    def seconds(self) -> float:
        return self.now / _MICROSECOND


def current() -> Task | None:
    """Return the task that runs; None outside of tasks, where nothing may wait."""
    return getattr(getcurrent(), "task", None)


def here() -> Task:
    task = current()
    if task is None:
        raise CannotMeasureError("something waits outside of the simulation")
    return task


def sleep(seconds: float) -> None:
    """Let virtual time pass for this task."""
    here().scheduler.park(seconds)
