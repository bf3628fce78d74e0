"""Who owes a written invoice, and for what, is decided once: only a person changes it.

Sources: mautic/mautic issue 5712 (an email changed in HubSpot); help page of bill.com "A customer,
account, or invoice associated with this payment is deleted"; Centrix FAQ (never delete a contact);
supaglue-labs/supaglue pull request 870 (merged contacts go on under another id).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .acting import take
from .conftest import Flow
from .deciding import click, synced
from .keeping import (
    ADA,
    LONG,
    customer_of,
    days_pass,
    email_changes,
    items_of,
    watch_lookups,
    written,
)

# -- what may happen to the payer and the products ----------------------------------------


def email_is_anothers_now(flow: Flow, invoice_id: str) -> None:
    flow.realm.add_customer("Hank himself", "hank@home.example")
    flow.portal.update("contacts", flow.contact_id, {"email": "hank@home.example"})


def email_is_emptied(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("contacts", flow.contact_id, {"email": ""})


def contact_is_added(flow: Flow, invoice_id: str) -> None:
    flow.realm.add_customer("Acme", ADA["email"])
    flow.portal.associate("invoices", invoice_id, "contacts", flow.portal.create("contacts", ADA))


def contact_is_removed(flow: Flow, invoice_id: str) -> None:
    flow.portal.dissociate("invoices", invoice_id, "contacts", flow.contact_id)


def contact_is_deleted(flow: Flow, invoice_id: str) -> None:
    flow.portal.delete("contacts", flow.contact_id)


def contact_is_merged(flow: Flow, invoice_id: str) -> None:
    flow.realm.add_customer("Acme", ADA["email"])
    winner = flow.portal.create("contacts", ADA)
    flow.portal.merge("contacts", winner, flow.contact_id)


def unknown_contact_replaces_it(flow: Flow, invoice_id: str) -> None:
    flow.portal.dissociate("invoices", invoice_id, "contacts", flow.contact_id)
    flow.portal.associate("invoices", invoice_id, "contacts", flow.portal.create("contacts", ADA))


def company_is_renamed(flow: Flow, invoice_id: str) -> None:
    company = flow.portal.create("companies", {"name": "Globex Corporation"})
    flow.portal.associate("invoices", invoice_id, "companies", company)


def customers_email_changes(flow: Flow, invoice_id: str) -> None:
    address = {"Address": "new.person@globex.example"}
    flow.realm.edit_customer(flow.customer_id, PrimaryEmailAddr=address)


def email_moves_to_another_customer(flow: Flow, invoice_id: str) -> None:
    customers_email_changes(flow, invoice_id)
    flow.realm.add_customer("Globex Ltd", "ap@globex.example")


def email_is_shared(flow: Flow, invoice_id: str) -> None:
    flow.realm.add_customer("Globex Ltd", "ap@globex.example")


def product_is_retired(flow: Flow, invoice_id: str) -> None:
    flow.realm.edit_item(flow.item_id, Active=False)


def product_is_renamed(flow: Flow, invoice_id: str) -> None:
    flow.realm.edit_item(flow.item_id, Name="Advice", Sku="ADV")
    flow.realm.add_item("Consulting", "CON-HOUR")


def settings_name_other_products(flow: Flow, invoice_id: str) -> None:
    product_is_retired(flow, invoice_id)
    flow.settings(fallback_item_id=flow.realm.add_item("Anything")["Id"])


def nothing_happens(flow: Flow, invoice_id: str) -> None:
    pass


EVENTS = [
    nothing_happens,
    email_changes,
    email_is_anothers_now,
    email_is_emptied,
    contact_is_added,
    contact_is_removed,
    contact_is_deleted,
    contact_is_merged,
    unknown_contact_replaces_it,
    company_is_renamed,
    customers_email_changes,
    email_moves_to_another_customer,
    email_is_shared,
    product_is_retired,
    product_is_renamed,
    settings_name_other_products,
]


@pytest.fixture
def lookups(flow: Flow) -> list[str]:
    return watch_lookups(flow)


@pytest.mark.parametrize("create_customers", [False, True])
@pytest.mark.parametrize("happens", EVENTS)
def test_nothing_moves_it(
    flow: Flow, happens: Callable[[Flow, str], None], create_customers: bool, lookups: list[str]
) -> None:
    flow.settings(create_customers=create_customers)
    invoice_id = written(flow)
    happens(flow, invoice_id)
    flow.work()
    days_pass(flow, LONG)
    lookups.clear()
    take(flow, invoice_id, "300")
    flow.work()
    synced(flow, invoice_id)
    (found,) = flow.in_quickbooks(invoice_id)
    assert (found["CustomerRef"]["value"], found["Balance"]) == (flow.customer_id, 0)
    assert items_of(flow, invoice_id) == [flow.item_id]
    assert len(flow.realm.customers) <= 2
    # Only a payer whom nobody knows is looked for again.
    assert not lookups or happens is unknown_contact_replaces_it
    assert not any("Item" in query for query in lookups)


def test_a_later_update_keeps_them_too(flow: Flow, lookups: list[str]) -> None:
    invoice_id = written(flow)
    email_moves_to_another_customer(flow, invoice_id)
    product_is_renamed(flow, invoice_id)
    flow.portal.dissociate("invoices", invoice_id, "contacts", flow.contact_id)
    days_pass(flow, LONG)
    lookups.clear()
    flow.set_price(invoice_id, "175")
    flow.work()
    synced(flow, invoice_id)
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350
    assert (customer_of(flow, invoice_id), items_of(flow, invoice_id)) == (
        flow.customer_id,
        [flow.item_id],
    )
    assert lookups == []


def test_a_line_added_later_is_resolved_as_for_a_new_invoice(flow: Flow) -> None:
    invoice_id = written(flow)
    product_is_renamed(flow, invoice_id)
    days_pass(flow, LONG)
    line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "10"}
    flow.portal.create("line_items", line, [("invoices", invoice_id)])
    flow.work()
    synced(flow, invoice_id)
    (new,) = (item["Id"] for item in flow.realm.items if item.get("Sku") == "CON-HOUR")
    assert sorted(items_of(flow, invoice_id)) == sorted([flow.item_id, new])


def test_a_line_that_hubspot_gives_another_product_follows_it(flow: Flow) -> None:
    invoice_id = written(flow)
    other = flow.realm.add_item("Support", "SUP")["Id"]
    line = flow.line_of(invoice_id)
    flow.portal.update("line_items", line, {"hs_sku": "SUP", "name": "Support"})
    flow.work()
    synced(flow, invoice_id)
    assert items_of(flow, invoice_id) == [other]


def test_a_creation_whose_answer_was_lost_keeps_what_it_was_sent_for(flow: Flow) -> None:
    flow.quickbooks.switches.honour_request_id = False
    flow.quickbooks.switches.lose_first_create_answer = True
    invoice_id = flow.invoice()
    flow.work()
    email_moves_to_another_customer(flow, invoice_id)
    product_is_renamed(flow, invoice_id)
    days_pass(flow, 2)
    flow.work_later()
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    synced(flow, invoice_id)
    assert (customer_of(flow, invoice_id), items_of(flow, invoice_id)) == (
        flow.customer_id,
        [flow.item_id],
    )


def test_one_that_is_created_again_keeps_its_customer(flow: Flow) -> None:
    invoice_id = written(flow)
    email_moves_to_another_customer(flow, invoice_id)
    flow.realm.void_invoice(flow.in_quickbooks(invoice_id)[0]["Id"])
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.set_price(invoice_id, "175")
    flow.work()
    assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
    days_pass(flow, 2)
    click(flow, invoice_id, "create_again")
    synced(flow, invoice_id)
    customers = {found["CustomerRef"]["value"] for found in flow.in_quickbooks(invoice_id)}
    assert customers == {flow.customer_id}
