"""Reads from a template what each function may do, in the words of `infra.local.aws_calls`.

It reads only the forms that our template has. Anything else fails: a right that is not understood
would be a right that is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.local.aws_calls import Call

OWN_LOG = "own-log"
LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}
# Below the name of the stack.
_CONNECTION_SECRETS = r"arn:\?:secretsmanager:\?:\?:secret:[A-Za-z][A-Za-z0-9-]*/connections/\*"
_TABLES = {"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"}


class PolicyError(Exception):
    """A policy has a form that is not read here, or a wildcard."""


def missing(recorded: Iterable[Call], allowed: Iterable[Call]) -> list[Call]:
    """Return the calls that are made and not allowed."""
    return sorted(set(recorded) - set(allowed))


def idle(recorded: Iterable[Call], allowed: Iterable[Call]) -> list[Call]:
    """Return the calls that are allowed and not made.

    Lambda itself writes a function's log, which is not recorded.
    """
    return sorted(call for call in set(allowed) - set(recorded) if call.resource != OWN_LOG)


def allowed(template: Mapping[str, Any]) -> set[Call]:
    """Return the calls that each function may make. Raises PolicyError."""
    resources: Mapping[str, Mapping[str, Any]] = template["Resources"]
    names = _names(resources)
    calls: set[Call] = set()
    roles: set[str] = set()
    for function in _of_type(resources, "AWS::Lambda::Function").values():
        role = _logical_id(function["Properties"]["Role"])
        if role in roles:
            raise PolicyError(f"two functions share the role {role}")
        roles.add(role)
        name = function["Properties"]["Handler"].partition(".")[0]
        log = _logical_id(function["Properties"].get("LoggingConfig", {}).get("LogGroup"))
        visible = {**names, log: OWN_LOG} if log else names
        for statement in _statements(resources, role):
            for action, resource in _rights(statement, visible):
                calls.add(Call(name, action, resource))
    return calls


def _statements(resources: Mapping[str, Any], role: str) -> Iterator[Mapping[str, Any]]:
    """Yield the statements of the policies within the role and of those attached to it."""
    properties = resources[role]["Properties"]
    if properties.get("ManagedPolicyArns"):
        raise PolicyError(f"{role} has managed policies, whose rights are AWS's to change")
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
        for policy in _of_type(resources, kind).values():
            properties = policy["Properties"]
            attached = [*properties.get("Roles", []), properties.get("RoleName")]
            if role in {_logical_id(reference) for reference in attached}:
                documents.append(properties["PolicyDocument"])
    for document in documents:
        yield from document["Statement"]


def _rights(statement: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if statement.get("Effect") != "Allow" or set(statement) - {
        "Sid",
        "Effect",
        "Action",
        "Resource",
    }:
        raise PolicyError(f"a statement of an unknown form: {statement}")
    for action in _list(statement["Action"]):
        if "*" in action:
            raise PolicyError(f"a wildcard in the action {action}")
        for resource in _list(statement["Resource"]):
            yield action, _symbol(resource, names)


def _symbol(resource: Any, names: Mapping[str, str]) -> str:
    """Return the name of the resource that an ARN in a template stands for."""
    logical_id = _logical_id(resource)
    if logical_id in names:
        return names[logical_id]
    if isinstance(resource, dict) and set(resource) == {"Fn::Join"}:
        separator, parts = resource["Fn::Join"]
        first, last = parts[0], parts[-1]
        if separator == "" and isinstance(last, str):
            if len(parts) == 2 and names.get(_logical_id(first)) == "table":
                kind, _, index = last.removeprefix("/").partition("/")
                if kind == "index" and index and "*" not in index:
                    return f"table/index/{index}"
            whole = "".join(part if isinstance(part, str) else "?" for part in parts)
            if re.fullmatch(_CONNECTION_SECRETS, whole):
                return "secret:connections"
    raise PolicyError(f"a resource of an unknown form: {resource}")


def _names(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the name that calls use for each logical id."""
    queues = _of_type(resources, "AWS::SQS::Queue")
    dead = {
        _logical_id(queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"])
        for queue in queues.values()
        if "RedrivePolicy" in queue.get("Properties", {})
    }
    named = [
        *((table, "table") for kind in _TABLES for table in _of_type(resources, kind)),
        *((queue, "dead-letter-queue" if queue in dead else "queue") for queue in queues),
        *((secret, "secret:app") for secret in _of_type(resources, "AWS::SecretsManager::Secret")),
    ]
    names = [name for _, name in named]
    if len(names) != len(set(names)):
        raise PolicyError(f"more than one of a kind, which the calls cannot tell apart: {names}")
    return dict(named)


def _of_type(resources: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    return {name: item for name, item in resources.items() if item["Type"] == kind}


def _logical_id(value: Any) -> str:
    """Return the target of a Ref or of an Fn::GetAtt of an ARN, or "" for anything else."""
    if isinstance(value, dict) and len(value) == 1:
        if "Ref" in value:
            return str(value["Ref"])
        if "Fn::GetAtt" in value and value["Fn::GetAtt"][1] == "Arn":
            return str(value["Fn::GetAtt"][0])
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
