"""The boundary around the hints of one portal: whatever surprises the code ends there.

Trouble that may pass gives these hints back. Any other error is a bug: the hints are worked off
again in halves, until only the one is left that meets it. All others go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from invoice_sync.errors import ConfigurationError, QueueRefusedError, ServiceError
from invoice_sync.hints import Hint, Queue
from invoice_sync.runtime import aws, metrics
from invoice_sync.runtime.isolate import halves
from invoice_sync.runtime.log import Log, described
from invoice_sync.sync.trouble import try_later


@dataclass(frozen=True)
class Part:
    """Hints of one portal, or of one realm, that are worked off together."""

    # For the log.
    owner: str
    hints: Sequence[Hint]
    # Works them off, and begins nothing after the moment that it gets. Returns those to be tried
    # again, each with the seconds to wait at least.
    run: Callable[[Sequence[Hint], datetime | None], dict[Hint, float]]
    # Shows the bug that a single hint has met, where people see it. Returns whether the hint is to
    # be tried again all the same, on its way into the dead-letter queue.
    show: Callable[[Hint, Exception], bool] = lambda _hint, _error: True


class Boundary:
    def __init__(self, queue: Queue, clock: Callable[[], datetime], log: Log) -> None:
        self._queue, self._clock, self._log = queue, clock, log

    def work_off(self, parts: Iterable[Part], until: datetime | None = None) -> dict[Hint, float]:
        """Work the parts off, and begin none after `until`. Each gets its share of the time: a slow
        portal must not take that of the others.

        Returns the hints to be tried again, each with the seconds to wait at least. Never raises.
        """
        again: dict[Hint, float] = {}
        # What met a bug waits until each portal has had its turn.
        whole, broken = deque(parts), list[Part]()
        while whole or broken:
            left, now = len(whole) + len(broken), self._clock()
            is_whole = bool(whole)
            part = whole.popleft() if is_whole else broken.pop()
            if until and now >= until:
                # Hints among which there is a bug must come to an end some day.
                again |= self._given_back(part) if is_whole else dict.fromkeys(part.hints, 0.0)
                continue
            try:
                again |= part.run(part.hints, now + (until - now) / left if until else None)
            except Exception as error:
                again |= self._after(error, part, broken)
        return again

    def _after(self, error: Exception, part: Part, broken: list[Part]) -> dict[Hint, float]:
        fields = {"portalId": part.owner, "hints": len(part.hints), **described(error)}
        if may_pass(error):
            self._log.warning("hints of a portal wait", extra=fields)
            return self._later(part)
        self._log.error("an error of our own", extra=fields)
        metrics.count(metrics.OWN_ERRORS)
        if len(part.hints) > 1:
            broken += [replace(part, hints=half) for half in reversed(halves(part.hints))]
            return {}
        (hint,) = part.hints
        try:
            return {hint: 0.0} if part.show(hint, error) else {}
        except Exception as also:
            fields = {"portalId": part.owner, **described(also)}
            self._log.error("an error of our own could not be shown", extra=fields)
            return {hint: 0.0}

    def _later(self, part: Part) -> dict[Hint, float]:
        now, again = self._clock(), dict[Hint, float]()
        for hint in part.hints:
            try:
                again |= try_later(self._queue, hint, 0, since=hint.received_at, now=now)
            except Exception:
                again[hint] = 0.0  # the queue itself has trouble: the message is not given up
        return again

    def _given_back(self, part: Part) -> dict[Hint, float]:
        """Put hints that have not had their turn at the end of the queue, as new messages: waiting
        brings none nearer to the dead-letter queue."""
        try:
            self._queue.send(part.hints)
        except Exception as error:
            fields = {"portalId": part.owner, **described(error)}
            self._log.warning("hints could not be given back", extra=fields)
            return dict.fromkeys(part.hints, 0.0)
        return {}


def may_pass(error: Exception) -> bool:
    """Tell whether the same call may succeed later, without a correction of the code."""
    ours = ServiceError | ConfigurationError | QueueRefusedError
    return isinstance(error, ours) or aws.may_pass(error)
