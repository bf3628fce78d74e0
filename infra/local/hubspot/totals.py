"""Consequences of a change or of time: numbers, line amounts, totals, balances, overdue days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from . import money
from .properties import parse_moment
from .records import MEMOS, PARTS, PAYMENTS, Record, Source
from .storage import Storage


class Totals(Storage):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.next_number = 1001
        self._emails: dict[str, str] = {}  # of contacts: address in lower case -> id
        self._stale: set[str] = set()  # invoices whose total must be calculated again
        self._depth = 0
        self._day = self._today()  # until which the values that change with the days are right

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
                    invoices = [
                        invoice
                        for invoice_id in sorted(self._stale, key=int)
                        if (invoice := self.find("invoices", invoice_id))
                    ]
                    self._stale.clear()
                    for invoice in invoices:
                        self._calculate_total(invoice)
                    for invoice in invoices:
                        self._calculate_balance(invoice)

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
        self._forget_addresses(record)
        changed = self._store(record, values, source)
        self._remember_addresses(record)
        self._touch(record)
        if tell:
            for key in changed:
                self._tell_property(record, key, source)
        self._mark_stale(record)

    # -- addresses of contacts

    def holder(self, address: str) -> str | None:
        """Return the id of the contact whose main or additional address it is, in lower case."""
        return self._emails.get(address)

    def _remember_addresses(self, record: Record) -> None:
        main, additional = _addresses(record)
        if main:
            self._emails[main] = record.id
        for address in additional:
            self._emails.setdefault(address, record.id)

    def _forget_addresses(self, record: Record) -> None:
        main, additional = _addresses(record)
        for address in (main, *additional):
            if self._emails.get(address) == record.id:
                del self._emails[address]

    # -- invoices and what hangs on them

    def _mark_stale(self, record: Record) -> None:
        if record.type == "invoices":
            self._stale |= self._sharing(record.id)
        elif record.type in (*PARTS, PAYMENTS, MEMOS):
            invoices = self.links(record.type, record.id, "invoices")
            for invoice_id in invoices:
                self._stale |= self._sharing(invoice_id)
            if record.type == "line_items" and not invoices:
                self._calculate_line(record, self.currency)

    def _sharing(self, invoice_id: str) -> set[str]:
        """Return the invoice and all that share its payments and credit, however indirectly."""
        together, left = set(), {invoice_id}
        while left:
            together.add(current := left.pop())
            for kind in (PAYMENTS, MEMOS):
                for receipt_id in self.links("invoices", current, kind):
                    left |= self.links(kind, receipt_id, "invoices").keys() - together
        return together

    # -- time

    def pass_time(self) -> None:
        """Change what a new day changes by itself; every look at the account calls it first."""
        with self.lock:
            today = self._today()
            if today == self._day:
                return
            self._day = today
            for invoice in self.records("invoices"):
                overdue = {"hs_days_overdue": self._overdue(invoice)}
                self._calculated(invoice, overdue, touch=self._switches.touch_by_clock)

    def _today(self) -> date:
        return self._clock.now().astimezone(ZoneInfo(self.time_zone)).date()

    def _overdue(self, invoice: Record) -> str | None:
        """Return the days since the due date of an invoice that is open; None on time."""
        due = invoice.properties.get("hs_due_date")
        if not due or invoice.properties.get("hs_invoice_status") != "open":
            return None
        days = (self._today() - parse_moment(due).astimezone(ZoneInfo(self.time_zone)).date()).days
        return str(days) if days > 0 else None

    # -- calculating

    def _calculated(
        self, record: Record, values: Mapping[str, str | None], touch: bool | None = None
    ) -> None:
        values = {key: value for key, value in values.items() if key not in record.fixed}
        if all(record.properties.get(key) == value for key, value in values.items()):
            return
        source = Source("CALCULATED", "calculated")
        changed = self._store(record, values, source)
        if self._switches.touch_on_recalculation if touch is None else touch:
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
        automated = values.get("hs_auto_tax_amount")
        percent = Decimal(str(rate["percentageRate"])) if rate and calculated else None
        if automated and calculated:
            # HubSpot's automated tax takes the place of the account's own rates.
            percent, included = None, self._switches.auto_tax_in_tax_amount
            if included:
                calculated["hs_tax_amount"] = values["hs_tax_amount"] = automated
        own_currency = line.properties.get("hs_line_item_currency_code", currency)
        calculated |= money.line_amounts(values, own_currency, percent)
        self._calculated(line, calculated)

    def _calculate_total(self, invoice: Record) -> None:
        currency = invoice.properties["hs_currency"]
        parts = {
            kind: [
                self._records[kind][record_id]
                for record_id in self.links("invoices", invoice.id, kind)
            ]
            for kind in PARTS
        }
        for line in parts["line_items"]:
            self._calculate_line(line, currency)
        lines, discounts, fees, taxes = (
            [part.properties for part in parts[kind]] for kind in PARTS
        )
        included = self._switches.auto_tax_in_tax_amount
        total = money.invoice_total(lines, discounts, fees, taxes, currency, included)
        automated = sum(money.number(line, "hs_auto_tax_amount") for line in lines)
        if "hs_auto_tax_amount" in invoice.fixed and not automated:
            total += money.number(invoice.properties, "hs_auto_tax_amount")
        calculated = {
            "hs_amount_billed": f"{total:f}",
            "hs_auto_tax_amount": f"{automated:f}" if automated else None,
        }
        self._calculated(invoice, calculated)

    def _calculate_balance(self, invoice: Record) -> None:
        currency = invoice.properties["hs_currency"]
        billed = money.number(invoice.properties, "hs_amount_billed")
        payments, memos = (self.links("invoices", invoice.id, kind) for kind in (PAYMENTS, MEMOS))
        shares = self._shares(invoice.id)
        paid, credit = (
            sum((shares[receipt_id, invoice.id] for receipt_id in receipts), Decimal(0))
            for receipts in (payments, memos)
        )
        if "hs_amount_paid" in invoice.fixed:
            paid = money.number(invoice.properties, "hs_amount_paid")
        status = invoice.properties.get("hs_invoice_status")
        due = Decimal(0) if status in ("paid", "voided") else billed - paid - credit
        self._calculated(
            invoice,
            {
                "hs_amount_paid": f"{money.rounded(paid, currency):f}" if payments else None,
                "hs_balance_due": f"{money.rounded(due, currency):f}",
                "hs_days_overdue": self._overdue(invoice),
            },
        )
        for memo_id in memos:
            memo = self._records[MEMOS][memo_id]
            used = sum(part for (receipt_id, _), part in shares.items() if receipt_id == memo_id)
            left = money.rounded(money.credited(memo.properties) - used, currency)
            self._calculated(memo, {"hs_amount_remaining": f"{left:f}"})
        if (payments or memos) and status == "open" and billed and paid + credit >= billed:
            # Guide "Payments API": a payment that is associated marks the invoice paid. Knowledge
            # base "Create and apply credit memos": so does credit.
            self._set(invoice, {"hs_invoice_status": "paid"}, Source("PAYMENTS", "payments"))

    def _shares(self, invoice_id: str) -> dict[tuple[str, str], Decimal]:
        """Return what each payment and credit memo gives to the invoices that share them."""
        together = {
            other_id: self._records["invoices"][other_id] for other_id in self._sharing(invoice_id)
        }
        billed = {
            other_id: money.number(other.properties, "hs_amount_billed")
            for other_id, other in together.items()
            if other.properties.get("hs_invoice_status") != "voided" or other_id == invoice_id
        }
        receipts = {}
        for kind, amount in ((PAYMENTS, money.received), (MEMOS, money.credited)):
            for receipt_id in {i for other in billed for i in self.links("invoices", other, kind)}:
                invoices = tuple(i for i in self.links(kind, receipt_id, "invoices") if i in billed)
                values = self._records[kind][receipt_id].properties
                receipts[receipt_id] = money.Receipt(
                    receipt_id, amount(values), invoices, kind == MEMOS
                )
        return money.shares(billed, [receipts[i] for i in sorted(receipts, key=int)])


def _addresses(record: Record) -> tuple[str, list[str]]:
    """Return a contact's main address and its additional ones, in lower case."""
    if record.type != "contacts":
        return "", []
    additional = record.properties.get("hs_additional_emails", "").lower().split(";")
    main = record.properties.get("email", "").lower()
    return main, [address.strip() for address in additional if address.strip()]
