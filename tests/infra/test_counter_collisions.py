"""What docs/scaling.md says of the counter: two workers hardly collide, and no number is lost."""

from __future__ import annotations

import pytest

from tests.benchmarks import counter


@pytest.mark.parametrize(("workers", "most"), [(1, 0.0), (2, 0.05), (8, 0.2)])
def test_how_often_workers_of_one_portal_collide(workers: int, most: float) -> None:
    found = counter.collide(workers, pause=1.0, seconds=20)
    assert found.share <= most
    assert found.given_back == 0
    assert found.counted == found.failing == found.commits


def test_a_crowd_collides_and_gives_back_only_what_it_could_not_store() -> None:
    found = counter.collide(16, pause=0.0, seconds=10)
    assert found.share > 0.3
    assert found.counted == found.failing == found.commits - found.given_back


def test_a_seed_gives_the_same_numbers() -> None:
    assert counter.collide(4, pause=0.0, seconds=3) == counter.collide(4, pause=0.0, seconds=3)
