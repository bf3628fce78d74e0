"""Several workers at once, of which one call at a time goes on: whose is chosen by a seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import sync_worker

from .gate import Gate, nobody_else


class Instances:
    """Takes the place of the worker's `collaborators`: each thread is a Lambda instance with its
    own."""

    def __init__(self) -> None:
        self._build: Callable[[], Any] = sync_worker.collaborators.__wrapped__
        self._built: dict[int, Any] = {}
        self.here = threading.local()

    def __call__(self) -> Any:
        number = getattr(self.here, "number", 0)
        if number not in self._built:
            self._built[number] = self._build()
        return self._built[number]

    def cache_clear(self) -> None:
        self._built.pop(getattr(self.here, "number", 0), None)


class Workers:
    """Runs a job on several threads. Before each outbound call, and in each wait, the thread that
    goes on is chosen anew."""

    def __init__(self, number: int, seed: int, gate: Gate) -> None:
        self._number, self._chosen = number, random.Random(seed)  # noqa: S311
        self._gate = gate
        self._instances: Any = sync_worker.collaborators
        self._batons: dict[int, threading.Semaphore] = {}
        self._done = threading.Semaphore(0)
        self._errors: list[BaseException] = []

    def run(self, job: Callable[[], None]) -> None:
        numbers = range(1, self._number + 1)
        self._batons = {number: threading.Semaphore(0) for number in numbers}
        self._gate.turn = self._turn
        threads = [threading.Thread(target=self._one, args=(each, job)) for each in numbers]
        for thread in threads:
            thread.start()
        self._pass_on()
        self._done.acquire()
        self._gate.turn = nobody_else
        for thread in threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _one(self, number: int, job: Callable[[], None]) -> None:
        self._instances.here.number = number
        self._batons[number].acquire()
        try:
            job()
        except BaseException as error:
            self._errors.append(error)
        del self._batons[number]
        if self._batons:
            self._pass_on()
        else:
            self._done.release()

    def _pass_on(self) -> None:
        self._batons[self._chosen.choice(sorted(self._batons))].release()

    def _turn(self) -> None:
        own = self._batons[self._instances.here.number]
        self._pass_on()
        own.acquire()
