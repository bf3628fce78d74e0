"""Answer the queue: messages in, the ids of those that must come again out."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from invoice_sync.hints import JOBS, Hint, Queue, from_message
from invoice_sync.runtime.log import Log

# Works hints off, and begins nothing after a moment. Returns those to be tried again, each with the
# seconds to wait at least.
Run = Callable[[Sequence[Hint], datetime | None], dict[Hint, float]]
_FIRST_PAUSE_SECONDS, _MOST_DOUBLINGS = 4, 7


def work_off(
    messages: Sequence[Mapping[str, Any]],
    *,
    sync: Run,
    jobs: Run,
    queue: Queue,
    log: Log,
    until: datetime | None = None,
) -> list[str]:
    """Work a delivery of the queue off: hints of jobs with `jobs`, all others with `sync`. After
    `until` nothing more is begun.

    Returns the ids of the messages that must come again. Each time it does, a message waits longer.
    """
    hints: dict[str, Hint] = {}
    unreadable = []
    for message in messages:
        try:
            hint = from_message(message["body"])
            # What comes again has had no good end: whatever was read since, it is looked at.
            is_new = _receives(message) == 1
            hints[message["messageId"]] = hint if is_new else replace(hint, versioned=False)
        except Exception as error:
            # Not ours: soon in the dead-letter queue, for a person to look at.
            fields = {"messageId": message["messageId"], "error": type(error).__name__}
            log.error("a message is not a hint", extra=fields)
            _postpone(queue, message, 0, log)
            unreadable.append(message["messageId"])
    steps = [hint for hint in hints.values() if hint.object_type in JOBS]
    again = sync([hint for hint in hints.values() if hint.object_type not in JOBS], until)
    again |= jobs(steps, until) if steps else {}
    postponed = []
    for message in messages:
        # Of several that say the same, one comes again.
        worked = hints.get(message["messageId"])
        seconds = again.pop(worked, None) if worked else None
        if seconds is not None:
            _postpone(queue, message, _pause(message, seconds), log)
            postponed.append(message["messageId"])
    return unreadable + postponed


def _pause(message: Mapping[str, Any], at_least: float) -> int:
    """Return the seconds before the next try, with jitter: twice as many as the time before."""
    doublings = min(_receives(message) - 1, _MOST_DOUBLINGS)
    pause: float = max(at_least, _FIRST_PAUSE_SECONDS * 2**doublings)
    return round(pause * random.uniform(1, 1.2))  # noqa: S311


def _receives(message: Mapping[str, Any]) -> int:
    return int(message["attributes"]["ApproximateReceiveCount"])


def _postpone(queue: Queue, message: Mapping[str, Any], seconds: int, log: Log) -> None:
    """Ask for a pause. It is only a wish: a message that is not postponed comes again when its
    visibility timeout ends, and must not take the rest of its batch with it."""
    try:
        queue.postpone(message["receiptHandle"], seconds)
    except (BotoCoreError, ClientError) as error:
        log.warning("a message was not postponed", extra={"why": type(error).__name__})
