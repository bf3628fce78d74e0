"""What people do in QuickBooks is told by Intuit, and seen without any event of HubSpot's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

import quickbooks_webhook
from infra.local.quickbooks import sales_line
from infra.local.quickbooks import webhooks as simulated
from infra.local.system import APP_SECRET
from infra.local.wire import Answer, Fault
from invoice_sync.errors import QueueRefusedError
from invoice_sync.hints import Hint
from invoice_sync.runtime import clock

from .conftest import PORTAL_ID, REALM_ID, Flow

TOKEN = APP_SECRET["quickbooksVerifierToken"]


@pytest.fixture(params=["cloudevents", "legacy"])
def watched(flow: Flow, request: pytest.FixtureRequest) -> Flow:
    flow.quickbooks.webhooks.legacy = request.param == "legacy"
    flow.watch_quickbooks()
    return flow


def synced(flow: Flow) -> tuple[str, str]:
    """A synced invoice, in HubSpot and in QuickBooks, some time ago."""
    invoice_id = flow.invoice()
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    flow.clock.advance(2)
    return invoice_id, found["Id"]


def edit_total(flow: Flow, quickbooks_id: str, amount: int) -> None:
    flow.realm.edit_invoice(quickbooks_id, Line=[sales_line(flow.item_id, amount)])


def spent(flow: Flow) -> tuple[int, int, int]:
    calls = flow.quickbooks.calls.total()
    return calls, flow.hubspot.calls.total(), flow.quickbooks.metered_reads(REALM_ID)


def event(quickbooks_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "type": "qbo.invoice.updated.v1",
        "time": (clock.now() + timedelta(hours=1)).isoformat(),
        "intuitentityid": quickbooks_id,
        "intuitaccountid": REALM_ID,
        **changes,
    }


def post(flow: Flow, body: bytes, signature: str | None = None) -> int:
    headers = {"intuit-signature": simulated.sign(TOKEN, body) if signature is None else signature}
    url = f"{flow.own.gateway.url}/webhooks/quickbooks"
    return httpx.post(url, content=body, headers=headers).status_code


class TestOurOwnWrites:
    def test_their_echoes_cost_no_call(self, watched: Flow) -> None:
        invoice_id = watched.invoice()
        watched.hubspot.deliver()
        watched.own.poller.poll_once()
        watched.set_price(invoice_id, "175")
        watched.hubspot.deliver()
        watched.own.poller.poll_once()
        watched.hubspot.deliver()
        watched.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
        watched.hubspot.deliver()
        watched.own.poller.poll_once()
        assert [one["action"] for one in watched.status(invoice_id)["attempts"]] == [
            "voided",
            "updated",
            "created",
        ]
        before = spent(watched)
        assert watched.quickbooks.pending_deliveries() >= 3
        assert set(watched.quickbooks.deliver()) == {200}
        assert watched.own.poller.poll_once() > 0
        assert spent(watched) == before

    def test_invoices_that_are_not_ours_cost_no_call(self, watched: Flow) -> None:
        watched.work()
        before = spent(watched)
        line = sales_line(watched.item_id, 10)
        theirs = watched.realm.add_invoice(watched.customer_id, [line])
        watched.clock.advance(2)
        watched.realm.edit_invoice(theirs["Id"], Line=[sales_line(watched.item_id, 20)])
        watched.work()
        assert spent(watched) == before
        assert watched.records() == []


class TestForeignChanges:
    def test_an_edit_is_shown_and_its_undoing_clears_it(self, watched: Flow) -> None:
        invoice_id, quickbooks_id = synced(watched)
        before = watched.realm.invoice(quickbooks_id)["Line"]
        edit_total(watched, quickbooks_id, 310)
        watched.work()
        assert watched.failure_code(invoice_id) == "modified_outside_hubspot"
        newest = watched.status(invoice_id)["attempts"][0]
        assert newest["event"] == "quickbooks.invoice.updated"
        watched.realm.edit_invoice(quickbooks_id, Line=before)
        watched.work()
        assert watched.status(invoice_id)["status"] == "synced"

    def test_an_edit_that_changes_no_amount_is_read_once(self, watched: Flow) -> None:
        invoice_id, quickbooks_id = synced(watched)
        note = watched.realm.invoice(quickbooks_id)["PrivateNote"]
        before = watched.quickbooks.metered_reads(REALM_ID)
        watched.realm.edit_invoice(quickbooks_id, PrivateNote=f"{note} - seen by Jo")
        watched.work()
        assert watched.status(invoice_id)["status"] == "synced"
        assert watched.quickbooks.metered_reads(REALM_ID) == before + 1
        watched.quickbooks.webhooks._told = {REALM_ID: 0}  # Intuit tells all of it again
        watched.work()
        assert watched.quickbooks.metered_reads(REALM_ID) == before + 1

    def test_voided_and_deleted(self, watched: Flow) -> None:
        voided, quickbooks_id = synced(watched)
        deleted, other_id = synced(watched)
        watched.realm.void_invoice(quickbooks_id)
        watched.realm.delete_invoice(other_id)
        watched.work()
        for invoice_id, word in ((voided, "voided"), (deleted, "deleted")):
            failure = watched.status(invoice_id)["failure"]
            assert failure["code"] == "modified_outside_hubspot"
            assert word in failure["explanation"]

    def test_an_echo_and_an_edit_in_one_delivery(self, watched: Flow) -> None:
        invoice_id = watched.invoice()
        watched.hubspot.deliver()
        watched.own.poller.poll_once()
        watched.clock.advance(2)
        edit_total(watched, watched.in_quickbooks(invoice_id)[0]["Id"], 310)
        watched.work()
        assert watched.failure_code(invoice_id) == "modified_outside_hubspot"

    def test_both_sides_change_at_once(self, watched: Flow) -> None:
        invoice_id, quickbooks_id = synced(watched)
        # HubSpot's new total is the one that somebody types into QuickBooks.
        edit_total(watched, quickbooks_id, 310)
        watched.set_price(invoice_id, "175")
        watched.work()
        assert watched.failure_code(invoice_id) == "modified_outside_hubspot"
        assert watched.realm.invoice(quickbooks_id)["TotalAmt"] == 310

    def test_many_are_read_in_one_request(self, watched: Flow) -> None:
        invoice_ids = [watched.invoice() for _ in range(12)]
        watched.work()
        watched.clock.advance(120)
        for one in invoice_ids:
            edit_total(watched, watched.in_quickbooks(one)[0]["Id"], 310)
        before = watched.quickbooks.metered_reads(REALM_ID)
        watched.work()
        assert watched.get("/v1/failures/count")["failing"] == 12
        assert watched.quickbooks.metered_reads(REALM_ID) == before + 1


class TestTrouble:
    def hint(self, quickbooks_id: str, **changes: Any) -> Hint:
        now = clock.now()
        whole: dict[str, Any] = {
            "portal_id": "",
            "object_id": quickbooks_id,
            "trigger": "webhook",
            "event": "quickbooks.invoice.updated",
            "occurred_at": now + timedelta(hours=1),
            "received_at": now,
            "object_type": "quickbooks_invoices",
            "realm_id": REALM_ID,
        }
        return Hint(**(whole | changes))

    def test_a_hint_is_tried_again_as_it_came_and_looks_even_when_it_comes_late(
        self, flow: Flow
    ) -> None:
        invoice_id, quickbooks_id = synced(flow)
        edit_total(flow, quickbooks_id, 310)
        down = Fault(lambda request: "/v3/company/" in request.path, Answer(503, "busy"), 10_000)
        flow.quickbooks.faults.append(down)
        told, own = self.hint(quickbooks_id), flow.hint(invoice_id)
        start = flow.clock.now()
        # One look was made for both, and each comes back: by then, QuickBooks' may be an echo.
        assert set(flow.sync_at(start).run([own, told])) == {own, told}
        # After a quarter of an hour it counts, and a message of our own comes instead.
        assert flow.sync_at(start + timedelta(minutes=16)).run([told]) == {}
        flow.quickbooks.faults.clear()
        flow.work_later()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"

    def test_a_hint_waits_for_the_worker_that_has_the_invoice(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        now = flow.clock.now()
        assert flow.own.store.records.claim(PORTAL_ID, [invoice_id], "another", now, 60)[invoice_id]
        told = self.hint(quickbooks_id)
        assert flow.sync_at(now).run([told]) == {told: 5}

    def test_the_newest_of_several_messages_decides(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        edit_total(flow, quickbooks_id, 310)
        echo = self.hint(quickbooks_id, occurred_at=flow.clock.now() - timedelta(hours=1))
        told = self.hint(quickbooks_id)
        assert flow.sync_at(flow.clock.now()).run([echo, told, echo]) == {}
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"

    def test_the_same_id_in_another_realm_is_another_invoice(self, flow: Flow) -> None:
        _, quickbooks_id = synced(flow)
        before = spent(flow)
        assert flow.sync_at(flow.clock.now()).run([self.hint(quickbooks_id, realm_id="77")]) == {}
        assert spent(flow) == before


class TestEndpoint:
    @pytest.mark.parametrize("signature", ["", "bm9ib2R5"])
    def test_a_stranger_is_refused_and_counted(
        self, flow: Flow, signature: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert post(flow, json.dumps([event("145")]).encode(), signature) == 401
        assert flow.own.poller.depth()[0] == 0
        assert '"SignatureRefused":[1.0]' in capsys.readouterr().out.replace(" ", "")

    @pytest.mark.parametrize("body", [b"", b"{", b"{}", b'[{"type":"qbo.invoice.updated.v1"}]'])
    def test_a_body_that_cannot_be_read(self, flow: Flow, body: bytes) -> None:
        assert post(flow, body) == 400

    def test_what_is_not_queued_is_sent_again(
        self, watched: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        invoice_id, quickbooks_id = synced(watched)
        edit_total(watched, quickbooks_id, 310)

        def refuse(*_: object) -> int:
            raise QueueRefusedError("the queue refused 1 hints")

        monkeypatch.setattr(quickbooks_webhook.collaborators().queue, "send", refuse)
        assert watched.quickbooks.deliver() == [503]
        monkeypatch.undo()
        watched.work()
        assert watched.failure_code(invoice_id) == "modified_outside_hubspot"

    def test_a_secret_that_cannot_be_read_is_trouble_of_ours(self, flow: Flow) -> None:
        secrets = flow.own.aws.client("secretsmanager")
        secrets.put_secret_value(SecretId="invoice-sync/app", SecretString="[]")
        quickbooks_webhook.collaborators.cache_clear()
        assert post(flow, json.dumps([event("145")]).encode()) == 503
        secrets.put_secret_value(SecretId="invoice-sync/app", SecretString=json.dumps(APP_SECRET))

    def test_several_realms_go_each_to_a_group_of_its_own(self, flow: Flow) -> None:
        body = json.dumps([event("145"), event("145", intuitaccountid="77")]).encode()
        assert post(flow, body) == 200
        found = flow.own.aws.client("sqs").receive_message(
            QueueUrl=flow.own.aws.environment["QUEUE_URL"],
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["All"],
        )["Messages"]
        assert {one["Attributes"]["MessageGroupId"] for one in found} == {REALM_ID, "77"}
