"""The decision: what to do about one invoice. Pure: no I/O, no clock, no randomness.

The worker, the preview and the backfill all ask this one function.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Difference, Failure
from invoice_sync.model.failure_details import (
    CustomerDiffers,
    HubSpotRecordGone,
    ModifiedOutsideHubSpot,
)
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import (
    FIRST_VERSION,
    DesiredInvoice,
    NewCustomer,
    QuickBooksInvoice,
)
from invoice_sync.model.record import Record, Skip
from invoice_sync.plan import scope
from invoice_sync.plan.compare import (
    amounts_agree,
    changes_in_hubspot,
    differing_total,
    digest_as_accepted,
    digest_as_seen,
    edits_in_quickbooks,
    last_written,
)
from invoice_sync.plan.desired import Desired, desire
from invoice_sync.plan.identity import followed, kept_customer_id
from invoice_sync.plan.merge import content, merge
from invoice_sync.plan.plans import (
    Create,
    InStep,
    NeedsRead,
    ObservedQuickBooks,
    Plan,
    Suspicion,
    Update,
    Void,
)


def decide(
    invoice: Invoice | None, record: Record, observed: ObservedQuickBooks, connection: Connection
) -> Plan | Failure:
    """Return what to do about the invoice. `invoice` is None when HubSpot no longer has it."""
    if invoice is None:
        if record.quickbooks_id and not record.choices.stopped:
            return Failure(detail=HubSpotRecordGone())
        return Skip("The invoice was deleted in HubSpot")
    obstacle = scope.obstacle(invoice, record, connection)
    if obstacle:
        return _taken_back(obstacle, record) or obstacle
    before = record
    if observed.customer_took_over:
        record = followed(record, observed.existing)
    if invoice.status == "voided":
        return _decide_void(record, observed)
    desired = desire(invoice, record, observed, connection)
    if desired.failures:
        return _failure(desired, record, observed)
    if observed.customer_took_over:
        record = _refingerprinted(record, before, desired.invoice)
    if not record.quickbooks_id:
        suspicion = _suspicion(invoice, record, connection)
        return Create(desired.invoice, desired.customer, suspicion)
    if not observed.existing_was_read:
        unchanged = _is_written(desired.invoice, record) and desired.customer is None
        return InStep(desired.invoice) if unchanged else NeedsRead()
    return _decide_existing(desired.invoice, desired.customer, record, observed)


def _taken_back(obstacle: Skip | Failure, record: Record) -> Failure | None:
    """Return the failure of an invoice that is not due in HubSpot any more, and that QuickBooks has
    from us; None if it is nobody's trouble."""
    is_due_there = record.quickbooks_id and not (record.written and record.written.voided)
    if is_due_there and isinstance(obstacle, Skip) and obstacle.kind == "not_due":
        return Failure(detail=HubSpotRecordGone(variant="not_open"))
    return None


def _failure(desired: Desired, record: Record, observed: ObservedQuickBooks) -> Plan | Failure:
    """Return the first failure. Whether another customer took over is known only once the
    QuickBooks invoice was read."""
    failure = desired.failures[0]
    unread = record.quickbooks_id and not observed.existing_was_read
    return NeedsRead() if unread and isinstance(failure.detail, CustomerDiffers) else failure


def _refingerprinted(record: Record, before: Record, desired: DesiredInvoice) -> Record:
    """Return the record of an invoice whose customer another one took over: that alone calls for
    no update."""
    as_before = desired.model_copy(update={"customer_id": kept_customer_id(before)})
    if record.fingerprint != as_before.fingerprint():
        return record
    return record.model_copy(update={"fingerprint": desired.fingerprint()})


def _suspicion(invoice: Invoice, record: Record, connection: Connection) -> Suspicion | None:
    """Return why QuickBooks may have the invoice already, though we never wrote it."""
    if record.was_written or record.choices.create_anyway:
        return None
    if invoice.is_held_natively:
        return "held_natively"
    if connection.settings.native_sync != "never":
        return "native_sync"
    return "brought_in" if record.choices.brought_in else None


# -- voided in HubSpot --------------------------------------------------------------------


def _decide_void(record: Record, observed: ObservedQuickBooks) -> Plan | Failure:
    if record.written and record.written.voided:
        return InStep()
    if not record.quickbooks_id:
        return Skip("The invoice was voided before it reached QuickBooks")
    if not observed.existing_was_read:
        return NeedsRead()
    existing = observed.existing
    if existing is None or existing.voided:
        return InStep(existing=existing)
    accepted = record.accepted == digest_as_accepted(existing, voided_in_hubspot=True)
    if accepted or record.choices.accept == digest_as_seen(existing):
        return InStep(existing=existing, accepted=True)
    obstacle = _obstacle_to_voiding(record, existing, observed)
    return obstacle or Void(existing.id, existing.sync_token)


