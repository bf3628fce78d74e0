"""Which failures are one, and which are not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.causes import CAUSES, cause_of
from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import Contact

from .make import invoice


def cause(code: str, message: str = "", contact: str = "301", **detail: Any) -> str:
    currency = detail.pop("currency", "USD")
    found = invoice(contact=Contact(id=contact), currency=currency)
    return cause_of(Failure(code=code, message=message, detail=detail), found)


def test_every_code_of_the_catalogue_has_been_decided_on() -> None:
    assert set(CAUSES) == set(CATALOGUE)


def test_a_code_that_nobody_decided_on_groups_nothing() -> None:
    assert cause("something_new", why="Because") == ""


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_key_fits_into_a_url_and_names_its_code_but_no_person(code: str) -> None:
    words = "Ada O'Neil <ada@acme.example> & Sons / Søn"
    found = cause(code, words, sku=words, name=words, why=words, service=words)
    assert re.fullmatch(rf"({code}(\.[0-9a-f]{{16}})?)?", found)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (("item_not_found", {"name": "Novelty"}), ("item_not_found", {"name": "novelty "})),
        (("customer_not_found", {"why": "No email"}), ("customer_not_found", {"why": "Unknown"})),
        (
            ("duplicate_display_name", {"name": "Umbrella", "contact": "1"}),
            ("duplicate_display_name", {"name": "Umbrella", "contact": "2"}),
        ),
        (
            ("payment_not_recorded", {"message": "No account", "why": "10 of Monday"}),
            ("payment_not_recorded", {"message": "No account", "why": "20 of Tuesday"}),
        ),
        (
            ("reconnect_required", {"service": "HubSpot or QuickBooks"}),
            ("reconnect_required", {"service": "QuickBooks"}),
        ),
        (("closed_period", {"closedUntil": "2026-06-30"}), ("closed_period", {})),
        (
            ("unexpected", {"message": "Out of range", "contact": "1"}),
            ("unexpected", {"message": "out of  range", "contact": "2"}),
        ),
    ],
)
def test_one_cause(one: tuple[str, dict[str, Any]], same: tuple[str, dict[str, Any]]) -> None:
    assert cause(one[0], **one[1]) == cause(same[0], **same[1]) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("item_not_found", {"sku": "A"}), ("item_not_found", {"name": "A"})),
        (("item_not_found", {"sku": "A", "name": "B"}), ("item_not_found", {"sku": "A"})),
        (("customer_not_found", {"contact": "1"}), ("customer_not_found", {"contact": "2"})),
        (
            ("customer_not_found", {"currency": "EUR"}),
            ("customer_not_found", {"currency": "USD"}),
        ),
        (
            ("duplicate_display_name", {"name": "Umbrella"}),
            ("duplicate_display_name", {"name": "Umbrella (EUR)"}),
        ),
        (("rate_limited", {"service": "HubSpot"}), ("rate_limited", {"service": "QuickBooks"})),
        (("tax_code_missing", {"why": "VAT"}), ("tax_code_missing", {"why": "GST"})),
        (
            ("currency_mismatch", {"why": "EUR", "customerId": "1"}),
            ("currency_mismatch", {"why": "EUR", "customerId": "2"}),
        ),
        (
            ("unexpected", {"message": "No", "fault": "1"}),
            ("unexpected", {"message": "No", "fault": "2"}),
        ),
        (("closed_period", {}), ("subscription_lapsed", {})),
    ],
)
def test_two_causes(one: tuple[str, dict[str, Any]], other: tuple[str, dict[str, Any]]) -> None:
    assert cause(one[0], **one[1]) != cause(other[0], **other[1])


@pytest.mark.parametrize(
    "failure",
    [
        Failure(code="modified_outside_hubspot", detail={"why": "Edited"}),
        Failure(code="total_mismatch"),
        Failure(code="possible_duplicate", detail={"clashId": "7"}),
        Failure(code="item_not_found", detail={"item": "a line without a name"}),
        Failure(code="payment_not_recorded", detail={"why": "10 of Monday"}),
        Failure(code="unexpected"),
    ],
)
def test_of_its_own(failure: Failure) -> None:
    assert cause_of(failure, invoice()) == ""


def test_without_a_contact_nobody_else_lacks_the_same_customer() -> None:
    failure = Failure(code="customer_not_found", detail={"why": "It has no contact."})
    assert cause_of(failure, invoice(contact=None)) == ""
    assert cause_of(failure, None) == ""
