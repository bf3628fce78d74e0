"""HubSpot's own client for Python, which nobody here wrote, works with the simulator.

Whole scenarios over real HTTP (PyPI hubspot-api-client).
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import hubspot as outside
import pytest
from hubspot.crm.associations.v4 import ApiException as AssociationError
from hubspot.crm.contacts import ApiException as ContactError
from hubspot.crm.objects import ApiException as ObjectError
from hubspot.crm.properties import ApiException as PropertyError
from hubspot.oauth import ApiException as OAuthError
from hubspot.utils.signature import Signature

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.hubspot.server import FAKE_SECRET
from tests.simulators.hubspot.client import LINES, PORTAL, Receiver

INVOICE_TO_CONTACT = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 177}


@pytest.fixture
def client(hubspot: HubSpotSimulator, portal: Portal) -> Any:
    token = hubspot.grant(PORTAL)["access_token"]
    return outside.HubSpot(access_token=token, host=hubspot.url)


def ids(records: Any) -> list[str]:
    return [record.id for record in records]


class TestObjects:
    def test_an_invoice_from_draft_to_bin(self, client: Any, portal: Portal) -> None:
        contact = client.crm.contacts.basic_api.create(
            {"properties": {"email": "ada@acme.example"}}
        )
        draft = client.crm.objects.basic_api.create(
            "0-53",
            {
                "properties": {"hs_currency": "USD"},
                "associations": [{"to": {"id": contact.id}, "types": [INVOICE_TO_CONTACT]}],
            },
        )
        line = client.crm.line_items.basic_api.create(
            {
                "properties": {"name": "Consulting", "quantity": "2", "price": "10.50"},
                "associations": [
                    {
                        "to": {"id": draft.id},
                        "types": [{**INVOICE_TO_CONTACT, "associationTypeId": 410}],
                    }
                ],
            }
        )
        invoices = client.crm.commerce.invoices.basic_api
        opened = invoices.update(draft.id, {"properties": {"hs_invoice_status": "open"}})
        assert opened.properties["hs_invoice_status"] == "open"
        read = invoices.get_by_id(
            draft.id,
            properties=["hs_amount_billed"],
            properties_with_history=["hs_invoice_status"],
            associations=["contacts", "line_items"],
        )
        assert read.properties["hs_amount_billed"] == "21.00"
        history = [
            (entry.value, entry.source_type)
            for entry in read.properties_with_history["hs_invoice_status"]
        ]
        assert history == [("open", "INTEGRATION"), ("draft", "INTEGRATION")]
        assert ids(read.associations["contacts"].results) == [contact.id]
        assert ids(read.associations["line items"].results) == [line.id]
        invoices.archive(draft.id)
        with pytest.raises(Exception, match="404"):
            invoices.get_by_id(draft.id)
        assert invoices.get_by_id(draft.id, archived=True).archived
        assert ids(invoices.get_page(archived=True).results) == [draft.id]
        assert invoices.get_page(archived=False).results == []

    def test_all_pages(self, client: Any, portal: Portal) -> None:
        made = [portal.create("contacts", {}) for _ in range(12)]
        assert ids(client.crm.contacts.get_all()) == made
        page = client.crm.contacts.basic_api.get_page(limit=5)
        again = client.crm.contacts.basic_api.get_page(limit=5, after=page.paging.next.after)
        assert ids(page.results) + ids(again.results) == made[:10]

    def test_batches(self, client: Any, portal: Portal) -> None:
        batch = client.crm.contacts.batch_api
        inputs = [{"properties": {"email": f"{n}@acme.example"}} for n in range(3)]
        made = ids(batch.create({"inputs": inputs}).results)
        batch.update({"inputs": [{"id": made[0], "properties": {"firstname": "Ada"}}]})
        read = batch.read(
            {
                "inputs": [{"id": each} for each in [*made, "5"]],
                "properties": ["firstname"],
                "propertiesWithHistory": [],
            }
        )
        assert ids(read.results) == made
        assert read.errors[0].category == "OBJECT_NOT_FOUND"
        by_email = batch.read(
            {
                "inputs": [{"id": "1@acme.example"}],
                "idProperty": "email",
                "properties": ["email"],
                "propertiesWithHistory": [],
            }
        )
        assert ids(by_email.results) == [made[1]]
        batch.archive({"inputs": [{"id": made[2]}]})
        assert ids(client.crm.contacts.get_all()) == made[:2]

    @pytest.mark.parametrize(
        "address",
        [
            "nope",
            "a b@acme.example",
            "ada@acme",
            "@acme.example",
            "ada@acme.example,bob@acme.example",
        ],
    )
    def test_no_email(self, client: Any, portal: Portal, address: str) -> None:
        with pytest.raises(ContactError) as refused:
            client.crm.contacts.basic_api.create({"properties": {"email": address}})
        assert refused.value.status == 400
        assert "INVALID_EMAIL" in refused.value.body

    def test_a_negative_price(self, client: Any, portal: Portal) -> None:
        with pytest.raises(ObjectError) as refused:
            client.crm.objects.basic_api.create(
                "line_items", {"properties": {"name": "Rebate", "quantity": "1", "price": "-5"}}
            )
        assert refused.value.status == 400

    def test_a_merge(self, client: Any, portal: Portal) -> None:
        winner = portal.create("contacts", {"email": "ada@acme.example"})
        loser = portal.create("contacts", {"email": "ap@acme.example"})
        basic = client.crm.contacts.basic_api
        kept = basic.merge({"primaryObjectId": winner, "objectIdToMerge": loser})
        assert kept.id == winner
        again = basic.get_by_id(loser, properties=["hs_additional_emails"])
        assert (again.id, again.properties["hs_additional_emails"]) == (winner, "ap@acme.example")


class TestSearch:
    @pytest.fixture
    def contacts(self, hubspot: HubSpotSimulator, portal: Portal) -> list[str]:
        """Contacts with names in another order than that of their creation."""
        made = []
        for name in ("c", "a", "e", "b", "d"):
            made.append(portal.create("contacts", {"firstname": name}))
            hubspot.clock.advance(1)
        return made

    def found(self, client: Any, **search: Any) -> str:
        body = {"properties": ["firstname"], "limit": 10, **search}
        results = client.crm.contacts.search_api.do_search(body).results
        return "".join(record.properties["firstname"] for record in results)

    def test_sorts(self, client: Any, contacts: list[str]) -> None:
        ascending = {"propertyName": "firstname", "direction": "ASCENDING"}
        assert self.found(client, sorts=[ascending]) == "abcde"
        assert self.found(client, sorts=[{**ascending, "direction": "DESCENDING"}]) == "edcba"
        assert self.found(client, sorts=["firstname"]) == "abcde"
        assert self.found(client, sorts=["-createdate"]) == "dbeac"

    def test_pages(self, client: Any, contacts: list[str]) -> None:
        """Also from a number, as in HubSpot/hubspot-api-nodejs issue 559."""
        search = {"limit": 2, "properties": ["firstname"], "sorts": ["firstname"]}
        after: Any = 0
        names = []
        while after is not None:
            page = client.crm.contacts.search_api.do_search({**search, "after": after})
            names += [record.properties["firstname"] for record in page.results]
            after = page.paging.next.after if page.paging else None
        assert names == list("abcde")

    def test_filters(self, client: Any, contacts: list[str]) -> None:
        names = {"propertyName": "firstname", "operator": "IN", "values": ["a", "e"]}
        assert self.found(client, filterGroups=[{"filters": [names]}]) == "ae"


class TestAssociations:
    def test_there_and_back(self, client: Any, portal: Portal) -> None:
        with_contact, without = portal.create_invoice(), portal.create_invoice()
        contact = portal.create("contacts", {})
        v4 = client.crm.associations.v4
        v4.basic_api.create_default("invoices", with_contact, "contacts", contact)
        asked = {"inputs": [{"id": with_contact}, {"id": without}]}
        answer = v4.batch_api.get_page("invoices", "contacts", asked)
        (result,) = answer.results
        assert (result._from.id, str(result.to[0].to_object_id)) == (with_contact, contact)
        (error,) = answer.errors
        assert error.sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
        v4.basic_api.archive("invoices", with_contact, "contacts", contact)
        assert v4.basic_api.get_page("invoices", with_contact, "contacts").results == []

    def test_labels(self, client: Any, portal: Portal) -> None:
        billing = portal.add_label("invoices", "contacts", "Billing contact", "Is billed")
        invoice, contact = portal.create_invoice(), portal.create("contacts", {})
        v4 = client.crm.associations.v4
        offered = v4.schema.definitions_api.get_all("invoices", "contacts").results
        assert [(each.category, each.label) for each in offered] == [
            ("HUBSPOT_DEFINED", None),
            ("USER_DEFINED", "Billing contact"),
        ]
        spec = {"associationCategory": "USER_DEFINED", "associationTypeId": billing.type_id}
        pair = {"from": {"id": invoice}, "to": {"id": contact}, "types": [spec]}
        v4.batch_api.create("invoices", "contacts", {"inputs": [pair]})
        (result,) = v4.basic_api.get_page("invoices", invoice, "contacts").results
        assert [each.label for each in result.association_types] == [None, "Billing contact"]
        (back,) = v4.basic_api.get_page("contacts", contact, "invoices").results
        assert [each.label for each in back.association_types] == [None, "Is billed"]
        v4.batch_api.archive_labels("invoices", "contacts", {"inputs": [pair]})
        (result,) = v4.basic_api.get_page("invoices", invoice, "contacts").results
        assert [each.label for each in result.association_types] == [None]

    def test_a_type_that_nobody_defined(self, client: Any, portal: Portal) -> None:
        invoice, contact = portal.create_invoice(), portal.create("contacts", {})
        spec = {"associationCategory": "USER_DEFINED", "associationTypeId": 177}
        with pytest.raises(AssociationError) as refused:
            client.crm.associations.v4.basic_api.create(
                "invoices", invoice, "contacts", contact, [spec]
            )
        assert refused.value.status == 400


class TestProperties:
    def test_a_group_and_its_properties(self, client: Any, portal: Portal) -> None:
        properties = client.crm.properties
        properties.groups_api.create("invoices", {"name": "own_group", "label": "Own"})
        status = {
            "name": "own_status",
            "label": "Status",
            "type": "enumeration",
            "fieldType": "select",
            "groupName": "own_group",
            "options": [{"label": "Synced", "value": "synced", "hidden": False}],
        }
        note = {**status, "name": "own_note", "type": "string", "fieldType": "text", "options": []}
        properties.core_api.create("invoices", status)
        properties.batch_api.create("invoices", {"inputs": [note]})
        with pytest.raises(PropertyError) as refused:
            properties.core_api.create("invoices", status)
        assert refused.value.status == 409
        names = [each.name for each in properties.core_api.get_all("invoices").results]
        assert {"own_status", "own_note", "hs_currency"} <= set(names)
        invoice = portal.create_invoice(lines=LINES, status="paid")
        client.crm.commerce.invoices.batch_api.update(
            {"inputs": [{"id": invoice, "properties": {"own_status": "synced"}}]}
        )
        assert portal.record("invoices", invoice).properties["own_status"] == "synced"


class TestAccess:
    def test_a_code_and_its_renewal(self, hubspot: HubSpotSimulator, portal: Portal) -> None:
        own = {"client_id": hubspot.client_id, "client_secret": hubspot.client_secret}
        where = "https://app.example/callback"
        tokens = outside.HubSpot(host=hubspot.url).oauth.tokens_api
        code = hubspot.authorize(PORTAL, where)
        grant = tokens.create(grant_type="authorization_code", code=code, redirect_uri=where, **own)
        renewed = tokens.create(
            grant_type="refresh_token", refresh_token=grant.refresh_token, **own
        )
        client = outside.HubSpot(access_token=renewed.access_token, host=hubspot.url)
        assert client.crm.contacts.basic_api.get_page().results == []
        hubspot.uninstall(PORTAL)
        with pytest.raises(OAuthError, match="BAD_REFRESH_TOKEN"):
            tokens.create(grant_type="refresh_token", refresh_token=grant.refresh_token, **own)

    def test_its_check_of_signatures(
        self, hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver
    ) -> None:
        hubspot.subscribe(f"{receiver.url}/hook")
        portal.create("contacts", {"email": "ada@acme.example", "firstname": "Ädä"})
        hubspot.deliver(int(time.time() * 1000))
        (request,) = receiver.requests
        body, headers = request.get_data(as_text=True), request.headers
        assert Signature.is_valid(
            headers["X-HubSpot-Signature-v3"],
            FAKE_SECRET,
            body,
            f"{receiver.url}/hook",
            "POST",
            "v3",
            headers["X-HubSpot-Request-Timestamp"],
        )
        assert Signature.is_valid(
            headers["X-HubSpot-Signature"], FAKE_SECRET, body, signature_version="v1"
        )
        assert not Signature.is_valid(
            headers["X-HubSpot-Signature"], "another secret", body, signature_version="v1"
        )


def test_times_are_times(client: Any, portal: Portal, hubspot: HubSpotSimulator) -> None:
    contact = client.crm.contacts.basic_api.get_by_id(portal.create("contacts", {}))
    assert isinstance(contact.created_at, datetime)
    assert abs(contact.created_at - hubspot.clock.now()) < timedelta(seconds=1)
