"""The status on HubSpot's own invoice: there after every change, and never in the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.hubspot.types import SCOPES
from infra.local.wire import Answer, Fault
from invoice_sync.hubspot.events import OWN_PROPERTIES
from invoice_sync.hubspot.property_definitions import DEFINITIONS
from invoice_sync.model.connection import StatusProperties

from .acting import HUBSPOT_ERROR
from .conftest import PORTAL_ID, REALM_ID, Flow

NAMES = [str(one["name"]) for one in DEFINITIONS]


def shown(flow: Flow, invoice_id: str) -> dict[str, str]:
    values = flow.portal.record("invoices", invoice_id).properties
    return {name: values[name] for name in NAMES if values.get(name)}


def updates(flow: Flow) -> int:
    return sum(n for label, n in flow.hubspot.calls.items() if label.endswith("/batch/update"))


def of_properties(flow: Flow) -> int:
    """Calls about properties themselves."""
    return sum(n for label, n in flow.hubspot.calls.items() if " properties/" in label)


def refuse(flow: Flow, part: str, answer: Answer, times: int = 10_000) -> None:
    flow.hubspot.faults.append(Fault(lambda request: part in request.path, answer, times))


class TestValues:
    def test_follow_the_record(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        invoice_id = flow.invoice(contact_id=None, number="INV-7")
        flow.work()
        found = shown(flow, invoice_id)
        assert found["qbo_sync_status"] == "failing"
        assert found["qbo_failure_code"] == "customer_not_found"
        assert found["qbo_failure"].startswith("An invoice should have an associated customer.")
        assert set(found) == {"qbo_sync_status", "qbo_failure_code", "qbo_failure"}
        flow.portal.associate("invoices", invoice_id, "contacts", flow.contact_id)
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        found = shown(flow, invoice_id)
        synced_at = flow.own.store.records.get(PORTAL_ID, invoice_id)
        assert synced_at
        assert synced_at.synced_at
        last = datetime.fromisoformat(found.pop("qbo_last_synced"))
        assert abs(last - synced_at.synced_at) < timedelta(seconds=1)
        assert found.pop("qbo_invoice_link").endswith(f"/app/invoice?txnId={ours['Id']}")
        assert found == {
            "qbo_sync_status": "synced",
            "qbo_invoice_number": "INV-7",
            "qbo_payment_status": "unpaid",
            "qbo_balance": "300.00",
        }
        flow.clock.advance(2)
        flow.realm.receive_payment(ours["Id"], "120.50")
        flow.work()
        found = shown(flow, invoice_id)
        assert (found["qbo_payment_status"], found["qbo_balance"]) == ("partly_paid", "179.50")
        flow.clock.advance(2)
        flow.realm.receive_payment(ours["Id"], "179.50")
        flow.work()
        assert shown(flow, invoice_id)["qbo_payment_status"] == "paid"

    def test_of_drafts_and_voids(self, flow: Flow) -> None:
        draft, void = flow.invoice(status="draft"), flow.invoice()
        flow.work()
        flow.portal.update("invoices", void, {"hs_invoice_status": "voided"})
        flow.work()
        assert shown(flow, draft) == {"qbo_sync_status": "skipped"}
        assert shown(flow, void)["qbo_payment_status"] == "voided"
        assert shown(flow, void)["qbo_balance"] == "0.00"

    def test_name_nobody(self, flow: Flow) -> None:
        secret = {"email": "ada@private.example", "firstname": "Ada", "lastname": "Private"}
        contact_id = flow.portal.create("contacts", secret)
        flow.settings(create_customers=True)
        flow.realm.add_vendor("Ada Private")
        invoice_id = flow.invoice(contact_id=contact_id)
        flow.work()
        assert flow.failure_code(invoice_id) == "duplicate_display_name"
        assert not [one for one in shown(flow, invoice_id).values() if "rivate" in one]


class TestCost:
    def test_many_are_one_call_and_nothing_new_is_none(self, flow: Flow) -> None:
        # On a busy machine calls arrive in bunches; what waits is another test's business.
        flow.quickbooks.switches.rate_limits_on = False
        ids = [flow.invoice() for _ in range(40)]
        flow.hubspot.webhooks.discard()
        flow.queue.send(flow.hint(one) for one in ids)
        flow.own.poller.poll_once()
        assert updates(flow) == 1
        assert {shown(flow, one)["qbo_sync_status"] for one in ids} == {"synced"}
        flow.hubspot.webhooks.discard()
        before = flow.hubspot.calls.copy()
        flow.queue.send(flow.hint(one) for one in ids)
        flow.own.poller.poll_once()
        spent = flow.hubspot.calls - before
        assert not [label for label in spent if "properties" in label or "update" in label]

    def test_our_own_writes_cause_no_further_look(self, flow: Flow) -> None:
        # The simulator tells of every property; the app's project subscribes to none of ours.
        flow.invoice()
        flow.hubspot.deliver()
        while flow.own.poller.poll_once():
            pass
        assert updates(flow) == 1
        assert flow.hubspot.pending_deliveries() > 0
        flow.hubspot.deliver()
        assert sum(flow.own.poller.depth()) == 0


class TestDefinitions:
    def test_have_names_that_webhooks_know_as_ours(self) -> None:
        assert [one for one in NAMES if not one.startswith(OWN_PROPERTIES)] == []

    def test_are_made_once_in_their_own_group(self, flow: Flow) -> None:
        flow.invoice()
        flow.work()
        schema = flow.portal.schemas["invoices"]
        assert {schema.properties[name].group for name in NAMES} == {"quickbooks_sync"}
        made = of_properties(flow)
        assert made == 3
        flow.own.store.connections.set_status_properties(
            PORTAL_ID, StatusProperties()
        )  # as after connecting again
        flow.invoice()
        flow.work()
        assert of_properties(flow) == made + 1

    def test_without_the_scope_invoices_are_synced_and_it_is_said(self, flow: Flow) -> None:
        fewer = {one for one in SCOPES if not one.startswith("crm.schemas")}
        grants = {
            "hubspot": flow.hubspot.grant(PORTAL_ID, fewer),
            "quickbooks": flow.quickbooks.grant(REALM_ID),
        }
        flow.own.renew(PORTAL_ID, grants)
        invoice_id = flow.invoice()
        flow.work()
        status = flow.status(invoice_id)
        assert (status["status"], status["notShown"]) == ("synced", "MISSING_SCOPES")
        assert shown(flow, invoice_id) == {}
        before = of_properties(flow)
        flow.set_price(invoice_id, "175")
        flow.work()
        assert of_properties(flow) == before  # not asked again for a day
        flow.own.renew(PORTAL_ID, {**grants, "hubspot": flow.hubspot.grant(PORTAL_ID)})
        # Another worker knows nothing of the token that was given before.
        tomorrow = flow.sync_at(flow.clock.now() + timedelta(hours=25))
        flow.set_price(invoice_id, "180")
        flow.hubspot.webhooks.discard()
        tomorrow.run([flow.hint(invoice_id)])
        assert shown(flow, invoice_id)["qbo_balance"] == "360.00"

    def test_one_that_somebody_deleted_is_made_again(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.portal.schemas["invoices"].properties.pop("qbo_balance")
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        flow.set_price(invoice_id, "180")
        flow.work()
        assert shown(flow, invoice_id)["qbo_balance"] == "360.00"
        assert flow.status(invoice_id)["notShown"] == ""


class TestTrouble:
    def test_what_could_not_be_shown_is_shown_later(self, flow: Flow) -> None:
        refuse(flow, "/invoices/batch/update", Answer(502, HUBSPOT_ERROR))
        invoice_id = flow.invoice()
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert shown(flow, invoice_id) == {}
        flow.hubspot.faults.clear()
        flow.work_later()
        assert shown(flow, invoice_id)["qbo_sync_status"] == "synced"
        assert len(flow.in_quickbooks(invoice_id)) == 1

    def test_a_worker_that_died_before_it_could_show(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            # As if the process had ended there; an error of our own ends the same way.
            patched.setattr("invoice_sync.sync.status_values.values", lambda *_: 1 / 0)
            invoice_id = flow.invoice()
            flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert shown(flow, invoice_id) == {}
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert shown(flow, invoice_id)["qbo_sync_status"] == "synced"

    def test_one_refused_invoice_does_not_keep_the_others(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = flow.invoice(), flow.invoice()
        check = flow.portal.check_change

        def locked(record: Any, values: Any, source: Any) -> None:
            if record.id == first and "qbo_sync_status" in values:
                from infra.local.hubspot.answers import invalid

                raise invalid("this invoice is locked")
            check(record, values, source)

        monkeypatch.setattr(flow.portal, "check_change", locked)
        flow.work()
        assert shown(flow, first) == {}
        assert shown(flow, second)["qbo_sync_status"] == "synced"
        before = updates(flow)
        flow.post(f"/v1/invoices/{first}/retry")
        flow.work()
        assert updates(flow) == before

    def test_an_invoice_that_is_gone_is_not_written(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        before = updates(flow)
        flow.portal.delete("invoices", invoice_id)
        flow.work()
        assert flow.failure_code(invoice_id) == "hubspot_record_gone"
        assert updates(flow) == before
