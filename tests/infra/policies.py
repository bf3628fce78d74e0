"""What a synthesised template lets each function do, in the words of `infra.local.aws_calls`.

It reads only the forms that our template has. Anything else fails: a right that is not understood
would be a right that is not checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.local.aws_calls import Call
from invoice_sync.credentials.app_secret import CONNECTION_SECRETS

OWN_LOG = "own-log"
LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}
_TABLES = {"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"}


class PolicyError(Exception):
    """A policy of another form than those that we read, or one with a wildcard."""


def missing(recorded: Iterable[Call], allowed: Iterable[Call]) -> list[Call]:
    """Made, but not allowed."""
    return sorted(set(recorded) - set(allowed))


def idle(recorded: Iterable[Call], allowed: Iterable[Call]) -> list[Call]:
    """Allowed, but not made. Lambda itself writes a function's log: that is not recorded."""
    return sorted(one for one in set(allowed) - set(recorded) if one.resource != OWN_LOG)


def allowed(template: Mapping[str, Any]) -> set[Call]:
    """Raises PolicyError."""
    resources: Mapping[str, Mapping[str, Any]] = template["Resources"]
    names = _names(resources)
    found: set[Call] = set()
    roles: set[str] = set()
    for function in _of_type(resources, "AWS::Lambda::Function").values():
        role = _logical_id(function["Properties"]["Role"])
        if role in roles:
            raise PolicyError(f"two functions share the role {role}")
        roles.add(role)
        name = function["Properties"]["Handler"].partition(".")[0]
        log = _logical_id(function["Properties"].get("LoggingConfig", {}).get("LogGroup"))
        own = {**names, log: OWN_LOG} if log else names
        for statement in _statements(resources, role):
            for action, resource in _rights(statement, own):
                found.add(Call(name, action, resource))
    return found


def _statements(resources: Mapping[str, Any], role: str) -> Iterator[Mapping[str, Any]]:
    """Of the policies within the role, and of those attached to it."""
    properties = resources[role]["Properties"]
    if properties.get("ManagedPolicyArns"):
        raise PolicyError(f"{role} has managed policies, whose rights are AWS's to change")
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
        for policy in _of_type(resources, kind).values():
            own = policy["Properties"]
            attached = [*own.get("Roles", []), own.get("RoleName")]
            if role in {_logical_id(one) for one in attached}:
                documents.append(own["PolicyDocument"])
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
    """The name of what an ARN in a template stands for."""
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
            whole = "".join(one if isinstance(one, str) else "?" for one in parts)
            if whole == f"arn:?:secretsmanager:?:?:secret:{CONNECTION_SECRETS}*":
                return "secret:connections"
    raise PolicyError(f"a resource of an unknown form: {resource}")


def _names(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Logical id -> what the calls call it."""
    queues = _of_type(resources, "AWS::SQS::Queue")
    dead = {
        _logical_id(one["Properties"]["RedrivePolicy"]["deadLetterTargetArn"])
        for one in queues.values()
        if "RedrivePolicy" in one.get("Properties", {})
    }
    named = [
        *((one, "table") for kind in _TABLES for one in _of_type(resources, kind)),
        *((one, "dead-letter-queue" if one in dead else "queue") for one in queues),
        *((one, "secret:app") for one in _of_type(resources, "AWS::SecretsManager::Secret")),
    ]
    found = [name for _, name in named]
    if len(found) != len(set(found)):
        raise PolicyError(f"more than one of a kind, which the calls cannot tell apart: {found}")
    return dict(named)


def _of_type(resources: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    return {name: one for name, one in resources.items() if one["Type"] == kind}


def _logical_id(value: Any) -> str:
    """Of a Ref, or of an Fn::GetAtt of an ARN; empty for anything else."""
    if isinstance(value, dict) and len(value) == 1:
        if "Ref" in value:
            return str(value["Ref"])
        if "Fn::GetAtt" in value and value["Fn::GetAtt"][1] == "Arn":
            return str(value["Fn::GetAtt"][0])
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
