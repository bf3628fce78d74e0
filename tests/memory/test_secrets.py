"""The double's secrets against moto's."""

from __future__ import annotations

from typing import Any

import pytest

from .comparing import Pair, Refused, outcome

_SHOWN = ("Name", "SecretString", "VersionStages")


def same(pair: Pair, method: str, **request: Any) -> Any:
    moto, memory = pair.outcomes("secretsmanager", method, **request)
    if isinstance(moto, Refused) and isinstance(memory, Refused):
        assert memory.kind == moto.kind
    else:
        assert [{name: each.get(name) for name in _SHOWN} for each in (memory, moto)] == [
            {name: moto.get(name) for name in _SHOWN}
        ] * 2
    return memory


def test_versions(pair: Pair) -> None:
    same(pair, "create_secret", Name="x", SecretString="1")
    assert same(pair, "get_secret_value", SecretId="x")["SecretString"] == "1"
    same(pair, "put_secret_value", SecretId="x", SecretString="2")
    same(pair, "put_secret_value", SecretId="x", SecretString="3")
    assert same(pair, "get_secret_value", SecretId="x")["SecretString"] == "3"
    previous = same(pair, "get_secret_value", SecretId="x", VersionStage="AWSPREVIOUS")
    assert previous["SecretString"] == "2"
    arn = previous["ARN"]
    client = pair.memory.client("secretsmanager")
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "3"
    described = client.describe_secret(SecretId="x")
    stages = [stage for each in described["VersionIdsToStages"].values() for stage in each]
    assert sorted(stages) == ["AWSCURRENT", "AWSPREVIOUS"]


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("create_secret", {"Name": "invoice-sync/app", "SecretString": "x"}),
        ("get_secret_value", {"SecretId": "none"}),
        ("put_secret_value", {"SecretId": "none", "SecretString": "x"}),
        ("describe_secret", {"SecretId": "none"}),
        ("get_secret_value", {"SecretId": "invoice-sync/app", "VersionStage": "NONE"}),
        ("get_secret_value", {"SecretId": "invoice-sync/app", "Unknown": "x"}),
    ],
)
def test_refusals(pair: Pair, method: str, request_: dict[str, Any]) -> None:
    assert isinstance(same(pair, method, **request_), Refused)


def test_a_deleted_secret_is_kept_for_a_while(pair: Pair) -> None:
    name = "invoice-sync/app"
    same(pair, "delete_secret", SecretId=name)
    assert same(pair, "get_secret_value", SecretId=name).code == "InvalidRequestException"
    # API reference, PutSecretValue: refused for a secret that is scheduled for deletion.
    refused = outcome(
        pair.memory.client("secretsmanager"), "put_secret_value", SecretId=name, SecretString="x"
    )
    assert refused.code == "InvalidRequestException"
    same(pair, "restore_secret", SecretId=name)
    same(pair, "get_secret_value", SecretId=name)
    same(pair, "delete_secret", SecretId=name, ForceDeleteWithoutRecovery=True)
    assert same(pair, "get_secret_value", SecretId=name).code == "ResourceNotFoundException"
    same(pair, "create_secret", Name=name, SecretString="new")
    names = [
        [each["Name"] for each in aws.client("secretsmanager").list_secrets()["SecretList"]]
        for aws in (pair.moto, pair.memory)
    ]
    assert names == [[name], [name]]
