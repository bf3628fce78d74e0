"""Builds the function that asks new versions whether they work."""

from __future__ import annotations

import json
import os

from aws_lambda_powertools import Logger

from invoice_sync.preflight import VERSIONS, Preflight
from invoice_sync.runtime import aws


def build(log: Logger) -> Preflight:
    # A start takes seconds, and the slowest answer half a minute.
    lambda_ = aws.client("lambda", patience_seconds=60)
    return Preflight(lambda_, aws.client("codedeploy"), json.loads(os.environ[VERSIONS]), log)
