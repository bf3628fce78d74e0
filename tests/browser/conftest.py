"""A real browser on the page of the local system.

These tests need Chromium; where it or Node is missing they are
skipped. `test_page` runs a small extension of the tests' own (extension/), the others the app's.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws import LocalAws
from infra.local.hosting import FILES, Hosting
from infra.local.hubspot.page import Files
from infra.local.scenario import Scenario, embedded
from infra.local.system import APP_SECRET, LocalSystem
from invoice_sync.quickbooks import client
from tests.simulators.waiting import wait_until

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "infra" / "local" / "hubspot" / "page" / "build.mjs"
PROJECT = Path(__file__).parent / "extension"
PATIENCE_MS = 50_000


@dataclass(frozen=True)
class Played:
    """The demo's company, with its four failing invoices, and the page that shows it."""

    system: LocalSystem
    scenario: Scenario
    url: str

    def invoice(self, number: str) -> str:
        """Return the address of an invoice's page."""
        return f"{self.url}/invoice/{self.scenario.invoices[number]}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def build_extension(
    browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Files]:
    """Return what builds the page and the bundles of a developer project."""
    if not (shutil.which("npm") and shutil.which("make")):
        pytest.skip("there is no Node to build the page with")

    def build(project: Path) -> Files:
        subprocess.run(["make", "build/page/.built"], cwd=ROOT, check=True)
        bundles = tmp_path_factory.mktemp("bundles")
        options = ["--extension", str(project), "--out", str(bundles)]
        subprocess.run(["node", str(BUILD), *options], check=True)
        return Files(FILES.page, bundles, project)

    return build


@pytest.fixture(scope="session")
def files(build_extension: Callable[[Path], Files]) -> Files:
    return build_extension(PROJECT)


@pytest.fixture
def played(files: Files, aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    """Run the whole system on its own time, as the demo does. The first sync is under way."""
    aws.reset()
    # These tests are about the screens: they need not wait for QuickBooks' limits.
    monkeypatch.setattr(client, "RATE", replace(client.RATE, every=0.001))
    with LocalSystem(aws) as system:
        system.quickbooks.switches.rate_limits_on = False
        scenario = embedded()
        scenario.prepare(system)
        token = APP_SECRET["quickbooksVerifierToken"]
        system.quickbooks.subscribe(f"{system.gateway.url}/webhooks/quickbooks", token)
        scenario.create_invoices()
        system.poller.batching_window = 0
        system.poller.start()
        system.hubspot.start_delivery()
        hosting = Hosting(system, scenario.portal, scenario.realm, files=files)
        stopped = threading.Event()
        ticking = threading.Thread(target=lambda: _tick(hosting, stopped))
        ticking.start()
        yield Played(system, scenario, hosting.page.url)
        stopped.set()
        ticking.join()
        hosting.stop()
        system.poller.stop()
        system.hubspot.stop_delivery()


@pytest.fixture
def settled(played: Played) -> Played:
    """The same, once every invoice has the outcome that it must have."""
    wait_until(lambda: not played.scenario.wrong(played.system))
    return played


def _tick(hosting: Hosting, stopped: threading.Event) -> None:
    while not stopped.is_set():
        hosting.tick()


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """Return an empty tab. An error that its pages leave in the console fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    # A refused request stands in the console too, though the extension has handled it.
    assert [error for error in errors if "Failed to load resource" not in error] == []
