from __future__ import annotations

from typing import Any

import pytest

from infra.local.aws import LocalAws


@pytest.fixture
def database(aws: LocalAws) -> Any:
    """DynamoDB with an empty table."""
    aws.reset()
    return aws.client("dynamodb")
