"""Every input that once found a bug. They share one system: none leaves it in disorder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.aws import LocalAws

from .rounds import EXAMPLES, play_example
from .world import World, two_tenants

pytestmark = pytest.mark.xdist_group("examples")


@pytest.fixture(scope="module")
def world(aws_in_memory: LocalAws) -> Iterator[World]:
    with two_tenants(aws_in_memory, "examples") as running:
        yield running


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_it_is_harmless_now(world: World, file: Path) -> None:
    assert not play_example(world, file)
