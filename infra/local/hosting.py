"""Serves HubSpot's page beside the demo, and plays what runs by itself meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from infra.local import aws_calls
from infra.local.hubspot import Portal
from infra.local.hubspot.page import Account, Acts, Files, Page
from infra.local.lambda_context import LambdaContext
from infra.local.quickbooks import Realm
from infra.local.system import SCHEDULE_HANDLER, LocalSystem

_ROOT = Path(__file__).parents[2]
FILES = Files(
    page=_ROOT / "build" / "page",
    bundles=_ROOT / "build" / "extension-bundles",
    project=_ROOT / "extension",
)
MISSING = "There is no page for the browser: it could not be built. All else works without."
_SWEEP_SECONDS = 300.0
_DELIVERY_SECONDS = 0.5


def is_built(files: Files = FILES) -> bool:
    return (files.page / "index.html").exists()


def sweep() -> None:
    with aws_calls.made_by("sweep"):
        SCHEDULE_HANDLER({}, LambdaContext("sweep"))


class Meanwhile:
    """What runs by itself while people try the system. `deliver` sends what Intuit has to tell."""

    def __init__(self, deliver: Callable[[], object]) -> None:
        self._deliver, self._swept = deliver, time.monotonic()

    def tick(self) -> None:
        """Wait a moment, then deliver, and sweep when it is time."""
        time.sleep(_DELIVERY_SECONDS)
        self._deliver()
        if time.monotonic() - self._swept >= _SWEEP_SECONDS:
            self._swept = time.monotonic()
            sweep()


class Hosting:
    """The page of a system that is running and connected."""

    def __init__(
        self,
        system: LocalSystem,
        portal: Portal,
        realm: Realm,
        *,
        files: Files = FILES,
        port: int = 0,
    ) -> None:
        account = Account(system.hubspot, system.quickbooks, portal, realm)
        acts = Acts(account, sweep)
        self.page = Page(account, acts, files, system.gateway.url, port).start()
        self.tick = Meanwhile(acts.deliver).tick

    def stop(self) -> None:
        self.page.stop()
