"""Updates of an invoice one of whose products was retired after it was written.

QuickBooks refuses a write whose lines name an inactive product (610 or 2500, "Something you're
trying to use has been made inactive"), be the line a new one or not.
"""

from __future__ import annotations

import pytest

from .conftest import Flow

CONSULTING = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}
SUPPORT = {"name": "Support", "hs_sku": "SUP", "quantity": "1", "price": "50"}


@pytest.fixture
def retired(flow: Flow) -> str:
    """The id of an item that is retired; one line of each invoice has it."""
    return str(flow.realm.add_item("Support", "SUP")["Id"])


def written(flow: Flow, item_id: str) -> tuple[str, str]:
    """An invoice of both products, in HubSpot and in QuickBooks; then one product is retired."""
    invoice_id = flow.invoice(lines=[CONSULTING, SUPPORT])
    flow.work()
    (posted,) = flow.in_quickbooks(invoice_id)
    flow.realm.edit_item(item_id, Active=False)
    return invoice_id, str(posted["Id"])


def line(flow: Flow, invoice_id: str, sku: str) -> str:
    ids = flow.portal.associated("invoices", invoice_id, "line_items")
    return next(
        each for each in ids if flow.portal.record("line_items", each).properties["hs_sku"] == sku
    )


def test_an_update_of_no_line_passes(flow: Flow, retired: str) -> None:
    invoice_id, quickbooks_id = written(flow, retired)
    changes = {"hs_comments": "Thank you", "hs_due_date": "2027-01-31"}
    flow.portal.update("invoices", invoice_id, changes)
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    posted = flow.realm.invoice(quickbooks_id)
    assert posted["CustomerMemo"]["value"] == "Thank you"
    assert posted["DueDate"] == "2027-01-31"


@pytest.mark.parametrize("code", ["610", "2500"])
@pytest.mark.parametrize("sku", ["CON-HOUR", "SUP"])
def test_an_update_of_any_line_fails_and_heals(
    flow: Flow, retired: str, sku: str, code: str
) -> None:
    """QuickBooks takes all lines of an invoice, or none."""
    flow.quickbooks.switches.inactive_reference_code = code
    invoice_id, quickbooks_id = written(flow, retired)
    flow.portal.update("line_items", line(flow, invoice_id, sku), {"price": "160"})
    flow.work()
    assert flow.failure_code(invoice_id) == "reference_inactive"
    assert flow.realm.invoice(quickbooks_id)["TotalAmt"] == 350
    flow.watch_quickbooks()
    flow.realm.edit_item(retired, Active=True)
    flow.work()
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    assert flow.realm.invoice(quickbooks_id)["TotalAmt"] == (370 if sku == "CON-HOUR" else 460)


def test_a_payment_of_it_is_recorded(flow: Flow, retired: str) -> None:
    invoice_id, quickbooks_id = written(flow, retired)
    flow.portal.update("line_items", line(flow, invoice_id, "CON-HOUR"), {"price": "160"})
    flow.work()
    flow.portal.update("line_items", line(flow, invoice_id, "CON-HOUR"), {"price": "150"})
    flow.work()
    # What HubSpot says is again what QuickBooks has.
    assert flow.status(invoice_id)["status"] == "synced"
    assert flow.realm.invoice(quickbooks_id)["TotalAmt"] == 350


def test_another_product_on_the_line_passes(flow: Flow, retired: str) -> None:
    other = str(flow.realm.add_item("Training", "TRA")["Id"])
    invoice_id, quickbooks_id = written(flow, retired)
    line_id = line(flow, invoice_id, "SUP")
    flow.portal.update("line_items", line_id, {"name": "Training", "hs_sku": "TRA"})
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    items = [
        each["SalesItemLineDetail"]["ItemRef"]["value"]
        for each in flow.realm.invoice(quickbooks_id)["Line"]
        if "SalesItemLineDetail" in each
    ]
    assert items == [flow.item_id, other]
