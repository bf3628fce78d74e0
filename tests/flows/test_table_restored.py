"""A table that is lost, or restored to an earlier state, makes nothing a second time: HubSpot and
QuickBooks still know what it forgot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from infra.local.hubspot.types import SCOPES
from invoice_sync.model.connection import Gap

from .acting import begin_now, down, lose_everything, run_sweep, take, up
from .conftest import PORTAL_ID, REALM_ID, Flow
from .deciding import click, synced
from .restoring import Items, lose_records, restore

WEEK = timedelta(days=7)


@pytest.fixture(
    autouse=True, params=["hubspot", "quickbooks", "not custom"], ids=lambda each: f"{each} numbers"
)
def numbers(flow: Flow, request: pytest.FixtureRequest) -> str:
    """Whose numbers the invoices have, and whether QuickBooks takes numbers of others at all."""
    custom = request.param != "not custom"
    flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", custom)
    flow.settings(document_number="hubspot" if request.param == "hubspot" else "quickbooks")
    flow.quickbooks.switches.honour_request_id = False
    return str(request.param)


def pass_time(flow: Flow, time: timedelta) -> None:
    flow.clock.advance(time.total_seconds())


def look_at(flow: Flow, *invoice_ids: str) -> None:
    pass_time(flow, timedelta(seconds=5))
    flow.queue.send(flow.hint(each) for each in invoice_ids)
    flow.work()


class TestHubSpotNamesTheInvoice:
    """By our own property, on its record."""

    def test_the_table_forgot_it(self, flow: Flow) -> None:
        earlier = flow.table()
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        restore(flow, earlier)
        look_at(flow, invoice_id)
        synced(flow, invoice_id)
        assert flow.realm.invoices == [ours]
        assert flow.status(invoice_id)["quickbooks"]["id"] == ours["Id"]

    def test_people_gave_it_another_number_and_day_meanwhile(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        flow.realm.edit_invoice(ours["Id"], DocNumber="X-1", TxnDate="2026-01-02")
        lose_records(flow)
        look_at(flow, invoice_id)
        assert [each["Id"] for each in flow.realm.invoices] == [ours["Id"]]
        assert flow.status(invoice_id)["quickbooks"]["id"] == ours["Id"]

    def test_somebody_deleted_it_there_meanwhile(self, flow: Flow) -> None:
        earlier = flow.table()
        invoice_id = flow.invoice()
        flow.work()
        flow.realm.delete_invoice(flow.in_quickbooks(invoice_id)[0]["Id"])
        restore(flow, earlier)
        look_at(flow, invoice_id)
        assert flow.realm.invoices == []
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        click(flow, invoice_id, "create_again")
        synced(flow, invoice_id)
        assert len(flow.realm.invoices) == 1

    def test_our_note_is_gone_from_it(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        flow.realm.edit_invoice(ours["Id"], PrivateNote="", DocNumber="X-1")
        lose_records(flow)
        look_at(flow, invoice_id)
        assert flow.failure_code(invoice_id) == "possible_duplicate"
        look_at(flow, invoice_id)
        assert len(flow.realm.invoices) == 1
        click(flow, invoice_id, "adopt")
        synced(flow, invoice_id)
        assert [each["Id"] for each in flow.realm.invoices] == [ours["Id"]]

    def test_a_copy_of_an_invoice_has_its_link_and_is_another(self, flow: Flow) -> None:
        first = flow.invoice()
        flow.work()
        link = flow.portal.record("invoices", first).properties["qbo_invoice_link"]
        copy = flow.invoice(qbo_invoice_link=link)
        flow.work()
        synced(flow, copy)
        assert len(flow.in_quickbooks(first)) == len(flow.in_quickbooks(copy)) == 1
        assert flow.portal.record("invoices", copy).properties["qbo_invoice_link"] != link

    @pytest.mark.parametrize("service", ["hubspot", "quickbooks"])
    def test_what_names_it_outlives_an_outage(self, flow: Flow, service: str) -> None:
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        lose_records(flow)
        down(flow, service)
        look_at(flow, invoice_id)
        assert flow.status(invoice_id)["status"] == "pending"
        up(flow)
        flow.work_later()
        synced(flow, invoice_id)
        assert [each["Id"] for each in flow.realm.invoices] == [ours["Id"]]

    def test_the_connection_is_lost_too(self, flow: Flow) -> None:
        """It is connected again and begins now: what was written is ours all the same."""
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        lose_records(flow)
        begin_now(flow)
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.status(invoice_id)["quickbooks"]["id"] == ours["Id"]
        assert len(flow.realm.invoices) == 1


class TestHubSpotNamesNothing:
    """It does not let us have properties of our own. That the table is old shows by how far the
    sweep has come in it, and our notes in QuickBooks tell what it has forgotten."""

    @pytest.fixture(autouse=True)
    def without_properties(self, flow: Flow) -> None:
        fewer = {one for one in SCOPES if not one.startswith("crm.schemas")}
        grants = {
            "hubspot": flow.hubspot.grant(PORTAL_ID, fewer),
            "quickbooks": flow.quickbooks.grant(REALM_ID),
        }
        flow.own.renew(PORTAL_ID, grants)
        run_sweep(flow)

    @pytest.fixture(params=["worker first", "sweep first"])
    def back(self, flow: Flow, request: pytest.FixtureRequest) -> Callable[[Items], None]:
        """Restore the table; then the worker, or the sweep, is the first to run."""

        def back(earlier: Items) -> None:
            pass_time(flow, WEEK)
            lose_everything(flow)
            restore(flow, earlier)
            if request.param == "sweep first":
                run_sweep(flow)
                run_sweep(flow)

        return back

    def test_an_invoice(self, flow: Flow, back: Callable[[Items], None]) -> None:
        earlier = flow.table()
        pass_time(flow, WEEK)
        run_sweep(flow)
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        flow.realm.edit_invoice(ours["Id"], DocNumber="X-1", TxnDate="2026-01-02")
        back(earlier)
        look_at(flow, invoice_id)
        assert [each["Id"] for each in flow.realm.invoices] == [ours["Id"]]
        assert flow.status(invoice_id)["quickbooks"]["id"] == ours["Id"]

    def test_a_customer(self, flow: Flow, back: Callable[[Items], None]) -> None:
        flow.settings(create_customers=True)
        earlier = flow.table()
        pass_time(flow, WEEK)
        run_sweep(flow)
        ada = flow.portal.create("contacts", {"firstname": "Ada", "lastname": "Byron"})
        first = flow.invoice(contact_id=ada)
        flow.work()
        (made,) = [each for each in flow.realm.customers if each["DisplayName"] == "Ada Byron"]
        flow.realm.edit_customer(made["Id"], DisplayName="Countess of Lovelace")
        back(earlier)
        run_sweep(flow)
        flow.work()
        pass_time(flow, timedelta(minutes=14))
        second = flow.invoice(contact_id=ada)
        look_at(flow, second, first)
        synced(flow, second)
        customers = [each["DisplayName"] for each in flow.realm.customers]
        assert customers == ["Globex", "Countess of Lovelace"]

    def test_a_payment_that_somebody_took_off_the_invoice(
        self, flow: Flow, back: Callable[[Items], None]
    ) -> None:
        invoice_id = flow.invoice()
        flow.work()
        earlier = flow.table()
        pass_time(flow, WEEK)
        run_sweep(flow)
        take(flow, invoice_id, "300")
        flow.work()
        (payment,) = flow.realm.payments
        flow.realm.edit_payment(payment["Id"], Line=[], TxnDate="2026-01-02")
        back(earlier)
        look_at(flow, invoice_id)
        assert [each["Id"] for each in flow.realm.payments] == [payment["Id"]]

    def test_what_is_new_is_not_looked_for(self, flow: Flow, back: Callable[[Items], None]) -> None:
        flow.invoice()
        flow.work()
        back(flow.table())
        run_sweep(flow)
        flow.work()
        pass_time(flow, timedelta(minutes=14))
        look_at(flow, flow.invoice())  # the preferences and the like are remembered from here on
        before = flow.quickbooks.metered_reads(REALM_ID)
        look_at(flow, flow.invoice())
        assert flow.quickbooks.metered_reads(REALM_ID) == before

    def test_the_connection_is_lost_too_and_its_owner_says_so(self, flow: Flow) -> None:
        began = flow.clock.now()
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        flow.realm.edit_invoice(ours["Id"], DocNumber="X-1", TxnDate="2026-01-02")
        pass_time(flow, WEEK)
        lose_records(flow)
        start = begin_now(flow)
        flow.own.store.connections.set_gap(PORTAL_ID, Gap(since=began, until=start))
        look_at(flow, invoice_id)
        assert flow.status(invoice_id)["status"] == "skipped"
        flow.post(f"/v1/invoices/{invoice_id}/resolve", {"resolution": "bring_in"})
        flow.work()
        assert [each["Id"] for each in flow.realm.invoices] == [ours["Id"]]
        assert flow.status(invoice_id)["quickbooks"]["id"] == ours["Id"]
