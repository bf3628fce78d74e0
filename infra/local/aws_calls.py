"""Counts the AWS calls of each function, in IAM's words, while the local system runs.

When a client is made, the SDK writes the environment variable AWS_SDK_UA_APP_ID into that client's
User-Agent. So the functions can be told apart without being changed, and the calls of tests and of
the set-up belong to nobody.
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

from infra.local.aws import (
    APP_SECRET,
    CONNECTION_SECRETS,
    DEAD_LETTER_QUEUE,
    FUNCTION_VARIABLE,
    QUEUE,
    RESTORED_TABLE,
    TABLE,
)
from infra.local.memory.client import Operation, Session

_APP_ID = re.compile(r" app/([\w-]+)")
_QUEUES = {QUEUE: "queue", DEAD_LETTER_QUEUE: "dead-letter-queue"}
# For a transaction IAM asks for the right to the plain action of each member.
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
_ON_A_SECRET = {
    "DeleteSecret",
    "GetSecretValue",
    "PutSecretValue",
    "CreateSecret",
    "DescribeSecret",
}


class Call(NamedTuple):
    """A kind of call that a function makes, or may make."""

    function: str
    action: str
    # table, table/index/NAME, queue, dead-letter-queue, secret:app or secret:connections
    resource: str


class UnknownCallError(Exception):
    """The IAM rights of a call are not written down here."""


CALLS: Counter[Call] = Counter()
"""Holds all calls since the process started."""


def listen() -> None:
    """Count the calls of all clients of the default session that are made from now on."""
    while (session := boto3.DEFAULT_SESSION) is None:
        boto3.setup_default_session()
    if isinstance(session, Session):
        # The double makes no requests to listen to.
        if _observe not in session.observers:
            session.observers.append(_observe)
        return
    # With an id, a second registration changes nothing.
    session.events.register("before-call", _count, unique_id="invoice-sync-calls")


@contextmanager
def made_by(function: str) -> Iterator[None]:
    """Attribute the clients that are made within to a function."""
    os.environ[FUNCTION_VARIABLE] = function
    try:
        yield
    finally:
        del os.environ[FUNCTION_VARIABLE]


def maker(user_agent: str) -> str:
    """Return the function of a client, or "" for a client made outside `made_by`."""
    match = _APP_ID.search(user_agent)
    return match.group(1) if match else ""


def _count(model: Any, params: Mapping[str, Any], **_: Any) -> None:
    if function := maker(params["headers"]["User-Agent"]):
        body = json.loads(params["body"])
        _add(function, model.service_model.endpoint_prefix, model.name, body)


def _observe(call: Operation) -> None:
    if call.function:
        _add(call.function, call.service, call.name, call.parameters)


def _add(function: str, service: str, operation: str, body: Mapping[str, Any]) -> None:
    try:
        calls = [Call(function, *right) for right in rights(service, operation, body)]
    except UnknownCallError:
        # The function may survive the exception. No policy can allow a call that is counted so.
        CALLS[Call(function, f"{service}:{operation}", "unknown")] += 1
        raise
    CALLS.update(calls)


def rights(service: str, operation: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (action, resource) for each right that a call needs. Raises UnknownCallError."""
    if service == "dynamodb":
        return [(f"dynamodb:{action}", table) for action, table in _dynamodb(operation, body)]
    if service == "sqs" and operation in _ON_A_QUEUE:
        queue = _look_up(_QUEUES, body["QueueUrl"].rsplit("/", 1)[-1])
        return [(f"sqs:{_ON_A_QUEUE[operation]}", queue)]
    if service == "secretsmanager" and operation in _ON_A_SECRET:
        secret = _secret(body["Name"] if operation == "CreateSecret" else body["SecretId"])
        tags = [("secretsmanager:TagResource", secret)] if body.get("Tags") else []
        return [(f"secretsmanager:{operation}", secret), *tags]
    raise UnknownCallError(f"{service}:{operation}")


def _dynamodb(operation: str, body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation in _ON_ONE_TABLE:
        index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
        yield operation, _table(body["TableName"]) + index
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for name in body["RequestItems"]:
            yield operation, _table(name)
    elif operation in ("TransactWriteItems", "TransactGetItems"):
        for member in body["TransactItems"]:
            for kind, request in member.items():
                yield _look_up(_MEMBERS, kind), _table(request["TableName"])
    else:
        raise UnknownCallError(f"dynamodb:{operation}")


def _table(name: str) -> str:
    return _look_up({TABLE: "table", RESTORED_TABLE: "table"}, name)


def _secret(name: str) -> str:
    if name.startswith(CONNECTION_SECRETS):
        return "secret:connections"
    return _look_up({APP_SECRET: "secret:app"}, name)


def _look_up(names: Mapping[str, str], name: str) -> str:
    if name not in names:
        raise UnknownCallError(f"a call to the unknown {name}")
    return names[name]
