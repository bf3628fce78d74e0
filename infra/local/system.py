"""Runs the whole system on this machine: the real functions between moto and two simulators."""

from __future__ import annotations

import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Self

import api
import connect
import hubspot_webhook
import quickbooks_webhook
import sweep
import sync_worker
from infra import routes
from infra.local import aws_calls
from infra.local.aws import CONNECTION_SECRETS, LocalAws
from infra.local.gateway import Gateway, Handler, Route
from infra.local.hubspot import HubSpotSimulator, signing
from infra.local.queue_poller import QueuePoller
from infra.local.quickbooks import QuickBooksSimulator
from infra.local.quickbooks import webhooks as quickbooks_webhooks
from infra.local.wire import Clock, Recorder
from invoice_sync.model.connection import Connection, Settings
from invoice_sync.store.store import Store

APP_SECRET = {
    "hubspotClientId": "hubspot-client",
    "hubspotClientSecret": "hubspot-secret-of-the-local-system",
    "quickbooksClientId": "quickbooks-client",
    "quickbooksClientSecret": "quickbooks-secret-of-the-local-system",
    "quickbooksVerifierToken": "quickbooks-verifier-of-the-local-system",
}

_HANDLERS: dict[str, Handler] = {
    "api": api.handler,
    "connect": connect.handler,
    "hubspot_webhook": hubspot_webhook.handler,
    "quickbooks_webhook": quickbooks_webhook.handler,
}
ROUTES = tuple(
    Route(method, path, function, _HANDLERS[function])
    for method, path, function in (*routes.ROUTES, routes.UNKNOWN)
)

QUEUE_HANDLER: Handler = sync_worker.handler
SCHEDULE_HANDLER: Handler = sweep.handler


def signed(event: dict[str, Any], now: float) -> dict[str, Any]:
    """Return an HTTP event with its sender's signature.

    HubSpot's signature is made for `now` (epoch seconds), because an old one would be refused.
    """
    if event["rawPath"] == "/webhooks/quickbooks":
        token, body = APP_SECRET["quickbooksVerifierToken"], event.get("body", "").encode()
        signature = quickbooks_webhooks.sign(token, body)
        return {**event, "headers": {**event["headers"], "intuit-signature": signature}}
    context, query = event["requestContext"], event.get("rawQueryString", "")
    url = f"https://{context['domainName']}{event['rawPath']}" + (f"?{query}" if query else "")
    timestamp = int(now * 1000)
    signature = signing.v3(
        APP_SECRET["hubspotClientSecret"],
        context["http"]["method"],
        url,
        event.get("body", "").encode(),
        timestamp,
    )
    headers = {
        **event["headers"],
        "x-hubspot-request-timestamp": str(timestamp),
        "x-hubspot-signature-v3": signature,
    }
    return {**event, "headers": headers}


def _secret_id(portal_id: str) -> str:
    return f"{CONNECTION_SECRETS}{portal_id}"


class LocalSystem:
    """Runs around a `LocalAws` that is running, as a context manager. Both simulators are empty."""

    def __init__(self, aws: LocalAws, *, port: int = 0, recorder: Recorder | None = None) -> None:
        self.aws, self.clock = aws, Clock()
        self.hubspot = HubSpotSimulator(
            self.clock,
            recorder,
            client_id=APP_SECRET["hubspotClientId"],
            client_secret=APP_SECRET["hubspotClientSecret"],
        )
        self.quickbooks = QuickBooksSimulator(
            self.clock,
            recorder,
            client_id=APP_SECRET["quickbooksClientId"],
            client_secret=APP_SECRET["quickbooksClientSecret"],
        )
        self.gateway = Gateway(ROUTES, port)

    def __enter__(self) -> Self:
        self.hubspot.start()
        self.quickbooks.start()
        self.gateway.start()
        os.environ.update(
            self.aws.environment,
            HUBSPOT_BASE_URL=self.hubspot.url,
            HUBSPOT_TOKEN_URL=f"{self.hubspot.url}/oauth/v3/token",
            HUBSPOT_AUTHORIZE_URL=f"{self.hubspot.url}/oauth/authorize",
            QUICKBOOKS_BASE_URL=self.quickbooks.url,
            QUICKBOOKS_TOKEN_URL=f"{self.quickbooks.url}/oauth2/v1/tokens/bearer",
            QUICKBOOKS_REVOKE_URL=f"{self.quickbooks.url}/v2/oauth2/tokens/revoke",
            QUICKBOOKS_AUTHORIZE_URL=f"{self.quickbooks.url}/connect/oauth2",
        )
        aws_calls.listen()
        for function in (api, connect, hubspot_webhook, quickbooks_webhook, sweep, sync_worker):
            function.collaborators.cache_clear()
            with aws_calls.made_by(function.__name__):
                function.collaborators()
        self.hubspot.redirect_uris.add(f"{self.gateway.url}/connect/hubspot/callback")
        self.quickbooks.tokens.redirect_uris.add(f"{self.gateway.url}/connect/quickbooks/callback")
        self.hubspot.subscribe(f"{self.gateway.url}/webhooks/hubspot")
        # Lambda polls with the rights of the function that it polls for.
        with aws_calls.made_by("sync_worker"):
            sqs = self.aws.client("sqs")
        self.poller = QueuePoller(sqs, self.aws.environment["QUEUE_URL"], QUEUE_HANDLER)
        # Belongs to no function: its calls are made by tests.
        self.store = Store(
            self.aws.client("dynamodb"), self.aws.environment["TABLE_NAME"], ThreadPoolExecutor(4)
        )
        return self

    def __exit__(self, *_: object) -> None:
        # Each waits for its server's loop to notice: all at once.
        with ThreadPoolExecutor(3) as pool:
            for running in (self.gateway, self.hubspot, self.quickbooks):
                pool.submit(running.stop)

    def connect(self, portal_id: str, realm_id: str, **settings: Any) -> Connection:
        """Connect a portal and a realm of the simulators, as an administrator would."""
        connection = Connection(
            portal_id=portal_id,
            realm_id=realm_id,
            time_zone="America/New_York",
            token_secret_id=_secret_id(portal_id),
            started_at=self.clock.now().replace(microsecond=0),
            settings=Settings(**settings),
        )
        self.aws.put_secret(_secret_id(portal_id), {})
        self.store.connections.put(connection)
        grants = {
            "hubspot": self.hubspot.grant(portal_id),
            "quickbooks": self.quickbooks.grant(realm_id),
        }
        self.renew(portal_id, grants)
        return connection

    def renew(self, portal_id: str, grants: dict[str, dict[str, Any]]) -> None:
        """Store new tokens of both services and use the connection again."""
        tokens = {
            service: {
                "accessToken": grant["access_token"],
                "refreshToken": grant["refresh_token"],
                "expiresAt": (
                    self.clock.now() + timedelta(seconds=grant["expires_in"])
                ).isoformat(),
            }
            for service, grant in grants.items()
        }
        self.aws.client("secretsmanager").put_secret_value(
            SecretId=_secret_id(portal_id), SecretString=json.dumps(tokens)
        )
        connection = self.store.connections.get(portal_id)
        assert connection
        self.store.connections.set_working(portal_id, connection.grant, secrets.token_hex(16))
