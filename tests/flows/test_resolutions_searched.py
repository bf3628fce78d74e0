"""Searching QuickBooks for a customer or an item that no candidate is."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from .conftest import Flow
from .deciding import click, contact, failing, refused, seen, synced


def found(flow: Flow, what: str, text: str) -> list[dict[str, Any]]:
    answer = flow.get(f"/v1/quickbooks/{what}?search={quote(text)}")
    flow.clock.advance(2)  # its calls count for QuickBooks' limit of ten a second
    assert answer["meteredReads"] > 0
    candidates: list[dict[str, Any]] = answer["candidates"]
    return candidates


class TestCustomers:
    def test_one_that_resembles_nothing_is_found_and_used(self, flow: Flow) -> None:
        theirs = flow.realm.add_customer("Zebra Holdings", "pay@zebra.example")["Id"]
        who = contact(flow, "jo@acme.example", "Acme Industrial")
        invoice_id = failing(flow, "customer_not_found", **who)
        assert seen(flow, invoice_id, "use_customer")["candidates"] == []
        (one,) = found(flow, "customers", "zebra")
        assert one == {
            "id": theirs,
            "name": "Zebra Holdings",
            "about": "pay@zebra.example",
            "reasons": ["name matches", "email matches"],
        }
        click(flow, invoice_id, "use_customer", customerId=theirs)
        synced(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["CustomerRef"]["value"] == theirs

    @pytest.mark.parametrize("sensitive", [True, False])
    def test_by_a_part_of_name_or_email_in_any_case(self, flow: Flow, sensitive: bool) -> None:
        flow.quickbooks.switches.case_sensitive_queries = sensitive
        theirs = flow.realm.add_customer("O'Neil & Sons 50%", "pay@sons.example")["Id"]
        for text in ("O'NEIL", "o'neil", "neil sons", "50%", "Sons.Example", "@sons"):
            assert [one["id"] for one in found(flow, "customers", text)] == [theirs], text
        assert found(flow, "customers", "x' or Name like '%") == []

    def test_the_likeliest_is_first_and_a_sub_customer_has_its_full_name(self, flow: Flow) -> None:
        parent = flow.realm.add_customer("North Star", "a@north.example")["Id"]
        flow.realm.add_customer("Star", "b@star.example")
        flow.realm.add_sub_customer(parent, "Branch")
        names = [one["name"] for one in found(flow, "customers", "star")]
        assert names == ["Star", "North Star", "North Star:Branch"]

    def test_at_most_25_and_none_that_is_inactive(self, flow: Flow) -> None:
        for number in range(30):
            flow.realm.add_customer(f"Branch {number:02}", f"{number}@branch.example")
        gone = flow.realm.add_customer("Branch zz", "zz@branch.example")["Id"]
        flow.realm.edit_customer(gone, Active=False)
        names = [one["name"] for one in found(flow, "customers", "branch")]
        assert names == [f"Branch {number:02}" for number in range(25)]
        assert found(flow, "customers", "branch zz") == []

    def test_what_is_found_is_checked_when_it_is_chosen(self, flow: Flow) -> None:
        flow.realm.set_preference("CurrencyPrefs.MultiCurrencyEnabled", True)
        flow.realm.add_customer("Zebra Europe", "e@zebra.example", "EUR")
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        (one,) = found(flow, "customers", "zebra")
        assert "EUR" in refused(flow, invoice_id, "use_customer", customerId=one["id"])


class TestItems:
    def test_one_that_resembles_nothing_is_found_and_used(self, flow: Flow) -> None:
        support = flow.realm.add_item("Support", "SUP-1")["Id"]
        line = {"name": "Bespoke wizardry", "quantity": "1", "price": "10"}
        invoice_id = failing(flow, "item_not_found", lines=[line])
        assert seen(flow, invoice_id, "use_item")["candidates"] == []
        (one,) = found(flow, "items", "sup-1")
        assert one == {
            "id": support,
            "name": "Support",
            "about": "SUP-1",
            "reasons": ["SKU matches"],
        }
        click(flow, invoice_id, "use_item", itemId=support)
        synced(flow, invoice_id)

    def test_none_that_a_line_cannot_have(self, flow: Flow) -> None:
        flow.realm.add_item("Starter bundle", type="Group")
        category = flow.realm.add_category("Starter")["Id"]
        flow.realm.add_item("Kit", ParentRef={"value": category})
        names = [one["name"] for one in found(flow, "items", "starter")]
        assert names == ["Starter:Kit"]
