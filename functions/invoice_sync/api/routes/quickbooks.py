"""Customers and items of QuickBooks, for a person who has to choose one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from invoice_sync.api.budget import TOO_MANY, spend
from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.connections import NOT_CONNECTED, usable
from invoice_sync.api.parameters import Search
from invoice_sync.api.problems import MEANINGS, RECONNECT_FIRST
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.resolution import CandidatesAnswer
from invoice_sync.errors import ProblemError

if TYPE_CHECKING:
    from invoice_sync.resolve.search import Kind

router = Router("QuickBooks")

_ANSWER: OpenAPIResponse = {"description": "At most 25, the likeliest first."}
_PROBLEMS = {
    404: NOT_CONNECTED,
    409: RECONNECT_FIRST,
    429: TOO_MANY,
    502: MEANINGS[502],
    503: MEANINGS[503],
}


@router.operation("GET", "/v1/quickbooks/customers", answer=_ANSWER, problems=_PROBLEMS)
def search_customers(search: Search) -> CandidatesAnswer:
    """Search the active customers by name, company name or email.

    For a resolution that takes a `customerId`, when none of its candidates is the one.
    Sub-customers are named with the customers above them. It costs three metered reads, and
    more when nothing is found as it is written.
    """
    return _found("Customer", search)


@router.operation("GET", "/v1/quickbooks/items", answer=_ANSWER, problems=_PROBLEMS)
def search_items(search: Search) -> CandidatesAnswer:
    """Search the active products and services by name or SKU.

    For a resolution that takes an `itemId`, when none of its candidates is the one. Bundles and
    categories are left out, because a line cannot have them. It costs two metered reads, and
    more when nothing is found as it is written.
    """
    return _found("Item", search)


def _found(kind: Kind, text: str) -> CandidatesAnswer:
    from invoice_sync.api.presenters import resolution as present  # noqa: PLC0415
    from invoice_sync.resolve import search  # noqa: PLC0415

    connection, sought = usable(router.caller.portal_id), search.searchable_part(text)
    if len(sought) < search.SHORTEST:
        raise ProblemError(400, "Type at least two letters or digits to search for.")
    spend(connection.portal_id)
    return present.found(collaborators().resolver.search(connection, kind, sought))
