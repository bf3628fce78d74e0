"""Invoices from before the start that somebody brings in: with a click, or with a backfill.

First we look whether QuickBooks has them already: it is where users of other connectors found
their old invoices twice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.local.quickbooks import sales_line

from .acting import begin_now, run_sweep, take
from .backfilling import add_by_hand, add_old, plan, run
from .conftest import REALM_ID, Flow
from .deciding import click, offered, seen, synced
from .old_invoices import (
    BEFORE_START,
    as_moment,
    change_invoice,
    check_left_alone,
    retry,
    stored,
)


class TestBroughtIn:
    @pytest.fixture
    def old(self, flow: Flow) -> str:
        """Skipped, as somebody has looked at it."""
        invoice_id = flow.invoice(number="INV-4")
        begin_now(flow)
        retry(flow, invoice_id)
        flow.work()
        flow.clock.advance(2)
        return invoice_id

    def test_one_click_syncs_it_for_good(self, flow: Flow, old: str) -> None:
        assert offered(flow.status(old)) == ["bring_in"]
        foreseen = click(flow, old, "bring_in")
        assert foreseen["preview"]["outcome"] == "create"
        synced(flow, old)
        flow.set_price(old, "175")
        flow.work()
        synced(flow, old)
        assert flow.in_quickbooks(old)[0]["TotalAmt"] == 350
        assert offered(flow.status(old)) == ["use_customer", "stop_syncing"]

    def test_its_payments_come_along(self, flow: Flow, old: str) -> None:
        take(flow, old, "300")
        flow.work()
        assert flow.realm.payments == []
        flow.clock.advance(2)
        click(flow, old, "bring_in")
        flow.work_later()
        assert [payment["TotalAmt"] for payment in flow.realm.payments] == [300]

    def test_a_brought_in_one_that_fails_is_not_forgotten(self, flow: Flow, old: str) -> None:
        flow.portal.update("line_items", flow.line_of(old), {"hs_sku": "", "name": "Unheard"})
        flow.work()
        flow.clock.advance(2)
        click(flow, old, "bring_in")
        assert flow.failure_code(old) == "item_not_found"
        flow.portal.update("line_items", flow.line_of(old), {"hs_sku": "CON-HOUR"})
        flow.work()
        synced(flow, old)

    def test_what_is_there_under_another_number_is_asked_about(self, flow: Flow, old: str) -> None:
        theirs = add_twin(flow, old, "OLD-4")
        foreseen = seen(flow, old, "bring_in")
        failures = [each["code"] for each in foreseen["preview"]["failures"]]
        assert failures == ["possible_duplicate"]
        click(flow, old, "bring_in")
        assert flow.failure_code(old) == "possible_duplicate"
        assert len(flow.realm.invoices) == 1
        # Nothing but a decision creates it.
        change_invoice(flow, old)
        flow.work()
        assert flow.failure_code(old) == "possible_duplicate"
        flow.clock.advance(2)
        click(flow, old, "adopt")
        assert synced(flow, old)["quickbooks"]["id"] == theirs

    def test_it_may_be_another_one(self, flow: Flow, old: str) -> None:
        add_twin(flow, old, "OLD-4")
        click(flow, old, "bring_in")
        flow.clock.advance(2)
        click(flow, old, "create_anyway")
        synced(flow, old)
        assert len(flow.realm.invoices) == 2

    @pytest.mark.parametrize("changes", [{"amount": "301"}, {"TxnDate": "2020-01-01"}])
    def test_what_only_resembles_it_is_none(
        self, flow: Flow, old: str, changes: dict[str, str]
    ) -> None:
        add_twin(flow, old, "OLD-4", **changes)
        click(flow, old, "bring_in")
        synced(flow, old)

    def test_the_look_is_one_metered_read(self, flow: Flow, old: str) -> None:
        flow.invoice()
        flow.work()
        flow.clock.advance(2)
        before = flow.quickbooks.metered_reads(REALM_ID)
        flow.post(f"/v1/invoices/{old}/resolve", {"resolution": "bring_in"})
        flow.work()
        synced(flow, old)
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 1

    def test_one_of_ours_whose_record_was_lost_is_taken_over(self, flow: Flow, old: str) -> None:
        click(flow, old, "bring_in")
        (ours,) = flow.in_quickbooks(old)
        flow.realm.edit_invoice(ours["Id"], DocNumber="OLD-9")
        forget_records(flow)
        flow.portal.update("invoices", old, {"qbo_invoice_link": ""})
        change_invoice(flow, old)
        flow.work()
        # The table was restored: nobody has brought it in, as far as it knows.
        assert BEFORE_START in flow.status(old)["reason"]
        flow.clock.advance(2)
        click(flow, old, "bring_in")
        assert flow.status(old)["quickbooks"]["id"] == ours["Id"]
        assert len(flow.realm.invoices) == 1


def add_twin(flow: Flow, invoice_id: str, number: str, amount: str = "300", **fields: Any) -> str:
    """Enter the invoice in QuickBooks by hand, or as HubSpot's own sync does."""
    dated = flow.portal.record("invoices", invoice_id).properties["hs_invoice_date"]
    day = as_moment(dated).date().isoformat()
    lines = [sales_line(flow.item_id, amount)]
    invoice = flow.realm.add_invoice(flow.customer_id, lines, number, **{"TxnDate": day, **fields})
    return str(invoice["Id"])


