from __future__ import annotations

import pytest

from infra.local.aws import LocalAws

from .comparing import Pair


@pytest.fixture
def pair(aws_on_moto: LocalAws, aws_in_memory: LocalAws) -> Pair:
    return Pair(aws_on_moto, aws_in_memory)
