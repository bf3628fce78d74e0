"""What changed in QuickBooks since a moment: its change log, and queries where the log ends.

Source: Intuit's page "Change data capture operation": 30 days back, 1,000 objects in one answer
for all entities together, no pages. One record that QuickBooks cannot read back spoils the whole
answer (intuit/QuickBooks-V3-Java-SDK issue 47): then the entities are read one by one, and an
entity that is refused again is read with queries, over ever shorter times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from invoice_sync.errors import FaultError, UnavailableError
from invoice_sync.quickbooks import query
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.quickbooks.isolate import Found, Rows, fault_of_one
from invoice_sync.runtime.parallel import together

_LOG_REACHES = timedelta(days=30)
_MAX_OBJECTS = 1000
# The log is asked for a little less than 30 days: Intuit's clock may be ahead of ours.
_MARGIN = timedelta(hours=1)
_SHORTEST_SPAN = timedelta(minutes=1)
# Times have whole seconds.
_SECOND = timedelta(seconds=1)
# Refusals before the first answer, and in all, for one entity. Finding one second of a month takes
# 22; what is refused even more often is no single record's fault.
_MOST_AT_FIRST, _MOST_ERRORS = 25, 200


@dataclass(frozen=True)
class Unread:
    """A refusal of something that changed since a moment, and before `end`. QuickBooks does not say
    which record it is."""

    fault: FaultError
    since: datetime
    end: datetime


@dataclass
class Changes:
    """What changed, by entity, and which changes could not be read."""

    rows: dict[str, Rows] = field(default_factory=dict)
    unread: dict[str, list[Unread]] = field(default_factory=dict)
    # Since when deletions are known, for entities of which not all are.
    deletions_since: dict[str, datetime] = field(default_factory=dict)


def changed_since(
    quickbooks: QuickBooks, entities: Sequence[str], moment: datetime, now: datetime
) -> Changes:
    """Return what was created, changed or deleted since a moment, by entity.

    A full answer of the change log is asked again entity by entity, and so is one that is refused.
    An entity that fills an answer by itself, or spoils it, is read with queries. These do not tell
    of deletions, so the log is asked for those, over a time short enough for one answer: see
    `deletions_since`.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    in_reach = moment >= now - _LOG_REACHES
    if in_reach:
        logged = _logged(quickbooks, entities, moment)
        if isinstance(logged, dict):
            return Changes(logged)
    changes = Changes()
    alone = together(
        *(partial(_logged, quickbooks, [each], moment) for each in entities if in_reach)
    )
    outages = [answer for answer in alone if isinstance(answer, UnavailableError)]
    if outages and len(outages) == len(entities):
        raise outages[0]
    for answer in alone:
        changes.rows |= answer if isinstance(answer, dict) else {}
    rest = [entity for entity in entities if entity not in changes.rows]
    read = together(*(partial(_changed, quickbooks, entity, moment, now) for entity in rest))
    for entity, (rows, unread, known_since) in zip(rest, read, strict=True):
        changes.rows[entity] = rows
        if unread:
            changes.unread[entity] = unread
        if known_since > moment:
            changes.deletions_since[entity] = known_since
    return changes


def _changed(
    quickbooks: QuickBooks, entity: str, moment: datetime, now: datetime
) -> tuple[Rows, list[Unread], datetime]:
    alive, unread = _queried(quickbooks, entity, moment, now)
    gone, known_since = _deleted(quickbooks, entity, moment, now)
    return [*alive, *gone], unread, known_since


def _queried(
    quickbooks: QuickBooks, entity: str, moment: datetime, now: datetime
) -> tuple[Rows, list[Unread]]:
    """Return the rows that changed, and the refusals of those that cannot be read."""
    rows: Rows = []
    unread: list[Unread] = []
    errors, is_answered = 0, False
    start = moment.replace(microsecond=0)
    latest = now.replace(microsecond=0) + _MARGIN
    spans: list[tuple[datetime, datetime | None]] = [(start, None)]
    while spans:
        since, end = spans.pop()
        try:
            rows += quickbooks.select([query.updated_since(entity, since, end)])
            is_answered = True
        except (FaultError, UnavailableError) as error:
            fault = fault_of_one(error)
            errors += 1
            if fault is None:
                raise
            if errors > (_MOST_ERRORS if is_answered else _MOST_AT_FIRST):
                if not is_answered and isinstance(error, UnavailableError):
                    raise
                first = min(since, *(begin for begin, _ in spans), latest)
                unread.append(Unread(fault, first, latest))
                break
            end = end or latest
            seconds = (end - since) // _SECOND
            if seconds <= 1:
                found = _second(quickbooks, query.updated_since(entity, since, end), fault)
                rows += found.rows
                unread += [Unread(each, since, end) for each in found.refused.values()]
            else:
                middle = since + timedelta(seconds=seconds // 2)
                spans += [(middle, end), (since, middle)]
    return rows, unread


def _second(quickbooks: QuickBooks, statement: str, fault: FaultError) -> Found:
    """Return the changes of one second, in which many may have changed together, and the refusals
    of those that cannot be read. `fault`: the refusal of all of them."""
    try:
        return quickbooks.find_rows(statement)
    except (FaultError, UnavailableError):
        return Found(refused={"": fault})


def _logged(
    quickbooks: QuickBooks, entities: Sequence[str], moment: datetime
) -> dict[str, Rows] | FaultError | UnavailableError | None:
    """Return what the change log holds; None if it may hold more than one answer can, and an error
    that may be about one of its records."""
    try:
        rows = quickbooks.logged(entities, moment)
    except (FaultError, UnavailableError) as error:
        if fault_of_one(error) is None:
            raise
        return error
    return rows if sum(map(len, rows.values())) < _MAX_OBJECTS else None


def _deleted(
    quickbooks: QuickBooks, entity: str, moment: datetime, now: datetime
) -> tuple[Rows, datetime]:
    """Return the deletions of the longest time up to now that fits into one answer, and when that
    time begins."""
    since = max(moment, now - _LOG_REACHES + _MARGIN)
    while now - since > _SHORTEST_SPAN:
        logged = _logged(quickbooks, [entity], since)
        if isinstance(logged, dict):
            return [row for row in logged[entity] if row.get("status") == "Deleted"], since
        since += (now - since) / 2
    return [], now
