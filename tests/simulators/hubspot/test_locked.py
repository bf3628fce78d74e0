"""Invoices that nobody can edit any more, in HubSpot's screens or through the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.hubspot.answers import RefusedError
from tests.simulators.hubspot.client import LINES, Api, invalid


def paid_in_part(portal: Portal) -> str:
    invoice = portal.create_invoice(lines=LINES)
    payment = {"hs_initial_amount": 5, "hs_initiated_date": "2026-11-20"}
    portal.create("commerce_payments", payment, [("invoices", invoice)])
    return invoice


def paid_by_hand(portal: Portal) -> str:
    return portal.create_invoice(lines=LINES, status="paid")


def voided(portal: Portal) -> str:
    return portal.create_invoice(lines=LINES, status="voided")


def of_a_subscription(portal: Portal) -> str:
    invoice = portal.create_invoice(lines=LINES)
    portal.create("subscriptions", {}, [("invoices", invoice)])
    return invoice


LOCKED = [paid_in_part, paid_by_hand, voided, of_a_subscription]
Make = Callable[[Portal], str]


def edits(portal: Portal, invoice: str) -> dict[str, Callable[[], object]]:
    """What a person could try, by its name."""
    line = portal.associated("invoices", invoice, "line_items")[0]
    return {
        "price": lambda: portal.update("line_items", line, {"price": 99}),
        "line gone": lambda: portal.delete("line_items", line),
        "line off": lambda: portal.dissociate("invoices", invoice, "line_items", line),
        "line": lambda: portal.create("line_items", {"price": 1}, [("invoices", invoice)]),
        "discount": lambda: portal.create("discounts", {"hs_value": 1}, [("invoices", invoice)]),
        "tax": lambda: portal.create("taxes", {"hs_value": 1}, [("invoices", invoice)]),
        "date": lambda: portal.update("invoices", invoice, {"hs_due_date": "2027-01-01"}),
        "number": lambda: portal.update("invoices", invoice, {"hs_number": "X-1"}),
        "currency": lambda: portal.update("invoices", invoice, {"hs_currency": "EUR"}),
    }


@pytest.mark.parametrize("make", LOCKED)
def test_nobody_edits_it(api: Api, portal: Portal, make: Make) -> None:
    invoice = make(portal)
    before = portal.record("invoices", invoice)
    lines = portal.associated("invoices", invoice, "line_items")
    for name, edit in edits(portal, invoice).items():
        with pytest.raises(RefusedError):
            edit()
        assert portal.record("invoices", invoice) == before, name
    assert portal.associated("invoices", invoice, "line_items") == lines
    assert portal.ids("line_items") == lines
    body: dict[str, object] = {"properties": {"hs_due_date": "2027-01-01"}}
    invalid(api("PATCH", f"/crm/v3/objects/invoices/{invoice}", body))
    body = {"properties": {"price": "99"}}
    invalid(api("PATCH", f"/crm/v3/objects/line_items/{lines[0]}", body))


def test_an_open_one_keeps_its_number_and_currency(portal: Portal) -> None:
    invoice = portal.create_invoice(lines=LINES, number="INV-7")
    tried = edits(portal, invoice)
    for name in ("number", "currency"):
        with pytest.raises(RefusedError):
            tried.pop(name)()
    portal.update("invoices", invoice, {"hs_number": "INV-7", "hs_currency": "USD"})  # no change
    tried.pop("line off")  # the same line as "line gone"
    for edit in tried.values():
        edit()


def test_a_draft_is_free(portal: Portal) -> None:
    invoice = portal.create_invoice(lines=LINES, status="draft")
    tried = edits(portal, invoice)
    tried.pop("line off")
    for edit in tried.values():
        edit()


def test_whether_numbers_stay_is_a_switch(portal: Portal, hubspot: HubSpotSimulator) -> None:
    hubspot.switches.number_fixed_once_open = False
    invoice = portal.create_invoice(lines=LINES, number="INV-7")
    portal.update("invoices", invoice, {"hs_number": "INV-8"})
    assert portal.record("invoices", invoice).properties["hs_number"] == "INV-8"


@pytest.mark.parametrize("make", LOCKED)
def test_what_stays_possible(portal: Portal, make: Make) -> None:
    invoice, contact = make(portal), portal.create("contacts", {})
    portal.associate("invoices", invoice, "contacts", contact)
    portal.update("invoices", invoice, {"hubspot_owner_id": "77"})
    portal.update("invoices", invoice, {"hs_invoice_status": "voided"})
    assert portal.associated("invoices", invoice, "contacts") == [contact]


@pytest.mark.parametrize("make", LOCKED)
@pytest.mark.parametrize("locked", [False, True])
def test_comments_and_an_apps_own_properties(
    api: Api, portal: Portal, hubspot: HubSpotSimulator, make: Make, locked: bool
) -> None:
    own = {
        "name": "own_note",
        "label": "Note",
        "type": "string",
        "fieldType": "text",
        "groupName": "invoiceinformation",
    }
    assert api("POST", "/crm/v3/properties/invoices", own).status_code == 201
    hubspot.switches.wholly_locked = locked
    invoice = make(portal)
    for name in ("own_note", "hs_comments"):
        body = {"properties": {name: "synced"}}
        answer = api("PATCH", f"/crm/v3/objects/invoices/{invoice}", body)
        assert answer.status_code == (400 if locked else 200), name
    portal.update("invoices", invoice, {"own_note": "by hand"})


def test_a_failed_payment_locks_nothing(portal: Portal) -> None:
    invoice = portal.create_invoice(lines=LINES)
    payment = {
        "hs_initial_amount": 5,
        "hs_initiated_date": "2026-11-20",
        "hs_latest_status": "failed",
    }
    portal.create("commerce_payments", payment, [("invoices", invoice)])
    edits(portal, invoice)["price"]()
