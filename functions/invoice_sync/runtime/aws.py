"""AWS clients with few retries and short timeouts: they fail before the function's time ends."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, get_args

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.loaders import Loader

Service = Literal["codedeploy", "dynamodb", "lambda", "secretsmanager", "sqs"]

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=2,
    # No fewer than the worker has threads that call at once: the store's 20, and ten for each of
    # ten portals (runtime/parallel.py).
    max_pool_connections=128,
)

# Error codes of calls that AWS would take at another time.
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


def client(service: Service, *, patience_seconds: int = 5) -> Any:
    """Return a new client of boto3's default session, if there is one, else of our own. It may be
    shared between threads (boto3 guide "Low-level clients"). `patience_seconds`: how long it waits
    for an answer."""
    return (boto3.DEFAULT_SESSION or _session()).client(service, config=_config(patience_seconds))


# The same one for the same patience: AWS in memory makes a client of each configuration only once.
@lru_cache
def _config(patience_seconds: int) -> Config:
    return _CONFIG.merge(Config(read_timeout=patience_seconds))


class _Loader(Loader):
    """Reads botocore's descriptions of services."""

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the services that we use. botocore would look through the folders of all it has,
        more than 400, which is a third of the time that the first client takes."""
        return [*get_args(Service)]


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _Loader())
    return boto3.Session(botocore_session=session)


def may_pass(error: Exception) -> bool:
    """Tell whether AWS may take the same call later. A call that it never takes is a bug of ours,
    or the deployment is not complete."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        reasons = error.response.get("CancellationReasons", [])
        codes = {str(reason.get("Code")) for reason in reasons} or {error.response["Error"]["Code"]}
        return status >= 500 or codes <= _PASSING
    return isinstance(error, BotoCoreError) and not isinstance(error, ParamValidationError)
