"""Builds the function that connects a portal and a realm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aws_lambda_powertools import Logger

from invoice_sync.connect.flow import ConnectFlow
from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.store.unsent import SureQueue
from invoice_sync.wiring import parts

_THREADS = 4


def build(clock: Callable[[], datetime], log: Logger) -> ConnectFlow:
    built = parts.build(clock, threads=_THREADS)
    return ConnectFlow(
        built.environment,
        CachedAppSecret(built.secrets_client, built.environment.app_secret_id),
        built.store,
        built.tokens,
        SureQueue(built.sqs, built.environment.queue_url, built.store.unsent, log),
        built.clients,
        clock,
        log,
    )
