"""The boundary around the hints of one portal: whatever surprises the code ends there, and portals
do not wait for each other.

Trouble that may pass gives these hints back. Any other error is a bug: the hints are worked off
again in halves, until only the hint that meets the bug is left. All others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from invoice_sync.errors import ConfigurationError, QueueRefusedError, ServiceError
from invoice_sync.hints import Hint, Queue
from invoice_sync.runtime import aws, metrics
from invoice_sync.runtime.isolate import halves
from invoice_sync.runtime.log import Log, described
from invoice_sync.runtime.parallel import AT_ONCE, together
from invoice_sync.sync.trouble import try_later

# After so long an owner begins no further part. The rest goes back to the queue, and the worker is
# soon free for other portals: there are only a few workers.
_LONG_TURN = timedelta(seconds=5)


@dataclass(frozen=True)
class Part:
    """Hints of one portal, or of one realm, that are worked off together."""

    # For the log.
    owner: str
    hints: Sequence[Hint]
    # Works them off, and begins nothing after the moment that it gets. Returns those to be tried
    # again, each with the seconds to wait at least.
    run: Callable[[Sequence[Hint], datetime | None], dict[Hint, float]]
    # Shows the bug that a single hint has met to people. Returns whether the hint is to
    # be tried again all the same, on its way into the dead-letter queue.
    show: Callable[[Hint, Exception], bool] = lambda _hint, _error: True


@dataclass
class _Turn:
    """What came of the parts of one owner."""

    again: dict[Hint, float] = field(default_factory=dict)
    # The parts that met a bug.
    broken: list[Part] = field(default_factory=list)


class Boundary:
    def __init__(self, queue: Queue, clock: Callable[[], datetime], log: Log) -> None:
        self._queue, self._clock, self._log = queue, clock, log

    def work_off(self, parts: Iterable[Part], until: datetime | None = None) -> dict[Hint, float]:
        """Work the parts off, those of different owners side by side and those of one in their
        order. Nothing is begun after `until`, and each owner gets its share of the time: a slow
        portal must not take that of the others.

        Returns the hints to be tried again, each with the seconds to wait at least. Never raises.
        """
        by_owner: dict[str, list[Part]] = {}
        for part in parts:
            by_owner.setdefault(part.owner, []).append(part)
        turns: list[_Turn] = together(
            *(
                partial(self._take_turn, own, len(by_owner) - number, until)
                for number, own in enumerate(by_owner.values())
            )
        )
        again = {hint: seconds for turn in turns for hint, seconds in turn.again.items()}
        # What met a bug waits until each portal has had its turn.
        narrowed: list[dict[Hint, float]] = together(
            *(partial(self._narrow_down, turn.broken, until) for turn in turns if turn.broken)
        )
        for each in narrowed:
            again |= each
        return again

    def _take_turn(self, parts: Sequence[Part], waiting: int, until: datetime | None) -> _Turn:
        """Work the parts of one owner off. `waiting`: how many owners have not begun yet, with
        this one."""
        turn, began = _Turn(), self._clock()
        ends = _share(began, until, waiting / AT_ONCE)
        for number, part in enumerate(parts):
            now = self._clock()
            is_long = number > 0 and now - began >= _LONG_TURN
            if ends and (now >= ends or is_long):
                turn.again |= self._given_back(part)
                continue
            try:
                turn.again |= part.run(part.hints, _share(now, ends, len(parts) - number))
            except Exception as error:
                turn.again |= self._after(error, part, turn.broken)
        return turn

    def _narrow_down(self, broken: list[Part], until: datetime | None) -> dict[Hint, float]:
        """Work off what met a bug, in ever smaller parts."""
        again: dict[Hint, float] = {}
        while broken:
            left, now = len(broken), self._clock()
            part = broken.pop()
            if until and now >= until:
                # Hints among which there is a bug must come to an end some day.
                again |= dict.fromkeys(part.hints, 0.0)
                continue
            try:
                again |= part.run(part.hints, _share(now, until, left))
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


def _share(now: datetime, until: datetime | None, parts: float) -> datetime | None:
    """Return when the first of `parts` equal parts of the time that is left ends. `parts` is less
    than one where several run at once: the first then has all of the time."""
    return now + (until - now) / max(parts, 1) if until else None


def may_pass(error: Exception) -> bool:
    """Tell whether the same call may succeed later, without a correction of the code."""
    ours = ServiceError | ConfigurationError | QueueRefusedError
    return isinstance(error, ours) or aws.may_pass(error)
