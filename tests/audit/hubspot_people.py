"""What sales and finance people do in HubSpot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .world import FOREIGN, HOME, PRICES, PRODUCTS, World, chosen


class HubSpotPeople(World):
    # -- invoices

    @rule(data=st.data(), status=st.sampled_from(["open", "open", "open", "draft"]))
    def writes_an_invoice(self, data: st.DataObject, status: str) -> None:
        currencies = [HOME, FOREIGN] if self.flow.realm.multicurrency else [HOME]
        company_id = chosen(data, [None, *self.companies])
        self._write(data, status, chosen(data, currencies), company_id=company_id)

    @rule(data=st.data(), mark=st.sampled_from(["data_sync", "not billable"]))
    def another_system_copies_one_in(self, data: st.DataObject, mark: str) -> None:
        """Such an invoice was billed elsewhere already."""
        properties = {
            "data_sync": {"hs_invoice_source": "data_sync"},
            "not billable": {"hs_invoice_billable": "false"},
        }[mark]
        invoice_id = self._write(data, "open", HOME, **properties)
        self.ledger.not_ours[invoice_id] = f"another system billed it ({mark})"

    def _write(
        self,
        data: st.DataObject,
        status: str,
        currency: str,
        company_id: str | None = None,
        **properties: Any,
    ) -> str:
        lines = [
            {"name": name, "hs_sku": sku, "quantity": quantity, "price": price}
            for (name, sku), quantity, price in data.draw(
                st.lists(
                    st.tuples(
                        st.sampled_from(PRODUCTS),
                        st.sampled_from(["1", "2", "2.5"]),
                        st.sampled_from(PRICES),
                    ),
                    min_size=1,
                    max_size=3,
                )
            )
        ]
        discount = data.draw(st.sampled_from([None, "10", "100"]))
        less = [{"hs_label": "Goodwill", "hs_type": "PERCENT", "hs_value": discount}]
        day = self.flow.clock.now().date().isoformat()
        invoice_id = self.flow.portal.create_invoice(
            contact_id=chosen(data, self.contacts),
            company_id=company_id,
            currency=currency,
            lines=lines,
            discounts=less if discount else (),
            status=status,
            hs_invoice_date=day,
            hs_due_date=day,
            **properties,
        )
        self.invoices.append(invoice_id)
        return invoice_id

    @rule(data=st.data())
    def opens_a_draft(self, data: st.DataObject) -> None:
        drafts = [
            each for each in self.invoices if self.property_of(each, "hs_invoice_status") == "draft"
        ]
        if drafts:
            draft = chosen(data, drafts)
            self.flow.portal.update("invoices", draft, {"hs_invoice_status": "open"})

    @precondition(lambda self: self.open_invoices())
    @rule(data=st.data(), price=st.sampled_from(PRICES))
    def changes_a_price(self, data: st.DataObject, price: str) -> None:
        self.flow.set_price(chosen(data, self.open_invoices()), price)

    @precondition(lambda self: self.open_invoices())
    @rule(
        data=st.data(),
        change=st.sampled_from(
            [{"hs_comments": "Thank you"}, {"hs_due_date": "2030-01-31"}, {"hs_comments": ""}]
        ),
    )
    def edits_an_invoice(self, data: st.DataObject, change: dict[str, str]) -> None:
        self.flow.portal.update("invoices", chosen(data, self.open_invoices()), change)

    @precondition(lambda self: self.open_invoices())
    @rule(data=st.data())
    def voids_an_invoice(self, data: st.DataObject) -> None:
        invoice_id = chosen(data, self.open_invoices())
        self.flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})

    # -- money

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), share=st.sampled_from(["all", "part"]))
    def takes_a_payment(self, data: st.DataObject, share: str) -> None:
        invoice_id = chosen(data, self.invoices)
        due = float(self.amount_due(invoice_id))
        is_open = self.property_of(invoice_id, "hs_invoice_status") == "open"
        if is_open and due > 0:
            amount = due if share == "all" else round(due / 3, 2)
            self._take(f"{amount:.2f}", invoice_id)

    @precondition(lambda self: len(self.open_invoices()) > 1)
    @rule(data=st.data())
    def takes_one_payment_for_two(self, data: st.DataObject) -> None:
        first, *others = data.draw(st.permutations(self.open_invoices()))
        alike = [
            other
            for other in others
            if self.property_of(other, "hs_currency") == self.property_of(first, "hs_currency")
        ]
        if alike:
            due = sum(float(self.amount_due(each)) for each in (first, alike[0]))
            if due > 0:
                self._take(f"{due:.2f}", first, alike[0])

    def _take(self, amount: str, *invoice_ids: str) -> None:
        payment = {
            "hs_initial_amount": amount,
            "hs_currency_code": self.property_of(invoice_ids[0], "hs_currency"),
            "hs_initiated_date": self.flow.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "hs_latest_status": "succeeded",
            "hs_processor_type": "hs_payments",
        }
        links = [("invoices", invoice_id) for invoice_id in invoice_ids]
        payment_id = self.flow.portal.create("commerce_payments", payment, links)
        self.ledger.payments[payment_id] = invoice_ids

    @precondition(lambda self: self.ledger.payments)
    @rule(data=st.data(), is_whole=st.booleans())
    def refunds_a_payment(self, data: st.DataObject, is_whole: bool) -> None:
        payment_id = chosen(data, sorted(self.ledger.payments))
        properties = self.flow.portal.record("commerce_payments", payment_id).properties
        if properties["hs_latest_status"] != "succeeded":
            return
        amount = Decimal(properties["hs_initial_amount"])
        back = amount if is_whole else (amount / 3).quantize(Decimal("0.01"))
        status = "refunded" if is_whole else "partially_refunded"
        if back:
            changes = {"hs_latest_status": status, "hs_refunds_amount": str(back)}
            self.flow.portal.update("commerce_payments", payment_id, changes)
            self.ledger.refunds.add(payment_id)

    # -- gone, and back again

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def deletes_an_unpaid_invoice(self, data: st.DataObject) -> None:
        unpaid = [
            each
            for each in self.invoices
            if self.property_of(each, "hs_invoice_status") in ("draft", "open")
            and not self.flow.portal.associated("invoices", each, "commerce_payments")
        ]
        if unpaid:
            gone = chosen(data, unpaid)
            self.flow.portal.delete("invoices", gone)
            self.invoices.remove(gone)
            self.deleted.append(gone)

    @precondition(lambda self: self.deleted)
    @rule(data=st.data())
    def restores_an_invoice(self, data: st.DataObject) -> None:
        back = chosen(data, self.deleted)
        self.flow.portal.restore("invoices", back)
        self.deleted.remove(back)
        self.invoices.append(back)

    # -- contacts and companies

    @rule()
    def meets_somebody(self) -> None:
        self.new_contact(self.new_email(), firstname=f"Person {self.people}")

    @rule(data=st.data())
    def changes_an_email(self, data: st.DataObject) -> None:
        contact_id = chosen(data, self.contacts)
        self.flow.portal.update("contacts", contact_id, {"email": self.new_email()})

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def adds_a_contact(self, data: st.DataObject) -> None:
        invoice_id, contact_id = chosen(data, self.invoices), chosen(data, self.contacts)
        self.flow.portal.associate("invoices", invoice_id, "contacts", contact_id)

    @rule(data=st.data(), phone=st.sampled_from(["+1 555 0100", "+1 555 0101"]))
    def edits_a_contact(self, data: st.DataObject, phone: str) -> None:
        self.flow.portal.update("contacts", chosen(data, self.contacts), {"phone": phone})

    @rule()
    def adds_a_company(self) -> None:
        name = f"Company {len(self.companies) + 1}"
        self.companies.append(self.flow.portal.create("companies", {"name": name}))

    @precondition(lambda self: self.companies)
    @rule(data=st.data())
    def renames_a_company(self, data: st.DataObject) -> None:
        self.people += 1
        name = f"Company {self.people} Ltd"
        self.flow.portal.update("companies", chosen(data, self.companies), {"name": name})

    @precondition(lambda self: len(self.contacts) > 2)
    @rule(data=st.data())
    def merges_two_contacts(self, data: st.DataObject) -> None:
        kept, gone = data.draw(st.permutations(self.contacts))[:2]
        self.flow.portal.merge("contacts", kept, gone)
        self.contacts.remove(gone)
