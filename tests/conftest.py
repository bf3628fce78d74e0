from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.aws import LocalAws
from infra.local.system import APP_SECRET


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    with LocalAws(APP_SECRET) as running:
        yield running
