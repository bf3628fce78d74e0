"""Which failures are one, and which are not."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.failures.causes import cause_of
from invoice_sync.model.detail import Detail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    DETAILS,
    ClosedPeriod,
    CurrencyMismatch,
    CustomerNotFound,
    DuplicateDisplayName,
    ItemNotFound,
    ModifiedOutsideHubSpot,
    PaymentNotRecorded,
    PossibleDuplicate,
    RateLimited,
    ReconnectRequired,
    SubscriptionLapsed,
    TaxCodeMissing,
    TotalMismatch,
    Unexpected,
)
from invoice_sync.model.hubspot import Contact
from tests.unit.make import detail_name, every_detail, invoice

# The codes of which each failure is its invoice's own.
OWN = {
    "customer_differs",
    "modified_outside_hubspot",
    "duplicate_document_number",
    "possible_duplicate",
    "opening_unknown",
    "total_mismatch",
    "total_below_zero",
    "too_many_digits",
    "inventory_quantity",
    "quickbooks_error",
    "document_number_too_long",
    "hubspot_record_gone",
}
JANUARY = date(2026, 1, 31)


def cause(
    detail: Detail, message: str = "", fault: str = "", contact: str = "301", currency: str = "USD"
) -> str:
    failure = Failure(detail=detail, message=message, fault=fault)
    return cause_of(failure, invoice(contact=Contact(id=contact), currency=currency))


@pytest.mark.parametrize("detail", every_detail(), ids=detail_name)
def test_every_code_is_shared_or_the_invoices_own(detail: Detail) -> None:
    # A line without a name is no product that others lack too.
    refused = detail.variant == "refused"
    empty = isinstance(detail, ItemNotFound) and not (detail.item or refused)
    assert (cause(detail, "Words") == "") == (detail.code in OWN or empty)


def test_a_code_that_nobody_decided_on_groups_nothing() -> None:
    assert cause(Detail(), "Because") == ""


@pytest.mark.parametrize("model", DETAILS.values(), ids=lambda model: model.code)
def test_a_key_fits_into_a_url_and_names_its_code_but_no_person(model: type[Detail]) -> None:
    words = "Ada O'Neil <ada@acme.example> & Sons / Søn"
    texts = {name: words for name, one in model.model_fields.items() if one.annotation is str}
    for detail in every_detail():
        if isinstance(detail, model):
            found = cause(detail.model_copy(update={**texts, "variant": detail.variant}), words)
            assert re.fullmatch(rf"({model.code}(\.[0-9a-f]{{16}})?)?", found)


def namesake(customer_id: str) -> CurrencyMismatch:
    return CurrencyMismatch(
        variant="namesake", currency="USD", customer_currency="EUR", customer_ids=(customer_id,)
    )


def payment(amount: int, day: int) -> PaymentNotRecorded:
    return PaymentNotRecorded(
        variant="refused",
        payment_id=f"{amount}",
        amount=Decimal(amount),
        currency="USD",
        paid_on=date(2026, 1, day),
    )


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ((ItemNotFound(name="Novelty"), {}), (ItemNotFound(name="novelty "), {})),
        (
            (CustomerNotFound(variant="no_email"), {}),
            (CustomerNotFound(variant="no_match"), {}),
        ),
        (
            (DuplicateDisplayName(name="Umbrella"), {"contact": "1"}),
            (DuplicateDisplayName(name="Umbrella"), {"contact": "2"}),
        ),
        ((payment(10, 1), {"message": "No account"}), (payment(20, 2), {"message": "No account"})),
        (
            (ReconnectRequired(service="HubSpot or QuickBooks"), {}),
            (ReconnectRequired(service="QuickBooks"), {}),
        ),
        ((ClosedPeriod(closed_until=JANUARY), {}), (ClosedPeriod(), {})),
        (
            (Unexpected(), {"message": "Out of range", "contact": "1"}),
            (Unexpected(), {"message": "out of  range", "contact": "2"}),
        ),
        (
            (CurrencyMismatch(variant="refused", contact_id="1"), {"message": "No"}),
            (CurrencyMismatch(variant="refused", contact_id="2"), {"message": "No"}),
        ),
    ],
)
def test_one_cause(one: tuple[Detail, dict[str, Any]], same: tuple[Detail, dict[str, Any]]) -> None:
    assert cause(one[0], **one[1]) == cause(same[0], **same[1]) != ""


NO_MATCH = CustomerNotFound(variant="no_match")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((ItemNotFound(sku="A"), {}), (ItemNotFound(name="A"), {})),
        ((ItemNotFound(sku="A", name="B"), {}), (ItemNotFound(sku="A"), {})),
        ((NO_MATCH, {"contact": "1"}), (NO_MATCH, {"contact": "2"})),
        ((NO_MATCH, {"currency": "EUR"}), (NO_MATCH, {"currency": "USD"})),
        (
            (DuplicateDisplayName(name="Umbrella"), {}),
            (DuplicateDisplayName(name="Umbrella (EUR)"), {}),
        ),
        ((RateLimited(service="HubSpot"), {}), (RateLimited(service="QuickBooks"), {})),
        (
            (TaxCodeMissing(variant="tax_unmapped", tax="VAT"), {}),
            (TaxCodeMissing(variant="tax_unmapped", tax="GST"), {}),
        ),
        (
            (TaxCodeMissing(variant="refused"), {"message": "VAT"}),
            (TaxCodeMissing(variant="refused"), {"message": "GST"}),
        ),
        (
            (namesake("1"), {}),
            (namesake("2"), {}),
        ),
        (
            (Unexpected(), {"message": "No", "fault": "1"}),
            (Unexpected(), {"message": "No", "fault": "2"}),
        ),
        ((ClosedPeriod(), {}), (SubscriptionLapsed(), {})),
    ],
)
def test_two_causes(
    one: tuple[Detail, dict[str, Any]], other: tuple[Detail, dict[str, Any]]
) -> None:
    assert cause(one[0], **one[1]) != cause(other[0], **other[1])


@pytest.mark.parametrize(
    "detail",
    [
        ModifiedOutsideHubSpot(variant="edited"),
        TotalMismatch(variant="unknown", quickbooks_total=Decimal(1), currency="USD"),
        PossibleDuplicate(clash_id="7"),
        ItemNotFound(),
        payment(10, 1),
        Unexpected(),
    ],
)
def test_of_its_own(detail: Detail) -> None:
    assert cause_of(Failure(detail=detail), invoice()) == ""


def test_without_a_contact_nobody_else_lacks_the_same_customer() -> None:
    failure = Failure(detail=CustomerNotFound(variant="no_contact"))
    assert cause_of(failure, invoice(contact=None)) == ""
    assert cause_of(failure, None) == ""
