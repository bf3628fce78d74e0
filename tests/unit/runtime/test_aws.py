"""What of AWS's errors may pass, and what is a bug or a missing right."""

from __future__ import annotations

from typing import Any

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
