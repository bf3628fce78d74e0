"""Which item a line gets: by SKU, by name, with its category; of several none is guessed.

The kinds are those of public reports: two products of one SKU (Webgility help, "Item mapping and
matching discrepancies caused by duplicate SKUs in QuickBooks"; Connex help), white space that
nobody sees (Connex help, "Products failed to map"; Teachworks help), names with categories (Intuit
blog of 2015-10-23; Breadwinner's docs of `FullyQualifiedName`), bundles and categories (bill.com
help, "Categories cannot be used in transactions").
"""

from __future__ import annotations

import pytest

from .conftest import Flow
from .deciding import click, failing, seen, synced

UNSEEN = [
    "Annual\u00a0plan",
    "Annual  plan",
    "Annual\u200b plan",
    " annual PLAN\ufeff",
    "Annual\tplan",
]


def item_of(flow: Flow, invoice_id: str) -> str:
    (written,) = flow.in_quickbooks(invoice_id)
    return str(written["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"])


def sold(flow: Flow, name: str = "", sku: str = "") -> str:
    line = {"name": name, "hs_sku": sku, "quantity": "1", "price": "5"}
    flow.clock.advance(2)  # for QuickBooks' limit of ten calls a second
    invoice_id = flow.invoice(lines=[line])
    flow.work()
    return invoice_id


class TestTwoWithOneSku:
    def test_the_one_with_the_lines_name_too_is_taken(self, flow: Flow) -> None:
        flow.realm.add_item("Consulting EU", "con-hour ")
        for _ in range(2):
            assert item_of(flow, sold(flow, "CONSULTING", "CON-HOUR")) == flow.item_id

    def test_the_other_name_is_the_other_item(self, flow: Flow) -> None:
        other = flow.realm.add_item("Consulting EU", "CON-HOUR")["Id"]
        assert item_of(flow, sold(flow, "Consulting", "CON-HOUR")) == flow.item_id
        assert item_of(flow, sold(flow, "Consulting EU", "CON-HOUR")) == other

    @pytest.mark.parametrize("fallback", [False, True])
    def test_else_a_person_chooses_once(self, flow: Flow, fallback: bool) -> None:
        other = flow.realm.add_item("Consulting EU", "CON-HOUR")["Id"]
        if fallback:
            flow.settings(fallback_item_id=flow.realm.add_item("Sales")["Id"])
        line = {"name": "Advice", "hs_sku": "CON-HOUR", "quantity": "1", "price": "5"}
        invoice_id = failing(flow, "item_ambiguous", lines=[line])
        failure = flow.status(invoice_id)["failure"]
        assert '"Consulting" and "Consulting EU"' in failure["explanation"]
        found = seen(flow, invoice_id, "use_item")["candidates"]
        assert {each["id"] for each in found} == {flow.item_id, other}
        click(flow, invoice_id, "use_item", itemId=other)
        synced(flow, invoice_id)
        assert item_of(flow, invoice_id) == other
        assert item_of(flow, sold(flow, "Advice", "CON-HOUR")) == other
        assert item_of(flow, sold(flow, "Consulting", "CON-HOUR")) == flow.item_id

    @pytest.mark.parametrize("change", [{"Active": False}, {"Sku": "CON-EU"}])
    def test_it_heals_when_one_is_left(self, flow: Flow, change: dict[str, object]) -> None:
        flow.watch_quickbooks()
        other = flow.realm.add_item("Consulting EU", "CON-HOUR")["Id"]
        line = {"name": "Advice", "hs_sku": "CON-HOUR", "quantity": "1", "price": "5"}
        invoice_id = failing(flow, "item_ambiguous", lines=[line])
        flow.realm.edit_item(other, **change)
        flow.work()
        synced(flow, invoice_id)
        assert item_of(flow, invoice_id) == flow.item_id


class TestNames:
    @pytest.mark.parametrize("name", UNSEEN)
    def test_white_space_that_nobody_sees_in_hubspot(self, flow: Flow, name: str) -> None:
        item_id = flow.realm.add_item("Annual plan")["Id"]
        assert item_of(flow, sold(flow, name)) == item_id

    @pytest.mark.parametrize("name", ["Annual\u00a0plan", "Annual\u200b plan", "Annual  plan"])
    @pytest.mark.parametrize("field", ["Name", "Sku"])
    def test_and_in_quickbooks(self, flow: Flow, name: str, field: str) -> None:
        item_id = flow.realm.add_item("Annual plan", "Annual plan")["Id"]
        document = flow.realm.rows["Item"][item_id].doc
        document["Name"], document["FullyQualifiedName"], document["Sku"] = "Else", "Else", "ELSE"
        document[field] = name
        invoice_id = sold(flow, **{"name" if field == "Name" else "sku": "Annual plan"})
        assert item_of(flow, invoice_id) == item_id

    @pytest.mark.parametrize("name", ["Plans:Gold", "plans : gold", "Gold", "Plans:\u00a0Gold"])
    def test_with_its_category_or_without(self, flow: Flow, name: str) -> None:
        plans = flow.realm.add_category("Plans")["Id"]
        gold = flow.realm.add_item("Gold", ParentRef={"value": plans})["Id"]
        assert item_of(flow, sold(flow, name)) == gold

    def test_the_category_tells_two_apart(self, flow: Flow) -> None:
        golds = [
            flow.realm.add_item("Gold", ParentRef={"value": flow.realm.add_category(name)["Id"]})
            for name in ("Plans", "Metals")
        ]
        assert item_of(flow, sold(flow, "Metals:Gold")) == golds[1]["Id"]
        line = {"name": "Gold", "quantity": "1", "price": "5"}
        invoice_id = failing(flow, "item_ambiguous", lines=[line])
        assert "Plans:Gold" in flow.status(invoice_id)["failure"]["explanation"]

    def test_no_remedy_asks_for_a_colon(self, flow: Flow) -> None:
        line = {"name": "Plans:Silver", "quantity": "1", "price": "5"}
        invoice_id = failing(flow, "item_not_found", lines=[line])
        remedy = flow.status(invoice_id)["failure"]["remedy"]["quickbooks"]
        assert not any("Create" in step for step in remedy)

    @pytest.mark.parametrize("kind", ["Group", "Category"])
    def test_what_cannot_be_sold_is_named(self, flow: Flow, kind: str) -> None:
        word = {"Group": "bundle", "Category": "category"}[kind]
        if kind == "Group":
            flow.realm.add_item("Starter kit", "KIT", type="Group")
        else:
            flow.realm.add_category("Starter kit")
        line = {"name": "Starter\u00a0kit", "hs_sku": "KIT", "quantity": "1", "price": "5"}
        invoice_id = failing(flow, "item_not_found", lines=[line])
        failure = flow.status(invoice_id)["failure"]
        words = " ".join([failure["explanation"], *failure["remedy"]["quickbooks"]])
        assert word in words
        assert "Create a product" not in words
