"""The totals of a report are those of its rows, however many steps it takes."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import get_args

import pytest

from invoice_sync.model.job import Finding
from invoice_sync.reconciliation.compare import FINDINGS, Row
from invoice_sync.reconciliation.totals import counted, formatted


def random_rows(seed: int) -> list[Row]:
    chance = random.Random(seed)  # noqa: S311 - test data

    def amount() -> Decimal | None:
        return chance.choice([None, Decimal(chance.randrange(1, 9999)) / 100])

    return [
        Row(
            finding=chance.choice(get_args(Finding)),
            hubspot_status=chance.choice(["", "open", "paid", "voided"]),
            hubspot_amount=amount(),
            quickbooks_amount=amount(),
            currency=chance.choice(["USD", "EUR", ""]),
        )
        for _ in range(chance.randrange(100))
    ]


@pytest.mark.parametrize("seed", range(20))
def test_rows_are_added_up_by_finding_and_currency(seed: int) -> None:
    rows = random_rows(seed)
    half = len(rows) // 2
    totals = formatted(counted(counted([], rows[:half]), rows[half:]))
    groups = {(total.finding, total.currency): total for total in totals}
    assert list(groups) == sorted(
        {(row.finding, row.currency) for row in rows},
        key=lambda group: (FINDINGS.index(group[0]), group[1]),
    )
    for (finding, currency), total in groups.items():
        group = [row for row in rows if (row.finding, row.currency) == (finding, currency)]
        # Nobody owes the amount of a voided invoice.
        owed = [row for row in group if row.hubspot_status != "voided"]
        assert total.invoices == len(group)
        assert Decimal(total.hubspot) == sum(row.hubspot_amount or 0 for row in owed)
        assert Decimal(total.quickbooks) == sum(row.quickbooks_amount or 0 for row in group)
        assert Decimal(total.difference) == Decimal(total.quickbooks) - Decimal(total.hubspot)


def test_amounts_have_the_digits_of_their_currency() -> None:
    rows = [Row(finding="matched", hubspot_amount=Decimal("7.5"), currency=name) for name in "XY"]
    rows = [*rows, Row(finding="matched", hubspot_amount=Decimal("750"), currency="JPY")]
    assert [total.hubspot for total in formatted(counted([], rows))] == ["750", "7.50", "7.50"]
