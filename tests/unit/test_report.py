"""The report's matching: every invoice once, with the right finding."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ClosedPeriod
from invoice_sync.model.hubspot import InvoiceSummary
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Record
from invoice_sync.reconciliation.compare import FINDINGS, Row, Window, is_news, rows, wants_look
from invoice_sync.reconciliation.export import as_csv
from invoice_sync.reconciliation.totals import counted, formatted

PORTAL = "24680"
START, END = date(2026, 1, 1), date(2026, 1, 31)


def here(name: str, **changes: Any) -> InvoiceSummary:
    whole: dict[str, Any] = {
        "id": name,
        "number": f"INV-{name}",
        "status": "open",
        "currency": "USD",
        "amount": Decimal("100.00"),
        "invoice_date": date(2026, 1, 10),
        **changes,
    }
    return InvoiceSummary(**whole)


def there(number: str, **changes: Any) -> QuickBooksInvoice:
    total = changes.pop("total", Decimal("100"))
    whole: dict[str, Any] = {
        "id": f"9{number}",
        "sync_token": "0",
        "number": f"INV-{number}",
        "customer_id": "58",
        "currency": "USD",
        "total": total,
        "balance": total,
        "invoice_date": date(2026, 1, 10),
        **changes,
    }
    return QuickBooksInvoice(**whole)


def ours(number: str, portal: str = PORTAL) -> str:
    return f"HubSpot invoice {number} (portal {portal})"


def known(number: str, status: str = "synced", **changes: Any) -> dict[str, Record]:
    whole = {"quickbooks_id": f"9{number}", "status": status, **changes}
    return {number: Record(portal_id=PORTAL, invoice_id=number, **whole)}


def compare(
    invoices: list[InvoiceSummary],
    posted: list[QuickBooksInvoice],
    records: dict[str, Record] | None = None,
    **more: Any,
) -> list[Row]:
    records = records or {}
    links = {one.quickbooks_id: one.invoice_id for one in records.values() if one.quickbooks_id}
    window = Window(
        portal_id=PORTAL,
        invoices=tuple(invoices),
        posted=tuple(posted),
        records=records,
        links=links,
        **more,
    )
    return rows(window, START, END)


def finding(*args: Any, **more: Any) -> str:
    (row,) = compare(*args, **more)
    return row.finding


class TestPairs:
    def test_by_our_record_or_by_our_words(self) -> None:
        assert finding([here("1")], [there("1")], known("1")) == "matched"
        assert finding([here("1")], [there("1", private_note=ours("1"))]) == "matched"

    def test_never_by_the_number_alone(self) -> None:
        (row,) = compare([here("1")], [there("1")])
        assert row.finding == "duplicate_suspected"
        assert (row.hubspot_id, row.quickbooks_id) == ("1", "91")
        found = compare([here("1")], [there("1", total=Decimal("99"))])
        assert {one.finding for one in found} == {"missing_in_quickbooks", "only_in_quickbooks"}

    def test_words_of_another_portal_are_not_ours(self) -> None:
        note = ours("1", portal="1")
        found = compare([here("1", number="X")], [there("1", private_note=note)])
        assert {one.finding for one in found} == {"missing_in_quickbooks", "only_in_quickbooks"}

    @pytest.mark.parametrize(
        ("status", "posted", "expected"),
        [
            ("open", {}, "matched"),
            ("paid", {"balance": Decimal(0)}, "matched"),
            ("paid", {}, "status_differs"),
            ("open", {"balance": Decimal(0)}, "status_differs"),
            ("open", {"balance": Decimal(40)}, "matched"),
            ("open", {"total": Decimal("100.01")}, "amounts_differ"),
            ("open", {"currency": "EUR"}, "amounts_differ"),
            ("voided", {"total": Decimal(0), "voided": True}, "matched"),
            ("voided", {}, "status_differs"),
            ("open", {"total": Decimal(0), "voided": True}, "status_differs"),
            ("draft", {}, "status_differs"),
        ],
    )
    def test_what_is_compared(self, status: str, posted: dict[str, Any], expected: str) -> None:
        assert finding([here("1", status=status)], [there("1", **posted)], known("1")) == expected

    def test_an_amount_that_cannot_be_read_does_not_agree(self) -> None:
        assert finding([here("1", amount=None)], [there("1")], known("1")) == "amounts_differ"


class TestAlone:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "missing_in_quickbooks"),
            ({"status": "paid"}, "missing_in_quickbooks"),
            ({"status": "draft"}, "not_due"),
            ({"status": "voided"}, "not_due"),
            ({"source": "data_sync"}, "not_due"),
        ],
    )
    def test_in_hubspot(self, changes: dict[str, Any], expected: str) -> None:
        assert finding([here("1", **changes)], []) == expected

    def test_in_quickbooks_though_we_made_it(self) -> None:
        (row,) = compare([], [there("1", private_note=ours("1"))])
        assert (row.finding, row.hubspot_id) == ("missing_in_hubspot", "1")
        void = there("1", private_note=ours("1"), total=Decimal(0), voided=True)
        assert finding([], [void]) == "not_due"

    def test_in_quickbooks_only(self) -> None:
        assert finding([], [there("1")]) == "only_in_quickbooks"

    def test_twice_in_quickbooks(self) -> None:
        twice = [there("1"), there("1", id="500")]
        assert [one.finding for one in compare([], twice)] == ["duplicate_suspected"] * 2
        # Once by us and once by hand.
        found = compare([here("1")], [there("1"), there("1", id="500")], known("1"))
        assert [(one.finding, one.quickbooks_id) for one in found] == [
            ("matched", "91"),
            ("duplicate_suspected", "500"),
        ]
        twice = [there("1", private_note=ours("1")), there("1", id="500", private_note=ours("1"))]
        found = compare([here("1")], twice, known("1"))
        assert Counter(one.finding for one in found) == {"matched": 1, "duplicate_suspected": 1}
        assert {one.quickbooks_id for one in found} == {"91", "500"}
        # HubSpot bills it once.
        assert sum(one.hubspot_amount or 0 for one in found) == 100
        assert {one.hubspot_id for one in found} == {"1"}
        # What is void there is no trouble, and no partner where there is another.
        void = there("1", total=Decimal(0), voided=True, private_note=ours("1"))
        found = compare([here("1")], [void, twice[1]])
        assert {(one.finding, one.quickbooks_id) for one in found} == {
            ("matched", "500"),
            ("not_due", "91"),
        }


class TestOtherDays:
    def test_the_partner_of_another_day_is_the_same_pair(self) -> None:
        moved = there("1", invoice_date=date(2025, 12, 1))
        assert finding([here("1")], [], known("1"), posted_elsewhere=(moved,)) == "matched"

    def test_a_pair_is_shown_once_by_the_day_in_hubspot(self) -> None:
        other_day = (here("1", invoice_date=date(2026, 1, 20)),)
        assert compare([], [there("1")], known("1"), invoices_elsewhere=other_day) == []

    def test_a_pair_whose_day_in_hubspot_is_outside_the_period_is_shown(self) -> None:
        outside = (here("1", invoice_date=date(2026, 2, 20)),)
        assert finding([], [there("1")], known("1"), invoices_elsewhere=outside) == "matched"

    @pytest.mark.parametrize("day", [date(2026, 1, 20), date(2026, 2, 20)])
    def test_a_second_one_there_is_suspected_whatever_its_day(self, day: date) -> None:
        other_day = (here("1", invoice_date=day),)
        second = there("1", id="500", private_note=ours("1"))
        (row,) = compare([], [second], known("1"), invoices_elsewhere=other_day)
        assert (row.finding, row.quickbooks_id) == ("duplicate_suspected", "500")
        assert (row.hubspot_id, row.hubspot_amount) == ("1", None)


class TestLooks:
    def test_only_what_a_look_may_put_right(self) -> None:
        def wanted(what: str, **changes: Any) -> bool:
            known_too = changes.pop("known", True)
            row = Row.model_validate({"finding": what, "hubspot_id": "1", **changes})
            return wants_look(row, None, known=known_too)

        assert wanted("missing_in_quickbooks")
        assert wanted("amounts_differ", sync_status="synced")
        # Nobody asked for what was there before us: that is a backfill.
        assert not wanted("missing_in_quickbooks", known=False)
        # It is explained already, and looked at every hour.
        assert not wanted("amounts_differ", sync_status="failing")
        assert not wanted("matched")
        assert not wanted("duplicate_suspected")
        assert not wanted("only_in_quickbooks", hubspot_id="")

    @pytest.mark.parametrize(
        ("invoice", "now", "seen", "looks", "reads"),
        [
            # Paid in QuickBooks by other ways: news once, and nothing to put right after that.
            ({}, {"balance": Decimal(0)}, {}, True, True),
            ({}, {"balance": Decimal(0)}, {"balance": Decimal(0)}, False, False),
            # HubSpot's side may not have been told; the worker knows whether it has to read.
            ({"status": "paid"}, {}, {}, True, False),
            ({"status": "voided"}, {}, {}, True, False),
            ({"amount": Decimal(7)}, {}, {}, True, False),
            ({"amount": Decimal(7)}, {"total": Decimal(8)}, {}, True, True),
            ({}, {"total": Decimal(0), "voided": True}, {}, True, True),
        ],
    )
    def test_what_we_have_seen_costs_no_read_again(
        self,
        invoice: dict[str, Any],
        now: dict[str, Any],
        seen: dict[str, Any],
        looks: bool,
        reads: bool,
    ) -> None:
        records = known("1", written=there("1", **seen))
        (row,) = compare([here("1", **invoice)], [there("1", **now)], records)
        assert wants_look(row, records["1"], known=True) is looks
        assert is_news(row, records["1"]) is reads

    def test_a_deleted_one_is_news(self) -> None:
        records = known("1", written=there("1"))
        (row,) = compare([here("1")], [], records)
        assert row.finding == "missing_in_quickbooks"
        assert is_news(row, records["1"])


@pytest.mark.parametrize("seed", range(20))
def test_every_invoice_is_in_exactly_one_row_and_the_totals_are_the_rows(seed: int) -> None:
    chosen = random.Random(seed)  # noqa: S311 - test data
    invoices, posted, records = [], [], dict[str, Record]()
    for number in range(1, 120):
        name, day = str(number), START + timedelta(days=chosen.randrange(31))
        amount = Decimal(chosen.randrange(1, 9999)) / 100
        status = chosen.choice(["open", "paid", "voided", "draft"])
        if chosen.random() < 0.8:
            invoices.append(here(name, amount=amount, status=status, invoice_date=day))
        if chosen.random() < 0.8:
            changes: dict[str, Any] = {"total": amount, "invoice_date": day}
            how = chosen.random()
            if how < 0.3:
                changes["private_note"] = ours(name)
            elif how < 0.6:
                records |= known(name, chosen.choice(["synced", "failing"]))
            posted.append(there(name, **changes))
    found = compare(invoices, posted, records)
    assert Counter(one.hubspot_id for one in found if one.hubspot_date) == Counter(
        one.id for one in invoices
    )
    assert Counter(one.quickbooks_id for one in found if one.quickbooks_id) == Counter(
        one.id for one in posted
    )
    half = len(found) // 2
    head = formatted(counted(counted([], found[:half]), found[half:]))
    assert [one.finding for one in head] == [
        one for one in FINDINGS if any(row.finding == one for row in found)
    ]
    for one in head:
        own = [row for row in found if row.finding == one.finding]
        assert one.invoices == len(own)
        owed = [row for row in own if row.hubspot_status != "voided"]
        assert Decimal(one.hubspot) == sum(row.hubspot_amount or 0 for row in owed)
        assert Decimal(one.quickbooks) == sum(row.quickbooks_amount or 0 for row in own)
        assert Decimal(one.difference) == Decimal(one.quickbooks) - Decimal(one.hubspot)


class TestCsv:
    def test_totals_first_then_the_rows(self) -> None:
        found = compare([here("1"), here("2")], [there("1")], known("1"))
        text = as_csv(formatted(counted([], found)), found)
        lines = list(csv.reader(io.StringIO(text)))
        assert lines[0] == [
            "finding", "currency", "invoices", "hubspot", "quickbooks", "difference",
        ]  # fmt: skip
        assert lines[1] == ["matched", "USD", "1", "100.00", "100.00", "0.00"]
        assert lines[3] == []
        assert lines[4][:3] == ["finding", "hubspot_id", "hubspot_number"]
        assert [line[1] for line in lines[5:]] == ["1", "2"]
        assert as_csv([], found).startswith("finding,hubspot_id")

    def test_a_number_that_a_spreadsheet_would_run_is_only_text(self) -> None:
        evil = '=HYPERLINK("http://evil.example")'
        found = compare([here("1", number=evil)], [])
        (line,) = list(csv.reader(io.StringIO(as_csv([], found))))[1:]
        assert line[2] == f"'{evil}"

    def test_a_failing_invoice_says_why(self) -> None:
        failed = known("1", "failing", failure=Failure(detail=ClosedPeriod()), quickbooks_id="")
        (row,) = compare([here("1")], [], failed)
        assert (row.finding, row.failure_code) == ("missing_in_quickbooks", "closed_period")
