"""The catalogue: whole, in step with its page, and honest about what can be done."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from itertools import chain
from string import Formatter
from typing import get_args

import pytest
from pydantic import ValidationError

from infra import catalogue
from invoice_sync.failures.catalogue import CATALOGUE, Entry
from invoice_sync.failures.describe import explain, fixed_by, remedy
from invoice_sync.failures.resolutions import RESOLUTIONS, resolutions
from invoice_sync.failures.variants import VARIANTS, entry
from invoice_sync.model.failure import Difference, Failure
from invoice_sync.model.failure_details import (
    DETAILS,
    CustomerNotFound,
    Detail,
    DuplicateDisplayName,
    DuplicateDocumentNumber,
    FailureCode,
    ModifiedOutsideHubSpot,
    PossibleDuplicate,
    ServiceDateRequired,
    TotalMismatch,
)
from invoice_sync.model.record import Record
from tests.unit import make

EVERY = [
    *CATALOGUE.items(),
    *((f"{code} {change}", one) for (code, change), one in VARIANTS.items()),
]
RECORD = Record(portal_id="24680", invoice_id="512", quickbooks_id="146")
START = "service_date_from_billing_start"


def test_the_page_is_current() -> None:
    assert catalogue.PATH.read_text(encoding="utf-8") == catalogue.page(), "run make docs"


@pytest.mark.parametrize(("name", "found"), EVERY)
def test_every_entry_says_what_to_do(name: str, found: Entry) -> None:
    assert found.title
    assert found.explanation
    assert found.heals_when
    assert found.fixed_by
    assert found.retried or found.in_hubspot or found.in_quickbooks
    assert set(found.resolutions) <= RESOLUTIONS.keys()


def test_no_resolution_is_idle() -> None:
    offered = {one for _, found in EVERY for one in found.resolutions}
    assert offered == RESOLUTIONS.keys() - {"resume_syncing"}


def test_the_catalogue_has_exactly_the_codes_of_the_details() -> None:
    assert set(CATALOGUE) == set(DETAILS) == set(get_args(FailureCode))
    assert {code for code, _ in VARIANTS} <= set(CATALOGUE)


@pytest.mark.parametrize("detail", make.every_detail(), ids=make.detail_name)
def test_a_stored_failure_is_read_back_as_it_was(detail: Detail) -> None:
    changed = Difference(field="total", hubspot="1", written="1", quickbooks="2")
    for failure in (
        Failure(detail=detail),
        Failure(detail=detail, message="No", fault="6", differences=(changed,), intuit_tid="1-a"),
    ):
        stored = failure.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        assert stored["code"] == failure.code == detail.code
        assert Failure.model_validate(stored) == failure
        assert Failure.model_validate_json(json.dumps(stored)) == failure
        record = RECORD.model_copy(update={"failure": failure})
        stored = record.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        assert Record.model_validate(stored) == record


def test_a_code_that_nobody_knows_is_no_failure() -> None:
    with pytest.raises(ValidationError, match="something_new"):
        Failure.model_validate({"code": "something_new", "detail": {}})


@pytest.mark.parametrize("code", DETAILS)
def test_the_texts_name_only_what_the_detail_has(code: str) -> None:
    entries = [CATALOGUE[code], *(one for (of, _), one in VARIANTS.items() if of == code)]
    for found in entries:
        texts = [found.explanation, *found.reasons.values(), found.fixed_by]
        for text in (*texts, *found.in_hubspot, *found.in_quickbooks):
            for _, name, spec, conversion in Formatter().parse(text):
                assert not spec
                assert not conversion
                is_ours = hasattr(DETAILS[code], name or "code")
                assert is_ours or name in (*DETAILS[code].model_fields, "message", "reason"), name
        assert ("{reason}" in found.explanation) == bool(found.reasons)
        for text in (found.title, found.heals_when):
            assert "{" not in text


@pytest.mark.parametrize("detail", make.every_detail(), ids=make.detail_name)
def test_every_failure_is_said_in_whole_sentences(detail: Detail) -> None:
    for message in ("", "Out of range."):
        failure = Failure(detail=detail, message=message)
        texts = [explain(failure), fixed_by(failure), *chain(*remedy(failure).values())]
        for text in texts:
            assert text
            assert not re.search(r"[{}?]|None|\(\)|  |\"\"", text), text
        assert entry(failure).reasons.keys() <= set(make.variants(type(detail)))


def test_values_are_written_as_people_read_them() -> None:
    customers = CustomerNotFound(variant="several", customer_ids=("58", "59", "60"))
    assert "58, 59 and 60" in explain(Failure(detail=customers))
    voided = ModifiedOutsideHubSpot(
        variant="voided", quickbooks_number="INV-7", hubspot_total=Decimal(100), currency="USD"
    )
    assert "bills 100.00 USD, but somebody voided invoice INV-7" in explain(Failure(detail=voided))
    yen = voided.model_copy(update={"currency": "JPY"})
    assert "bills 100 JPY" in explain(Failure(detail=yen))


def test_a_detail_without_what_its_text_names_cannot_be_made() -> None:
    total = TotalMismatch(
        variant="posted", hubspot_total=Decimal(0), quickbooks_total=Decimal(5), currency="USD"
    )
    assert "bills 0.00 USD" in explain(Failure(detail=total))
    for model in DETAILS.values():
        for variant, needed in model.needs.items():
            assert variant in make.variants(model)
            assert set(needed) <= model.model_fields.keys()
    with pytest.raises(ValidationError, match="needs hubspot_total"):
        TotalMismatch(variant="posted", quickbooks_total=Decimal(5), currency="USD")


def test_a_variant_is_told_by_what_happened() -> None:
    voided = Failure(detail=ModifiedOutsideHubSpot(variant="voided", currency="USD"))
    assert entry(voided).title == "The invoice was voided in QuickBooks"
    edited = Failure(detail=ModifiedOutsideHubSpot(variant="edited"))
    assert entry(edited) == CATALOGUE["modified_outside_hubspot"]


@pytest.mark.parametrize(
    ("detail", "name", "offered"),
    [
        (ServiceDateRequired(), START, False),
        (ServiceDateRequired(billing_start=date(2026, 1, 1)), START, True),
        (ServiceDateRequired(), "service_date_from_invoice_date", True),
        (DuplicateDocumentNumber(variant="unnamed"), "adopt", False),
        (DuplicateDocumentNumber(variant="document", clash_id="7"), "adopt", True),
        (
            DuplicateDocumentNumber(variant="document", clash_type="Credit Memo", clash_id="7"),
            "adopt",
            False,
        ),
        (PossibleDuplicate(clash_id="7"), "adopt", True),
        (DuplicateDisplayName(name="Acme"), "sub_customer", False),
        (DuplicateDisplayName(name="Acme", customer_ids=("58",)), "sub_customer", True),
        (CustomerNotFound(variant="no_contact"), "create_customer", False),
        (CustomerNotFound(variant="several", customer_ids=("1", "2")), "create_customer", False),
    ],
)
def test_only_what_makes_sense_is_offered(detail: Detail, name: str, offered: bool) -> None:
    assert (name in resolutions(Failure(detail=detail))) == offered
