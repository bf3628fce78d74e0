"""A signed webhook comes in, and the invoice is in QuickBooks, changed, or voided there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .conftest import Flow

pytestmark = pytest.mark.moto


def test_an_opened_invoice_is_in_quickbooks(flow: Flow) -> None:
    invoice_id = flow.invoice(number="INV-7", hs_comments="Thank you")
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    assert found["DocNumber"] == "INV-7"
    assert found["CustomerRef"]["value"] == flow.customer_id
    assert (found["TotalAmt"], found["Balance"]) == (300, 300)
    assert found["CustomerMemo"]["value"] == "Thank you"
    assert found["BillEmail"]["Address"] == "ap@globex.example"
    line = found["Line"][0]["SalesItemLineDetail"]
    assert (line["ItemRef"]["value"], line["Qty"], line["UnitPrice"]) == (flow.item_id, 2, 150)
    status = flow.status(invoice_id)
    assert status["status"] == "synced"
    assert status["quickbooks"] == {
        "id": found["Id"],
        "number": "INV-7",
        "link": f"https://app.qbo.intuit.com/app/invoice?txnId={found['Id']}",
    }
    assert [one["action"] for one in status["attempts"]] == ["created"]


def test_discounts_fees_and_tax_come_to_hubspots_total(flow: Flow) -> None:
    flow.realm.set_preference("TaxPrefs.UsingSalesTax", True)
    flow.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
    fees = flow.realm.add_item("Fees")["Id"]
    flow.settings(fee_item_id=fees)
    invoice_id = flow.invoice(
        lines=[
            {"name": "Consulting", "quantity": "3", "price": "33.33", "discount": "0.01"},
            {
                "hs_sku": "CON-HOUR",
                "name": "Consulting",
                "quantity": "7.5",
                "price": "99.99",
                "hs_discount_percentage": "12.5",
            },
        ],
        discounts=[
            {"hs_label": "Partner", "hs_type": "PERCENT", "hs_value": "10"},
            {"hs_label": "Goodwill", "hs_type": "FIXED", "hs_value": "3.33"},
        ],
        fees=[{"hs_label": "Rush", "hs_type": "PERCENT", "hs_value": "5"}],
        taxes=[{"hs_label": "Sales tax", "hs_type": "PERCENT", "hs_value": "8.875"}],
    )
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    billed = flow.portal.record("invoices", invoice_id).properties["hs_amount_billed"]
    assert Decimal(str(found["TotalAmt"])) == Decimal(str(billed))
    assert found["TxnTaxDetail"]["TotalTax"] > 0


def test_drafts_and_copies_are_skipped_with_a_reason_and_cost_nothing(flow: Flow) -> None:
    draft = flow.invoice(status="draft")
    copy = flow.invoice(hs_invoice_source="data_sync")
    flow.work()
    assert "draft" in flow.status(draft)["reason"]
    assert "copied" in flow.status(copy)["reason"]
    assert flow.status(draft)["status"] == flow.status(copy)["status"] == "skipped"
    assert flow.realm.invoices == []
    assert flow.quickbooks.calls.total() == 0


def test_a_draft_that_is_opened_is_synced(flow: Flow) -> None:
    invoice_id = flow.invoice(status="draft")
    flow.work()
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "open"})
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"


def test_a_changed_price_is_changed_in_quickbooks_once(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    flow.set_price(invoice_id, "175")
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    assert (found["TotalAmt"], found["SyncToken"]) == (350, "1")


def test_events_that_change_nothing_write_nothing(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    calls = flow.quickbooks.calls.total()
    flow.portal.update("invoices", invoice_id, {"hs_title": "Another title"})
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    assert flow.quickbooks.calls.total() == calls
    assert flow.status(invoice_id)["status"] == "synced"


def test_duplicate_reordered_and_repeated_webhooks_make_one_invoice(flow: Flow) -> None:
    flow.hubspot.webhooks.duplicates = flow.hubspot.webhooks.shuffle = True
    ids = [flow.invoice() for _ in range(5)]
    flow.work()
    assert [len(flow.in_quickbooks(one)) for one in ids] == [1] * 5


def test_a_void_in_hubspot_voids_in_quickbooks(flow: Flow) -> None:
    invoice_id, other = flow.invoice(), flow.invoice(status="draft")
    flow.work()
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    assert found["TotalAmt"] == 0
    assert found["PrivateNote"].startswith("Voided")
    assert flow.status(invoice_id)["status"] == "synced"
    assert flow.in_quickbooks(other) == []


def test_deleted_in_hubspot_after_it_was_synced(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    flow.portal.delete("invoices", invoice_id)
    flow.work()
    # Still in QuickBooks: deleting there is never done silently.
    assert len(flow.in_quickbooks(invoice_id)) == 1
    assert flow.failure_code(invoice_id) == "hubspot_record_gone"


def test_a_known_customer_and_known_items_cost_no_metered_read(flow: Flow) -> None:
    flow.invoice()
    flow.work()
    before = flow.quickbooks.metered_reads(flow.realm.realm_id)
    for _ in range(4):
        flow.invoice()
    flow.work()
    assert flow.quickbooks.metered_reads(flow.realm.realm_id) == before
    assert len(flow.realm.invoices) == 5


def test_a_batch_costs_bulk_reads(flow: Flow) -> None:
    for _ in range(30):
        flow.invoice()
    flow.work()
    calls = flow.hubspot.calls
    batches = flow.own.poller.batches
    assert calls["POST invoices/batch/read"] <= batches
    assert flow.quickbooks.metered_reads(flow.realm.realm_id) <= 4 * batches
    assert len(flow.realm.invoices) == 30


def test_another_portals_hints_are_not_mixed_in(flow: Flow) -> None:
    other = flow.hubspot.add_portal("13579")
    contact = other.create("contacts", {"email": "ap@globex.example"})
    line: dict[str, Any] = {"name": "Consulting", "quantity": "1", "price": "10"}
    strange = other.create_invoice(contact_id=contact, lines=[line])
    mine = flow.invoice()
    flow.work()
    assert flow.status(mine)["status"] == "synced"
    assert flow.status(strange)["status"] == "unknown"
    assert len(flow.realm.invoices) == 1


def test_a_line_taken_off_an_open_invoice_is_taken_off_in_quickbooks(flow: Flow) -> None:
    line = {"name": "Consulting", "quantity": "1", "price": "100"}
    invoice_id = flow.invoice(lines=[line, line])
    flow.work()
    flow.portal.delete("line_items", flow.line_of(invoice_id))
    flow.work()
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 100


def test_a_new_number_is_a_new_number_in_quickbooks_unless_it_is_taken(flow: Flow) -> None:
    flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", False)
    first, second = flow.invoice(number="INV-1"), flow.invoice(number="INV-2")
    flow.work()
    # Whether HubSpot lets anybody renumber a finalized invoice is open.
    flow.hubspot.switches.number_fixed_once_open = False
    flow.portal.update("invoices", first, {"hs_number": "INV-3"})
    flow.portal.update("invoices", second, {"hs_number": "inv-3"})
    flow.work()
    numbers = [flow.in_quickbooks(one)[0]["DocNumber"] for one in (first, second)]
    codes = [flow.failure_code(one) for one in (first, second)]
    assert sorted(codes) == ["", "duplicate_document_number"]
    assert len({one.casefold() for one in numbers}) == 2


def test_the_contacts_new_email_does_not_rewrite_what_is_synced(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    flow.portal.update("contacts", flow.contact_id, {"email": "new@globex.example"})
    flow.work()
    assert flow.in_quickbooks(invoice_id)[0]["SyncToken"] == "0"
