"""What accountants do in QuickBooks."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from infra.local.quickbooks import sales_line
from infra.local.quickbooks.faults import RefusalError

from .ledger import Edit
from .world import PRODUCTS, World, chosen

_EDITS: list[tuple[str, Any]] = [
    ("DueDate", "2031-05-31"),
    ("CustomerMemo", {"value": "Please pay soon"}),
    ("DepartmentRef", {"value": "5"}),
    ("TrackingNum", "1Z999"),
]
_LINE_EDITS: list[tuple[str, Any]] = [
    ("ServiceDate", "2026-02-01"),
    ("ClassRef", {"value": "5000000000000000007"}),
]


class QuickBooksPeople(World):
    # -- customers and products

    @rule(data=st.data())
    def adds_the_customer_of_a_contact(self, data: st.DataObject) -> None:
        properties = self.flow.portal.record("contacts", chosen(data, self.contacts)).properties
        self._add_customer(properties["email"])

    def _add_customer(self, email: str) -> None:
        name = f"Customer {len(self.flow.realm.customers) + 1}"
        self.flow.realm.add_customer(name, email)

    @rule()
    def adds_the_missing_product(self) -> None:
        if not any(item.get("Sku") == "AUD" for item in self.flow.realm.items):
            self.flow.realm.add_item(*PRODUCTS[2])

    @rule(data=st.data(), is_active=st.booleans())
    def retires_a_product_or_takes_it_back(self, data: st.DataObject, is_active: bool) -> None:
        item = chosen(data, self.flow.realm.items)
        self.flow.realm.edit_item(item["Id"], Active=is_active)

    @rule(data=st.data())
    def renames_a_product(self, data: st.DataObject) -> None:
        """HubSpot's lines still find it by its SKU."""
        self.people += 1
        item = chosen(data, self.flow.realm.items)
        self.flow.realm.edit_item(item["Id"], Name=f"Product {self.people}")

    @rule(data=st.data())
    def renames_a_customer(self, data: st.DataObject) -> None:
        self.people += 1
        customer = chosen(data, [row for row in self.flow.realm.customers if row["Active"]])
        self.flow.realm.edit_customer(customer["Id"], DisplayName=f"Renamed customer {self.people}")

    @rule(data=st.data())
    def moves_a_customers_email(self, data: st.DataObject) -> None:
        customer = chosen(data, [row for row in self.flow.realm.customers if row["Active"]])
        address = {"Address": self.new_email()}
        self.flow.realm.edit_customer(customer["Id"], PrimaryEmailAddr=address)

    @rule(data=st.data())
    def merges_two_customers(self, data: st.DataObject) -> None:
        alike = [
            row
            for row in self.flow.realm.customers
            if row["Active"] and row.get("CurrencyRef", {}).get("value", "USD") == "USD"
        ]
        if len(alike) > 1:
            kept, gone = data.draw(st.permutations(alike))[:2]
            self.flow.realm.merge_customers(kept["Id"], gone["Id"])
            self.ledger.merged[gone["Id"]] = kept["Id"]

    # -- invoices

    @precondition(lambda self: self.copies())
    @rule(data=st.data(), edit=st.sampled_from(_EDITS))
    def edits_a_copy(self, data: st.DataObject, edit: tuple[str, Any]) -> None:
        copy, (name, value) = chosen(data, self.copies()), edit
        self._edit(Edit(copy["Id"], name, value), **{name: value})

    @precondition(lambda self: self.copies())
    @rule(data=st.data(), edit=st.sampled_from(_LINE_EDITS))
    def edits_a_line_of_a_copy(self, data: st.DataObject, edit: tuple[str, Any]) -> None:
        copy, (name, value) = chosen(data, self.copies()), edit
        lines = [line for line in copy["Line"] if line["DetailType"] != "SubTotalLineDetail"]
        if lines[0]["DetailType"] == "SalesItemLineDetail":
            lines[0]["SalesItemLineDetail"][name] = value
            self._edit(Edit(copy["Id"], name, value, on_line=True), Line=lines)

    @precondition(lambda self: self.copies())
    @rule(data=st.data())
    def adds_to_the_note(self, data: st.DataObject) -> None:
        copy = chosen(data, self.copies())
        note = f"{copy['PrivateNote']}\nCalled on Monday"
        self._edit(Edit(copy["Id"], "PrivateNote", note), PrivateNote=note)

    def _edit(self, edit: Edit, **changes: Any) -> None:
        """QuickBooks' own screen refuses some edits, such as those of a retired product's line."""
        with suppress(RefusalError):
            self.flow.realm.edit_invoice(edit.quickbooks_id, **changes)
            self.ledger.note_edit(edit)

    @precondition(lambda self: self.copies())
    @rule(data=st.data())
    def voids_a_copy(self, data: st.DataObject) -> None:
        copy = chosen(data, self.copies())
        if copy["Balance"] == copy["TotalAmt"]:
            self.flow.realm.void_invoice(copy["Id"])

    @rule(data=st.data())
    def writes_an_invoice_by_hand(self, data: st.DataObject) -> None:
        customer = chosen(data, [row for row in self.flow.realm.customers if row["Active"]])
        line = sales_line(self.flow.item_id, 80)
        if all(item["Active"] for item in self.flow.realm.items if item["Id"] == self.flow.item_id):
            row = self.flow.realm.add_invoice(customer["Id"], [line])
            self.ledger.written_by_hand.add(row["Id"])

    # -- money

    @precondition(lambda self: self.copies())
    @rule(data=st.data())
    def enters_a_payment_by_hand(self, data: st.DataObject) -> None:
        copy = chosen(data, self.copies())
        if copy["Balance"]:
            row = self.flow.realm.receive_payment(copy["Id"], copy["Balance"])
            self.ledger.payments_by_hand.add(row["Id"])

    @precondition(lambda self: self.copies())
    @rule(data=st.data())
    def applies_a_credit(self, data: st.DataObject) -> None:
        copy = chosen(data, self.copies())
        if copy["Balance"] > 1:
            before = {row["Id"] for row in self.flow.realm.payments}
            self.flow.realm.apply_credit(copy["Id"], 1)
            after = {row["Id"] for row in self.flow.realm.payments}
            self.ledger.payments_by_hand |= after - before
