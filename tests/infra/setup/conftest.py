from __future__ import annotations

import getpass
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra import deployment
from infra.local.hubspot import HubSpotSimulator
from infra.local.quickbooks import QuickBooksSimulator
from infra.local.wire import Clock

from .account import (
    HUBSPOT_ID,
    HUBSPOT_SECRET,
    INTUIT_ID,
    INTUIT_SECRET,
    Account,
    Ask,
    Pipe,
    Terminal,
)


@pytest.fixture
def hubspot(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubSpotSimulator]:
    simulator = HubSpotSimulator(Clock(), client_id=HUBSPOT_ID, client_secret=HUBSPOT_SECRET)
    simulator.start()
    monkeypatch.setenv("HUBSPOT_TOKEN_URL", f"{simulator.url}/oauth/v3/token")
    yield simulator
    simulator.stop()


@pytest.fixture
def intuit(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuickBooksSimulator]:
    simulator = QuickBooksSimulator(Clock(), client_id=INTUIT_ID, client_secret=INTUIT_SECRET)
    simulator.start()
    monkeypatch.setenv("QUICKBOOKS_TOKEN_URL", f"{simulator.url}/oauth2/v1/tokens/bearer")
    yield simulator
    simulator.stop()


@pytest.fixture
def account(
    monkeypatch: pytest.MonkeyPatch, hubspot: HubSpotSimulator, intuit: QuickBooksSimulator
) -> Iterator[Account]:
    server = Account()
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    yield server
    server.stop()


@pytest.fixture
def ask(account: Account, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run it with a person who answers so."""

    def ask(*says: str) -> int:
        terminal = Terminal(says)
        monkeypatch.setattr("sys.stdin", terminal)
        monkeypatch.setattr("builtins.input", terminal.show)
        monkeypatch.setattr(getpass, "getpass", terminal.hide)
        code = deployment.main(["setup", "example"])
        assert all("hidden" not in prompt for prompt in terminal.shown)
        assert next(terminal._says, None) is None, "it asked for less"
        return code

    return ask


@pytest.fixture
def pipe(account: Account, monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """Run it with this input, and nobody there."""

    def pipe(given: Any) -> int:
        text = given if isinstance(given, str) else json.dumps(given)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return deployment.main(["setup", "example"])

    return pipe
