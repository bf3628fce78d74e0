from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.aws import LocalAws
from infra.local.system import APP_SECRET

ALL_FLOWS_RUN = pytest.StashKey[bool]()
_FLOWS = Path(__file__).parent / "flows"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What the functions called is compared with their rights once all of it is known."""
    items.sort(key=lambda item: item.path.name == "test_least_privilege.py")
    chosen = bool(config.option.keyword) or any("::" in one for one in config.args)
    collected = {item.path for item in items}
    config.stash[ALL_FLOWS_RUN] = not chosen and set(_FLOWS.glob("test_*.py")) <= collected


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    with LocalAws(APP_SECRET) as running:
        yield running
