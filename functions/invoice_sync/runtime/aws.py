"""AWS clients with few retries and short timeouts: they fail before the function's time ends."""

from __future__ import annotations

from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
    # No fewer than the worker has threads that call at once: the store's 20, and ten for each of
    # ten portals (runtime/parallel.py).
    max_pool_connections=128,
)

# What AWS says of a call that it would take at another time.
_PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    # Reasons of a transaction that was cancelled; "None": not for the sake of this write.
    "None",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
}


def client(service: Literal["dynamodb", "secretsmanager", "sqs"]) -> Any:
    """Return a new client. It may be shared between threads (boto3 guide "Low-level clients")."""
    return boto3.client(service, config=_CONFIG)


def may_pass(error: Exception) -> bool:
    """Tell whether AWS may take the same call later. What it refuses for good is a bug of ours, or
    a deployment that is not complete."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        reasons = error.response.get("CancellationReasons", [])
        codes = {str(reason.get("Code")) for reason in reasons} or {error.response["Error"]["Code"]}
        return status >= 500 or codes <= _PASSING
    return isinstance(error, BotoCoreError) and not isinstance(error, ParamValidationError)
