"""HubSpot's own QuickBooks sync beside us: nothing is billed a second time without a word.

Source: HubSpot's Knowledge Base, "Connect HubSpot and QuickBooks Online" and "Troubleshoot the
QuickBooks Online data sync integration": it lets QuickBooks number its invoices, so that number and
marker tell nothing. An invoice that it holds has an association of type 679.
"""

from __future__ import annotations

import pytest

from infra.local.native_sync import NativeSync as HubSpotsOwnSync
from infra.local.wire import Answer, Fault
from invoice_sync.model.connection import NativeSync

from .acting import begin_now, run_sweep
from .backfilling import add_by_hand, add_old, install, plan, run
from .conftest import REALM_ID, Flow
from .deciding import click, offered, seen, synced


def hold(flow: Flow, invoice_id: str) -> None:
    """HubSpot's own sync holds the invoice, as its association shows."""
    flow.portal.hold_by_data_sync(invoice_id)


class TestBesideIt:
    """HubSpot's own sync at work between the same two accounts."""

    def test_what_it_wrote_is_adopted_or_left_to_it_but_not_doubled(self, flow: Flow) -> None:
        native = HubSpotsOwnSync(flow.portal, flow.realm)
        invoice_id = flow.invoice(number="INV-4")
        theirs = native.to_quickbooks(invoice_id)
        flow.work()
        assert flow.failure_code(invoice_id) == "possible_duplicate"
        assert len(flow.realm.invoices) == 1
        flow.clock.advance(2)
        click(flow, invoice_id, "adopt")
        assert synced(flow, invoice_id)["quickbooks"]["id"] == theirs
        assert len(flow.realm.invoices) == 1

    def test_what_it_copies_into_hubspot_does_not_come_back(self, flow: Flow) -> None:
        native = HubSpotsOwnSync(flow.portal, flow.realm)
        made = add_by_hand(flow, "1041")
        copied = native.to_hubspot(made["Id"], flow.contact_id)
        flow.work()
        assert flow.status(copied)["status"] == "skipped"
        assert [invoice["Id"] for invoice in flow.realm.invoices] == [made["Id"]]

    def test_what_it_holds_from_before_the_start_stays_with_it(self, flow: Flow) -> None:
        native = HubSpotsOwnSync(flow.portal, flow.realm)
        invoice_id = flow.invoice()
        native.to_quickbooks(invoice_id)
        begin_now(flow)
        flow.portal.update("invoices", invoice_id, {"hs_comments": "Thanks"})
        flow.work()
        assert flow.status(invoice_id)["status"] == "skipped"
        assert len(flow.realm.invoices) == 1


