"""The way into the API: what is not signed goes no further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoice_sync.api import auth, problems
from invoice_sync.api.app import PUBLIC_PATHS, app
from invoice_sync.api.collaborators import collaborators
from invoice_sync.runtime import clock


def answer(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer an API Gateway event (payload 2.0).

    Only the public paths need no signature. All others do, even those that no route has: whatever
    the routes make of an address, nobody gets around the check by spelling it in another way.
    """
    try:
        if event["rawPath"] not in PUBLIC_PATHS:
            now = clock.now()
            secret = collaborators().secret.get(now).hubspot_client_secret
            caller = auth.caller(event, secret, now)
            app.append_context(caller=caller)  # type: ignore[no-untyped-call]
        return app.resolve(event, context)
    except Exception as error:
        refused = problems.answer(error)
        return {
            "statusCode": refused.status_code,
            "headers": refused.headers,
            "body": refused.body,
        }
