"""A whole report, window by window: whatever the systems hold, every invoice is in one row."""

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
from invoice_sync.model.record import Record
from invoice_sync.reconciliation.compare import Row, Window, owner, rows

PORTAL = "24680"
START, END = date(2026, 3, 1), date(2026, 3, 31)


def posted(own_id: int, /, **changes: Any) -> QuickBooksInvoice:
    whole = {
        "id": str(own_id),
        "sync_token": "0",
        "customer_id": "58",
        "currency": "USD",
        "total": Decimal("100.00"),
        "balance": Decimal("100.00"),
        **changes,
    }
    return QuickBooksInvoice(**whole)


def within(day: date | None, start: date = START, end: date = END) -> bool:
    return day is not None and start <= day <= end


class World:
    """Both systems and our records at random, of which a report reads a window at a time."""

    def __init__(self, seed: int) -> None:
        self.random, self.ids = random.Random(seed), itertools.count(1000)  # noqa: S311
        self.hubspot: dict[str, InvoiceSummary] = {}
        self.quickbooks: dict[str, QuickBooksInvoice] = {}
        self.records: dict[str, Record] = {}
        self.linked: dict[str, str] = {}
        for number in range(1, self.random.randint(2, 60)):
            self._invoice(str(number))
        for _ in range(self.random.randint(0, 15)):
            self._post(self._day(), number=self.random.choice(["", "7", "INV-3", "INV-8"]))

    def _day(self) -> date:
        return START + timedelta(days=self.random.randint(-6, 36))

    def _near(self, day: date) -> date:
        """As a rule the same."""
        return day + timedelta(days=self.random.choice([0] * 8 + [1, -1, 5, -9]))

    def _amount(self) -> Decimal:
        return Decimal(self.random.choice(["100.00", "100.00", "7.5", "0", "1234.56"]))

    def _post(self, day: date, **changes: Any) -> QuickBooksInvoice:
        total = self._amount()
        if voided := self.random.random() < 0.1:
            total = Decimal(0)
        whole = {
            "currency": self.random.choice(["USD", "USD", "EUR", ""]),
            "total": total,
            "balance": self.random.choice([total, Decimal(0)]),
            "voided": voided,
            "invoice_date": day,
            **changes,
        }
        made = posted(next(self.ids), **whole)
        self.quickbooks[made.id] = made
        return made

    def _invoice(self, name: str) -> None:
        own = self.random
        mine = InvoiceSummary(
            id=name,
            number=f"INV-{own.randint(1, 12)}",
            status=own.choice(["open", "open", "paid", "voided", "draft"]),
            source=own.choice(["", "", "", "data_sync"]),
            currency=own.choice(["USD", "USD", "EUR"]),
            amount=own.choice([self._amount(), None]),
            invoice_date=self._day(),
        )
        assert mine.invoice_date
        if own.random() < 0.9:
            self.hubspot[name] = mine
        ours = marker(PORTAL, name)
        if own.random() < 0.6:
            made = self._post(self._near(mine.invoice_date), private_note=own.choice([ours, ""]))
            self.linked[made.id] = name
            self.records[name] = Record(
                portal_id=PORTAL, invoice_id=name, status="synced", quickbooks_id=made.id
            )
            if own.random() < 0.1:
                del self.quickbooks[made.id]
        elif own.random() < 0.4:
            self.records[name] = Record(portal_id=PORTAL, invoice_id=name, status="skipped")
        if own.random() < 0.15:  # made by us, but not in our record
            self._post(self._near(mine.invoice_date), private_note=ours)

    def report(self) -> list[Row]:
        found, start = list[Row](), START
        while start <= END:
            end = min(END, start + timedelta(days=self.random.choice([0, 1, 6, 30])))
            found += rows(self._window(start, end), START, END)
            start = end + timedelta(days=1)
        return found

    def _window(self, start: date, end: date) -> Window:
        """What the job reads of these days, and no more."""
        ours = [one for one in self.hubspot.values() if within(one.invoice_date, start, end)]
        theirs = [one for one in self.quickbooks.values() if within(one.invoice_date, start, end)]
        linked = {one.id: self.linked[one.id] for one in theirs if one.id in self.linked}
        here = {one.id for one in ours}
        owners = {owner(PORTAL, one, linked) for one in theirs} - {""}
        records = {one: self.records[one] for one in here | owners if one in self.records}
        partners = {records[one].quickbooks_id for one in here if one in records}
        by_record = {one.quickbooks_id: name for name, one in records.items() if one.quickbooks_id}
        return Window(
            portal_id=PORTAL,
            invoices=tuple(ours),
            posted=tuple(theirs),
            invoices_elsewhere=tuple(
                self.hubspot[one] for one in sorted(owners - here) if one in self.hubspot
            ),
            posted_elsewhere=tuple(
                self.quickbooks[one]
                for one in sorted(partners - {other.id for other in theirs})
                if one in self.quickbooks
            ),
            records=records,
            links={**by_record, **linked},
        )


@pytest.mark.parametrize("seed", range(200))
def test_every_invoice_is_in_exactly_one_row(seed: int) -> None:
    world = World(seed)
    found = world.report()
    ours = Counter(row.hubspot_id for row in found if row.hubspot_status)
    theirs = Counter(row.quickbooks_id for row in found if row.quickbooks_id)
    assert theirs.keys() >= {
        one.id for one in world.quickbooks.values() if within(one.invoice_date)
    }
    assert ours.keys() >= {one.id for one in world.hubspot.values() if within(one.invoice_date)}
    assert [one for one, times in theirs.items() if times > 1] == []
    for one, times in ours.items():
        assert times == 1 or not within(world.hubspot[one].invoice_date)
    for row in found:
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
