"""A company as a person inside QuickBooks sees and changes it, for tests and the demo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from . import credit_memos, credits, invoices, merging, names, payments, rates
from .books import Books
from .fields import Doc, normalise, on_wire


class Realm(Books):
    """A company. Methods return what the API would show; breaking a rule raises `RefusalError`."""

    # -- names
    def add_customer(
        self,
        display_name: str,
        email: str | None = None,
        currency: str | None = None,
        *,
        active: bool = True,
        **fields: Any,
    ) -> Doc:
        return self._add_person("Customer", display_name, email, currency, active, fields)

    def add_sub_customer(
        self, parent_id: str, display_name: str, *, project: bool = False, **fields: Any
    ) -> Doc:
        """Add a sub-customer, or a project; it takes over its parent's email and currency."""
        parent = self.rows["Customer"][parent_id].doc
        for name in ("PrimaryEmailAddr", "CurrencyRef"):
            if name in parent:
                fields.setdefault(name, dict(parent[name]))
        fields |= {"Job": True, "ParentRef": {"value": parent_id}}
        if project:
            fields["IsProject"] = True
        return self._add_person("Customer", display_name, None, None, True, fields)

    def add_category(self, name: str, parent_id: str | None = None) -> Doc:
        above = {"ParentRef": {"value": parent_id}} if parent_id else {}
        return self._added("Item", {"Name": name, "Type": "Category", **above}, True)

    def add_vendor(
        self, display_name: str, email: str | None = None, *, active: bool = True, **fields: Any
    ) -> Doc:
        return self._add_person("Vendor", display_name, email, None, active, fields)

    def add_employee(
        self, display_name: str, email: str | None = None, *, active: bool = True, **fields: Any
    ) -> Doc:
        return self._add_person("Employee", display_name, email, None, active, fields)

    def add_item(
        self,
        name: str,
        sku: str | None = None,
        type: str = "Service",
        *,
        active: bool = True,
        revenue_recognition: bool = False,
        taxable: bool = False,
        **fields: Any,
    ) -> Doc:
        sent: Doc = {"Name": name, "Type": type, "Taxable": taxable, **fields}
        sent["DeferredRevenue"] = revenue_recognition
        if sku is not None:
            sent["Sku"] = sku
        if type in ("Service", "NonInventory"):
            sent.setdefault("IncomeAccountRef", {"value": "1"})
        if type == "Inventory":
            sent.setdefault("IncomeAccountRef", {"value": "79"})
            sent.setdefault("ExpenseAccountRef", {"value": "80"})
            sent.setdefault("AssetAccountRef", {"value": "81"})
            sent.setdefault("InvStartDate", "2020-01-01")
        return self._added("Item", sent, active)

    def edit_customer(self, customer_id: str, **changes: Any) -> Doc:
        return self._edit("Customer", customer_id, changes)

    def merge_customers(self, kept_id: str, gone_id: str) -> None:
        """Merge a customer into another, who gets all that it had; the first becomes inactive."""
        with self.lock:
            merging.merge(self, kept_id, gone_id)

    def edit_vendor(self, vendor_id: str, **changes: Any) -> Doc:
        return self._edit("Vendor", vendor_id, changes)

    def edit_employee(self, employee_id: str, **changes: Any) -> Doc:
        return self._edit("Employee", employee_id, changes)

    def edit_item(self, item_id: str, **changes: Any) -> Doc:
        return self._edit("Item", item_id, changes)

    def set_tax_code_active(self, code_id: str, active: bool) -> None:
        with self.lock:
            row = self.rows["TaxCode"][code_id]
            row.doc["Active"] = active
            self.touch(row, None)

    def add_account(self, name: str, type: str, subtype: str = "", **fields: Any) -> str:
        """Add an account, and return its id."""
        with self.lock:
            doc: Doc = {"Name": name, "FullyQualifiedName": name, "Active": True}
            doc |= {"AccountType": type, "AccountSubType": subtype, **fields}
            return self.add("Account", doc).id

    def add_term(self, name: str, **fields: Any) -> str:
        """Add a term, of the type STANDARD unless `fields` say something else; return its id."""
        with self.lock:
            doc: Doc = {"Name": name, "Active": True, "Type": "STANDARD", **fields}
            return self.add("Term", doc).id

    def set_active(self, kind: str, row_id: str, active: bool) -> None:
        """Make an account or a term active or inactive."""
        with self.lock:
            row = self.rows[kind][row_id]
            row.doc["Active"] = active
            self.touch(row)

    def add_tax_code(self, name: str, rates: Mapping[str, str]) -> str:
        """Add a tax code of several rates, each with its percentage, and return its id."""
        with self.lock:
            code_id, details = self.new_id(), []
            for rate_name, percent in rates.items():
                rate_id = self.new_id()
                rate = {"Name": rate_name, "Active": True, "RateValue": Decimal(percent)}
                self.add("TaxRate", rate, rate_id)
                ref = {"value": rate_id, "name": rate_name}
                details.append({"TaxRateRef": ref, "TaxTypeApplicable": "TaxOnAmount"})
            code: Doc = {"Name": name, "Active": True, "Taxable": True, "TaxGroup": True}
            code["SalesTaxRateList"] = {"TaxRateDetail": details}
            self.add("TaxCode", code, code_id)
            return code_id

    # -- rates
    def set_rate(
        self, currency: str, rate: float | str | Decimal, since: str | date | None = None
    ) -> None:
        """Set the rate of a currency, in units of the home currency; `since` a day, or always."""
        with self.lock:
            value = Decimal(str(rate))
            if since is None:
                self.exchange_rates[currency] = value
            else:
                day = since if isinstance(since, date) else date.fromisoformat(since)
                self.dated_rates.setdefault(currency, {})[day] = value

    # -- transactions
    def add_invoice(
        self, customer_id: str, lines: Iterable[Doc], doc_number: str | None = None, **fields: Any
    ) -> Doc:
        """Add an invoice with `lines` as on the wire (see `sales_line`).

        A person may repeat a number.
        """
        sent: Doc = {"CustomerRef": {"value": customer_id}, "Line": list(lines), **fields}
        if doc_number is not None:
            sent["DocNumber"] = doc_number
        with self.lock:
            customer = self.find("Customer", customer_id)
            if customer and self.multicurrency:
                sent.setdefault("CurrencyRef", {"value": customer.doc["CurrencyRef"]["value"]})
                self._offer_rate(sent)
            return self.view(invoices.create_invoice(self, sent, allow_duplicate=True))

    def edit_invoice(self, invoice_id: str, **changes: Any) -> Doc:
        """Change an invoice; None empties a field, and `Line` stands for all lines."""
        with self.lock:
            row = self.rows["Invoice"][invoice_id]
            emptied = {name: "" for name, value in changes.items() if value is None}
            sent = normalise("Invoice", changes) | emptied
            there = {line.get("Id") for line in row.doc["Line"]}
            for line in sent.get("Line", []):
                if line.get("Id") not in there:  # a person sees no ids: it is a new line
                    line.pop("Id", None)
            invoices.change_invoice(self, row, sent, sparse=True, allow_duplicate=True)
            return self.view(row)

    def void_invoice(self, invoice_id: str) -> Doc:
        with self.lock:
            return self.view(invoices.void_row(self, self.rows["Invoice"][invoice_id]))

    def delete_invoice(self, invoice_id: str) -> None:
        with self.lock:
            invoices.delete_row(self, self.rows["Invoice"][invoice_id])

    def receive_payment(self, invoice_id: str, amount: float | str | Decimal) -> Doc:
        with self.lock:
            invoice = self.rows["Invoice"][invoice_id]
            return self.add_payment(
                invoice.doc["CustomerRef"]["value"], amount, {invoice_id: amount}
            )

    def add_payment(
        self,
        customer_id: str,
        amount: float | str | Decimal,
        shares: Mapping[str, float | str | Decimal] | None = None,
    ) -> Doc:
        """Take a payment; `shares` has the amount for each invoice, the rest stays on account."""
        sent: Doc = {"CustomerRef": {"value": customer_id}, "TotalAmt": Decimal(str(amount))}
        sent["Line"] = [
            {
                "Amount": Decimal(str(share)),
                "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}],
            }
            for invoice_id, share in (shares or {}).items()
        ]
        with self.lock:
            if self.multicurrency:
                code = self.rows["Customer"][customer_id].doc["CurrencyRef"]["value"]
                sent["CurrencyRef"] = {"value": code}
                self._offer_rate(sent)
            return self.view(payments.create_payment(self, sent))

    def apply_credit(self, invoice_id: str, amount: float | str | Decimal) -> Doc:
        """Add a credit memo of that amount and apply it; return the payment that links both."""
        with self.lock:
            invoice, credited = self.rows["Invoice"][invoice_id], Decimal(str(amount))
            credits.check_open_balance(invoice, credited)
            customer = self.rows["Customer"][invoice.doc["CustomerRef"]["value"]]
            memo = credit_memos.add_credit(self, customer, credited, automatic=False)
            return self.view(credits.link_credit(self, memo, invoice, credited))

    def add_credit(self, customer_id: str, amount: float | str | Decimal) -> Doc:
        """Add a credit memo, which QuickBooks applies by itself if the company has that on."""
        with self.lock:
            customer, credited = self.rows["Customer"][customer_id], Decimal(str(amount))
            return self.view(credit_memos.add_credit(self, customer, credited, automatic=True))

    def edit_payment(self, payment_id: str, **changes: Any) -> Doc:
        with self.lock:
            row = self.rows["Payment"][payment_id]
            sent = normalise("Payment", changes)
            return self.view(payments.change_payment(self, row, sent, sparse=True))

    def void_payment(self, payment_id: str) -> Doc:
        with self.lock:
            return self.view(payments.void_row(self, self.rows["Payment"][payment_id]))

    def delete_payment(self, payment_id: str) -> None:
        with self.lock:
            payments.delete_row(self, self.rows["Payment"][payment_id])

    # -- looking
    @property
    def invoices(self) -> list[Doc]:
        return self._all("Invoice")

    @property
    def customers(self) -> list[Doc]:
        return self._all("Customer")

    @property
    def items(self) -> list[Doc]:
        return self._all("Item")

    @property
    def payments(self) -> list[Doc]:
        return self._all("Payment")

    @property
    def credits(self) -> list[Doc]:
        return self._all("CreditMemo")

    def invoice(self, invoice_id: str) -> Doc:
        with self.lock:
            return self.view(self.rows["Invoice"][invoice_id])

    # -- within
    def _offer_rate(self, sent: Doc) -> None:
        """Fill in the rate of the day, as the screens do and the API does not."""
        day = date.fromisoformat(sent.get("TxnDate", self.today().isoformat()))
        currency = sent["CurrencyRef"]["value"]
        sent.setdefault("ExchangeRate", rates.rate_on(self, currency, day).value)

    def _add_person(
        self,
        kind: str,
        display_name: str,
        email: str | None,
        currency: str | None,
        active: bool,
        fields: Doc,
    ) -> Doc:
        sent: Doc = {"DisplayName": display_name, **fields}
        if email is not None:
            sent["PrimaryEmailAddr"] = {"Address": email}
        if currency is not None:
            sent["CurrencyRef"] = {"value": currency}
        return self._added(kind, sent, active)

    def _added(self, kind: str, sent: Doc, active: bool) -> Doc:
        with self.lock:
            row = names.create(self, kind, normalise(kind, sent))
            if not active:
                names.change(self, row, {"Active": False}, sparse=True)
            return self.view(row)

    def _edit(self, kind: str, row_id: str, changes: Doc) -> Doc:
        with self.lock:
            row = self.rows[kind][row_id]
            names.change(self, row, normalise(kind, changes), sparse=True)
            return self.view(row)

    def _all(self, kind: str) -> list[Doc]:
        with self.lock:
            return [self.view(row) for row in self.rows[kind].values()]


def sales_line(item_id: str, amount: float | str, **fields: Any) -> Doc:
    """Return a line as on the wire; `Description` goes to the line, the rest to its detail."""
    description = fields.pop("Description", None)
    line: Doc = {
        "Amount": on_wire(Decimal(str(amount))),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item_id}, **fields},
    }
    return line if description is None else {**line, "Description": description}
