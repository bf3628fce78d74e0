"""AWS clients with few retries and short timeouts: they fail before the function's time ends."""

from __future__ import annotations

from typing import Any, Literal

import boto3
from botocore.config import Config

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
    # No fewer than the worker has threads: it has 20, and 10 in runtime/parallel.py.
    max_pool_connections=32,
)


def client(service: Literal["dynamodb", "secretsmanager", "sqs"]) -> Any:
    """Return a new client. It may be shared between threads (boto3 guide "Low-level clients")."""
    return boto3.client(service, config=_CONFIG)
