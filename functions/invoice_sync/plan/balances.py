"""What is still to be paid on both sides, and the difference that no payment explains. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Balances, Missing, PaymentState, Record
from invoice_sync.plan.ledgers import Ledger
from invoice_sync.plan.payments import plan_payments

_ZERO = Decimal(0)


def needs_quickbooks(invoice: Invoice, record: Record, now: datetime, *, asked: bool) -> bool:
    """Whether QuickBooks must be read for the money of an invoice that it has.

    `asked`: by a person, who may know more of QuickBooks than we do.
    """
    if invoice.payments_unread:
        return False
    if record.written is None or any(_is_unsure(each, record) for each in record.payments):
        return bool(invoice.payments or record.payments)
    choices = record.choices
    ledger = Ledger(
        invoice,
        record.payments,
        record.written,
        settled=frozenset(choices.settled_payments),
        insisted=frozenset(choices.insisted_payments),
    )
    plan = plan_payments([ledger], now)
    states = plan.states[invoice.id]
    # A payment that waits for another invoice is worth a read once that invoice is there.
    waiting = {state.id for state in record.payments if state.problem == "other_invoice"}
    due = [each for each in plan.due if asked or each.payment.id not in waiting]
    unrecorded = any(state.state != "recorded" for state in states)
    return (
        bool(due)
        or (asked and unrecorded)
        or (lower_in_hubspot(invoice, states, record.written) > 0 and is_news(invoice, record))
    )


def _is_unsure(state: PaymentState, record: Record) -> bool:
    """Tell whether a payment was sent and has no answer, or was recorded and is no longer on the
    invoice, nobody knows why."""
    if state.state != "recorded" or record.written is None:
        return bool(state.request_id)
    return state.quickbooks_id not in record.written.payment_ids and state.applied != _ZERO


def is_news(invoice: Invoice, record: Record) -> bool:
    """Tell whether HubSpot's balance has changed since we looked last."""
    return invoice.balance_due != record.balances.hubspot


def lower_in_hubspot(
    invoice: Invoice, states: Sequence[PaymentState], existing: QuickBooksInvoice
) -> Decimal:
    """Return by how much HubSpot's balance is lower than QuickBooks', beside payments whose states
    say why: by a credit memo, say, or because somebody marked the invoice as paid.

    0 while that cannot be told: totals differ, or a payment is not settled yet. A lower balance in
    QuickBooks is no money that the books lack: credit and payments there are the accountant's.
    """
    due = invoice.balance_due
    if due is None or invoice.status == "voided" or existing.voided:
        return _ZERO
    unsettled = any(state.state == "pending" or state.problem for state in states)
    if unsettled or not agrees(invoice, existing):
        return _ZERO
    explained = _ZERO
    for state in states:
        if state.amount is None:
            continue
        if state.state == "recorded":
            # Somebody moved it to another invoice.
            moved = state.applied == _ZERO
            explained += state.amount if moved else state.on_account
            explained += (state.missing.amount if state.missing else None) or _ZERO
        elif state.missing:
            back = state.refund.amount if state.refund else None
            explained += state.amount - (back or _ZERO)
    return max(existing.balance - max(due, _ZERO) - explained, _ZERO)


def agrees(invoice: Invoice, existing: QuickBooksInvoice) -> bool:
    """Tell whether both sides have the same total, in the same currency."""
    if invoice.total is None or existing.currency not in ("", invoice.currency):
        return False
    return to_minor_unit(invoice.total, invoice.currency) == existing.total


def lowered(
    invoice: Invoice, record: Record, existing: QuickBooksInvoice | None, now: datetime
) -> Missing | None:
    """Return by how much HubSpot's balance is lower, and since when; None when it is not."""
    if existing is None or invoice.payments_unread:
        return None
    amount = lower_in_hubspot(invoice, record.payments, existing)
    if amount <= 0:
        return None
    return Missing(amount=amount, since=record.lowered.since if record.lowered else now)


def read_balances(
    before: Balances,
    invoice: Invoice | None,
    existing: QuickBooksInvoice | None,
    now: datetime,
) -> Balances:
    """Return the balances with what was read now. `invoice`, `existing`: None where it was not."""
    changes: dict[str, object] = {}
    if invoice is not None:
        changes |= {
            "currency": invoice.currency,
            "hubspot": invoice.balance_due,
            "hubspot_at": now,
        }
    if existing is not None:
        changes |= {
            "currency": existing.currency or changes.get("currency", before.currency),
            "quickbooks": existing.balance,
            "quickbooks_total": existing.total,
            "quickbooks_voided": existing.voided,
            "quickbooks_at": now,
        }
    return before.model_copy(update=changes)
