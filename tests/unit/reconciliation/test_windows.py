"""A whole report, window by window: every invoice is in one row, whatever the systems hold."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.model.hubspot import InvoiceSummary
from invoice_sync.model.markers import marker
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Record, Status
from invoice_sync.reconciliation.compare import Row, Window, owner, rows

PORTAL = "24680"
START, END = date(2026, 3, 1), date(2026, 3, 31)


def within(day: date | None, start: date = START, end: date = END) -> bool:
    return day is not None and start <= day <= end


class World:
    """Both systems and our records at random, of which a report reads a window at a time."""

    def __init__(self, seed: int) -> None:
        self.chance, self.ids = random.Random(seed), itertools.count(1000)  # noqa: S311
        self.hubspot: dict[str, InvoiceSummary] = {}
        self.quickbooks: dict[str, QuickBooksInvoice] = {}
        self.records: dict[str, Record] = {}
        self.linked: dict[str, str] = {}
        for number in range(1, self.chance.randint(2, 60)):
            self._add_invoice(str(number))
        for _ in range(self.chance.randint(0, 15)):
            self._post(self._day(), number=self.chance.choice(["", "7", "INV-3", "INV-8"]))

    def _day(self) -> date:
        return START + timedelta(days=self.chance.randint(-6, 36))

    def _near(self, day: date) -> date:
        """As a rule the same."""
        return day + timedelta(days=self.chance.choice([0] * 8 + [1, -1, 5, -9]))

    def _amount(self) -> Decimal:
        return Decimal(self.chance.choice(["100.00", "100.00", "7.5", "0", "1234.56"]))

    def _post(self, day: date, **changes: Any) -> QuickBooksInvoice:
        total = self._amount()
        if voided := self.chance.random() < 0.1:
            total = Decimal(0)
        values: dict[str, Any] = {
            "id": str(next(self.ids)),
            "sync_token": "0",
            "customer_id": "58",
            "currency": self.chance.choice(["USD", "USD", "EUR", ""]),
            "total": total,
            "balance": self.chance.choice([total, Decimal(0)]),
            "voided": voided,
            "invoice_date": day,
            **changes,
        }
        invoice = QuickBooksInvoice(**values)
        self.quickbooks[invoice.id] = invoice
        return invoice

    def _add_invoice(self, invoice_id: str) -> None:
        chance = self.chance
        summary = InvoiceSummary(
            id=invoice_id,
            number=f"INV-{chance.randint(1, 12)}",
            status=chance.choice(["open", "open", "paid", "voided", "draft"]),
            source=chance.choice(["", "", "", "data_sync"]),
            currency=chance.choice(["USD", "USD", "EUR"]),
            amount=chance.choice([self._amount(), None]),
            invoice_date=self._day(),
        )
        assert summary.invoice_date
        if chance.random() < 0.9:
            self.hubspot[invoice_id] = summary
        note = marker(PORTAL, invoice_id)
        if chance.random() < 0.6:
            day = self._near(summary.invoice_date)
            written = self._post(day, private_note=chance.choice([note, ""]))
            self.linked[written.id] = invoice_id
            self._record(invoice_id, "synced", written.id)
            if chance.random() < 0.1:
                del self.quickbooks[written.id]
        elif chance.random() < 0.4:
            self._record(invoice_id, "skipped")
        if chance.random() < 0.15:  # made by us, but not in our record
            self._post(self._near(summary.invoice_date), private_note=note)

    def _record(self, invoice_id: str, status: Status, quickbooks_id: str = "") -> None:
        self.records[invoice_id] = Record(
            portal_id=PORTAL, invoice_id=invoice_id, status=status, quickbooks_id=quickbooks_id
        )

    def report(self) -> list[Row]:
        result, start = list[Row](), START
        while start <= END:
            end = min(END, start + timedelta(days=self.chance.choice([0, 1, 6, 30])))
            result += rows(self._window(start, end), START, END)
            start = end + timedelta(days=1)
        return result

    def _window(self, start: date, end: date) -> Window:
        """Return what the job reads of these days, and no more."""
        hubspot = [one for one in self.hubspot.values() if within(one.invoice_date, start, end)]
        quickbooks = [
            one for one in self.quickbooks.values() if within(one.invoice_date, start, end)
        ]
        linked = {one.id: self.linked[one.id] for one in quickbooks if one.id in self.linked}
        hubspot_ids = {summary.id for summary in hubspot}
        owner_ids = {owner(PORTAL, invoice, linked) for invoice in quickbooks} - {""}
        records = {
            invoice_id: self.records[invoice_id]
            for invoice_id in hubspot_ids | owner_ids
            if invoice_id in self.records
        }
        partner_ids = {records[one].quickbooks_id for one in hubspot_ids if one in records}
        elsewhere = sorted(partner_ids - {invoice.id for invoice in quickbooks})
        by_record = {
            record.quickbooks_id: invoice_id
            for invoice_id, record in records.items()
            if record.quickbooks_id
        }
        return Window(
            portal_id=PORTAL,
            hubspot=tuple(hubspot),
            quickbooks=tuple(quickbooks),
            hubspot_elsewhere=tuple(
                self.hubspot[one] for one in sorted(owner_ids - hubspot_ids) if one in self.hubspot
            ),
            quickbooks_elsewhere=tuple(
                self.quickbooks[one] for one in elsewhere if one in self.quickbooks
            ),
            records=records,
            links={**by_record, **linked},
        )


@pytest.mark.parametrize("seed", range(200))
def test_every_invoice_is_in_exactly_one_row(seed: int) -> None:
    world = World(seed)
    report = world.report()
    hubspot = Counter(row.hubspot_id for row in report if row.hubspot_status)
    quickbooks = Counter(row.quickbooks_id for row in report if row.quickbooks_id)
    assert quickbooks.keys() >= {
        one.id for one in world.quickbooks.values() if within(one.invoice_date)
    }
    assert hubspot.keys() >= {one.id for one in world.hubspot.values() if within(one.invoice_date)}
    assert [one for one, times in quickbooks.items() if times > 1] == []
    for invoice_id, times in hubspot.items():
        assert times == 1 or not within(world.hubspot[invoice_id].invoice_date)
    for row in report:
        assert within(row.hubspot_date) or within(row.quickbooks_date)
        if row.finding in ("matched", "amounts_differ", "status_differs"):
            _check_pair(world, row)


def _check_pair(world: World, row: Row) -> None:
    record = world.records.get(row.hubspot_id)
    if record and record.quickbooks_id in world.quickbooks:
        assert row.quickbooks_id == record.quickbooks_id
    else:
        note = world.quickbooks[row.quickbooks_id].private_note
        assert marker(PORTAL, row.hubspot_id) in note
