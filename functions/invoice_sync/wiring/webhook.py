"""Builds both webhook functions. It must load neither pydantic nor httpx."""

from __future__ import annotations

from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.hints import Queue
from invoice_sync.runtime import aws, environment
from invoice_sync.webhooks import WebhookParts


def build() -> WebhookParts:
    variables = environment.read()
    app_secret = CachedAppSecret(aws.client("secretsmanager"), variables.app_secret_id)
    queue = Queue(aws.client("sqs"), variables.queue_url)
    return WebhookParts(app_secret, queue, variables.allowed_portal_ids)
