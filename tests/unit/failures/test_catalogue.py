"""The catalogue: whole, in step with its page, and honest about what can be done."""

from __future__ import annotations

import re
from datetime import date
from string import Formatter

import pytest

from infra import catalogue
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.describe import COMPOSED
from invoice_sync.failures.entry import Entry, ResolutionName
from invoice_sync.failures.resolutions import RESOLUTIONS, resolutions
from invoice_sync.failures.variants import VARIANTS, entry
from invoice_sync.model.detail import Detail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    DETAILS,
    CustomerNotFound,
    DuplicateDisplayName,
    DuplicateDocumentNumber,
    ModifiedOutsideHubSpot,
    PossibleDuplicate,
    ServiceDateRequired,
)
from tests.unit import make

# Every entry, with its code.
ENTRIES = [
    *CATALOGUE.items(),
    *((code, variant) for (code, _), variant in VARIANTS.items()),
]
START = "service_date_from_billing_start"


def test_the_page_is_current() -> None:
    assert catalogue.PATH.read_text(encoding="utf-8") == catalogue.page(), "run make docs"


def test_the_catalogue_has_exactly_the_codes_of_the_details() -> None:
    assert set(CATALOGUE) == set(DETAILS)
    for code, variant in VARIANTS:
        assert variant in make.variants(DETAILS[code])


@pytest.mark.parametrize(("code", "shown"), ENTRIES)
def test_every_entry_says_what_to_do(code: str, shown: Entry) -> None:
    assert shown.title
    assert shown.explanation
    assert shown.heals_when
    assert shown.fixed_by
    steps = (shown.in_hubspot, shown.in_quickbooks, shown.in_app)
    assert shown.retried or any(steps)
    # The first step is no alternative to another one, and each place has its own steps.
    assert not any(each and each[0].startswith("Or ") for each in steps)
    elsewhere = " ".join((*shown.in_hubspot, *shown.in_quickbooks))
    assert "this app" not in elsewhere
    assert " here" not in elsewhere
    assert set(shown.resolutions) <= RESOLUTIONS.keys()


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_every_resolution_says_before_a_click_what_it_will_do(name: ResolutionName) -> None:
    resolution = RESOLUTIONS[name]
    assert 2 <= len(resolution.label.split()) <= 5
    assert " will " in resolution.sentence
    assert resolution.sentence.endswith(".")


def test_the_page_shows_each_variant_in_its_own_words() -> None:
    page = catalogue.page()
    assert 'already belongs to the invoice of "Globex" dated 2026-01-31.' in page
    assert not re.search(r"\{\w+\}|\[\w+\]", page.partition("## Resolutions")[0].replace("](", ""))


def test_no_resolution_is_idle() -> None:
    offered = {name for _, shown in ENTRIES for name in shown.resolutions}
    assert offered == RESOLUTIONS.keys() - {"resume_syncing"}


@pytest.mark.parametrize(("code", "shown"), ENTRIES)
def test_the_texts_name_only_what_the_detail_has(code: str, shown: Entry) -> None:
    model = DETAILS[code]
    texts = [shown.explanation, *shown.reasons.values(), shown.fixed_by]
    for text in (*texts, *shown.in_hubspot, *shown.in_quickbooks, *shown.in_app):
        for _, name, spec, conversion in Formatter().parse(text):
            assert not spec
            assert not conversion
            if name is not None:
                known = (*model.model_fields, *COMPOSED, "message", "reason")
                assert name in known or isinstance(getattr(model, name), property)
    assert ("{reason}" in shown.explanation) == bool(shown.reasons)
    for text in (shown.title, shown.heals_when):
        assert "{" not in text


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
