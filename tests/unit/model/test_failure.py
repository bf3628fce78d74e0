"""Failures are stored and read back by their code, and a detail is complete or cannot be made."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import get_args

import pytest
from pydantic import ValidationError

from invoice_sync.model.detail import Detail, FailureCode
from invoice_sync.model.failure import Difference, Failure
from invoice_sync.model.failure_details import DETAILS, TotalMismatch
from invoice_sync.model.record import Record
from tests.unit import make

CHANGED = Difference(field="total", hubspot="1", written="1", quickbooks="2")


def test_every_code_has_a_detail() -> None:
    assert list(DETAILS) == list(get_args(FailureCode))


@pytest.mark.parametrize("detail", make.every_detail(), ids=make.detail_name)
def test_a_stored_failure_is_read_back_as_it_was(detail: Detail) -> None:
    for failure in (
        Failure(detail=detail),
        Failure(detail=detail, message="No", fault="6", differences=(CHANGED,), intuit_tid="1-a"),
    ):
        stored = failure.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        assert stored["code"] == failure.code == detail.code
        assert Failure.model_validate(stored) == failure
        assert Failure.model_validate_json(json.dumps(stored)) == failure
        record = make.record(failure=failure)
        stored = record.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        assert Record.model_validate(stored) == record


@pytest.mark.parametrize(
    "stored",
    [
        {"code": "something_new", "detail": {"variant": "odd"}, "fault": "6000"},
        {"code": "customer_not_found", "detail": {"variant": "something_new"}},
    ],
)
def test_what_a_newer_version_stored_is_shown_and_stored_again_as_it_was(
    stored: dict[str, object],
) -> None:
    failure = Failure.model_validate(stored)
    assert (failure.code, failure.counted_as) == ("unexpected", stored["code"])
    assert str(stored["code"]) in failure.message
    assert failure.model_dump(mode="json", by_alias=True, exclude_defaults=True) == stored


def test_a_detail_without_what_its_text_names_cannot_be_made() -> None:
    with pytest.raises(ValidationError, match="needs hubspot_total"):
        TotalMismatch(variant="posted", quickbooks_total=Decimal(5), currency="USD")
    for model in DETAILS.values():
        for variant, needed in model.needs.items():
            assert variant in make.variants(model)
            assert set(needed) <= model.model_fields.keys()


def test_numbers_as_dynamodb_gives_them_are_no_hindrance() -> None:
    failure = Failure.model_validate({"code": "something_new", "detail": {"tries": Decimal(5)}})
    stored = failure.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert stored["detail"] == {"tries": "5"}