def _obstacle_to_voiding(
    record: Record, existing: QuickBooksInvoice, observed: ObservedQuickBooks
) -> Failure | None:
    if existing.has_payments:
        return _modified("paid", existing, hubspot_change="voided")
    if record.choices.overwrite == digest_as_seen(existing):
        return None
    edits = edits_in_quickbooks(
        None, last_written(record, existing), existing, observed.known_customers
    )
    if record.written and edits:
        return _modified("edited", existing, edits)
    if record.accepted == digest_as_accepted(existing):
        return _modified("accepted", existing, hubspot_change="voided")
    return None


# -- in both systems ----------------------------------------------------------------------


def _decide_existing(
    desired: DesiredInvoice,
    customer: NewCustomer | None,
    record: Record,
    observed: ObservedQuickBooks,
) -> Plan | Failure:
    """Decide about an invoice that we wrote to QuickBooks. `customer` is still to be created."""
    existing = observed.existing
    if existing is None:
        return _gone("deleted", desired, record)
    if existing.voided:
        return _gone("voided", desired, record)
    seen = digest_as_seen(existing)
    agrees = customer is None and content(desired) == content(existing)
    if record.choices.accept == seen:
        return InStep(desired, existing, accepted=not agrees)
    overwrite = record.choices.overwrite == seen and not existing.has_payments
    if not agrees and not overwrite:
        kept = _what_differs_on_purpose(desired, record, existing, observed.known_customers)
        if kept:
            return kept
    if not _is_written(desired, record) or (overwrite and not agrees):
        return _update(desired, customer, record, existing, overwrite=overwrite)
    return _in_step(desired, existing)


def _is_written(desired: DesiredInvoice, record: Record) -> bool:
    """Whether HubSpot still says what we wrote last. An update without an answer may have written
    something else since."""
    return record.sent is None and record.fingerprint == desired.fingerprint()


def _update(
    desired: DesiredInvoice,
    customer: NewCustomer | None,
    record: Record,
    existing: QuickBooksInvoice,
    *,
    overwrite: bool,
) -> Plan | Failure:
    """Write what HubSpot changed; what both systems changed is for a person to decide."""
    changes = merge(desired, record.baseline, existing, sent=record.sent, overwrite=overwrite)
    if changes.conflicts:
        return _modified("edited", existing, changes.conflicts)
    if changes.is_empty and customer is None:
        return _in_step(desired, existing)
    return Update(desired, existing, changes, customer)


def _in_step(desired: DesiredInvoice, existing: QuickBooksInvoice) -> Plan | Failure:
    """Return the plan when there is nothing to write. Then both totals have to agree."""
    if not amounts_agree(desired, existing):
        return differing_total(desired, existing, posted=True)
    return InStep(desired, existing)


def _what_differs_on_purpose(
    desired: DesiredInvoice,
    record: Record,
    existing: QuickBooksInvoice,
    customers: Mapping[str, str],
) -> InStep | Failure | None:
    """Return the answer for a difference that we must not write over; None if we may write."""
    if record.accepted == digest_as_accepted(existing):
        if record.fingerprint == desired.fingerprint():
            return InStep(desired, existing, accepted=True)
        return _modified("accepted", existing, changes_in_hubspot(desired, existing, customers))
    if record.written is None:
        return None
    edits = edits_in_quickbooks(desired, last_written(record, existing), existing, customers)
    is_known = record.fingerprint or record.baseline
    if not is_known and existing.version > FIRST_VERSION:
        # What we wrote is lost: the difference may be somebody's edit.
        edits = changes_in_hubspot(desired, existing, customers)
    if edits:
        return _modified("edited", existing, edits)
    # An invoice that was adopted may have other lines to the same total.
    if existing.has_payments and not _is_written(desired, record):
        return _modified("paid", existing, changes_in_hubspot(desired, existing, customers))
    return None


def _gone(
    variant: Literal["voided", "deleted"], desired: DesiredInvoice, record: Record
) -> Failure:
    """Return the failure of a QuickBooks invoice that cannot be brought back."""
    return Failure(
        detail=ModifiedOutsideHubSpot(
            variant=variant,
            quickbooks_number=record.written.number if record.written else desired.number,
            hubspot_total=desired.total,
            currency=desired.currency,
        )
    )


def _modified(
    variant: Literal["edited", "accepted", "paid"],
    existing: QuickBooksInvoice,
    differences: tuple[Difference, ...] = (),
    *,
    hubspot_change: Literal["changed", "voided"] = "changed",
) -> Failure:
    return Failure(
        detail=ModifiedOutsideHubSpot(
            variant=variant,
            hubspot_change=hubspot_change,
            seen_digest=digest_as_seen(existing),
        ),
        differences=differences,
    )
