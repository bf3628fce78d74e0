"""Portals of a batch are worked off side by side, and each has its share of the time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoice_sync.errors import UnavailableError
from invoice_sync.hints import Hint
from invoice_sync.runtime.parallel import AT_ONCE
from invoice_sync.sync.boundary import Boundary, Part

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
TIME = timedelta(seconds=45)


class FakeQueue:
    def __init__(self) -> None:
        self.sent: list[Hint] = []

    def send(self, hints: Sequence[Hint], delay_seconds: int = 0) -> int:
        self.sent += hints
        return len(hints)


class Scene:
    """A boundary with a clock that only the parts move."""

    def __init__(self) -> None:
        self.now, self.queue = NOW, FakeQueue()
        queue: Any = self.queue
        self.boundary = Boundary(queue, lambda: self.now, logging.getLogger("boundary"))
        self.ended: list[str] = []

    def part(self, owner: str, *ids: str, seconds: float = 0, **more: Any) -> Part:
        def run(hints: Sequence[Hint], _until: datetime | None) -> dict[Hint, float]:
            self.now += timedelta(seconds=seconds)
            self.ended += [f"{owner}/{each.object_id}" for each in hints]
            return {}

        return Part(owner, [hint(owner, each) for each in ids], more.pop("run", run), **more)


def hint(portal_id: str, object_id: str) -> Hint:
    return Hint(portal_id, object_id, "webhook", NOW, NOW)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_portals_do_not_wait_for_each_other(scene: Scene) -> None:
    others_have_ended = threading.Event()

    def hangs(_hints: object, _until: object) -> dict[Hint, float]:
        assert others_have_ended.wait(30)
        return {}

    def ends(_hints: object, _until: object) -> dict[Hint, float]:
        others_have_ended.set()
        return {}

    slow, quick = scene.part("1", "1", run=hangs), scene.part("2", "2", run=ends)
    assert scene.boundary.work_off([slow, quick], NOW + TIME) == {}


def test_the_parts_of_one_portal_keep_their_order(scene: Scene) -> None:
    parts = [scene.part("1", str(number)) for number in range(20)]
    scene.boundary.work_off(parts, NOW + TIME)
    assert scene.ended == [f"1/{number}" for number in range(20)]


def test_a_portal_that_is_long_at_it_gives_the_rest_back(scene: Scene) -> None:
    parts = [scene.part("1", str(number), seconds=3) for number in range(4)]
    assert scene.boundary.work_off(parts, NOW + TIME) == {}
    assert scene.ended == ["1/0", "1/1"]
    assert [each.object_id for each in scene.queue.sent] == ["2", "3"]


def test_its_first_part_is_worked_off_however_long_it_takes(scene: Scene) -> None:
    parts = [scene.part("1", str(number), seconds=40) for number in range(2)]
    scene.boundary.work_off(parts, NOW + TIME)
    assert scene.ended == ["1/0"]
    assert [each.object_id for each in scene.queue.sent] == ["1"]


def test_without_a_time_all_is_worked_off(scene: Scene) -> None:
    parts = [scene.part("1", str(number), seconds=60) for number in range(3)]
    scene.boundary.work_off(parts)
    assert len(scene.ended) == 3
    assert scene.queue.sent == []


def test_what_has_had_no_turn_goes_back_to_the_queue(scene: Scene) -> None:
    parts = [scene.part(str(number), "1", seconds=60) for number in range(3 * AT_ONCE)]
    assert scene.boundary.work_off(parts, NOW + TIME) == {}
    begun = {each.partition("/")[0] for each in scene.ended}
    back = {each.portal_id for each in scene.queue.sent}
    assert begun | back == {str(number) for number in range(3 * AT_ONCE)}
    assert not begun & back
    assert len(begun) <= AT_ONCE


@pytest.mark.parametrize(("owners", "share"), [(1, 1), (AT_ONCE, 1), (4 * AT_ONCE, 4)])
def test_each_portal_has_its_share_of_the_time(scene: Scene, owners: int, share: int) -> None:
    given: dict[str, datetime] = {}

    def run(hints: Sequence[Hint], until: datetime | None) -> dict[Hint, float]:
        assert until
        given[hints[0].portal_id] = until
        return {}

    parts = [scene.part(str(number), "1", run=run) for number in range(owners)]
    scene.boundary.work_off(parts, NOW + TIME)
    assert given["0"] == NOW + TIME / share
    assert given[str(owners - 1)] == NOW + TIME


def test_a_bug_and_trouble_end_with_their_portals(scene: Scene) -> None:
    shown: list[Hint] = []

    def bug(hints: Sequence[Hint], _until: object) -> dict[Hint, float]:
        if any(each.object_id == "13" for each in hints):
            raise KeyError("private")
        scene.ended += [each.object_id for each in hints]
        return {}

    def show(one: Hint, _error: Exception) -> bool:
        shown.append(one)
        return True

    def down(_hints: object, _until: object) -> dict[Hint, float]:
        raise UnavailableError("QuickBooks", "503")

    parts = [
        scene.part("1", "11", "12", "13", "14", run=bug, show=show),
        scene.part("2", "21", run=down),
        scene.part("3", "31"),
    ]
    again = scene.boundary.work_off(parts, NOW + TIME)
    assert sorted(scene.ended) == ["11", "12", "14", "3/31"]
    assert shown == [hint("1", "13")]
    assert {each.object_id for each in again} == {"13", "21"}


def test_what_meets_a_bug_waits_until_all_portals_have_had_their_turn(scene: Scene) -> None:
    def bug(hints: Sequence[Hint], _until: object) -> dict[Hint, float]:
        scene.ended.append(f"bug of {len(hints)}")
        raise KeyError("private")

    others = [scene.part(str(number), "1") for number in range(2, 3 * AT_ONCE)]
    scene.boundary.work_off([scene.part("1", "1", "2", run=bug), *others], NOW + TIME)
    assert scene.ended.count("bug of 1") == 2
    assert scene.ended[-2:] == ["bug of 1", "bug of 1"]
