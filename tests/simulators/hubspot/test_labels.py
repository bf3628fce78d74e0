"""Labels of associations, and several contacts and companies of one invoice."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.hubspot.answers import RefusedError
from tests.simulators.hubspot.client import Api, Receiver


def types(api: Api, start: str, end: str, record_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """The types of each association: category, id and label."""
    (result,) = api.associations(start, end, [record_id]).json()["results"]
    return {
        str(to["toObjectId"]): [
            (kind["category"], kind["typeId"], kind["label"]) for kind in to["associationTypes"]
        ]
        for to in result["to"]
    }


@pytest.mark.parametrize("category", ["USER_DEFINED", "HUBSPOT_DEFINED"])
@pytest.mark.parametrize(("end", "plain"), [("contacts", 177), ("companies", 179)])
def test_of_several_one_carries_the_label(
    api: Api, portal: Portal, category: str, end: str, plain: int
) -> None:
    label = portal.add_label("invoices", end, "Billing contact", category=category)
    first, second, third = (portal.create(end, {}) for _ in range(3))
    invoice = portal.create_invoice()
    portal.associate("invoices", invoice, end, first)
    portal.associate("invoices", invoice, end, second, label)
    portal.associate("invoices", invoice, end, third)
    unlabelled = ("HUBSPOT_DEFINED", plain, None)
    labelled = (category, label.type_id, "Billing contact")
    assert types(api, "invoices", end, invoice) == {
        first: [unlabelled],
        second: [unlabelled, labelled],
        third: [unlabelled],
    }


def test_a_label_goes_and_the_association_stays(api: Api, portal: Portal) -> None:
    label = portal.add_label("invoices", "contacts", "Billing contact", "Is billed")
    invoice, contact = portal.create_invoice(), portal.create("contacts", {})
    portal.associate("invoices", invoice, "contacts", contact, label)
    assert types(api, "contacts", "invoices", contact)[invoice] == [
        ("HUBSPOT_DEFINED", 178, None),
        ("USER_DEFINED", label.type_id + 1, "Is billed"),
    ]
    portal.dissociate("invoices", invoice, "contacts", contact, label)
    assert types(api, "invoices", "contacts", invoice) == {
        contact: [("HUBSPOT_DEFINED", 177, None)]
    }
    portal.dissociate("invoices", invoice, "contacts", contact)
    assert portal.associated("contacts", contact, "invoices") == []


def test_ids_of_labels_repeat_those_of_other_categories(api: Api, portal: Portal) -> None:
    """A reader that looks at the number alone takes the label for the primary company."""
    label = portal.add_label("contacts", "companies", "Former employer")
    contact = portal.create("contacts", {})
    company, former = portal.create("companies", {}), portal.create("companies", {})
    portal.associate("contacts", contact, "companies", company)
    portal.associate("contacts", contact, "companies", former, label)
    found = types(api, "contacts", "companies", contact)
    assert ("HUBSPOT_DEFINED", 1, "Primary") in found[company]
    assert ("USER_DEFINED", 1, "Former employer") in found[former]
    assert portal.record("contacts", contact).properties["associatedcompanyid"] == company


def test_the_webhook_names_the_category(
    portal: Portal, hubspot: HubSpotSimulator, receiver: Receiver
) -> None:
    label = portal.add_label("invoices", "contacts", "Billing contact")
    invoice, contact = portal.create_invoice(), portal.create("contacts", {})
    portal.associate("invoices", invoice, "contacts", contact)
    hubspot.subscribe(receiver.url)
    portal.associate("invoices", invoice, "contacts", contact, label)
    hubspot.deliver()
    told = {
        (event["fromObjectTypeId"], event["associationCategory"], event["associationTypeId"])
        for event in receiver.events
    }
    assert told == {("0-53", "USER_DEFINED", 1), ("0-1", "USER_DEFINED", 2)}


def test_a_label_belongs_to_its_direction(portal: Portal) -> None:
    label = portal.add_label("invoices", "contacts", "Billing contact")
    invoice, contact = portal.create_invoice(), portal.create("contacts", {})
    with pytest.raises(RefusedError):
        portal.associate("contacts", contact, "invoices", invoice, label)
    assert portal.associated("invoices", invoice, "contacts") == []


def test_what_hubspots_own_sync_holds(api: Api, portal: Portal) -> None:
    invoice = portal.create_invoice()
    state = portal.hold_by_data_sync(invoice)
    assert types(api, "invoices", "data_sync_states", invoice) == {
        state: [("HUBSPOT_DEFINED", 679, None)]
    }
