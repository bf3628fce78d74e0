from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.local.wire import Clock


@pytest.fixture
def clock() -> Clock:
    """The services' clock, which stands still until a test moves it."""
    return Clock().stand_still(datetime(2026, 11, 23, 12, tzinfo=UTC))
