"""Two contacts or companies become one."""

from __future__ import annotations

import pytest

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.hubspot.answers import RefusedError
from tests.simulators.hubspot.client import Api, Receiver, refused


@pytest.fixture(params=[False, True], ids=["the winner keeps its id", "a new record"])
def new_record(request: pytest.FixtureRequest, hubspot: HubSpotSimulator) -> bool:
    hubspot.switches.merge_makes_new_record = request.param
    return bool(request.param)


def test_the_winner_has_all_addresses(api: Api, portal: Portal, new_record: bool) -> None:
    winner = portal.create("contacts", {"email": "ada@acme.example", "firstname": "Ada"})
    loser = portal.create(
        "contacts",
        {
            "email": "AP@acme.example",
            "hs_additional_emails": "old@acme.example;ada@acme.example",
            "firstname": "Accounts",
            "phone": "555",
        },
    )
    kept = portal.merge("contacts", winner, loser)
    assert (kept == winner) is not new_record
    names = ("email", "hs_additional_emails", "firstname", "phone")
    for old in {winner, loser, kept}:
        (record,) = api.read("contacts", [old], *names).json()["results"]
        assert record["id"] == kept
        assert [record["properties"][name] for name in names] == [
            "ada@acme.example",
            "AP@acme.example;old@acme.example",
            "Ada",
            "555",
        ]
    assert portal.ids("contacts") == [kept]
    both = api.read("contacts", [winner, loser])
    assert (both.status_code, len(both.json()["results"])) == (200, 1)
    assert portal.record("contacts", loser).properties["email"] == "ada@acme.example"


def test_addresses_of_the_loser_stay_taken(api: Api, portal: Portal) -> None:
    winner = portal.create("contacts", {"email": "ada@acme.example"})
    portal.merge("contacts", winner, portal.create("contacts", {"email": "ap@acme.example"}))
    body = {"properties": {"email": "ap@acme.example"}}
    answer = refused(api("POST", "/crm/v3/objects/contacts", body), 409, "CONFLICT")
    assert answer["message"] == f"Contact already exists. Existing ID: {winner}"


def test_associations_move(api: Api, portal: Portal, new_record: bool) -> None:
    label = portal.add_label("invoices", "contacts", "Billing contact")
    winner, loser = portal.create("contacts", {}), portal.create("contacts", {})
    both, only = portal.create_invoice(winner), portal.create_invoice(loser)
    portal.associate("invoices", both, "contacts", loser, label)
    first, second = portal.create("companies", {}), portal.create("companies", {})
    portal.associate("contacts", winner, "companies", first)
    portal.associate("contacts", loser, "companies", second)
    kept = portal.merge("contacts", winner, loser)
    for invoice in (both, only):
        assert portal.associated("invoices", invoice, "contacts") == [kept]
    assert portal.associated("contacts", loser, "invoices") == [both, only]
    (result,) = api.associations("invoices", "contacts", [both]).json()["results"]
    labels = [kind["label"] for kind in result["to"][0]["associationTypes"]]
    assert labels == [None, "Billing contact"]
    (result,) = api.associations("contacts", "companies", [loser]).json()["results"]
    primary = [
        str(to["toObjectId"])
        for to in result["to"]
        if any(kind["label"] == "Primary" for kind in to["associationTypes"])
    ]
    assert (primary, len(result["to"])) == ([first], 2)


def test_it_is_told(
    portal: Portal, hubspot: HubSpotSimulator, receiver: Receiver, new_record: bool
) -> None:
    winner, loser = portal.create("companies", {"name": "A"}), portal.create("companies", {})
    hubspot.subscribe(receiver.url)
    kept = portal.merge("companies", winner, loser)
    hubspot.deliver()
    (event,) = receiver.events
    assert event["subscriptionType"] == "object.merge"
    assert (event["objectTypeId"], event["objectId"]) == ("0-2", int(kept))
    assert (event["primaryObjectId"], event["mergedObjectIds"]) == (int(winner), [int(loser)])
    assert event["newObjectId"] == int(kept)


def test_merges_follow_each_other(api: Api, portal: Portal, new_record: bool) -> None:
    first, second, third = (
        portal.create("contacts", {"email": f"{n}@acme.example"}) for n in range(3)
    )
    portal.merge("contacts", second, third)
    kept = portal.merge("contacts", first, third)
    assert portal.ids("contacts") == [kept]
    (record,) = api.read(
        "contacts", [third], "hs_merged_object_ids", "hs_additional_emails"
    ).json()["results"]
    assert {second, third} <= set(record["properties"]["hs_merged_object_ids"].split(";"))
    assert record["properties"]["hs_additional_emails"] == "1@acme.example;2@acme.example"


@pytest.mark.parametrize("kind", ["invoices", "contacts"])
def test_what_cannot_be_merged(portal: Portal, kind: str) -> None:
    record = portal.create_invoice() if kind == "invoices" else portal.create("contacts", {})
    with pytest.raises(RefusedError):
        portal.merge(kind, record, record)
