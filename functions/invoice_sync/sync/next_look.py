"""When an invoice in trouble is looked at again, and by which message. Pure.

However many hints of one invoice come while the trouble lasts, one message is under way: the record
says which. So an outage of hours leaves as many messages as there are invoices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from invoice_sync.hints import Hint
from invoice_sync.model.record import NextLook, Record
from invoice_sync.sync.batch import Result, Task, Trouble
from invoice_sync.sync.outcomes import trouble_of
from invoice_sync.sync.trouble import LASTING, SECONDS_WHILE_LASTING

# By our clock a message may come a little early. It must not be taken for another message.
_TOLERANCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Sending:
    """A new message. `delay`: in seconds."""

    hint: Hint
    delay: int


@dataclass(frozen=True)
class Then:
    """What follows a look. `again`: the seconds until the same message comes again."""

    again: Mapping[Hint, float] = field(default_factory=dict)
    sendings: Sequence[Sending] = ()
    # What the record says of the message that is under way.
    next_look: NextLook | None = None


def after_look(result: Result, after: Record, now: datetime) -> Then:
    """Return what follows a look that leaves the record like this."""
    trouble, task = trouble_of(result.outcome), result.task
    if trouble is None:
        return Then()
    under_way = task.before.next_look
    if trouble.out_of_time:
        # At the end of the queue, as a new message: no nearer to the dead-letter queue.
        return Then(sendings=[Sending(task.hint, 0)], next_look=under_way)
    if now - (after.pending_since or now) < LASTING:
        return _soon(task, trouble, under_way)
    if under_way and _covers(under_way, task.hint, now):
        return Then(next_look=under_way)
    at = now + timedelta(seconds=SECONDS_WHILE_LASTING)
    return Then(
        sendings=[Sending(task.hint, SECONDS_WHILE_LASTING)],
        next_look=NextLook(at=at, weight=task.hint.weight, reads=_reads(task.hint)),
    )


def _soon(task: Task, trouble: Trouble, under_way: NextLook | None) -> Then:
    if not task.has_joined:
        return Then(again={task.hint: trouble.seconds}, next_look=under_way)
    if task.before.pending_since:
        # It was in trouble before this look, so it has a message of its own.
        return Then(next_look=under_way)
    return Then(sendings=[Sending(task.hint, math.ceil(trouble.seconds))], next_look=under_way)


def _covers(under_way: NextLook, hint: Hint, now: datetime) -> bool:
    """Tell whether the message that is under way does all that the hint asks for."""
    is_waiting = under_way.at - now > _TOLERANCE
    return is_waiting and under_way.weight >= hint.weight and under_way.reads >= _reads(hint)


def _reads(hint: Hint) -> bool:
    return bool(hint.realm_id) or hint.trigger == "retry"