class TestAnInvoiceThatItHolds:
    @pytest.fixture
    def held(self, flow: Flow) -> str:
        invoice_id = add_old(flow, number="INV-4")
        hold(flow, invoice_id)
        return invoice_id

    def test_is_not_created_by_itself(self, flow: Flow, held: str) -> None:
        flow.work()
        failure = flow.status(held)["failure"]
        assert failure["code"] == "possible_duplicate"
        assert "own data sync holds this invoice" in failure["explanation"]
        assert "Turn the invoices" in failure["remedy"]["hubspot"][0]
        assert offered(failure) == ["create_anyway", "stop_syncing"]
        # Whatever comes: an event, a sweep, a retry of one and of all.
        flow.portal.update("invoices", held, {"hs_comments": "Thanks"})
        run_sweep(flow)
        flow.post(f"/v1/invoices/{held}/retry")
        flow.post("/v1/failures/retry", {"code": "possible_duplicate"})
        flow.work()
        assert flow.realm.invoices == []
        flow.clock.advance(2)
        click(flow, held, "create_anyway")
        synced(flow, held)

    def test_its_twin_is_offered(self, flow: Flow, held: str) -> None:
        twin = add_by_hand(flow, "1041")
        flow.work()
        failure = flow.status(held)["failure"]
        assert f'the invoice "{twin["DocNumber"]}" of "Globex"' in failure["explanation"]
        assert offered(failure) == ["adopt", "create_anyway", "stop_syncing"]
        flow.clock.advance(2)
        click(flow, held, "adopt")
        assert synced(flow, held)["quickbooks"]["id"] == twin["Id"]
        assert len(flow.realm.invoices) == 1

    def test_its_twin_may_have_kept_the_number(self, flow: Flow, held: str) -> None:
        twin = add_by_hand(flow, "INV-4")
        flow.work()
        assert (
            f'the invoice "{twin["DocNumber"]}" of "Globex"'
            in flow.status(held)["failure"]["explanation"]
        )
        preview = flow.get(f"/v1/invoices/{held}/preview")
        assert "possible_duplicate" in [each["code"] for each in preview["failures"]]
        flow.clock.advance(2)
        click(flow, held, "adopt")
        assert synced(flow, held)["quickbooks"]["id"] == twin["Id"]

    def test_a_twin_that_comes_later_is_offered_at_a_retry(self, flow: Flow, held: str) -> None:
        flow.work()
        twin = add_by_hand(flow, "1041")
        flow.post(f"/v1/invoices/{held}/retry")
        flow.work()
        assert (
            f'the invoice "{twin["DocNumber"]}" of "Globex"'
            in flow.status(held)["failure"]["explanation"]
        )
        assert len(flow.realm.invoices) == 1

    def test_a_backfill_asks_too(self, flow: Flow, held: str) -> None:
        install(flow)
        assert plan(flow)["plan"]["byOutcome"] == {"fail": 1}
        run(flow)
        assert flow.failure_code(held) == "possible_duplicate"
        assert flow.realm.invoices == []

    def test_what_we_wrote_before_goes_on(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        hold(flow, invoice_id)
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350

    @pytest.mark.parametrize("resolution", ["stop_syncing"])
    def test_it_can_be_left_to_hubspot(self, flow: Flow, held: str, resolution: str) -> None:
        flow.work()
        flow.clock.advance(2)
        click(flow, held, resolution)
        assert flow.status(held)["status"] == "skipped"
        assert flow.realm.invoices == []


@pytest.mark.parametrize("native_sync", ["was_on", "on"])
class TestAConnectionThatHadIt:
    def test_a_twin_is_asked_about(self, flow: Flow, native_sync: NativeSync) -> None:
        flow.settings(native_sync=native_sync)
        twin = add_by_hand(flow, "1041")
        invoice_id = add_old(flow, number="INV-4")
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "possible_duplicate"
        assert "HubSpot's own QuickBooks sync" in failure["explanation"]
        assert f'the invoice "{twin["DocNumber"]}" of "Globex"' in failure["explanation"]
        assert len(flow.realm.invoices) == 1

    def test_what_has_no_twin_is_created(self, flow: Flow, native_sync: NativeSync) -> None:
        flow.settings(native_sync=native_sync)
        add_by_hand(flow, "1041", amount=301)
        invoice_id = add_old(flow, number="INV-4")
        flow.work()
        synced(flow, invoice_id)

    def test_the_look_costs_a_read_for_the_whole_batch(
        self, flow: Flow, native_sync: NativeSync
    ) -> None:
        flow.invoice()
        flow.work()
        flow.settings(native_sync=native_sync)
        ids = [flow.invoice() for _ in range(5)]
        before = flow.quickbooks.metered_reads(REALM_ID)
        flow.work()
        assert all(flow.in_quickbooks(each) for each in ids)
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 1

    def test_the_preview_sees_it(self, flow: Flow, native_sync: NativeSync) -> None:
        flow.settings(native_sync=native_sync)
        add_by_hand(flow, "1041")
        invoice_id = add_old(flow, number="INV-4", status="draft")
        preview = flow.get(f"/v1/invoices/{invoice_id}/preview")
        assert [each["code"] for each in preview["failures"]] == ["possible_duplicate"]

    def test_a_decision_holds(self, flow: Flow, native_sync: NativeSync) -> None:
        flow.settings(native_sync=native_sync)
        add_by_hand(flow, "1041")
        invoice_id = add_old(flow, number="INV-4")
        flow.work()
        flow.clock.advance(2)
        assert seen(flow, invoice_id, "create_anyway")["preview"]["outcome"] == "create"
        click(flow, invoice_id, "create_anyway")
        synced(flow, invoice_id)
        assert len(flow.realm.invoices) == 2


def test_without_it_a_known_customer_costs_no_read(flow: Flow) -> None:
    flow.invoice()
    flow.work()
    before = flow.quickbooks.metered_reads(REALM_ID)
    invoice_id = flow.invoice()
    flow.work()
    synced(flow, invoice_id)
    assert flow.quickbooks.metered_reads(REALM_ID) == before


def test_where_hubspot_does_not_tell_who_holds_it_invoices_go_on(flow: Flow) -> None:
    refusal = Answer(400, {"category": "VALIDATION_ERROR"})
    flow.hubspot.faults.append(Fault(lambda r: "data_sync_states" in r.path, refusal, 1_000))
    invoice_id = flow.invoice()
    flow.work()
    synced(flow, invoice_id)
