"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the audit all ask this one function.
"""

from __future__ import annotations

from typing import Literal

from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Difference, Failure
from invoice_sync.model.failure_details import HubSpotRecordGone, ModifiedOutsideHubSpot
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import DesiredInvoice, NewCustomer, QuickBooksInvoice
from invoice_sync.model.record import Record
from invoice_sync.plan.compare import (
    changed_fields,
    content,
    differences,
    last_written,
    seen,
    total_mismatch,
)
from invoice_sync.plan.document import drafted
from invoice_sync.plan.plans import (
    Create,
    InStep,
    NeedsRead,
    Plan,
    QuickBooksSide,
    Skip,
    Update,
    Void,
)

_SYNCED_STATUSES = ("open", "paid")


def skip_reason(invoice: Invoice, record: Record) -> str:
    """Why this invoice has no business in QuickBooks; empty when it has."""
    if record.choices.stopped:
        return "Somebody stopped syncing it"
    if invoice.source == "data_sync":
        return "HubSpot itself copied this invoice in from another system"
    if invoice.status == "draft":
        return "The invoice is a draft"
    if invoice.status == "voided" and not (record.quickbooks_id or record.intent):
        return "The invoice was voided before it reached QuickBooks"
    if invoice.status not in (*_SYNCED_STATUSES, "voided"):
        return f'The status "{invoice.status}" is not synced'
    return ""


def decide(
    invoice: Invoice | None, record: Record, quickbooks: QuickBooksSide, connection: Connection
) -> Plan | Failure:
    """Decide. `invoice` is None when HubSpot no longer has it."""
    if invoice is None:
        if record.quickbooks_id and not record.choices.stopped:
            return Failure(detail=HubSpotRecordGone())
        return Skip("The invoice was deleted in HubSpot")
    reason = skip_reason(invoice, record)
    if reason:
        return Skip(reason)
    if invoice.status == "voided":
        return _plan_void(record, quickbooks)
    draft = drafted(invoice, record, quickbooks, connection)
    if draft.failures:
        return draft.failures[0]
    if record.quickbooks_id:
        return _plan_existing(draft.document, draft.customer, record, quickbooks)
    return Create(draft.document, draft.customer)


def _plan_void(record: Record, quickbooks: QuickBooksSide) -> Plan | Failure:
    if record.written and record.written.voided:
        return InStep()
    if not record.quickbooks_id:
        return Skip("The invoice was voided before it reached QuickBooks")
    if not quickbooks.looked:
        return NeedsRead()
    existing = quickbooks.existing
    if existing is None or existing.voided:
        return InStep(existing=existing)
    if record.choices.accept == seen(existing) or record.accepted == seen(existing, void=True):
        return InStep(existing=existing, accepted=True)
    if existing.has_payments:
        return _modified("paid", existing, voided=True)
    found = differences(None, last_written(record, existing), existing)
    overwrite = record.choices.overwrite == seen(existing)
    if record.written and found and not overwrite:
        return _edited(existing, found)
    if record.accepted == seen(existing) and not overwrite:
        return _modified("accepted", existing, voided=True)
    return Void(existing.id, existing.sync_token)


def _plan_existing(
    document: DesiredInvoice,
    customer: NewCustomer | None,
    record: Record,
    quickbooks: QuickBooksSide,
) -> Plan | Failure:
    if not quickbooks.looked:
        unchanged = record.fingerprint == document.fingerprint() and customer is None
        return InStep(document) if unchanged else NeedsRead()
    existing = quickbooks.existing
    if existing is None:
        return _gone("deleted", document, record)
    if existing.voided:
        return _gone("voided", document, record)
    agrees = customer is None and content(document) == content(existing)
    overwrite = record.choices.overwrite == seen(existing) and not existing.has_payments
    if record.choices.accept == seen(existing):
        return InStep(document, existing, accepted=not agrees)
    if record.accepted == seen(existing) and not agrees and not overwrite:
        if record.fingerprint == document.fingerprint():
            return InStep(document, existing, accepted=True)
        return _modified("accepted", existing, changed_fields(document, existing, existing))
    if record.written and not agrees and not overwrite:
        found = differences(document, last_written(record, existing), existing)
        if found:
            return _edited(existing, found)
        # An invoice that was adopted may have other lines to the same total.
        if existing.has_payments and record.fingerprint != document.fingerprint():
            return _modified("paid", existing, changed_fields(document, existing, existing))
    if record.fingerprint == document.fingerprint() and not (overwrite and not agrees):
        if existing.total != document.total:
            return differing_total(document, existing, stays=True)
        return InStep(document, existing)
    return Update(document, existing.id, existing.sync_token, customer)


def differing_total(document: DesiredInvoice, posted: QuickBooksInvoice, *, stays: bool) -> Failure:
    return total_mismatch(document.total, posted.total, document.currency, posted=stays)


def _edited(existing: QuickBooksInvoice, found: tuple[Difference, ...]) -> Failure:
    return _modified("edited", existing, found)


def _gone(
    variant: Literal["voided", "deleted"], document: DesiredInvoice, record: Record
) -> Failure:
    """Voided or deleted: there is no field to compare, and nothing of it can be undone."""
    number = record.written.number if record.written else document.number
    return Failure(
        detail=ModifiedOutsideHubSpot(
            variant=variant,
            quickbooks_number=number,
            hubspot_total=document.total,
            currency=document.currency,
        )
    )


def _modified(
    variant: Literal["edited", "accepted", "paid"],
    existing: QuickBooksInvoice,
    found: tuple[Difference, ...] = (),
    *,
    voided: bool = False,
) -> Failure:
    """`voided`: in HubSpot, where it is otherwise only changed."""
    return Failure(
        detail=ModifiedOutsideHubSpot(
            variant=variant,
            hubspot_change="voided" if voided else "changed",
            seen_digest=seen(existing),
        ),
        differences=found,
    )
