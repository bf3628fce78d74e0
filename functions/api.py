"""/v1: failures, status, decisions, reports, backfills and settings, for the signed portal only."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger

from invoice_sync.api.app import app
from invoice_sync.api.collaborators import collaborators
from invoice_sync.runtime import metrics

__all__ = ["collaborators", "handler"]

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of API Gateway (payload 2.0)."""
    try:
        return app.resolve(event, context)
    finally:
        metrics.flush()
