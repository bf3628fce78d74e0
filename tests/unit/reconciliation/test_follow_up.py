"""Which rows of a report are synced, and which of them cost a read at QuickBooks."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.model.record import Record, Skip, SkipKind
from invoice_sync.reconciliation import follow_up
from invoice_sync.reconciliation.compare import Row, Window
from invoice_sync.reconciliation.follow_up import is_news, may_be_put_right

from .builders import PORTAL, compared, in_hubspot, in_quickbooks, recorded

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
REALM = "9130"


@pytest.mark.parametrize(
    ("finding", "sync_status", "ours", "expected"),
    [
        ("missing_in_quickbooks", "", True, True),
        ("amounts_differ", "synced", True, True),
        # Nobody asked for an invoice of the time before us: that is a backfill.
        ("missing_in_quickbooks", "", False, False),
        # It is explained already, and synced again every hour.
        ("amounts_differ", "failing", True, False),
        ("matched", "synced", True, False),
        ("duplicate_suspected", "", True, False),
        ("only_in_quickbooks", "", True, False),
    ],
)
def test_only_a_row_that_syncing_may_put_right_is_synced(
    finding: str, sync_status: str, ours: bool, expected: bool
) -> None:
    row = Row.model_validate({"finding": finding, "hubspot_id": "1", "sync_status": sync_status})
    assert may_be_put_right(row, None, ours=ours) is expected


@pytest.mark.parametrize(
    ("hubspot", "now", "seen", "synced", "read"),
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
def test_an_invoice_that_we_have_seen_costs_no_read_again(
    hubspot: dict[str, Any],
    now: dict[str, Any],
    seen: dict[str, Any],
    synced: bool,
    read: bool,
) -> None:
    records = recorded("1", written=in_quickbooks("1", **seen))
    (row,) = compared([in_hubspot("1", **hubspot)], [in_quickbooks("1", **now)], records)
    assert may_be_put_right(row, records["1"], ours=True) is synced
    assert is_news(row, records["1"]) is read


def test_a_deleted_invoice_is_news() -> None:
    records = recorded("1", written=in_quickbooks("1"))
    (row,) = compared([in_hubspot("1")], [], records)
    assert row.finding == "missing_in_quickbooks"
    assert is_news(row, records["1"])


class TestHints:
    @staticmethod
    def hinted(skips: dict[str, Skip], records: dict[str, Record]) -> list[tuple[str, str]]:
        """Return the invoice and the realm of each hint for an invoice that QuickBooks lacks."""
        window = Window(
            portal_id=PORTAL,
            hubspot=(in_hubspot("1"),),
            quickbooks=(),
            records=records,
            links={},
            skips=skips,
        )
        rows = compared(list(window.hubspot), [], records, skips=skips)
        hints = follow_up.hints(window, rows, REALM, NOW)
        return [(hint.object_id, hint.realm_id) for hint in hints]

    def test_an_invoice_that_nobody_told_us_of_is_synced(self) -> None:
        assert self.hinted({}, {}) == [("1", REALM)]

    @pytest.mark.parametrize("kind", ["left_out", "before_start"])
    @pytest.mark.parametrize("records", [{}, recorded("1", status="skipped", quickbooks_id="")])
    def test_one_that_is_not_ours_is_left_alone(
        self, kind: SkipKind, records: dict[str, Record]
    ) -> None:
        assert self.hinted({"1": Skip("It is old", kind)}, records) == []

    def test_an_invoice_with_a_record_is_ours(self) -> None:
        assert self.hinted({}, recorded("1", quickbooks_id="")) == [("1", REALM)]
