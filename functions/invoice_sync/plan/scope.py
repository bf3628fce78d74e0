"""Which HubSpot invoices are synced at all. Pure: the worker, previews and the report ask this.

An invoice that QuickBooks has had from us stays ours, whatever HubSpot says of its source later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import OpeningUnknown
from invoice_sync.model.hubspot import Invoice, InvoiceSummary, StatusChange
from invoice_sync.model.record import Record, Skip

_DUE = ("open", "paid")
_COPIED = "data_sync"
_BEFORE_START = (
    "It is from before the start: the invoice became open before {day}, when this connection began"
)


def obstacle(
    invoice: Invoice | InvoiceSummary, record: Record, connection: Connection
) -> Skip | Failure | None:
    """Return why the invoice is not synced; None when it is. A failure: HubSpot's history of its
    status does not tell whether it became open before the connection began."""
    return _not_ours(invoice, record, connection) or _by_status(invoice, record, connection)


def needs_history(
    invoice: Invoice | InvoiceSummary, record: Record, connection: Connection
) -> bool:
    """Tell whether the history of its status decides about the invoice, and has not been read."""
    return not invoice.status_history and isinstance(obstacle(invoice, record, connection), Failure)


def _not_ours(
    invoice: Invoice | InvoiceSummary, record: Record, connection: Connection
) -> Skip | None:
    if record.choices.stopped:
        return Skip("A person stopped syncing it", "left_out")
    if record.was_written:
        return None
    if invoice.source == _COPIED:
        return Skip("HubSpot itself copied this invoice in from a different system", "left_out")
    sources = {source.strip().lower() for source in connection.settings.sources}
    # HubSpot's own copies always name their source; an invoice without one was made in HubSpot.
    if invoice.source and invoice.source not in sources:
        words = f'The invoice was not made in HubSpot: its source is "{invoice.source}"'
        return Skip(words, "left_out")
    if not invoice.billable:
        words = "The invoice is only a record of what a different system bills (Billable is No)"
        return Skip(words, "left_out")
    return None


def _by_status(
    invoice: Invoice | InvoiceSummary, record: Record, connection: Connection
) -> Skip | Failure | None:
    if invoice.status == "draft":
        return Skip("The invoice is a draft")
    if invoice.status == "voided":
        # A creation of unknown outcome may still have to be voided.
        if record.quickbooks_id or record.intent:
            return None
        return Skip("The invoice was voided before it reached QuickBooks")
    if invoice.status not in _DUE:
        return Skip(f'The status "{invoice.status}" is not synced')
    return _before_start(invoice, record, connection.started_at)


def _before_start(
    invoice: Invoice | InvoiceSummary, record: Record, start: datetime | None
) -> Skip | Failure | None:
    if start is None or record.was_written or record.choices.brought_in:
        return None
    if invoice.created_at and invoice.created_at >= start:
        return None
    before = Skip(_BEFORE_START.format(day=f"{start:%Y-%m-%d %H:%M} UTC"), "before_start")
    # When an invoice first became open never changes.
    if record.skip_kind == "before_start":
        return before
    opened_before = _opened_before(invoice.status_history, start)
    if opened_before is None:
        return Failure(detail=OpeningUnknown(invoice_status=invoice.status))
    return before if opened_before else None


def _opened_before(history: Sequence[StatusChange], start: datetime) -> bool | None:
    """Tell whether an invoice first stopped being a draft before `start`; None when the history
    does not tell: it names no such moment, or has lost its beginning."""
    opened = next((each for each in history if each.status not in ("", "draft")), None)
    if opened is None:
        return None
    if opened.at < start:
        return True
    return None if opened is history[0] else False
