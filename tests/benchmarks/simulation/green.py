"""The parts of `threading` and `concurrent.futures` that the product uses, for tasks in place of
threads: who waits is parked, and whoever came first goes on first."""

from __future__ import annotations

import functools
import importlib.util
import threading
from collections import deque
from collections.abc import Callable
from concurrent import futures
from types import SimpleNamespace
from typing import Any, Self

from tests.benchmarks.simulation.scheduler import Task, current, here


class Semaphore:
    def __init__(self, value: int = 1) -> None:
        self._value = value
        self._waiting: deque[Task] = deque()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        if self._value:
            self._value -= 1
            return True
        if not blocking:
            return False
        task = here()
        self._waiting.append(task)
        if task.scheduler.park(None if timeout is None or timeout < 0 else timeout):
            return True
        self._waiting.remove(task)
        return False

    def release(self, n: int = 1) -> None:
        for _ in range(n):
            while self._waiting:
                task = self._waiting.popleft()
                if task.scheduler.wake(task):
                    break
            else:
                self._value += 1

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self._most = value

    def release(self, n: int = 1) -> None:
        super().release(n)
        if self._value > self._most:
            raise ValueError("released more often than acquired")


class Lock(BoundedSemaphore):
    def __init__(self) -> None:
        super().__init__(1)

    def locked(self) -> bool:
        return not self._value


class RLock:
    def __init__(self) -> None:
        self._lock, self._depth = Lock(), 0
        self._owner: Task | None = None

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        task = current()
        if self._depth and self._owner is task:
            self._depth += 1
            return True
        if not self._lock.acquire(blocking, timeout):
            return False
        self._owner, self._depth = task, 1
        return True

    def release(self) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
            self._lock.release()

    __enter__ = acquire

    def __exit__(self, *_: object) -> None:
        self.release()


class Condition:
    def __init__(self, lock: Any = None) -> None:
        self._lock = lock or RLock()
        self._waiting: deque[Task] = deque()
        self.acquire, self.release = self._lock.acquire, self._lock.release

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def wait(self, timeout: float | None = None) -> bool:
        task = here()
        self._waiting.append(task)
        # Those who wait hold the lock once.
        self.release()
        woken = task.scheduler.park(timeout)
        if not woken and task in self._waiting:
            self._waiting.remove(task)
        self.acquire()
        return woken

    def wait_for(self, predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        scheduler = here().scheduler
        ends = None if timeout is None else scheduler.seconds() + timeout
        while not predicate():
            left = None if ends is None else ends - scheduler.seconds()
            if left is not None and left <= 0:
                return predicate()
            self.wait(left)
        return True

    def notify(self, n: int = 1) -> None:
        for _ in range(min(n, len(self._waiting))):
            task = self._waiting.popleft()
            task.scheduler.wake(task)

    def notify_all(self) -> None:
        self.notify(len(self._waiting))


class Event:
    def __init__(self) -> None:
        self._is_set, self._changed = False, Condition(Lock())

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        with self._changed:
            self._is_set = True
            self._changed.notify_all()

    def clear(self) -> None:
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        with self._changed:
            return self._is_set or self._changed.wait_for(self.is_set, timeout)


class Local:
    """Values of each task apart; `kind` has the values at first."""

    _outside: dict[Any, dict[str, Any]] = {}

    def __init__(self, kind: type = object) -> None:
        object.__setattr__(self, "_kind", kind)

    def _values(self) -> dict[str, Any]:
        task = current()
        return (task.locals if task else self._outside).setdefault(self, {})

    def __getattr__(self, name: str) -> Any:
        values = self._values()
        return values[name] if name in values else getattr(self._kind, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._values()[name] = value


def _futures() -> Any:
    """Return another copy of the standard library's futures, which park tasks."""
    found = importlib.util.find_spec("concurrent.futures._base")
    assert found
    assert found.loader
    module: Any = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    module.threading = THREADING
    return module


THREADING = SimpleNamespace(
    Lock=Lock,
    RLock=RLock,
    Condition=Condition,
    Semaphore=Semaphore,
    BoundedSemaphore=BoundedSemaphore,
    Event=Event,
    local=Local,
    get_ident=lambda: id(current()),
)
FUTURES = _futures()


class ThreadPoolExecutor(futures.Executor):
    """At most so many tasks at once, of the process that submits."""

    def __init__(self, max_workers: int = 8, *_: Any, **__: Any) -> None:
        self._free = max_workers
        self._waiting: deque[tuple[Any, Callable[[], Any]]] = deque()

    def submit(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        future = FUTURES.Future()
        self._waiting.append((future, lambda: call(*args, **named)))
        if self._free:
            self._free -= 1
            task = here()
            task.scheduler.spawn(task.process, self._work)
        return future

    def _work(self) -> None:
        while self._waiting:
            future, call = self._waiting.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except Exception as error:
                future.set_exception(error)
            else:
                future.set_result(result)
        self._free += 1

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """All callers wait for their futures."""


def green(value: Any) -> Any:
    """Return what takes the place of a value of a module: itself when it waits for no thread."""
    if isinstance(value, threading.local):
        return Local(type(value))
    if type(value) is _LRU and not value.__wrapped__.__code__.co_argcount:
        return PerProcess(value.__wrapped__)
    try:
        return _GREEN.get(value, value)
    except TypeError:  # not hashable
        return value


class PerProcess:
    """Takes the place of a cached function without parameters: each process has its own value."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.__wrapped__ = function
        self._outside: dict[Any, Any] = {}

    def _kept(self) -> dict[Any, Any]:
        task = current()
        return task.process.kept if task else self._outside

    def __call__(self) -> Any:
        kept = self._kept()
        if self not in kept:
            kept[self] = self.__wrapped__()
        return kept[self]

    def cache_clear(self) -> None:
        self._kept().pop(self, None)


_LRU = functools._lru_cache_wrapper
_GREEN: dict[Any, Any] = {
    threading: THREADING,
    **{getattr(threading, name): getattr(THREADING, name) for name in vars(THREADING)},
    futures.ThreadPoolExecutor: ThreadPoolExecutor,
    futures.Future: FUTURES.Future,
    futures.wait: FUTURES.wait,
    futures.as_completed: FUTURES.as_completed,
}
