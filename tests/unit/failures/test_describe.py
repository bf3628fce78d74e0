"""Failures in words: every code and variant, with all its values and with as few as can be."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import chain

import pytest

from invoice_sync.failures.describe import explain, fixed_by, remedy
from invoice_sync.failures.variants import entry
from invoice_sync.model.detail import Detail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CustomerNotFound,
    DuplicateDisplayName,
    ItemNotFound,
    ModifiedOutsideHubSpot,
    TotalMismatch,
)
from tests.unit import make


@pytest.mark.parametrize("detail", make.every_detail(), ids=make.detail_name)
def test_every_failure_is_said_in_whole_sentences(detail: Detail) -> None:
    for message in ("", "Out of range."):
        failure = Failure(detail=detail, message=message)
        for text in (explain(failure), fixed_by(failure), *chain(*remedy(failure).values())):
            assert text
            assert not re.search(r"[{}?]|None|\(\)|  |\"\"", text), text
        assert entry(failure).reasons.keys() <= set(make.variants(type(detail)))


def test_values_are_written_as_people_read_them() -> None:
    ids = ("58", "59", "60")
    customers = CustomerNotFound(variant="several", customer_ids=ids)
    assert "58, the one with id 59 and the one with id 60" in explain(Failure(detail=customers))
    named = customers.model_copy(update={"customer_names": ("Acme", "Globex", "Initech")})
    assert '"Acme", "Globex" and "Initech"' in explain(Failure(detail=named))
    voided = ModifiedOutsideHubSpot(
        variant="voided", quickbooks_number="INV-7", hubspot_total=Decimal(100), currency="USD"
    )
    assert "bills 100.00 USD, but invoice INV-7 was voided" in explain(Failure(detail=voided))
    yen = voided.model_copy(update={"currency": "JPY"})
    assert "bills 100 JPY" in explain(Failure(detail=yen))


def test_a_total_of_nothing_is_a_total() -> None:
    total = TotalMismatch(
        variant="posted", hubspot_total=Decimal(0), quickbooks_total=Decimal(5), currency="USD"
    )
    assert "bills 0.00 USD" in explain(Failure(detail=total))


def test_names_stand_in_quotes_and_empty_ones_have_words() -> None:
    assert 'matches "Consulting" by' in explain(Failure(detail=ItemNotFound(name="Consulting")))
    assert "matches a line without a name by" in explain(Failure(detail=ItemNotFound()))
    assert 'named "Acme", with' in explain(Failure(detail=DuplicateDisplayName(name="Acme")))
