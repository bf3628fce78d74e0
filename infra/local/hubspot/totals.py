"""Consequences of a change: invoice numbers, line amounts, totals, and invoices that are paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from . import money
from .records import ADJUSTMENTS, PAYMENTS, Record, Source
from .storage import Storage


class Totals(Storage):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.next_number = 1001
        self._emails: dict[str, str] = {}  # of contacts: address in lower case -> id
        self._stale: set[str] = set()  # invoices whose total must be calculated again
        self._depth = 0

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Calculate totals once, when the outermost change is complete."""
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                while not self._depth and self._stale:
                    self._recalculate(self._stale.pop())

    def _set(
        self,
        record: Record,
        values: Mapping[str, str | None],
        source: Source,
        tell: bool = True,
    ) -> None:
        values = dict(values)
        definitions = self.schemas[record.type].properties
        for key, value in values.items():
            if definitions[key].read_only and value is not None:
                record.fixed.add(key)
            else:
                record.fixed.discard(key)  # cleared: calculated again
        opened = record.type == "invoices" and values.get("hs_invoice_status") not in (
            None,
            "draft",
        )
        if opened and not (values.get("hs_number") or record.properties.get("hs_number")):
            values["hs_number"] = f"INV-{self.next_number}"
            self.next_number += 1
        if record.type == "contacts" and "email" in values:
            self._emails.pop(record.properties.get("email", "").lower(), None)
            if values["email"]:
                self._emails[values["email"].lower()] = record.id
        changed = self._store(record, values, source)
        self._touch(record)
        if tell:
            for key in changed:
                self._tell_property(record, key, source)
        self._mark_stale(record)

    def _mark_stale(self, record: Record) -> None:
        if record.type == "invoices":
            self._stale.add(record.id)
        elif record.type in ("line_items", *ADJUSTMENTS, PAYMENTS):
            invoices = self.links(record.type, record.id, "invoices")
            self._stale.update(invoices)
            if record.type == "line_items" and not invoices:
                self._calculate_line(record, self.currency)

    def _calculated(self, record: Record, values: Mapping[str, str | None]) -> None:
        values = {key: value for key, value in values.items() if key not in record.fixed}
        if all(record.properties.get(key) == value for key, value in values.items()):
            return
        source = Source("CALCULATED", "calculated")
        changed = self._store(record, values, source)
        if self._switches.touch_on_recalculation:
            self._touch(record)
        if self._switches.calculated_events:
            for key in changed:
                self._tell_property(record, key, source)

    def _calculate_line(self, line: Record, currency: str) -> None:
        rate = self.tax_rates.get(line.properties.get("hs_tax_rate_group_id", ""))
        values = dict(line.properties)
        calculated: dict[str, str | None] = {}
        if "hs_tax_amount" not in line.fixed:
            values.pop("hs_tax_amount", None)
            label = str(rate["label"]) if rate else None
            calculated = {"hs_tax_amount": None, "hs_tax_rate": None, "hs_tax_label": label}
        percent = Decimal(str(rate["percentageRate"])) if rate and calculated else None
        own_currency = line.properties.get("hs_line_item_currency_code", currency)
        calculated |= money.line_amounts(values, own_currency, percent)
        self._calculated(line, calculated)

    def _recalculate(self, invoice_id: str) -> None:
        invoice = self.find("invoices", invoice_id)
        if not invoice:
            return
        currency = invoice.properties["hs_currency"]
        parts = {
            kind: [
                self._records[kind][record_id]
                for record_id in self.links("invoices", invoice_id, kind)
            ]
            for kind in ("line_items", *ADJUSTMENTS)
        }
        for line in parts["line_items"]:
            self._calculate_line(line, currency)
        lines, discounts, fees, taxes = (
            [record_id.properties for record_id in parts[kind]]
            for kind in ("line_items", *ADJUSTMENTS)
        )
        total = money.invoice_total(lines, discounts, fees, taxes, currency)
        billed = Decimal(invoice.properties.get("hs_amount_billed", "0"))
        if "hs_amount_billed" not in invoice.fixed:
            billed = total
        payments = [
            self._records[PAYMENTS][record_id].properties
            for record_id in self.links("invoices", invoice_id, PAYMENTS)
        ]
        paid = money.received(payments)
        if "hs_amount_paid" in invoice.fixed:
            paid = money.number(invoice.properties, "hs_amount_paid")
        status = invoice.properties.get("hs_invoice_status")
        due = Decimal(0) if status in ("paid", "voided") else billed - paid
        self._calculated(
            invoice,
            {
                "hs_amount_billed": f"{total:f}",
                "hs_amount_paid": f"{money.rounded(paid, currency):f}" if payments else None,
                "hs_balance_due": f"{money.rounded(due, currency):f}",
            },
        )
        if payments and status == "open" and billed and paid >= billed:
            # Guide "Payments API": a payment that is associated marks the invoice paid.
            self._set(invoice, {"hs_invoice_status": "paid"}, Source("PAYMENTS", "payments"))
