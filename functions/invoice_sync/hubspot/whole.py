"""One record with the ids of its associated records, as a single read returns it.

Sources: guide "Using object APIs"; changelog "Announcing a change to how v3 CRM APIs return
association data" (pages of 100); HubSpot/hubspot-api-ruby, issue 262 (an entry for each type of an
association, so a record may come twice).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from invoice_sync.errors import FormError
from invoice_sync.hubspot import forms
from invoice_sync.runtime.answers import check

# A list as long as a page is taken for cut, whatever it says.
_PAGE = 100


@dataclass(frozen=True)
class Whole:
    """A record's properties and the ids of its associated records by type, in numerical order.

    `cut`: the types of which there may be more. Labels are not told.
    """

    properties: Mapping[str, str | None]
    ends: Mapping[str, tuple[str, ...]]
    cut: frozenset[str]


def read(answer: Any, record_id: str, types: Sequence[str]) -> Whole | None:
    """Read an answer about the record with the ids of records of these types.

    None if it has a list under any other name: nobody knows which type that list is of, and a type
    without a list would count as having no associations. Raises FormError.
    """
    check(answer, forms.WHOLE)
    if str(answer["id"]) != record_id or answer.get("archived"):
        raise FormError("the answer.id")
    # Line items stand under "line items"; others with two words may too.
    lists = {
        name.replace(" ", "_"): listed for name, listed in answer.get("associations", {}).items()
    }
    if not lists.keys() <= {*types}:
        return None
    found = {name: [str(each["id"]) for each in lists[name]["results"]] for name in lists}
    return Whole(
        answer["properties"],
        {name: tuple(sorted({*found.get(name, ())}, key=int)) for name in types},
        frozenset(
            name
            for name, listed in lists.items()
            if listed.get("paging", {}).get("next") or len(found[name]) >= _PAGE
        ),
    )
