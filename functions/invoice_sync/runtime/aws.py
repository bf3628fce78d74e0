"""AWS clients: few retries, short timeouts: a function must fail before its own time ends."""

from __future__ import annotations

from typing import Any, Literal

import boto3
from botocore.config import Config

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
    # As many as the worker has threads.
    max_pool_connections=32,
)


def client(service: Literal["dynamodb", "secretsmanager", "sqs"]) -> Any:
    return boto3.client(service, config=_CONFIG)