def forget_records(flow: Flow) -> None:
    table = flow.own.aws.environment["TABLE_NAME"]
    client = flow.own.aws.client("dynamodb")
    for item in client.scan(TableName=table)["Items"]:
        if "INVOICE#" in item["sk"]["S"]:
            client.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


class TestBackfill:
    """March 2026, which is before the start; so is an invoice of April."""

    @pytest.fixture
    def old(self, flow: Flow) -> str:
        self.april = flow.invoice(hs_invoice_date="2026-04-01", hs_due_date="2026-05-01")
        invoice_id = add_old(flow, number="INV-4")
        begin_now(flow)
        return invoice_id

    def test_it_brings_its_period_in_and_moves_nothing_else(self, flow: Flow, old: str) -> None:
        before = stored(flow)
        assert plan(flow)["plan"]["byOutcome"] == {"create": 1}
        # A plan decides nothing.
        change_invoice(flow, old)
        flow.work()
        check_left_alone(flow, old)
        assert plan(flow, again=True)["plan"]["byOutcome"] == {"create": 1}
        run(flow)
        synced(flow, old)
        flow.set_price(old, "175")
        change_invoice(flow, self.april)
        flow.work()
        synced(flow, old)
        assert flow.in_quickbooks(old)[0]["TotalAmt"] == 350
        assert BEFORE_START in flow.status(self.april)["reason"]
        assert len(flow.realm.invoices) == 1
        assert stored(flow).started_at == before.started_at
        assert stored(flow).settings == before.settings

    def test_the_same_under_another_number_stays_a_question(self, flow: Flow, old: str) -> None:
        add_by_hand(flow, "OLD-4")
        plan(flow)
        run(flow)
        assert flow.failure_code(old) == "possible_duplicate"
        change_invoice(flow, old)
        run_sweep(flow)
        flow.work()
        assert flow.failure_code(old) == "possible_duplicate"
        assert len(flow.realm.invoices) == 1

    def test_what_fails_then_is_ours_and_is_healed(self, flow: Flow, old: str) -> None:
        flow.portal.update("line_items", flow.line_of(old), {"hs_sku": "", "name": "Unheard"})
        flow.hubspot.webhooks.discard()
        plan(flow)
        run(flow)
        assert flow.failure_code(old) == "item_not_found"
        flow.portal.update("line_items", flow.line_of(old), {"hs_sku": "CON-HOUR"})
        flow.work()
        synced(flow, old)

    def test_record_only_and_stopped_ones_stay_out(self, flow: Flow, old: str) -> None:
        record_only = add_old(flow, hs_invoice_billable="false")
        begin_now(flow)
        assert plan(flow)["plan"]["byOutcome"] == {"create": 1, "skip": 1}
        run(flow)
        synced(flow, old)
        assert flow.in_quickbooks(record_only) == []

    def test_a_hint_beside_it_does_not_swallow_it(self, flow: Flow, old: str) -> None:
        """Of several hints about one invoice in a delivery only one counts."""
        now = flow.hint(old)
        flow.queue.send([now, replace(now, trigger="backfill"), replace(now, trigger="retry")])
        flow.work()
        synced(flow, old)
