"""Judges QuickBooks' faults by a table, which is closed by default.

The next case is one row here and one test with the real fault. Codes and texts: Intuit's "Review
QuickBooks Online Accounting API error codes" and recorded answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from invoice_sync.errors import FaultError, FormError
from invoice_sync.model.detail import Detail, FailureCode
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    DETAILS,
    CurrencyMismatch,
    DuplicateDocumentNumber,
    InventoryQuantity,
    ItemNotFound,
    ModifiedOutsideHubSpot,
    RateLimited,
    TaxCodeMissing,
    TotalBelowZero,
)
from invoice_sync.quickbooks.isolate import MALFORMED

# The form of a code, which goes into logs, and the length of Intuit's words.
_CODE, _LONGEST_WORDS = re.compile(r"[A-Za-z0-9._-]{1,50}"), 1000
# fail: a person must act. stale: read again, then decide. reference: our cached ids are old, or
# they name something inactive. items: an item may be of another type than we know. email: once more
# without the email address. wait: try later.
Verdict = Literal["fail", "stale", "reference", "items", "email", "wait"]


@dataclass(frozen=True)
class _Row:
    """One kind of fault, and what it means. The first row that fits counts."""

    code: str
    verdict: Verdict
    failure: FailureCode
    # A pattern that the fault's detail has to contain, in any case.
    detail: str = ""


_TABLE = (
    _Row("6240", "fail", "duplicate_display_name"),
    _Row("6140", "fail", "duplicate_document_number"),
    _Row("6000", "fail", "service_date_required", r"service date"),
    _Row("6000", "reference", "tax_code_missing", r"calculating.* tax|invalid tax rate"),
    _Row("6000", "fail", "tax_code_missing", r"(VAT|GST|HST|sales tax|tax) (rate|code)"),
    _Row("6000", "reference", "currency_mismatch", r"currenc(y|ies)"),
    _Row(
        "6000", "fail", "total_below_zero", r"discount .*(great|more|exceed)|must be 0 or greater"
    ),
    _Row("6000", "reference", "item_not_found", r"bundle|categor(y|ies)"),
    _Row("6070", "items", "inventory_quantity"),
    _Row("6520", "items", "inventory_quantity"),
    _Row("6270", "fail", "inventory_not_started"),
    _Row("2210", "email", "unexpected"),
    _Row("6100", "fail", "tax_code_missing"),
    _Row("6160", "fail", "tax_code_missing"),
    _Row("6230", "fail", "tax_code_missing"),
    _Row("6200", "fail", "closed_period"),
    _Row("6210", "fail", "closed_period"),
    _Row("6190", "fail", "subscription_lapsed"),
    _Row("5010", "stale", "modified_outside_hubspot"),
    _Row("610", "reference", "reference_inactive"),
    _Row("2500", "reference", "tax_code_missing", r"tax ?(code|rate)"),
    _Row("2500", "reference", "reference_inactive"),
    _Row("6250", "reference", "reference_inactive"),
    _Row("4002", "fail", "record_unreadable"),
    _Row("3001", "wait", "rate_limited"),
    _Row("140", "wait", "quickbooks_unavailable"),
    _Row("150", "wait", "quickbooks_unavailable"),
    _Row("600", "wait", "quickbooks_unavailable"),
    _Row("10000", "wait", "quickbooks_unavailable"),
    _Row(MALFORMED, "wait", "quickbooks_unavailable"),
)


@dataclass(frozen=True)
class Judgement:
    """What to do about a fault, and the failure that people see."""

    verdict: Verdict
    failure: Failure


def parse(body: Any, intuit_tid: str) -> FaultError | None:
    """Return the fault in an answer's body, in any of its recorded forms; None without one.
    Raises FormError."""
    if not isinstance(body, Mapping):
        return None
    fault = body.get("Fault") or body.get("fault")
    if not isinstance(fault, Mapping):
        return None
    errors = fault.get("Error") or fault.get("error")
    error = errors[0] if isinstance(errors, list) and errors else {}
    if not isinstance(error, Mapping):
        raise FormError("the answer.Fault.Error[]")
    # The gateway writes the members in lower case.
    first = {str(key).lower(): value for key, value in error.items()}
    code = str(first.get("code") or "").lstrip("0")
    return FaultError(
        code=code if _CODE.fullmatch(code) else "",
        message=str(first.get("message") or "")[:_LONGEST_WORDS],
        detail=str(first.get("detail") or "")[:_LONGEST_WORDS],
        intuit_tid=intuit_tid,
    )


def judge(fault: FaultError) -> Judgement:
    """Return what to do about a fault. An unknown one becomes `unexpected`, with Intuit's words."""
    for row in _TABLE:
        if row.code == fault.code and re.search(row.detail, fault.detail, re.IGNORECASE):
            return Judgement(row.verdict, _failure(row.failure, fault))
    return Judgement("fail", _failure("unexpected", fault))


def _failure(code: FailureCode, fault: FaultError) -> Failure:
    return Failure(
        detail=_detail(code, fault),
        message=fault.detail or fault.message,
        fault=fault.code,
        intuit_tid=fault.intuit_tid,
    )


def _detail(code: FailureCode, fault: FaultError) -> Detail:
    match code:
        case "duplicate_document_number":
            return _clash(fault)
        case "currency_mismatch":
            return CurrencyMismatch(variant="refused")
        case "tax_code_missing":
            return TaxCodeMissing(variant="refused")
        case "modified_outside_hubspot":
            return ModifiedOutsideHubSpot(variant="edited")
        case "item_not_found":
            return ItemNotFound(variant="refused")
        case "inventory_quantity":
            return InventoryQuantity(variant="refused")
        case "total_below_zero":
            return TotalBelowZero(variant="refused")
        case "rate_limited":
            return RateLimited(service="QuickBooks")
    return DETAILS[code]()


def _clash(fault: FaultError) -> DuplicateDocumentNumber:
    """Return the document that has the number, as far as a 6140 names it."""
    named = re.search(
        r"DocNumber=(?P<number>.*?) is assigned to TxnType=(?P<type>.*?) with TxnId=(?P<id>\d+)",
        fault.detail,
    )
    if not named:
        return DuplicateDocumentNumber(variant="unnamed")
    return DuplicateDocumentNumber(
        variant="document", number=named["number"], clash_type=named["type"], clash_id=named["id"]
    )
