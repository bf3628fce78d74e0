"""Connections as they are stored, and tokens that nobody uses."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infra.local.aws import TABLE
from invoice_sync.credentials.tokens import Token, Tokens
from invoice_sync.errors import AlreadyConnectedError
from invoice_sync.model.connection import Connection
from invoice_sync.runtime import environment
from invoice_sync.store.store import Store

from .browser import NEW_PORTAL, NEW_REALM, Browser, check_page, owner, stored
from .conftest import PORTAL_ID, REALM_ID, Flow


@pytest.fixture
def browser(flow: Flow) -> Iterator[Browser]:
    with owner(flow) as browser:
        yield browser


def test_connections_are_listed_and_never_share_a_company(flow: Flow, browser: Browser) -> None:
    browser.go()
    store = flow.own.store
    assert {one.portal_id for one in store.connections.all()} == {PORTAL_ID, NEW_PORTAL}
    assert store.connections.portal_of(REALM_ID) == PORTAL_ID
    assert store.connections.portal_of("1") is None
    own = store.connections.get(PORTAL_ID)
    assert own
    for changed in ({"realm_id": NEW_REALM}, {"realm_id": "1"}, {"portal_id": "2"}):
        before = stored(flow)
        with pytest.raises(AlreadyConnectedError):
            store.connections.put(own.model_copy(update=changed))
        assert stored(flow) == before


class InPages:
    """DynamoDB whose answers to a query are short, as those of a large table are."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def query(self, **request: Any) -> Any:
        return self._real.query(**request, Limit=2)


def test_a_list_of_many_connections_is_whole(flow: Flow) -> None:
    with ThreadPoolExecutor(1) as executor:
        store = Store(InPages(flow.own.aws.client("dynamodb")), TABLE, executor)
        for n in range(5):
            new = Connection(portal_id=str(n), realm_id=f"9{n}", token_secret_id="s")
            store.connections.put(new)
        assert {one.portal_id for one in store.connections.all()} == {PORTAL_ID, *"01234"}


# -- tokens that nobody uses


def tokens(flow: Flow, **other: Any) -> Tokens:
    """As a process has them that has just begun, and knows none."""
    secrets = flow.own.aws.client("secretsmanager")
    variables = replace(environment.read(), **other)
    return Tokens(flow.own.store, secrets, variables, flow.clock.now, lambda: uuid.uuid4().hex)


def test_idle_tokens_are_kept_alive(flow: Flow, browser: Browser) -> None:
    browser.go()
    connection = flow.own.store.connections.get(NEW_PORTAL)
    assert connection
    start = flow.clock.now()
    asked = "POST /oauth2/v1/tokens/bearer"
    for days in (1, 69, 71, 72, 140, 142):
        before = flow.quickbooks.calls[asked]
        flow.clock.advance((start + timedelta(days=days) - flow.clock.now()).total_seconds())
        tokens(flow).keep_alive(connection)
        refreshed = flow.quickbooks.calls[asked] - before
        assert refreshed == (1 if days in (71, 142) else 0), days
    ends = tokens(flow).refresh_expires_at(connection)
    assert ends
    assert abs(ends - start - timedelta(days=242)) < timedelta(minutes=5)


def test_tokens_of_an_unknown_end_are_left_alone(flow: Flow) -> None:
    connection = flow.own.store.connections.get(PORTAL_ID)
    assert connection
    assert tokens(flow).refresh_expires_at(connection) is None
    tokens(flow).keep_alive(connection)
    assert flow.quickbooks.calls.total() == 0
    # A refresh says when they end.
    flow.clock.advance(3700)
    tokens(flow).access_token(connection, "quickbooks")
    assert tokens(flow).refresh_expires_at(connection)


def test_a_second_deployment_leaves_the_tokens_of_the_first_alone(flow: Flow) -> None:
    connection = flow.own.store.connections.get(PORTAL_ID)
    assert connection
    first, second = tokens(flow), tokens(flow, connection_secrets="sandbox/connections/")
    before = first.access_token(connection, "quickbooks")
    granted = flow.quickbooks.grant(REALM_ID)
    ends = flow.clock.now() + timedelta(hours=1)
    token = Token(granted["access_token"], granted["refresh_token"], ends)
    second.keep(PORTAL_ID, "quickbooks", token)
    assert tokens(flow).access_token(connection, "quickbooks") == before


def test_connecting_again_moves_tokens_to_where_the_deployment_keeps_them(
    flow: Flow, browser: Browser
) -> None:
    browser.go()
    store = flow.own.store.connections
    connection = store.get(NEW_PORTAL)
    assert connection
    store.put(connection.model_copy(update={"token_secret_id": "as an earlier version did"}))
    check_page(browser.go(), 200, "Connected")
    moved = store.get(NEW_PORTAL)
    assert moved
    assert moved.token_secret_id == connection.token_secret_id
    assert tokens(flow).access_token(moved, "quickbooks")
