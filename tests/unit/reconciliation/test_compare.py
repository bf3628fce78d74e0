"""What a report finds in the invoices of one window."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ClosedPeriod
from invoice_sync.model.record import Record, Skip

from .builders import START, compared, in_hubspot, in_quickbooks, marked, recorded


def finding(*args: Any, **more: Any) -> str:
    (row,) = compared(*args, **more)
    return row.finding


class TestPairs:
    def test_our_record_makes_a_pair(self) -> None:
        assert finding([in_hubspot("1")], [in_quickbooks("1")], recorded("1")) == "matched"

    def test_our_marker_makes_a_pair(self) -> None:
        assert finding([in_hubspot("1")], [in_quickbooks("1", **marked("1"))]) == "matched"

    def test_the_same_number_and_amount_only_raise_a_suspicion(self) -> None:
        (row,) = compared([in_hubspot("1")], [in_quickbooks("1")])
        assert row.finding == "duplicate_suspected"
        assert (row.hubspot_id, row.quickbooks_id) == ("1", "91")

    def test_the_same_number_with_another_amount_means_nothing(self) -> None:
        rows = compared([in_hubspot("1")], [in_quickbooks("1", total=Decimal("99"))])
        assert {row.finding for row in rows} == {"missing_in_quickbooks", "only_in_quickbooks"}

    def test_the_marker_of_another_portal_is_not_ours(self) -> None:
        other = in_quickbooks("1", **marked("1", portal_id="1"))
        rows = compared([in_hubspot("1", number="X")], [other])
        assert {row.finding for row in rows} == {"missing_in_quickbooks", "only_in_quickbooks"}

    @pytest.mark.parametrize(
        ("status", "quickbooks", "expected"),
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
    def test_status_amount_and_currency_of_a_pair_are_compared(
        self, status: str, quickbooks: dict[str, Any], expected: str
    ) -> None:
        hubspot = in_hubspot("1", status=status)
        assert finding([hubspot], [in_quickbooks("1", **quickbooks)], recorded("1")) == expected

    def test_an_amount_that_cannot_be_read_differs(self) -> None:
        hubspot = in_hubspot("1", amount=None)
        assert finding([hubspot], [in_quickbooks("1")], recorded("1")) == "amounts_differ"

    def test_the_row_of_a_failing_invoice_has_its_code(self) -> None:
        failure = Failure(detail=ClosedPeriod())
        failing = recorded("1", "failing", failure=failure, quickbooks_id="")
        (row,) = compared([in_hubspot("1")], [], failing)
        assert (row.finding, row.failure_code) == ("missing_in_quickbooks", "closed_period")


class TestWithoutPartner:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "missing_in_quickbooks"),
            ({"status": "paid"}, "missing_in_quickbooks"),
            ({"status": "draft"}, "not_due"),
            ({"status": "voided"}, "not_due"),
        ],
    )
    def test_a_hubspot_invoice_is_missing_if_it_is_due(
        self, changes: dict[str, Any], expected: str
    ) -> None:
        assert finding([in_hubspot("1", **changes)], []) == expected

    @pytest.mark.parametrize(
        ("skip", "expected"),
        [
            (Skip("It is old", "before_start"), ("skipped", "It is old")),
            (Skip("It is a copy", "left_out"), ("skipped", "It is a copy")),
            (Skip("It is a draft", "not_due"), ("not_due", "It is a draft")),
        ],
    )
    def test_one_that_is_not_synced_is_listed_with_its_reason(
        self, skip: Skip, expected: tuple[str, str]
    ) -> None:
        # Somebody may have entered it by hand: then both have a row of their own.
        by_hand = in_quickbooks("1")
        for quickbooks in ([], [by_hand]):
            row, *others = compared([in_hubspot("1")], quickbooks, skips={"1": skip})
            assert (row.finding, row.reason) == expected
            assert [other.finding for other in others] == ["only_in_quickbooks"] * len(quickbooks)

    def test_one_that_is_in_both_is_compared_all_the_same(self) -> None:
        skips = {"1": Skip("It is old", "before_start")}
        (row,) = compared([in_hubspot("1")], [in_quickbooks("1", **marked("1"))], skips=skips)
        assert (row.finding, row.reason) == ("matched", "")

    def test_an_invoice_that_we_made_is_missing_in_hubspot(self) -> None:
        (row,) = compared([], [in_quickbooks("1", **marked("1"))])
        assert (row.finding, row.hubspot_id) == ("missing_in_hubspot", "1")

    def test_a_voided_invoice_that_we_made_needs_no_action(self) -> None:
        voided = in_quickbooks("1", total=Decimal(0), voided=True, **marked("1"))
        assert finding([], [voided]) == "not_due"

    def test_an_invoice_that_people_made_is_only_in_quickbooks(self) -> None:
        assert finding([], [in_quickbooks("1")]) == "only_in_quickbooks"


class TestSecondInvoice:
    def test_two_that_look_the_same_are_suspected(self) -> None:
        rows = compared([], [in_quickbooks("1"), in_quickbooks("1", id="500")])
        assert [row.finding for row in rows] == ["duplicate_suspected"] * 2

    def test_one_by_hand_that_looks_like_ours_is_suspected(self) -> None:
        quickbooks = [in_quickbooks("1"), in_quickbooks("1", id="500")]
        rows = compared([in_hubspot("1")], quickbooks, recorded("1"))
        assert [(row.finding, row.quickbooks_id) for row in rows] == [
            ("matched", "91"),
            ("duplicate_suspected", "500"),
        ]

    def test_two_with_the_same_marker_are_a_pair_and_a_suspect(self) -> None:
        quickbooks = [in_quickbooks("1", id=id_, **marked("1")) for id_ in ("91", "500")]
        rows = compared([in_hubspot("1")], quickbooks, recorded("1"))
        assert Counter(row.finding for row in rows) == {"matched": 1, "duplicate_suspected": 1}
        assert {row.quickbooks_id for row in rows} == {"91", "500"}
        # HubSpot bills it once.
        assert sum(row.hubspot_amount or 0 for row in rows) == 100
        assert {row.hubspot_id for row in rows} == {"1"}

    def test_a_voided_one_is_neither_partner_nor_suspect(self) -> None:
        voided = in_quickbooks("1", total=Decimal(0), voided=True, **marked("1"))
        other = in_quickbooks("1", id="500", **marked("1"))
        rows = compared([in_hubspot("1")], [voided, other])
        assert {(row.finding, row.quickbooks_id) for row in rows} == {
            ("matched", "500"),
            ("not_due", "91"),
        }


class TestOtherDays:
    def test_a_partner_of_another_day_makes_the_same_pair(self) -> None:
        moved = in_quickbooks("1", invoice_date=date(2025, 12, 1))
        found = finding([in_hubspot("1")], [], recorded("1"), quickbooks_elsewhere=(moved,))
        assert found == "matched"

    def test_a_pair_is_shown_once_on_its_day_in_hubspot(self) -> None:
        other_day = (in_hubspot("1", invoice_date=date(2026, 1, 20)),)
        rows = compared([], [in_quickbooks("1")], recorded("1"), hubspot_elsewhere=other_day)
        assert rows == []

    def test_a_pair_whose_day_in_hubspot_is_outside_the_report_is_shown(self) -> None:
        outside = (in_hubspot("1", invoice_date=date(2026, 2, 20)),)
        found = finding([], [in_quickbooks("1")], recorded("1"), hubspot_elsewhere=outside)
        assert found == "matched"

    @pytest.mark.parametrize("day", [date(2026, 1, 20), date(2026, 2, 20)])
    def test_a_second_invoice_is_suspected_whatever_the_day_in_hubspot(self, day: date) -> None:
        other_day = (in_hubspot("1", invoice_date=day),)
        second = in_quickbooks("1", id="500", **marked("1"))
        (row,) = compared([], [second], recorded("1"), hubspot_elsewhere=other_day)
        assert (row.finding, row.quickbooks_id) == ("duplicate_suspected", "500")
        assert (row.hubspot_id, row.hubspot_amount) == ("1", None)


@pytest.mark.parametrize("seed", range(20))
def test_every_invoice_is_in_exactly_one_row(seed: int) -> None:
    hubspot, quickbooks, records = [], [], dict[str, Record]()
    chance = random.Random(seed)  # noqa: S311 - test data
    for number in map(str, range(1, 120)):
        day = START + timedelta(days=chance.randrange(31))
        amount = Decimal(chance.randrange(1, 9999)) / 100
        if chance.random() < 0.8:
            status = chance.choice(["open", "paid", "voided", "draft"])
            hubspot.append(in_hubspot(number, amount=amount, status=status, invoice_date=day))
        if chance.random() < 0.8:
            changes: dict[str, Any] = {"total": amount, "invoice_date": day}
            link = chance.choice(["marker", "record", "none"])
            if link == "marker":
                changes |= marked(number)
            elif link == "record":
                records |= recorded(number, chance.choice(["synced", "failing"]))
            quickbooks.append(in_quickbooks(number, **changes))
    rows = compared(hubspot, quickbooks, records)
    in_rows = Counter(row.hubspot_id for row in rows if row.hubspot_date)
    assert in_rows == Counter(invoice.id for invoice in hubspot)
    in_rows = Counter(row.quickbooks_id for row in rows if row.quickbooks_id)
    assert in_rows == Counter(invoice.id for invoice in quickbooks)
