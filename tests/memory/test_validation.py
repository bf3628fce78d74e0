"""Parameters are refused as botocore refuses them, and in its words."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from botocore.validate import validate_parameters

from infra.local.aws import TABLE, LocalAws


@pytest.mark.parametrize(
    "value",
    [
        {"S": 1},
        {"N": 1},
        {"BOOL": "true"},
        {"NULL": 1},
        {"SS": ["a", 1]},
        {"Text": "a"},
        {"S": "a", "Text": "b"},
        {"M": {1: {"S": "a"}}},
        {"M": {"a": {"N": 3}, "b": {"S": "b"}}},
        {"L": {"a": {"S": "a"}}},
        {"L": [{"S": "a"}, {"L": [{"M": {"a": {"S": None}}}]}]},
        "text",
        None,
    ],
    ids=str,
)
def test_a_value_of_an_item(aws_in_memory: LocalAws, value: Any) -> None:
    client = aws_in_memory.client("dynamodb")
    request = {"TableName": TABLE, "Item": {"pk": {"S": "1"}, "sk": {"S": "1"}, "value": value}}
    with pytest.raises(ParamValidationError) as theirs:
        validate_parameters(
            request, client.meta.service_model.operation_model("PutItem").input_shape
        )
    with pytest.raises(ParamValidationError) as ours:
        client.put_item(**request)
    assert str(ours.value) == str(theirs.value)
