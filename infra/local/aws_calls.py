"""Which AWS calls each function makes, in IAM's words, counted while the local system runs.

The SDK writes the environment variable AWS_SDK_UA_APP_ID, as it is when a client is made, into
that client's User-Agent. So the functions need not be changed to be told apart, and calls of tests
and of the set-up belong to nobody.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import boto3

from infra.local.aws import APP_SECRET, DEAD_LETTER_QUEUE, FUNCTION_VARIABLE, QUEUE, TABLE
from invoice_sync.credentials.app_secret import CONNECTION_SECRETS

_APP_ID = re.compile(r" app/([\w-]+)")
_QUEUES = {QUEUE: "queue", DEAD_LETTER_QUEUE: "dead-letter-queue"}
# Of a transaction IAM asks for the right to each member's plain action.
_MEMBERS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_ON_ONE_TABLE = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"}
_ON_A_QUEUE = {
    "SendMessage": "SendMessage",
    "SendMessageBatch": "SendMessage",
    "ReceiveMessage": "ReceiveMessage",
    "DeleteMessage": "DeleteMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibility": "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "GetQueueAttributes": "GetQueueAttributes",
}
_ON_A_SECRET = {"GetSecretValue", "PutSecretValue", "CreateSecret", "DescribeSecret"}


class Call(NamedTuple):
    """`resource` is one of: table, table/index/NAME, queue, dead-letter-queue, secret:app,
    secret:connections."""

    function: str
    action: str
    resource: str


class UnknownCallError(Exception):
    """A call that nobody has said the IAM rights of."""


CALLS: Counter[Call] = Counter()
"""All since the process started."""


def listen() -> None:
    """Count the calls of all clients that are made from now on."""
    while (session := boto3.DEFAULT_SESSION) is None:
        boto3.setup_default_session()
    # With an id, a second registration changes nothing.
    session.events.register("before-call", _heard, unique_id="invoice-sync-calls")


@contextmanager
def made_by(function: str) -> Iterator[None]:
    """Clients made within are the function's."""
    os.environ[FUNCTION_VARIABLE] = function
    try:
        yield
    finally:
        del os.environ[FUNCTION_VARIABLE]


def maker(user_agent: str) -> str:
    """The function, or nothing for a client made outside `made_by`."""
    found = _APP_ID.search(user_agent)
    return found.group(1) if found else ""


def _heard(model: Any, params: Mapping[str, Any], **_: Any) -> None:
    function = maker(params["headers"]["User-Agent"])
    if not function:
        return
    service = model.service_model.endpoint_prefix
    try:
        body = json.loads(params["body"])
        found = [Call(function, *right) for right in rights(service, model.name, body)]
    except UnknownCallError:
        # The function may survive the exception: what is counted here no policy can allow.
        CALLS[Call(function, f"{service}:{model.name}", "unknown")] += 1
        raise
    CALLS.update(found)


def rights(service: str, operation: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(action, resource) of each right that one call needs. Raises UnknownCallError."""
    if service == "dynamodb":
        return [(f"dynamodb:{name}", where) for name, where in _of_dynamodb(operation, body)]
    if service == "sqs" and operation in _ON_A_QUEUE:
        queue = _known(_QUEUES, body["QueueUrl"].rsplit("/", 1)[-1])
        return [(f"sqs:{_ON_A_QUEUE[operation]}", queue)]
    if service == "secretsmanager" and operation in _ON_A_SECRET:
        secret = _secret(body["Name"] if operation == "CreateSecret" else body["SecretId"])
        tags = [("secretsmanager:TagResource", secret)] if body.get("Tags") else []
        return [(f"secretsmanager:{operation}", secret), *tags]
    raise UnknownCallError(f"{service}:{operation}")


def _of_dynamodb(operation: str, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation in _ON_ONE_TABLE:
        index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
        yield operation, _table(body["TableName"]) + index
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for name in body["RequestItems"]:
            yield operation, _table(name)
    elif operation in ("TransactWriteItems", "TransactGetItems"):
        for one in body["TransactItems"]:
            for kind, member in one.items():
                yield _known(_MEMBERS, kind), _table(member["TableName"])
    else:
        raise UnknownCallError(f"dynamodb:{operation}")


def _table(name: str) -> str:
    return _known({TABLE: "table"}, name)


def _secret(name: str) -> str:
    if name.startswith(CONNECTION_SECRETS):
        return "secret:connections"
    return _known({APP_SECRET: "secret:app"}, name)


def _known(names: Mapping[str, str], name: str) -> str:
    if name not in names:
        raise UnknownCallError(f"a call to the unknown {name}")
    return names[name]
