"""The one logger. Its lines are JSON, and each names the version that wrote it."""

from __future__ import annotations

from aws_lambda_powertools import Logger

from invoice_sync.version import VERSION

logger = Logger(version=VERSION)
