"""HubSpot's own QuickBooks sync, played between the two simulators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.native_sync import NativeSync
from infra.local.quickbooks import QuickBooksSimulator, Realm, sales_line
from infra.local.wire import Clock

LINES = [{"name": "Consulting", "quantity": 2, "price": "50"}]


@pytest.fixture
def portal(clock: Clock) -> Iterator[Portal]:
    simulator = HubSpotSimulator(clock).start()
    yield simulator.add_portal("24680")
    simulator.stop()


@pytest.fixture
def realm(clock: Clock) -> Iterator[Realm]:
    simulator = QuickBooksSimulator(clock).start()
    yield simulator.add_realm("9130357849536436")
    simulator.stop()


@pytest.fixture
def sync(portal: Portal, realm: Realm) -> NativeSync:
    return NativeSync(portal, realm)


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ({}, 100),
        ({"discounts": [{"hs_value": 10}]}, 90),
        ({"fees": [{"hs_value": 7}]}, 107),
        ({"taxes": [{"hs_value": 10, "hs_type": "PERCENT"}]}, 110),
    ],
)
def test_an_invoice_under_a_number_of_its_own(
    sync: NativeSync,
    portal: Portal,
    realm: Realm,
    parts: dict[str, Any],
    total: int,
) -> None:
    customer = realm.add_customer("Globex", "AP@globex.example")["Id"]
    contact = portal.create("contacts", {"email": "ap@globex.example"})
    invoice = portal.create_invoice(contact, lines=LINES, number="INV-1", **parts)
    made = realm.invoice(sync.to_quickbooks(invoice))
    assert made["DocNumber"] == "5001"
    assert (made["CustomerRef"]["value"], made["TotalAmt"]) == (customer, total)
    assert len(portal.associated("invoices", invoice, "data_sync_states")) == 1


def test_an_invoice_is_carried_once(sync: NativeSync, portal: Portal, realm: Realm) -> None:
    invoice = portal.create_invoice(lines=LINES)
    assert sync.to_quickbooks(invoice) == sync.to_quickbooks(invoice)
    assert len(realm.invoices) == 1
    assert len(portal.associated("invoices", invoice, "data_sync_states")) == 1


def test_customers_and_items_are_made_when_missing(
    sync: NativeSync, portal: Portal, realm: Realm
) -> None:
    contact = portal.create("contacts", {"email": "ada@acme.example", "firstname": "Ada"})
    for _ in range(2):
        sync.to_quickbooks(portal.create_invoice(contact, lines=LINES))
    assert [customer["DisplayName"] for customer in realm.customers] == ["Ada"]
    assert [item["Name"] for item in realm.items].count("Consulting") == 1
    assert [invoice["DocNumber"] for invoice in realm.invoices] == ["5001", "5002"]


def test_the_other_direction(sync: NativeSync, portal: Portal, realm: Realm) -> None:
    item, customer = realm.add_item("Consulting")["Id"], realm.add_customer("Globex")["Id"]
    there = realm.add_invoice(customer, [sales_line(item, "80.00")], "1042")["Id"]
    here = sync.to_hubspot(there)
    values = portal.record("invoices", here).properties
    assert (values["hs_invoice_source"], values["hs_number"]) == ("data_sync", "1042")
    assert values["hs_amount_billed"] == "80.00"
    assert sync.to_quickbooks(here) == there
    assert len(realm.invoices) == 1
