"""Several workers at once, of which one call at a time goes on: whose is chosen by a seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import sync_worker

from .gate import Gate, nobody_else

_SHARE_OF_CHANGES = 0.03


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
    """Runs a job on several threads. Before each outbound call, and in each wait, it is chosen anew
    which thread goes on: any, or by half of the seeds mostly the one that went on before, so that
    one stands still in the middle while another does all there is to do."""

    def __init__(self, number: int, seed: int, gate: Gate) -> None:
        self._number, self._chosen = number, random.Random(seed)  # noqa: S311
        self._order = self._chosen.sample(range(1, number + 1), number)
        self._is_steady = self._chosen.random() < 0.5
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
        if self._is_steady:
            if self._chosen.random() < _SHARE_OF_CHANGES:
                self._order.append(self._order.pop(0))
            number = next(each for each in self._order if each in self._batons)
        else:
            number = self._chosen.choice(sorted(self._batons))
        self._batons[number].release()

    def _turn(self) -> None:
        own = self._batons[self._instances.here.number]
        self._pass_on()
        own.acquire()
