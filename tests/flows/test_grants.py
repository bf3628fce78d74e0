"""A connection ends when its grant has ended, and for nothing else; and it heals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest
from werkzeug import Request

import sync_worker
from infra.local.wire import Answer, Fault, Simulator
from invoice_sync.credentials.tokens import Tokens
from invoice_sync.model.connection import Connection
from invoice_sync.quickbooks import client
from invoice_sync.runtime import http_client

from .acting import FOR_EVER, asks_for_tokens, quickbooks_calls, run_sweep
from .conftest import PORTAL_ID, REALM_ID, Flow

NOW = datetime(2026, 3, 4, tzinfo=UTC)
HOUR = timedelta(minutes=61)
GATEWAY_401 = {
    "fault": {
        "error": [{"message": "message=AuthenticationFailed", "detail": "", "code": "3200"}],
        "type": "AUTHENTICATION",
    }
}
GATEWAY_403 = {
    "fault": {
        "error": [{"message": "message=ApplicationAuthorizationFailed", "code": "3100"}],
        "type": "SERVICE",
    }
}
ANY_HUBSPOT_401 = {"status": "error", "category": "INVALID_AUTHENTICATION", "message": "no"}


def connection(flow: Flow) -> Connection:
    found = flow.own.store.connections.get(PORTAL_ID)
    assert found
    return found


def hubspot_calls(request: Request) -> bool:
    return "/crm/" in request.path


def meanwhile(
    monkeypatch: pytest.MonkeyPatch,
    simulator: Simulator,
    act: Callable[[], object],
    *,
    before_effect: bool,
) -> None:
    """Let something happen while the next request for tokens is under way."""
    answer, waiting = simulator.answer, [act]

    def slow(request: Request) -> Answer:
        if not (asks_for_tokens(request) and waiting):
            return answer(request)
        happens = waiting.pop()
        if before_effect:
            happens()
            return answer(request)
        answered = answer(request)
        happens()
        return answered

    monkeypatch.setattr(simulator, "answer", slow)


def reconnected(flow: Flow) -> None:
    """A person connects both again."""
    grants = {"hubspot": flow.hubspot.grant(PORTAL_ID)}
    grants["quickbooks"] = flow.quickbooks.grant(REALM_ID)
    flow.own.renew(PORTAL_ID, grants)


class TestAGatewaysMistake:
    @pytest.mark.parametrize("times", [1, 2])
    @pytest.mark.parametrize(
        ("service", "answer"),
        [
            ("quickbooks", Answer(401, GATEWAY_401)),
            ("quickbooks", Answer(403, GATEWAY_403)),
            ("quickbooks", Answer(403, "<html>Forbidden</html>")),
            ("hubspot", Answer(401, ANY_HUBSPOT_401)),
        ],
    )
    def test_passes(self, flow: Flow, service: str, answer: Answer, times: int) -> None:
        invoice_id = flow.invoice()
        if service == "hubspot":
            flow.hubspot.faults.append(Fault(hubspot_calls, answer, times))
        else:
            flow.quickbooks.faults.append(Fault(quickbooks_calls, answer, times))
        flow.work()
        assert connection(flow).state == "connected"
        assert flow.get("/v1/failures/count")["failing"] == 0
        for _ in range(2):
            flow.work_later()
        assert flow.status(invoice_id)["status"] == "synced"

    def test_that_lasts_asks_for_a_person_and_is_tried_on(self, flow: Flow) -> None:
        # Also what it looks like when the person who connected has left the company.
        flow.quickbooks.faults.append(Fault(quickbooks_calls, Answer(403, GATEWAY_403), FOR_EVER))
        invoice_id = flow.invoice()
        flow.work()
        assert flow.status(invoice_id)["status"] == "pending"
        later = flow.clock.now() + timedelta(minutes=16)
        assert flow.sync_at(later).run([flow.hint(invoice_id)]) == {}
        assert flow.failure_code(invoice_id) == "reconnect_required"
        run_sweep(flow)
        found = flow.get("/v1/connection")
        assert found["state"] == "connected"
        assert found["lastTrouble"]["words"].startswith("QuickBooks refuses this app's access.")
        flow.quickbooks.faults.clear()
        flow.work_later()
        assert flow.status(invoice_id)["status"] == "synced"


class TestTwoRefreshes:
    """Intuit ends the old value at once, and the first worker's lease runs out."""

    @pytest.fixture(autouse=True)
    def at_its_worst(self, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
        # The first one stands still while it waits, so it does not notice how long that takes.
        monkeypatch.setattr(http_client, "_LONGEST_ANSWER", 1000.0)
        # So nothing may wait for its turn meanwhile.
        monkeypatch.setattr(client, "RATE", replace(client.RATE, every=0.001, at_once=inf))
        flow.quickbooks.switches.rotate_refresh_token_always = True
        flow.quickbooks.switches.rate_limits_on = False

    def interleaved(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch, *, before_effect: bool
    ) -> list[str]:
        ids = [flow.invoice(), flow.invoice()]
        flow.clock.advance(3700)
        moment = flow.clock.now()
        first = flow.sync_at(moment)
        second = flow.sync_at(moment + timedelta(minutes=3))
        result: list[Any] = []

        def act() -> None:
            flow.clock.advance(180)
            result.append(second.run([flow.hint(ids[1])]))

        meanwhile(monkeypatch, flow.quickbooks, act, before_effect=before_effect)
        first.run([flow.hint(ids[0])])
        assert len(result) == 1
        return ids

    def test_the_second_one_faster(self, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = self.interleaved(flow, monkeypatch, before_effect=True)
        assert connection(flow).state == "connected"
        assert {flow.status(one)["status"] for one in ids} == {"synced"}
        self.check_tokens(flow)

    def test_the_first_one_s_answer_late(self, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
        # The second one meets a value that is dead and still stored.
        ids = self.interleaved(flow, monkeypatch, before_effect=False)
        run_sweep(flow, timedelta(hours=1, minutes=10))
        assert connection(flow).state == "connected"
        sync_worker.collaborators.cache_clear()
        flow.work_later()
        assert {flow.status(one)["status"] for one in ids} == {"synced"}
        self.check_tokens(flow)

    def check_tokens(self, flow: Flow) -> None:
        """The stored ones can be refreshed."""
        flow.clock.advance(3700)
        later = flow.clock.now() + timedelta(hours=3)
        invoice_id = flow.invoice()
        assert flow.sync_at(later).run([flow.hint(invoice_id)]) == {}
        assert flow.status(invoice_id)["status"] == "synced"
        assert connection(flow).state == "connected"


class TestSomebodyReconnects:
    def test_while_a_worker_asks_with_the_old_grant(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        invoice_id = flow.invoice()
        flow.quickbooks.tokens.revoke_realm(REALM_ID)
        meanwhile(monkeypatch, flow.quickbooks, lambda: reconnected(flow), before_effect=True)
        assert flow.sync_at(flow.clock.now()).run([flow.hint(invoice_id)]) == {}
        assert connection(flow).state == "connected"
        assert flow.status(invoice_id)["status"] == "synced"

    def test_after_a_worker_met_the_dead_grant(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        invoice_id = flow.invoice()
        flow.quickbooks.tokens.revoke_realm(REALM_ID)
        mark = Tokens.require_reconnect

        def too_late(tokens: Tokens, *args: Any) -> bool:
            reconnected(flow)
            return mark(tokens, *args)

        monkeypatch.setattr(Tokens, "require_reconnect", too_late)
        hint = flow.hint(invoice_id)
        assert list(flow.sync_at(flow.clock.now()).run([hint])) == [hint]
        assert connection(flow).state == "connected"
        # It does not wait for a person who has been there.
        assert flow.status(invoice_id)["status"] == "pending"
        assert flow.sync_at(flow.clock.now()).run([hint]) == {}
        assert flow.status(invoice_id)["status"] == "synced"


class TestHealing:
    def given_up(self, flow: Flow) -> str:
        """The token endpoint calls a good grant dead."""
        invoice_id = flow.invoice()
        dead = Answer(400, {"error": "invalid_grant"})
        flow.quickbooks.faults.append(Fault(asks_for_tokens, dead, FOR_EVER))
        flow.quickbooks.tokens.expire_access(REALM_ID)
        flow.work()
        assert connection(flow).state == "reconnect_required"
        assert flow.failure_code(invoice_id) == "reconnect_required"
        return invoice_id

    def test_good_tokens_are_used_again(self, flow: Flow) -> None:
        invoice_id = self.given_up(flow)
        flow.quickbooks.faults.clear()
        run_sweep(flow)
        assert flow.get("/v1/connection")["state"] == "connected"
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"

    def test_dead_ones_are_tried_once_an_hour(self, flow: Flow) -> None:
        self.given_up(flow)
        asked = "POST /oauth2/v1/tokens/bearer"
        flow.quickbooks.faults.clear()
        flow.quickbooks.tokens.revoke_realm(REALM_ID)
        before = flow.quickbooks.calls[asked]
        for _ in range(3):
            run_sweep(flow)
        assert flow.quickbooks.calls[asked] == before + 1
        run_sweep(flow, HOUR)
        assert flow.quickbooks.calls[asked] == before + 2
        assert connection(flow).state == "reconnect_required"

    def test_what_was_found_out_about_an_older_grant_says_nothing(self, flow: Flow) -> None:
        old = connection(flow)
        reconnected(flow)
        connections = flow.own.store.connections
        assert not connections.require_reconnect(PORTAL_ID, old.grant, "quickbooks", NOW)
        assert connection(flow).state == "connected"
        new = connection(flow)
        assert connections.require_reconnect(PORTAL_ID, new.grant, "quickbooks", NOW)
        assert not connections.set_working(PORTAL_ID, old.grant, "another")
        assert connection(flow).state == "reconnect_required"
