"""Each row of the table, with the words that QuickBooks uses."""

from __future__ import annotations

from typing import Any

import pytest

from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.describe import explain, remedy
from invoice_sync.failures.variants import VARIANTS, entry
from invoice_sync.model.detail import Detail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import DuplicateDocumentNumber
from invoice_sync.quickbooks.faults import judge, parse
from tests.unit import make


def fault(code: str, message: str, detail: str) -> dict[str, Any]:
    error = {"Message": message, "Detail": detail, "code": code, "element": ""}
    return {"Fault": {"Error": [error], "type": "ValidationFault"}, "time": "2026-01-01"}


INACTIVE = "Something you're trying to use has been made inactive. Check the fields with accounts."


@pytest.mark.parametrize(
    ("code", "detail", "verdict", "failure"),
    [
        ("6240", "The name supplied already exists. : null", "fail", "duplicate_display_name"),
        (
            "6000",
            "Business Validation Error: Enter a service date for the revenue recognition line item",
            "fail",
            "service_date_required",
        ),
        (
            "6000",
            "Business Validation Error: Make sure all your transactions have a GST/HST rate before"
            " you save.",
            "fail",
            "tax_code_missing",
        ),
        (
            "6000",
            "Business Validation Error: You can only use one foreign currency per transaction.",
            "reference",
            "currency_mismatch",
        ),
        ("6000", "An error occurred while calculating tax.", "reference", "tax_code_missing"),
        ("2500", "Invalid Reference Id : TaxCodes element id 9", "reference", "tax_code_missing"),
        ("6000", "Business Validation Error: You must set an amount.", "fail", "unexpected"),
        ("6210", "The account period has closed", "fail", "closed_period"),
        ("6190", "Subscription period has ended", "fail", "subscription_lapsed"),
        ("5010", "Stale Object Error : You and Jo Doe", "stale", "modified_outside_hubspot"),
        ("610", f"Object Not Found : {INACTIVE}", "reference", "reference_inactive"),
        ("2500", f"Invalid Reference Id : {INACTIVE}", "reference", "reference_inactive"),
        ("3001", "The request limit was reached.", "wait", "rate_limited"),
        ("10000", "System Failure Error", "wait", "quickbooks_unavailable"),
        ("2010", "Unrecognized field", "fail", "unexpected"),
        ("9999", "nobody has seen this yet", "fail", "unexpected"),
    ],
)
def test_table(code: str, detail: str, verdict: str, failure: str) -> None:
    error = parse(fault(code, "Message", detail), "1-tid")
    assert error
    judgement = judge(error)
    assert (judgement.verdict, judgement.failure.code) == (verdict, failure)
    assert judgement.failure.intuit_tid == "1-tid"
    assert judgement.failure.message == detail
    assert judgement.failure.fault == code


def test_a_duplicate_number_names_the_document_that_has_it() -> None:
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has"
        " already been used. DocNumber=HS-7781 is assigned to TxnType=Credit Memo with TxnId=146"
    )
    error = parse(fault("6140", "Duplicate Document Number Error", detail), "")
    assert error
    found = judge(error).failure
    assert isinstance(found.detail, DuplicateDocumentNumber)
    assert found.detail.number == "HS-7781"
    assert (found.detail.clash_type, found.detail.clash_id) == ("Credit Memo", "146")
    assert "the credit memo with id 146" in explain(found)


def test_the_gateways_lower_case_form() -> None:
    body = {
        "fault": {
            "error": [
                {
                    "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                    "detail": None,
                    "code": "003200",
                    "element": None,
                }
            ],
            "type": "AUTHENTICATION",
        }
    }
    error = parse(body, "")
    assert error
    assert (error.code, error.detail) == ("3200", "")


@pytest.mark.parametrize("body", [None, [], "text", {}, {"Invoice": {}}, {"Fault": None}])
def test_no_fault(body: Any) -> None:
    assert parse(body, "") is None


def test_the_errors_own_text_never_holds_details() -> None:
    error = parse(fault("5010", "Stale Object Error", "You and Jo Doe were working"), "1-tid")
    assert "Jo" not in str(error)
    assert "1-tid" in str(error)


@pytest.mark.parametrize("detail", make.every_detail(), ids=make.detail_name)
def test_every_entry_can_be_shown_even_without_its_values(detail: Detail) -> None:
    failure = Failure(detail=detail)
    shown = entry(failure)
    assert shown.title
    assert shown.fixed_by
    assert shown.heals_when
    assert "{" not in explain(failure)
    steps = remedy(failure)
    assert shown.retried or any(steps.values())
    assert shown is VARIANTS.get((detail.code, detail.variant), CATALOGUE[detail.code])
