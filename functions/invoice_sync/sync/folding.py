"""Several hints of one invoice are one look. Pure.

Of hints that are folded into one, the one that makes the worker do most stands for all. When the
look is to be tried again, so many of their messages come again that nothing is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from invoice_sync.hints import Hint

# A message's hint, and that of the invoice which it makes us look at.
Targets = list[tuple[Hint, Hint]]
# The type and the id of the object that a hint is about.
_Object = tuple[str, str]
# Hints of these no longer lead to an invoice once it is synced.
_LEAD_NOWHERE_LATER = ("contacts", "companies")


def folded(hints: Iterable[Hint]) -> dict[str, dict[_Object, Hint]]:
    """Return one hint for each object, by portal. Of several, the one that makes the worker do
    most; a backfill then asks for a look at QuickBooks if another one did. It gives way to others
    only if all of them did."""
    by_portal: dict[str, dict[_Object, Hint]] = {}
    for hint in hints:
        hints_of_portal = by_portal.setdefault(hint.portal_id, {})
        first = hints_of_portal.setdefault(_object(hint), hint)
        weightiest = max(first, hint, key=_fullness)
        if weightiest.trigger == "backfill":
            weightiest = replace(weightiest, realm_id=first.realm_id or hint.realm_id)
        bulk = first.bulk and hint.bulk
        hints_of_portal[_object(hint)] = replace(weightiest, bulk=bulk)
    return by_portal


def kept(
    targets: Targets,
    by_portal: Mapping[str, Mapping[_Object, Hint]],
    tried_again: Mapping[Hint, float],
) -> dict[Hint, float]:
    """Return the messages that come again for the invoices to be tried again, each with the seconds
    to wait at least. `by_portal`: the targets as `folded` returns them.

    Of the hints that were folded into one, these come again: the one that makes the worker do most,
    and one that asks for a look at QuickBooks. What QuickBooks told may turn out to be our own
    write by then, so one of HubSpot's comes beside it.
    """
    messages: dict[Hint, Targets] = {}
    for message, target in targets:
        first = by_portal[target.portal_id][_object(target)]
        messages.setdefault(first, []).append((message, target))
    chosen: dict[Hint, float] = {}
    for first, seconds in tried_again.items():
        for message in _enough(first, messages[first]):
            chosen[message] = max(seconds, chosen.get(message, 0.0))
    return chosen


def _enough(first: Hint, of_first: Targets) -> list[Hint]:
    told_by = (
        [each for each in of_first if not each[0].from_quickbooks],
        [each for each in of_first if each[0].from_quickbooks],
    )
    enough = [max(each, key=_surest)[0] for each in told_by if each]
    if first.realm_id and not any(message.realm_id for message in enough):
        enough.append(next(message for message, _ in of_first if message.realm_id))
    return enough


def _fullness(hint: Hint) -> tuple[int, bool, float]:
    """How much a hint makes the worker do. Of changes that have versions, the latest stands for
    all."""
    version = hint.occurred_at.timestamp() if hint.versioned else 0.0
    return hint.weight, not hint.versioned, version


def _surest(pair: tuple[Hint, Hint]) -> tuple[int, bool]:
    message, target = pair
    return target.weight, message.object_type not in _LEAD_NOWHERE_LATER


def _object(hint: Hint) -> _Object:
    return hint.object_type, hint.object_id
