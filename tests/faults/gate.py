"""The gate: every outbound call of the product passes here, has an address, and may meet a fault.

An address is what is called, and the how manieth of these calls it is: `quickbooks POST invoice#2`.
It stays the same when calls of another kind are added to the product.
"""

from __future__ import annotations

import re
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
from werkzeug import Request

from infra.local.memory.client import Operation, Run
from infra.local.system import LocalSystem

_IDS = re.compile(r"\d{2,}")


class Killed(BaseException):
    """Lambda ended the function in this very moment: nothing catches it, nothing comes after."""


class Call(Protocol):
    """One outbound call."""

    @property
    def service(self) -> str:
        """hubspot, quickbooks, tokens, dynamodb, sqs or secretsmanager"""

    @property
    def label(self) -> str:
        """What is called: the address without its number."""

    def run(self) -> Any:
        """Carry the call out, and return its answer. Raises the service's error."""


# What happens in place of a call: it returns an answer, or raises what a client library would.
Fault = Callable[["Gate", Any], Any]


@dataclass(frozen=True)
class HttpCall:
    service: str
    label: str
    request: httpx.Request
    answer: Callable[[], httpx.Response]

    def run(self) -> httpx.Response:
        return self.answer()


@dataclass(frozen=True)
class AwsCall:
    service: str
    label: str
    operation: Operation
    carry_out: Run

    def run(self) -> dict[str, Any]:
        return self.carry_out(self.operation.parameters)

    @property
    def is_conditional(self) -> bool:
        return "ConditionExpression" in repr(self.operation.parameters)


def nobody_else() -> None:
    """The turn of a function that runs alone."""


@dataclass
class Gate:
    """Counts the calls of one run, and lets the planned ones fail."""

    # By address.
    faults: Mapping[str, Fault] = field(default_factory=dict)
    # Whether faults happen; calls are counted all the same.
    is_open: bool = False
    # Called before each call and at each wait: others may go first.
    turn: Callable[[], None] = nobody_else
    own: LocalSystem | None = None
    # The addresses and calls so far, for plans.
    trace: list[tuple[str, Call]] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    # Errors that a function ended with, and where they came from.
    crashes: list[str] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    # What takes effect later: when, and what.
    _late: list[tuple[float, Callable[[], Any]]] = field(default_factory=list)
    # Marks the thread whose function was killed.
    _thread: threading.local = field(default_factory=threading.local)

    def pass_through(self, call: Call) -> Any:
        self.check_alive()
        self.turn()
        self.check_alive()
        self.let_late_ones_happen()
        if not self.is_open:
            return call.run()
        self._counts[call.label] += 1
        address = f"{call.label}#{self._counts[call.label]}"
        self.trace.append((address, call))
        fault = self.faults.get(address)
        if fault is None:
            return call.run()
        self.met.append(address)
        return fault(self, call)

    def note_crash(self, error: BaseException | None) -> None:
        ours = [
            f"{Path(frame.filename).name}:{frame.lineno}"
            for frame in traceback.extract_tb(error.__traceback__ if error else None)
            if "/functions/" in frame.filename
        ]
        self.crashes.append(f"{type(error).__name__} at {(ours or ['?'])[-1]}")

    # -- killed functions

    def kill(self) -> Killed:
        self._thread.killed = True
        return Killed()

    def check_alive(self) -> None:
        """Calls in the `finally` of a killed function do not happen."""
        if getattr(self._thread, "killed", False):
            raise Killed

    def revive(self) -> None:
        """Let the next function of this thread live."""
        self._thread.killed = False

    # -- time

    def take_turn(self) -> None:
        self.turn()

    def now(self) -> float:
        assert self.own
        return self.own.clock.now().timestamp()

    def pass_time(self, seconds: float) -> None:
        assert self.own
        self.own.clock.advance(seconds)

    def later(self, seconds: float, effect: Callable[[], Any]) -> None:
        self._late.append((self.now() + seconds, effect))

    def let_late_ones_happen(self, *, all_of_them: bool = False) -> None:
        if not self._late:
            return
        now = float("inf") if all_of_them else self.now()
        due = [effect for at, effect in self._late if at <= now]
        self._late = [(at, effect) for at, effect in self._late if at > now]
        for effect in due:
            effect()


def http_call(
    service: str, request: httpx.Request, answer: Callable[[], httpx.Response]
) -> HttpCall:
    path = request.url.path
    if "/token" in path:
        return HttpCall("tokens", f"tokens {service}", request, answer)
    resource = path.partition("/v3/company/")[2].partition("/")[2] or path
    operation = request.url.params.get("operation")
    what = f"{_IDS.sub('N', resource)}{f' {operation}' if operation else ''}"
    return HttpCall(service, f"{service} {request.method} {what}", request, answer)


def aws_call(operation: Operation, run: Run) -> AwsCall:
    return AwsCall(operation.service, f"{operation.service} {operation.name}", operation, run)


Serve = Callable[[Request], httpx.Response]
