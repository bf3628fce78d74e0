"""The way into the API: what is too long or not signed goes no further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoice_sync.api import auth, problems
from invoice_sync.api.app import PUBLIC_PATHS, app
from invoice_sync.api.collaborators import collaborators
from invoice_sync.errors import ProblemError
from invoice_sync.runtime import answers, clock


def answer(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer an API Gateway event (payload 2.0)."""
    try:
        _let_in(event)
        return answers.guarded(app.resolve(event, context))
    except Exception as error:
        refused = problems.answer(error)
        return answers.guarded(
            {
                "statusCode": refused.status_code,
                "headers": dict(refused.headers),
                "body": refused.body,
            }
        )


def _let_in(event: Mapping[str, Any]) -> None:
    """Raise SignatureError or ProblemError for what must not be looked at any further.

    Only the public paths need no signature. All others do, those too that no route has: whatever
    the routes make of an address, nobody gets around this by writing it in another way.
    """
    if answers.too_long(event):
        raise ProblemError(413, answers.TOO_LONG)
    if event.get("rawPath") not in PUBLIC_PATHS:
        now = clock.now()
        secret = collaborators().secret.get(now).hubspot_client_secret
        app.append_context(caller=auth.caller(event, secret, now))  # type: ignore[no-untyped-call]
