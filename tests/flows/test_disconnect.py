"""The end of a connection: by a person here, in QuickBooks or in HubSpot; and of what was kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.credentials.disconnect import revoked
from invoice_sync.model.connection import Connection

from .acting import FOR_EVER, run_sweep
from .browser import Browser, check_page, owner
from .conftest import PORTAL_ID, REALM_ID, Flow
from .test_connections import tokens

SECRET = f"invoice-sync/connections/{PORTAL_ID}"


@pytest.fixture
def browser(flow: Flow) -> Iterator[Browser]:
    with owner(flow) as browser:
        yield browser


@pytest.fixture
def synced(flow: Flow) -> str:
    invoice_id = flow.invoice()
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    return invoice_id


def connection(flow: Flow) -> Connection:
    found = flow.own.store.connections.get(PORTAL_ID)
    assert found
    return found


def disconnect(flow: Flow, query: str = "") -> dict[str, Any]:
    answer = flow.fetch("DELETE", f"/v1/connection{query}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def secret_names(flow: Flow) -> set[str]:
    listed = flow.own.aws.client("secretsmanager").list_secrets()["SecretList"]
    return {one["Name"] for one in listed}


def revocations(request: Request) -> bool:
    return request.path.endswith("/revoke")


def calls(flow: Flow) -> int:
    return flow.hubspot.calls.total() + flow.quickbooks.calls.total()


def check_ended(flow: Flow) -> None:
    """Neither service knows a grant any more, and nothing is kept of it."""
    assert SECRET not in secret_names(flow)
    assert not flow.quickbooks.tokens.grants_of(REALM_ID)
    assert not flow.hubspot.has_grant(PORTAL_ID)
    assert flow.get("/v1/connection")["state"] == "not_connected"


class TestByAPerson:
    def test_it_ends_the_access_and_the_syncing(
        self, flow: Flow, synced: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert disconnect(flow) == {"accessEnded": True, "deleting": False}
        check_ended(flow)
        before = calls(flow)
        flow.set_price(synced, "175")
        flow.work()
        run_sweep(flow)
        flow.work()
        assert calls(flow) == before
        assert "hints of a portal are dropped" in caplog.text
        # What is known can still be read; what needs the services says why it cannot.
        assert flow.status(synced)["status"] == "synced"
        assert flow.get("/v1/failures")["failures"] == []
        refused = flow.fetch("GET", f"/v1/invoices/{synced}/preview")
        assert (refused.status, refused.json()["code"]) == (404, "not_connected")
        newest = flow.get("/v1/audit")["entries"][0]
        assert (newest["action"], newest["who"]) == ("disconnect", "pat@example.com")

    def test_what_is_shown_then_is_not_said_to_be_up_to_date(self, flow: Flow, synced: str) -> None:
        assert flow.status(synced)["connected"]
        disconnect(flow)
        for invoice_id in (synced, "99999"):
            assert not flow.status(invoice_id)["connected"]

    def test_nobody_who_may_only_look(self, flow: Flow, synced: str) -> None:
        flow.settings(may_act=["boss@example.com"])
        assert flow.fetch("DELETE", "/v1/connection").status == 403
        assert flow.get("/v1/connection")["state"] == "connected"

    def test_where_nothing_is_connected(self, flow: Flow, synced: str) -> None:
        flow.hubspot.add_portal("13579")
        url = f"{flow.own.gateway.url}/v1/connection"
        assert flow.hubspot.fetch("13579", "DELETE", url).status == 404

    def test_where_the_tokens_are_gone(self, flow: Flow, synced: str) -> None:
        """There is nothing to give back, and syncing stops all the same."""
        secrets = flow.own.aws.client("secretsmanager")
        secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
        assert disconnect(flow)["accessEnded"] is True
        assert flow.get("/v1/connection")["state"] == "not_connected"
        run_sweep(flow)

    @pytest.mark.parametrize("service", ["hubspot", "quickbooks"])
    def test_a_service_that_does_not_answer_is_asked_again(
        self, flow: Flow, synced: str, service: str
    ) -> None:
        simulator = flow.hubspot if service == "hubspot" else flow.quickbooks
        simulator.faults.append(Fault(revocations, Answer(503), FOR_EVER))
        assert disconnect(flow)["accessEnded"] is False
        # Nothing is synced all the same, and the tokens are not used for anything else.
        flow.set_price(synced, "175")
        flow.work()
        assert flow.in_quickbooks(synced)[0]["TotalAmt"] == 300
        run_sweep(flow)
        assert SECRET in secret_names(flow)
        simulator.faults.clear()
        flow.clock.advance(61 * 60)
        run_sweep(flow)
        check_ended(flow)

    def test_it_can_be_repeated(self, flow: Flow, synced: str) -> None:
        disconnect(flow)
        assert disconnect(flow) == {"accessEnded": True, "deleting": False}
        actions = [each["action"] for each in flow.get("/v1/audit")["entries"]]
        assert actions.count("disconnect") == 1

    def test_tokens_that_are_dead_already_end_too(self, flow: Flow, synced: str) -> None:
        flow.quickbooks.tokens.revoke_realm(REALM_ID)
        flow.hubspot.uninstall(PORTAL_ID)
        assert disconnect(flow)["accessEnded"] is True
        check_ended(flow)

    def test_a_secret_that_is_gone_keeps_nobody_connected(self, flow: Flow, synced: str) -> None:
        secrets = flow.own.aws.client("secretsmanager")
        secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
        assert disconnect(flow)["accessEnded"] is True
        assert flow.get("/v1/connection")["state"] == "not_connected"

    def test_connecting_again_goes_on_where_it_stopped(
        self, flow: Flow, synced: str, browser: Browser
    ) -> None:
        flow.settings(document_number="quickbooks")
        run_sweep(flow)
        disconnect(flow)
        flow.set_price(synced, "175")
        flow.work()
        flow.hubspot.consent(PORTAL_ID)
        flow.quickbooks.consent(REALM_ID)
        check_page(browser.go(), 200, "Connected")
        assert connection(flow).settings.document_number == "quickbooks"
        run_sweep(flow)
        flow.work()
        (posted,) = flow.in_quickbooks(synced)
        assert posted["TotalAmt"] == 350

    def test_what_was_to_be_revoked_before_leaves_new_tokens_alone(
        self, flow: Flow, synced: str, browser: Browser
    ) -> None:
        flow.quickbooks.faults.append(Fault(revocations, Answer(503), FOR_EVER))
        assert disconnect(flow)["accessEnded"] is False
        seen_by_a_sweep = connection(flow)
        flow.quickbooks.faults.clear()
        flow.hubspot.consent(PORTAL_ID)
        flow.quickbooks.consent(REALM_ID)
        check_page(browser.go(), 200, "Connected")
        assert revoked(flow.own.store, tokens(flow), seen_by_a_sweep)
        flow.set_price(synced, "175")
        flow.work()
        assert flow.in_quickbooks(synced)[0]["TotalAmt"] == 350
        assert SECRET in secret_names(flow)

    def test_another_company_is_refused_while_data_is_kept(
        self, flow: Flow, synced: str, browser: Browser
    ) -> None:
        disconnect(flow)
        flow.hubspot.consent(PORTAL_ID)
        check_page(browser.go(), 409, "disconnect this account and delete what the app keeps")


class TestInQuickBooks:
    def visit(self, browser: Browser, realm_id: str = REALM_ID) -> None:
        page = browser.get("/connect/quickbooks/disconnected", realmId=realm_id)
        check_page(page, 200, "Disconnected from QuickBooks")

    def test_it_ends_both(self, flow: Flow, synced: str, browser: Browser) -> None:
        flow.quickbooks.tokens.revoke_realm(REALM_ID)
        self.visit(browser)
        check_ended(flow)
        newest = flow.get("/v1/audit")["entries"][0]
        assert (newest["action"], newest["who"]) == ("disconnect", "")

    def test_a_strangers_link_ends_nothing(self, flow: Flow, synced: str, browser: Browser) -> None:
        asked = "POST /oauth2/v1/tokens/bearer"
        before = flow.quickbooks.calls[asked]
        for realm_id in (REALM_ID, REALM_ID, "1", "", "9" * 30, "<script>"):
            self.visit(browser, realm_id)
        assert flow.quickbooks.calls[asked] == before + 1
        assert connection(flow).state == "connected"
        flow.set_price(synced, "175")
        flow.work()
        assert flow.in_quickbooks(synced)[0]["TotalAmt"] == 350

    def test_nothing_ends_while_intuit_does_not_answer(
        self, flow: Flow, synced: str, browser: Browser
    ) -> None:
        flow.quickbooks.tokens.revoke_realm(REALM_ID)
        down = Fault(lambda request: request.path.endswith("/bearer"), Answer(503), FOR_EVER)
        flow.quickbooks.faults.append(down)
        self.visit(browser)
        assert connection(flow).state == "connected"


def test_an_app_that_hubspot_refuses_for_a_week_counts_as_uninstalled(
    flow: Flow, synced: str
) -> None:
    flow.hubspot.uninstall(PORTAL_ID)
    flow.queue.send([flow.hint(synced)])
    flow.work()
    assert connection(flow).broken == "hubspot"
    run_sweep(flow, timedelta(days=6))
    assert flow.quickbooks.tokens.grants_of(REALM_ID)
    run_sweep(flow, timedelta(days=7, hours=1))
    check_ended(flow)


class TestDeletion:
    def delete(self, flow: Flow) -> None:
        assert disconnect(flow, "?deleteData=true") == {"accessEnded": True, "deleting": True}
        flow.clock.advance(11 * 60)
        for _ in range(4):
            flow.work_later()

    def kept(self, flow: Flow) -> set[str]:
        return {
            item["sk"]["S"].partition("#")[0]
            for item in flow.table()
            if item["pk"]["S"] in (f"PORTAL#{PORTAL_ID}", f"REALM#{REALM_ID}")
        }

    def test_all_of_it_goes_but_one_entry_that_names_nobody(
        self, flow: Flow, synced: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # In portions, as with many.
        monkeypatch.setattr("invoice_sync.jobs.deletion._ITEMS_PER_STEP", 3)
        flow.invoice(contact_id=None)
        flow.work()
        run_sweep(flow)
        flow.work()
        self.delete(flow)
        for _ in range(12):
            flow.work_later()
        assert self.kept(flow) <= {"AUDIT", "JOB", "LEASE"}
        (entry,) = flow.get("/v1/audit")["entries"]
        assert (entry["action"], entry["who"]) == ("deletion", "")
        assert entry["says"].startswith("Deleted all that this app kept: ")
        assert "example" not in str(self.texts(flow))
        assert flow.own.store.connections.all() == []
        # The books are people's own.
        assert len(flow.in_quickbooks(synced)) == 1

    def texts(self, flow: Flow) -> list[Any]:
        return [item for item in flow.table() if PORTAL_ID in item["pk"]["S"]]

    def test_then_any_company_may_be_connected(
        self, flow: Flow, synced: str, browser: Browser
    ) -> None:
        self.delete(flow)
        flow.hubspot.consent(PORTAL_ID)
        check_page(browser.go(), 200, "Connected")
        assert connection(flow).realm_id != REALM_ID

    def test_nothing_goes_before_a_worker_that_still_runs_has_ended(
        self, flow: Flow, synced: str
    ) -> None:
        disconnect(flow, "?deleteData=true")
        flow.work()
        assert flow.status(synced)["status"] == "synced"
        self.delete(flow)

    def test_whoever_connects_again_meanwhile_keeps_it(
        self, flow: Flow, synced: str, browser: Browser
    ) -> None:
        disconnect(flow, "?deleteData=true")
        flow.hubspot.consent(PORTAL_ID)
        flow.quickbooks.consent(REALM_ID)
        check_page(browser.go(), 200, "Connected")
        flow.clock.advance(11 * 60)
        flow.work_later()
        assert flow.status(synced)["status"] == "synced"
        assert connection(flow).state == "connected"

    def test_it_waits_for_the_end_of_the_access(self, flow: Flow, synced: str) -> None:
        flow.quickbooks.faults.append(Fault(revocations, Answer(503), FOR_EVER))
        assert disconnect(flow, "?deleteData=true")["accessEnded"] is False
        flow.clock.advance(11 * 60)
        for _ in range(3):
            flow.work_later()
        assert SECRET in secret_names(flow)
        assert connection(flow).is_disconnected
        flow.quickbooks.faults.clear()
        flow.clock.advance(61 * 60)
        run_sweep(flow)
        for _ in range(3):
            flow.work_later()
        assert SECRET not in secret_names(flow)
        assert flow.own.store.connections.get(PORTAL_ID) is None

    def test_a_year_after_the_end_all_of_it_goes(self, flow: Flow, synced: str) -> None:
        disconnect(flow)
        flow.clock.advance(364 * 86400)
        run_sweep(flow)
        flow.work_later()
        assert flow.own.store.connections.get(PORTAL_ID)
        for seconds in (2 * 86400, 11 * 60, 60):
            flow.clock.advance(seconds)
            run_sweep(flow)
            flow.work_later()
        assert self.kept(flow) <= {"AUDIT", "JOB", "LEASE"}


def test_what_names_a_person_ends(flow: Flow, synced: str) -> None:
    flow.post(f"/v1/invoices/{synced}/retry")
    named = [item for item in flow.table() if item["sk"]["S"].startswith(("AUDIT#", "DECISION#"))]
    assert named
    years = (flow.clock.now() + timedelta(days=3660)).timestamp()
    assert all(int(item["expiresAt"]["N"]) < years for item in named)
