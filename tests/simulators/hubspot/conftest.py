from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.wire import Clock, Recorder
from tests.simulators.hubspot.client import PORTAL, Api, Receiver
from tests.simulators.waiting import PATIENCE_SECONDS


@pytest.fixture
def hubspot(clock: Clock, tmp_path: Path) -> Iterator[HubSpotSimulator]:
    recorder = Recorder(tmp_path / "exchanges.jsonl")
    simulator = HubSpotSimulator(clock, recorder).start()
    simulator.webhooks.timeout = PATIENCE_SECONDS  # a slow machine is no failed delivery
    yield simulator
    simulator.stop()
    recorder.close()


@pytest.fixture
def portal(hubspot: HubSpotSimulator) -> Portal:
    return hubspot.add_portal(PORTAL)


@pytest.fixture
def connect(hubspot: HubSpotSimulator) -> Iterator[Callable[[str | None], Api]]:
    opened: list[Api] = []

    def make(token: str | None) -> Api:
        opened.append(Api(hubspot.url, token))
        return opened[-1]

    yield make
    for client in opened:
        client.http.close()


@pytest.fixture
def api(hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]) -> Api:
    return connect(hubspot.grant(PORTAL)["access_token"])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    backend = Receiver()
    yield backend
    backend.server.stop()
