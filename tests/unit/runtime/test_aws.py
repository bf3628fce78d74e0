"""What of AWS's errors may pass, and what is a bug or a missing right."""

from __future__ import annotations

from typing import Any, get_args

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from invoice_sync.runtime import aws


def refused(code: str, *reasons: str, status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, "TransactWriteItems")


@pytest.mark.parametrize(
    "error",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("SomethingNew", status=503),
        refused("TransactionCanceledException", "None", "TransactionConflict"),
        refused("TransactionCanceledException", "ThrottlingError", "None"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ReadTimeoutError(endpoint_url="https://sqs"),
    ],
)
def test_what_may_pass(error: Exception) -> None:
    assert aws.may_pass(error)


@pytest.mark.parametrize(
    "error",
    [
        refused("ValidationException"),
        refused("AccessDeniedException"),
        refused("ResourceNotFoundException"),
        # An item of more than 400 KB.
        refused("TransactionCanceledException", "None", "ValidationError"),
        ParamValidationError(report="a float"),
        KeyError("Id"),
        RecursionError(),
    ],
)
def test_what_does_not(error: Exception) -> None:
    assert not aws.may_pass(error)


@pytest.mark.parametrize("service", get_args(aws.Service))
def test_clients_are_those_of_boto3_with_few_retries_and_short_timeouts(
    service: aws.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client, usual = aws.client(service), boto3.Session().client(service)
    config = client.meta.config
    assert client.meta.endpoint_url == usual.meta.endpoint_url
    assert client.meta.service_model.api_version == usual.meta.service_model.api_version
    assert config.user_agent.split(" ")[0] == usual.meta.config.user_agent.split(" ")[0]
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (2, 5, 128)
