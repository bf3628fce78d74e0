"""Set RECORD_TO to a folder to keep each test's exchanges there as JSON lines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.local.quickbooks import QuickBooksSimulator
from infra.local.wire import Clock, Recorder, tls
from tests.simulators.quickbooks.desk import REALM, Desk


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    folder = Path(os.environ.get("RECORD_TO", tmp_path))
    recorder = Recorder(folder / f"{request.node.name.replace('/', '-')}.jsonl")
    simulator = QuickBooksSimulator(clock, recorder).start()
    simulator.switches.rate_limits_on = False
    realm = simulator.add_realm(REALM)
    with httpx.Client(headers={"Accept": "application/json"}, verify=tls()) as http:
        new = Desk(simulator, realm, clock, http, {}, {}, {})
        new.use(realm)
        yield new
    simulator.stop()
    recorder.close()
